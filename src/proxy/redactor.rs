//! The kernel's filter at work on chunks of bytes, and the tripwire behind it.
//!
//! State and lists are made once per call; feeding a chunk asks for no memory (the list of what may
//! leave grows, once, where one chunk has more holes than there is room for).

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::xml::{Counts, Fault, Filter, Sink, Start};
use poortwachter_kernel::tripwire::{Sprung, Tripwire};
use poortwachter_kernel::vocab::FieldSet;
use poortwachter_kernel::xml::Flaw;

use crate::audit::Alarm;
use crate::proxy::tripwire::INNOCENT;

/// The filter of one answer.
#[derive(Debug)]
pub struct Redactor {
    filter: Filter,
    leaving: Leaving,
    tripwire: Option<Tripwire>,
    /// What of that may leave past the tripwire.
    past: Leaving,
}

/// What may leave of the chunk fed last.
#[derive(Debug)]
struct Leaving {
    pieces: Vec<Piece>,
    carried: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Of the chunk.
    Chunk(Range<usize>),
    /// Of what earlier chunks left behind.
    Carried(Range<usize>),
}

/// Pieces a chunk can fall into before the list of them grows.
const HOLES: usize = 256;

impl Redactor {
    /// A filter that leaves `reveals` in.
    pub fn new(reveals: FieldSet) -> Self {
        let (leaving, past) = (Leaving::new(), Leaving::new());
        Self { filter: Filter::new(Start::Envelope, reveals), leaving, tripwire: None, past }
    }

    /// The same, with a tripwire behind the filter.
    #[must_use]
    pub fn watched(mut self, tripwire: Option<Tripwire>) -> Self {
        self.tripwire = tripwire;
        self
    }

    /// Reads the next chunk; [`Self::pour`] and [`Self::passed`] then give what may leave of it.
    ///
    /// # Errors
    /// The kernel's [`Fault`]: nothing more of this answer may leave.
    pub fn feed(&mut self, program: &Program<'_>, chunk: &[u8]) -> Result<(), Fault> {
        self.leaving.clear();
        self.filter.feed(program, chunk, &mut self.leaving)
    }

    /// Has the tripwire look at what may leave of the chunk fed last.
    ///
    /// # Errors
    /// [`Sprung`]: nothing more of this answer may leave.
    pub fn watch(&mut self, chunk: &[u8]) -> Result<(), Sprung> {
        let Some(tripwire) = &mut self.tripwire else { return Ok(()) };
        let Leaving { pieces, carried } = &self.leaving;
        self.past.clear();
        for of in pieces {
            let bytes = match of {
                Piece::Chunk(range) => &chunk[range.clone()],
                Piece::Carried(range) => &carried[range.clone()],
            };
            tripwire.feed(INNOCENT, bytes, &mut Part { of, bytes, past: &mut self.past })?;
        }
        std::mem::swap(&mut self.leaving, &mut self.past);
        Ok(())
    }

    /// How the tripwire deals with numbers, and how many it found so far.
    pub fn alarm(&self) -> Option<Alarm> {
        let tripwire = self.tripwire.as_ref().filter(|tripwire| tripwire.found() > 0)?;
        Some(Alarm { mode: tripwire.mode().name(), numbers: tripwire.found() })
    }

    /// Says that the answer has ended.
    ///
    /// # Errors
    /// The kernel's [`Fault`] when the document is not whole. One that ends in a number, which the tripwire would
    /// still hold back, is none.
    pub fn finish(&mut self) -> Result<(), Fault> {
        self.filter.finish()?;
        let held = self.tripwire.as_ref().is_some_and(Tripwire::holds_back);
        if held { Err(Fault::Flaw(Flaw::Truncated)) } else { Ok(()) }
    }

    /// How many values were removed so far.
    pub fn removed(&self) -> Counts {
        self.filter.removed()
    }

    /// How many values stayed so far because their field is open.
    pub fn released(&self) -> Counts {
        self.filter.released()
    }

    /// Appends what may leave of the chunk.
    pub fn pour(&self, chunk: &[u8], into: &mut BytesMut) {
        for piece in &self.leaving.pieces {
            into.extend_from_slice(match piece {
                Piece::Chunk(range) => &chunk[range.clone()],
                Piece::Carried(range) => &self.leaving.carried[range.clone()],
            });
        }
    }

    /// What may leave of the chunk: uncopied where it is one piece, so that an answer with nothing to
    /// remove passes as it came.
    pub fn passed(&self, chunk: &Bytes) -> Bytes {
        match self.leaving.pieces.as_slice() {
            [] => Bytes::new(),
            [Piece::Chunk(range)] => chunk.slice(range.clone()),
            _ => {
                let mut joined = BytesMut::with_capacity(chunk.len() + self.leaving.carried.len());
                self.pour(chunk, &mut joined);
                joined.freeze()
            }
        }
    }
}

impl Leaving {
    fn new() -> Self {
        Self { pieces: Vec::with_capacity(HOLES), carried: Vec::with_capacity(HOLES) }
    }

    fn clear(&mut self) {
        self.pieces.clear();
        self.carried.clear();
    }
}

/// What may leave of one piece.
struct Part<'a> {
    of: &'a Piece,
    bytes: &'a [u8],
    past: &'a mut Leaving,
}

impl Sink for Part<'_> {
    fn keep(&mut self, range: Range<usize>) {
        match self.of {
            Piece::Chunk(piece) => self.past.keep(piece.start + range.start..piece.start + range.end),
            Piece::Carried(_) => self.past.carried(&self.bytes[range]),
        }
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.past.carried(bytes);
    }
}

impl Sink for Leaving {
    fn keep(&mut self, range: Range<usize>) {
        match self.pieces.last_mut() {
            _ if range.is_empty() => {}
            Some(Piece::Chunk(last)) if last.end == range.start => last.end = range.end,
            _ => self.pieces.push(Piece::Chunk(range)),
        }
    }

    fn carried(&mut self, bytes: &[u8]) {
        let start = self.carried.len();
        self.carried.extend_from_slice(bytes);
        self.pieces.push(Piece::Carried(start..self.carried.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaving(say: impl FnOnce(&mut Leaving)) -> Redactor {
        let mut redactor = Redactor::new(FieldSet::EMPTY);
        say(&mut redactor.leaving);
        redactor
    }

    #[test]
    fn a_chunk_that_stays_whole_is_not_copied() {
        let chunk = Bytes::from(vec![b'x'; 100]);
        let redactor = leaving(|sink| {
            sink.keep(0..40);
            sink.keep(40..100);
        });
        assert_eq!(redactor.passed(&chunk).as_ptr(), chunk.as_ptr());
    }

    #[test]
    fn pieces_leave_in_the_order_they_were_given() {
        let chunk = Bytes::from_static(b"abcdef");
        let redactor = leaving(|sink| {
            sink.carried(b"<");
            sink.keep(0..2);
            sink.keep(3..3);
            sink.keep(4..6);
        });
        assert_eq!(redactor.passed(&chunk), "<abef");
    }
}
