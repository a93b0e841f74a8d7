//! The number a call goes by, in its answer, upstream and in its record.

use std::fmt;

use uuid::Uuid;

/// One call's number: a random UUID of our own, whatever the consumer sent along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trace(Uuid);

impl Trace {
    /// The header that carries it.
    pub const HEADER: &'static str = "belgov-trace-id";

    /// A new number.
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }

    /// Its bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}
