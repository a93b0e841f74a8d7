//! The only place that reads the clock. Everything else is told the time.

use std::sync::Arc;

use jiff::Timestamp;

/// Says what time it is; tests set it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's time.
pub fn system() -> Timestamp {
    Timestamp::now()
}
