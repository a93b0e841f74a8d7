//! One row of the guide's decision table.

use poortwachter_kernel::vocab::{Day, Days};

use super::instrument::{Instrument, Proof};
use super::terms::{Category, Chamber, ConsumerKind, InstrumentKind, Issuer, Mediation, Network};
use crate::text::Spot;

/// A row: which cases it answers, what it asks for, and how that is obtained.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The guide's number, `1g-3`.
    pub id: String,
    /// The source category it speaks of.
    pub source: Category,
    /// What follows where it answers.
    pub effect: Effect,
    /// The cases it answers: any one of these; empty: every case.
    pub when: Vec<Condition>,
    /// Any one of these satisfies it; empty: it needs nothing.
    pub instruments: Vec<InstrumentKind>,
    /// The chamber a deliberation (or ratification) must come from.
    pub chamber: Option<Chamber>,
    /// Who must have issued an authorization.
    pub issuer: Option<Issuer>,
    /// The day before which a general authorization that is acceded to must have been given.
    pub general_before: Option<Day>,
    /// What must be on file with the instrument.
    pub needs: Option<Need>,
    /// Its instrument is a first step only; the rule with this number makes the call lawful.
    pub then: Option<String>,
    /// The days it is law.
    pub days: Days,
    /// How its instrument is obtained.
    pub how: How,
    /// The guide's heading was lost; the condition follows from its neighbours.
    pub reconstructed: bool,
    /// Where it is written.
    pub spot: Spot,
}

/// How an instrument is obtained, in Dutch and English.
#[derive(Clone, Debug)]
pub struct How {
    /// Who issues it.
    pub authority: String,
    /// Where to turn.
    pub contact: Both,
    /// What to bring.
    pub papers: Vec<Both>,
    /// The law it rests on, where the guide names one.
    pub legal_text: Option<String>,
    /// The rule in one sentence, without capital or full stop.
    pub rule: Both,
}

/// One text in two languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    /// Nederlands.
    pub nl: String,
    /// English.
    pub en: String,
}

/// What follows where a rule answers.
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

/// What must be on file with an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Why no protocol could be reached, every data protection officer's advice, the DPIA's result (1b-4, 1e-4).
    ProtocolFailure,
    /// A valid authorization for the National Register, under the same grant (1f-1).
    RegisterAuthorization,
}

impl Need {
    /// Every one with its spelling in the law file.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("protocol-failure", Self::ProtocolFailure),
        ("register-authorization", Self::RegisterAuthorization),
    ];
}

/// Facts about the case: read off the consumer and the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Setting {
    /// What kind of consumer asks.
    pub kind: ConsumerKind,
    /// Its place in the social-security network.
    pub network: Network,
    /// How the data comes from its source.
    pub mediation: Mediation,
}

/// Facts about the file, and the day an instrument is dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct File {
    /// Whether a general authorization covers the purpose.
    pub general_authorization: bool,
    /// Whether a protocol was tried for and could not be reached.
    pub protocol_failed: bool,
    /// Whether an authorization for the National Register is held.
    pub register_authorization: bool,
    /// The day of the instrument.
    pub dated: Day,
}

impl File {
    /// Nothing on file yet: what someone has who starts on that day.
    pub const fn empty(dated: Day) -> Self {
        Self { general_authorization: false, protocol_failed: false, register_authorization: false, dated }
    }
}

/// One set of conditions. An empty list or an absent fact asks nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Kinds of consumer.
    pub kinds: Vec<ConsumerKind>,
    /// Places in the social-security network.
    pub networks: Vec<Network>,
    /// Ways of delivery.
    pub mediations: Vec<Mediation>,
    /// The days the instrument may be dated.
    pub dated: Days,
    /// Whether a general authorization covers the purpose.
    pub general_authorization: Option<bool>,
    /// Whether a protocol could not be reached.
    pub protocol_failed: Option<bool>,
    /// Whether an authorization for the National Register is held.
    pub register_authorization: Option<bool>,
}

impl Condition {
    /// Asks nothing.
    pub const ALWAYS: Self = Self {
        kinds: Vec::new(),
        networks: Vec::new(),
        mediations: Vec::new(),
        dated: Days::ALWAYS,
        general_authorization: None,
        protocol_failed: None,
        register_authorization: None,
    };

    fn admits(&self, setting: Setting) -> bool {
        let Setting { kind, network, mediation } = setting;
        holds(&self.kinds, kind) && holds(&self.networks, network) && holds(&self.mediations, mediation)
    }

    fn agrees(&self, file: File) -> bool {
        let File { general_authorization, protocol_failed, register_authorization, dated } = file;
        self.general_authorization.is_none_or(|wanted| wanted == general_authorization)
            && self.protocol_failed.is_none_or(|wanted| wanted == protocol_failed)
            && self.register_authorization.is_none_or(|wanted| wanted == register_authorization)
            && self.dated.covers(dated)
    }
}

fn holds<T: PartialEq + Copy>(list: &[T], item: T) -> bool {
    list.is_empty() || list.contains(&item)
}

impl Rule {
    /// Whether some file makes it the rule for such a case.
    pub fn concerns(&self, setting: Setting) -> bool {
        self.conditions().any(|condition| condition.admits(setting))
    }

    /// Whether it is the rule for such a case with such a file.
    pub fn answers(&self, setting: Setting, file: File) -> bool {
        self.conditions().any(|condition| condition.admits(setting) && condition.agrees(file))
    }

    /// Whether it speaks of such consumers at all.
    pub fn speaks_of(&self, kind: ConsumerKind) -> bool {
        self.conditions().any(|condition| holds(&condition.kinds, kind))
    }

    /// The days that bound when its instrument may be dated.
    pub fn date_bounds(&self) -> impl Iterator<Item = Days> + '_ {
        self.conditions().map(|condition| condition.dated)
    }

    /// Whether the instrument is what the rule asks for in such a case, whatever the day and whatever
    /// must be on file with it.
    pub fn accepts(&self, instrument: &Instrument, setting: Setting) -> bool {
        let Instrument { days, proof, .. } = instrument;
        self.instruments.contains(&proof.kind())
            && self.origin_fits(proof)
            && self
                .conditions()
                .any(|condition| condition.admits(setting) && condition.dated.covers(days.first))
    }

    /// Whether the instrument is what the rule asks for, but for the day it is dated.
    pub fn is_misdated(&self, instrument: &Instrument) -> bool {
        self.instruments.contains(&instrument.proof.kind())
            && self.origin_fits(&instrument.proof)
            && !self.date_bounds().any(|days| days.covers(instrument.days.first))
    }

    fn origin_fits(&self, proof: &Proof) -> bool {
        match proof {
            Proof::Deliberation { chamber, .. } => self.chamber.is_none_or(|wanted| wanted == *chamber),
            Proof::MinisterialAuthorization { issuer, .. } => {
                self.issuer.is_none_or(|wanted| wanted == *issuer)
            }
            Proof::Accession { general_dated, .. } => {
                self.general_before.is_none_or(|before| *general_dated < before)
            }
            _ => true,
        }
    }

    fn conditions(&self) -> impl Iterator<Item = &Condition> {
        const ALWAYS: &Condition = &Condition::ALWAYS;
        let always = self.when.is_empty().then_some(ALWAYS);
        self.when.iter().chain(always)
    }
}
