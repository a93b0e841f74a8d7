//! TLS from files: the server's side with client certificates, and the side towards the upstream.
//!
//! Read once, at start. A fault names the file and says what to do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::config;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("cannot read `{path}`; it must be a PEM file with {wanted}")]
    File {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        wanted: &'static str,
        /// Why not.
        #[source]
        cause: pem::Error,
    },
    /// A bundle of authorities holds none that can be used.
    #[error(
        "`{path}` holds no certificate authority that can be used; put the authority's certificate in it"
    )]
    Authorities {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not make an identity.
    #[error("the certificate in `{certificate}` and the key in `{key}` do not go together")]
    Identity {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        #[source]
        cause: rustls::Error,
    },
    /// The authorities cannot verify anybody.
    #[error("the authorities in `{path}` cannot verify client certificates")]
    Verifier {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: rustls::server::VerifierBuilderError,
    },
    /// The library refuses the protocol versions.
    #[error("cannot set up TLS")]
    Library(#[from] rustls::Error),
}

/// The server's side: TLS 1.2 and 1.3, nobody without a certificate unless that is optional, HTTP/2 before HTTP/1.1.
///
/// # Errors
/// [`TlsError`].
pub fn server(files: &config::Tls) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(authorities(&files.client_ca)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
    let optional = files.certificate_is_optional;
    let verifier = if optional { verifier.allow_unauthenticated() } else { verifier }
        .build()
        .map_err(|cause| TlsError::Verifier { path: files.client_ca.clone(), cause })?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&files.certificate)?, key(&files.key)?)
        .map_err(|cause| mismatch(&files.certificate, &files.key, cause))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The side towards the upstream.
///
/// # Errors
/// [`TlsError`].
pub fn client(files: &config::UpstreamTls) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities(&files.ca)?);
    let mut config = match &files.identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key_file)) => builder
            .with_client_auth_cert(certificates(certificate)?, key(key_file)?)
            .map_err(|cause| mismatch(certificate, key_file, cause))?,
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// All certificates in a PEM file.
///
/// # Errors
/// [`TlsError::File`], also when there is none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |cause| TlsError::File { path: path.to_owned(), wanted: "certificates", cause };
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable)?;
    if found.is_empty() { Err(unreadable(pem::Error::NoItemsFound)) } else { Ok(found) }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|cause| TlsError::File {
        path: path.to_owned(),
        wanted: "an unencrypted private key",
        cause,
    })
}

fn authorities(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates(path)?);
    if added == 0 { Err(TlsError::Authorities { path: path.to_owned() }) } else { Ok(store) }
}

fn mismatch(certificate: &Path, key: &Path, cause: rustls::Error) -> TlsError {
    TlsError::Identity { certificate: certificate.to_owned(), key: key.to_owned(), cause }
}
