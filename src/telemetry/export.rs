//! The meters of what is sent of the audit trail to others.

use std::fmt;
use std::sync::Arc;

use metrics::{Counter, Gauge};

use crate::telemetry::recorder::{Description, Recorder};

/// How sending to one receiver fares.
#[derive(Clone)]
pub struct Meters {
    recorder: Arc<Recorder>,
    to: &'static str,
    lag: Gauge,
    exported: Counter,
    success: Gauge,
}

impl Meters {
    /// Registers those of a receiver of that name.
    pub fn new(recorder: &Arc<Recorder>, to: &'static str) -> Self {
        for (name, help) in DESCRIPTIONS {
            recorder.describe(&Description { name, help, buckets: &[] });
        }
        let success =
            recorder.gauge("poortwachter_audit_export_last_success_timestamp_seconds", &[("to", to)]);
        // Never: whoever waits for it must be able to see that it has not come.
        success.set(0.0);
        Self {
            recorder: Arc::clone(recorder),
            to,
            lag: recorder.gauge("poortwachter_audit_export_lag_records", &[("to", to)]),
            exported: recorder.counter("poortwachter_audit_exported_total", &[("to", to)]),
            success,
        }
    }

    /// So many lines wait to be sent.
    #[expect(clippy::cast_precision_loss, reason = "nobody writes 2^52 lines")]
    pub fn lag(&self, lines: u64) {
        self.lag.set(lines as f64);
    }

    /// So many were taken, at that second.
    #[expect(clippy::cast_precision_loss, reason = "seconds do not come near 2^52")]
    pub fn exported(&self, lines: u64, at: i64) {
        self.exported.increment(lines);
        self.success.set(at as f64);
    }

    /// An attempt failed, or lines were turned away.
    pub fn failed(&self, reason: &str, count: u64) {
        let labels = [("to", self.to), ("reason", reason)];
        self.recorder.counter("poortwachter_audit_export_failures_total", &labels).increment(count);
    }
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").field("to", &self.to).finish_non_exhaustive()
    }
}

const DESCRIPTIONS: [(&str, &str); 4] = [
    (
        "poortwachter_audit_export_lag_records",
        "Lines of the audit trail that a receiver has not been sent yet.",
    ),
    ("poortwachter_audit_exported_total", "Lines of the audit trail that a receiver took."),
    (
        "poortwachter_audit_export_failures_total",
        "Attempts to send the audit trail that failed, by receiver and reason; of `rejected`, the lines turned away.",
    ),
    (
        "poortwachter_audit_export_last_success_timestamp_seconds",
        "When a receiver last took lines of the audit trail, in seconds since 1970.",
    ),
];
