//! What may leave: removes personal fields from an answer while it streams.

pub mod allow;
pub mod digits;
mod fault;
mod frame;
pub mod json;
mod names;
mod out;
mod place;
pub mod program;
mod quoted;
mod scope;
mod sink;
mod skim;
mod terms;
mod watch;
pub mod xml;

pub use fault::{Counts, Fault, Tally};
pub use sink::{PATIENCE, PatientSink, Question, Questions, Sink};
pub use terms::{Signed, Terms};
