//! Reads a trail while it is written, from a mark on, and never beyond the line that is written for good.

use std::io;
use std::path::{Path, PathBuf};

use super::cursor::Mark;
use crate::audit::reading::{Entry, ReadError, Reading};
use crate::config::Pace;

/// Why there is nothing to read on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Astray {
    /// The trail cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// What was read ahead cannot be forgotten.
    #[error("a file of the audit trail cannot be read")]
    Io(#[from] io::Error),
    /// The line that the cursor names is not there, or is another.
    #[error("the line that the cursor names is not in this trail")]
    Other,
}

#[derive(Debug)]
pub(super) struct Follower {
    directory: PathBuf,
    reading: Option<Reading>,
    /// The last line that was read; none: the next is the first there is.
    at: Option<Mark>,
}

impl Follower {
    pub(super) fn new(directory: &Path, at: Option<Mark>) -> Self {
        Self { directory: directory.to_owned(), reading: None, at }
    }

    /// The next lines up to that number, no more than go into one batch.
    pub(super) fn batch(&mut self, committed: u64, pace: &Pace) -> Result<Vec<Entry>, Astray> {
        if self.at.is_some_and(|at| at.seq > committed) {
            return Err(Astray::Other);
        }
        // What was read ahead the last time may have been taken back since.
        self.reading.as_mut().map_or(Ok(()), Reading::refresh)?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while self.at.map_or(0, |at| at.seq) < committed && batch.len() < pace.lines && bytes < pace.bytes {
            let entry = self.next()?;
            self.at = Some(Mark { seq: entry.seq, hash: entry.hash });
            bytes += entry.line.len();
            batch.push(entry);
        }
        Ok(batch)
    }

    fn next(&mut self) -> Result<Entry, Astray> {
        if let Some(reading) = &mut self.reading {
            if let Some(entry) = reading.next().transpose()? {
                return Ok(entry);
            }
            // The next line is in a file that was begun since.
            self.reading = None;
        }
        let mut reading = Reading::from(&self.directory, self.at.map_or(1, |at| at.seq))?;
        let first = reading.next().transpose()?.ok_or(Astray::Other)?;
        let entry = match self.at {
            Some(at) if (first.seq, first.hash) == (at.seq, at.hash) => {
                reading.next().transpose()?.ok_or(Astray::Other)?
            }
            // The cursor's own line may have been retired.
            Some(at) if (first.seq, first.prev) != (at.seq + 1, at.hash) => return Err(Astray::Other),
            _ => first,
        };
        self.reading = Some(reading);
        Ok(entry)
    }
}
