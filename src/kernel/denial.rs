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
    /// The rule asks for an instrument and none that fits is valid on the day.
    InstrumentMissing {
        /// The rule that asks for it.
        rule: RuleIx,
    },
    /// The VKBO disclaimer is not accepted on the day (rule 1g-1).
    DisclaimerMissing {
        /// The rule that asks for it.
        rule: RuleIx,
    },
    /// The question names a person, so the answer itself is the personal datum, and no statutory
    /// basis opens it (rule 1g-3; MAGDA page `GeefFuncties`, asked by INSZ).
    BasisMissing {
        /// The rule that removes the field.
        rule: RuleIx,
    },
}

impl Denial {
    /// How many reasons there are.
    pub const COUNT: usize = 9;

    /// The reason's names, as used in metrics, `explain` and refusals; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = [
        "never-granted",
        "wrong-purpose",
        "wrong-capacity",
        "not-yet-valid",
        "lapsed",
        "outside-the-guide",
        "instrument-missing",
        "disclaimer-missing",
        "basis-missing",
    ];

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        match self {
            Self::NeverGranted => 0,
            Self::WrongPurpose => 1,
            Self::WrongCapacity => 2,
            Self::NotYetValid { .. } => 3,
            Self::Lapsed { .. } => 4,
            Self::OutsideTheGuide => 5,
            Self::InstrumentMissing { .. } => 6,
            Self::DisclaimerMissing { .. } => 7,
            Self::BasisMissing { .. } => 8,
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
            | Self::DisclaimerMissing { rule }
            | Self::BasisMissing { rule } => Some(rule),
            _ => None,
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
