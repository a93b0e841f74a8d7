//! The filter for SOAP answers: fed chunks, yields the ranges that may leave.
use core::ops::Range;

use super::program::Program;
use crate::vocab::{Field, FieldSet};

/// Takes what may leave, in order.
pub trait Sink {
    /// Bytes of the chunk being fed.
    fn keep(&mut self, range: Range<usize>);
    /// Bytes of earlier chunks that had to wait for this one; few.
    fn carried(&mut self, bytes: &[u8]);
}

/// What the document may start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A SOAP envelope only: what a gateway accepts.
    Envelope,
    /// A SOAP envelope, or the Body's content alone.
    EnvelopeOrBody,
}

/// Why an answer is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not well-formed.
    Malformed,
}

/// How many values of each kind were removed; index [`Field::at`].
pub type Removed = [u32; Field::COUNT];

/// The state between two chunks; its size does not depend on the document.
pub struct Filter {
    removed: Removed,
}

impl Filter {
    /// A filter that leaves `reveals` in.
    pub fn new(start: Start, reveals: FieldSet) -> Self {
        let _ = (start, reveals);
        Self { removed: [0; Field::COUNT] }
    }

    /// Reads the next chunk and gives `sink` what may leave.
    ///
    /// # Errors
    /// A [`Fault`]: nothing more of this answer may leave. Every later call gives it again.
    pub fn feed(&mut self, program: &Program<'_>, chunk: &[u8], sink: &mut impl Sink) -> Result<(), Fault> {
        let _ = program;
        sink.keep(0..chunk.len());
        Ok(())
    }

    /// Says that the document has ended.
    ///
    /// # Errors
    /// A [`Fault`] when it is not whole.
    pub fn finish(&mut self) -> Result<Removed, Fault> {
        Ok(self.removed)
    }

    /// What was removed so far.
    pub fn removed(&self) -> Removed {
        self.removed
    }
}
