//! Finds the end of the chain that an earlier run left, and what it left unfinished.
//!
//! A run that was killed leaves a segment without its last checkpoint, and perhaps half a line. Neither is touched:
//! the next segment tells of it, in a `recovery` record, so that half a line is never taken for a whole one and
//! nothing is destroyed. What no crash can leave — a damaged line with whole ones behind it — is no case for
//! carrying on.

use std::path::Path;
use std::{fs, io};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::frame::{Framed, Hash};
use super::line::Line;
use super::merkle::{self, Tree};
use super::segment::{self, End};

/// What an earlier run left.
#[derive(Debug)]
pub(super) struct Left {
    /// The trail's number; none: nothing was left.
    pub(super) trail: Option<String>,
    /// The last file.
    pub(super) previous: Option<String>,
    pub(super) end: End,
    /// Segments that were not sealed, oldest first.
    pub(super) unsealed: Vec<Unsealed>,
}

/// A segment that ends without its last checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// Its name.
    pub segment: String,
    /// Whole lines.
    pub lines: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// The root over them.
    pub root: Hash,
    /// Bytes behind them that are no whole line.
    pub torn_bytes: u64,
    /// The SHA-256 of those.
    pub torn_sha256: Hash,
}

/// Why an earlier run's trail cannot be carried on.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// It cannot be read.
    #[error("the audit trail cannot be read")]
    Unreadable(#[from] io::Error),
    /// It was changed.
    #[error(
        "the audit trail is damaged in `{segment}`, line {line}, as no crash would leave it; run `poortwachter audit verify`, keep the directory as it is, and name another in [audit]"
    )]
    Damaged {
        /// In which file.
        segment: String,
        /// From which line on, counted from 1.
        line: u64,
    },
}

/// The names of a directory's segments, in the order of the chain.
///
/// # Errors
/// The directory cannot be read.
pub fn segments(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        names.extend(name.to_str().filter(|name| segment::first_of(name).is_some()).map(str::to_owned));
    }
    names.sort_by_key(|name| (segment::first_of(name), name.clone()));
    Ok(names)
}

pub(super) fn look(directory: &Path) -> Result<Left, ResumeError> {
    let names = segments(directory)?;
    let previous = names.last().cloned();
    let mut unsealed = Vec::new();
    for name in names.into_iter().rev() {
        let whole = Whole::of(&fs::read(directory.join(&name))?, &name)?;
        let (trail, end) = (whole.trail.clone(), whole.end.clone());
        if !whole.sealed {
            unsealed.insert(0, whole.unsealed);
        }
        if let Some(trail) = trail {
            return Ok(Left { trail: Some(trail), previous, end, unsealed });
        }
    }
    Ok(Left { trail: None, previous, end: End::default(), unsealed })
}

/// The whole lines of a segment.
struct Whole {
    /// None where there are no lines.
    trail: Option<String>,
    end: End,
    sealed: bool,
    unsealed: Unsealed,
}

impl Whole {
    fn of(bytes: &[u8], name: &str) -> Result<Self, ResumeError> {
        let first = segment::first_of(name).unwrap_or_default();
        let mut end = End { seq: first, hash: Hash::default() };
        let (mut tree, mut trail, mut sealed, mut at) = (Tree::default(), None, false, 0);
        while let Some(length) = bytes[at..].iter().position(|byte| *byte == b'\n') {
            let line = &bytes[at..at + length];
            let next = Framed::read(line).filter(|framed| framed.holds && framed.seq == end.seq);
            // What came before the first line is the segment's before.
            let Some(framed) = next.filter(|framed| trail.is_none() || framed.prev == end.hash) else {
                break;
            };
            if trail.is_none() {
                trail = member(&framed, "trail");
                if framed.kind() != "segment" || trail.is_none() {
                    break;
                }
            }
            end = End { seq: framed.seq + 1, hash: framed.hash };
            tree.add(merkle::leaf(line));
            sealed = framed.kind() == "checkpoint"
                && matches!(member(&framed, "why").as_deref(), Some("segment" | "stop"));
            at += length + 1;
        }
        let torn = &bytes[at..];
        if torn.split(|byte| *byte == b'\n').any(|line| Framed::read(line).is_some_and(|framed| framed.holds))
            && torn.contains(&b'\n')
        {
            return Err(ResumeError::Damaged { segment: name.to_owned(), line: tree.size() + 1 });
        }
        let unsealed = Unsealed {
            segment: name.to_owned(),
            lines: tree.size(),
            bytes: at as u64,
            root: tree.root(),
            torn_bytes: torn.len() as u64,
            torn_sha256: Sha256::digest(torn).into(),
        };
        Ok(Self { trail, end, sealed: sealed && torn.is_empty(), unsealed })
    }
}

/// The text of a member.
fn member(framed: &Framed<'_>, key: &str) -> Option<String> {
    framed.object()?.get(key)?.as_str().map(str::to_owned)
}

impl Unsealed {
    /// The members of the record that seals it.
    pub(super) fn record(&self, now: Timestamp) -> Vec<u8> {
        let mut members = Vec::new();
        let mut line = Line::begin(&mut members, "recovery");
        line.time("time", now);
        line.text("cause", "unsealed");
        line.text("segment", &self.segment);
        line.number("lines", self.lines);
        line.number("bytes", self.bytes);
        line.hex("root", &self.root);
        line.number("torn_bytes", self.torn_bytes);
        line.hex("torn_sha256", &self.torn_sha256);
        members
    }
}
