//! `[audit]`: whether, where and how the trail is kept.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use poortwachter_kernel::vocab::Day;

use super::export::{self, Exports};
use super::read::duration;
use crate::text::{Period, Table};

/// How a trail is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The directory of its segments.
    pub directory: PathBuf,
    /// The file with the key that signs checkpoints.
    pub checkpoint_key: PathBuf,
    /// The file with the key that makes pseudonyms.
    pub pseudonym_key: PathBuf,
    /// What "written" means.
    pub durability: Durability,
    /// How long a segment gets, bytes.
    pub segment_bytes: u64,
    /// How old it gets.
    pub segment_age: Duration,
    /// How long lines stand without a checkpoint behind them.
    pub checkpoint_interval: Duration,
    /// Whether answers are hashed before and after the filter.
    pub answer_digests: bool,
    /// How long records are kept; none: for ever.
    pub retention: Option<Retention>,
    /// Calls that can be under way at once.
    pub calls: usize,
}

/// Records that are kept for a time of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Calls that were let pass: both their records.
    Allowed,
    /// Calls that were not forwarded.
    Refused,
    /// Questions whether a call would be allowed.
    Evaluations,
    /// What was done to the gateway, and what it did of itself.
    Acts,
}

impl Kept {
    /// All of them, in the order of their place.
    pub const ALL: [Self; 4] = [Self::Allowed, Self::Refused, Self::Evaluations, Self::Acts];

    /// Its key.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Evaluations => "evaluations",
            Self::Acts => "acts",
        }
    }

    /// Its place in [`Self::ALL`].
    pub const fn at(self) -> usize {
        self as usize
    }

    /// Which of them a record is, by its kind and, of a call, its phase; none: a kind that is not known here.
    pub fn of(kind: &str, phase: Option<&str>) -> Option<Self> {
        match (kind, phase) {
            ("call", Some("opened" | "closed")) => Some(Self::Allowed),
            ("call", Some("refused")) => Some(Self::Refused),
            ("evaluation", _) => Some(Self::Evaluations),
            (
                "start" | "stop" | "reload" | "registry" | "revocation" | "tls" | "issuer-keys" | "canary"
                | "recovery",
                _,
            ) => Some(Self::Acts),
            _ => None,
        }
    }
}

/// How long records are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// By [`Kept::ALL`].
    pub terms: [Term; Kept::ALL.len()],
}

/// How long records of one kind are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Without an end.
    Forever,
    /// For so long after they were made.
    For(Period),
}

impl Term {
    const FOREVER: &str = "forever";

    /// The last day on which a record of this day is kept.
    pub fn last_from(&self, day: Day) -> Day {
        match self {
            Self::Forever => Day::MAX,
            Self::For(period) => period.last_from(day),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.write_str(Self::FOREVER),
            Self::For(period) => period.fmt(f),
        }
    }
}

/// What "written" means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It survives a loss of power.
    #[default]
    Fsync,
    /// It survives the end of the process.
    Written,
}

impl Durability {
    /// Its spelling.
    pub const NAMES: &'static [(&'static str, Self)] = &[("fsync", Self::Fsync), ("written", Self::Written)];

    /// In the record of a start.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fsync => "fsync",
            Self::Written => "written",
        }
    }
}

/// Bytes of a segment.
const SEGMENT: usize = 64 << 20;

/// Every key, with its default. `None`: no trail, which must be said, for without one nobody can show later what left.
pub(super) fn audit(table: Option<Table<'_>>, here: &Path, calls: usize) -> (Option<Audit>, Exports) {
    let Some(table) = table else { return (None, Exports::default()) };
    let exports = export::exports(&table, here);
    (kept(table, here, calls), exports)
}

fn kept(table: Table<'_>, here: &Path, calls: usize) -> Option<Audit> {
    let off = table.maybe_choice("trail", &[("on", false), ("off", true)]).unwrap_or(false);
    if off {
        let useless = ["directory", "checkpoint-key", "pseudonym-key", "otlp", "syslog"];
        for key in useless.into_iter().filter(|key| table.has(key)) {
            table.fault(key, "has no use while `trail` is \"off\"", "leave it out, or leave out `trail`");
        }
        table.close();
        return None;
    }
    let file = |key| table.text(key).map(|path| here.join(path));
    let (directory, checkpoint_key) = (file("directory"), file("checkpoint-key"));
    let pseudonym_key = file("pseudonym-key");
    let durability = table.maybe_choice("durability", Durability::NAMES).unwrap_or_default();
    // Not so small that every call begins a file, nor so large that a start takes long to read it.
    let segment_bytes = table.number("segment-bytes", SEGMENT, 64 << 10..=1 << 30) as u64;
    let segment_age = duration(&table, "segment-age", Duration::from_hours(24));
    let checkpoint_interval = duration(&table, "checkpoint-interval", Duration::from_mins(1));
    let answer_digests = table.flag("answer-digests", true);
    let retention = table.table("retention").and_then(retention);
    table.close();
    Some(Audit {
        directory: directory?,
        checkpoint_key: checkpoint_key?,
        pseudonym_key: pseudonym_key?,
        durability,
        segment_bytes,
        segment_age,
        checkpoint_interval,
        answer_digests,
        retention,
        calls,
    })
}

/// All four, so that nobody forgets one and wonders why nothing goes.
fn retention(table: Table<'_>) -> Option<Retention> {
    let terms = Kept::ALL.map(|kept| term(&table, kept.name()));
    table.close();
    let [Some(allowed), Some(refused), Some(evaluations), Some(acts)] = terms else { return None };
    Some(Retention { terms: [allowed, refused, evaluations, acts] })
}

fn term(table: &Table<'_>, key: &'static str) -> Option<Term> {
    let written = table.text(key)?;
    if written == Term::FOREVER {
        return Some(Term::Forever);
    }
    let period = Period::parse(&written);
    if period.is_none() {
        let remedy = format!("write an ISO 8601 period: P5Y, P18M, P30D, or \"{}\"", Term::FOREVER);
        table.fault(key, format!("`{written}` is no period of days"), remedy);
    }
    period.map(Term::For)
}
