//! Time as an argument.
//!
//! Whoever needs the time asks a [`Clock`]; only `app` makes one that reads the system's. A test can
//! stand on either side of midnight, or let a registry grow old, without sleeping.
//!
//! Deliberately not here: legal days (`law::calendar`), and deadlines, which need a clock that never
//! jumps and use tokio's.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Says what time it is.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks `read` each time.
    pub fn new(read: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
