//! Who a call is from: the connection's certificate, the call's token, and what its consumer's entry asks for.
//!
//! The hot path, asked per call in the snapshot of that moment, so that a change of the registry bites at once: on
//! open connections, and on tokens that are remembered. No allocation, no clock, no log line.

use poortwachter_kernel::vocab::ConsumerIx;

use crate::identity::{Certificate, Token};
use crate::proxy::verdict::{Against, Missing, Reason};
use crate::registry::consumer::Credentials;
use crate::registry::{Ambiguous, Snapshot};

/// Why a call is nobody's, or not proven to be its consumer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unproven {
    /// Why.
    pub reason: Reason,
    /// Whose it claims to be, where all that came says the same.
    pub consumer: Option<ConsumerIx>,
}

impl From<Unproven> for Against {
    fn from(unproven: Unproven) -> Self {
        Self { reason: unproven.reason, operation: None }
    }
}

/// The consumer a call is from. Certificate and token must have been verified, and the token's binding checked
/// ([`is_bound_elsewhere`]).
///
/// # Errors
/// [`Unproven`]: nobody's, two consumers', or not what the consumer's entry asks for.
pub fn caller(
    snapshot: &Snapshot,
    certificate: Option<&Certificate>,
    token: Option<&Token>,
) -> Result<ConsumerIx, Unproven> {
    let nobody = |reason| Unproven { reason, consumer: None };
    let holder = certificate.map_or(Ok(None), |held| snapshot.consumer_with_certificate(held));
    let Some(token) = token else {
        let holder = holder.ok().flatten().ok_or(nobody(Reason::UnknownConsumer))?;
        return proven(snapshot, holder, Credentials::takes_certificate, Missing::Token);
    };
    let client = snapshot.consumer_with_client(token.client());
    match (holder, client) {
        (Ok(Some(holder)), Some(client)) if holder == client => {
            let bound = |rule| rule != Credentials::Both || token.bound_to().is_some();
            proven(snapshot, client, bound, Missing::Binding)
        }
        (Ok(None), Some(client)) => proven(snapshot, client, Credentials::takes_token, Missing::Certificate),
        (Ok(None), None) => Err(nobody(Reason::UnknownClient)),
        // A certificate that two entries claim is nobody's, and yet not one that nobody ever heard of.
        (Ok(Some(_)) | Err(Ambiguous), _) => Err(nobody(Reason::CredentialsDisagree)),
    }
}

fn proven(
    snapshot: &Snapshot,
    consumer: ConsumerIx,
    enough: impl Fn(Credentials) -> bool,
    otherwise: Missing,
) -> Result<ConsumerIx, Unproven> {
    if enough(snapshot.consumer(consumer).credentials) {
        return Ok(consumer);
    }
    Err(Unproven { reason: Reason::CredentialsMissing(otherwise), consumer: Some(consumer) })
}

/// Whether a token is bound to another certificate than the connection's, or to one where there is none (RFC 8705 §3):
/// then it was stolen, whatever its consumer's entry asks for.
pub fn is_bound_elsewhere(token: &Token, certificate: Option<&Certificate>) -> bool {
    token.bound_to().is_some_and(|bound| certificate.map(Certificate::sha256) != Some(bound))
}
