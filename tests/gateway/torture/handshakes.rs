//! Before anybody is known: TLS that is none, or not as it should be.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{By, HANGS, house, is_whole, question};
use crate::house::{Consumer, House, block_on, client_config};
use crate::messages::{PATH, stripped};

fn record(kind: u8, version: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    [&[kind][..], &version.to_be_bytes(), &length.to_be_bytes(), payload].concat()
}

fn message(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind][..], &length[1..], payload].concat()
}

/// A ClientHello of that version with these cipher suites and extensions (RFC 8446 §4.1.2).
fn hello(version: u16, suites: &[u8], extensions: &[u8]) -> Vec<u8> {
    let lengths = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let body = [
        &version.to_be_bytes()[..],
        &[7; 32],
        &[0],
        &lengths(suites),
        suites,
        &[1, 0],
        &lengths(extensions),
        extensions,
    ];
    message(1, &body.concat())
}

fn openings() -> Vec<(&'static str, Vec<u8>)> {
    let suites = [0x13, 0x01, 0xc0, 0x2f];
    let good = hello(0x0303, &suites, &[]);
    vec![
        ("plain HTTP", format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").into_bytes()),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("text", b"hallo\r\n".to_vec()),
        ("zeros", vec![0; 4096]),
        ("ones", vec![0xff; 4096]),
        ("the hello of SSL 2", vec![0x80, 0x2e, 0x01, 0x00, 0x02, 0x00, 0x15, 0, 0, 0, 0x10]),
        ("half a record", vec![0x16, 0x03, 0x01, 0x02]),
        ("a record of nothing", record(0x16, 0x0301, &[])),
        ("records of nothing", record(0x16, 0x0301, &[]).repeat(10_000)),
        ("a record of 64 KiB", record(0x16, 0x0301, &vec![1; 65_535])),
        ("an unknown record", record(0x63, 0x0301, &[0; 40])),
        ("a heartbeat", record(0x18, 0x0301, &[1, 0x40, 0, 0])),
        ("an alert", record(0x15, 0x0301, &[2, 40])),
        ("warnings", record(0x15, 0x0301, &[1, 90]).repeat(10_000)),
        ("a change of cipher", record(0x14, 0x0301, &[1])),
        ("changes of cipher", record(0x14, 0x0303, &[1]).repeat(10_000)),
        ("data before the handshake", record(0x17, 0x0303, &[0; 100])),
        ("a hello of a server", record(0x16, 0x0301, &message(2, &[0; 70]))),
        ("a finish first", record(0x16, 0x0301, &message(20, &[0; 32]))),
        ("a hello that says 16 MiB", record(0x16, 0x0301, &[1, 0xff, 0xff, 0xff, 3, 3])),
        ("an empty hello", record(0x16, 0x0301, &message(1, &[]))),
        ("half a hello", record(0x16, 0x0301, &good[..20])),
        ("no ciphers", record(0x16, 0x0301, &hello(0x0303, &[], &[]))),
        ("no cipher that is known", record(0x16, 0x0301, &hello(0x0303, &[0x00, 0x01], &[]))),
        ("SSL 3", record(0x16, 0x0300, &hello(0x0300, &[0x00, 0x2f], &[]))),
        ("TLS 1.0", record(0x16, 0x0301, &hello(0x0301, &[0xc0, 0x13], &[]))),
        ("TLS 1.1", record(0x16, 0x0302, &hello(0x0302, &[0xc0, 0x13], &[]))),
        (
            "an extension longer than the hello",
            record(0x16, 0x0301, &hello(0x0303, &suites, &[0, 0, 0xff, 0xff, 1])),
        ),
        ("an extension twice", record(0x16, 0x0301, &hello(0x0303, &suites, &[0, 23, 0, 0, 0, 23, 0, 0]))),
        (
            "a name that is none",
            record(0x16, 0x0301, &hello(0x0303, &suites, &[0, 0, 0, 8, 0, 6, 0, 0, 3, 0xff, 0, 0x2f])),
        ),
        (
            "a hello in records of a byte",
            good.iter().flat_map(|byte| record(0x16, 0x0301, &[*byte])).collect(),
        ),
        ("the same hello twice", [record(0x16, 0x0301, &good), record(0x16, 0x0301, &good)].concat()),
    ]
}

/// Says what the gateway said; the end is its to make.
async fn opened(house: Rc<House>, name: &'static str, bytes: Vec<u8>) -> Option<String> {
    let mut socket = TcpStream::connect(house.address).await.unwrap();
    let _ = socket.write_all(&bytes).await;
    let mut said = Vec::new();
    let read = tokio::time::timeout(HANGS, socket.read_to_end(&mut said)).await;
    let answers = said.windows(5).any(|bytes| bytes == b"HTTP/");
    match read {
        Err(_) => Some(format!("- {name}: left open")),
        Ok(_) if answers => Some(format!("- {name}: an answer without a handshake")),
        Ok(_) => None,
    }
}

#[test]
fn who_does_not_speak_tls_is_not_answered() {
    block_on(async {
        let house = Rc::new(house(By::Tls, |settings| settings.limits.receive = Duration::from_secs(3)));
        let local = tokio::task::LocalSet::new();
        let wrong = local.run_until(async {
            let start = |(name, bytes)| tokio::task::spawn_local(opened(Rc::clone(&house), name, bytes));
            let running: Vec<_> = openings().into_iter().map(start).collect();
            let mut wrong = Vec::new();
            for one in running {
                wrong.extend(one.await.unwrap());
            }
            wrong
        });
        let wrong = wrong.await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(house.upstream.asked().is_empty());
        is_whole(&house, By::Tls).await;
    });
}

fn config(house: &House, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
    let who = house.identity("gemeente");
    let good = client_config(&house.directory.path().join("client.ca.pem"), Some(&who));
    let builder = ClientConfig::builder_with_provider(Arc::clone(good.crypto_provider()));
    let builder = builder.with_protocol_versions(versions).unwrap();
    let mut config =
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone)).with_no_client_auth();
    config.client_auth_cert_resolver = good.client_auth_cert_resolver;
    config
}

/// A client that does not mind what the gateway is called.
#[derive(Debug)]
struct Anyone;

impl rustls::client::danger::ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

async fn shake(
    house: &House,
    config: &Arc<ClientConfig>,
    name: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let socket = TcpStream::connect(house.address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::clone(config)).connect(name, socket).await
}

#[test]
fn what_a_client_calls_the_gateway_and_how_old_its_tls_is_changes_nothing() {
    block_on(async {
        let house = house(By::Tls, |_| {});
        for versions in [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13]] {
            let config = Arc::new(config(&house, versions));
            for name in ["localhost", "elders.example", "127.0.0.1", "a.b.c.d.e.f.example"] {
                let stream = shake(&house, &config, name).await.unwrap();
                let got = Consumer::over(stream).await.ask(PATH, question()).await;
                assert_eq!(got.text(), stripped(1), "{name}");
            }
            let mut nameless = (*config).clone();
            nameless.enable_sni = false;
            let stream = shake(&house, &Arc::new(nameless), "localhost").await.unwrap();
            assert_eq!(Consumer::over(stream).await.ask(PATH, question()).await.text(), stripped(1));
        }
        is_whole(&house, By::Tls).await;
    });
}

#[test]
fn a_protocol_that_nobody_speaks_ends_the_handshake() {
    block_on(async {
        let house = house(By::Tls, |_| {});
        for protocols in [&["http/0.9"][..], &["spdy/3", "h3"], &["H2"], &["x"; 200]] {
            let mut config = config(&house, &[&rustls::version::TLS13]);
            config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
            assert!(shake(&house, &Arc::new(config), "localhost").await.is_err(), "{protocols:?}");
        }
        is_whole(&house, By::Tls).await;
    });
}

#[test]
fn a_session_that_is_taken_up_again_is_the_same_consumer_and_sends_no_early_data() {
    block_on(async {
        let house = house(By::Tls, |_| {});
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let mut config = config(&house, &[version]);
            config.enable_early_data = true;
            let config = Arc::new(config);
            let mut kinds = Vec::new();
            for _ in 0..3 {
                let stream = shake(&house, &config, "localhost").await.unwrap();
                assert!(!stream.get_ref().1.is_early_data_accepted());
                kinds.push(stream.get_ref().1.handshake_kind());
                let got = Consumer::over(stream).await.ask(PATH, question()).await;
                assert_eq!(got.text(), stripped(1));
            }
            assert_eq!(kinds.last(), Some(&Some(rustls::HandshakeKind::Resumed)), "{kinds:?}");
        }
        is_whole(&house, By::Tls).await;
    });
}
