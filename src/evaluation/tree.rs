//! JSON as a tree, read strictly: one document, every member once, no deeper than a question is.
//!
//! `serde_json` alone lets the last of two members win (RFC 8259 §4 leaves it open), so that two readers could see
//! two questions.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use poortwachter_kernel::tripwire::{Mode, Tripwire};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::Fault;

/// The deepest nesting that is read; AuthZEN's own members need five, the rest is room for `properties`.
const DEEPEST: usize = 32;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// `null`
    Null,
    /// `true`, `false`
    Flag(bool),
    /// A number, in digits.
    Number(String),
    /// A string, its escapes resolved.
    Text(String),
    /// An array.
    List(Vec<Tree>),
    /// An object.
    Object(Members),
}

/// The members of an object.
pub type Members = BTreeMap<String, Tree>;

impl Tree {
    /// Reads a document that is one object.
    ///
    /// # Errors
    /// [`Fault`] where it is none, has a member twice, is nested too deeply, or holds what looks like an INSZ:
    /// questions about access have no use for one.
    pub fn read(document: &[u8]) -> Result<Members, Fault> {
        let flaw = Cell::new(None);
        let mut reader = serde_json::Deserializer::from_slice(document);
        let read = Seed { left: DEEPEST, flaw: &flaw }.deserialize(&mut reader);
        let read = read.and_then(|tree| reader.end().map(|()| tree));
        match (read, flaw.get()) {
            (Ok(tree), _) if tree.shows_an_insz() => Err(Fault::new(
                "",
                "de vraag bevat wat een INSZ lijkt; zeg enkel met `names_person` dat de bevraging een persoon noemt",
                "the question holds what looks like an INSZ; say only with `names_person` that the call names a person",
            )),
            (Ok(Self::Object(members)), _) => Ok(members),
            (Ok(_), _) => Err(Fault::new("", "de vraag is geen object", "the question is no object")),
            (Err(_), Some(flaw)) => Err(flaw.fault()),
            (Err(_), None) => Err(Fault::new(
                "",
                "de vraag is niet één JSON-document",
                "the question is not one JSON document",
            )),
        }
    }

    /// Whether a text, a number or a name in it has an INSZ's form and check digits, in any usual notation.
    fn shows_an_insz(&self) -> bool {
        match self {
            Self::Null | Self::Flag(_) => false,
            Self::Number(text) | Self::Text(text) => looks_like_an_insz(text),
            Self::List(items) => items.iter().any(Self::shows_an_insz),
            Self::Object(members) => {
                members.iter().any(|(name, value)| looks_like_an_insz(name) || value.shows_an_insz())
            }
        }
    }
}

/// Whether an INSZ stands in a text.
pub fn looks_like_an_insz(text: &str) -> bool {
    let mut tripwire = Tripwire::new(Mode::Report);
    let read = tripwire.feed(&[], text.as_bytes(), &mut Nowhere);
    let found = read.and_then(|()| tripwire.finish(&[], &mut Nowhere));
    !matches!(found, Ok(0))
}

/// Takes nothing: numbers are only counted.
struct Nowhere;

impl poortwachter_kernel::redact::Sink for Nowhere {
    fn keep(&mut self, _: std::ops::Range<usize>) {}
    fn carried(&mut self, _: &[u8]) {}
}

/// What JSON allows and a question does not.
#[derive(Clone, Copy)]
enum Flaw {
    Twice,
    TooDeep,
}

impl Flaw {
    fn fault(self) -> Fault {
        match self {
            Self::Twice => Fault::new(
                "",
                "een lid van een object staat er twee keer",
                "a member of an object stands there twice",
            ),
            Self::TooDeep => {
                Fault::new("", "de vraag is te diep genest", "the question is nested too deeply")
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Seed<'f> {
    left: usize,
    flaw: &'f Cell<Option<Flaw>>,
}

impl Seed<'_> {
    fn below<E: Error>(self) -> Result<Self, E> {
        let left = self.left.checked_sub(1).ok_or_else(|| self.flawed(Flaw::TooDeep))?;
        Ok(Self { left, ..self })
    }

    fn flawed<E: Error>(self, flaw: Flaw) -> E {
        self.flaw.set(Some(flaw));
        E::custom("not read")
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Tree;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Tree, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Number(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let below = self.below()?;
        let mut members = Members::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(below)?;
            if members.insert(name, value).is_some() {
                return Err(self.flawed(Flaw::Twice));
            }
        }
        Ok(Tree::Object(members))
    }
}
