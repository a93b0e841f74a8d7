//! REST requests: which targets are read, which route they take, what they ask.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bodies;
mod routes;
mod targets;
