//! The objects and arrays that are open.

use super::terms::{Earlier, Terms};
use super::{JsonFlaw, Key, Question, Within};
use crate::carry::Carry;

/// The most objects and arrays that may be open.
pub(super) const MAX_DEPTH: usize = 64;

/// The most bytes that the names of all open arrays may have together.
const NAMES: usize = 2048;

/// On what terms something leaves, and what the judge hears of what is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) terms: Terms,
    pub(super) within: Within,
}

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The document itself, around its value.
    Document,
    Object,
    Array,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) kind: Kind,
    pub(super) standing: Standing,
    pub(super) earlier: Earlier,
    /// Of an array: where its name stands among the names; `None` when it is too long to be one.
    name: Option<(u16, u16)>,
    /// How many bytes of names there were before it.
    names_before: u16,
}

impl Level {
    const DOCUMENT: Self = Self {
        kind: Kind::Document,
        standing: Standing { terms: Terms::KEPT, within: Within::Elements },
        earlier: Earlier::NOTHING,
        name: Some((0, 0)),
        names_before: 0,
    };
}

/// The open levels; the innermost lies apart, because nearly every question is about it.
#[derive(Debug)]
pub(super) struct Levels {
    top: Level,
    /// Those around it, the document first.
    outer: [Level; MAX_DEPTH],
    /// How many there are around it.
    depth: usize,
    names: Carry<NAMES>,
}

impl Levels {
    pub(super) const fn new() -> Self {
        Self { top: Level::DOCUMENT, outer: [Level::DOCUMENT; MAX_DEPTH], depth: 0, names: Carry::new() }
    }

    /// The innermost.
    #[inline]
    pub(super) const fn top(&self) -> &Level {
        &self.top
    }

    #[inline]
    pub(super) const fn top_mut(&mut self) -> &mut Level {
        &mut self.top
    }

    #[inline]
    pub(super) const fn is_outside(&self) -> bool {
        self.depth == 0
    }

    #[inline]
    pub(super) fn open_object(&mut self, standing: Standing) -> Result<(), JsonFlaw> {
        self.open(Kind::Object, standing, None, self.names_len())
    }

    /// Opens an array whose items bear this name.
    pub(super) fn open_named_array(&mut self, key: Key<'_>) -> Result<(), JsonFlaw> {
        let before = self.names_len();
        let name = match key {
            Key::Read(bytes) => {
                self.names.push(bytes).map_err(|_| JsonFlaw::TooLong)?;
                Some((before, self.names_len()))
            }
            Key::TooLong => None,
        };
        self.open(Kind::Array, self.top().standing, name, before)
    }

    /// Opens an array of which nobody hears, or one in another, whose items bear the other's name.
    pub(super) fn open_array(&mut self) -> Result<(), JsonFlaw> {
        self.open(Kind::Array, self.top().standing, self.top().name, self.names_len())
    }

    fn open(
        &mut self,
        kind: Kind,
        standing: Standing,
        name: Option<(u16, u16)>,
        names_before: u16,
    ) -> Result<(), JsonFlaw> {
        *self.outer.get_mut(self.depth).ok_or(JsonFlaw::TooDeep)? = self.top;
        self.top = Level { kind, standing, earlier: Earlier::NOTHING, name, names_before };
        self.depth += 1;
        Ok(())
    }

    #[expect(clippy::cast_possible_truncation, reason = "the room is far smaller")]
    const fn names_len(&self) -> u16 {
        const { assert!(NAMES <= u16::MAX as usize) };
        self.names.len() as u16
    }

    /// Closes the innermost; says what it was.
    #[inline]
    pub(super) fn close(&mut self) -> Kind {
        let &Level { kind, names_before, .. } = self.top();
        self.names.truncate(usize::from(names_before));
        self.depth = self.depth.saturating_sub(1);
        self.top = self.outer[self.depth];
        kind
    }

    /// The name of the innermost array's items.
    #[inline]
    pub(super) fn name(&self) -> Key<'_> {
        self.top().name.map_or(Key::TooLong, |(from, to)| {
            Key::Read(&self.names.bytes()[usize::from(from)..usize::from(to)])
        })
    }

    pub(super) fn settle(&mut self, question: Question, kept: bool) {
        for level in self.outer[..self.depth].iter_mut().chain([&mut self.top]) {
            level.standing.terms = level.standing.terms.settle(question, kept);
            level.earlier.settle(question, kept);
        }
    }
}
