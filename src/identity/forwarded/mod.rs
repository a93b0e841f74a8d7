//! The certificate of a consumer whose TLS a hop ended, as the hop passes it on in a header.
//!
//! [`client_cert`] is RFC 9440's, [`xfcc`] Envoy's. Both give the certificate as it was, bytes of DER that are to be
//! verified as if it had come in a handshake; nothing else that a hop says of a certificate is believed. What
//! could be read in two ways is refused.
//!
//! Deliberately not here: from whom a header is accepted (`config::Hop`, `proxy`).

pub mod client_cert;
pub mod xfcc;

/// The longest header value that is read, bytes: several times the longest certificate in use.
pub const VALUE_MAX: usize = 16 * 1024;

/// Why a header gives no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than [`VALUE_MAX`].
    #[error("it is longer than 16 KiB")]
    TooLong,
    /// Not built as its format says.
    #[error("it is not built as its format says")]
    Syntax,
    /// Certificates of several clients where there may be one.
    #[error("it tells of several clients")]
    Several,
    /// One client's certificate, or its digest, twice.
    #[error("it tells of one client twice")]
    Twice,
    /// No certificate; a digest or a subject alone proves nothing.
    #[error("it holds no certificate; let the hop forward the whole of it")]
    NoCertificate,
    /// The digest beside the certificate is another's.
    #[error("its digest is not its certificate's")]
    Disagrees,
}
