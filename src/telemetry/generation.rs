//! A snapshot in service, with the meters whose indices are that snapshot's.
//!
//! They travel together: an index of one generation means nothing in another.

use std::sync::Arc;

use crate::registry::Snapshot;
use crate::telemetry::meters::Calls;

/// A snapshot and its meters.
#[derive(Debug)]
pub struct Generation {
    /// The registry as compiled.
    pub snapshot: Arc<Snapshot>,
    /// What its calls are counted with.
    pub calls: Calls,
    /// Its calls are nobody's: they are made to see what the gateway does, and leave no record in the log.
    pub rehearsal: bool,
}
