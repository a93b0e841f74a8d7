//! The files of the demo: certificates, registry, gateway.toml, and a question per consumer.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};

use super::Trouble;
use super::cast::{CONSUMERS, Consumer, Expected, IN_JSON};
use crate::app::clock;
use crate::cli::audit::keygen;
use crate::law::Calendar;
use crate::text::date;

/// The first line of the demo's gateway.toml.
const WRITTEN_BY: &str = "# Written by `poortwachter demo`.";

/// A written directory.
pub(super) struct Files {
    dir: PathBuf,
}

impl Files {
    /// Writes everything; files of an earlier demo in the same directory are replaced, anybody else's are not.
    pub(super) fn write(dir: &Path, listen: SocketAddr, upstream: &str) -> Result<Self, Trouble> {
        let files = Self { dir: dir.to_owned() };
        files.spare_others()?;
        for sub in ["tls", "registry", "requests"] {
            fs::create_dir_all(files.dir.join(sub))?;
        }
        files.certificates(listen)?;
        for consumer in &CONSUMERS {
            fs::write(files.dir.join(format!("registry/{}.toml", consumer.id)), registration(consumer))?;
            fs::write(files.request(consumer), Self::question(consumer))?;
        }
        if !files.dir.join("keys/pseudonym.key").exists() {
            keygen::write(&files.dir.join("keys"))?;
        }
        fs::write(files.gateway(), gateway(listen, upstream))?;
        Ok(files)
    }

    /// A gateway.toml that the demo did not write stands in a real gateway's directory.
    fn spare_others(&self) -> Result<(), Trouble> {
        let there = match fs::read(self.gateway()) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
            there => there?,
        };
        if there.starts_with(WRITTEN_BY.as_bytes()) {
            return Ok(());
        }
        let file = self.gateway();
        Err(format!("`{}` is not the demo's; give --dir a directory of its own", file.display()).into())
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn gateway(&self) -> PathBuf {
        self.dir.join("gateway.toml")
    }

    pub(super) fn ca(&self) -> PathBuf {
        self.dir.join("tls/ca.crt")
    }

    pub(super) fn certificate(&self, consumer: &Consumer) -> PathBuf {
        self.dir.join(format!("tls/{}.crt", consumer.id))
    }

    pub(super) fn key(&self, consumer: &Consumer) -> PathBuf {
        self.dir.join(format!("tls/{}.key", consumer.id))
    }

    pub(super) fn request(&self, consumer: &Consumer) -> PathBuf {
        self.dir.join(format!("requests/{}.xml", consumer.id))
    }

    /// What the consumer asks.
    pub(super) fn question(consumer: &Consumer) -> String {
        include_str!("question.xml").replace("{identificatie}", consumer.uri)
    }

    fn certificates(&self, listen: SocketAddr) -> Result<(), Trouble> {
        let ca_key = KeyPair::generate()?;
        let ca = authority();
        fs::write(self.ca(), ca.self_signed(&ca_key)?.pem())?;
        let issuer = Issuer::new(ca, ca_key);
        self.leaf("gateway", &server(listen)?, &issuer)?;
        for consumer in &CONSUMERS {
            self.leaf(consumer.id, &client(consumer), &issuer)?;
        }
        Ok(())
    }

    fn leaf(
        &self,
        name: &str,
        params: &CertificateParams,
        issuer: &Issuer<'_, KeyPair>,
    ) -> Result<(), Trouble> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, issuer)?;
        fs::write(self.dir.join(format!("tls/{name}.crt")), certificate.pem())?;
        write_secret(&self.dir.join(format!("tls/{name}.key")), &key.serialize_pem())?;
        Ok(())
    }
}

fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

/// Valid from yesterday for a month: throw-away certificates should not outlive the demo by much.
fn lasting(mut params: CertificateParams) -> CertificateParams {
    let today = date::date_of(Calendar::new().day(clock::system())).unwrap_or_default();
    let day = |date: jiff::civil::Date| {
        rcgen::date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = day(today.yesterday().unwrap_or(today));
    params.not_after = day(today.checked_add(jiff::Span::new().days(30)).unwrap_or(today));
    params
}

fn authority() -> CertificateParams {
    let mut params = lasting(CertificateParams::default());
    params.distinguished_name = name("Poortwachter demo CA", "Poortwachter demo");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server(listen: SocketAddr) -> Result<CertificateParams, Trouble> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let own = listen.ip().to_string();
    if !listen.ip().is_unspecified() && !names.contains(&own) {
        names.push(own);
    }
    let mut params = lasting(CertificateParams::new(names)?);
    params.distinguished_name = name("localhost", "Poortwachter demo");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn client(consumer: &Consumer) -> CertificateParams {
    let mut params = lasting(CertificateParams::default());
    params.distinguished_name = name(consumer.id, consumer.organisation);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// `C=BE, O=…, CN=…` in the certificate; RFC 4514 reads it back to front: `CN=…,O=…,C=BE`.
fn name(common: &str, organisation: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "BE");
    name.push(DnType::OrganizationName, organisation);
    name.push(DnType::CommonName, common);
    name
}

fn gateway(listen: SocketAddr, upstream: &str) -> String {
    let ca =
        if upstream.starts_with("https:") { "ca = \"/etc/ssl/certs/ca-certificates.crt\"\n" } else { "" };
    format!(
        "{WRITTEN_BY}\n\
         [listener]\naddress = \"{listen}\"\n\n\
         [listener.tls]\ncertificate = \"tls/gateway.crt\"\nkey = \"tls/gateway.key\"\nclient-ca = \"tls/ca.crt\"\n\n\
         [upstream]\nurl = \"{upstream}\"\n{ca}\n\
         [registry]\ndirectory = \"registry\"\n\n\
         [rest]\nbases = [\"/\"]\n\n\
         [admin]\naddress = \"127.0.0.1:0\"\n\n\
         [audit]\ndirectory = \"audit\"\ncheckpoint-key = \"keys/checkpoint.key\"\n\
         pseudonym-key = \"keys/pseudonym.key\"\n"
    )
}

fn registration(consumer: &Consumer) -> String {
    let Consumer { id, organisation, kind, uri, about, expected } = consumer;
    let purpose = uri.rsplit('/').next().unwrap_or(uri);
    let disclaimer = match expected {
        Expected::Refused => "",
        Expected::Filtered | Expected::Whole => {
            "[disclaimer]\nversion = \"2024-1\"\naccepted-by = \"directie\"\naccepted-on = 2026-01-15\n\n"
        }
    };
    let basis = match expected {
        Expected::Whole => {
            "opens = [\"functionholder-name\", \"functionholder-insz\"]\n\n\
             [[grant.instrument]]\ntype = \"statutory-basis\"\n\
             citation = \"Decreet van 1 januari 2020 betreffende het demotoezicht, artikel 12\"\ndated = 2020-01-01\n"
        }
        Expected::Filtered | Expected::Refused => "",
    };
    format!(
        "# {about}\n\
         id = \"{id}\"\norganisation = \"{organisation}\"\nkind = \"{kind}\"\nnetwork = \"none\"\n\n\
         [[certificate]]\nsubject = \"CN={id},O={organisation},C=BE\"\n\n\
         [[sender]]\nuri = \"{uri}\"\npurpose = \"{purpose}\"\n\n\
         {disclaimer}\
         [[grant]]\nid = \"demo\"\nservices = [\"GeefOnderneming/02.00\", \"GeefFuncties/02.00\"]\n\
         purpose = \"{purpose}\"\nvalid-from = 2026-01-15\nretention = \"P1Y\"\n{basis}\
         \n[[grant]]\nid = \"demo-rest\"\nservices = [\"{IN_JSON}\"]\n\
         purpose = \"{purpose}\"\nvalid-from = 2026-01-15\nretention = \"P1Y\"\n\n\
         [[grant.instrument]]\ntype = \"protocol\"\nparties = [\"Digitaal Vlaanderen\", \"{organisation}\"]\n\
         legal-text = \"Decreet van 1 januari 2020 betreffende de demoverenigingen\"\ndated = 2025-06-02\n"
    )
}
