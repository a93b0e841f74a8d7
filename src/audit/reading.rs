//! Reads a trail's entries in the order in which they were written, for whoever asks something of it.
//!
//! One line is in memory at a time. Every line must hold and continue the one before: an answer never rests on an entry
//! that was changed. What is not looked at is whose trail it is, and whether its end is there: that is
//! [`crate::audit::verify`]'s to say. A trail may be read while it is written; what its last file ends in, and half a line
//! that a crash left, are passed over.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::trail::frame::{Framed, Hash};
use super::trail::{segment, segments};

/// A line of a trail.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The file it stands in.
    pub segment: Arc<str>,
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// The hash of the one before.
    pub prev: Hash,
    /// As it stands there, without its line end.
    pub line: String,
    members: Map<String, Value>,
}

/// Why a trail cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file cannot be read.
    #[error("cannot read `{file}`")]
    Unreadable {
        /// Which.
        file: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A line is not as it was written, or not where it was.
    #[error(
        "`{segment}`, line {line}: not as it was written; `poortwachter audit verify` says what is wrong with this trail"
    )]
    Damaged {
        /// In which file.
        segment: String,
        /// Which, counted from 1.
        line: u64,
    },
}

/// The entries of a trail that are there when they are asked for.
#[derive(Debug)]
pub struct Reading {
    directory: PathBuf,
    names: VecDeque<String>,
    here: Option<Here>,
    /// The number and `prev` that the next line must have; none: nothing was read.
    next: Option<(u64, Hash)>,
    /// Entries before are passed over.
    from: u64,
    bytes: u64,
}

/// The file that is being read.
#[derive(Debug)]
struct Here {
    name: Arc<str>,
    lines: BufReader<File>,
    line: u64,
    /// A line that does not hold: half of one, as a crash leaves it, if no whole one comes behind.
    bad: Option<u64>,
}

impl Here {
    /// A seek empties the buffer, wherever it goes.
    fn refresh(&mut self) -> io::Result<()> {
        let at = self.lines.stream_position()?;
        self.lines.seek(SeekFrom::Start(at)).map(drop)
    }
}

impl Reading {
    /// All of the trail in a directory.
    ///
    /// # Errors
    /// The directory cannot be read, or no trail is in it.
    pub fn of(directory: &Path) -> Result<Self, ReadError> {
        Self::from(directory, 1)
    }

    /// The trail in a directory, from an entry's number on. Files before are not looked at.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn from(directory: &Path, from: u64) -> Result<Self, ReadError> {
        let unreadable = |cause| ReadError::Unreadable { file: directory.display().to_string(), cause };
        let mut names: VecDeque<_> = segments(directory).map_err(unreadable)?.into();
        if names.is_empty() {
            return Err(unreadable(io::Error::new(io::ErrorKind::NotFound, "no audit trail is in it")));
        }
        // A number stands in the last file that begins with it or before.
        let begins = |name: &String| segment::first_of(name).is_some_and(|first| first <= from);
        while names.get(1).is_some_and(begins) {
            names.pop_front();
        }
        Ok(Self { directory: directory.to_owned(), names, here: None, next: None, from, bytes: 0 })
    }

    /// Forgets what was read ahead of the last entry: of a trail that is written, it may be taken back and written anew.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn refresh(&mut self) -> io::Result<()> {
        self.here.as_mut().map_or(Ok(()), Here::refresh)
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next entry that is wanted, by a look at its line. Those that are not are held to the chain, too, but not taken
    /// apart: that is most of the work.
    pub fn next_where(
        &mut self,
        wanted: impl FnMut(&Framed<'_>) -> bool,
    ) -> Option<Result<Entry, ReadError>> {
        let step = self.step(wanted);
        if step.is_err() {
            // Nothing behind a damaged line is relied on.
            self.names.clear();
            self.here = None;
        }
        step.transpose()
    }

    fn step(&mut self, mut wanted: impl FnMut(&Framed<'_>) -> bool) -> Result<Option<Entry>, ReadError> {
        let mut line = Vec::new();
        loop {
            let Some(here) = &mut self.here else {
                let Some(name) = self.names.pop_front() else { return Ok(None) };
                let file = self.directory.join(&name);
                let opened = File::open(&file).map_err(|cause| unreadable(&file, cause))?;
                let lines = BufReader::with_capacity(1 << 16, opened);
                self.here = Some(Here { name: name.into(), lines, line: 0, bad: None });
                continue;
            };
            line.clear();
            let read = here.lines.read_until(b'\n', &mut line);
            let read = read.map_err(|cause| unreadable(&self.directory.join(&*here.name), cause))?;
            self.bytes += read as u64;
            if line.pop_if(|last| *last == b'\n').is_none() {
                self.here = None;
                continue;
            }
            here.line += 1;
            let Some(framed) = Framed::read(&line).filter(|framed| framed.holds) else {
                here.bad.get_or_insert(here.line);
                continue;
            };
            let (seq, hash, prev) = (framed.seq, framed.hash, framed.prev);
            let continues = self.next.is_none_or(|next| next == (seq, framed.prev));
            // Files that were retired are missing as a whole.
            let behind_retired = here.line == 1
                && segment::first_of(&here.name) == Some(seq)
                && self.next.is_some_and(|(next, _)| next < seq);
            let damaged = |line| Err(ReadError::Damaged { segment: here.name.to_string(), line });
            if let (Some(line), _) | (None, Some(line)) =
                (here.bad, (!continues && !behind_retired).then_some(here.line))
            {
                return damaged(line);
            }
            self.next = Some((seq + 1, hash));
            if seq >= self.from && wanted(&framed) {
                let Some(members) = framed.object() else { return damaged(here.line) };
                let segment = Arc::clone(&here.name);
                let line = String::from_utf8_lossy(&line).into_owned();
                return Ok(Some(Entry { segment, seq, hash, prev, line, members }));
            }
        }
    }
}

impl Iterator for Reading {
    type Item = Result<Entry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_where(|_| true)
    }
}

impl Entry {
    /// What it is a record of: `call`, `reload`, ….
    pub fn kind(&self) -> &str {
        self.text("kind").unwrap_or_default()
    }

    /// `opened`, `closed` or `refused`, of a call.
    pub fn phase(&self) -> Option<&str> {
        self.text("phase")
    }

    /// When it was made.
    pub fn time(&self) -> Option<Timestamp> {
        self.text("time")?.parse().ok()
    }

    /// A member that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.members.get(key)?.as_str()
    }

    /// A member that is a whole number.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.members.get(key)?.as_u64()
    }

    /// The texts of a member that is a list of such.
    pub fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        self.items(key).iter().filter_map(Value::as_str)
    }

    /// The items of a member that is a list.
    pub fn items(&self, key: &str) -> &[Value] {
        self.members.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The numbers of a member that is an object of such, by name.
    pub fn counts(&self, key: &str) -> impl Iterator<Item = (&str, u64)> {
        let counts = self.members.get(key).and_then(Value::as_object).into_iter().flatten();
        counts.filter_map(|(name, count)| Some((name.as_str(), count.as_u64()?)))
    }

    /// All it says, without what chains it.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }
}

fn unreadable(file: &Path, cause: io::Error) -> ReadError {
    ReadError::Unreadable { file: file.display().to_string(), cause }
}
