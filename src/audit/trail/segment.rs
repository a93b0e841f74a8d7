//! The chain's end as the writer knows it, and the lines that frame a segment: its header and its checkpoints.
//!
//! A segment is one file. It begins with a `segment` line that says which trail it belongs to and which file came
//! before, and ends with a `checkpoint`: the root over its lines, signed.

use jiff::Timestamp;

use super::frame::{self, Hash, NOTHING, shown};
use super::line::{self, Line};
use super::merkle::{self, Tree};
use crate::audit::keys::SigningKey;

/// The end of a chain.
#[derive(Clone, Debug)]
pub struct End {
    /// The number the next line gets.
    pub seq: u64,
    /// The hash of the last line.
    pub hash: Hash,
}

/// What a segment holds so far.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The trail's own number, the same in all its segments.
    pub trail: String,
    /// The file's name.
    pub name: String,
    /// When it was begun.
    pub since: Timestamp,
    /// Bytes.
    pub bytes: u64,
    /// Over its lines.
    pub tree: Tree,
    /// The end of the chain.
    pub end: End,
}

/// Why a checkpoint is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The gateway has started.
    Start,
    /// Its time has come.
    Interval,
    /// The segment is full, or old; another follows.
    Segment,
    /// A tombstone stands before it.
    Tombstone,
    /// The gateway has stopped.
    Stop,
}

impl Why {
    /// In the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Interval => "interval",
            Self::Segment => "segment",
            Self::Tombstone => "tombstone",
            Self::Stop => "stop",
        }
    }
}

impl Default for End {
    fn default() -> Self {
        Self { seq: 1, hash: NOTHING }
    }
}

/// How the names of segments end.
pub const SUFFIX: &str = ".jsonl";

/// A segment's file: the number of its first line, and when it was begun, `000000000001-20261124T100000.000000Z.jsonl`.
pub fn name(first: u64, since: Timestamp) -> String {
    let mut time = Vec::new();
    line::time(&mut time, since);
    let time: String = time.into_iter().map(char::from).filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{first:012}-{time}{SUFFIX}")
}

/// When the file with this name was begun, as the name says.
pub fn since_of(name: &str) -> Option<Timestamp> {
    let (_, time) = name.strip_suffix(SUFFIX)?.split_once('-')?;
    time.parse().ok()
}

/// The number of the first line that a segment's name promises.
pub fn first_of(name: &str) -> Option<u64> {
    let (first, time) = name.strip_suffix(SUFFIX)?.split_once('-')?;
    let shaped = first.len() >= 12 && first.bytes().all(|byte| byte.is_ascii_digit());
    (shaped && time.ends_with('Z')).then(|| first.parse().ok()).flatten()
}

impl Segment {
    /// A new segment behind the end of a chain; its header is appended to `out`.
    pub fn begin(
        trail: String,
        previous: Option<&str>,
        end: End,
        now: Timestamp,
        key: &SigningKey,
        out: &mut Vec<u8>,
    ) -> Self {
        let mut segment =
            Self { name: name(end.seq, now), trail, since: now, bytes: 0, tree: Tree::default(), end };
        let mut members = Vec::new();
        let mut line = Line::begin(&mut members, "segment");
        line.time("time", now);
        line.text("format", FORMAT);
        line.text("trail", &segment.trail);
        line.text("name", &segment.name);
        line.maybe("previous", previous);
        line.text("key", &key.public().id());
        line.hex("public", &key.public().0);
        segment.add(&members, out);
        segment
    }

    /// Appends a line with these members, and its line end, to `out`.
    pub fn add(&mut self, members: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        self.end.hash = frame::frame(out, self.end.seq, members, &self.end.hash);
        self.tree.add(merkle::leaf(&out[start..]));
        out.push(b'\n');
        self.end.seq += 1;
        self.bytes += (out.len() - start) as u64;
    }

    /// Appends a checkpoint over all lines so far to `out`.
    pub fn check(&mut self, why: Why, now: Timestamp, key: &SigningKey, out: &mut Vec<u8>) {
        let mut time = Vec::new();
        line::time(&mut time, now);
        let time = String::from_utf8(time).unwrap_or_default();
        let (size, root) = (self.tree.size(), self.tree.root());
        let stated = Statement {
            trail: &self.trail,
            segment: &self.name,
            seq: self.end.seq,
            prev: &self.end.hash,
            size,
            root: &root,
            time: &time,
            why: why.name(),
        };
        let mut members = Vec::new();
        let mut line = Line::begin(&mut members, "checkpoint");
        line.text("time", &time);
        line.text("why", why.name());
        line.text("trail", &self.trail);
        line.text("segment", &self.name);
        line.number("size", size);
        line.hex("root", &root);
        line.text("key", &key.public().id());
        line.hex("signature", &key.sign(stated.text().as_bytes()));
        self.add(&members, out);
    }
}

/// What the first line of every file says of what it is.
const FORMAT: &str =
    "audit trail of Poortwachter: one JSON object a line, hash = SHA-256 of a line's text before ,\"hash\"";

/// What a checkpoint's signature is over.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'s> {
    /// The trail's number.
    pub trail: &'s str,
    /// The segment's name.
    pub segment: &'s str,
    /// The checkpoint's own number.
    pub seq: u64,
    /// The hash of the line before it.
    pub prev: &'s Hash,
    /// How many lines of the segment stand before it.
    pub size: u64,
    /// The root over them.
    pub root: &'s Hash,
    /// When.
    pub time: &'s str,
    /// Why.
    pub why: &'s str,
}

impl Statement<'_> {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let Self { trail, segment, seq, prev, size, root, time, why } = self;
        let (prev, root) = (shown(*prev), shown(*root));
        format!(
            "poortwachter audit checkpoint v1\ntrail {trail}\nsegment {segment}\nseq {seq}\nprev {prev}\n\
             size {size}\nroot {root}\ntime {time}\nwhy {why}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_their_first_lines() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let names = [name(1, at(2)), name(2, at(1)), name(11, at(0)), name(11, at(1))];
        assert!(names.is_sorted(), "{names:?}");
        assert_eq!(names.map(|name| first_of(&name)), [Some(1), Some(2), Some(11), Some(11)]);
        assert_eq!(first_of("lock"), None);
        assert_eq!(since_of(&name(7, at(1_795_514_400))), Some(at(1_795_514_400)));
        assert_eq!(since_of("lock"), None);
    }
}
