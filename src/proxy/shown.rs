//! A certificate that somebody showed, in a handshake or by way of a hop, and whether it still stands.

use std::cell::Cell;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use crate::identity::Certificate;
use crate::proxy::tls::{Distrust, Inward};

/// A certificate and when it was last verified.
#[derive(Debug)]
pub(super) struct Shown {
    certificate: Arc<Certificate>,
    /// The certificate as encoded, and what was shown with it to lead to an authority.
    chain: Vec<CertificateDer<'static>>,
    /// Under which generation of the listener's files, and at which second since 1970.
    verified: Cell<Option<(u64, i64)>>,
}

/// For how long, in seconds, a verification counts under the same files: what ends meanwhile beside the certificate itself, such as an
/// authority between or a list of revoked ones, is noticed that much later.
const AGAIN: u64 = 60;

impl Shown {
    /// A certificate that is yet to be verified, or was not under the files in service.
    pub(super) fn new(certificate: Arc<Certificate>, chain: Vec<CertificateDer<'static>>) -> Self {
        Self { certificate, chain, verified: Cell::new(None) }
    }

    pub(super) fn certificate(&self) -> &Arc<Certificate> {
        &self.certificate
    }

    /// Whether it stands at that second since 1970: its own days each time, all else once per generation of the
    /// listener's files and minute. A connection may be kept, and a session resumed, for as long as a consumer likes.
    pub(super) fn stands(&self, inward: &Inward, now: i64) -> Result<(), Distrust> {
        self.certificate.valid_at(now)?;
        let counts =
            |(generation, at): (u64, i64)| generation == inward.generation && now.abs_diff(at) < AGAIN;
        if !self.verified.get().is_some_and(counts) {
            inward.clients.check(&self.chain, now)?;
            self.verified.set(Some((inward.generation, now)));
        }
        Ok(())
    }
}
