//! TLS from files: the side towards consumers ([`Inward`]) and the side towards the upstream ([`Outward`]).
//!
//! [`files`] reads a set of files in one state in which they stood together, [`vetting`] says whether a certificate is to be relied
//! on ([`distrust`]: why not), [`reload`] notices that files have changed. What is made of a set serves whole or not at all: a new
//! one is a new generation, with no memory of the sessions of the old.

pub mod distrust;
pub mod files;
pub mod inward;
pub mod outward;
pub mod reload;
pub mod vetting;

pub use distrust::Distrust;
pub use files::{Files, TlsError};
pub use inward::Inward;
pub use outward::Outward;
pub use reload::{Looked, Reloader};

use std::path::{Path, PathBuf};

use crate::identity::certificate;

/// When something that a file holds comes to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What: `server`, `client-ca`, `upstream-ca`, `upstream-client`.
    pub of: &'static str,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// The end of a chain: that of the first of its certificates.
fn first_end(of: &'static str, files: &Files, path: &Path) -> Result<Option<End>, TlsError> {
    Ok(ends(files, path)?.into_iter().min().map(|at| End { of, at }))
}

/// When each certificate in a file ends.
fn ends(files: &Files, path: &Path) -> Result<Vec<i64>, TlsError> {
    let certificates = files.certificates(path)?;
    Ok(certificates.iter().filter_map(|der| certificate::not_after(der).ok()).collect())
}

fn mismatch(certificate: &Path, key: &Path, cause: rustls::Error) -> TlsError {
    TlsError::Identity { certificate: PathBuf::from(certificate), key: PathBuf::from(key), cause }
}
