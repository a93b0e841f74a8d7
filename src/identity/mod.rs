//! Who is at the other end of a connection: credential in, [`Principal`] out.
//!
//! Deliberately not here: what that party may ask. This room has never heard of a grant, nor of a
//! consumer; whether anybody in the registry goes by this principal is asked per call, so that a
//! revocation bites on connections that are already open.

pub mod certificate;

pub use certificate::Certificate;

/// The proven identity of whoever opened a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The holder of the key of a client certificate that TLS verified.
    Holder(Certificate),
    /// Whoever can reach the plain listener on loopback, which stands for one consumer of the registry.
    Door {
        /// That consumer's id.
        consumer: String,
    },
}
