//! What a consumer reads that calls more than it may.
//!
//! In MAGDA's own words for it, so that clients that know the platform's limit know ours: a Fault `Server` that begins with
//! `99995`. The headers are those of draft-ietf-httpapi-ratelimit-headers-10, beside the `Retry-After` that every client
//! knows (RFC 9110 §10.2.3). Only refusals carry them: what is left is nobody's business as long as there is some.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::law::telling::Language;
use crate::proxy::quota::{Rate, Throttled};

/// MAGDA's own text, in Dutch in every language: clients compare it.
pub(super) const FAULT: &str = "99995 - Te veel gelijktijdige bevragingen";

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Seconds after which to try again where nobody knows when a running call ends.
const SOON: u64 = 1;

/// Which limit it was.
pub(super) fn detail(throttled: &Throttled, language: Language) -> String {
    let beyond = language.either("meer dan", "more than");
    match throttled {
        Throttled::Rate { rate: Rate { per_second, burst }, .. } => {
            let second = language.either("per seconde, of", "a second, or");
            let at_once = language.either("ineens", "at once");
            format!("{beyond} {per_second} {second} {burst} {at_once}")
        }
        Throttled::AtOnce { most } => {
            format!("{beyond} {most} {}", language.either("tegelijk", "at the same time"))
        }
    }
}

/// Says when to come back, and by which rule.
pub(super) fn tell(throttled: &Throttled, headers: &mut HeaderMap) {
    let after = wait(throttled);
    let (policy, limit) = match throttled {
        Throttled::Rate { rate, .. } => {
            let window = seconds(rate.window());
            let policy = format!("\"rate\";q={};w={window}", rate.burst);
            (policy, format!("\"rate\";r=0;t={after}"))
        }
        Throttled::AtOnce { most } => {
            let policy = format!("\"concurrent\";q={most};qu=\"concurrent-requests\"");
            (policy, "\"concurrent\";r=0".to_owned())
        }
    };
    headers.insert(header::RETRY_AFTER, HeaderValue::from(after));
    for (name, text) in [(POLICY, policy), (LIMIT, limit)] {
        // Digits and quotes always are a header's value.
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
}

/// Seconds until it may call again.
pub(in crate::proxy) fn wait(throttled: &Throttled) -> u64 {
    match throttled {
        Throttled::Rate { wait, .. } => seconds(*wait),
        Throttled::AtOnce { .. } => SOON,
    }
}

/// Whole seconds, at least one: to come back at once would be to come too early.
fn seconds(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(1_000_000_000).max(1)
}
