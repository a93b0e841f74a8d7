//! Audit trails in the hands of somebody who wants them otherwise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod answers;
mod commands;
mod differential;
#[path = "../support/golden.rs"]
mod golden;
mod log;
mod proofs;
mod reading;
mod retirement;
mod second_reader;
mod story;
mod tampering;
