//! The side towards the upstream: who may be it, and what the gateway shows.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;

use super::{End, Files, TlsError, ends, first_end, mismatch};
use crate::config::UpstreamTls;

/// What one generation of the upstream's files makes.
#[derive(Debug)]
pub struct Outward {
    /// Counts loads: a connection made under another generation carries no new call.
    pub generation: u64,
    /// How connections are made.
    pub client: Arc<ClientConfig>,
    /// When certificates of the gateway's own come to their end.
    pub ends: Vec<End>,
}

impl Outward {
    /// The files it is made of.
    pub fn paths(tls: &UpstreamTls) -> Vec<PathBuf> {
        let identity = tls.identity.iter().flat_map(|(certificate, key)| [certificate, key]);
        std::iter::once(&tls.ca).chain(identity).cloned().collect()
    }

    /// What these files make.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn make(tls: &UpstreamTls, files: &Files, generation: u64) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(files.authorities(&tls.ca)?);
        // Of a bundle of authorities the last: a system's always holds some that have expired, and the upstream's is one of many.
        let mut made: Vec<End> = ends(files, &tls.ca)?
            .into_iter()
            .max()
            .map(|at| End { of: "upstream-ca", at })
            .into_iter()
            .collect();
        let mut config = match &tls.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                made.extend(first_end("upstream-client", files, certificate)?);
                builder
                    .with_client_auth_cert(files.certificates(certificate)?, files.key(key)?)
                    .map_err(|cause| mismatch(certificate, key, cause))?
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { generation, client: Arc::new(config), ends: made })
    }

    /// Reads the files and makes it of them.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(tls: &UpstreamTls) -> Result<Self, TlsError> {
        let (files, _) = Files::read(&Self::paths(tls))?;
        Self::make(tls, &files, 1)
    }
}
