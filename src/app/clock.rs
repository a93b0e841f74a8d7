//! The only place that reads the clock. Everything else is told the time.

use jiff::Timestamp;

use crate::clock::Clock;

/// The machine's time.
pub fn system() -> Timestamp {
    Timestamp::now()
}

/// A clock that gives the machine's time.
pub fn clock() -> Clock {
    Clock::new(system)
}
