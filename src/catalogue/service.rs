//! One service of the catalogue.

use poortwachter_kernel::redact::program::{Holds, Program};
use poortwachter_kernel::view;
use poortwachter_kernel::vocab::{Field, FieldSet, Sources};

use super::Route;
use super::groups::FieldGroups;
use crate::law::terms::{Category, Mediation};
use crate::text::Spot;

/// One service in one version.
#[derive(Clone, Debug)]
pub struct Service {
    /// What it is called, `GeefOnderneming`.
    pub name: String,
    /// `major.minor`, `02.00`.
    pub version: String,
    /// Both together, as in metrics and on the command line: `GeefOnderneming/02.00`.
    pub label: String,
    /// The platform's domain, `Onderneming`.
    pub domain: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Local name of the request's root element; the service's name unless the schema has another.
    pub request_root: String,
    /// What the request's `Context/Naam` says; the service's name unless the schema has another.
    pub context_name: String,
    /// Whose data it gives, and how a question shows whose it asks.
    pub origin: Origin,
    /// How the data comes from its source.
    pub mediation: Mediation,
    /// URL paths that state this service; of SOAP services.
    pub paths: Vec<String>,
    /// Its routes; of REST services. Without any it is not served.
    pub routes: Vec<Route>,
    /// The key of a query that says which source is asked, as `Bron` does in SOAP.
    pub source_key: Option<&'static str>,
    /// Where wrong or missing data is reported.
    pub contact: String,
    /// The category is inferred and not yet confirmed by a jurist.
    pub inferred: bool,
    /// Where personal data stands in its answers.
    pub program: Program<'static>,
    /// When a question names a person, and what must be open then.
    pub person_question: Option<PersonQuestion>,
    /// Named parts of its answers that a grant may be limited to.
    pub groups: FieldGroups,
    /// Blocks near to functionholders: paths of local names, outermost first, that stand at any depth below the
    /// answer's root. What stands there goes unless [`super::NEAR_FUNCTIONHOLDERS`] is granted.
    pub near: Vec<Vec<String>>,
    /// Where it is written.
    pub spot: Spot,
}

/// How a service is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// SOAP 1.1.
    #[default]
    Soap,
    /// REST: JSON, by method and path.
    Rest,
    /// A publication: files of many records, fetched by other ways than calls. Listed for `redact`; no route leads to it.
    File,
}

impl Dialect {
    /// Every one with its spelling.
    pub const NAMES: &'static [(&'static str, Self)] =
        &[("soap", Self::Soap), ("rest", Self::Rest), ("file", Self::File)];
}

/// Whose data a service gives. The category may belong to the call and not to the service (MAGDA wire
/// notes: `Bron`, BIS numbers, answers that join several sources).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Every source it can give data of, each once; their place is their place in [`Sources`]. Empty: MAGDA's
    /// own technical services, which give data of no source.
    pub sources: Vec<Category>,
    /// The places asked by every question.
    pub always: Sources,
    /// What `Bron` = `RR` and `Bron` = `KSZ` ask, where the service has the choice.
    pub by_bron: Option<(Sources, Sources)>,
    /// What a BIS number among the criteria asks, and what another number asks, where the number tells.
    pub by_number: Option<(Sources, Sources)>,
}

/// What a question shows of the source it asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs<'a> {
    /// The `Bron` it names.
    pub bron: Option<&'a str>,
    /// It holds a BIS number.
    pub bis_number: bool,
    /// It holds another INSZ.
    pub other_number: bool,
}

impl Origin {
    /// The sources a question asks. What cannot be told beforehand asks all of them: the strictest.
    pub fn asked(&self, signs: Signs<'_>) -> Sources {
        let all = Sources::first(self.sources.len().max(1));
        if self.by_bron.is_none() && self.by_number.is_none() {
            return if self.always.is_empty() { all } else { self.always };
        }
        let by_bron = match (self.by_bron, signs.bron) {
            (Some((rr, _)), Some("RR")) => Some(rr),
            (Some((_, ksz)), Some("KSZ")) => Some(ksz),
            (Some(_), Some(_)) => return all,
            _ => None,
        };
        let by_number =
            self.by_number.and_then(|(bis, other)| match (signs.bis_number, signs.other_number) {
                (true, true) => Some(bis.union(other)),
                (true, false) => Some(bis),
                (false, true) => Some(other),
                (false, false) => None,
            });
        let bis = self.by_number.filter(|_| signs.bis_number).map_or(Sources::NONE, |(bis, _)| bis);
        // `Bron` decides; a BIS number asks its register whatever `Bron` says.
        match by_bron.map(|asked| asked.union(bis)).or(by_number) {
            Some(asked) => asked.union(self.always),
            None => all,
        }
    }

    /// Whether some question asks another source and not this one.
    pub fn is_optional(&self, place: u8) -> bool {
        let chosen = self.by_bron.is_some() || self.by_number.is_some();
        chosen && !self.always.iter().any(|always| always == place)
    }

    /// Whether all it gives is KBO/VKBO data, where the law says which fields stay.
    pub fn is_kbo_vkbo_alone(&self) -> bool {
        self.sources == [Category::KboVkbo]
    }

    /// The source at a place.
    pub fn source(&self, place: u8) -> Option<Category> {
        self.sources.get(usize::from(place)).copied()
    }
}

/// A question that names a person is answered with a personal datum, whatever is removed from it
/// (MAGDA page "GeefFuncties").
#[derive(Clone, Debug)]
pub struct PersonQuestion {
    /// Elements of the question that name a person.
    pub elements: Vec<&'static str>,
    /// The fields that must be open.
    pub needs: FieldSet,
}

impl Service {
    /// The kinds of personal field its answers can hold.
    pub fn personal(&self) -> FieldSet {
        self.program
            .parts()
            .paths
            .iter()
            .map(|path| fields(path.holds))
            .fold(FieldSet::EMPTY, FieldSet::union)
    }

    /// The kinds of personal field that one source's part of its answers can hold: they are KBO/VKBO's.
    pub fn personal_of(&self, source: Category) -> FieldSet {
        if source == Category::KboVkbo { self.personal() } else { FieldSet::EMPTY }
    }

    /// What the decision needs to know of it.
    pub fn operation(&self) -> view::Operation {
        view::Operation {
            personal: self.personal(),
            person_question_needs: self
                .person_question
                .as_ref()
                .map_or(FieldSet::EMPTY, |question| question.needs),
        }
    }
}

/// The kinds of personal field that what stands at a path can hold.
pub(super) const fn fields(holds: Holds) -> FieldSet {
    match holds {
        Holds::Person => FieldSet::EMPTY.with(Field::FunctionholderName).with(Field::FunctionholderInsz),
        Holds::Insz => FieldSet::EMPTY.with(Field::FunctionholderInsz),
        Holds::Block(kind) => match kind.field() {
            Some(field) => FieldSet::EMPTY.with(field),
            None => FieldSet::EMPTY,
        },
    }
}
