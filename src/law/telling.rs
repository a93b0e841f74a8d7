//! Puts a verdict into words. The one source of them: refusals, `explain`, `check` and `advise` say the same.

use poortwachter_kernel::Denial;
use poortwachter_kernel::vocab::{Field, FieldSet, RuleIx};

use super::judge::Step;
use super::kinds::Kinds;
use super::rule::{Both, Need, Rule};
use super::table::Law;
use super::terms::{Chamber, InstrumentKind};
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

impl Language {
    /// Every one with its name on the command line.
    pub const NAMES: &'static [(&'static str, Self)] = &[("nl", Self::Dutch), ("en", Self::English)];

    /// Its tag (BCP 47).
    pub const fn name(self) -> &'static str {
        self.either("nl", "en")
    }

    /// The Dutch or the English one.
    pub const fn either<'a>(self, nl: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Dutch => nl,
            Self::English => en,
        }
    }

    /// The text in this language.
    pub fn of(self, both: &Both) -> &str {
        match self {
            Self::Dutch => &both.nl,
            Self::English => &both.en,
        }
    }
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
    /// The instrument that would be valid, in words, with all that must be on file with it.
    pub instrument: Option<String>,
    /// Who issues it.
    pub authority: Option<String>,
    /// Where to turn.
    pub contact: Option<String>,
    /// What to bring.
    pub papers: Vec<String>,
    /// The condition of the rule is reconstructed: a jurist should confirm it.
    pub reconstructed: bool,
}

impl Telling {
    /// The same where no instrument is missing: what helps is with whoever keeps the registry, not with an
    /// authority.
    #[must_use]
    pub fn without_remedy(self, contact: &str) -> Self {
        let (instrument, authority, papers) = (None, None, Vec::new());
        Self { instrument, authority, papers, contact: Some(contact.to_owned()), ..self }
    }
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
        instrument: rule.and_then(|rule| remedy(law, denial, rule, language)),
        authority: rule.map(|rule| rule.how.authority.clone()),
        contact: rule.map(|rule| language.of(&rule.how.contact).to_owned()),
        papers: rule.map(|rule| papers(rule, language)).unwrap_or_default(),
        reconstructed: rule.is_some_and(|rule| rule.reconstructed),
    }
}

/// What to bring for a rule's instrument.
pub fn papers(rule: &Rule, language: Language) -> Vec<String> {
    rule.how.papers.iter().map(|paper| language.of(paper).to_owned()).collect()
}

fn sentence(denial: Denial, service: &str, rule: Option<&Rule>, language: Language) -> String {
    match language {
        Language::Dutch => dutch(denial, service, rule),
        Language::English => english(denial, service, rule),
    }
}

fn dutch(denial: Denial, service: &str, rule: Option<&Rule>) -> String {
    let granted = |rest: String| format!("wat voor {service} is toegekend, {rest}");
    let instrument = |rest: String| format!("het instrument voor {service} {rest}");
    match denial {
        Denial::NeverGranted => format!("voor {service} is aan deze afnemer niets toegekend"),
        Denial::WrongPurpose => granted("geldt voor een ander doeleinde dan dat van deze URI".to_owned()),
        Denial::WrongCapacity => granted("geldt voor een andere hoedanigheid".to_owned()),
        Denial::WrongMediation => {
            granted("geldt voor een andere weg dan die waarlangs deze dienst levert".to_owned())
        }
        Denial::NotYetValid { first } => granted(format!("geldt pas vanaf {}", show(first))),
        Denial::Lapsed { last } => {
            granted(format!("is vervallen; de laatste geldige dag was {}", show(last)))
        }
        Denial::OutsideTheGuide => {
            format!("geen regel van de juridische gids laat deze afnemer {service} bevragen")
        }
        Denial::WrongConsumerKind => {
            format!(
                "de juridische gids laat andere soorten afnemers deze bron bevragen via {service}, maar deze niet"
            )
        }
        Denial::InstrumentMissing { .. } => {
            format!("voor {service} is geen instrument geregistreerd{}", by(rule, " dat voldoet aan regel "))
        }
        Denial::InstrumentUnfit { .. } => {
            format!(
                "wat voor {service} is geregistreerd, is niet het instrument{}",
                by(rule, " dat de wet vraagt in regel ")
            )
        }
        Denial::InstrumentNotYetValid { first, .. } => instrument(format!("geldt pas vanaf {}", show(first))),
        Denial::InstrumentLapsed { last, .. } => {
            instrument(format!("is vervallen; de laatste geldige dag was {}", show(last)))
        }
        Denial::InstrumentSuperseded { on, .. } => {
            instrument(format!("is sinds {} vervangen door een ander, dat niet geregistreerd is", show(on)))
        }
        Denial::InstrumentSuspended { until, .. } => {
            instrument(format!("is geschorst{}", end(until, " tot en met ")))
        }
        Denial::InstrumentRevoked { on, .. } => instrument(format!("is ingetrokken sinds {}", show(on))),
        Denial::PrerequisiteMissing { .. } => instrument("mist wat erbij geregistreerd moet zijn".to_owned()),
        Denial::DisclaimerMissing { .. } => "de VKBO-disclaimer is niet aanvaard".to_owned(),
        Denial::DisclaimerOutdated { last, .. } => {
            format!("de aanvaarde VKBO-disclaimer is verouderd; hij gold tot en met {}", show(last))
        }
        Denial::BasisMissing { .. } => format!(
            "de vraag aan {service} noemt een persoon, zodat het antwoord zelf het persoonsgegeven is, en er is geen rechtsgrond geregistreerd"
        ),
    }
}

fn english(denial: Denial, service: &str, rule: Option<&Rule>) -> String {
    let granted = |rest: String| format!("what was granted for {service} {rest}");
    let instrument = |rest: String| format!("the instrument for {service} {rest}");
    match denial {
        Denial::NeverGranted => format!("nothing was ever granted to this consumer for {service}"),
        Denial::WrongPurpose => granted("is for another purpose than that of this URI".to_owned()),
        Denial::WrongCapacity => granted("is for another capacity (hoedanigheid)".to_owned()),
        Denial::WrongMediation => granted("is for another mediation than this service's".to_owned()),
        Denial::NotYetValid { first } => granted(format!("is valid only from {}", show(first))),
        Denial::Lapsed { last } => granted(format!("has lapsed; its last day was {}", show(last))),
        Denial::OutsideTheGuide => format!("no rule of the legal guide lets this consumer ask {service}"),
        Denial::WrongConsumerKind => {
            format!(
                "the legal guide lets other kinds of consumer ask the source behind {service}, but not this one"
            )
        }
        Denial::InstrumentMissing { .. } => {
            format!("no instrument is registered for {service}{}", by(rule, " that satisfies rule "))
        }
        Denial::InstrumentUnfit { .. } => {
            format!(
                "what is registered for {service} is not the instrument{}",
                by(rule, " that the law asks for in rule ")
            )
        }
        Denial::InstrumentNotYetValid { first, .. } => {
            instrument(format!("is valid only from {}", show(first)))
        }
        Denial::InstrumentLapsed { last, .. } => {
            instrument(format!("has lapsed; its last day was {}", show(last)))
        }
        Denial::InstrumentSuperseded { on, .. } => {
            instrument(format!("was superseded on {} by another, which is not registered", show(on)))
        }
        Denial::InstrumentSuspended { until, .. } => {
            instrument(format!("is suspended{}", end(until, " up to and including ")))
        }
        Denial::InstrumentRevoked { on, .. } => instrument(format!("is revoked since {}", show(on))),
        Denial::PrerequisiteMissing { .. } => instrument("lacks what must be on file with it".to_owned()),
        Denial::DisclaimerMissing { .. } => "the VKBO disclaimer has not been accepted".to_owned(),
        Denial::DisclaimerOutdated { last, .. } => {
            format!("the VKBO disclaimer that was accepted is outdated; it held until {}", show(last))
        }
        Denial::BasisMissing { .. } => format!(
            "the question to {service} names a person, so that the answer itself is the personal datum, and no statutory basis is registered"
        ),
    }
}

fn by(rule: Option<&Rule>, words: &str) -> String {
    rule.map(|rule| format!("{words}{}", rule.id)).unwrap_or_default()
}

fn end(until: poortwachter_kernel::vocab::Day, words: &str) -> String {
    let known = until != poortwachter_kernel::vocab::Day::MAX;
    if known { format!("{words}{}", show(until)) } else { String::new() }
}

/// The instrument that would help, where one is missing: the rule's own, or for a person's question the
/// statutory basis. A grant's own days, purpose, capacity or mediation are mended without one.
fn remedy(law: &Law, denial: Denial, rule: &Rule, language: Language) -> Option<String> {
    match denial {
        Denial::BasisMissing { .. } => Some(instrument(InstrumentKind::StatutoryBasis, language).to_owned()),
        _ if missing(denial, rule).is_empty() => None,
        _ => Some(required(law, rule, language)).filter(|words| !words.is_empty()),
    }
}

/// The kinds of instrument any one of which would help against a denial, of those that the rule behind it names.
pub fn missing(denial: Denial, rule: &Rule) -> Kinds {
    match denial {
        Denial::BasisMissing { .. } => Kinds::NONE.with(InstrumentKind::StatutoryBasis),
        Denial::WrongPurpose
        | Denial::WrongCapacity
        | Denial::WrongMediation
        | Denial::NotYetValid { .. }
        | Denial::Lapsed { .. }
        | Denial::OutsideTheGuide
        | Denial::WrongConsumerKind => Kinds::NONE,
        _ => rule.instruments.iter().copied().collect(),
    }
}

/// All that a rule asks for, in words: instrument, chamber, what must be on file with it, and the rule that
/// follows where this one is a first step.
pub fn required(law: &Law, rule: &Rule, language: Language) -> String {
    let or = if language == Language::Dutch { " of " } else { " or " };
    let names: Vec<&str> = rule.instruments.iter().map(|kind| instrument(*kind, language)).collect();
    let mut words = names.join(or);
    if let Some(chamber) = rule.chamber {
        words = format!("{words} ({})", chamber_name(chamber, language));
    }
    if let Some(need) = rule.needs {
        words = format!("{words}, {}", need_name(need, language));
    }
    let next = rule.then.as_ref().and_then(|id| law.rules().iter().find(|other| other.id == *id));
    if let Some(next) = next {
        let then = if language == Language::Dutch { "daarna" } else { "then" };
        words = format!("{words}, {then} {}", required(law, next, language));
    }
    words
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

/// What a chamber is called.
pub const fn chamber_name(chamber: Chamber, language: Language) -> &'static str {
    match (chamber, language) {
        (Chamber::FederalGovernment, Language::Dutch) => "kamer federale overheid",
        (Chamber::FederalGovernment, Language::English) => "federal-government chamber",
        (Chamber::SocialSecurityHealth, Language::Dutch) => "kamer sociale zekerheid en gezondheid",
        (Chamber::SocialSecurityHealth, Language::English) => "chamber social security and health",
        (Chamber::United, Language::Dutch) => "verenigde kamers",
        (Chamber::United, Language::English) => "united chambers",
    }
}

const fn need_name(need: Need, language: Language) -> &'static str {
    match (need, language) {
        (Need::ProtocolFailure, Language::Dutch) => {
            "met de reden waarom geen protocol tot stand kwam, het advies van elke functionaris voor gegevensbescherming en het resultaat van de DPIA"
        }
        (Need::ProtocolFailure, Language::English) => {
            "with the reason the protocol failed, every data protection officer's advice and the DPIA's result"
        }
        (Need::RegisterAuthorization, Language::Dutch) => "met een geldige machtiging voor het Rijksregister",
        (Need::RegisterAuthorization, Language::English) => {
            "with a valid authorization for the National Register"
        }
    }
}

/// One step of a judgement, in English, as `explain` tells it.
pub fn step(law: &Law, step: &Step<'_>) -> String {
    let id = |ix| law.rule(ix).map_or("?", |rule| rule.id.as_str());
    let text = |ix| law.rule(ix).map_or("", |rule| rule.how.rule.en.as_str());
    match step {
        Step::Within(days) => {
            format!("the day lies within the grant: {} to {}", show(days.first), show(days.last))
        }
        Step::Before(first) => format!("the grant starts later, on {}", show(*first)),
        Step::After(last) => format!("the grant has ended, its last day was {}", show(*last)),
        Step::Delivered(mediation) => {
            format!("the service delivers `{mediation}`, the grant is for another way")
        }
        Step::Applies(ix) => format!("rule {} answers the case: {}{}", id(*ix), text(*ix), doubt(law, *ix)),
        Step::NoRule(source) => format!("no rule answers this case for source `{source}`: outside the guide"),
        Step::OtherKinds(source) => {
            format!("the rules for source `{source}` speak of other kinds of consumer: outside the guide")
        }
        Step::Holds(ix, held) => format!(
            "rule {} is satisfied by {}: {}",
            id(*ix),
            instrument(held.proof.kind(), Language::English),
            held.proof.reference()
        ),
        Step::Lacks(ix, denial) => format!(
            "rule {} asks for {}: {}",
            id(*ix),
            law.rule(*ix)
                .map(|rule| one_of(rule.instruments.iter().map(|kind| kind.name())))
                .unwrap_or_default(),
            english(*denial, "it", law.rule(*ix))
        ),
        Step::Opens(ix, fields, held) => {
            let stay = if fields.iter().count() == 1 { "stays" } else { "stay" };
            let basis = held.proof.reference();
            format!("rule {}: {} {stay} in the answer on the basis of {basis}", id(*ix), list(*fields))
        }
        Step::Closes(ix, fields) => {
            let are = if fields.iter().count() == 1 { "is" } else { "are" };
            format!("rule {}: {} {are} removed from the answer", id(*ix), list(*fields))
        }
    }
}

fn doubt(law: &Law, ix: RuleIx) -> &'static str {
    let reconstructed = law.rule(ix).is_some_and(|rule| rule.reconstructed);
    if reconstructed { " (condition reconstructed: let a jurist confirm it)" } else { "" }
}

fn list(fields: FieldSet) -> String {
    fields.iter().map(Field::name).collect::<Vec<_>>().join(", ")
}
