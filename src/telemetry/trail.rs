//! The meters of the audit trail.

use std::fmt;
use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram};

use crate::telemetry::recorder::{Description, Recorder};

/// How the trail fares.
#[derive(Clone)]
pub struct Meters {
    /// Lines written.
    pub records: Counter,
    /// Calls refused for want of a record.
    pub refused: Counter,
    /// 1 while nothing can be written.
    pub failing: Gauge,
    /// How long it takes to write what came together.
    pub commits: Histogram,
    /// Files removed because their time was over.
    pub retired: Counter,
    checkpoint: Gauge,
    checkpoint_at: Gauge,
}

impl Meters {
    /// Registers them.
    pub fn new(recorder: &Arc<Recorder>) -> Self {
        for description in DESCRIPTIONS {
            recorder.describe(description);
        }
        let failing = recorder.gauge("poortwachter_audit_failing", &[]);
        failing.set(0.0);
        Self {
            records: recorder.counter("poortwachter_audit_records_total", &[]),
            refused: recorder.counter("poortwachter_audit_refused_calls_total", &[]),
            failing,
            commits: recorder.histogram("poortwachter_audit_commit_duration_seconds", &[]),
            retired: recorder.counter("poortwachter_audit_segments_retired_total", &[]),
            checkpoint: recorder.gauge("poortwachter_audit_checkpoint_seq", &[]),
            checkpoint_at: recorder.gauge("poortwachter_audit_checkpoint_timestamp_seconds", &[]),
        }
    }

    /// Says which line was the last checkpoint, and when it was made.
    #[expect(clippy::cast_precision_loss, reason = "neither lines nor seconds come near 2^52")]
    pub fn checked(&self, seq: u64, at: i64) {
        self.checkpoint.set(seq as f64);
        self.checkpoint_at.set(at as f64);
    }
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meters")
    }
}

/// Seconds: a disk takes from some microseconds to, when it is in trouble, seconds.
const COMMIT: &[f64] = &[1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1.0, 5.0];

const DESCRIPTIONS: &[Description] = &[
    plain("poortwachter_audit_records_total", "Lines written to the audit trail."),
    plain(
        "poortwachter_audit_refused_calls_total",
        "Calls refused because the audit trail could not record them.",
    ),
    plain("poortwachter_audit_failing", "1 while the audit trail cannot be written and calls are refused."),
    Description {
        name: "poortwachter_audit_commit_duration_seconds",
        help: "Writing, and where so set syncing, what came together of the audit trail.",
        buckets: COMMIT,
    },
    plain(
        "poortwachter_audit_segments_retired_total",
        "Files of the audit trail removed because their time was over.",
    ),
    plain("poortwachter_audit_checkpoint_seq", "The number of the audit trail's last checkpoint."),
    plain(
        "poortwachter_audit_checkpoint_timestamp_seconds",
        "When the audit trail's last checkpoint was made, in seconds since 1970.",
    ),
];

const fn plain(name: &'static str, help: &'static str) -> Description {
    Description { name, help, buckets: &[] }
}
