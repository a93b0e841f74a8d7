//! The kernel against messages: what is asked, and what may leave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod edges;
mod feeding;
mod filter;
mod messages;
mod oracle;
mod programs;
mod question;
mod samples;
mod secrets;
mod traps;
mod tripwire;
mod twins;
