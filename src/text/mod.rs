//! Files as people write them: TOML with positions, and faults that name file, line, key and remedy.
//!
//! Law, catalogue, registry and gateway configuration are all read through this room, so that a
//! fault looks the same wherever it stands. [`Source`] is a file's text, [`Table`] asks for its keys
//! and notes every fault on the way instead of stopping at the first.
//! Deliberately not here: reading from disk, and what any key means.

pub mod date;
mod fault;
mod limit;
mod period;
mod table;
pub mod words;

pub use fault::{Fault, Faults, Spot};
pub use limit::Limit;
pub use period::Period;
pub use table::{Source, Table, Written};
