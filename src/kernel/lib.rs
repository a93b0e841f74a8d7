//! What runs per call and per chunk.
//!
//! No allocator, no `unsafe`, no clock, no I/O: a `Box` in here does not compile, so the promise
//! that the hot path allocates nothing is kept by the compiler. The day is an argument; tables and
//! buffers are lent by the caller.
//!
//! [`peek`] says what is asked, [`decide`](mod@decide) whether it may, [`redact`] what may leave; [`tripwire`]
//! looks at what leaves. [`trace`] reads where a call stands among others.
//! Deliberately not here: HTTP, status codes, texts for people, and where the tables come from.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod carry;
pub mod decide;
pub mod denial;
pub mod json;
mod marks;
pub mod peek;
pub mod redact;
pub mod trace;
pub mod tripwire;
pub mod view;
pub mod vocab;
pub mod xml;

pub use decide::{Call, Permit, decide};
pub use denial::Denial;
pub use view::View;
