//! What is read from a certificate that rustls has already verified: its subject and other names, its
//! fingerprint and when it is valid.

use sha2::{Digest, Sha256};
use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::san::{San, is_spiffe};

/// A certificate as the registry knows it: by subject, by another name, by fingerprint, or by several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    subject: String,
    names: Vec<San>,
    sha256: [u8; 32],
    not_before: i64,
    not_after: i64,
    names_person: bool,
}

/// On which side of its validity a certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Its first second is still to come.
    NotYet,
    /// Its last second is past.
    Expired,
}

/// Why a certificate cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the certificate's subject; reissue it with text values in its subject")]
pub struct Illegible;

impl Certificate {
    /// Reads subject, names, fingerprint and validity from DER.
    ///
    /// # Errors
    /// [`Illegible`] when it is no X.509 certificate or its subject cannot be written as text.
    pub fn read(der: &[u8]) -> Result<Self, Illegible> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| Illegible)?;
        let subject = rfc4514(certificate.subject())?;
        let names = names(&certificate);
        let names_person = names_person(certificate.subject(), &subject)
            || names.iter().any(|name| holds_number(name.as_str()));
        let not_before = certificate.validity().not_before.timestamp();
        let not_after = certificate.validity().not_after.timestamp();
        Ok(Self { subject, names, sha256: Sha256::digest(der).into(), not_before, not_after, names_person })
    }

    /// The subject as RFC 4514 writes it: `CN=…,O=…,C=BE`, the last encoded part first.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The subject, unless it is a natural person's, as on an identity card: that belongs in no log.
    pub fn subject_unless_a_persons(&self) -> Option<&str> {
        (!self.names_person).then_some(&self.subject)
    }

    /// Its subject alternative names, as far as a pin can hold one. A SPIFFE ID is among them only where the
    /// certificate is an X509-SVID (SPIFFE X509-SVID §2, §5.2): no other URI in it, and no authority's.
    pub fn names(&self) -> &[San] {
        &self.names
    }

    /// Its SPIFFE ID, unless that holds what may be a person's number.
    pub fn spiffe_unless_a_persons(&self) -> Option<&str> {
        let id = self.names.iter().map(San::as_str).find(|name| is_spiffe(name));
        id.filter(|_| !self.names_person)
    }

    /// Whether it is valid at that second since 1970; both ends are.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn valid_at(&self, at: i64) -> Result<(), Invalid> {
        if at < self.not_before {
            Err(Invalid::NotYet)
        } else if self.not_after < at {
            Err(Invalid::Expired)
        } else {
            Ok(())
        }
    }

    /// The last second it is valid, since 1970.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// SHA-256 over the DER.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The fingerprint in lower-case hexadecimal, as the registry's files write it.
    pub fn fingerprint(&self) -> String {
        use std::fmt::Write as _;
        self.sha256.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The last second a certificate is valid, in seconds since 1970.
///
/// # Errors
/// [`Illegible`] when it is no X.509 certificate.
pub fn not_after(der: &[u8]) -> Result<i64, Illegible> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|_| Illegible)?;
    Ok(certificate.validity().not_after.timestamp())
}

/// Whether the subject has a surname or given name, or a number as long as an INSZ.
fn names_person(name: &X509Name<'_>, subject: &str) -> bool {
    const PERSONS: [&str; 2] = ["2.5.4.4", "2.5.4.42"];
    let named = name.iter_attributes().any(|one| PERSONS.contains(&one.attr_type().to_id_string().as_str()));
    named || holds_number(subject)
}

fn holds_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() == 11)
}

/// The names that a pin can hold. An extension that cannot be read names nobody.
fn names(certificate: &X509Certificate<'_>) -> Vec<San> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let written = &extension.value.general_names;
    let uris = written.iter().filter(|name| matches!(name, GeneralName::URI(_))).count();
    let names = written.iter().filter_map(|name| match name {
        GeneralName::DNSName(host) => San::dns(host).ok(),
        GeneralName::URI(id) if is_spiffe(id) => {
            San::spiffe(id).ok().filter(|_| uris == 1 && is_leaf(certificate))
        }
        GeneralName::URI(uri) => San::uri(uri).ok(),
        _ => None,
    });
    names.collect()
}

/// Whether it may sign neither certificates nor lists of revoked ones; an extension that cannot be read says it may.
fn is_leaf(certificate: &X509Certificate<'_>) -> bool {
    let constraints = certificate.basic_constraints();
    let usage = certificate.key_usage();
    let authority = constraints.map_or(true, |found| found.is_some_and(|found| found.value.ca));
    let signs = usage.map_or(true, |found| {
        found.is_some_and(|found| found.value.key_cert_sign() || found.value.crl_sign())
    });
    !authority && !signs
}

fn rfc4514(name: &X509Name<'_>) -> Result<String, Illegible> {
    let mut parts = Vec::new();
    for relative in name.iter_rdn() {
        let attributes = relative.iter().map(attribute).collect::<Result<Vec<_>, _>>()?;
        parts.push(attributes.join("+"));
    }
    parts.reverse();
    Ok(parts.join(","))
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> Result<String, Illegible> {
    let oid = attribute.attr_type().to_id_string();
    let kind = SHORT_NAMES.iter().find(|(known, _)| *known == oid).map_or(oid.as_str(), |(_, name)| name);
    Ok(format!("{kind}={}", escaped(&text(attribute)?)))
}

/// Attribute types with a short name in RFC 4514 section 3; every other is written as its OID.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.6", "C"),
    ("2.5.4.9", "STREET"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];

fn text(attribute: &AttributeTypeAndValue<'_>) -> Result<String, Illegible> {
    let value = attribute.attr_value();
    if value.tag() == Tag::BmpString {
        let units: Vec<u16> = value.data.chunks(2).map(be16).collect();
        return String::from_utf16(&units).map_err(|_| Illegible);
    }
    attribute.as_str().map(str::to_owned).map_err(|_| Illegible)
}

fn be16(pair: &[u8]) -> u16 {
    pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte))
}

/// RFC 4514 section 2.4.
fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(value.len());
    for (at, c) in value.chars().enumerate() {
        match c {
            '\0' => out.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            '#' if at == 0 => out.push_str("\\#"),
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    fn issued(subject: &[(DnType, &str)]) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in subject {
            params.distinguished_name.push(kind.clone(), *value);
        }
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn a_subject_is_written_last_part_first() {
        let der = issued(&[
            (DnType::CountryName, "BE"),
            (DnType::OrganizationName, "Stad Gent"),
            (DnType::CommonName, "gent.be"),
        ]);
        assert_eq!(Certificate::read(&der).unwrap().subject(), "CN=gent.be,O=Stad Gent,C=BE");
    }

    #[test]
    fn separators_inside_a_value_cannot_forge_another_part() {
        let der = issued(&[(DnType::CommonName, " a,O=b+c\\ ")]);
        assert_eq!(Certificate::read(&der).unwrap().subject(), "CN=\\ a\\,O=b\\+c\\\\\\ ");
    }

    #[test]
    fn a_fingerprint_is_the_sha_256_of_the_der() {
        let der = issued(&[(DnType::CommonName, "a")]);
        let expected: [u8; 32] = Sha256::digest(&der).into();
        let certificate = Certificate::read(&der).unwrap();
        assert_eq!(certificate.sha256(), &expected);
        assert!(certificate.fingerprint().starts_with(&format!("{:02x}", expected[0])));
    }

    fn named(names: &[rcgen::SanType], change: impl FnOnce(&mut CertificateParams)) -> Vec<String> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names.to_vec();
        change(&mut params);
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        let certificate = Certificate::read(&der).unwrap();
        certificate.names().iter().map(|name| name.as_str().to_owned()).collect()
    }

    fn uri(text: &str) -> rcgen::SanType {
        rcgen::SanType::URI(text.try_into().unwrap())
    }

    fn dns(text: &str) -> rcgen::SanType {
        rcgen::SanType::DnsName(text.try_into().unwrap())
    }

    #[test]
    fn names_are_read_as_a_pin_writes_them() {
        let names = [dns("Gent.be"), dns("*.gent.be"), uri("https://gent.be/x"), uri("urn:gent")];
        assert_eq!(named(&names, |_| {}), ["dns:gent.be", "uri:https://gent.be/x", "uri:urn:gent"]);
        assert_eq!(named(&[], |_| {}), [""; 0]);
    }

    #[test]
    fn a_spiffe_id_counts_only_in_what_is_an_x509_svid() {
        let id = uri("spiffe://gent.be/burgerzaken");
        let own = |params: &mut CertificateParams| {
            params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        };
        assert_eq!(
            named(&[id.clone(), dns("gent.be")], own),
            ["spiffe://gent.be/burgerzaken", "dns:gent.be"]
        );
        assert_eq!(named(&[id.clone(), uri("https://gent.be")], own), ["uri:https://gent.be"], "two URIs");
        assert_eq!(named(&[id.clone(), id.clone()], own), [""; 0], "twice");
        for other in ["spiffe://Gent.be/a", "spiffe://gent.be", "spiffe://gent.be/a?b", "SPIFFE://gent.be/a"]
        {
            assert_eq!(named(&[uri(other)], own), [""; 0], "{other}");
        }
        let authority = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        assert_eq!(
            named(std::slice::from_ref(&id), |params| params.is_ca = authority),
            [""; 0],
            "an authority"
        );
        let signs =
            |params: &mut CertificateParams| params.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign];
        assert_eq!(named(&[id], signs), [""; 0], "signs lists");
    }

    #[test]
    fn a_certificate_is_valid_from_its_first_second_to_its_last() {
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 1, 2);
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        let certificate = Certificate::read(&der).unwrap();
        let first = params.not_before.unix_timestamp();
        let last = params.not_after.unix_timestamp();
        assert_eq!(certificate.valid_at(first - 1), Err(Invalid::NotYet));
        assert_eq!((certificate.valid_at(first), certificate.valid_at(last)), (Ok(()), Ok(())));
        assert_eq!(certificate.valid_at(last + 1), Err(Invalid::Expired));
        assert_eq!(certificate.not_after(), last);
    }

    #[test]
    fn bytes_that_are_no_certificate_are_illegible() {
        assert_eq!(Certificate::read(b"no"), Err(Illegible));
        assert_eq!(not_after(b"no"), Err(Illegible));
    }
}
