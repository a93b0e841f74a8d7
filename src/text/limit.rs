//! A bound that can be lifted.

use std::num::NonZeroU32;

/// A bound as people write it: a number from 1, or `"off"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// There is none.
    Off,
    /// At most that many.
    At(NonZeroU32),
}

impl Limit {
    /// The most calls per second that can be written; a finer distance between calls could not be kept exactly.
    pub const FASTEST: u32 = 100_000;
    /// The most calls or connections at once that can be written.
    pub const MOST_AT_ONCE: u32 = 1_000_000;

    /// The bound; `None`: there is none.
    pub fn most(self) -> Option<NonZeroU32> {
        match self {
            Self::Off => None,
            Self::At(most) => Some(most),
        }
    }
}
