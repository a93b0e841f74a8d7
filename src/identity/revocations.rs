//! What is read from a list of revoked certificates (RFC 5280 §5) beside what rustls reads: whose it is, and until when
//! it can be relied on.

use x509_parser::error::X509Error;
use x509_parser::oid_registry::OID_X509_EXT_ISSUER_DISTRIBUTION_POINT;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

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

/// Whether a list was signed by none of the authorities that have its issuer's name, where there are any among these. With such a
/// list, every certificate of that issuer's would be refused. What was signed in a way not known here is left to
/// rustls, and so is the list of an issuer that is not among them.
pub fn is_forged<'a>(list: &[u8], authorities: impl Iterator<Item = &'a [u8]>) -> bool {
    let Ok((_, list)) = CertificateRevocationList::from_der(list) else { return true };
    let named = authorities
        .filter_map(|der| X509Certificate::from_der(der).ok())
        .filter(|(_, authority)| authority.subject().as_raw() == list.issuer().as_raw());
    let mut failed = false;
    for (_, authority) in named {
        match list.verify_signature(authority.public_key()) {
            Err(X509Error::SignatureVerificationError) => failed = true,
            _ => return false,
        }
    }
    failed
}
