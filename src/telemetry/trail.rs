//! The meters of the audit trail.

use std::fmt;
use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram};

use crate::telemetry::families::{self, CHECKPOINT, CHECKPOINT_AT, LINES, UNRECORDED, UNSIGNED_LINES};
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
    /// How long syncing alone takes.
    pub syncs: Histogram,
    /// Lines that wait to be written.
    pub waiting: Gauge,
    unsigned: Gauge,
    checkpoint: Gauge,
    checkpoint_at: Gauge,
}

impl Meters {
    /// Registers them.
    pub fn new(recorder: &Arc<Recorder>) -> Self {
        for description in DESCRIPTIONS {
            recorder.describe(description);
        }
        families::describe(recorder);
        let failing = recorder.gauge("poortwachter_audit_failing", &[]);
        failing.set(0.0);
        Self {
            records: LINES.counter(recorder, []),
            refused: UNRECORDED.counter(recorder, []),
            failing,
            commits: recorder.histogram("poortwachter_audit_commit_duration_seconds", &[]),
            retired: recorder.counter("poortwachter_audit_segments_retired_total", &[]),
            syncs: recorder.histogram("poortwachter_audit_fsync_duration_seconds", &[]),
            waiting: recorder.gauge("poortwachter_audit_waiting_records", &[]),
            unsigned: UNSIGNED_LINES.gauge(recorder, []),
            checkpoint: CHECKPOINT.gauge(recorder, []),
            checkpoint_at: CHECKPOINT_AT.gauge(recorder, []),
        }
    }

    /// Says which line was the last checkpoint, and when it was made.
    #[expect(clippy::cast_precision_loss, reason = "neither lines nor seconds come near 2^52")]
    pub fn checked(&self, seq: u64, at: i64) {
        self.checkpoint.set(seq as f64);
        self.checkpoint_at.set(at as f64);
        self.unsigned.set(0.0);
    }

    /// Says how many lines are behind it.
    #[expect(clippy::cast_precision_loss, reason = "nobody writes 2^52 lines")]
    pub fn unsigned(&self, lines: u64) {
        self.unsigned.set(lines as f64);
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
    Description {
        name: "poortwachter_audit_fsync_duration_seconds",
        help: "Syncing the audit trail to the disk, each time.",
        buckets: COMMIT,
    },
    plain("poortwachter_audit_waiting_records", "Lines that wait to be written to the audit trail."),
];

const fn plain(name: &'static str, help: &'static str) -> Description {
    Description { name, help, buckets: &[] }
}
