//! What is asked, in AuthZEN's words: subject, action, resource, context; one question or a batch of them.
//!
//! `properties` are AuthZEN's room for what a PEP wants to add, and are passed over. Every other member that is not
//! known is refused: one that is only misspelt would silently change a verdict.

use poortwachter_kernel::vocab::Day;

use super::Fault;
use super::tree::{Members, Tree};
use crate::law::terms::Category;
use crate::text::date;
use crate::text::words::{is_invisible, nearest, one_of};

/// Questions in one batch.
pub const MOST: usize = 100;
/// Characters of a text. MAGDA's schema allows 120 in `Afzender/Identificatie`.
const LONGEST: usize = 256;

/// A question as it was asked: names that nobody has looked up yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The consumer's id: `subject.id`.
    pub consumer: String,
    /// The service, `GeefOnderneming/02.00`: `resource.id`.
    pub service: String,
    /// The purpose (doeleinde).
    pub purpose: Option<String>,
    /// Or the URI that stands for it (`Afzender/Identificatie`).
    pub sender: Option<String>,
    /// The capacity (hoedanigheid).
    pub capacity: Option<String>,
    /// The legal day; none: today.
    pub day: Option<Day>,
    /// Whose data; none: all of the service's sources, the strictest.
    pub sources: Option<Vec<Category>>,
    /// Whether the call names a person (an INSZ among its criteria).
    pub names_person: bool,
    /// Where the question stands in the request, for faults: empty, or `evaluations[3].`.
    pub place: String,
}

/// When a batch stops being answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Semantic {
    /// All of it is answered.
    #[default]
    ExecuteAll,
    /// The first no is the last answer.
    DenyOnFirstDeny,
    /// The first yes is the last answer.
    PermitOnFirstPermit,
}

impl Semantic {
    /// Every one with AuthZEN's name.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("execute_all", Self::ExecuteAll),
        ("deny_on_first_deny", Self::DenyOnFirstDeny),
        ("permit_on_first_permit", Self::PermitOnFirstPermit),
    ];

    /// Whether an answer is the last one.
    pub fn ends_with(self, permitted: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !permitted,
            Self::PermitOnFirstPermit => permitted,
        }
    }
}

/// All that one request asks; understood whole before any of it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questions {
    /// At least one, at most [`MOST`].
    pub all: Vec<Asked>,
    /// Of a batch: when it stops. `None`: a single question, answered by a single answer.
    pub batch: Option<Semantic>,
}

const PARTS: [&str; 4] = ["subject", "action", "resource", "context"];
const CONTEXT: [&str; 6] = ["purpose", "sender", "capacity", "date", "sources", "names_person"];

impl Questions {
    /// Reads one question (AuthZEN 1.0, Access Evaluation API).
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn one(document: &[u8]) -> Result<Self, Fault> {
        let members = Tree::read(document)?;
        let top = Object { members: &members, place: String::new() };
        top.only(&PARTS)?;
        Ok(Self { all: vec![asked(&top, &top)?], batch: None })
    }

    /// Reads a batch (AuthZEN 1.0, Access Evaluations API): each question takes the parts it lacks from the top.
    /// Without `evaluations`, or with none in it, the top is a single question.
    ///
    /// # Errors
    /// The first [`Fault`], of whichever question.
    pub fn batch(document: &[u8]) -> Result<Self, Fault> {
        let members = Tree::read(document)?;
        let top = Object { members: &members, place: String::new() };
        top.only(&["subject", "action", "resource", "context", "evaluations", "options"])?;
        let semantic = semantic(&top)?;
        let items = match members.get("evaluations") {
            None => &[][..],
            Some(Tree::List(items)) => items,
            Some(_) => return Err(Fault::new("evaluations", "is geen lijst", "is no list")),
        };
        if items.is_empty() {
            return Ok(Self { all: vec![asked(&top, &top)?], batch: None });
        }
        if items.len() > MOST {
            return Err(Fault::new(
                "evaluations",
                format!("bevat meer dan {MOST} vragen"),
                format!("holds more than {MOST} questions"),
            ));
        }
        let questions = items.iter().enumerate().map(|(at, item)| {
            let place = format!("evaluations[{at}]");
            let item = object(item, place)?;
            item.only(&PARTS)?;
            asked(&item, &top)
        });
        Ok(Self { all: questions.collect::<Result<_, _>>()?, batch: Some(semantic) })
    }
}

/// The option that says when a batch stops.
const KEY: &str = "evaluations_semantic";

fn semantic(top: &Object<'_>) -> Result<Semantic, Fault> {
    let Some(options) = top.object("options")? else { return Ok(Semantic::default()) };
    options.only(&[KEY])?;
    let Some(written) = options.text(KEY)? else { return Ok(Semantic::default()) };
    let known = Semantic::NAMES.iter().find(|(name, _)| *name == written);
    let names = one_of(Semantic::NAMES.iter().map(|(name, _)| *name));
    known.map(|(_, semantic)| *semantic).ok_or_else(|| {
        options.fault(KEY, format!("is onbekend; schrijf {names}"), format!("is unknown; write {names}"))
    })
}

/// One question: its own parts, or else the top's.
fn asked(own: &Object<'_>, top: &Object<'_>) -> Result<Asked, Fault> {
    let part = |key| {
        Ok(match own.object(key)? {
            Some(part) => Some(part),
            None => top.object(key)?,
        })
    };
    let required = |key| part(key)?.ok_or_else(|| own.fault(key, "ontbreekt", "is missing"));
    let subject = required("subject")?;
    subject.only(&["type", "id", "properties"])?;
    subject.is("type", "consumer")?;
    let action = required("action")?;
    action.only(&["name", "properties"])?;
    action.is("name", "ask")?;
    let resource = required("resource")?;
    resource.only(&["type", "id", "properties"])?;
    resource.is("type", "service")?;
    let asked = Asked {
        consumer: subject.required("id")?.to_owned(),
        service: resource.required("id")?.to_owned(),
        purpose: None,
        sender: None,
        capacity: None,
        day: None,
        sources: None,
        names_person: false,
        place: if own.place.is_empty() { String::new() } else { format!("{}.", own.place) },
    };
    match part("context")? {
        Some(context) => with_context(asked, &context),
        None => Ok(asked),
    }
}

fn with_context(asked: Asked, context: &Object<'_>) -> Result<Asked, Fault> {
    context.only(&CONTEXT)?;
    let [purpose, sender, capacity] = ["purpose", "sender", "capacity"].map(|key| context.text(key));
    let (purpose, sender) = (purpose?, sender?);
    if purpose.is_some() && sender.is_some() {
        return Err(context.fault(
            "sender",
            "en `purpose` sluiten elkaar uit: een URI staat voor één doeleinde",
            "and `purpose` exclude each other: a URI stands for one purpose",
        ));
    }
    let day = context.text("date")?.map(|written| {
        date::parse(written).ok_or_else(|| {
            context.fault("date", "is geen dag; schrijf 2026-01-31", "is no day; write 2026-01-31")
        })
    });
    Ok(Asked {
        purpose: purpose.map(str::to_owned),
        sender: sender.map(str::to_owned),
        capacity: capacity?.map(str::to_owned),
        day: day.transpose()?,
        sources: sources(context)?,
        names_person: context.flag("names_person")?,
        ..asked
    })
}

fn sources(context: &Object<'_>) -> Result<Option<Vec<Category>>, Fault> {
    let names = one_of(Category::NAMES.iter().map(|(name, _)| *name));
    let fault = || {
        let nl = format!("is geen lijst van bronnen; schrijf er minstens één van {names}");
        let en = format!("is no list of sources; write at least one of {names}");
        context.fault("sources", nl, en)
    };
    let items = match context.members.get("sources") {
        None => return Ok(None),
        Some(Tree::List(items)) if !items.is_empty() => items,
        Some(_) => return Err(fault()),
    };
    let each = items.iter().map(|item| match item {
        Tree::Text(written) => {
            Category::NAMES.iter().find(|(name, _)| name == written).map(|(_, known)| *known)
        }
        _ => None,
    });
    each.collect::<Option<Vec<_>>>().map(Some).ok_or_else(fault)
}

/// An object of the request, and where it stands.
struct Object<'t> {
    members: &'t Members,
    place: String,
}

fn object(tree: &Tree, place: String) -> Result<Object<'_>, Fault> {
    match tree {
        Tree::Object(members) => Ok(Object { members, place }),
        _ => Err(Fault::new(place, "is geen object", "is no object")),
    }
}

impl<'t> Object<'t> {
    fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    fn fault(&self, key: &str, nl: impl Into<String>, en: impl Into<String>) -> Fault {
        Fault::new(self.place_of(key), nl, en)
    }

    /// Refuses members that are not known, without repeating them: a name may be a person's.
    fn only(&self, known: &[&'static str]) -> Result<(), Fault> {
        let Some(strange) = self.members.keys().find(|name| !known.contains(&name.as_str())) else {
            return Ok(());
        };
        let all = one_of(known.iter().copied());
        let (mut nl, mut en) = (
            format!("heeft een onbekend lid; er zijn {all}"),
            format!("has an unknown member; there are {all}"),
        );
        if let Some(meant) = nearest(strange, known.iter().copied()) {
            nl = format!("{nl}; is `{meant}` bedoeld?");
            en = format!("{en}; is `{meant}` meant?");
        }
        Err(Fault::new(self.place.clone(), nl, en))
    }

    fn object(&self, key: &str) -> Result<Option<Self>, Fault> {
        self.members.get(key).map(|tree| object(tree, self.place_of(key))).transpose()
    }

    fn text(&self, key: &str) -> Result<Option<&'t str>, Fault> {
        match self.members.get(key) {
            None => Ok(None),
            Some(Tree::Text(text)) if is_a_name(text) => Ok(Some(text)),
            Some(_) => Err(self.fault(
                key,
                format!("is geen tekst van 1 tot {LONGEST} zichtbare tekens"),
                format!("is no text of 1 to {LONGEST} visible characters"),
            )),
        }
    }

    fn required(&self, key: &str) -> Result<&'t str, Fault> {
        self.text(key)?.ok_or_else(|| self.fault(key, "ontbreekt", "is missing"))
    }

    /// Demands the one value that is known here.
    fn is(&self, key: &str, value: &str) -> Result<(), Fault> {
        if self.required(key)? == value {
            return Ok(());
        }
        Err(self.fault(key, format!("moet `{value}` zijn"), format!("must be `{value}`")))
    }

    fn flag(&self, key: &str) -> Result<bool, Fault> {
        match self.members.get(key) {
            None => Ok(false),
            Some(Tree::Flag(flag)) => Ok(*flag),
            Some(_) => Err(self.fault(key, "is niet `true` of `false`", "is not `true` or `false`")),
        }
    }
}

fn is_a_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(is_invisible)
}
