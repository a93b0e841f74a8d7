//! The way out: joins what may leave into ranges as long as possible.

use core::ops::Range;

use super::sink::Sink;
use super::terms::Terms;
use super::{Question, Questions};

/// The bytes being read, and where they stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// Where in the chunk being fed; `None`: they come from earlier ones.
    pub(super) at: Option<usize>,
}

/// On what terms bytes leave now, and which the sink was told last.
#[derive(Debug)]
pub(super) struct Leaving {
    terms: Terms,
    told: Terms,
}

impl Leaving {
    pub(super) const fn new() -> Self {
        Self { terms: Terms::KEPT, told: Terms::KEPT }
    }
}

/// A sink, and from where in the piece it has not been given anything yet.
pub(super) struct Out<'w, S> {
    sink: &'w mut S,
    leaving: &'w mut Leaving,
    piece: Piece<'w>,
    from: usize,
}

impl<'w, S: Sink> Out<'w, S> {
    pub(super) fn new(sink: &'w mut S, leaving: &'w mut Leaving, piece: Piece<'w>) -> Self {
        Self { sink, leaving, piece, from: 0 }
    }

    /// The bytes of the piece.
    pub(super) const fn bytes(&self) -> &'w [u8] {
        self.piece.bytes
    }

    #[inline]
    pub(super) const fn terms(&self) -> Terms {
        self.leaving.terms
    }

    /// From `pos` on, bytes leave on these terms.
    #[inline]
    pub(super) fn turn(&mut self, terms: Terms, pos: usize) {
        if self.leaving.terms != terms {
            self.flush(pos);
            self.leaving.terms = terms;
        }
    }

    /// Gives the sink what stands before `pos`.
    #[inline(never)]
    pub(super) fn flush(&mut self, pos: usize) {
        let range = core::mem::replace(&mut self.from, pos)..pos;
        if !self.leaving.terms.is_gone() && !range.is_empty() {
            self.tell();
            self.give(range);
        }
    }

    /// Gives the sink bytes of earlier pieces, on the terms there are now.
    pub(super) fn carried(&mut self, bytes: &[u8]) {
        if !self.leaving.terms.is_gone() && !bytes.is_empty() {
            self.tell();
            self.sink.carried(bytes);
        }
    }

    /// Tells the sink an answer; what stands before `pos` was under the question still.
    pub(super) fn settle(&mut self, question: Question, kept: bool, pos: usize) {
        self.flush(pos);
        self.sink.settle(question, kept);
        self.leaving.terms = self.leaving.terms.settle(question, kept);
    }

    fn give(&mut self, range: Range<usize>) {
        match self.piece.at {
            Some(at) => self.sink.keep(at + range.start..at + range.end),
            None => self.sink.carried(&self.piece.bytes[range]),
        }
    }

    fn tell(&mut self) {
        let Leaving { terms, told } = *self.leaving;
        if terms == told {
            return;
        }
        let questions: Questions = terms.questions();
        if questions != told.questions() {
            self.sink.ask(questions);
        }
        if terms.is_watched() != told.is_watched() {
            self.sink.watch(terms.is_watched());
        }
        self.leaving.told = terms;
    }
}
