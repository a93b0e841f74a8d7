//! Instruments as the registry holds them: what was decided, where it can be found, when it holds.

use poortwachter_kernel::vocab::{Day, Days};

use super::terms::{Chamber, InstrumentKind, Issuer};

/// One instrument on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The days it was made for: from its date, to its end where it has one.
    pub days: Days,
    /// What it is, with the references the guide's section 1 asks for.
    pub proof: Proof,
    /// Days on which it does not count.
    pub suspended: Option<Suspension>,
    /// Since when it no longer counts at all.
    pub ended: Option<End>,
}

/// A suspension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// The days, both ends included.
    pub days: Days,
    /// Why.
    pub reason: String,
}

/// The end of an instrument before its own last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The first day without it. A revocation at some moment of a day takes that whole day.
    pub on: Day,
    /// How it ended.
    pub how: Ending,
}

/// How an instrument ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was revoked.
    Revoked {
        /// Why.
        reason: String,
    },
    /// Another took its place.
    Superseded {
        /// Where that can be found.
        by: String,
    },
}

/// Where an instrument stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Valid,
    /// It starts on a later day.
    NotYet(Day),
    /// Its last day is past.
    Lapsed(Day),
    /// Suspended, until this day included.
    Suspended(Day),
    /// Another has taken its place since this day.
    Superseded(Day),
    /// Revoked since this day.
    Revoked(Day),
}

/// What must be on file for an instrument to count (guide, section 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Accession to a general authorization.
    Accession {
        /// Reference of the general authorization.
        general: String,
        /// Its day.
        general_dated: Day,
        /// Reference of the accession.
        reference: String,
    },
    /// Authorization for the National Register.
    MinisterialAuthorization {
        /// Its reference.
        reference: String,
        /// Who issued it.
        issuer: Issuer,
    },
    /// Deliberation of the Informatieveiligheidscomité.
    Deliberation {
        /// The chamber.
        chamber: Chamber,
        /// Its number.
        number: String,
        /// Why no protocol could be reached, where it stands in for one (guide, 1b and 1e).
        protocol_failure: Option<ProtocolFailure>,
    },
    /// Protocol between source holder and consumer.
    Protocol {
        /// Who signed.
        parties: Vec<String>,
        /// The law it rests on.
        legal_text: String,
    },
    /// Protocol and its ratification.
    RatifiedProtocol {
        /// Who signed.
        parties: Vec<String>,
        /// The law it rests on.
        legal_text: String,
        /// Number of the ratifying deliberation.
        ratification: String,
        /// Day of the ratifying deliberation.
        ratified: Day,
    },
    /// Law, decree or decision, article.
    StatutoryBasis {
        /// Full citation.
        citation: String,
    },
    /// The VKBO disclaimer, accepted.
    Disclaimer {
        /// Which version of the text.
        version: String,
        /// Who accepted.
        accepted_by: String,
    },
}

/// What the fallback to a deliberation needs on file, by reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolFailure {
    /// Why the protocol failed.
    pub reason: String,
    /// The advice of every party's data protection officer.
    pub dpo_advice: Vec<String>,
    /// The result of the data protection impact assessment.
    pub dpia: String,
}

impl Instrument {
    /// An instrument that runs its course: neither suspended nor ended early.
    pub const fn new(days: Days, proof: Proof) -> Self {
        Self { days, proof, suspended: None, ended: None }
    }

    /// Where it stands on a day.
    pub fn standing(&self, day: Day) -> Standing {
        match (&self.ended, &self.suspended) {
            (Some(End { on, how: Ending::Revoked { .. } }), _) if *on <= day => Standing::Revoked(*on),
            (Some(End { on, how: Ending::Superseded { .. } }), _) if *on <= day => Standing::Superseded(*on),
            _ if day < self.first() => Standing::NotYet(self.first()),
            _ if self.days.last < day => Standing::Lapsed(self.days.last),
            (_, Some(suspended)) if suspended.days.covers(day) => Standing::Suspended(suspended.days.last),
            _ => Standing::Valid,
        }
    }

    /// The first day on which it can count: a protocol that must be ratified does not before it is.
    pub fn first(&self) -> Day {
        match self.proof {
            Proof::RatifiedProtocol { ratified, .. } => self.days.first.max(ratified),
            _ => self.days.first,
        }
    }

    /// The last day on which it can count; `Day::MAX`: no end.
    pub fn last(&self) -> Day {
        self.ended.iter().fold(self.days.last, |last, end| last.min(end.on.previous()))
    }

    /// Every day on which its standing may change.
    pub fn turns(&self) -> impl Iterator<Item = Day> + '_ {
        let spans = std::iter::once(self.days).chain(self.suspended.iter().map(|suspension| suspension.days));
        spans
            .flat_map(|days| [days.first, days.last.next()])
            .chain([self.first()])
            .chain(self.ended.iter().map(|end| end.on))
    }
}

impl Proof {
    /// The kind of instrument.
    pub const fn kind(&self) -> InstrumentKind {
        match self {
            Self::Accession { .. } => InstrumentKind::Accession,
            Self::MinisterialAuthorization { .. } => InstrumentKind::MinisterialAuthorization,
            Self::Deliberation { .. } => InstrumentKind::Deliberation,
            Self::Protocol { .. } => InstrumentKind::Protocol,
            Self::RatifiedProtocol { .. } => InstrumentKind::RatifiedProtocol,
            Self::StatutoryBasis { .. } => InstrumentKind::StatutoryBasis,
            Self::Disclaimer { .. } => InstrumentKind::Disclaimer,
        }
    }

    /// Its reference alone: who signed or accepted it is not in it.
    pub fn found_at(&self) -> &str {
        match self {
            Self::Accession { reference, .. } | Self::MinisterialAuthorization { reference, .. } => reference,
            Self::Deliberation { number, .. } => number,
            Self::Protocol { legal_text, .. } => legal_text,
            Self::RatifiedProtocol { ratification, .. } => ratification,
            Self::StatutoryBasis { citation } => citation,
            Self::Disclaimer { version, .. } => version,
        }
    }

    /// Where it can be found, in one line.
    pub fn reference(&self) -> String {
        match self {
            Self::Accession { general, reference, .. } => format!("{reference} (to {general})"),
            Self::MinisterialAuthorization { reference, issuer } => format!("{reference} ({issuer})"),
            Self::Deliberation { chamber, number, .. } => format!("{number} ({chamber})"),
            Self::Protocol { parties, .. } => parties.join(" / "),
            Self::RatifiedProtocol { parties, ratification, .. } => {
                format!("{}, ratified by {ratification}", parties.join(" / "))
            }
            Self::StatutoryBasis { citation } => citation.clone(),
            Self::Disclaimer { version, accepted_by } => {
                format!("version {version}, accepted by {accepted_by}")
            }
        }
    }
}
