//! What is counted of records: each family with its labels, in one place.
//!
//! A gateway counts while it runs ([`super::meters`]), and `poortwachter audit count` from the trail
//! (`count` in the room of records): both take names and labels from here, so that they can be compared line by line.

use metrics::{Counter, Gauge, Histogram};

use super::recorder::{Description, Recorder};

/// A metric whose labels are known by their places.
#[derive(Debug)]
pub struct Family<const N: usize> {
    /// Its name.
    pub name: &'static str,
    labels: [&'static str; N],
    help: &'static str,
    buckets: &'static [f64],
}

impl<const N: usize> Family<N> {
    const fn new(name: &'static str, labels: [&'static str; N], help: &'static str) -> Self {
        Self { name, labels, help, buckets: &[] }
    }

    /// The counter with these values of its labels.
    pub fn counter(&self, recorder: &Recorder, values: [&str; N]) -> Counter {
        recorder.counter(self.name, &self.labelled(values))
    }

    /// The gauge with these values of its labels.
    pub fn gauge(&self, recorder: &Recorder, values: [&str; N]) -> Gauge {
        recorder.gauge(self.name, &self.labelled(values))
    }

    /// The histogram with these values of its labels.
    pub fn histogram(&self, recorder: &Recorder, values: [&str; N]) -> Histogram {
        recorder.histogram(self.name, &self.labelled(values))
    }

    fn labelled<'v>(&self, values: [&'v str; N]) -> [(&'static str, &'v str); N] {
        std::array::from_fn(|at| (self.labels[at], values[at]))
    }

    fn describe(&self, recorder: &Recorder) {
        let Self { name, help, buckets, .. } = *self;
        recorder.describe(&Description { name, help, buckets });
    }
}

/// The value of a label where there is nothing to name.
pub const NONE: &str = "none";
/// The value of a label where what was named is not known.
pub const UNKNOWN: &str = "unknown";

macro_rules! families {
    ($($(#[$doc:meta])* $constant:ident: $count:literal = $name:literal $labels:expr, $help:literal;)+) => {
        $($(#[$doc])* pub const $constant: Family<$count> = Family::new($name, $labels, $help);)+

        /// The names of all but [`EFFECT`].
        pub const NAMES: &[&str] = &[$($name),+];

        /// Says to a recorder what each is.
        pub fn describe(recorder: &Recorder) {
            $($constant.describe(recorder);)+
            EFFECT.describe(recorder);
        }
    };
}

families! {
    /// How calls ended.
    CALLS: 4 = "poortwachter_calls_total" ["consumer", "operation", "verdict", "reason"],
        "Calls that ended, by who asked what, the verdict and its reason.";
    /// On what basis calls were let pass.
    BY_BASIS: 2 = "poortwachter_calls_by_basis_total" ["rule", "instruments"],
        "Calls that were let pass and ended, by the rule of the law and the kinds of instrument under their grant.";
    /// What would have made refused calls lawful.
    MISSING: 1 = "poortwachter_refusals_by_missing_instrument_total" ["instrument"],
        "Refused calls by the kind of instrument that would have made them lawful; where one of several would, each counts.";
    /// What was removed, by who asked what.
    REMOVED: 3 = "poortwachter_fields_removed_total" ["consumer", "operation", "field"],
        "Values removed from answers because the consumer has no basis for the field.";
    /// What stayed, by who asked what.
    RELEASED: 3 = "poortwachter_fields_released_total" ["consumer", "operation", "field"],
        "Values of personal fields that stayed in answers because a grant is the basis for it.";
    /// What was removed, by the rule that closes it.
    REMOVED_BY: 2 = "poortwachter_fields_removed_by_basis_total" ["field", "rule"],
        "Values removed from answers, by the rule of the law that closes personal fields.";
    /// What stayed, by the rule that opens it.
    RELEASED_BY: 2 = "poortwachter_fields_released_by_basis_total" ["field", "rule"],
        "Values of personal fields that stayed in answers, by the rule of the law that opens them.";
    /// Answers that were not delivered.
    WITHHELD: 2 = "poortwachter_answers_withheld_total" ["operation", "fault"],
        "Answers that could not be filtered and were not delivered.";
    /// Answers without their signature.
    UNSIGNED: 1 = "poortwachter_signatures_removed_total" ["operation"],
        "Answers that left without their signature, because something was or could have been removed from them.";
    /// What the tripwire found.
    TRIPWIRE: 2 = "poortwachter_tripwire_total" ["operation", "mode"],
        "INSZ found in answers after the filter, by what was done about them: report, mask or withhold.";
    /// Questions about access.
    EVALUATIONS: 3 = "poortwachter_evaluations_total" ["listener", "decision", "reason"],
        "Questions whether a call would be allowed, by listener, decision (permit, deny, none) and reason; no calls.";
    /// Changes of the registry.
    RELOADS: 1 = "poortwachter_registry_reloads_total" ["result"],
        "Changes of the registry's files, by whether they could be used.";
    /// Changes of certificates and what goes with them.
    TLS_RELOADS: 2 = "poortwachter_tls_reloads_total" ["files", "result"],
        "Changes of certificates, keys, authorities and lists, by whether they could be used.";
    /// Runs of the canary.
    CANARY_RUNS: 1 = "poortwachter_canary_runs_total" ["result"],
        "Runs of the leak canary, by result: passed, leaked, or failed without a leak.";
    /// What the canary found.
    CANARY_LEAKS: 0 = "poortwachter_canary_leaks_total" [],
        "Planted values that came out to a consumer without a basis.";
    /// Lines of the trail.
    LINES: 0 = "poortwachter_audit_records_total" [],
        "Lines written to the audit trail.";
    /// Calls without a record of their own.
    UNRECORDED: 0 = "poortwachter_audit_refused_calls_total" [],
        "Calls refused because the audit trail could not record them.";
    /// The number of the last checkpoint.
    CHECKPOINT: 0 = "poortwachter_audit_checkpoint_seq" [],
        "The number of the audit trail's last checkpoint.";
    /// When it was made.
    CHECKPOINT_AT: 0 = "poortwachter_audit_checkpoint_timestamp_seconds" [],
        "When the audit trail's last checkpoint was made, in seconds since 1970.";
    /// Lines behind it.
    UNSIGNED_LINES: 0 = "poortwachter_audit_unsigned_records" [],
        "Lines of the audit trail behind its last checkpoint.";
    /// When consumers called last.
    LAST_CALL: 1 = "poortwachter_consumer_last_call_timestamp_seconds" ["consumer"],
        "When the consumer last called, in seconds since 1970.";
    /// How many of them today.
    CONSUMERS_TODAY: 0 = "poortwachter_consumers_today" [],
        "Consumers that called on this legal day (Europe/Brussels).";
    /// What is granted.
    GRANTS: 0 = "poortwachter_grants" [],
        "Grants in the registry in service.";
    /// How long it still is.
    DAYS_LEFT: 2 = "poortwachter_grant_days_left" ["consumer", "grant"],
        "Days until a grant's last day; negative when it has lapsed.";
    /// Grants whose last day is past.
    GRANTS_LAPSED: 0 = "poortwachter_grants_lapsed" [],
        "Grants in the registry whose last day is past.";
    /// Grants whose last day is near.
    GRANTS_LAPSING: 1 = "poortwachter_grants_lapsing" ["within"],
        "Grants whose last day is today or so many days from now; each counts in the longer spans, too.";
    /// Instruments whose last day is past.
    INSTRUMENTS_LAPSED: 0 = "poortwachter_instruments_lapsed" [],
        "Instruments under grants whose last day is past, or that were revoked or superseded.";
    /// Instruments whose last day is near.
    INSTRUMENTS_LAPSING: 1 = "poortwachter_instruments_lapsing" ["within"],
        "Instruments under grants whose last day is today or so many days from now; each counts in the longer spans, too.";
}

/// From the change of a registry's file to its being in service.
pub const EFFECT: Family<0> = Family {
    name: "poortwachter_registry_effect_seconds",
    labels: [],
    help: "From the first change of the registry's files to their being in service.",
    buckets: &[0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0],
};
