//! `[audit]`: whether, where and how the trail is kept.

use std::path::Path;
use std::time::Duration;

use super::read::duration;
use crate::audit::trail::{Durability, Settings};
use crate::text::Table;

/// Bytes of a segment.
const SEGMENT: usize = 64 << 20;

/// Every key, with its default. `None`: no trail.
pub(super) fn audit(table: Option<Table<'_>>, here: &Path, calls: usize) -> Option<Settings> {
    let table = table?;
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
    Some(Settings {
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
