//! XML 1.0 as far as question and answer need it: one reader for both, so that what is let in and
//! what is let out follow the same rules.
//!
//! Stricter than the standard where MAGDA never uses what it allows: no DOCTYPE, no processing
//! instruction, no entity but the five predefined, UTF-8 alone, and limits. Deliberately not here:
//! namespaces (the question resolves them, the answer goes by local names), the unescaping of
//! attribute values, and line-end normalisation: bytes stay as they were written.

mod attribute;
pub(crate) mod chars;
pub(crate) mod envelope;
mod flaw;
mod name;
mod open;
mod reader;
pub(crate) mod reference;
mod tag;

pub use flaw::Flaw;
pub(crate) use open::Open;
pub(crate) use reader::{MAX_TOKEN, Reader, Token};
pub(crate) use tag::{Tag, tag_end};
