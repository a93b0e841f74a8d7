//! Why an answer is withheld, and what was taken out of one that was not.

use crate::carry::Full;
use crate::json::JsonFlaw;
use crate::vocab::Kind;
use crate::xml::Flaw;
use crate::xml::envelope::Misbuilt;

/// Why an answer is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Not a document this gateway reads.
    Flaw(Flaw),
    /// Not JSON this gateway reads.
    Json(JsonFlaw),
    /// An Envelope, but not in the namespace of SOAP 1.1.
    NotSoap11,
    /// Not `Envelope/{Header?, Body}` with one element in the Body.
    Misbuilt,
    /// The element in the Body (or of the document) is neither the program's nor a Fault.
    UnexpectedRoot,
    /// A name of personal data where the program knows none, be it in quoted markup, or something in a block that is let out
    /// in part which may hold the other part; or an enterprise that states its form twice.
    Drift,
    /// An INSZ in an error where it cannot be masked: in an attribute written with references, or buried too deep.
    PersonalInError,
    /// Something must be removed from an answer whose Header holds a signature, and the terms say to withhold it then.
    SignedAnswer,
}

/// How many values of each kind; index [`Kind::at`].
pub type Counts = [u32; Kind::COUNT];

/// What was taken out of an answer, and what stayed on a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Removed: person blocks (as names), INSZ elements, blocks of other kinds, numbers masked in errors.
    pub removed: Counts,
    /// Stayed because their field is open; counted likewise.
    pub released: Counts,
    /// The signature was removed, because something else was or could have been.
    pub unsigned: bool,
}

impl Tally {
    /// Nothing yet.
    pub const NOTHING: Self = Self { removed: [0; Kind::COUNT], released: [0; Kind::COUNT], unsigned: false };

    pub(super) fn add(&mut self, more: &Self) {
        let add = |counts: &mut Counts, more: &Counts| {
            counts.iter_mut().zip(more).for_each(|(count, more)| *count = count.saturating_add(*more));
        };
        add(&mut self.removed, &more.removed);
        add(&mut self.released, &more.released);
    }
}

impl Fault {
    /// How many there are, every [`Flaw`] and [`JsonFlaw`] by itself.
    pub const COUNT: usize = Flaw::COUNT + OWN.len() + JsonFlaw::COUNT;

    /// Their names, as used in metrics and records; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = {
        let mut later = [""; OWN.len() + JsonFlaw::COUNT];
        let mut at = 0;
        while at < later.len() {
            later[at] = if at < OWN.len() { OWN[at] } else { JsonFlaw::NAMES[at - OWN.len()] };
            at += 1;
        }
        Flaw::names_and(&later)
    };

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        match self {
            Self::Flaw(flaw) => flaw.at(),
            Self::NotSoap11 => Flaw::COUNT,
            Self::Misbuilt => Flaw::COUNT + 1,
            Self::UnexpectedRoot => Flaw::COUNT + 2,
            Self::Drift => Flaw::COUNT + 3,
            Self::PersonalInError => Flaw::COUNT + 4,
            Self::SignedAnswer => Flaw::COUNT + 5,
            Self::Json(flaw) => Flaw::COUNT + OWN.len() + flaw.at(),
        }
    }

    /// The fault's name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self.at()]
    }
}

/// The names of those that are no flaw of the document itself.
const OWN: [&str; 6] =
    ["not-soap-1.1", "misbuilt-envelope", "unexpected-root", "drift", "personal-in-error", "signed-answer"];

impl From<JsonFlaw> for Fault {
    fn from(flaw: JsonFlaw) -> Self {
        Self::Json(flaw)
    }
}

impl From<Flaw> for Fault {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl From<Misbuilt> for Fault {
    fn from(Misbuilt: Misbuilt) -> Self {
        Self::Misbuilt
    }
}

/// What waits grows beyond its place only where a token does: the reader says so first.
impl From<Full> for Fault {
    fn from(_: Full) -> Self {
        Self::Flaw(Flaw::TooLong)
    }
}
