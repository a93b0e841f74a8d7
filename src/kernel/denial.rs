//! Why a call may not pass.
//!
//! Small and `Copy`: words, contacts and remedies are found later, from the law's data, by whoever
//! renders the refusal.

use crate::vocab::{Day, RuleIx};

/// Why not. Ordered by how far the call came: the later variant is the more telling one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Denial {
    /// The consumer has no grant at all for the operation.
    NeverGranted,
    /// It has, but for another purpose (doeleinde) than that of the URI it called with.
    WrongPurpose,
    /// It has for this purpose, but under another capacity (hoedanigheid).
    WrongCapacity,
    /// It has, but for another way of delivery (mediation) than the service's.
    WrongMediation,
    /// The grant starts on a later day.
    NotYetValid {
        /// Its first day.
        first: Day,
    },
    /// The grant has ended.
    Lapsed {
        /// Its last day.
        last: Day,
    },
    /// No rule of the law answers this case.
    OutsideTheGuide,
    /// The law lets other kinds of consumer ask this source, but not this one.
    WrongConsumerKind,
    /// The rule asks for an instrument and none is on file.
    InstrumentMissing {
        /// The rule that asks for it.
        rule: RuleIx,
    },
    /// Instruments are on file, and none is of the kind (chamber, issuer, date) that the rule asks for.
    InstrumentUnfit {
        /// The rule that asks for another.
        rule: RuleIx,
    },
    /// The instrument that fits starts on a later day.
    InstrumentNotYetValid {
        /// The rule that asks for it.
        rule: RuleIx,
        /// Its first day.
        first: Day,
    },
    /// The instrument that fits has ended.
    InstrumentLapsed {
        /// The rule that asks for it.
        rule: RuleIx,
        /// Its last day.
        last: Day,
    },
    /// The instrument that fits was replaced by another, which is not on file.
    InstrumentSuperseded {
        /// The rule that asks for it.
        rule: RuleIx,
        /// The first day without it.
        on: Day,
    },
    /// The instrument that fits is suspended.
    InstrumentSuspended {
        /// The rule that asks for it.
        rule: RuleIx,
        /// The last day of the suspension.
        until: Day,
    },
    /// The instrument that fits was revoked.
    InstrumentRevoked {
        /// The rule that asks for it.
        rule: RuleIx,
        /// The first day without it.
        on: Day,
    },
    /// The instrument that fits lacks what must be on file with it.
    PrerequisiteMissing {
        /// The rule that asks for it.
        rule: RuleIx,
    },
    /// The VKBO disclaimer is not accepted on the day (rule 1g-1).
    DisclaimerMissing {
        /// The rule that asks for it.
        rule: RuleIx,
    },
    /// An older version of the VKBO disclaimer was accepted than the one in force (rule 1g-1).
    DisclaimerOutdated {
        /// The rule that asks for it.
        rule: RuleIx,
        /// The last day the acceptance held.
        last: Day,
    },
    /// The question names a person, so the answer itself is the personal datum, and no statutory
    /// basis opens it (rule 1g-3; MAGDA page "GeefFuncties" asked by INSZ).
    BasisMissing {
        /// The rule that removes the field.
        rule: RuleIx,
    },
}

impl Denial {
    /// How many reasons there are.
    pub const COUNT: usize = 19;

    /// The reason's names, as used in metrics, `explain` and refusals; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = [
        "never-granted",
        "wrong-purpose",
        "wrong-capacity",
        "wrong-mediation",
        "not-yet-valid",
        "lapsed",
        "outside-the-guide",
        "wrong-consumer-kind",
        "instrument-missing",
        "instrument-unfit",
        "instrument-not-yet-valid",
        "instrument-lapsed",
        "instrument-superseded",
        "instrument-suspended",
        "instrument-revoked",
        "prerequisite-missing",
        "disclaimer-missing",
        "disclaimer-outdated",
        "basis-missing",
    ];

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        match self {
            Self::NeverGranted => 0,
            Self::WrongPurpose => 1,
            Self::WrongCapacity => 2,
            Self::WrongMediation => 3,
            Self::NotYetValid { .. } => 4,
            Self::Lapsed { .. } => 5,
            Self::OutsideTheGuide => 6,
            Self::WrongConsumerKind => 7,
            Self::InstrumentMissing { .. } => 8,
            Self::InstrumentUnfit { .. } => 9,
            Self::InstrumentNotYetValid { .. } => 10,
            Self::InstrumentLapsed { .. } => 11,
            Self::InstrumentSuperseded { .. } => 12,
            Self::InstrumentSuspended { .. } => 13,
            Self::InstrumentRevoked { .. } => 14,
            Self::PrerequisiteMissing { .. } => 15,
            Self::DisclaimerMissing { .. } => 16,
            Self::DisclaimerOutdated { .. } => 17,
            Self::BasisMissing { .. } => 18,
        }
    }

    /// The reason's name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self.at()]
    }

    /// The rule the reason comes from, where the law (not the absence of a grant) is the reason.
    pub const fn rule(self) -> Option<RuleIx> {
        match self {
            Self::InstrumentMissing { rule }
            | Self::InstrumentUnfit { rule }
            | Self::InstrumentNotYetValid { rule, .. }
            | Self::InstrumentLapsed { rule, .. }
            | Self::InstrumentSuperseded { rule, .. }
            | Self::InstrumentSuspended { rule, .. }
            | Self::InstrumentRevoked { rule, .. }
            | Self::PrerequisiteMissing { rule }
            | Self::DisclaimerMissing { rule }
            | Self::DisclaimerOutdated { rule, .. }
            | Self::BasisMissing { rule } => Some(rule),
            Self::NeverGranted
            | Self::WrongPurpose
            | Self::WrongCapacity
            | Self::WrongMediation
            | Self::NotYetValid { .. }
            | Self::Lapsed { .. }
            | Self::OutsideTheGuide
            | Self::WrongConsumerKind => None,
        }
    }

    /// The more telling of two reasons, whatever their order: the one that came further; of two
    /// grants yet to start the earlier, of two that lapsed the later.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotYetValid { first: a }, Self::NotYetValid { first: b }) => {
                Self::NotYetValid { first: a.min(b) }
            }
            (a, b) => a.max(b),
        }
    }
}
