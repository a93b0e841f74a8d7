//! How a call can end, in the words of metrics and records.
//!
//! Deliberately not here: status codes, and what the consumer is told.

use poortwachter_kernel::Denial;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Judged lawful and answered whole.
    Allowed,
    /// The law or the registry says no.
    Denied(Denial),
    /// No consumer in the registry has the certificate.
    UnknownConsumer,
    /// No service of the catalogue is asked.
    UnknownService,
    /// Path, root, `Naam` and `Versie` do not speak of one service.
    StatementsDisagree,
    /// The sender's URI is none of the consumer's.
    SenderNotRegistered,
    /// The request has no single meaning.
    Unreadable,
    /// Another method than POST.
    WrongMethod,
    /// A content type or encoding that cannot be read.
    WrongMedia,
    /// The request is too long.
    TooLarge,
    /// The request did not come in whole in time.
    TooSlow,
    /// The registry in service is too old to be relied on.
    StaleRegistry,
    /// Too many calls are under way.
    Busy,
    /// The gateway stopped before the answer was there.
    Draining,
    /// The upstream could not be reached.
    Unreachable,
    /// The upstream broke off.
    BrokenOff,
    /// The answer did not come in time.
    Deadline,
    /// The answer could not be filtered and was not delivered, or not to its end.
    Withheld,
    /// A fault of the gateway's own.
    Internal,
    /// The consumer went away.
    Abandoned,
    /// The consumer calls faster than it may.
    TooFast,
    /// Too many of the consumer's calls are under way.
    TooManyAtOnce,
    /// The head of the request can be read in two ways.
    MalformedHead,
    /// Neither a certificate nor a token came with the call.
    NoCredentials,
    /// The token is wrong, or was not sent as it must be.
    BadToken,
    /// The token could not be verified: the issuer's keys are not at hand.
    TokenUnverifiable,
    /// Certificate and token are not the same consumer's.
    CredentialsDisagree,
    /// What the consumer's calls must bring was not all there.
    CredentialsMissing,
    /// The audit trail could not be written.
    Unrecorded,
}

/// Reasons that are not a [`Denial`], in the order of [`Outcome`].
const OTHERS: [(&str, &str); 28] = [
    ("allowed", "none"),
    ("refused", "unknown-consumer"),
    ("refused", "unknown-service"),
    ("refused", "statements-disagree"),
    ("refused", "sender-not-registered"),
    ("unreadable", "unreadable"),
    ("unreadable", "wrong-method"),
    ("unreadable", "wrong-media"),
    ("unreadable", "too-large"),
    ("unreadable", "too-slow"),
    ("failed", "stale-registry"),
    ("failed", "busy"),
    ("failed", "draining"),
    ("failed", "upstream-unreachable"),
    ("failed", "upstream-broke-off"),
    ("failed", "deadline"),
    ("failed", "withheld"),
    ("failed", "internal"),
    ("abandoned", "consumer-gone"),
    ("throttled", "calls-per-second"),
    ("throttled", "concurrent-calls"),
    ("unreadable", "malformed-head"),
    ("refused", "no-credentials"),
    ("refused", "bad-token"),
    ("failed", "token-unverifiable"),
    ("refused", "credentials-disagree"),
    ("refused", "credentials-missing"),
    ("failed", "unrecorded"),
];

impl Outcome {
    /// How many there are.
    pub const COUNT: usize = OTHERS.len() + Denial::COUNT;

    /// Verdict and reason of each, by [`Self::at`].
    pub const TABLE: &'static [(&'static str, &'static str)] = &table();

    /// The verdict: `allowed`, `refused`, `unreadable`, `failed`, `throttled` or `abandoned`.
    pub fn verdict(self) -> &'static str {
        Self::TABLE[self.at()].0
    }

    /// The reason, as in refusals and metrics.
    pub fn reason(self) -> &'static str {
        Self::TABLE[self.at()].1
    }

    /// The place in [`Self::TABLE`].
    pub const fn at(self) -> usize {
        match self {
            Self::Allowed => 0,
            Self::UnknownConsumer => 1,
            Self::UnknownService => 2,
            Self::StatementsDisagree => 3,
            Self::SenderNotRegistered => 4,
            Self::Unreadable => 5,
            Self::WrongMethod => 6,
            Self::WrongMedia => 7,
            Self::TooLarge => 8,
            Self::TooSlow => 9,
            Self::StaleRegistry => 10,
            Self::Busy => 11,
            Self::Draining => 12,
            Self::Unreachable => 13,
            Self::BrokenOff => 14,
            Self::Deadline => 15,
            Self::Withheld => 16,
            Self::Internal => 17,
            Self::Abandoned => 18,
            Self::TooFast => 19,
            Self::TooManyAtOnce => 20,
            Self::MalformedHead => 21,
            Self::NoCredentials => 22,
            Self::BadToken => 23,
            Self::TokenUnverifiable => 24,
            Self::CredentialsDisagree => 25,
            Self::CredentialsMissing => 26,
            Self::Unrecorded => 27,
            Self::Denied(denial) => OTHERS.len() + denial.at(),
        }
    }
}

const fn table() -> [(&'static str, &'static str); Outcome::COUNT] {
    let mut table = [("refused", ""); Outcome::COUNT];
    let mut at = 0;
    while at < OTHERS.len() {
        table[at] = OTHERS[at];
        at += 1;
    }
    while at < Outcome::COUNT {
        table[at].1 = Denial::NAMES[at - OTHERS.len()];
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_its_own_reason() {
        let mut reasons: Vec<_> = Outcome::TABLE.iter().map(|(_, reason)| reason).collect();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons.len(), Outcome::COUNT);
    }

    #[test]
    fn a_denial_keeps_its_name() {
        assert_eq!(Outcome::Denied(Denial::OutsideTheGuide).reason(), "outside-the-guide");
        assert_eq!(Outcome::Denied(Denial::OutsideTheGuide).verdict(), "refused");
        assert_eq!(Outcome::Withheld.reason(), "withheld");
    }
}
