//! Who takes what may leave.

use core::ops::Range;

use super::{Question, Questions};

/// Takes what may leave, in order.
pub trait Sink {
    /// Bytes of the chunk being fed.
    fn keep(&mut self, range: Range<usize>);

    /// Bytes of earlier chunks that had to wait for this one; few.
    fn carried(&mut self, bytes: &[u8]);

    /// What is given from now on leaves only if all these are answered with yes; none of them:
    /// unconditionally.
    fn ask(&mut self, questions: Questions);

    /// A question is answered, for all that was given under it.
    fn settle(&mut self, question: Question, kept: bool);

    /// Whether what is given from now on is text of an error, in which an INSZ is masked.
    fn watch(&mut self, on: bool);
}
