//! Compiled field paths: which elements of an answer are personal, and of which kind.

/// What stands at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A person block: its INSZ child is [`crate::vocab::Field::FunctionholderInsz`], all else in it
    /// [`crate::vocab::Field::FunctionholderName`]. Goes whole when neither is open.
    Person,
    /// One leaf that is a [`crate::vocab::Field::FunctionholderInsz`].
    Insz,
}

/// A path of local names, at any depth below the service's root element: `Functies/Functie/Persoon`.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    /// Local names, outermost first. Between 1 and 8.
    pub steps: &'a [&'a str],
    /// What stands there.
    pub holds: Holds,
}

/// The personal fields of one service's answer.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// Local name of the answer's root element in the Body.
    pub root: &'a str,
    /// The paths.
    pub paths: &'a [Path<'a>],
    /// Local names (case ignored) that, met outside every path, mean that the answer has grown a place for
    /// personal data that the program does not know ("drift"): the answer is withheld.
    pub drift: &'a [&'a str],
}
