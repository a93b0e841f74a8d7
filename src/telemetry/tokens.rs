//! The meters of bearer tokens: there only where tokens are configured.

use std::sync::Arc;

use metrics::{Counter, Gauge};

use crate::telemetry::recorder::{Description, Recorder};

/// Checks of tokens by result, and the keys they are checked with.
#[derive(Debug)]
pub struct TokenMeters {
    recorder: Arc<Recorder>,
    /// Tokens whose signature was checked and that are good.
    pub verified: Counter,
    /// Tokens that were verified before.
    pub remembered: Counter,
    /// Tokens that could not be verified, for want of keys.
    pub unverifiable: Counter,
    /// How many tokens are remembered.
    pub kept: Gauge,
    /// Keys in service.
    pub keys: Gauge,
    /// When the issuer's keys were last confirmed, seconds since 1970.
    pub confirmed: Gauge,
}

impl TokenMeters {
    /// Registers the meters, and says what each is.
    pub fn new(recorder: &Arc<Recorder>) -> Self {
        for (name, help) in DESCRIPTIONS {
            recorder.describe(&Description { name, help, buckets: &[] });
        }
        let checked = |result| recorder.counter(CHECKS, &[("result", result)]);
        Self {
            verified: checked("verified"),
            remembered: checked("remembered"),
            unverifiable: checked("unverifiable"),
            kept: recorder.gauge("poortwachter_tokens_remembered", &[]),
            keys: recorder.gauge("poortwachter_jwks_keys", &[]),
            confirmed: recorder.gauge("poortwachter_jwks_confirmed_timestamp_seconds", &[]),
            recorder: Arc::clone(recorder),
        }
    }

    /// Counts a wrong token, by the name of what is wrong with it; its handle is not held.
    pub fn count_wrong(&self, flaw: &'static str) {
        self.recorder.counter(CHECKS, &[("result", flaw)]).increment(1);
    }

    /// Counts a look at the source of the keys: `swapped`, `unchanged`, or why it failed.
    pub fn count_look(&self, result: &str) {
        self.recorder.counter(LOOKS, &[("result", result)]).increment(1);
    }
}

const CHECKS: &str = "poortwachter_token_checks_total";
const LOOKS: &str = "poortwachter_jwks_fetches_total";

const DESCRIPTIONS: [(&str, &str); 5] = [
    (
        CHECKS,
        "Bearer tokens that came, by what became of them: verified, remembered, unverifiable, or what is wrong.",
    ),
    (LOOKS, "Looks at the issuer's keys, by result: swapped, unchanged, or why they could not be used."),
    ("poortwachter_tokens_remembered", "Verified tokens that are remembered."),
    ("poortwachter_jwks_keys", "Keys of the issuer in service."),
    (
        "poortwachter_jwks_confirmed_timestamp_seconds",
        "When the issuer's keys were last found usable, in seconds since 1970.",
    ),
];
