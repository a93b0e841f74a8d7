//! What is read from a list of revoked certificates (RFC 5280 §5) beside what rustls reads: whose it is, and until when
//! it can be relied on.

use x509_parser::oid_registry::OID_X509_EXT_ISSUER_DISTRIBUTION_POINT;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

/// One list, in outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocations {
    /// Its issuer's name, and the part of its certificates that the list is about (issuing distribution point, §5.2.5),
    /// both as encoded: two lists alike in these are two versions of one.
    pub scope: (Vec<u8>, Vec<u8>),
    /// When a newer one is due, in seconds since 1970; `None`: it does not say.
    pub next_update: Option<i64>,
}

/// Why a list cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no certificate revocation list in DER")]
pub struct Illegible;

impl Revocations {
    /// Reads a list's outline from DER.
    ///
    /// # Errors
    /// [`Illegible`], also where something follows it.
    pub fn read(der: &[u8]) -> Result<Self, Illegible> {
        let (rest, list) = CertificateRevocationList::from_der(der).map_err(|_| Illegible)?;
        if !rest.is_empty() {
            return Err(Illegible);
        }
        let part = list.extensions().iter().find(|one| one.oid == OID_X509_EXT_ISSUER_DISTRIBUTION_POINT);
        Ok(Self {
            scope: (list.issuer().as_raw().to_vec(), part.map_or_else(Vec::new, |part| part.value.to_vec())),
            next_update: list.next_update().map(|time| time.timestamp()),
        })
    }
}
