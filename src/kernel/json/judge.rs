//! Who says what leaves: the seam between how JSON is written and what is personal.
//!
//! A document is told as a tree of elements that bear names, as XML would be: the members of an object
//! by their keys, the items of an array each by the key of the array. An array itself is no element:
//! its brackets go where its object goes. The document's value is an element with an empty name; when
//! it is an array, its items are.

use super::JsonFlaw;

/// Decides over the elements of one document, in the order of the document.
pub trait Judge {
    /// Why an answer is withheld; a flaw of the JSON itself is one of the reasons.
    type Fault: Copy + From<JsonFlaw>;

    /// An element begins: a member of an object or an item of an array. An item of an array within an
    /// array is an element likewise, and the inner array is none.
    ///
    /// # Errors
    /// Nothing more may leave.
    fn enter(&mut self, key: Key<'_>) -> Result<Verdict, Self::Fault>;

    /// The element that began last and has not ended, ends.
    ///
    /// # Errors
    /// Nothing more may leave.
    fn leave(&mut self) -> Result<(), Self::Fault>;

    /// The next piece of the element's text: a string with its escapes resolved, or a number, `true`,
    /// `false` or `null` as written. How it is cut into pieces says nothing; an empty string has none.
    /// Called only where [`Within::All`] was the verdict.
    ///
    /// # Errors
    /// Nothing more may leave.
    fn text(&mut self, piece: &[u8]) -> Result<(), Self::Fault>;

    /// A question that has been answered since this was last called. Called after every call of the
    /// other three until there is none. A question that was answered is never asked again, unless for
    /// something new that begins later.
    fn settled(&mut self) -> Option<(Question, bool)> {
        None
    }
}

/// The name of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// The key, its escapes resolved, in UTF-8.
    Read(&'a [u8]),
    /// A key of more than [`Key::ROOM`] bytes: no name that anybody knows.
    TooLong,
}

impl Key<'_> {
    /// The longest key that is told, in bytes, escapes resolved.
    pub const ROOM: usize = 256;
}

/// What becomes of an element, as far as what it is in leaves at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It leaves.
    Keep,
    /// It does not, nor does anything in it.
    Drop,
    /// It leaves if all these questions are answered with yes; who takes the bytes is told so.
    Depends(Questions),
    /// It leaves, and it is text of an error; who takes the bytes is told so, and masks an INSZ in it.
    Watch,
}

/// What the judge wants to hear of what is in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Within {
    /// Nothing: what is in it shares its fate. The cheapest.
    Nothing,
    /// The elements in it.
    Elements,
    /// The elements in it and its own text.
    All,
}

/// What [`Judge::enter`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of the element.
    pub fate: Fate,
    /// What the judge wants to hear of what is in it.
    pub within: Within,
}

impl Verdict {
    /// It leaves; the elements in it are judged one by one.
    pub const KEEP: Self = Self { fate: Fate::Keep, within: Within::Elements };
    /// It leaves with all that is in it.
    pub const KEEP_WHOLE: Self = Self { fate: Fate::Keep, within: Within::Nothing };
    /// It goes with all that is in it.
    pub const DROP: Self = Self { fate: Fate::Drop, within: Within::Nothing };
}

/// A question that is answered later in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question(u8);

impl Question {
    /// How many can be open at once.
    pub const COUNT: u8 = 32;

    /// The question with this number, if there are so many.
    pub const fn new(number: u8) -> Option<Self> {
        if number < Self::COUNT { Some(Self(number)) } else { None }
    }

    /// Its number, below [`Self::COUNT`].
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// Questions that all must be answered with yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions(u32);

impl Questions {
    /// No question: unconditionally.
    pub const NONE: Self = Self(0);

    /// These and one more.
    #[must_use]
    pub const fn with(self, question: Question) -> Self {
        Self(self.0 | 1 << question.0)
    }

    /// Whether this is one of them.
    pub const fn has(self, question: Question) -> bool {
        self.0 & 1 << question.0 != 0
    }

    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    pub(super) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}
