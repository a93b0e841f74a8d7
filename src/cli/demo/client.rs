//! Calls the gateway as a consumer would: over mutual TLS, with the files on disk.

use std::fs::File;
use std::io::BufReader;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Trouble;
use super::cast::{Consumer, PATH};
use super::files::Files;

/// A consumer with its certificate, in front of the gateway.
pub(super) struct Client {
    tls: TlsConnector,
    gateway: SocketAddr,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Client {
    pub(super) fn new(files: &Files, consumer: &Consumer, gateway: SocketAddr) -> Result<Self, Trouble> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&files.ca())? {
            roots.add(certificate)?;
        }
        let key = PrivateKeyDer::from_pem_file(files.key(consumer))?;
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(certificates(&files.certificate(consumer))?, key)?;
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), gateway })
    }

    pub(super) async fn ask(&self, question: String) -> Result<Answer, Trouble> {
        let socket = TcpStream::connect(self.gateway).await?;
        let stream = self.tls.connect(ServerName::try_from("localhost")?, socket).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);
        let request = Request::post(PATH)
            .header("Host", "localhost")
            .header("Content-Type", "text/xml; charset=utf-8")
            .body(Full::<bytes::Bytes>::from(question))?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
        driver.abort();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }
}

fn certificates(path: &std::path::Path) -> Result<Vec<CertificateDer<'static>>, Trouble> {
    let reader = BufReader::new(File::open(path)?);
    Ok(CertificateDer::pem_reader_iter(reader).collect::<Result<_, _>>()?)
}
