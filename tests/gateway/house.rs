//! Makers: a gateway with certificates, registry and upstream around it, and consumers that call it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use jiff::Timestamp;
use poortwachter::app::{self, Running};
use poortwachter::audit;
use poortwachter::audit::trail::disk::Disk;
use poortwachter::clock::Clock;
use poortwachter::config::{self, Clients, Door};
use poortwachter::kernel::tripwire::Mode;
use poortwachter::text::Limit;
use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::messages::{PATH, Question};
use crate::scanner;
use crate::upstream::{Script, Upstream};

pub const GEMEENTE: &str = "gemeente.be/ipdc1";
pub const INSPECTIE: &str = "inspectie.be/ipdc2";

/// Runs a test.
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

type Papers = dyn FnOnce(&Authority, &mut config::Gateway);

/// What a test wants to be different.
pub struct Plan {
    pub settings: Box<dyn FnOnce(&mut config::Gateway)>,
    pub consumers: Vec<(&'static str, String)>,
    pub catalogue: Option<String>,
    pub clock: Option<Box<dyn FnOnce(Time) -> Clock>>,
    pub upstream_tls: bool,
    /// Lays down files that the authority must sign, and says where.
    pub papers: Box<Papers>,
    /// Where the audit trail is written to, instead of its directory.
    pub disk: Option<Box<dyn Disk>>,
    /// No audit trail, where the settings name none; otherwise there is one in the house's directory.
    pub without_trail: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            settings: Box::new(|_| {}),
            consumers: vec![("gemeente", gemeente()), ("inspectie", inspectie())],
            catalogue: None,
            clock: None,
            upstream_tls: false,
            papers: Box::new(|_, _| {}),
            disk: None,
            without_trail: false,
        }
    }
}

impl Plan {
    pub fn with(settings: impl FnOnce(&mut config::Gateway) + 'static) -> Self {
        Self { settings: Box::new(settings), ..Self::default() }
    }
}

/// The time, as a test sets it.
#[derive(Clone, Debug)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    pub fn set(&self, instant: &str) {
        self.0.store(instant.parse::<Timestamp>().unwrap().as_millisecond(), SeqCst);
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(SeqCst)).unwrap()
    }
}

/// A certificate and its key, as files and as what a client offers.
#[derive(Clone, Debug)]
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: PathBuf,
}

impl Authority {
    pub fn new(directory: &Path, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(directory.join(format!("{name}.ca.pem")), issuer.pem()).unwrap();
        Self { issuer, directory: directory.to_owned() }
    }

    pub fn issue(&self, name: &str) -> Identity {
        let mut params =
            CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "BE");
        params.distinguished_name.push(DnType::OrganizationName, "Proef");
        params.distinguished_name.push(DnType::CommonName, name);
        self.issue_with(name, &params)
    }

    /// A file of that name beside the authority's own.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.directory.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A consumer's certificate in files of that name, with changes.
    pub fn issue_changed(
        &self,
        file: &str,
        consumer: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "BE");
        params.distinguished_name.push(DnType::OrganizationName, "Proef");
        params.distinguished_name.push(DnType::CommonName, consumer);
        change(&mut params);
        self.issue_with(file, &params)
    }

    /// A list of the revoked, to be renewed at that second since 1970; in DER.
    pub fn revoke(&self, serials: &[u64], next_update: &str) -> Vec<u8> {
        let due = next_update.parse::<Timestamp>().unwrap().as_second();
        let day = rcgen::date_time_ymd(2026, 11, 1);
        let due = day + Duration::from_secs(u64::try_from(due - day.unix_timestamp()).unwrap());
        let revoked = serials.iter().map(|serial| rcgen::RevokedCertParams {
            serial_number: (*serial).into(),
            revocation_time: day,
            reason_code: None,
            invalidity_date: None,
        });
        let list = rcgen::CertificateRevocationListParams {
            this_update: day,
            next_update: due,
            crl_number: 1u64.into(),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().der().to_vec()
    }

    pub fn issue_with(&self, name: &str, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let identity = Identity {
            certificate: self.directory.join(format!("{name}.crt")),
            key: self.directory.join(format!("{name}.key")),
        };
        std::fs::write(&identity.certificate, certificate.pem()).unwrap();
        std::fs::write(&identity.key, key.serialize_pem()).unwrap();
        identity
    }
}

pub struct House {
    pub running: Option<Running>,
    pub address: SocketAddr,
    pub admin: SocketAddr,
    pub upstream: Upstream,
    pub time: Time,
    pub authority: Authority,
    pub directory: TempDir,
    trail: Option<PathBuf>,
}

/// Whatever a test was about: nothing that its gateway wrote may hold anything personal.
impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if self.running.is_some() {
            let page = page_of(self.admin);
            assert_eq!(scanner::in_page(&page), Vec::<String>::new(), "on the page of metrics\n{page}");
        }
        self.trail.iter().for_each(|trail| scanner::look_through(trail));
    }
}

/// The metrics, without a runtime.
fn page_of(admin: SocketAddr) -> String {
    use std::io::{Read as _, Write as _};
    let mut page = Vec::new();
    if let Ok(mut socket) = std::net::TcpStream::connect(admin) {
        let _ = socket.set_read_timeout(Some(Duration::from_secs(20)));
        let _ = socket.write_all(b"GET /metrics HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n");
        let _ = socket.read_to_end(&mut page);
    }
    let text = String::from_utf8_lossy(&page);
    text.split_once("\r\n\r\n").map_or_else(String::new, |(_, page)| page.to_owned())
}

impl House {
    pub fn new(script: Script) -> Self {
        Self::planned(Plan::default(), script)
    }

    pub fn planned(plan: Plan, script: Script) -> Self {
        capture();
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path();
        let authority = Authority::new(here, "client");
        let server = authority.issue("gateway");
        let upstream_tls = plan.upstream_tls.then(|| upstream_tls(here, &authority));
        let upstream = Upstream::start(script, upstream_tls);
        std::fs::create_dir(here.join("registry")).unwrap();
        for (id, text) in &plan.consumers {
            std::fs::write(here.join(format!("registry/{id}.toml")), text).unwrap();
        }
        let mut settings = settings(here, server, upstream.address.port());
        if plan.upstream_tls {
            let gateway = authority.issue("gateway-client");
            settings.upstream.tls = Some(config::UpstreamTls {
                ca: here.join("client.ca.pem"),
                identity: Some((gateway.certificate, gateway.key)),
            });
        }
        settings.catalogue = plan.catalogue.map(|text| {
            let path = here.join("catalogue.toml");
            std::fs::write(&path, text).unwrap();
            path
        });
        (plan.settings)(&mut settings);
        if !plan.without_trail {
            settings.audit.get_or_insert_with(|| trail_in(here));
        }
        let trail = settings.audit.as_ref().map(|audit| audit.directory.clone());
        (plan.papers)(&authority, &mut settings);
        let time = Time(Arc::default());
        time.set("2026-11-24T10:00:00Z");
        let told = time.clone();
        let clock = match plan.clock {
            Some(make) => make(told),
            None => Clock::new(move || told.now()),
        };
        let running = app::start_on(plan.disk, settings, clock).unwrap();
        Self {
            address: running.address(),
            admin: running.admin_address(),
            running: Some(running),
            upstream,
            time,
            authority,
            directory,
            trail,
        }
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub async fn shutdown(&mut self) {
        self.running.take().unwrap().shutdown().await;
    }

    pub fn write_consumer(&self, id: &str, text: &str) {
        std::fs::write(self.directory.path().join(format!("registry/{id}.toml")), text).unwrap();
    }

    pub fn identity(&self, name: &str) -> Identity {
        self.authority.issue(name)
    }

    /// A TLS connection as `name`, offering these protocols.
    pub async fn tls(&self, who: &Identity, alpn: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
        self.tls_over(TcpStream::connect(self.address).await?, who, alpn).await
    }

    async fn tls_over(
        &self,
        socket: TcpStream,
        who: &Identity,
        alpn: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut config = client_config(&self.directory.path().join("client.ca.pem"), Some(who));
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), socket).await
    }

    /// A consumer with that certificate, over HTTP/1.1.
    pub async fn consumer_as(&self, who: &Identity) -> Consumer {
        Consumer::over(self.tls(who, &["http/1.1"]).await.unwrap()).await
    }

    /// Whether the gateway ends the handshake with that certificate. In TLS 1.3 the client learns it with its first read.
    pub async fn turns_away(&self, who: &Identity) -> bool {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        match self.tls(who, &["http/1.1"]).await {
            Err(_) => true,
            Ok(mut stream) => {
                let _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
                stream.read_u8().await.is_err()
            }
        }
    }

    /// A consumer with a certificate of that name, over HTTP/1.1.
    pub async fn consumer(&self, name: &str) -> Consumer {
        let stream = self.tls(&self.identity(name), &["http/1.1"]).await.unwrap();
        Consumer::over(stream).await
    }

    /// The same, on a connection made before.
    pub async fn consumer_over(&self, socket: TcpStream, name: &str) -> Consumer {
        Consumer::over(self.tls_over(socket, &self.identity(name), &["http/1.1"]).await.unwrap()).await
    }

    /// One call as the municipality, which has no basis for functionholders.
    pub async fn ask(&self) -> Answer {
        self.consumer("gemeente").await.ask(PATH, Question::from(GEMEENTE).xml()).await
    }

    /// A page of the operators' listener.
    pub async fn page(&self, path: &str) -> (StatusCode, String) {
        let socket = TcpStream::connect(self.admin).await.unwrap();
        let mut consumer = Consumer::over(socket).await;
        let request = Request::get(path).header("host", "admin").body(Full::default()).unwrap();
        let answer = consumer.send(request).await;
        (answer.status, answer.text())
    }

    /// Returns when the metrics have that line. Of a handshake that failed the client knows before it is counted.
    pub async fn measured(&self, line: &str) {
        while !self.metrics().await.lines().any(|known| known == line) {
            tokio::task::yield_now().await;
        }
    }

    pub async fn metrics(&self) -> String {
        self.page("/metrics").await.1
    }
}

/// A consumer with an open connection.
pub struct Consumer {
    line: Line,
}

enum Line {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Consumer {
    pub async fn over(
        stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    ) -> Self {
        let (line, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { line: Line::One(line) }
    }

    pub async fn over_h2(stream: TlsStream<TcpStream>) -> Self {
        let (line, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { line: Line::Two(line) }
    }

    pub async fn ask(&mut self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.send(post(path, body)).await
    }

    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// `Err`: the connection was closed before there was an answer.
    pub async fn try_ask(&mut self, path: &str, body: impl Into<Bytes>) -> hyper::Result<Answer> {
        self.try_send(post(path, body)).await
    }

    /// The same, with a request of one's own.
    pub async fn try_request(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Answer> {
        self.try_send(request).await
    }

    async fn try_send(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Answer> {
        let response = match &mut self.line {
            Line::One(line) => {
                line.ready().await?;
                line.send_request(request).await?
            }
            Line::Two(line) => line.clone().send_request(request).await?,
        };
        let (parts, body) = response.into_parts();
        let body =
            body.collect().await.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string());
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        answer.is_discreet();
        Ok(answer)
    }

    /// Returns when the gateway has closed the connection.
    pub async fn closed(&mut self) {
        loop {
            let closed = match &self.line {
                Line::One(line) => line.is_closed(),
                Line::Two(line) => line.is_closed(),
            };
            if closed {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

pub fn post(path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "localhost")
        .header("content-type", "text/xml;charset=UTF-8")
        .body(Full::new(body.into()))
        .unwrap()
}

/// What a consumer got.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `Err`: it was cut.
    pub body: Result<Bytes, String>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.as_ref().unwrap().to_vec()).unwrap()
    }

    /// What the gateway itself says holds nothing personal.
    fn is_discreet(&self) {
        let Some(text) = self.body.as_ref().ok().and_then(|body| std::str::from_utf8(body).ok()) else {
            return;
        };
        if scanner::is_refusal(text, self.header("content-type").unwrap_or_default()) {
            assert_eq!(scanner::in_refusal(text), Vec::<String>::new(), "in a refusal: {text}");
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The reason a refusal gives to machines.
    pub fn reason(&self) -> String {
        let text = self.text();
        let Some((_, rest)) = text.split_once("<Naam>reden</Naam><Waarde>") else {
            panic!("no refusal: {text}")
        };
        rest.split('<').next().unwrap().to_owned()
    }
}

/// A trail of a house that is not about its trail.
fn trail_in(here: &Path) -> audit::trail::Settings {
    let file = |name: &str, text: String| {
        std::fs::write(here.join(name), text).unwrap();
        here.join(name)
    };
    audit::trail::Settings {
        directory: here.join("audit"),
        checkpoint_key: file("checkpoint.key", audit::keys::SigningKey::generate().unwrap()),
        pseudonym_key: file("pseudonym.key", audit::keys::PseudonymKey::generate().unwrap()),
        durability: audit::trail::Durability::Written,
        segment_bytes: 64 << 20,
        segment_age: Duration::from_hours(24),
        checkpoint_interval: Duration::from_hours(1),
        answer_digests: true,
        retention: None,
        calls: 100,
    }
}

fn settings(here: &Path, server: Identity, upstream: u16) -> config::Gateway {
    config::Gateway {
        disclaimer_grace: 30,
        rest: config::Rest::default(),
        filter: config::Filter::default(),
        listener: config::Listener {
            address: "127.0.0.1:0".parse().unwrap(),
            door: Door::Mutual(config::Tls {
                certificate: server.certificate,
                key: server.key,
                clients: Clients::of(here.join("client.ca.pem")),
                certificate_is_optional: false,
            }),
            hop: None,
        },
        upstream: config::Upstream {
            tls: None,
            host: "127.0.0.1".to_owned(),
            port: upstream,
            base: String::new(),
            connect: Duration::from_secs(5),
            total: Duration::from_secs(25),
            idle: Duration::from_mins(1),
        },
        tokens: None,
        registry: config::Registry {
            directory: here.join("registry"),
            poll: Duration::from_hours(1),
            max_age: Duration::from_hours(1),
        },
        law: None,
        catalogue: None,
        admin: "127.0.0.1:0".parse().unwrap(),
        evaluation: config::Evaluation { for_operators: true, for_consumers: false },
        limits: config::Limits {
            request_body: 64 * 1024,
            head: 16 * 1024,
            connections: 200,
            connections_per_address: Limit::Off,
            handshakes: 100,
            calls: 100,
            per_consumer: config::Quota {
                calls_per_second: Limit::Off,
                burst: None,
                concurrent_calls: Limit::Off,
            },
            receive: Duration::from_secs(10),
            held_back: 64 * 1024,
            decoded: 64 << 20,
            // Tests' long answers say the same thing over and over.
            decoded_ratio: 100_000,
        },
        tripwire: Mode::Mask,
        canary: None,
        audit: None,
        exports: config::Exports::default(),
        refusal: config::Refusal { repeat_in_answer: false, gateway_uri: "poortwachter.test".to_owned() },
        drain: Duration::from_secs(20),
        workers: 2,
    }
}

pub fn client_config(authority: &Path, who: Option<&Identity>) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let builder =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
    match who {
        None => builder.with_no_client_auth(),
        Some(who) => {
            let certificate = CertificateDer::from_pem_file(&who.certificate).unwrap();
            let key = PrivateKeyDer::from_pem_file(&who.key).unwrap();
            builder.with_client_auth_cert(vec![certificate], key).unwrap()
        }
    }
}

/// An upstream that speaks TLS and asks for the gateway's certificate.
fn upstream_tls(here: &Path, authority: &Authority) -> Arc<rustls::ServerConfig> {
    let mut config = server_tls(authority.issue("magda"), here.join("client.ca.pem"), false);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// TLS as a gateway's listener speaks it.
pub fn server_tls(
    server: Identity,
    client_ca: PathBuf,
    certificate_is_optional: bool,
) -> rustls::ServerConfig {
    let Identity { certificate, key } = server;
    let clients = Clients::of(client_ca);
    let door = Door::Mutual(config::Tls { certificate, key, clients, certificate_is_optional });
    let inward = poortwachter::proxy::tls::Inward::load(&door, &Clock::new(Timestamp::now)).unwrap();
    inward.server.as_deref().unwrap().clone()
}

const SERVICES: &str =
    r#""GeefOnderneming/02.00", "ZoekOnderneming/02.00", "GeefOndernemingVKBO/02.00", "GeefFuncties/02.00""#;

/// May ask; has no basis for functionholders.
pub fn gemeente() -> String {
    consumer("gemeente", GEMEENTE, "ipdc1", SERVICES, "")
}

/// Has a statutory basis for them.
pub fn inspectie() -> String {
    consumer("inspectie", INSPECTIE, "ipdc2", SERVICES, BASIS)
}

pub const BASIS: &str = r#"
opens = ["functionholder-name", "functionholder-insz", "sole-proprietor-address"]
[[grant.instrument]]
type = "statutory-basis"
citation = "Decreet van 1 januari 2020, artikel 12"
dated = 2020-01-01
"#;

pub fn consumer(id: &str, uri: &str, purpose: &str, services: &str, grant: &str) -> String {
    format!(
        r#"
id = "{id}"
organisation = "Proef {id}"
kind = "flemish-agency"
network = "none"
[[certificate]]
subject = "CN={id},O=Proef,C=BE"
[[sender]]
uri = "{uri}"
purpose = "{purpose}"
[disclaimer]
version = "2024-1"
accepted-by = "iemand"
accepted-on = 2026-01-15
[[grant]]
id = "toegang"
services = [{services}]
purpose = "{purpose}"
valid-from = 2026-02-01
valid-until = 2027-12-31
retention = "P5Y"
{grant}"#
    )
}

/// Everything this test process has logged.
pub fn logged() -> String {
    String::from_utf8(capture().lock().unwrap().clone()).unwrap()
}

type Captured = Arc<Mutex<Vec<u8>>>;

fn capture() -> &'static Captured {
    static CAPTURED: OnceLock<Captured> = OnceLock::new();
    CAPTURED.get_or_init(|| {
        let captured = Captured::default();
        let writer = Arc::clone(&captured);
        let lines = poortwachter::telemetry::log::lines(move || Pen(Arc::clone(&writer)));
        tracing::subscriber::set_global_default(lines).unwrap();
        captured
    })
}

struct Pen(Captured);

impl std::io::Write for Pen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        String::from_utf8_lossy(bytes).lines().for_each(scanner::ends_at);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
