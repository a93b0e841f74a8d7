//! What waits until it is known whether it leaves: a comma with the white space after it, a key, its
//! colon, up to the first byte of the value.

use core::ops::Range;

use crate::carry::{Carry, Full};

/// The most bytes that wait. A key of [`super::Key::ROOM`] bytes, all escaped, fits more than twice.
pub(super) const ROOM: usize = 4096;

/// Where the waiting bytes stand: those of earlier pieces in here, the others in the piece being read.
#[derive(Debug)]
pub(super) struct Wait {
    is_on: bool,
    carried: Carry<ROOM>,
    /// Where in the piece the others begin.
    from: usize,
    /// How many bytes the comma and the white space after it take.
    comma: usize,
}

impl Wait {
    pub(super) const fn new() -> Self {
        Self { is_on: false, carried: Carry::new(), from: 0, comma: 0 }
    }

    /// Begins with the byte at `pos`.
    #[inline]
    pub(super) fn begin(&mut self, pos: usize) {
        self.is_on = true;
        self.from = pos;
        self.comma = 0;
    }

    /// Begins at `pos` unless it has; what waits so far is a comma and white space.
    #[inline]
    pub(super) fn name_begins(&mut self, pos: usize) {
        if !self.is_on {
            self.begin(pos);
        }
        self.comma = self.len(pos);
    }

    #[inline]
    pub(super) fn end(&mut self) {
        self.is_on = false;
        self.carried.clear();
    }

    /// Where in the piece the bytes end of which it is known whether they leave.
    #[inline]
    pub(super) const fn known(&self, pos: usize) -> usize {
        if self.is_on { self.from } else { pos }
    }

    /// How many bytes wait when all before `pos` do.
    #[inline]
    pub(super) const fn len(&self, pos: usize) -> usize {
        self.carried.len() + (pos - self.from)
    }

    /// Whether more wait than may.
    #[inline]
    pub(super) const fn is_too_long(&self, pos: usize) -> bool {
        self.is_on && self.len(pos) > ROOM
    }

    pub(super) const fn has_comma(&self) -> bool {
        self.comma > 0
    }

    #[inline]
    pub(super) const fn has_carried(&self) -> bool {
        !self.carried.is_empty()
    }

    /// Takes along what waits of a piece that ends.
    pub(super) fn carry(&mut self, piece: &[u8]) -> Result<(), Full> {
        if self.is_on {
            self.carried.push(&piece[self.from..])?;
            self.from = 0;
        }
        Ok(())
    }

    /// The comma with its white space, and the rest up to `pos`: each the part that was carried, and the
    /// part in the piece.
    pub(super) fn parts(&self, pos: usize) -> [(&[u8], Range<usize>); 2] {
        let carried = self.carried.bytes();
        let middle = self.comma.min(carried.len());
        let split = self.from + (self.comma - middle);
        [(&carried[..middle], self.from..split), (&carried[middle..], split..pos)]
    }
}
