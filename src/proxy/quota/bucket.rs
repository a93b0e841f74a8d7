//! A token bucket in one word: how fast one consumer may call.
//!
//! Kept as the moment at which the bucket would be full again (the generic cell rate algorithm, ITU-T I.371), so that
//! taking a token is one compare-and-swap of integers: no lock, no allocation, no rounding that adds up. The
//! distance between two tokens is rounded up: never more than the rate, and at most one in ten thousand below it.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How fast calls may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls per second, in the long run; at most [`crate::text::Limit::FASTEST`].
    pub per_second: NonZeroU32,
    /// Calls at once, after a pause.
    pub burst: NonZeroU32,
}

impl Rate {
    /// Nanoseconds from one token to the next.
    fn interval(self) -> u64 {
        SECOND.div_ceil(u64::from(self.per_second.get()))
    }

    /// Nanoseconds in which an empty bucket fills.
    pub fn window(self) -> u64 {
        self.interval() * u64::from(self.burst.get())
    }
}

/// Nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// The tokens of one consumer. Full when new.
#[derive(Debug, Default)]
pub struct Bucket {
    /// When it is full again, nanoseconds since 1970; in the past: it is full.
    full_at: AtomicU64,
}

impl Bucket {
    /// Takes a token at `now`, nanoseconds since 1970.
    ///
    /// A clock that is set back costs at most the burst: nobody waits for the past to come again.
    ///
    /// # Errors
    /// Nanoseconds until there is one. Nothing is taken then, so whoever keeps asking does not wait longer.
    pub fn take(&self, rate: Rate, now: u64) -> Result<(), u64> {
        let (interval, window) = (rate.interval(), rate.window());
        let latest = now.saturating_add(window);
        let mut seen = self.full_at.load(Relaxed);
        loop {
            if seen > latest {
                // The clock was set back, or the burst was larger. Forgotten for good, or it would be empty for as long.
                seen = self.swap(seen, latest).map_or_else(|other| other, |()| latest);
                continue;
            }
            let full_at = seen.max(now).saturating_add(interval);
            if let Some(wait) = full_at.checked_sub(latest).filter(|wait| *wait > 0) {
                return Err(wait);
            }
            match self.swap(seen, full_at) {
                Ok(()) => return Ok(()),
                Err(other) => seen = other,
            }
        }
    }

    /// Gives back what stands there instead of `seen`.
    fn swap(&self, seen: u64, full_at: u64) -> Result<(), u64> {
        self.full_at.compare_exchange_weak(seen, full_at, Relaxed, Relaxed).map(drop)
    }
}
