//! The side towards consumers: what the gateway shows, and whom it relies on.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

use super::vetting::Vetting;
use super::{End, Files, TlsError, ends, first_end, mismatch};
use crate::clock::Clock;
use crate::config::Door;

/// What one generation of the listener's files makes.
#[derive(Debug)]
pub struct Inward {
    /// Counts loads: what was verified under another generation is verified again.
    pub generation: u64,
    /// TLS 1.2 and 1.3, nobody without a certificate unless that is optional, HTTP/2 before HTTP/1.1; `None`: a hop ends TLS.
    pub server: Option<Arc<ServerConfig>>,
    /// Whose certificates are relied on.
    pub clients: Vetting,
    /// When certificates of the gateway's own come to their end.
    pub ends: Vec<End>,
}

impl Inward {
    /// The files it is made of; none behind a plain door.
    pub fn paths(door: &Door) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        if let Door::Mutual(tls) = door {
            paths.extend([tls.certificate.clone(), tls.key.clone()]);
        }
        if let Some(clients) = door.clients() {
            paths.push(clients.authorities.clone());
            paths.extend(clients.revocations.iter().cloned());
        }
        paths
    }

    /// What these files make for a door.
    ///
    /// # Errors
    /// [`TlsError`]; behind a plain door, which has no use for it, that there is no authority.
    pub fn make(door: &Door, files: &Files, generation: u64, clock: &Clock) -> Result<Self, TlsError> {
        let none = || TlsError::Authorities { path: PathBuf::new() };
        let clients = door.clients().ok_or_else(none)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let is_optional = matches!(door, Door::Mutual(tls) if tls.certificate_is_optional);
        let vetting = Vetting::new(clients, is_optional, files, &provider)?;
        let mut made = Vec::new();
        let server = match door {
            Door::Mutual(tls) => {
                made.extend(first_end("server", files, &tls.certificate)?);
                let mut config = ServerConfig::builder_with_details(provider, Arc::new(Told(clock.clone())))
                    .with_safe_default_protocol_versions()?
                    .with_client_cert_verifier(vetting.verifier())
                    .with_single_cert(files.certificates(&tls.certificate)?, files.key(&tls.key)?)
                    .map_err(|cause| mismatch(&tls.certificate, &tls.key, cause))?;
                config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
                Some(Arc::new(config))
            }
            Door::Behind(_) | Door::Plain { .. } => None,
        };
        // Of the authorities the first to end: a consumer may hang on that one.
        let authorities = ends(files, &clients.authorities)?;
        made.extend(authorities.into_iter().min().map(|at| End { of: "client-ca", at }));
        Ok(Self { generation, server, clients: vetting, ends: made })
    }

    /// Reads a door's files and makes it of them.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(door: &Door, clock: &Clock) -> Result<Self, TlsError> {
        let (files, _) = Files::read(&Self::paths(door))?;
        Self::make(door, &files, 1, clock)
    }
}

/// The house's clock, as rustls asks it.
#[derive(Debug)]
struct Told(Clock);

impl TimeProvider for Told {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
