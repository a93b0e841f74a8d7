//! A small place of fixed size for bytes that must wait.

use core::fmt;

/// So many bytes at most.
pub(crate) struct Carry<const ROOM: usize> {
    bytes: [u8; ROOM],
    len: usize,
}

/// There is no room for more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full;

impl<const ROOM: usize> Carry<ROOM> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; ROOM], len: 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let room = self.bytes[self.len..].get_mut(..bytes.len()).ok_or(Full)?;
        room.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }

    /// Keeps the first bytes only.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Lets the first bytes go.
    pub(crate) fn shift(&mut self, gone: usize) {
        self.bytes.copy_within(gone..self.len, 0);
        self.len -= gone;
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }
}

/// Says how many bytes wait, never which: they may be personal.
impl<const ROOM: usize> fmt::Debug for Carry<ROOM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Carry({} bytes)", self.len)
    }
}
