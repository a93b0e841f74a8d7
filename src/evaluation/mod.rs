//! "May I?": a question about access, answered without data and without the upstream.
//!
//! The question has the shape of the OpenID AuthZEN Authorization API 1.0 ([`question`], read strictly by
//! [`tree`]). Its verdict is reached by the `decide` of real calls, on the snapshot they are judged by ([`verdict`],
//! [`holds`]), and told in the words of refusals and `explain` ([`report`], [`obligations`]).
//!
//! Deliberately not here: HTTP (`authzen`), who may ask about whom (the two listeners), records (`audit`).

pub mod holds;
pub mod obligations;
pub mod question;
pub mod report;
pub mod tree;
pub mod verdict;

use crate::law::Both;

pub use question::{Asked, Questions, Semantic};
pub use report::Audience;
pub use verdict::{Case, Unknown, Verdict};

/// What is wrong with a question. Repeats nothing of what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `context.date`, `evaluations[3].subject.id`; empty: the document as a whole.
    pub place: String,
    /// What, one sentence without capital or full stop.
    pub problem: Both,
}

impl Fault {
    fn new(place: impl Into<String>, nl: impl Into<String>, en: impl Into<String>) -> Self {
        Self { place: place.into(), problem: Both { nl: nl.into(), en: en.into() } }
    }
}
