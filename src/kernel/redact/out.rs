//! The way out: joins what may leave into ranges as long as possible.

use core::ops::Range;

use super::sink::{PatientSink, Question, Questions};

/// Some bytes of the answer, and where they stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// Where in the chunk being fed; `None`: they come from earlier ones.
    pub(super) at: Option<usize>,
}

impl Piece<'_> {
    pub(super) fn part(self, range: Range<usize>) -> Self {
        Self { at: self.at.map(|at| at + range.start), bytes: &self.bytes[range] }
    }

    /// Its first so many bytes, and the others.
    pub(super) fn split(self, at: usize) -> (Self, Self) {
        (self.part(0..at), self.part(at..self.bytes.len()))
    }
}

/// A sink, and the range it is about to be given.
pub(super) struct Out<'s, S> {
    sink: &'s mut S,
    kept: Range<usize>,
    /// What the bytes depend on that the sink is given.
    on: Questions,
}

impl<'s, S: PatientSink> Out<'s, S> {
    /// `on`: what the sink was told last.
    pub(super) fn new(sink: &'s mut S, on: Questions) -> Self {
        Self { sink, kept: 0..0, on }
    }

    #[inline]
    pub(super) fn keep(&mut self, piece: Piece<'_>) {
        match piece.at {
            Some(at) => self.keep_range(at..at + piece.bytes.len()),
            None => self.carried(piece.bytes),
        }
    }

    pub(super) fn carried(&mut self, bytes: &[u8]) {
        self.flush();
        if !bytes.is_empty() {
            self.sink.carried(bytes);
        }
    }

    /// Says what the bytes to come depend on.
    #[inline]
    pub(super) fn ask(&mut self, on: Questions) {
        if self.on != on {
            self.flush();
            self.on = on;
            self.sink.ask(on);
        }
    }

    pub(super) fn settle(&mut self, question: Question, yes: bool) {
        self.flush();
        self.on = self.on.without(question);
        self.sink.settle(question, yes);
    }

    /// Gives the sink all there is. Not called after a fault: what came before it in the same chunk
    /// does not leave either.
    pub(super) fn flush(&mut self) {
        let kept = core::mem::replace(&mut self.kept, 0..0);
        if !kept.is_empty() {
            self.sink.keep(kept);
        }
    }

    #[inline]
    fn keep_range(&mut self, range: Range<usize>) {
        if self.kept.end != range.start {
            self.flush();
            self.kept.start = range.start;
        }
        self.kept.end = range.end;
    }
}
