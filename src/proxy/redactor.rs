//! The kernel's filter at work on chunks of bytes, and the tripwire behind it.
//!
//! State and lists are made once per call; feeding a chunk asks for no memory (the list of what may
//! leave grows, once, where one chunk has more holes than there is room for, and what waits for an answer
//! is kept). Answers too late are the filter's own, so that what waits is bounded.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::xml::Start;
use poortwachter_kernel::redact::{Fault, PatientSink, Question, Questions, Sink, Tally, Terms, json, xml};
use poortwachter_kernel::tripwire::{Sprung, Tripwire};

use crate::audit::Alarm;
use crate::proxy::tripwire::{self, INNOCENT};

/// The filter of one answer.
#[derive(Debug)]
pub struct Redactor {
    filter: Filter,
    leaving: Leaving,
    waiting: Waiting,
    tripwire: Option<Tripwire>,
    /// What of that may leave past the tripwire.
    past: Leaving,
}

/// The kernel's filter for the language an answer is written in.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "both are large, and one is made per call")]
enum Filter {
    Xml(xml::Filter),
    Json(json::Filter),
}

/// Why nothing more of an answer may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// The filter says so.
    Filter(Fault),
    /// The tripwire does.
    Tripwire,
}

impl Withheld {
    /// The fault's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filter(fault) => fault.name(),
            Self::Tripwire => tripwire::FAULT,
        }
    }
}

impl From<Fault> for Withheld {
    fn from(fault: Fault) -> Self {
        Self::Filter(fault)
    }
}

impl From<Sprung> for Withheld {
    fn from(Sprung: Sprung) -> Self {
        Self::Tripwire
    }
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

/// What may leave once the questions before it are answered.
#[derive(Debug, Default)]
struct Waiting {
    /// In order; their ranges are of `bytes`.
    parts: Vec<(Questions, Range<usize>)>,
    bytes: Vec<u8>,
    /// What the bytes to come depend on.
    on: Questions,
}

/// Pieces a chunk can fall into before the list of them grows.
const HOLES: usize = 256;

impl Redactor {
    /// A filter for an answer that leaves on these terms.
    pub fn new(terms: Terms) -> Self {
        Self::starting(Start::Envelope, terms)
    }

    /// The same for a document that may start with something else than an envelope.
    pub fn starting(start: Start, terms: Terms) -> Self {
        Self::with(Filter::Xml(xml::Filter::new(start, terms)))
    }

    /// The same for JSON.
    pub fn of_json(form: json::Form, body: json::Body, terms: Terms) -> Self {
        Self::with(Filter::Json(json::Filter::new(form, body, terms)))
    }

    fn with(filter: Filter) -> Self {
        let (leaving, past) = (Leaving::new(), Leaving::new());
        Self { filter, leaving, waiting: Waiting::default(), tripwire: None, past }
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
    /// [`Withheld`]: nothing more of this answer may leave.
    pub fn feed(&mut self, program: &Program<'_>, chunk: &[u8]) -> Result<(), Withheld> {
        self.leaving.clear();
        let (leaving, waiting) = (&mut self.leaving, &mut self.waiting);
        let mut sorting = Sorting { chunk, leaving, waiting };
        match &mut self.filter {
            Filter::Xml(filter) => filter.feed(program, chunk, &mut sorting)?,
            Filter::Json(filter) => filter.feed(program, chunk, &mut sorting)?,
        }
        Ok(self.watch(chunk)?)
    }

    /// Says that the answer has ended; what waited until now may then leave, of an empty chunk.
    ///
    /// # Errors
    /// [`Withheld`], also where the document is not whole.
    pub fn finish(&mut self, program: &Program<'_>) -> Result<(), Withheld> {
        self.leaving.clear();
        let (leaving, waiting) = (&mut self.leaving, &mut self.waiting);
        let mut sorting = Sorting { chunk: b"", leaving, waiting };
        match &mut self.filter {
            Filter::Xml(filter) => filter.finish(&mut sorting)?,
            Filter::Json(filter) => filter.finish(program, &mut sorting)?,
        };
        self.watch(b"")?;
        if let Some(tripwire) = &mut self.tripwire {
            tripwire.finish(INNOCENT, &mut self.leaving)?;
        }
        Ok(())
    }

    /// Has the tripwire look at what may leave of the chunk.
    fn watch(&mut self, chunk: &[u8]) -> Result<(), Sprung> {
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
        Some(Alarm { mode: tripwire.mode(), numbers: tripwire.found() })
    }

    /// What was removed and released so far.
    pub fn tally(&self) -> Tally {
        match &self.filter {
            Filter::Xml(filter) => filter.tally(),
            Filter::Json(filter) => filter.tally(),
        }
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

/// Tells what leaves at once from what waits.
struct Sorting<'a> {
    chunk: &'a [u8],
    leaving: &'a mut Leaving,
    waiting: &'a mut Waiting,
}

impl Sink for Sorting<'_> {
    fn keep(&mut self, range: Range<usize>) {
        if self.waiting.is_needed() {
            self.waiting.push(&self.chunk[range]);
        } else {
            self.leaving.keep(range);
        }
    }

    fn carried(&mut self, bytes: &[u8]) {
        if self.waiting.is_needed() { self.waiting.push(bytes) } else { self.leaving.carried(bytes) }
    }
}

impl PatientSink for Sorting<'_> {
    fn ask(&mut self, on: Questions) {
        self.waiting.on = on;
    }

    fn settle(&mut self, question: Question, yes: bool) {
        self.waiting.settle(question, yes);
        self.waiting.release(self.leaving);
    }
}

impl Waiting {
    /// Whether the bytes to come must wait: they depend on something, or stand behind what does.
    const fn is_needed(&self) -> bool {
        !self.on.is_empty() || !self.parts.is_empty()
    }

    fn push(&mut self, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        match self.parts.last_mut() {
            Some((on, part)) if *on == self.on && part.end == start => part.end = self.bytes.len(),
            _ => self.parts.push((self.on, start..self.bytes.len())),
        }
    }

    fn settle(&mut self, question: Question, yes: bool) {
        self.on = self.on.without(question);
        self.parts.retain_mut(|(on, _)| {
            let depends = on.has(question);
            *on = on.without(question);
            yes || !depends
        });
    }

    /// Gives what depends on nothing any more, up to what still does.
    fn release(&mut self, leaving: &mut Leaving) {
        let free = self.parts.iter().take_while(|(on, _)| on.is_empty()).count();
        for (_, part) in self.parts.drain(..free) {
            leaving.carried(&self.bytes[part]);
        }
        let gone = self.parts.first().map_or(self.bytes.len(), |(_, part)| part.start);
        self.bytes.drain(..gone);
        for (_, part) in &mut self.parts {
            *part = part.start - gone..part.end - gone;
        }
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
    use poortwachter_kernel::vocab::FieldSet;

    fn leaving(say: impl FnOnce(&mut Leaving)) -> Redactor {
        let mut redactor = Redactor::new(Terms::revealing(FieldSet::EMPTY));
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

    #[test]
    fn what_waits_leaves_in_order_once_the_questions_before_it_are_answered() {
        let (mut leaving, mut waiting) = (Leaving::new(), Waiting::default());
        let mut sink = Sorting { chunk: b"0123456789", leaving: &mut leaving, waiting: &mut waiting };
        let (first, second) = (Question::Enterprise, Question::Error);
        sink.keep(0..1);
        sink.ask(Questions::NONE.with(first));
        sink.keep(1..2);
        sink.ask(Questions::NONE);
        sink.keep(2..4);
        sink.ask(Questions::NONE.with(second));
        sink.carried(b"x");
        sink.ask(Questions::NONE.with(second).with(first));
        sink.keep(4..5);
        sink.ask(Questions::NONE);
        sink.keep(5..6);
        sink.settle(second, true);
        assert_eq!(sink.leaving.pieces, [Piece::Chunk(0..1)], "the first question is open");
        sink.settle(first, false);
        sink.keep(6..7);
        let chunk = Bytes::from_static(b"0123456789");
        let mut redactor = Redactor::new(Terms::revealing(FieldSet::EMPTY));
        redactor.leaving = leaving;
        assert_eq!(redactor.passed(&chunk), "023x56");
        assert!(!waiting.is_needed());
    }
}
