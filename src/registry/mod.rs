//! The registry of grants: who was granted what, for which purpose, on which instrument.
//!
//! [`consumer`] is what an administrator writes, one file a consumer; [`store`] finds the files;
//! [`compile`] turns grants × law × catalogue into a [`Snapshot`], which is all that the hot path
//! sees; [`Reloader`] swaps it whole or keeps the old one; [`explain`] answers the same questions
//! slowly, in words.
//! Deliberately not here: HTTP, the clock, logs.

mod compile;
pub mod consumer;
pub mod explain;
mod fields;
mod fit;
mod read;
mod reload;
mod snapshot;
pub mod store;

pub use compile::{Basis, Loaded, compile};
pub use consumer::{Consumer, Limits, Sender};
pub use reload::{Looked, Reloader, load};
pub use snapshot::{Ambiguous, Grant, Snapshot};
