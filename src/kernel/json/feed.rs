//! From chunks to whole characters, and the faults that last.

use super::course::Course;
use super::out::{Leaving, Out, Piece};
use super::walk::Walk;
use super::{JsonFlaw, Judge, Sink};
use crate::carry::Carry;

/// How a document holds its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One value (RFC 8259 §2).
    Document,
    /// Any number of values, each on a line of its own; lines may be empty (ndjson.org).
    Lines,
}

/// The state between two chunks; its size, some 12 KiB, does not depend on the document. `F` is the
/// fault of its [`Judge`].
#[derive(Debug)]
pub struct Filter<F> {
    fault: Option<F>,
    /// The start of a character that the last chunk cut.
    character: Carry<4>,
    course: Course,
    leaving: Leaving,
}

impl<F: Copy + From<JsonFlaw>> Filter<F> {
    /// A filter for one document.
    pub const fn new(form: Form) -> Self {
        Self { fault: None, character: Carry::new(), course: Course::new(form), leaving: Leaving::new() }
    }

    /// Reads the next chunk, tells `judge` what is in it and gives `sink` what may leave.
    ///
    /// # Errors
    /// The judge's fault, or a flaw as one: nothing more of this answer may leave. Every later call
    /// gives it again.
    pub fn feed<J, S>(&mut self, judge: &mut J, chunk: &[u8], sink: &mut S) -> Result<(), F>
    where
        J: Judge<Fault = F>,
        S: Sink,
    {
        self.check()?;
        let result = self.read_chunk(judge, chunk, sink);
        self.remember(result)
    }

    /// Says that the document has ended.
    ///
    /// # Errors
    /// As [`Self::feed`]; a flaw when the document is not whole.
    pub fn finish<J, S>(&mut self, judge: &mut J, sink: &mut S) -> Result<(), F>
    where
        J: Judge<Fault = F>,
        S: Sink,
    {
        self.check()?;
        let result = self.read_end(judge, sink);
        self.remember(result)
    }

    fn check(&self) -> Result<(), F> {
        self.fault.map_or(Ok(()), Err)
    }

    fn remember(&mut self, result: Result<(), F>) -> Result<(), F> {
        self.fault = result.err();
        result
    }

    fn read_chunk<J, S>(&mut self, judge: &mut J, chunk: &[u8], sink: &mut S) -> Result<(), F>
    where
        J: Judge<Fault = F>,
        S: Sink,
    {
        let start = self.finish_character(judge, chunk, sink)?;
        let rest = &chunk[start..];
        let (clean, end) = clean(rest);
        let piece = Piece { bytes: &rest[..clean], at: Some(start) };
        self.walk(judge, sink, piece).read()?;
        match end {
            End::Whole => Ok(()),
            End::Split => self.character.push(&rest[clean..]).map_err(|_| JsonFlaw::NotUtf8.into()),
            End::NotUtf8 => Err(JsonFlaw::NotUtf8.into()),
        }
    }

    /// Completes the character that the last chunk cut; gives how many bytes of this one that took.
    fn finish_character<J, S>(&mut self, judge: &mut J, chunk: &[u8], sink: &mut S) -> Result<usize, F>
    where
        J: Judge<Fault = F>,
        S: Sink,
    {
        let mut taken = 0;
        while !self.character.is_empty() && taken < chunk.len() {
            self.character.push(&chunk[taken..=taken]).map_err(|_| JsonFlaw::NotUtf8)?;
            taken += 1;
            match clean(self.character.bytes()).1 {
                End::Whole => {
                    let character = core::mem::replace(&mut self.character, Carry::new());
                    let piece = Piece { bytes: character.bytes(), at: None };
                    self.walk(judge, sink, piece).read()?;
                }
                End::Split => {}
                End::NotUtf8 => return Err(JsonFlaw::NotUtf8.into()),
            }
        }
        Ok(taken)
    }

    fn walk<'w, J, S>(&'w mut self, judge: &'w mut J, sink: &'w mut S, piece: Piece<'w>) -> Walk<'w, J, S>
    where
        J: Judge<Fault = F>,
        S: Sink,
    {
        Walk::new(&mut self.course, judge, Out::new(sink, &mut self.leaving, piece))
    }

    fn read_end<J, S>(&mut self, judge: &mut J, sink: &mut S) -> Result<(), F>
    where
        J: Judge<Fault = F>,
        S: Sink,
    {
        if !self.character.is_empty() {
            return Err(JsonFlaw::Truncated.into());
        }
        self.walk(judge, sink, Piece { bytes: &[], at: None }).end()?;
        Ok(self.course.end()?)
    }
}

/// What ends a run of whole characters.
#[derive(Clone, Copy)]
enum End {
    Whole,
    /// The first one to three bytes of a character that may go on in the next chunk.
    Split,
    NotUtf8,
}

/// How many of the bytes are whole characters, and what ends them.
fn clean(bytes: &[u8]) -> (usize, End) {
    match core::str::from_utf8(bytes) {
        Ok(_) => (bytes.len(), End::Whole),
        Err(error) if error.error_len().is_none() => (error.valid_up_to(), End::Split),
        Err(error) => (error.valid_up_to(), End::NotUtf8),
    }
}
