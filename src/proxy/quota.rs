//! How much of the gateway one consumer may take: calls per second, and calls at once.
//!
//! Kept by the consumer's id, not its place in a snapshot, so that a reload gives nobody a fresh bucket. Callers whom
//! the registry does not know share one entry under the defaults. Every call counts, whatever becomes of it: a
//! refusal costs the gateway the reading of a request too. Only calls over a limit take no token.
//!
//! Deliberately not here: what the consumer is told ([`super::refusal`]), and reading the clock.

pub mod bucket;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use dashmap::DashMap;

use crate::config;
use crate::registry;
pub use bucket::{Bucket, Rate};

/// What one consumer may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// How fast it may call; `None`: as fast as it likes.
    pub rate: Option<Rate>,
    /// How many of its calls may be under way; `None`: as many as there are places.
    pub at_once: Option<NonZeroU32>,
}

impl Allowance {
    /// What the configuration gives everybody, and what the consumer's file says otherwise.
    ///
    /// A burst is written, or else it is what a second brings.
    pub fn of(general: &config::Quota, own: &registry::Limits) -> Self {
        let per_second = own.calls_per_second.unwrap_or(general.calls_per_second).most();
        let burst = match (own.burst, own.calls_per_second) {
            (None, None) => general.burst,
            (burst, _) => burst,
        };
        let rate = |per_second| Rate { per_second, burst: burst.unwrap_or(per_second) };
        Self {
            rate: per_second.map(rate),
            at_once: own.concurrent_calls.unwrap_or(general.concurrent_calls).most(),
        }
    }
}

/// A call over its consumer's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttled {
    /// They come too fast.
    Rate {
        /// The limit.
        rate: Rate,
        /// Nanoseconds until the next may come.
        wait: u64,
    },
    /// Too many are under way.
    AtOnce {
        /// The limit.
        most: NonZeroU32,
    },
}

/// The meters of all consumers that have called.
#[derive(Clone, Debug, Default)]
pub struct Quotas {
    meters: Arc<DashMap<Box<str>, Arc<Meter>>>,
}

/// What one consumer has taken.
#[derive(Debug, Default)]
struct Meter {
    bucket: Bucket,
    under_way: AtomicU32,
}

/// A call's part of its consumer's allowance, until it is dropped.
#[derive(Debug)]
pub struct Share(Arc<Meter>);

/// The entry of callers whom the registry does not know; no consumer's id is empty.
pub const STRANGERS: &str = "";

impl Quotas {
    /// Lets a call of this consumer begin at `now`, nanoseconds since 1970.
    ///
    /// # Errors
    /// [`Throttled`].
    pub fn enter(&self, id: &str, allowance: Allowance, now: u64) -> Result<Share, Throttled> {
        let meter = self.meter(id);
        // The place first: a call that finds none must not cost a token, or trying again would.
        let share = Share::among(meter, allowance.at_once)?;
        if let Some(rate) = allowance.rate {
            share.0.bucket.take(rate, now).map_err(|wait| Throttled::Rate { rate, wait })?;
        }
        Ok(share)
    }

    /// Forgets the consumers that are gone.
    pub fn keep(&self, is_known: impl Fn(&str) -> bool) {
        self.meters.retain(|id, _| &**id == STRANGERS || is_known(id));
    }

    /// How many consumers it has meters of.
    pub fn len(&self) -> usize {
        self.meters.len()
    }

    /// Whether nobody has called yet.
    pub fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }

    /// Asks for memory only when a consumer calls for the first time. No guard of the map outlives this.
    fn meter(&self, id: &str) -> Arc<Meter> {
        if let Some(meter) = self.meters.get(id) {
            return Arc::clone(&meter);
        }
        Arc::clone(&self.meters.entry(id.into()).or_default())
    }
}

impl Share {
    fn among(meter: Arc<Meter>, most: Option<NonZeroU32>) -> Result<Self, Throttled> {
        let under_way = meter.under_way.fetch_add(1, Relaxed);
        let share = Self(meter);
        match most {
            Some(most) if under_way >= most.get() => Err(Throttled::AtOnce { most }),
            _ => Ok(share),
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}
