//! One row of the guide's decision table.

use poortwachter_kernel::vocab::Days;

use super::instrument::Instrument;
use super::terms::{Category, Chamber, ConsumerKind, InstrumentKind, Network};
use crate::text::Spot;

/// A row: when it holds, what it asks for, and how that is obtained.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The guide's number, `1g-3`.
    pub id: String,
    /// The source category it speaks of.
    pub source: Category,
    /// What follows where it holds.
    pub effect: Effect,
    /// The cases it holds for.
    pub when: Condition,
    /// Any one of these satisfies it; empty: it needs nothing.
    pub instruments: Vec<InstrumentKind>,
    /// The chamber, where a deliberation must come from a certain one.
    pub chamber: Option<Chamber>,
    /// The days it is law.
    pub days: Days,
    /// Who issues the instrument.
    pub authority: String,
    /// Where to turn to obtain it.
    pub contact: String,
    /// What to bring.
    pub papers: Vec<String>,
    /// The law it rests on, where the guide names one.
    pub legal_text: Option<String>,
    /// The guide's heading was lost; the condition follows from its neighbours.
    pub reconstructed: bool,
    /// The rule in one Dutch sentence, without capital or full stop.
    pub nl: String,
    /// The rule in one English sentence, without capital or full stop.
    pub en: String,
    /// Where it is written.
    pub spot: Spot,
}

/// What follows where a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// The call as a whole may pass.
    Allow,
    /// Personal fields stay in the answer.
    Reveal,
    /// Personal fields are taken out of the answer.
    Remove,
}

impl Effect {
    /// Every one with its spelling in the law file.
    pub const NAMES: &'static [(&'static str, Self)] =
        &[("allow", Self::Allow), ("reveal", Self::Reveal), ("remove", Self::Remove)];
}

/// Which cases a rule holds for. An empty list asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Kinds of consumer.
    pub kinds: Vec<ConsumerKind>,
    /// Places in the social-security network.
    pub networks: Vec<Network>,
}

impl Condition {
    /// Whether it holds for such a consumer.
    pub fn holds(&self, kind: ConsumerKind, network: Network) -> bool {
        admits(&self.kinds, &kind) && admits(&self.networks, &network)
    }

    /// Whether some case meets both conditions.
    pub fn overlaps(&self, other: &Self) -> bool {
        meet(&self.kinds, &other.kinds) && meet(&self.networks, &other.networks)
    }
}

impl Rule {
    /// Whether the instrument is of a kind (and chamber) that the rule asks for, whatever the day.
    pub fn accepts(&self, instrument: &Instrument) -> bool {
        let chamber_fits = match (self.chamber, instrument.proof.chamber()) {
            (Some(wanted), Some(had)) => wanted == had,
            _ => true,
        };
        chamber_fits && self.instruments.contains(&instrument.proof.kind())
    }
}

fn admits<T: PartialEq>(list: &[T], item: &T) -> bool {
    list.is_empty() || list.contains(item)
}

fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|item| b.contains(item))
}
