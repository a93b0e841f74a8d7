//! Where what may leave goes, and the questions it may have to wait for.

use core::ops::Range;

/// Something that is not known yet while bytes that depend on it are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Question {
    /// Whether the answer's signature stays true: is nothing removed?
    Signature = 0,
    /// Whether what the enterprise's form leaves open is not personal (a program's condition).
    Enterprise = 1,
    /// Whether an error points at nothing that is removed.
    Error = 2,
}

impl Question {
    /// How many there are.
    pub const COUNT: usize = 3;
    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [Self::Signature, Self::Enterprise, Self::Error];

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        self as usize
    }
}

/// A set of [`Question`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions(u8);

impl Questions {
    /// No question.
    pub const NONE: Self = Self(0);

    /// The set with the question in it too.
    #[must_use]
    pub const fn with(self, question: Question) -> Self {
        Self(self.0 | 1 << question as u8)
    }

    /// The set without the question.
    #[must_use]
    pub const fn without(self, question: Question) -> Self {
        Self(self.0 & !(1 << question as u8))
    }

    /// Whether the question is in the set.
    pub const fn has(self, question: Question) -> bool {
        self.0 & 1 << question as u8 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// How many bytes of an answer a question may stay open for. Then it is answered with no: what depends on it
/// does not leave.
pub const PATIENCE: u64 = 64 * 1024;

/// Takes what may leave, in order.
pub trait Sink {
    /// Bytes of the chunk being fed.
    fn keep(&mut self, range: Range<usize>);
    /// Bytes that are not in the chunk: of earlier ones that had to wait, or put in place of others; few.
    fn carried(&mut self, bytes: &[u8]);
}

/// A sink that can wait.
///
/// Bytes given after [`Self::ask`] leave only if every question of the set is answered with yes; bytes given
/// later wait behind them. A sink that waits needs no more room than [`PATIENCE`] and a chunk: the filter
/// answers a question itself before more has come.
pub trait PatientSink: Sink {
    /// Says what the bytes to come depend on.
    fn ask(&mut self, on: Questions);
    /// Answers a question, for all bytes that depend on it; those to come do so no more unless it is asked anew.
    fn settle(&mut self, question: Question, yes: bool);
}
