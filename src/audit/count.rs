//! The same numbers as on the metrics page, from the trail alone.
//!
//! Each record says what it counts for in one place; names and labels are those of [`families`], which the running
//! gateway counts by. Where a call's legal basis stands only in its first record, it is remembered until the last.
//! Deliberately not here: what only the process knows (connections, durations, what is under way).

use std::collections::HashMap;

use jiff::Timestamp;
use poortwachter_kernel::vocab::Day;

use super::reading::{Entry, ReadError};
use crate::law::{Calendar, Kinds};
use crate::telemetry::families::{
    self, BY_BASIS, CALLS, CANARY_LEAKS, CANARY_RUNS, CHECKPOINT, CHECKPOINT_AT, EFFECT, EVALUATIONS,
    LAST_CALL, LINES, MISSING, NONE, RELEASED, RELEASED_BY, RELOADS, REMOVED, REMOVED_BY, TLS_RELOADS,
    TRIPWIRE, UNKNOWN, UNRECORDED, UNSIGNED, UNSIGNED_LINES, WITHHELD,
};
use crate::telemetry::lapses::{self, Held};
use crate::telemetry::{Recorder, attendance};
use crate::text::date;

/// Which part of a trail is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was recorded on these legal days, both included.
    Days(Day, Day),
    /// What the last run recorded: what its metrics page says.
    SinceStart,
}

/// What was counted.
#[derive(Debug)]
pub struct Counted {
    recorder: Recorder,
    /// Calls that were let pass and of whose end no record is there: under way, or cut off with the gateway.
    pub unended: u64,
    /// Calls that ended as `unrecorded` and have a record all the same.
    pub unrecorded: u64,
    /// Whether the start of a run was met: what a run recorded before the first file that is left is not counted.
    pub started: bool,
}

/// Counts a part of a trail. What is granted and lapses, and who called, is told as of a moment's legal day: by what was
/// recorded until then; without one, as of the last record.
///
/// # Errors
/// The trail cannot be read on; nothing is told of it then.
pub fn count(
    entries: impl Iterator<Item = Result<Entry, ReadError>>,
    part: Part,
    as_of: Option<Timestamp>,
) -> Result<Counted, ReadError> {
    let mut state = State::new(part, as_of);
    for entry in entries {
        state.take(&entry?);
    }
    Ok(state.end())
}

impl Counted {
    /// As Prometheus text, in the order of the metrics page.
    pub fn render(&self) -> String {
        self.recorder.render()
    }
}

/// On what a call was let pass.
#[derive(Debug)]
struct Basis {
    rule: String,
    instruments: String,
    opening: String,
    closing: String,
    /// It was opened in the part that is counted.
    within: bool,
}

struct State {
    part: Part,
    as_of: Option<Timestamp>,
    /// The legal day of that.
    until: Day,
    calendar: Calendar,
    recorder: Recorder,
    started: bool,
    /// By trace: calls under way.
    open: HashMap<String, Basis>,
    unended: u64,
    unrecorded: u64,
    /// Lines of the file that is being read.
    lines: u64,
    /// The last record of what is granted.
    granted: Option<Entry>,
    /// When the last record was made.
    last: Option<Timestamp>,
}

impl State {
    fn new(part: Part, as_of: Option<Timestamp>) -> Self {
        let mut calendar = Calendar::new();
        Self {
            part,
            as_of,
            until: as_of.map_or(Day::MAX, |moment| calendar.day(moment)),
            calendar,
            recorder: recorder(),
            started: false,
            open: HashMap::new(),
            unended: 0,
            unrecorded: 0,
            lines: 0,
            granted: None,
            last: None,
        }
    }

    fn take(&mut self, entry: &Entry) {
        let time = entry.time();
        let day = time.map(|time| self.calendar.day(time));
        let within = match (self.part, day) {
            (Part::SinceStart, _) => true,
            (Part::Days(first, last), Some(day)) => (first..=last).contains(&day),
            (Part::Days(..), None) => false,
        };
        let known = day.is_some_and(|day| day <= self.until);
        self.last = time.or(self.last);
        self.lines = if entry.kind() == "segment" { 1 } else { self.lines + 1 };
        match (entry.kind(), entry.phase()) {
            ("start", _) => self.start(),
            ("call", Some("opened")) => self.opened(entry, within),
            ("registry", _) if known => self.granted = Some(entry.clone()),
            _ => {}
        }
        if within && known && matches!(entry.phase(), Some("opened" | "refused")) {
            self.attended(entry);
        }
        let basis = match entry.phase() {
            Some("closed") => entry.text("trace").and_then(|trace| self.open.remove(trace)),
            _ => None,
        };
        if within {
            self.unrecorded += u64::from(entry.text("reason") == Some("unrecorded"));
            LINES.counter(&self.recorder, []).increment(1);
            counted(entry, basis.as_ref(), &self.recorder);
        }
    }

    /// A run begins: of the one before nothing is under way any more. Its file began before it.
    fn start(&mut self) {
        self.unended += self.left_open();
        self.open.clear();
        self.started = true;
        if self.part == Part::SinceStart {
            self.recorder = recorder();
            (self.unended, self.unrecorded) = (0, 0);
            LINES.counter(&self.recorder, []).increment(self.lines - 1);
        }
    }

    /// Calls of the part that is counted without an end so far.
    fn left_open(&self) -> u64 {
        self.open.values().filter(|basis| basis.within).count() as u64
    }

    fn opened(&mut self, entry: &Entry, within: bool) {
        let named = |key| entry.text(key).unwrap_or(NONE).to_owned();
        let types = entry.items("instruments").iter().filter_map(|held| held.get("type")?.as_str());
        let basis = Basis {
            rule: named("rule"),
            instruments: Kinds::named(types).joined(),
            opening: named("opening_rule"),
            closing: named("closing_rule"),
            within,
        };
        self.open.insert(entry.text("trace").unwrap_or_default().to_owned(), basis);
    }

    /// A consumer called.
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
    fn attended(&self, entry: &Entry) {
        if let (Some(consumer), Some(time)) = (entry.text("consumer"), entry.time()) {
            LAST_CALL.gauge(&self.recorder, [consumer]).set(time.as_second() as f64);
        }
    }

    fn end(self) -> Counted {
        let now = self.as_of.or(self.last).unwrap_or_default();
        attendance::tell(&self.recorder, now);
        if let Some(granted) = &self.granted {
            lapses::tell(&self.recorder, Calendar::new().day(now), held(granted));
        }
        let unended = self.unended + self.left_open();
        Counted { recorder: self.recorder, unended, unrecorded: self.unrecorded, started: self.started }
    }
}

fn recorder() -> Recorder {
    let recorder = Recorder::default();
    families::describe(&recorder);
    recorder
}

/// What one record counts for.
#[expect(clippy::cast_precision_loss, reason = "neither lines nor seconds come near 2^52")]
fn counted(entry: &Entry, basis: Option<&Basis>, recorder: &Recorder) {
    let unsigned = UNSIGNED_LINES.gauge(recorder, []);
    unsigned.increment(1.0);
    match (entry.kind(), entry.phase()) {
        ("call", Some("closed" | "refused")) => call(entry, basis, recorder),
        ("evaluation", _) => {
            let named = |key| entry.text(key).unwrap_or(NONE);
            let labels = [named("listener"), named("decision"), named("reason")];
            EVALUATIONS.counter(recorder, labels).increment(1);
        }
        ("reload", _) => {
            RELOADS.counter(recorder, [entry.text("result").unwrap_or(NONE)]).increment(1);
            if let Some(effect) = entry.number("effect_ms") {
                EFFECT.histogram(recorder, []).record(std::time::Duration::from_millis(effect));
            }
        }
        ("tls", _) => {
            let named = |key| entry.text(key).unwrap_or(NONE);
            TLS_RELOADS.counter(recorder, [named("files"), named("result")]).increment(1);
        }
        ("canary", _) => {
            CANARY_RUNS.counter(recorder, [entry.text("result").unwrap_or(NONE)]).increment(1);
            CANARY_LEAKS.counter(recorder, []).increment(entry.number("leaks").unwrap_or(0));
        }
        ("recovery", _) => {
            UNRECORDED.counter(recorder, []).increment(entry.number("refused").unwrap_or(0));
        }
        ("checkpoint", _) => {
            unsigned.set(0.0);
            CHECKPOINT.gauge(recorder, []).set(entry.seq as f64);
            if let Some(time) = entry.time() {
                CHECKPOINT_AT.gauge(recorder, []).set(time.as_second() as f64);
            }
        }
        _ => {}
    }
}

/// What the record of a call's end counts for.
fn call(entry: &Entry, basis: Option<&Basis>, recorder: &Recorder) {
    let named = |key| entry.text(key).unwrap_or(UNKNOWN);
    let (consumer, operation) = (named("consumer"), named("operation"));
    CALLS.counter(recorder, [consumer, operation, named("verdict"), named("reason")]).increment(1);
    for kind in entry.texts("missing") {
        MISSING.counter(recorder, [kind]).increment(1);
    }
    if let Some(basis) = basis {
        BY_BASIS.counter(recorder, [&basis.rule, &basis.instruments]).increment(1);
    }
    for (key, family, by, rule) in [
        ("removed", &REMOVED, &REMOVED_BY, basis.map(|basis| &basis.closing)),
        ("released", &RELEASED, &RELEASED_BY, basis.map(|basis| &basis.opening)),
    ] {
        for (field, count) in entry.counts(key) {
            family.counter(recorder, [consumer, operation, field]).increment(count);
            by.counter(recorder, [field, rule.map_or(UNKNOWN, String::as_str)]).increment(count);
        }
    }
    if let Some(fault) = entry.text("fault") {
        WITHHELD.counter(recorder, [operation, fault]).increment(1);
    }
    if entry.members().get("unsigned").and_then(serde_json::Value::as_bool) == Some(true) {
        UNSIGNED.counter(recorder, [operation]).increment(1);
    }
    if let (Some(mode), Some(numbers)) = (entry.text("tripwire"), entry.number("tripwire_numbers")) {
        TRIPWIRE.counter(recorder, [operation, mode]).increment(numbers);
    }
}

/// What a `registry` record says is granted.
fn held(entry: &Entry) -> impl Iterator<Item = Held<'_>> {
    let day = |item: &serde_json::Value| item.get("last")?.as_str().and_then(date::parse);
    entry.items("grants").iter().map(move |grant| {
        let text = |key: &str| grant.get(key).and_then(serde_json::Value::as_str).unwrap_or(UNKNOWN);
        let under = grant.get("instruments").and_then(serde_json::Value::as_array);
        let instruments = under.into_iter().flatten().map(day).collect();
        Held { consumer: text("consumer"), grant: text("grant"), last: day(grant), instruments }
    })
}
