//! The JSON filter against documents: what leaves, and what keeps everything in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod damage;
mod feeding;
mod lines;
mod oracle;
mod questions;
mod removal;
mod telling;
mod toy;
mod traps;
mod trees;
