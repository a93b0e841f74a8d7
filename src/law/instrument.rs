//! Instruments as the registry holds them: what was decided, where it can be found, when it holds.

use poortwachter_kernel::vocab::{Day, Days};

use super::terms::{Chamber, InstrumentKind};

/// One instrument on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The days it holds: from its date, to its end where it has one.
    pub days: Days,
    /// What it is, with the references the guide's section 1 asks for.
    pub proof: Proof,
}

/// What must be on file for an instrument to count (guide, section 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Accession to a general authorization.
    Accession {
        /// Reference of the general authorization.
        general: String,
        /// Reference of the accession.
        reference: String,
    },
    /// Authorization of FOD Binnenlandse Zaken.
    MinisterialAuthorization {
        /// Its reference.
        reference: String,
    },
    /// Deliberation of the Informatieveiligheidscomité.
    Deliberation {
        /// The chamber.
        chamber: Chamber,
        /// Its number.
        number: String,
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

    /// The chamber, where it is a deliberation.
    pub const fn chamber(&self) -> Option<Chamber> {
        match self {
            Self::Deliberation { chamber, .. } => Some(*chamber),
            _ => None,
        }
    }

    /// Where it can be found, in one line.
    pub fn reference(&self) -> String {
        match self {
            Self::Accession { general, reference } => format!("{reference} (to {general})"),
            Self::MinisterialAuthorization { reference } => reference.clone(),
            Self::Deliberation { chamber, number } => format!("{number} ({chamber})"),
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
