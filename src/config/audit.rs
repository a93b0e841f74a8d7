//! `[audit]`: whether, where and how the trail is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::export::{self, Exports};
use super::read::duration;
use crate::text::Table;

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
    /// Calls that can be under way at once.
    pub calls: usize,
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
        calls,
    })
}
