//! Whether a client certificate is to be relied on: one verifier, in handshakes, on open connections, and for
//! what a hop passes on.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::{Distrust, Files, TlsError};
use crate::config::{Clients, Doubt};
use crate::identity::revocations::{Revocations, is_forged};

/// Verifies client certificates: chain to an authority, purpose, validity, revocation along the whole chain.
#[derive(Clone, Debug)]
pub struct Vetting {
    verifier: Arc<dyn ClientCertVerifier>,
    /// The files with lists of revoked certificates, and when in each the first is due to be renewed.
    due: Vec<(PathBuf, Option<i64>)>,
}

impl Vetting {
    /// The verifier that these settings and files make; whether a handshake passes without a certificate, too.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(super) fn new(
        clients: &Clients,
        is_optional: bool,
        files: &Files,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let Clients { authorities, revocations, overdue, unlisted } = clients;
        let (mut lists, mut due) = (Vec::new(), Vec::new());
        let (mut scopes, vouching) = (Vec::new(), files.certificates(authorities)?);
        for path in revocations {
            let found = files.revocations(path)?;
            let mut first = None;
            for list in &found {
                let outline = Revocations::read(list)
                    .map_err(|cause| TlsError::Revocations { path: path.clone(), cause: cause.into() })?;
                if scopes.contains(&outline.scope) {
                    return Err(TlsError::TwoLists { path: path.clone() });
                }
                scopes.push(outline.scope);
                if is_forged(list, vouching.iter().map(AsRef::as_ref)) {
                    return Err(TlsError::Forged { path: path.clone(), authorities: authorities.clone() });
                }
                first = first.into_iter().chain(outline.next_update).min();
            }
            // Each file by itself, so that a fault names the right one.
            builder(files, authorities, provider)?
                .with_crls(found.iter().cloned())
                .build()
                .map_err(|cause| TlsError::Revocations { path: path.clone(), cause: cause.into() })?;
            lists.extend(found);
            due.push((path.clone(), first));
        }
        let mut builder = builder(files, authorities, provider)?.with_crls(lists);
        if *overdue == Doubt::Refuse {
            builder = builder.enforce_revocation_expiration();
        }
        if *unlisted == Doubt::Accept {
            builder = builder.allow_unknown_revocation_status();
        }
        if is_optional {
            builder = builder.allow_unauthenticated();
        }
        let verifier =
            builder.build().map_err(|cause| TlsError::Verifier { path: authorities.clone(), cause })?;
        Ok(Self { verifier, due })
    }

    pub(super) fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        Arc::clone(&self.verifier)
    }

    /// Whether a certificate, and what was shown with it to lead to an authority, is to be relied on at that
    /// second since 1970.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, chain: &[CertificateDer<'_>], at: i64) -> Result<(), Distrust> {
        let (end, between) = chain.split_first().ok_or(Distrust::Unverified)?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or(0)));
        let verified = self.verifier.verify_client_cert(end, between, now);
        verified.map(drop).map_err(|error| Distrust::of(&error))
    }

    /// The files with lists of revoked certificates, and when in each the first is due to be renewed.
    pub fn due(&self) -> &[(PathBuf, Option<i64>)] {
        &self.due
    }
}

fn builder(
    files: &Files,
    authorities: &std::path::Path,
    provider: &Arc<CryptoProvider>,
) -> Result<rustls::server::ClientCertVerifierBuilder, TlsError> {
    let roots = Arc::new(files.authorities(authorities)?);
    Ok(WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider)))
}
