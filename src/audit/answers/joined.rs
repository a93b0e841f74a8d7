//! A trail's calls, each with both its records, and what else stands in the trail.
//!
//! A call is told when it ends. In memory are the calls under way at once, never all. A start of the gateway ends an
//! earlier run: what was under way then was never ended on record.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::asked::{Asked, time};
use super::period::Within;
use crate::audit::reading::{Entry, ReadError, Reading};
use crate::audit::trail::frame::Framed;

/// One thing that a trail tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A call.
    Call(Call),
    /// The record of something else.
    Other(Entry),
}

/// A call, by its records.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    opened: Option<Entry>,
    ended: Option<Entry>,
}

/// What a trail has of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Its beginning and its end.
    Ended,
    /// It was not forwarded; one record says all.
    Refused,
    /// Its beginning alone: it is under way, or the gateway was killed meanwhile.
    NotEnded,
    /// Its end alone: the file with its beginning is not there any more.
    BeginningGone,
}

/// The calls and other records of a trail that may be meant by a question; whether they are, [`Asked::fits`] says.
#[derive(Debug)]
pub struct Joined<'a> {
    reading: Reading,
    asked: &'a Asked,
    /// By trace; none: it is not meant.
    under_way: HashMap<String, Option<Entry>>,
    ready: VecDeque<Told>,
    seen: Seen,
    done: bool,
}

/// How far a trail reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The number of its first line that is there.
    pub first: u64,
    /// When that was written.
    pub begins: Option<Timestamp>,
    /// The number of its last line.
    pub last: u64,
    /// The latest that any of its records was written, as records write it.
    latest: String,
    /// First and last number of what is missing between files that are there.
    pub gaps: Vec<(u64, u64)>,
}

impl Seen {
    /// The latest that any of its records was written.
    pub fn ends(&self) -> Option<Timestamp> {
        self.latest.parse().ok()
    }

    /// First and last number of each stretch that is not there, as far as it may lie within a time. Gaps between files are
    /// told whatever the time: nothing says when they were.
    pub fn missing(&self, within: &Within) -> impl Iterator<Item = (u64, u64)> {
        let early = self.first > 1 && self.begins.is_none_or(|begins| within.reaches_before(begins));
        early.then(|| (1, self.first - 1)).into_iter().chain(self.gaps.iter().copied())
    }

    fn see(&mut self, line: &Framed<'_>) {
        let written = time(line.members).unwrap_or_default();
        if self.first == 0 {
            (self.first, self.begins) = (line.seq, written.parse().ok());
        } else if line.seq > self.last + 1 {
            self.gaps.push((self.last + 1, line.seq - 1));
        }
        self.last = line.seq;
        if *self.latest < *written {
            self.latest.clear();
            self.latest.push_str(written);
        }
    }
}

/// The verdict of a call that has none on record.
pub const NOT_ENDED: &str = "not-ended";

impl<'a> Joined<'a> {
    /// Those of a trail.
    pub fn of(reading: Reading, asked: &'a Asked) -> Self {
        Self {
            reading,
            asked,
            under_way: HashMap::new(),
            ready: VecDeque::new(),
            seen: Seen::default(),
            done: false,
        }
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.reading.bytes()
    }

    /// How far the trail reaches, as far as it was read.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    fn take(&mut self, entry: Entry) {
        match (entry.kind(), entry.phase(), entry.text("trace")) {
            ("call", Some("opened"), Some(trace)) => {
                self.under_way.insert(trace.to_owned(), Some(entry));
            }
            ("call", Some("closed"), Some(trace)) => {
                let opened = self.under_way.remove(trace).flatten();
                self.ready.push_back(Told::Call(Call { opened, ended: Some(entry) }));
            }
            ("call", ..) => self.ready.push_back(Told::Call(Call { opened: None, ended: Some(entry) })),
            (kind, ..) => {
                if kind == "start" {
                    self.leave_under_way();
                }
                if self.asked.means_kind(entry.kind()) {
                    self.ready.push_back(Told::Other(entry));
                }
            }
        }
    }

    /// Tells of the calls that nothing ended, in the order in which they began.
    fn leave_under_way(&mut self) {
        let mut left: Vec<Entry> = self.under_way.drain().filter_map(|(_, opened)| opened).collect();
        left.sort_unstable_by_key(|opened| opened.seq);
        let calls = left.into_iter().map(|opened| Call { opened: Some(opened), ended: None });
        self.ready.extend(calls.map(Told::Call));
    }
}

impl Iterator for Joined<'_> {
    type Item = Result<Told, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.done {
            let Self { reading, asked, under_way, seen, .. } = self;
            let next = reading.next_where(|line| {
                seen.see(line);
                is_wanted(line, asked, under_way)
            });
            match next {
                Some(Ok(entry)) => self.take(entry),
                Some(Err(error)) => {
                    self.done = true;
                    return Some(Err(error));
                }
                None => {
                    self.done = true;
                    self.leave_under_way();
                }
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

/// A look at a line before it is taken apart.
fn is_wanted(line: &Framed<'_>, asked: &Asked, under_way: &mut HashMap<String, Option<Entry>>) -> bool {
    if line.kind() != "call" {
        return line.kind() == "start" || asked.may_mean(line);
    }
    let (Some(phase), Some(trace)) = (first(line.members, "phase"), first(line.members, "trace")) else {
        return true;
    };
    match phase {
        "opened" => {
            let wanted = asked.may_mean(line);
            if !wanted {
                under_way.insert(trace.to_owned(), None);
            }
            wanted
        }
        // An end whose beginning is not meant goes with it; one without a beginning is looked at.
        "closed" if under_way.get(trace).is_some_and(Option::is_none) => {
            under_way.remove(trace);
            false
        }
        "closed" => true,
        _ => asked.may_mean(line),
    }
}

/// The text of the member with that key that comes first. Those before `phase` and `trace` hold nothing that is foreign.
fn first<'l>(members: &'l str, key: &str) -> Option<&'l str> {
    let mut at = 0;
    while let Some(found) = members[at..].find(key) {
        at += found + key.len();
        let quoted = members[..at - key.len()].ends_with('"');
        if let (true, Some(rest)) = (quoted, members[at..].strip_prefix("\":\"")) {
            return rest.split_once('"').map(|(value, _)| value);
        }
    }
    None
}

impl Call {
    /// What the trail has of it.
    pub fn course(&self) -> Course {
        match (&self.opened, &self.ended) {
            (Some(_), Some(_)) => Course::Ended,
            (Some(_), None) => Course::NotEnded,
            (None, Some(ended)) if ended.phase() == Some("closed") => Course::BeginningGone,
            (None, _) => Course::Refused,
        }
    }

    /// Its records, in their order.
    pub fn records(&self) -> impl Iterator<Item = &Entry> {
        self.opened.iter().chain(&self.ended)
    }

    /// The record of how it ended; a refusal is that, too.
    pub fn end(&self) -> Option<&Entry> {
        self.ended.as_ref()
    }

    /// The record that says who asked what: its beginning, where that is there.
    pub fn head(&self) -> Option<&Entry> {
        self.opened.as_ref().or(self.ended.as_ref())
    }

    /// When it began, or was refused; where the record of its beginning is gone, when it ended.
    pub fn time(&self) -> Option<Timestamp> {
        self.head()?.time()
    }

    /// The same; where the record of its beginning is gone, the earliest that can have been written.
    pub fn earliest(&self) -> Option<Timestamp> {
        let took = match self.course() {
            Course::BeginningGone => Duration::from_micros(self.number("took_us").unwrap_or(0)),
            Course::Ended | Course::Refused | Course::NotEnded => Duration::ZERO,
        };
        self.time()?.checked_sub(took).ok()
    }

    /// When it ended.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended.as_ref()?.time()
    }

    /// A text that either record has.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.records().find_map(|entry| entry.text(key))
    }

    /// A number that either record has.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.records().find_map(|entry| entry.number(key))
    }

    /// The verdict in the end.
    pub fn verdict(&self) -> &str {
        self.ended.as_ref().map_or(NOT_ENDED, |ended| ended.text("verdict").unwrap_or_default())
    }

    /// Why.
    pub fn reason(&self) -> &str {
        self.ended.as_ref().and_then(|ended| ended.text("reason")).unwrap_or_default()
    }

    /// The texts of a list that either record has.
    pub fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        self.records().flat_map(move |entry| entry.texts(key))
    }

    /// The instruments it rests on, as type and reference.
    pub fn instruments(&self) -> impl Iterator<Item = (&str, &str)> {
        let items = self.records().flat_map(|entry| entry.items("instruments"));
        items.filter_map(|item| Some((item.get("type")?.as_str()?, item.get("reference")?.as_str()?)))
    }

    /// Values of each kind that were `removed`, or `released`.
    pub fn counts(&self, key: &str) -> impl Iterator<Item = (&str, u64)> {
        self.ended.iter().flat_map(move |entry| entry.counts(key))
    }

    /// Whether a part of an answer may have left, without all of it: what left cannot be told in full.
    pub fn may_have_left_in_part(&self) -> bool {
        match self.course() {
            Course::NotEnded => true,
            Course::Refused => false,
            Course::Ended | Course::BeginningGone => self.verdict() != "allowed",
        }
    }
}
