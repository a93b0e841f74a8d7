//! One service of the catalogue.

use poortwachter_kernel::redact::program::{Holds, Program};
use poortwachter_kernel::view;
use poortwachter_kernel::vocab::{Field, FieldSet};

use crate::law::terms::Category;
use crate::text::Spot;

/// One service in one version.
#[derive(Clone, Debug)]
pub struct Service {
    /// Local name of the request's root element, `GeefOnderneming`.
    pub name: String,
    /// `major.minor`, `02.00`.
    pub version: String,
    /// Both together, as in metrics and on the command line: `GeefOnderneming/02.00`.
    pub label: String,
    /// The platform's domain, `Onderneming`.
    pub domain: String,
    /// Whose data it gives.
    pub source: Category,
    /// URL paths that state this service.
    pub paths: Vec<String>,
    /// Where wrong or missing data is reported.
    pub contact: String,
    /// Where personal data stands in its answers.
    pub program: Program<'static>,
    /// When a question names a person, and what must be open then.
    pub person_question: Option<PersonQuestion>,
    /// Where it is written.
    pub spot: Spot,
}

/// A question that names a person is answered with a personal datum, whatever is removed from it
/// (MAGDA page "GeefFuncties").
#[derive(Clone, Debug)]
pub struct PersonQuestion {
    /// Elements below `Vragen` that name a person.
    pub elements: Vec<&'static str>,
    /// The fields that must be open.
    pub needs: FieldSet,
}

impl Service {
    /// The kinds of personal field its answers can hold.
    pub fn personal(&self) -> FieldSet {
        self.program.paths.iter().map(|path| fields(path.holds)).fold(FieldSet::EMPTY, FieldSet::union)
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
    }
}
