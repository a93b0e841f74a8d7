//! What may leave: removes personal fields from an answer while it streams.
pub mod program;
pub mod xml;
