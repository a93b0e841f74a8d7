//! The key that is being read, its escapes resolved.

use super::Key;
use crate::carry::Carry;

/// A key lies in the piece being read as long as it can, so that most are never copied.
#[derive(Debug)]
pub(super) struct Naming {
    at: Option<(usize, usize)>,
    resolved: Carry<{ Key::ROOM }>,
    is_too_long: bool,
}

impl Naming {
    pub(super) const fn new() -> Self {
        Self { at: None, resolved: Carry::new(), is_too_long: false }
    }

    /// A key begins.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.at = None;
        self.resolved.clear();
        self.is_too_long = false;
    }

    /// The whole key stands here in the piece, with nothing to resolve.
    #[inline]
    pub(super) const fn is_at(&mut self, from: usize, to: usize) {
        self.at = Some((from, to));
    }

    /// The next bytes of a key that does not lie in one piece.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.is_too_long || self.resolved.push(bytes).is_err() {
            self.is_too_long = true;
        }
    }

    /// Takes the key along from a piece that ends: the next one may be the first to need it.
    pub(super) fn carry(&mut self, piece: &[u8]) {
        if let Some((from, to)) = self.at.take() {
            self.push(&piece[from..to]);
        }
    }

    pub(super) fn key<'a>(&'a self, piece: &'a [u8]) -> Key<'a> {
        match self.at {
            Some((from, to)) if to - from <= Key::ROOM => Key::Read(&piece[from..to]),
            Some(_) => Key::TooLong,
            None if self.is_too_long => Key::TooLong,
            None => Key::Read(self.resolved.bytes()),
        }
    }
}
