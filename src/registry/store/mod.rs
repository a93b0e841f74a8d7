//! Where the registry's files come from.

mod file;

pub use file::{Directory, Document, Fingerprint};
