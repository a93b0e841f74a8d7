//! Whom a REST question is about, for its record. Nothing here decides: what it does not know is missing there, and
//! nothing else.

use super::super::numbers::Numbers;

/// The numbers by which a question names those it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Of natural persons, in order.
    pub persons: Numbers,
    /// Of enterprises, in order.
    pub enterprises: Numbers,
}

/// Whose number stands behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Person,
    Enterprise,
}

/// Keys and members that hold a number of a person or an enterprise in the REST services (wire notes, 5.3).
const NAMES: [(&str, Whose); 7] = [
    ("insz", Whose::Person),
    ("rrnr", Whose::Person),
    ("nationalnr", Whose::Person),
    ("rijksregisternummer", Whose::Person),
    ("ondernemingsnummer", Whose::Enterprise),
    ("kbonummer", Whose::Enterprise),
    ("companynr", Whose::Enterprise),
];

impl Whose {
    pub(super) fn of(name: &(impl Iterator<Item = char> + Clone)) -> Option<Self> {
        let same = |known: &str| name.clone().map(|c| c.to_ascii_lowercase()).eq(known.chars());
        NAMES.iter().find(|(known, _)| same(known)).map(|(_, whose)| *whose)
    }
}

impl Named {
    pub(super) fn add(&mut self, whose: Whose, digits: impl Iterator<Item = u8>) {
        match whose {
            Whose::Person => self.persons.add_bytes(digits),
            Whose::Enterprise => self.enterprises.add_bytes(digits),
        }
    }
}
