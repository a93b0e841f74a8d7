//! What is on file, and what the law says of it.

use std::sync::LazyLock;

use poortwachter::kernel::Denial;
use poortwachter::kernel::view::Outcome;
use poortwachter::kernel::vocab::{Day, Days, Field, FieldSet, RuleIx};
use poortwachter::law::terms::{Category, Chamber, InstrumentKind, Issuer};
use poortwachter::law::{Case, Instrument, Law, Proof, ProtocolFailure, Setting, judge};
use poortwachter::text::date;

pub static LAW: LazyLock<Law> =
    LazyLock::new(|| Law::parse("law.toml", Law::BUILT_IN).unwrap_or_else(|faults| panic!("{faults}")));

pub fn day(written: &str) -> Day {
    date::parse(written).unwrap()
}

/// A paper on file, with what the guide cares about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    pub kind: InstrumentKind,
    pub chamber: Option<Chamber>,
    pub issuer: Option<Issuer>,
    /// Why no protocol could be reached, the advice, the DPIA: on file with it.
    pub protocol_failure: bool,
    pub dated: Day,
}

impl Paper {
    pub fn of(kind: InstrumentKind) -> Self {
        Self { kind, chamber: None, issuer: None, protocol_failure: false, dated: day("2025-01-01") }
    }

    pub fn deliberation(chamber: Chamber) -> Self {
        Self { chamber: Some(chamber), ..Self::of(InstrumentKind::Deliberation) }
    }

    pub fn authorization(issuer: Issuer) -> Self {
        Self { issuer: Some(issuer), ..Self::of(InstrumentKind::MinisterialAuthorization) }
    }

    pub fn dated(self, written: &str) -> Self {
        Self { dated: day(written), ..self }
    }

    pub fn with_failure(self) -> Self {
        Self { protocol_failure: true, ..self }
    }

    pub fn instrument(&self) -> Instrument {
        let text = || "x".to_owned();
        let parties = || vec!["source holder".to_owned(), "consumer".to_owned()];
        let proof = match self.kind {
            InstrumentKind::Accession => {
                Proof::Accession { general: text(), general_dated: day("2015-01-01"), reference: text() }
            }
            InstrumentKind::MinisterialAuthorization => {
                Proof::MinisterialAuthorization { reference: text(), issuer: self.issuer.unwrap() }
            }
            InstrumentKind::Deliberation => Proof::Deliberation {
                chamber: self.chamber.unwrap(),
                number: text(),
                protocol_failure: self.protocol_failure.then(|| ProtocolFailure {
                    reason: text(),
                    dpo_advice: parties(),
                    dpia: text(),
                }),
            },
            InstrumentKind::Protocol => Proof::Protocol { parties: parties(), legal_text: text() },
            InstrumentKind::RatifiedProtocol => Proof::RatifiedProtocol {
                parties: parties(),
                legal_text: text(),
                ratification: text(),
                ratified: self.dated,
            },
            InstrumentKind::StatutoryBasis => Proof::StatutoryBasis { citation: text() },
            InstrumentKind::Disclaimer => Proof::Disclaimer { version: text(), accepted_by: text() },
        };
        Instrument::new(Days { first: self.dated, last: Day::MAX }, proof)
    }
}

/// Every file that the table is asked about, with its name in the matrix.
pub fn files() -> Vec<(&'static str, Vec<Paper>)> {
    use Chamber::{FederalGovernment, SocialSecurityHealth, United};
    use InstrumentKind::{Accession, Disclaimer, Protocol, RatifiedProtocol, StatutoryBasis};
    let federal = || Paper::deliberation(FederalGovernment);
    let social = || Paper::deliberation(SocialSecurityHealth);
    vec![
        ("nothing", vec![]),
        ("accession", vec![Paper::of(Accession)]),
        ("authorization of FOD BiZa", vec![Paper::authorization(Issuer::FodBiza)]),
        ("authorization of the Sectoral Committee", vec![Paper::authorization(Issuer::SectoralCommittee)]),
        ("deliberation FO", vec![federal()]),
        ("deliberation FO, protocol failed", vec![federal().with_failure()]),
        (
            "deliberation FO of 2019-03-31, protocol failed",
            vec![federal().with_failure().dated("2019-03-31")],
        ),
        (
            "deliberation FO of 2019-04-01, protocol failed",
            vec![federal().with_failure().dated("2019-04-01")],
        ),
        ("deliberation SSG", vec![social()]),
        (
            "deliberation SSG + authorization of FOD BiZa",
            vec![social(), Paper::authorization(Issuer::FodBiza)],
        ),
        (
            "deliberation SSG + authorization of the Sectoral Committee",
            vec![social(), Paper::authorization(Issuer::SectoralCommittee)],
        ),
        ("deliberation united chambers", vec![Paper::deliberation(United)]),
        ("protocol", vec![Paper::of(Protocol)]),
        ("protocol of 2019-03-31", vec![Paper::of(Protocol).dated("2019-03-31")]),
        ("protocol of 2019-04-01", vec![Paper::of(Protocol).dated("2019-04-01")]),
        ("ratified protocol of 2019-03-31", vec![Paper::of(RatifiedProtocol).dated("2019-03-31")]),
        ("ratified protocol of 2019-04-01", vec![Paper::of(RatifiedProtocol).dated("2019-04-01")]),
        ("statutory basis", vec![Paper::of(StatutoryBasis)]),
        ("disclaimer", vec![Paper::of(Disclaimer)]),
        ("disclaimer + statutory basis", vec![Paper::of(Disclaimer), Paper::of(StatutoryBasis)]),
    ]
}

/// The day on which the cells are asked.
pub fn today() -> Day {
    day("2026-11-24")
}

/// The fields that KBO/VKBO answers can hold.
pub fn personal(source: Category) -> FieldSet {
    let both = FieldSet::EMPTY.with(Field::FunctionholderName).with(Field::FunctionholderInsz);
    if source == Category::KboVkbo { both } else { FieldSet::EMPTY }
}

/// What the law says of a file.
pub fn judged(source: Category, setting: Setting, instruments: &[Instrument], day: Day) -> Outcome {
    let case = Case {
        source,
        personal: personal(source),
        setting,
        granted_mediation: None,
        valid: Days::ALWAYS,
        opens: personal(source),
        instruments,
        standing: None,
    };
    judge(&LAW, &case, day).outcome
}

fn id(ix: RuleIx) -> Option<&'static str> {
    LAW.rule(ix).map(|rule| rule.id.as_str())
}

/// The rule that lets the call pass.
pub fn passes(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Allows { rule, .. } => id(*rule),
        Outcome::Denies(_) => None,
    }
}

pub fn denial(outcome: &Outcome) -> Option<Denial> {
    match outcome {
        Outcome::Denies(denial) => Some(*denial),
        Outcome::Allows { .. } => None,
    }
}
