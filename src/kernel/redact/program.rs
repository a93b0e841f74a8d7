//! Compiled field paths: which elements of an answer are personal, and of which kind.

use crate::xml::Open;

/// The person block's child that is a [`crate::vocab::Field::FunctionholderInsz`].
pub const INSZ: &str = "INSZ";

/// The person block's children that are a [`crate::vocab::Field::FunctionholderName`] by schema (MAGDA
/// schema of `Onderneming-02.00`, type of `Functie/Persoon`). Whatever else is met there goes with the
/// name unless everything is open.
pub const NAME_CHILDREN: [&str; 3] = ["VoorNaam", "AchterNaam", NAME_CHILD_WITH_CHILDREN];

/// The only one of them that has elements of its own (`Code` and `Naam`).
pub(super) const NAME_CHILD_WITH_CHILDREN: &str = "Straat";

/// What stands at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A person block: its [`INSZ`] child is [`crate::vocab::Field::FunctionholderInsz`], all else in it
    /// [`crate::vocab::Field::FunctionholderName`]. Goes whole when neither is open; when the name alone
    /// is, only [`NAME_CHILDREN`] stay.
    Person,
    /// One leaf that is a [`crate::vocab::Field::FunctionholderInsz`].
    Insz,
}

/// A path of local names, at any depth below the service's root element: `Functies/Functie/Persoon`.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    /// Local names, outermost first, exact case. Between 1 and 8.
    pub steps: &'a [&'a str],
    /// What stands there.
    pub holds: Holds,
}

impl Path<'_> {
    /// Whether the path ends at the element `local` at `level`, starting below the element at `root_level`.
    fn ends_at(&self, local: &[u8], level: usize, root_level: usize, open: &Open) -> bool {
        let Some((last, outer)) = self.steps.split_last() else { return false };
        last.as_bytes() == local
            && level > root_level + outer.len()
            && outer.iter().rev().zip(1..).all(|(step, up)| step.as_bytes() == open.local(level - up))
    }
}

/// The personal fields of one service's answer. With neither paths nor drift names, all of it may leave
/// that is a whole SOAP message.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// Local name of the answer's root element in the Body.
    pub root: &'a str,
    /// The paths.
    pub paths: &'a [Path<'a>],
    /// Local names of elements and attributes (case ignored) that, met outside every path, mean that the answer has grown a place for
    /// personal data that the program does not know ("drift"): the answer is withheld. In the Header too,
    /// which a damaged end tag could make the Body's element seem part of.
    pub drift: &'a [&'a str],
}

impl Program<'_> {
    /// What a path says of the element `local` at `level`.
    pub(super) fn holds(&self, local: &[u8], level: usize, root_level: usize, open: &Open) -> Option<Holds> {
        self.paths.iter().find(|path| path.ends_at(local, level, root_level, open)).map(|path| path.holds)
    }

    /// Whether nothing is personal here: the answer of a service whose own rules say who may call it.
    pub(super) const fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.drift.is_empty()
    }

    /// Whether the name is one that may stand at the end of a path only.
    pub(super) fn is_drift(&self, local: &[u8]) -> bool {
        self.drift.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(local))
    }
}
