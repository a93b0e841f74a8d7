//! What happened in a period: by consumer and legal basis, and to the gateway.
//!
//! It says what it rests on: a first and last record, and the checkpoint that signs them. What is written behind that changes
//! nothing in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::asked::Asked;
use super::joined::{Call, Joined, Seen, Told};
use super::period::{Period, day_of};
use super::sums::Sums;
use crate::audit::reading::{Entry, ReadError, Reading};
use crate::audit::trail::frame::shown;
use crate::text::date;

/// A report.
#[derive(Clone, Debug)]
pub struct Report {
    /// Of when.
    pub period: Period,
    /// Of whose calls; none: of everybody's.
    pub consumer: Option<String>,
    /// The trail's own number.
    pub trail: String,
    /// The first and the last record that is in it.
    pub rests_on: Option<(Mark, Mark)>,
    /// The checkpoint that signs them all.
    pub checkpoint: Option<Mark>,
    /// How far the trail reaches.
    pub seen: Seen,
    /// By consumer, as far as it was known, and legal basis.
    pub bases: BTreeMap<Option<String>, BTreeMap<Basis, Sums>>,
    /// By consumer.
    pub consumers: BTreeMap<Option<String>, Sums>,
    /// Of all.
    pub all: Sums,
    /// Calls by legal day and verdict.
    pub days: BTreeMap<Date, BTreeMap<String, u64>>,
    /// Questions about access, by whom they are about, decision and reason.
    pub evaluations: BTreeMap<[String; 3], u64>,
    /// Runs of the canary and leaks found, by result.
    pub canary: BTreeMap<String, (u64, u64)>,
    /// What else was recorded of the gateway, in order.
    pub events: Vec<Event>,
    /// What there was in the registry at the end.
    registry: Option<Entry>,
}

/// A record, as `audit verify` and `audit prove` name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
}

/// On what calls rest, or were refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Basis {
    /// The rule.
    pub rule: String,
    /// The grants, by id.
    pub grants: Vec<String>,
    /// The instruments, as type and reference.
    pub instruments: Vec<(String, String)>,
}

/// Something that happened to the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it was recorded.
    pub time: Timestamp,
    /// The record's number.
    pub seq: u64,
    /// Its kind.
    pub kind: String,
    /// What it says, as `key value`.
    pub says: Vec<String>,
}

/// Something that lapses soon.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lapse {
    /// Days from the period's last day.
    pub days: i32,
    /// Its last day.
    pub last: String,
    /// Whose.
    pub consumer: String,
    /// Which grant.
    pub grant: String,
    /// The instrument under it, as type and reference; none: the grant itself.
    pub instrument: Option<(String, String)>,
}

/// How far ahead lapses are told, days.
pub const AHEAD: i32 = 90;

/// Told whenever they were written: they say what a report rests on.
const ALWAYS: &[&str] = &["segment", "checkpoint", "registry"];

impl Report {
    /// Reads a trail to its end.
    ///
    /// # Errors
    /// It cannot be read, or is not as it was written.
    pub fn of(
        reading: Reading,
        period: Period,
        consumer: Option<&str>,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, ReadError> {
        let asked = Asked::all(period.within(), ALWAYS);
        let mut report = Self::empty(period, consumer);
        let mut joined = Joined::of(reading, &asked);
        while let Some(told) = joined.next() {
            match told? {
                Told::Call(call) => report.call(&call),
                Told::Other(entry) => report.other(&entry),
            }
            progress(joined.bytes());
        }
        report.seen = joined.seen().clone();
        Ok(report)
    }

    fn empty(period: Period, consumer: Option<&str>) -> Self {
        Self {
            period,
            consumer: consumer.map(str::to_owned),
            trail: String::new(),
            rests_on: None,
            checkpoint: None,
            seen: Seen::default(),
            bases: BTreeMap::new(),
            consumers: BTreeMap::new(),
            all: Sums::default(),
            days: BTreeMap::new(),
            evaluations: BTreeMap::new(),
            canary: BTreeMap::new(),
            events: Vec::new(),
            registry: None,
        }
    }

    fn call(&mut self, call: &Call) {
        let Some(began) = call.time().filter(|time| self.period.within().holds(*time)) else { return };
        call.records().for_each(|record| self.rest_on(record));
        let consumer = call.text("consumer").map(str::to_owned);
        if self.consumer.is_some() && self.consumer != consumer {
            return;
        }
        let day = self.days.entry(day_of(began)).or_default();
        super::sums::count(day, call.verdict(), 1);
        self.bases.entry(consumer.clone()).or_default().entry(Basis::of(call)).or_default().add(call);
        self.consumers.entry(consumer).or_default().add(call);
        self.all.add(call);
    }

    fn other(&mut self, entry: &Entry) {
        let Some(time) = entry.time() else { return };
        match entry.kind() {
            "segment" if self.trail.is_empty() => {
                entry.text("trail").unwrap_or_default().clone_into(&mut self.trail);
            }
            "checkpoint" if self.checkpoint.is_none() => self.checkpoint = Some(Mark::of(entry)),
            "registry" if self.period.ends().is_some_and(|end| time < end) => {
                self.registry = Some(entry.clone());
            }
            _ => {}
        }
        if self.period.within().holds(time) && !["segment", "checkpoint"].contains(&entry.kind()) {
            self.rest_on(entry);
            self.happened(time, entry);
        }
    }

    /// Records come in the order of their ends; a checkpoint counts only behind all that is relied on.
    fn rest_on(&mut self, record: &Entry) {
        let mark = Mark::of(record);
        if self.checkpoint.as_ref().is_some_and(|signed| signed.seq < mark.seq) {
            self.checkpoint = None;
        }
        match &mut self.rests_on {
            None => self.rests_on = Some((mark.clone(), mark)),
            Some((first, _)) if mark.seq < first.seq => *first = mark,
            Some((_, last)) if mark.seq > last.seq => *last = mark,
            Some(_) => {}
        }
    }

    fn happened(&mut self, time: Timestamp, entry: &Entry) {
        let text = |key| entry.text(key).unwrap_or_default().to_owned();
        match entry.kind() {
            "evaluation" => {
                if self.consumer.is_none() || self.consumer.as_deref() == entry.text("consumer") {
                    let asked = [text("consumer"), text("decision"), text("reason")];
                    *self.evaluations.entry(asked).or_default() += 1;
                }
            }
            "canary" => {
                let (runs, leaks) = self.canary.entry(text("result")).or_default();
                *runs += 1;
                *leaks += entry.number("leaks").unwrap_or(0);
            }
            "registry" => {}
            kind => {
                let (kind, seq) = (kind.to_owned(), entry.seq);
                self.events.push(Event { time, seq, kind, says: says(entry) });
            }
        }
    }

    /// Whether the trail has nothing behind the period's end: it may not be over yet.
    pub fn may_not_be_over(&self) -> bool {
        self.seen.ends().zip(self.period.ends()).is_none_or(|(last, end)| last < end)
    }

    /// Whether the trail begins only in the period, or behind it.
    pub fn begins_late(&self) -> bool {
        self.seen.begins.zip(self.period.begins()).is_none_or(|(first, begin)| first > begin)
    }

    /// The record that says what there was in the registry at the end.
    pub fn registry(&self) -> Option<Mark> {
        self.registry.as_ref().map(Mark::of)
    }

    /// What lapses within [`AHEAD`] days of the period's last day, the next first.
    pub fn lapses(&self) -> Vec<Lapse> {
        let end = date::day_of(self.period.last());
        let grants = self.registry.iter().flat_map(|entry| entry.items("grants"));
        let mut found = Vec::new();
        for grant in grants {
            let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
            let consumer = text(grant, "consumer");
            if self.consumer.as_ref().is_some_and(|only| *only != consumer) {
                continue;
            }
            let lapse = |item: &Value, instrument| {
                let last = text(item, "last");
                let days = date::parse(&last)?.0 - end.0;
                let (consumer, grant) = (consumer.clone(), text(grant, "grant"));
                (0..=AHEAD).contains(&days).then_some(Lapse { days, last, consumer, grant, instrument })
            };
            found.extend(lapse(grant, None));
            let instruments = grant["instruments"].as_array();
            for held in instruments.into_iter().flatten() {
                found.extend(lapse(held, Some((text(held, "type"), text(held, "reference")))));
            }
        }
        found.sort_unstable();
        found
    }
}

impl Mark {
    fn of(entry: &Entry) -> Self {
        Self { seq: entry.seq, hash: shown(&entry.hash) }
    }
}

impl Basis {
    fn of(call: &Call) -> Self {
        let instruments = call.instruments();
        Self {
            rule: call.text("rule").unwrap_or_default().to_owned(),
            grants: call.texts("grants").map(str::to_owned).collect(),
            instruments: instruments
                .map(|(kind, reference)| (kind.to_owned(), reference.to_owned()))
                .collect(),
        }
    }
}

/// The members of a record that are no structure, but for those that every record has; lists of texts in one.
fn says(entry: &Entry) -> Vec<String> {
    let members = entry.members().iter().filter(|(key, _)| !["kind", "time"].contains(&key.as_str()));
    let said = members.filter_map(|(key, value)| match value {
        Value::String(text) => Some(format!("{key} {text}")),
        Value::Number(number) => Some(format!("{key} {number}")),
        Value::Bool(flag) => Some(format!("{key} {flag}")),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(item).collect();
            (!items.is_empty()).then(|| format!("{key} {}", items.join(", ")))
        }
        _ => None,
    });
    said.collect()
}

/// A text, or a file that was retired.
fn item(item: &Value) -> String {
    match (item["segment"].as_str(), &item["from"], &item["to"]) {
        (Some(segment), from, to) => format!("{segment} (records {from} to {to})"),
        _ => item.as_str().map_or_else(|| item.to_string(), str::to_owned),
    }
}
