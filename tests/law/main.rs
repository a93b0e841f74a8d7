//! The law, cell by cell: the whole table as a page a jurist can read, a second reading of the guide that owes nothing
//! to the code, and the way from every refusal to a lawful call.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod advice;
mod cells;
mod equality;
mod examples;
mod matrix;
mod naive;
mod remedies;
mod standing;
mod tellings;
