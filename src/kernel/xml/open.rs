//! The elements that are open, by name, in a place of fixed size.

use super::Flaw;
use super::name::Name;

/// The most elements that may be open at once.
pub(crate) const MAX_DEPTH: usize = 64;
/// The most bytes their names may have together.
const MAX_BYTES: usize = 4096;

/// A stack of names. The first level is 1: the root element.
#[derive(Debug)]
pub(crate) struct Open {
    bytes: [u8; MAX_BYTES],
    levels: [Level; MAX_DEPTH],
    depth: usize,
}

/// Where one name stands in the bytes.
#[derive(Clone, Copy, Debug)]
struct Level {
    start: u16,
    local: u16,
    end: u16,
}

impl Open {
    pub(crate) const fn new() -> Self {
        let nothing = Level { start: 0, local: 0, end: 0 };
        Self { bytes: [0; MAX_BYTES], levels: [nothing; MAX_DEPTH], depth: 0 }
    }

    /// How many elements are open.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// The local name of the element at a level; empty where none is open.
    pub(crate) fn local(&self, level: usize) -> &[u8] {
        self.level(level).map_or(b"", |at| &self.bytes[usize::from(at.local)..usize::from(at.end)])
    }

    /// The qualified name of the innermost element.
    pub(crate) fn innermost(&self) -> Option<&[u8]> {
        self.level(self.depth).map(|at| &self.bytes[usize::from(at.start)..usize::from(at.end)])
    }

    pub(crate) fn push(&mut self, name: Name<'_>) -> Result<(), Flaw> {
        let start = self.level(self.depth).map_or(0, |at| at.end);
        let place = |offset: usize| u16::try_from(usize::from(start) + offset).map_err(|_| Flaw::TooLong);
        let level = Level { start, local: place(name.local_at())?, end: place(name.whole().len())? };
        *self.levels.get_mut(self.depth).ok_or(Flaw::TooDeep)? = level;
        self.bytes
            .get_mut(usize::from(start)..usize::from(level.end))
            .ok_or(Flaw::TooLong)?
            .copy_from_slice(name.whole());
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn level(&self, level: usize) -> Option<&Level> {
        self.levels[..self.depth].get(level.checked_sub(1)?)
    }
}
