//! The one thread that writes: gathers what was handed in, chains it, writes it, and says so.
//!
//! What comes in while the disk is busy makes the next batch, so that one `fsync` serves many calls. When the disk
//! refuses, those who wait are refused too and the file is cut back to what it held before; lines that were left behind
//! are kept, and written first when the disk takes them again, behind a `recovery` record that says how many calls had
//! none.

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, mem};

use jiff::Timestamp;

use super::disk::Disk;
use super::line::Line;
use super::seat::{Counter, Place};
use super::segment::{Segment, Why};
use super::{Durability, Settings};
use crate::audit::keys::SigningKey;
use crate::clock::Clock;
use crate::telemetry::trail::Meters;

/// How long a disk that refuses is left alone.
const RETRY: Duration = Duration::from_secs(1);
/// How long the writer sleeps when nothing is to be done.
const LONG: Duration = Duration::from_hours(1);

pub(super) struct Writer {
    pub(super) counter: Arc<Counter>,
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) key: SigningKey,
    pub(super) meters: Meters,
    pub(super) disk: Box<dyn Disk>,
    /// As it stands on the disk.
    pub(super) segment: Segment,
    /// The segment that follows a sealed one, and its first bytes.
    pub(super) following: Option<(Segment, Vec<u8>)>,
    /// Something may stand behind the segment's end that does not belong there.
    pub(super) rewind: bool,
    pub(super) out: Vec<u8>,
    pub(super) batch: Vec<Arc<Place>>,
    pub(super) kept: Vec<Arc<Place>>,
    pub(super) failing: Option<Failing>,
    /// Lines behind the last checkpoint.
    pub(super) unsigned: u64,
    /// When the next checkpoint is due; none: nothing was written since the last.
    pub(super) check: Option<Instant>,
}

/// A disk that refuses.
pub(super) struct Failing {
    since: Timestamp,
    retry: Instant,
}

/// However the writer ends, nothing is taken in behind it.
impl Drop for Writer {
    fn drop(&mut self) {
        self.counter.fail(true);
    }
}

impl Writer {
    pub(super) fn run(mut self) {
        loop {
            let patience = self.patience();
            let more = self.counter.collect(&mut self.batch, patience);
            self.turn(!more);
            if !more {
                return;
            }
        }
    }

    /// Until something must be done even if nobody hands anything in.
    fn patience(&self) -> Duration {
        let due = self.failing.as_ref().map(|failing| failing.retry).or(self.check);
        due.map_or(LONG, |due| due.saturating_duration_since(Instant::now()))
    }

    fn turn(&mut self, last: bool) {
        if let Some(failing) = &self.failing {
            let due = last || failing.retry <= Instant::now();
            self.turn_away();
            if !due {
                return;
            }
        }
        let why = match self.check {
            _ if last => Some(Why::Stop),
            _ if self.batch.iter().any(|place| place.is_signed()) => Some(Why::Tombstone),
            Some(due) if due <= Instant::now() => Some(Why::Interval),
            _ => None,
        };
        if self.batch.is_empty() && self.failing.is_none() && why.is_none() {
            return;
        }
        self.kept.append(&mut self.batch);
        self.counter.hold(self.kept.len());
        match self.write(why) {
            Ok(()) => self.written(),
            Err(cause) => self.failed(&cause, last),
        }
    }

    /// Writes all that is kept, and what must be said before it and behind it.
    fn write(&mut self, why: Option<Why>) -> io::Result<()> {
        let began = Instant::now();
        let now = self.clock.now();
        if mem::take(&mut self.rewind) {
            self.disk.rewind(self.segment.bytes).inspect_err(|_| self.rewind = true)?;
        }
        self.follow(now)?;
        let mut next = self.segment.clone();
        self.out.clear();
        let refused = self.counter.refused();
        if refused > 0 || self.failing.is_some() {
            next.add(&self.recovery(now, refused), &mut self.out);
        }
        for place in &self.kept {
            next.add(&place.text(), &mut self.out);
        }
        if let Some(why) = why {
            next.check(why, now, &self.key, &mut self.out);
        }
        let sync = self.settings.durability == Durability::Fsync || why.is_some();
        self.put(next, sync)?;
        self.counter.told_refused(refused);
        self.meters.commits.record(began.elapsed());
        match why {
            Some(why) => self.checked(why, now),
            None => self.check = self.check.or(Some(began + self.settings.checkpoint_interval)),
        }
        Ok(())
    }

    /// Seals the segment and begins the next, where it is full or old.
    fn follow(&mut self, now: Timestamp) -> io::Result<()> {
        if self.following.is_none() && self.is_full(now) {
            let mut last = self.segment.clone();
            self.out.clear();
            last.check(Why::Segment, now, &self.key, &mut self.out);
            self.put(last, true)?;
            self.checked(Why::Segment, now);
            let mut header = Vec::new();
            let Segment { trail, name, end, .. } = self.segment.clone();
            let next = Segment::begin(trail, Some(&name), end, now, &self.key, &mut header);
            self.following = Some((next, header));
        }
        if let Some((next, header)) = &self.following {
            self.disk.create(&next.name)?;
            self.disk.append(header)?;
            self.disk.sync()?;
            // Its header.
            self.meters.records.increment(1);
            self.unsigned += 1;
            self.segment = next.clone();
            self.counter.commit(self.segment.end.seq - 1);
            self.following = None;
        }
        Ok(())
    }

    fn is_full(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.segment.since);
        // A header alone is no reason for the next.
        self.segment.tree.size() > 1
            && (self.segment.bytes >= self.settings.segment_bytes
                || Duration::try_from(age).is_ok_and(|age| age >= self.settings.segment_age))
    }

    /// Writes what is in `out`; the segment is then `next`.
    fn put(&mut self, next: Segment, sync: bool) -> io::Result<()> {
        let written = self.disk.append(&self.out);
        let written = written.and_then(|()| if sync { self.sync() } else { Ok(()) });
        match written {
            Ok(()) => {
                let lines = next.end.seq - self.segment.end.seq;
                self.meters.records.increment(lines);
                self.unsigned += lines;
                self.meters.unsigned(self.unsigned);
                self.segment = next;
                self.counter.commit(self.segment.end.seq - 1);
            }
            // What was refused is not left to be read, should the process end now.
            Err(_) => self.rewind = self.disk.rewind(self.segment.bytes).is_err(),
        }
        written
    }

    fn sync(&mut self) -> io::Result<()> {
        let began = Instant::now();
        self.disk.sync()?;
        self.meters.syncs.record(began.elapsed());
        Ok(())
    }

    /// What was just written ends in a checkpoint.
    fn checked(&mut self, why: Why, now: Timestamp) {
        self.check = None;
        self.unsigned = 0;
        self.meters.checked(self.segment.end.seq - 1, now.as_second());
        tell(&self.segment, why, &self.out);
        self.counter.remember(last_line(&self.out));
    }

    /// All that was kept is written.
    fn written(&mut self) {
        self.counter.hold(0);
        self.kept.drain(..).for_each(|place| self.counter.done(place));
        if self.failing.take().is_some() {
            self.counter.fail(false);
            self.meters.failing.set(0.0);
            tracing::info!("the audit trail is written again");
        }
    }

    fn failed(&mut self, cause: &io::Error, last: bool) {
        let since = self.failing.as_ref().map_or_else(|| self.clock.now(), |failing| failing.since);
        if self.failing.is_none() || last {
            tracing::error!(%cause, "the audit trail cannot be written: every call is refused until it can");
        }
        self.counter.fail(true);
        self.meters.failing.set(1.0);
        self.failing = Some(Failing { since, retry: Instant::now() + RETRY });
        self.batch.append(&mut self.kept);
        self.turn_away();
    }

    /// Refuses those who wait, and keeps what nobody waits for.
    fn turn_away(&mut self) {
        let left = self.batch.drain(..).filter_map(Counter::refuse);
        self.kept.extend(left);
        self.counter.hold(self.kept.len());
    }

    /// The members of the record of an interruption.
    fn recovery(&self, now: Timestamp, refused: u64) -> Vec<u8> {
        let mut members = Vec::new();
        let mut line = Line::begin(&mut members, "recovery");
        line.time("time", now);
        match &self.failing {
            Some(failing) => {
                line.text("cause", "write-failed");
                line.time("since", failing.since);
            }
            None => line.text("cause", "no-room"),
        }
        line.number("refused", refused);
        members
    }
}

/// Says aloud what was just signed, so that it is known elsewhere, too; it is the last line of what was written.
pub(super) fn tell(segment: &Segment, why: Why, written: &[u8]) {
    let line = last_line(written);
    tracing::info!(
        target: "poortwachter::checkpoint",
        seq = segment.end.seq - 1,
        why = why.name(),
        segment = segment.name,
        line = %String::from_utf8_lossy(line),
        "the audit trail up to here is signed"
    );
}

/// Without its line end.
pub(super) fn last_line(written: &[u8]) -> &[u8] {
    let lines = written.strip_suffix(b"\n").unwrap_or(written);
    lines.rsplit(|byte| *byte == b'\n').next().unwrap_or(lines)
}
