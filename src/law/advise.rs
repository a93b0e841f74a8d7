//! What to ask for, whom, and with which papers: the table read forwards.

use poortwachter_kernel::vocab::Day;

use super::rule::{Effect, File, Rule, Setting};
use super::table::Law;
use super::terms::Category;

/// Somebody wants to ask a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Whose data.
    pub source: Category,
    /// Who, and how the data would come.
    pub setting: Setting,
    /// What is on file already; its date is the day the instrument would have.
    pub file: File,
    /// Whether functionholders' personal data are wanted too (KBO/VKBO).
    pub personal_fields: bool,
    /// The day.
    pub day: Day,
}

/// Why no rule answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// The guide has no rule for this source on that day.
    NoRules,
    /// It has, for other kinds of consumer: a federal agency with a federal source.
    OtherKinds,
    /// It has none for such a case.
    NoRule,
}

/// The rule that answers the wish.
///
/// # Errors
/// Why it is outside the guide.
pub fn advise<'l>(law: &'l Law, wish: &Wish) -> Result<&'l Rule, Outside> {
    let Wish { source, setting, file, personal_fields, day } = *wish;
    let reveals = law.in_force(source, Effect::Reveal, day).next().is_some();
    let effect = if personal_fields && reveals { Effect::Reveal } else { Effect::Allow };
    if let Some((_, rule)) = law.find(source, effect, setting, file, day) {
        return Ok(rule);
    }
    let mut rules = law.in_force(source, effect, day).map(|(_, rule)| rule).peekable();
    if rules.peek().is_none() {
        return Err(Outside::NoRules);
    }
    if rules.any(|rule| rule.speaks_of(setting.kind)) {
        Err(Outside::NoRule)
    } else {
        Err(Outside::OtherKinds)
    }
}

/// A question whose answer may still change the advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What kind of consumer.
    Kind,
    /// Its place in the social-security network.
    Network,
    /// How the data comes.
    Mediation,
    /// Whether a general authorization covers the purpose.
    GeneralAuthorization,
    /// Whether a protocol was tried for and failed.
    ProtocolFailed,
    /// Whether an authorization for the National Register is held.
    RegisterAuthorization,
    /// Whether functionholders' personal data are wanted.
    PersonalFields,
}

impl Ask {
    /// The questions, in the order in which they are asked.
    pub const ALL: [Self; 7] = [
        Self::Kind,
        Self::Network,
        Self::Mediation,
        Self::GeneralAuthorization,
        Self::ProtocolFailed,
        Self::RegisterAuthorization,
        Self::PersonalFields,
    ];
}

/// Whether the answer to a question still matters, given the answers so far (those to later questions may
/// be anything).
pub fn matters(law: &Law, wish: &Wish, ask: Ask) -> bool {
    let id = |wish: &Wish| advise(law, wish).map(|rule| rule.id.as_str());
    let open = variants(*wish, ask);
    let later = Ask::ALL.iter().skip_while(|other| **other != ask).skip(1);
    // Every way the later questions could be answered, each with every answer to this one.
    let rests = later
        .fold(vec![*wish], |wishes, later| wishes.iter().flat_map(|wish| variants(*wish, *later)).collect());
    rests.iter().any(|rest| {
        let mut ids = open.iter().map(|wish| id(&with_later(*wish, *rest, ask)));
        let first = ids.next();
        ids.any(|other| Some(other) != first)
    })
}

/// The wish with every answer to one question.
fn variants(wish: Wish, ask: Ask) -> Vec<Wish> {
    use super::terms::{ConsumerKind, Mediation, Network};
    let both = |change: fn(&mut Wish, bool)| {
        [true, false].map(|answer| changed(wish, |wish| change(wish, answer))).to_vec()
    };
    match ask {
        Ask::Kind => ConsumerKind::NAMES
            .iter()
            .map(|(_, kind)| changed(wish, |wish| wish.setting.kind = *kind))
            .collect(),
        Ask::Network => Network::NAMES
            .iter()
            .map(|(_, network)| changed(wish, |wish| wish.setting.network = *network))
            .collect(),
        Ask::Mediation => Mediation::NAMES
            .iter()
            .map(|(_, mediation)| changed(wish, |wish| wish.setting.mediation = *mediation))
            .collect(),
        Ask::GeneralAuthorization => both(|wish, answer| wish.file.general_authorization = answer),
        Ask::ProtocolFailed => both(|wish, answer| wish.file.protocol_failed = answer),
        Ask::RegisterAuthorization => both(|wish, answer| wish.file.register_authorization = answer),
        Ask::PersonalFields => both(|wish, answer| wish.personal_fields = answer),
    }
}

fn changed(mut wish: Wish, change: impl FnOnce(&mut Wish)) -> Wish {
    change(&mut wish);
    wish
}

/// The answers of `wish` up to and with `ask`, those of `rest` to the later questions.
fn with_later(wish: Wish, rest: Wish, ask: Ask) -> Wish {
    let mut mixed = rest;
    for earlier in Ask::ALL.iter().take_while(|other| **other != ask).chain([&ask]) {
        match earlier {
            Ask::Kind => mixed.setting.kind = wish.setting.kind,
            Ask::Network => mixed.setting.network = wish.setting.network,
            Ask::Mediation => mixed.setting.mediation = wish.setting.mediation,
            Ask::GeneralAuthorization => mixed.file.general_authorization = wish.file.general_authorization,
            Ask::ProtocolFailed => mixed.file.protocol_failed = wish.file.protocol_failed,
            Ask::RegisterAuthorization => {
                mixed.file.register_authorization = wish.file.register_authorization;
            }
            Ask::PersonalFields => mixed.personal_fields = wish.personal_fields,
        }
    }
    mixed
}
