//! Audit trails in the hands of somebody who wants them otherwise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod commands;
mod log;
mod proofs;
mod reading;
mod second_reader;
mod tampering;
