//! The gateway's meters, held by index: counting a call looks nothing up and asks for no memory.
//!
//! [`Calls`] belongs to one generation of the registry, because its indices are that snapshot's; the
//! numbers themselves live in the recorder and go on across generations. [`House`] is what belongs to
//! the process. Labels are bounded by registry and catalogue: nothing a consumer writes becomes one.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};
use poortwachter_kernel::vocab::{ConsumerIx, GrantIx, Kind, OperationIx, RuleIx};

use crate::clock::Clock;
use crate::law::Kinds;
use crate::law::terms::InstrumentKind;
use crate::registry::Snapshot;
use crate::telemetry::bases::Bases;
use crate::telemetry::families::{
    self, CALLS, CANARY_LEAKS, CANARY_RUNS, EFFECT, EVALUATIONS, Family, LAST_CALL, MISSING, RELEASED,
    RELOADS, REMOVED, TLS_RELOADS, TRIPWIRE, UNKNOWN, UNSIGNED, WITHHELD,
};
use crate::telemetry::recorder::{Description, Recorder};

/// How a call can end, as its verdict and reason; a place in this table is what [`Calls`] counts by.
pub type Outcomes = &'static [(&'static str, &'static str)];

/// The meters of the calls judged under one snapshot.
pub struct Calls {
    recorder: Arc<Recorder>,
    outcomes: Outcomes,
    /// Ids by consumer, and `unknown` at the end.
    consumers: Vec<String>,
    /// Labels by operation, and `unknown` at the end.
    operations: Vec<String>,
    /// By consumer, then operation; made when the first such call comes.
    pairs: Box<[OnceLock<Box<Pair>>]>,
    /// By consumer: when it last called.
    last: Vec<OnceLock<Gauge>>,
    clock: Clock,
    bases: Bases,
    decision: Histogram,
    /// By outcome; those of one verdict share one number.
    durations: Vec<Histogram>,
}

/// The meters of one consumer at one operation.
struct Pair {
    outcomes: Box<[OnceLock<Counter>]>,
    removed: [OnceLock<Counter>; Kind::COUNT],
    released: [OnceLock<Counter>; Kind::COUNT],
}

/// A call that ended, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Who asked; `NONE` where nobody in the registry did.
    pub consumer: ConsumerIx,
    /// What was asked; `NONE` where it is no known service.
    pub operation: OperationIx,
    /// The place in the table of outcomes.
    pub outcome: usize,
    /// What it was let pass on; none: it was not.
    pub basis: Option<Basis>,
    /// The kinds of instrument any one of which would have made it lawful.
    pub missing: Kinds,
    /// How many values of each kind were removed.
    pub removed: [u32; Kind::COUNT],
    /// How many values of each kind stayed, on a basis.
    pub released: [u32; Kind::COUNT],
    /// From the whole request being in to the verdict; `None`: it came to none.
    pub decided: Option<Duration>,
    /// From the head to the last byte.
    pub took: Duration,
}

/// What a call was let pass on.
#[derive(Clone, Copy, Debug)]
pub struct Basis {
    /// The grant.
    pub grant: GrantIx,
    /// The rule that allows it.
    pub rule: RuleIx,
    /// The rule by which personal fields stay.
    pub opening: RuleIx,
    /// The rule by which they are removed.
    pub closing: RuleIx,
}

impl Calls {
    /// The meters for a snapshot.
    pub fn new(
        recorder: &Arc<Recorder>,
        snapshot: &Arc<Snapshot>,
        outcomes: Outcomes,
        clock: &Clock,
    ) -> Self {
        let unknown = || std::iter::once(UNKNOWN.to_owned());
        let consumers: Vec<_> = snapshot.consumers().iter().map(|c| c.id.clone()).chain(unknown()).collect();
        let services = snapshot.catalogue().services();
        let operations: Vec<_> = services.iter().map(|s| s.label.clone()).chain(unknown()).collect();
        let duration = |(verdict, _): &(&str, &str)| {
            recorder.histogram("poortwachter_call_duration_seconds", &[("verdict", verdict)])
        };
        Self {
            outcomes,
            pairs: (0..consumers.len() * operations.len()).map(|_| OnceLock::new()).collect(),
            last: consumers.iter().map(|_| OnceLock::new()).collect(),
            clock: clock.clone(),
            bases: Bases::new(recorder, snapshot),
            consumers,
            operations,
            decision: recorder.histogram("poortwachter_decision_duration_seconds", &[]),
            durations: outcomes.iter().map(duration).collect(),
            recorder: Arc::clone(recorder),
        }
    }

    /// Counts a call that ended.
    pub fn count(&self, ended: &Ended) {
        let (consumer, operation) = self.place(ended);
        let pair = self.pair(consumer, operation);
        self.outcome(pair, consumer, operation, ended.outcome).increment(1);
        self.durations[ended.outcome].record(ended.took);
        if let Some(decided) = ended.decided {
            self.decision.record(decided);
        }
        self.bases.count(ended);
        for kind in Kind::ALL {
            let (removed, released) = (ended.removed[kind.at()], ended.released[kind.at()]);
            if removed > 0 {
                let slot = &pair.removed[kind.at()];
                self.field(slot, &REMOVED, consumer, operation, kind).increment(removed.into());
            }
            if released > 0 {
                let slot = &pair.released[kind.at()];
                self.field(slot, &RELEASED, consumer, operation, kind).increment(released.into());
            }
        }
    }

    /// Counts an answer that was withheld; rare, so its handle is not held.
    pub fn count_withheld(&self, operation: OperationIx, fault: &str) {
        WITHHELD.counter(&self.recorder, [self.label(operation), fault]).increment(1);
    }

    /// Counts an answer that lost its signature; rare, so its handle is not held.
    pub fn count_unsigned(&self, operation: OperationIx) {
        UNSIGNED.counter(&self.recorder, [self.label(operation)]).increment(1);
    }

    /// Counts INSZ that the tripwire found; rare, so its handle is not held.
    pub fn count_tripwire(&self, operation: OperationIx, mode: &str, numbers: u32) {
        TRIPWIRE.counter(&self.recorder, [self.label(operation), mode]).increment(numbers.into());
    }

    /// Counts a question about access, which is no call; rare, so its handle is not held.
    pub fn count_evaluation(&self, listener: &str, decision: &str, reason: &str) {
        EVALUATIONS.counter(&self.recorder, [listener, decision, reason]).increment(1);
    }

    /// Notes that a consumer calls just now; nobody of the registry is no consumer. Not to be done where a record is
    /// dropped: it asks the clock.
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
    pub fn attend(&self, consumer: ConsumerIx) {
        let consumer = consumer.at();
        // The last is `unknown`.
        if consumer < self.consumers.len() - 1 {
            let gauge = || LAST_CALL.gauge(&self.recorder, [&self.consumers[consumer]]);
            self.last[consumer].get_or_init(gauge).set(self.clock.now().as_second() as f64);
        }
    }

    fn label(&self, operation: OperationIx) -> &str {
        &self.operations[self.column(operation)]
    }

    /// Rows and columns of the table of pairs; whatever is not in the snapshot is the last, `unknown`.
    fn place(&self, ended: &Ended) -> (usize, usize) {
        let consumer = ended.consumer.at().min(self.consumers.len() - 1);
        (consumer, self.column(ended.operation))
    }

    fn column(&self, operation: OperationIx) -> usize {
        operation.at().min(self.operations.len() - 1)
    }

    fn pair(&self, consumer: usize, operation: usize) -> &Pair {
        self.pairs[consumer * self.operations.len() + operation]
            .get_or_init(|| Box::new(Pair::new(self.outcomes.len())))
    }

    fn outcome<'a>(&self, pair: &'a Pair, consumer: usize, operation: usize, outcome: usize) -> &'a Counter {
        pair.outcomes[outcome].get_or_init(|| {
            let (verdict, reason) = self.outcomes[outcome];
            let (consumer, operation) = (&self.consumers[consumer], &self.operations[operation]);
            CALLS.counter(&self.recorder, [consumer, operation, verdict, reason])
        })
    }

    fn field<'a>(
        &self,
        slot: &'a OnceLock<Counter>,
        family: &Family<3>,
        consumer: usize,
        operation: usize,
        kind: Kind,
    ) -> &'a Counter {
        slot.get_or_init(|| {
            let (consumer, operation) = (&self.consumers[consumer], &self.operations[operation]);
            family.counter(&self.recorder, [consumer, operation, kind.name()])
        })
    }
}

impl Pair {
    fn new(outcomes: usize) -> Self {
        Self {
            outcomes: (0..outcomes).map(|_| OnceLock::new()).collect(),
            removed: Default::default(),
            released: Default::default(),
        }
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}

/// The meters of the process.
#[derive(Debug)]
pub struct House {
    recorder: Arc<Recorder>,
    /// Open consumer connections.
    pub connections: Gauge,
    /// Connections closed at once because there were too many.
    pub connections_refused: Counter,
    /// Connections closed at once because their address had too many.
    pub connections_refused_by_address: Counter,
    /// Handshakes broken off because too many were waiting behind them.
    pub handshakes_cut: Counter,
    /// Panics that were contained.
    pub panics: Counter,
    /// Calls under way.
    pub calls_in_flight: Gauge,
    /// The registry's generation in service.
    pub generation: Gauge,
    /// Seconds since the registry was last found readable and valid.
    pub age: Gauge,
    /// 1 while the registry's files cannot be used.
    pub faulty: Gauge,
}

impl House {
    /// Registers the meters of the process, and says what every metric is.
    pub fn new(recorder: &Arc<Recorder>, version: &str) -> Self {
        for description in DESCRIPTIONS {
            recorder.describe(description);
        }
        families::describe(recorder);
        // None counted yet: an alert sees the first of each.
        let _ = EFFECT.histogram(recorder, []);
        for (kind, _) in InstrumentKind::NAMES {
            MISSING.counter(recorder, [kind]).increment(0);
        }
        recorder.gauge("poortwachter_build_info", &[("version", version)]).set(1.0);
        Self {
            connections: recorder.gauge("poortwachter_connections", &[]),
            connections_refused: recorder.counter(CONNECTIONS_REFUSED, &[("limit", "all")]),
            connections_refused_by_address: recorder.counter(CONNECTIONS_REFUSED, &[("limit", "address")]),
            handshakes_cut: recorder.counter("poortwachter_handshakes_cut_total", &[]),
            panics: recorder.counter("poortwachter_panics_total", &[]),
            calls_in_flight: recorder.gauge("poortwachter_calls_in_flight", &[]),
            generation: recorder.gauge("poortwachter_snapshot_generation", &[]),
            age: recorder.gauge("poortwachter_snapshot_age_seconds", &[]),
            faulty: recorder.gauge("poortwachter_registry_faulty", &[]),
            recorder: Arc::clone(recorder),
        }
    }

    /// Counts a look at the registry that led to something: `swapped` or `faulty`.
    pub fn count_reload(&self, result: &str) {
        RELOADS.counter(&self.recorder, [result]).increment(1);
    }

    /// Notes how long it took from the change of the registry's files until they were in service, milliseconds.
    pub fn took_effect(&self, milliseconds: u64) {
        EFFECT.histogram(&self.recorder, []).record(Duration::from_millis(milliseconds));
    }

    /// Counts a call the upstream did not answer as it should.
    pub fn count_upstream_error(&self, kind: &str) {
        self.recorder.counter("poortwachter_upstream_errors_total", &[("kind", kind)]).increment(1);
    }

    /// Counts a run of the canary: `passed`, `leaked` or `failed`; how many planted values came out; and when it was,
    /// in seconds since 1970, where all was right.
    pub fn count_canary(&self, result: &str, leaks: u64, passed_at: Option<i64>) {
        CANARY_RUNS.counter(&self.recorder, [result]).increment(1);
        CANARY_LEAKS.counter(&self.recorder, []).increment(leaks);
        if let Some(at) = passed_at {
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
            self.recorder.gauge("poortwachter_canary_last_success_timestamp_seconds", &[]).set(at as f64);
        }
    }

    /// Says when one of the gateway's own certificates expires.
    pub fn certificate_expires(&self, certificate: &str, at: i64) {
        let labels = [("certificate", certificate)];
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
        self.recorder.gauge("poortwachter_certificate_expiry_timestamp_seconds", &labels).set(at as f64);
    }

    /// Counts a look at the files of one side of TLS (`listener`, `upstream`) that led to something: `swapped` or `faulty`.
    pub fn count_tls_reload(&self, files: &str, result: &str) {
        TLS_RELOADS.counter(&self.recorder, [files, result]).increment(1);
    }

    /// Says whether the files of one side of TLS cannot be used.
    pub fn tls_files_faulty(&self, files: &str, faulty: bool) {
        self.recorder
            .gauge("poortwachter_tls_files_faulty", &[("files", files)])
            .set(f64::from(u8::from(faulty)));
    }

    /// Counts a call or a handshake whose certificate is not relied on; rare, so its handle is not held.
    pub fn count_distrust(&self, reason: &str) {
        self.recorder.counter("poortwachter_certificates_refused_total", &[("reason", reason)]).increment(1);
    }

    /// Shows the reasons for which a certificate may not count, none counted yet: an alert sees the first of each.
    pub fn show_distrust(&self, reasons: &[&str]) {
        for reason in reasons {
            self.recorder
                .counter("poortwachter_certificates_refused_total", &[("reason", reason)])
                .increment(0);
        }
    }

    /// Says when the certificate expires by which a consumer was last known.
    pub fn consumer_certificate_expires(&self, consumer: &str, at: i64) {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
        self.recorder.gauge(CONSUMERS_END, &[("consumer", consumer)]).set(at as f64);
    }

    /// Forgets the certificates of those who are no consumers any more.
    pub fn keep_consumers(&self, is_consumer: impl Fn(&str) -> bool) {
        self.recorder.retain(CONSUMERS_END, "consumer", is_consumer);
    }

    /// Says for every file with lists of revoked certificates when the first is due to be renewed, in seconds since 1970.
    pub fn lists_due<'a>(&self, due: impl Iterator<Item = (&'a str, i64)>) {
        self.recorder.clear(LISTS_DUE);
        for (file, at) in due {
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
            self.recorder.gauge(LISTS_DUE, &[("file", file)]).set(at as f64);
        }
    }
}

const CONNECTIONS_REFUSED: &str = "poortwachter_connections_refused_total";
const CONSUMERS_END: &str = "poortwachter_consumer_certificate_expiry_timestamp_seconds";
const LISTS_DUE: &str = "poortwachter_crl_next_update_timestamp_seconds";

/// Seconds: deciding takes microseconds.
const DECISION: &[f64] = &[1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2];
/// Seconds: a whole call takes as long as the source behind MAGDA does.
const CALL: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

const DESCRIPTIONS: &[Description] = &[
    Description {
        name: "poortwachter_decision_duration_seconds",
        help: "From the whole request being in to the verdict.",
        buckets: DECISION,
    },
    Description {
        name: "poortwachter_call_duration_seconds",
        help: "From the head of a request to the last byte of its answer.",
        buckets: CALL,
    },
    plain("poortwachter_snapshot_generation", "Generation of the registry in service."),
    plain(
        "poortwachter_snapshot_age_seconds",
        "Seconds since the registry was last found readable and valid.",
    ),
    plain(
        "poortwachter_registry_faulty",
        "1 while the registry's files cannot be used and an older one serves.",
    ),
    plain("poortwachter_upstream_errors_total", "Calls the upstream did not answer as it should, by kind."),
    plain(
        "poortwachter_canary_last_success_timestamp_seconds",
        "When the leak canary last found all right, in seconds since 1970.",
    ),
    plain(
        "poortwachter_certificate_expiry_timestamp_seconds",
        "When a certificate of the gateway's own expires, in seconds since 1970.",
    ),
    plain(
        CONSUMERS_END,
        "When the certificate expires that a consumer was last known by, in seconds since 1970.",
    ),
    plain(
        LISTS_DUE,
        "When a file's first list of revoked certificates is due to be renewed, in seconds since 1970.",
    ),
    plain(
        "poortwachter_certificates_refused_total",
        "Calls and handshakes whose client certificate was not relied on, by reason.",
    ),
    plain("poortwachter_tls_files_faulty", "1 while such files cannot be used and older ones serve."),
    plain("poortwachter_connections", "Open consumer connections."),
    plain(
        CONNECTIONS_REFUSED,
        "Connections closed at once because too many were open: of all, or of one address.",
    ),
    plain(
        "poortwachter_handshakes_cut_total",
        "Handshakes broken off because too many newer ones were waiting behind them.",
    ),
    plain("poortwachter_panics_total", "Panics that were contained; each is a fault of the gateway's own."),
    plain("poortwachter_calls_in_flight", "Calls under way."),
    plain("poortwachter_build_info", "Always 1; the version is the label."),
];

const fn plain(name: &'static str, help: &'static str) -> Description {
    Description { name, help, buckets: &[] }
}
