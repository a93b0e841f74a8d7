//! Who is at the other end of a connection, and who a call is from: credentials in, [`Principal`] and [`Token`] out.
//!
//! [`certificate`] is what a verified certificate says, [`san`] its names beside the subject, [`forwarded`] the headers in
//! which a hop that ended TLS passes a certificate on, [`revocations`] what is read from a list of revoked ones.
//!
//! Deliberately not here: what that party may ask. This room has never heard of a grant, nor of a
//! consumer; whether anybody in the registry goes by this principal is asked per call, so that a
//! revocation bites on connections that are already open.

pub mod certificate;
pub mod forwarded;
pub mod keys;
pub mod revocations;
pub mod san;
mod seen;
mod signature;
mod strict;
pub mod token;

use std::sync::Arc;

pub use certificate::Certificate;
pub use keys::{KeySet, Keyring};
pub use san::San;
pub use token::{Token, Tokens};

/// The proven identity of whoever opened a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The holder of the key of a client certificate that TLS verified.
    Holder(Arc<Certificate>),
    /// Whoever came without a certificate, where that is allowed: a call must bring a token.
    Unnamed,
    /// A trusted hop that ended its consumers' TLS: it speaks for others, call by call, and never for itself.
    Hop,
    /// Whoever can reach the plain listener on loopback, which stands for one consumer of the registry.
    Door {
        /// That consumer's id.
        consumer: String,
    },
}
