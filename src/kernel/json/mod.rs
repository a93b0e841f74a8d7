//! The filter for JSON answers: fed chunks, asks a [`Judge`] of each member and item whether it
//! leaves, and yields the ranges that do.
//!
//! Strict RFC 8259, in UTF-8, one value or one a line. What leaves is byte for byte what came. With
//! something removed goes exactly one comma, so that what is left is JSON again:
//!
//! - the comma before it when something before it in the same object or array leaves, and the comma
//!   after it when nothing does;
//! - with a comma goes the white space after it; all other white space around something removed stays:
//!   before the comma, after the opening bracket and before the closing one.
//!
//! Where the chunks are cut changes neither the bytes nor the faults; it may change how many bytes
//! left before a fault. Deliberately not here: what is personal and who may have it (that is the
//! judge's), and paths.

mod course;
mod escape;
mod feed;
mod flaw;
mod judge;
mod key;
mod level;
mod number;
mod out;
mod scan;
mod sink;
mod terms;
mod wait;
mod walk;

pub use feed::{Filter, Form};
pub use flaw::JsonFlaw;
pub use judge::{Fate, Judge, Key, Question, Questions, Verdict, Within};
pub use sink::Sink;
