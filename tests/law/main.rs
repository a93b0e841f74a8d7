//! The law where people meet it: advice, words, worked examples, instruments that come and go. The whole table, cell by
//! cell, stands in `tests/rooms/law_matrix.rs`.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod advice;
mod cells;
mod examples;
mod standing;
