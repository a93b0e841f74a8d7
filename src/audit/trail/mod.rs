//! The tamper-evident trail: every record a line, every line chained to the one before, and signed from time to time.
//!
//! [`mod@line`] writes members, [`frame`] chains them, [`merkle`] and [`segment`] make what is signed of them, [`seat`] is
//! how lines reach the one `writer`, [`disk`] is where they go, and `resume` finds the end of an earlier run.
//! Whoever was told that a line is written can rely on it: with `fsync`, even if the machine loses its power.
//! Deliberately not here: what the records say ([`crate::audit`]), and checking a trail ([`crate::audit::verify`]).

pub mod disk;
pub mod frame;
pub mod line;
pub mod merkle;
mod resume;
pub mod seat;
pub mod segment;
pub mod tombstone;
mod writer;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use jiff::Timestamp;

use crate::audit::keys::{KeyError, PseudonymKey, SigningKey};
use crate::clock::Clock;
pub use crate::config::{Audit as Settings, Durability};
use crate::telemetry::trail::Meters;

use disk::{Directory, Disk};
use line::Line;
pub use resume::{ResumeError, Unsealed, segments};
use seat::{Counter, Seat};
use segment::{Segment, Why};
use writer::Writer;

/// The record could not be written: nothing may be answered but that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit trail cannot be written")]
pub struct Unrecorded;

/// Why a trail cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// An earlier run's trail cannot be carried on.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The directory cannot be written to.
    #[error("cannot write an audit trail in `{directory}`")]
    Disk {
        /// Which.
        directory: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// Where records are handed in. Without a trail, everything is taken and nothing kept.
#[derive(Clone, Debug)]
pub struct Trail(Option<Arc<Open>>);

#[derive(Debug)]
struct Open {
    counter: Arc<Counter>,
    clock: Clock,
    pseudonyms: PseudonymKey,
    answer_digests: bool,
    meters: Meters,
    id: String,
}

impl Open {
    fn begin(&self, text: &mut Vec<u8>, kind: &str, members: impl FnOnce(&mut Line<'_>)) {
        let mut line = Line::begin(text, kind);
        line.time("time", self.clock.now());
        members(&mut line);
    }
}

/// Keeps a trail open. Dropped or closed, it writes what is left, signs it, and ends.
#[derive(Debug)]
pub struct Keeper {
    trail: Trail,
    writer: Option<JoinHandle<()>>,
}

impl Trail {
    /// No trail.
    pub const NONE: Self = Self(None);

    /// Whether records can be written just now.
    pub fn is_writable(&self) -> bool {
        self.0.as_ref().is_none_or(|open| !open.counter.is_failing())
    }

    /// A seat for the record of a call; `Ok(None)`: there is no trail.
    pub(crate) fn seat(&self) -> Result<Option<Seat>, Unrecorded> {
        self.0.as_ref().map(|open| open.counter.seat().ok_or(Unrecorded)).transpose()
    }

    /// Counts a call that was refused for want of a record: the next record says how many there were.
    pub fn count_refused(&self) {
        if let Some(open) = &self.0 {
            open.counter.count_refused();
            open.meters.refused.increment(1);
        }
    }

    /// Counts a file that was removed because its time was over.
    pub fn count_retired(&self) {
        if let Some(open) = &self.0 {
            open.meters.retired.increment(1);
        }
    }

    /// Whether one is kept.
    pub fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// The trail's number; none: there is no trail.
    pub fn id(&self) -> Option<&str> {
        self.0.as_ref().map(|open| open.id.as_str())
    }

    /// The number of the last line that is written, as durably as is configured. What stands behind it in the files may
    /// still be taken back.
    pub fn committed(&self) -> u64 {
        self.0.as_ref().map_or(0, |open| open.counter.committed())
    }

    /// Puts into the metrics what is true of this moment only.
    pub fn measure(&self) {
        if let Some(open) = &self.0 {
            #[expect(clippy::cast_precision_loss, reason = "lines that wait are thousands at most")]
            open.meters.waiting.set(open.counter.waiting() as f64);
        }
    }

    /// Leaves the record of something that is no call to be written.
    pub fn act(&self, kind: &str, members: impl FnOnce(&mut Line<'_>)) {
        if let Some(open) = &self.0 {
            let seat = open.counter.extra();
            seat.fill(|text| open.begin(text, kind, members));
            seat.leave();
        }
    }

    /// Puts a record of something that is no call on the trail, and a checkpoint behind it; returns when both would survive
    /// the machine's loss of power.
    ///
    /// # Errors
    /// The trail cannot be written, or there is none.
    pub async fn signed_act(
        &self,
        kind: &str,
        members: impl FnOnce(&mut Line<'_>),
    ) -> Result<(), Unrecorded> {
        let open = self.0.as_ref().ok_or(Unrecorded)?;
        let seat = open.counter.signed();
        seat.fill(|text| open.begin(text, kind, members));
        seat.written().await
    }

    /// The last checkpoint that this process signed: a whole line, as it was written. None: there is no trail.
    pub fn checkpoint(&self) -> Option<String> {
        String::from_utf8(self.0.as_ref()?.counter.checkpoint()).ok()
    }

    /// The time, for records.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.0.as_ref().map(|open| open.clock.now())
    }

    /// What makes pseudonyms.
    pub(crate) fn pseudonyms(&self) -> Option<&PseudonymKey> {
        self.0.as_ref().map(|open| &open.pseudonyms)
    }

    /// Whether answers are to be hashed.
    pub fn wants_answer_digests(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.answer_digests)
    }
}

impl Keeper {
    /// No trail.
    pub const NONE: Self = Self { trail: Trail::NONE, writer: None };

    /// Opens a trail in its directory. `start` writes what the first record says of this run; it and what an earlier
    /// run left undone are on the disk, and signed, when this returns.
    ///
    /// # Errors
    /// [`TrailError`].
    pub fn open(
        settings: &Settings,
        clock: &Clock,
        meters: Meters,
        start: impl FnOnce(&mut Line<'_>),
    ) -> Result<Self, TrailError> {
        let disk = Directory::open(&settings.directory).map_err(|cause| refused(settings, cause))?;
        Self::open_on(Box::new(disk), settings, clock, meters, start)
    }

    /// The same, on a disk of one's own choice for what is written.
    ///
    /// # Errors
    /// [`TrailError`].
    pub fn open_on(
        mut disk: Box<dyn Disk>,
        settings: &Settings,
        clock: &Clock,
        meters: Meters,
        start: impl FnOnce(&mut Line<'_>),
    ) -> Result<Self, TrailError> {
        let key = SigningKey::load(&settings.checkpoint_key)?;
        let pseudonyms = PseudonymKey::load(&settings.pseudonym_key)?;
        let left = resume::look(&settings.directory)?;
        let mut members = Vec::new();
        let now = clock.now();
        let mut line = Line::begin(&mut members, "start");
        line.time("time", now);
        start(&mut line);
        line.text("pseudonym_key", pseudonyms.id());
        line.text("durability", settings.durability.name());
        line.flag("answer_digests", settings.answer_digests);

        let mut out = Vec::new();
        let segment = begin(settings, left, now, &key, &members, &mut out);
        let put = disk.create(&segment.name).and_then(|()| disk.append(&out)).and_then(|()| disk.sync());
        put.map_err(|cause| refused(settings, cause))?;
        meters.records.increment(segment.tree.size());
        meters.checked(segment.end.seq - 1, now.as_second());
        writer::tell(&segment, Why::Start, &out);

        // Two for each call under way, and some for those that are refused on the spot.
        let counter = Arc::new(Counter::new(2 * settings.calls + EXTRA));
        counter.commit(segment.end.seq - 1);
        let id = segment.trail.clone();
        counter.remember(writer::last_line(&out));
        let writer = Writer {
            counter: Arc::clone(&counter),
            settings: settings.clone(),
            clock: clock.clone(),
            key,
            meters: meters.clone(),
            disk,
            segment,
            following: None,
            rewind: false,
            out,
            batch: Vec::new(),
            kept: Vec::new(),
            failing: None,
            unsigned: 0,
            check: None,
        };
        let thread = std::thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run());
        let writer = Some(thread.map_err(TrailError::Thread)?);
        let answer_digests = settings.answer_digests;
        let open = Open { counter, clock: clock.clone(), pseudonyms, answer_digests, meters, id };
        Ok(Self { trail: Trail(Some(Arc::new(open))), writer })
    }

    /// Where records are handed in.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Writes what is left and signs it. Blocks the thread until that is done.
    pub fn close(&mut self) {
        if let (Some(open), Some(writer)) = (&self.trail.0, self.writer.take()) {
            self.trail.act("stop", |_| {});
            open.counter.close();
            if writer.join().is_err() {
                // It would have said so itself; what it wrote stands.
                tracing::error!("the audit trail's thread has panicked");
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.close();
    }
}

/// Seats for calls that get no further than to be refused.
const EXTRA: usize = 64;

/// The first lines of this run's first segment.
fn begin(
    settings: &Settings,
    left: resume::Left,
    now: Timestamp,
    key: &SigningKey,
    start: &[u8],
    out: &mut Vec<u8>,
) -> Segment {
    let trail = left.trail.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    // Behind a file that was left without a line, whatever the clock says now: names are the order of the chain.
    let empty = left.previous.as_deref().filter(|name| segment::first_of(name) == Some(left.end.seq));
    let behind = empty.and_then(segment::since_of);
    let mut since = behind.map_or(now, |before| now.max(before));
    while settings.directory.join(segment::name(left.end.seq, since)).exists() {
        since += jiff::SignedDuration::from_micros(1);
    }
    let mut segment = Segment::begin(trail, left.previous.as_deref(), left.end, since, key, out);
    segment.since = now;
    for unsealed in left.unsealed {
        tracing::warn!(
            segment = unsealed.segment,
            lines = unsealed.lines,
            torn_bytes = unsealed.torn_bytes,
            "an earlier run did not end its audit trail; a recovery record seals it"
        );
        segment.add(&unsealed.record(now), out);
    }
    segment.add(start, out);
    segment.check(Why::Start, now, key, out);
    segment
}

fn refused(settings: &Settings, cause: io::Error) -> TrailError {
    TrailError::Disk { directory: settings.directory.display().to_string(), cause }
}
