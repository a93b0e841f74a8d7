//! Puts a verdict into words. The one source of them: refusals, `explain` and the manual say the same.

use poortwachter_kernel::Denial;
use poortwachter_kernel::vocab::{Field, FieldSet};

use super::judge::Step;
use super::rule::Rule;
use super::table::Law;
use super::terms::InstrumentKind;
use crate::text::date::show;
use crate::text::words::one_of;

/// The language of a text. Consumers read Dutch unless they ask otherwise, operators English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Nederlands.
    #[default]
    Dutch,
    /// English.
    English,
}

/// A denial in words: what is wrong, what would be right, and where that is obtained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The reason's name, as in metrics.
    pub reason: &'static str,
    /// What is wrong, one sentence without capital or full stop.
    pub text: String,
    /// The rule it comes from, or the rule that would make the call lawful.
    pub rule: Option<String>,
    /// The instrument that would be valid, in words.
    pub instrument: Option<String>,
    /// Who issues it.
    pub authority: Option<String>,
    /// Where to turn.
    pub contact: Option<String>,
    /// What to bring.
    pub papers: Vec<String>,
}

/// Puts a denial into words.
///
/// `service` is what was asked, `GeefOnderneming/02.00`; `lawful` the rule that would let the call
/// pass, to be named where the denial names none itself.
pub fn tell(law: &Law, denial: Denial, service: &str, lawful: Option<&Rule>, language: Language) -> Telling {
    let rule = denial.rule().and_then(|ix| law.rule(ix)).or(lawful);
    Telling {
        reason: denial.name(),
        text: sentence(denial, service, rule, language),
        rule: rule.map(|rule| rule.id.clone()),
        instrument: rule.and_then(|rule| remedy(denial, rule, language)),
        authority: rule.map(|rule| rule.authority.clone()),
        contact: rule.map(|rule| rule.contact.clone()),
        papers: rule.map(|rule| rule.papers.clone()).unwrap_or_default(),
    }
}

fn sentence(denial: Denial, service: &str, rule: Option<&Rule>, language: Language) -> String {
    match language {
        Language::Dutch => dutch(denial, service, rule),
        Language::English => english(denial, service, rule),
    }
}

fn dutch(denial: Denial, service: &str, rule: Option<&Rule>) -> String {
    match denial {
        Denial::NeverGranted => format!("voor {service} is aan deze afnemer niets toegekend"),
        Denial::WrongPurpose => {
            format!("wat voor {service} is toegekend, geldt voor een ander doeleinde dan dat van deze URI")
        }
        Denial::WrongCapacity => {
            format!("wat voor {service} is toegekend, geldt voor een andere hoedanigheid")
        }
        Denial::NotYetValid { first } => {
            format!("wat voor {service} is toegekend, geldt pas vanaf {}", show(first))
        }
        Denial::Lapsed { last } => format!(
            "wat voor {service} is toegekend, is vervallen; de laatste geldige dag was {}",
            show(last)
        ),
        Denial::OutsideTheGuide => {
            format!("geen regel van de juridische gids laat deze afnemer {service} bevragen")
        }
        Denial::InstrumentMissing { .. } => format!(
            "voor {service} is op deze dag geen geldig instrument geregistreerd{}",
            rule.map(|rule| format!(" dat voldoet aan regel {}", rule.id)).unwrap_or_default()
        ),
        Denial::DisclaimerMissing { .. } => "de VKBO-disclaimer is niet aanvaard".to_owned(),
        Denial::BasisMissing { .. } => format!(
            "de vraag aan {service} noemt een persoon, zodat het antwoord zelf het persoonsgegeven is, en er is geen rechtsgrond geregistreerd"
        ),
    }
}

fn english(denial: Denial, service: &str, rule: Option<&Rule>) -> String {
    match denial {
        Denial::NeverGranted => format!("nothing was ever granted to this consumer for {service}"),
        Denial::WrongPurpose => {
            format!("what was granted for {service} is for another purpose than that of this URI")
        }
        Denial::WrongCapacity => {
            format!("what was granted for {service} is for another capacity (hoedanigheid)")
        }
        Denial::NotYetValid { first } => {
            format!("what was granted for {service} is valid only from {}", show(first))
        }
        Denial::Lapsed { last } => {
            format!("what was granted for {service} has lapsed; its last day was {}", show(last))
        }
        Denial::OutsideTheGuide => format!("no rule of the legal guide lets this consumer ask {service}"),
        Denial::InstrumentMissing { .. } => format!(
            "no instrument{} is valid for {service} on this day",
            rule.map(|rule| format!(" that satisfies rule {}", rule.id)).unwrap_or_default()
        ),
        Denial::DisclaimerMissing { .. } => "the VKBO disclaimer has not been accepted".to_owned(),
        Denial::BasisMissing { .. } => format!(
            "the question to {service} names a person, so that the answer itself is the personal datum, and no statutory basis is registered"
        ),
    }
}

/// The instrument that would help, where one is missing: the rule's own, or for a person's question the
/// statutory basis.
fn remedy(denial: Denial, rule: &Rule, language: Language) -> Option<String> {
    let kinds: &[InstrumentKind] = match denial {
        Denial::BasisMissing { .. } => &[InstrumentKind::StatutoryBasis],
        Denial::NeverGranted | Denial::InstrumentMissing { .. } | Denial::DisclaimerMissing { .. } => {
            &rule.instruments
        }
        _ => return None,
    };
    let names: Vec<&str> = kinds.iter().map(|kind| instrument(*kind, language)).collect();
    let or = if language == Language::Dutch { " of " } else { " or " };
    (!names.is_empty()).then(|| names.join(or))
}

/// What an instrument is called.
pub const fn instrument(kind: InstrumentKind, language: Language) -> &'static str {
    match (kind, language) {
        (InstrumentKind::Accession, Language::Dutch) => "toetreding tot een algemene machtiging",
        (InstrumentKind::Accession, Language::English) => "accession to a general authorization",
        (InstrumentKind::MinisterialAuthorization, Language::Dutch) => {
            "machtiging van FOD Binnenlandse Zaken"
        }
        (InstrumentKind::MinisterialAuthorization, Language::English) => {
            "authorization of FOD Binnenlandse Zaken"
        }
        (InstrumentKind::Deliberation, Language::Dutch) => {
            "beraadslaging van het Informatieveiligheidscomité"
        }
        (InstrumentKind::Deliberation, Language::English) => {
            "deliberation of the Informatieveiligheidscomité"
        }
        (InstrumentKind::Protocol, Language::Dutch) => "protocol met de bronhouder",
        (InstrumentKind::Protocol, Language::English) => "protocol with the source holder",
        (InstrumentKind::RatifiedProtocol, Language::Dutch) => "bekrachtigd protocol",
        (InstrumentKind::RatifiedProtocol, Language::English) => "ratified protocol",
        (InstrumentKind::StatutoryBasis, Language::Dutch) => "rechtsgrond",
        (InstrumentKind::StatutoryBasis, Language::English) => "statutory basis",
        (InstrumentKind::Disclaimer, Language::Dutch) => "aanvaarde VKBO-disclaimer",
        (InstrumentKind::Disclaimer, Language::English) => "accepted VKBO disclaimer",
    }
}

/// One step of a judgement, in English, as `explain` tells it.
pub fn step(law: &Law, step: &Step<'_>) -> String {
    let id = |ix| law.rule(ix).map_or("?", |rule| rule.id.as_str());
    let text = |ix| law.rule(ix).map_or("", |rule| rule.en.as_str());
    match step {
        Step::Within(days) => {
            format!("the day lies within the grant: {} to {}", show(days.first), show(days.last))
        }
        Step::Before(first) => format!("the grant starts later, on {}", show(*first)),
        Step::After(last) => format!("the grant has ended, its last day was {}", show(*last)),
        Step::Applies(ix) => format!("rule {} answers the case: {}{}", id(*ix), text(*ix), doubt(law, *ix)),
        Step::NoRule(source) => format!("no rule answers this case for source `{source}`: outside the guide"),
        Step::Holds(ix, held) => format!(
            "rule {} is satisfied by {}: {}",
            id(*ix),
            instrument(held.proof.kind(), Language::English),
            held.proof.reference()
        ),
        Step::Lacks(ix) => format!(
            "rule {} asks for {}, and none is valid on the day",
            id(*ix),
            law.rule(*ix)
                .map(|rule| one_of(rule.instruments.iter().map(|kind| kind.name())))
                .unwrap_or_default()
        ),
        Step::Opens(ix, fields, held) => {
            format!(
                "rule {}: {} stay in the answer on the basis of {}",
                id(*ix),
                list(*fields),
                held.proof.reference()
            )
        }
        Step::Closes(ix, fields) => {
            format!("rule {}: {} are removed from the answer", id(*ix), list(*fields))
        }
    }
}

fn doubt(law: &Law, ix: poortwachter_kernel::vocab::RuleIx) -> &'static str {
    let reconstructed = law.rule(ix).is_some_and(|rule| rule.reconstructed);
    if reconstructed { " (condition reconstructed: let a jurist confirm it)" } else { "" }
}

fn list(fields: FieldSet) -> String {
    fields.iter().map(Field::name).collect::<Vec<_>>().join(", ")
}
