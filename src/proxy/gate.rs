//! Whether the gateway can take a call at all: neither too busy, nor on a registry too old to rely on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use jiff::Timestamp;
use metrics::Gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::proxy::departure::Trouble;
use crate::proxy::quota::Share;

/// When the registry in service was last found readable and valid.
#[derive(Debug)]
pub struct Freshness {
    /// Milliseconds since 1970.
    confirmed: AtomicI64,
    max_age: Duration,
}

impl Freshness {
    /// A registry confirmed at `now`, to be relied on for `max_age`.
    pub fn new(now: Timestamp, max_age: Duration) -> Self {
        Self { confirmed: AtomicI64::new(now.as_millisecond()), max_age }
    }

    /// The registry was loaded, or found unchanged.
    pub fn confirm(&self, now: Timestamp) {
        self.confirmed.store(now.as_millisecond(), Relaxed);
    }

    /// Time since the last confirmation; zero when the clock was set back.
    pub fn age(&self, now: Timestamp) -> Duration {
        let age = now.as_millisecond().saturating_sub(self.confirmed.load(Relaxed));
        Duration::from_millis(u64::try_from(age).unwrap_or(0))
    }

    /// Whether the registry is too old to be relied on.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.age(now) > self.max_age
    }
}

/// Counts the calls under way, over all workers.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    places: Arc<Semaphore>,
    in_flight: Gauge,
}

impl Gate {
    pub(super) fn new(calls: usize, in_flight: Gauge) -> Self {
        Self { places: Arc::new(Semaphore::new(calls.min(Semaphore::MAX_PERMITS))), in_flight }
    }

    /// A place for one call, until it is dropped.
    pub(super) fn enter(&self) -> Result<Place, Trouble> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Trouble::Busy)?;
        self.in_flight.increment(1.0);
        Ok(Place { _permit: permit, in_flight: self.in_flight.clone(), share: None })
    }
}

/// A call's place among those under way.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    in_flight: Gauge,
    /// Of the consumer's allowance, once it is known whose call it is.
    share: Option<Share>,
}

impl Place {
    /// Takes the call's part of its consumer's allowance along.
    pub(super) fn charge(&mut self, share: Share) {
        self.share = Some(share);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.in_flight.decrement(1.0);
    }
}
