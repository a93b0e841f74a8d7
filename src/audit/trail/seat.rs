//! How lines come from those who have something to say to the one thread that writes.
//!
//! A fixed number of places, each with a buffer of its own. Whoever wants a line written takes one as a [`Seat`], fills it,
//! and either waits for what becomes of it or leaves it behind. Taking, handing in and giving back move a pointer
//! between two lists that were made large enough at the start: a lock for some nanoseconds, no memory, and no waiting
//! for the disk but by `await`.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::Unrecorded;

/// A place for one line.
#[derive(Debug)]
pub(super) struct Place {
    text: Mutex<Vec<u8>>,
    /// What is noted for the line before it is written.
    aside: Mutex<Vec<u8>>,
    state: AtomicU8,
    told: Notify,
    /// A checkpoint is to stand right behind it.
    signed: bool,
}

/// Nobody has handed it in.
const IDLE: u8 = 0;
/// Handed in; somebody waits.
const AWAITED: u8 = 1;
/// Handed in; nobody waits, and it is kept until it can be written.
const LEFT: u8 = 2;
/// Written.
const DONE: u8 = 3;
/// Not written, and given back.
const REFUSED: u8 = 4;

/// Bytes a record has room for before its buffer must grow.
const ROOM: usize = 1536;
/// Bytes for what is noted aside: four pseudonyms, before that buffer must grow.
const ASIDE: usize = 320;

/// Between those who write records and the writer.
#[derive(Debug)]
pub(super) struct Counter {
    lists: Mutex<Lists>,
    /// Wakes the writer.
    bell: Condvar,
    /// The disk does not take anything just now.
    failing: AtomicBool,
    /// Calls that were refused for want of a record, and of which no record says so yet.
    refused: AtomicU64,
    /// Lines that the writer has in hand.
    held: AtomicUsize,
    /// The number of the last line that is written, as durably as is configured.
    committed: AtomicU64,
    /// The last checkpoint that was written: a whole line.
    checkpoint: Mutex<Vec<u8>>,
    places: usize,
}

#[derive(Debug)]
struct Lists {
    free: Vec<Arc<Place>>,
    handed_in: Vec<Arc<Place>>,
    /// The writer sleeps.
    asleep: bool,
    closed: bool,
}

/// The right to have one line written. Dropped with its line handed in, the line is written all the same.
#[derive(Debug)]
pub struct Seat {
    /// None once it was left behind.
    place: Option<Arc<Place>>,
    counter: Arc<Counter>,
}

impl Counter {
    pub(super) fn new(places: usize) -> Self {
        let place = || Arc::new(Place::new(ROOM, ASIDE));
        Self {
            lists: Mutex::new(Lists {
                free: std::iter::repeat_with(place).take(places).collect(),
                // What is said besides calls has places of its own, beyond these.
                handed_in: Vec::with_capacity(2 * places),
                asleep: false,
                closed: false,
            }),
            bell: Condvar::new(),
            failing: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            committed: AtomicU64::new(0),
            checkpoint: Mutex::new(Vec::with_capacity(ROOM)),
            places,
        }
    }

    /// A seat for a call; none while the disk fails, or all are taken.
    pub(super) fn seat(self: &Arc<Self>) -> Option<Seat> {
        if self.is_failing() {
            return None;
        }
        let place = self.lists().free.pop()?;
        place.state.store(IDLE, Ordering::Release);
        place.aside().clear();
        Some(Seat { place: Some(place), counter: Arc::clone(self) })
    }

    /// A seat beyond those for calls.
    pub(super) fn extra(self: &Arc<Self>) -> Seat {
        Seat { place: Some(Arc::new(Place::new(0, 0))), counter: Arc::clone(self) }
    }

    /// One beyond those, for a line with a checkpoint right behind it.
    pub(super) fn signed(self: &Arc<Self>) -> Seat {
        let place = Place { signed: true, ..Place::new(0, 0) };
        Seat { place: Some(Arc::new(place)), counter: Arc::clone(self) }
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Acquire)
    }

    pub(super) fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::Release);
    }

    /// A call was refused for want of a record.
    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// So many of them are on record now.
    pub(super) fn told_refused(&self, count: u64) {
        self.refused.fetch_sub(count, Ordering::Relaxed);
    }

    /// The writer has so many lines in hand.
    pub(super) fn hold(&self, lines: usize) {
        self.held.store(lines, Ordering::Relaxed);
    }

    /// Everything up to that line is written: nothing takes it back any more.
    pub(super) fn commit(&self, seq: u64) {
        self.committed.store(seq, Ordering::Release);
    }

    pub(super) fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    /// Lines that wait to be written, handed in or in hand.
    pub(super) fn waiting(&self) -> usize {
        self.lists().handed_in.len() + self.held.load(Ordering::Relaxed)
    }

    /// This checkpoint is written.
    pub(super) fn remember(&self, checkpoint: &[u8]) {
        let mut last = self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner);
        last.clear();
        last.extend_from_slice(checkpoint);
    }

    /// The last checkpoint that was written, as this process remembers it.
    pub(super) fn checkpoint(&self) -> Vec<u8> {
        self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Nothing more will be handed in.
    pub(super) fn close(&self) {
        self.lists().closed = true;
        self.bell.notify_one();
    }

    /// Moves what was handed in to `batch`, and waits for the first of it no longer than `patience`. False: there
    /// will be no more.
    pub(super) fn collect(&self, batch: &mut Vec<Arc<Place>>, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut lists = self.lists();
        while lists.handed_in.is_empty() && !lists.closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            lists.asleep = true;
            let woken = self.bell.wait_timeout(lists, left).unwrap_or_else(PoisonError::into_inner);
            lists = woken.0;
            lists.asleep = false;
        }
        let more = !lists.closed || !lists.handed_in.is_empty();
        batch.append(&mut lists.handed_in);
        more
    }

    fn hand_in(&self, place: Arc<Place>) {
        let mut lists = self.lists();
        lists.handed_in.push(place);
        let asleep = lists.asleep;
        drop(lists);
        if asleep {
            self.bell.notify_one();
        }
    }

    fn give_back(&self, place: Arc<Place>) {
        let mut lists = self.lists();
        if lists.free.len() < self.places {
            lists.free.push(place);
        }
    }

    /// Nothing panics while the lock is held.
    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a line is written.
    pub(super) fn done(&self, place: Arc<Place>) {
        if place.state.swap(DONE, Ordering::AcqRel) == LEFT {
            self.give_back(place);
        } else {
            place.told.notify_one();
        }
    }

    /// Gives a line back to whoever waits for it; the place, when nobody does and it must be kept.
    pub(super) fn refuse(place: Arc<Place>) -> Option<Arc<Place>> {
        if !place.goes(AWAITED, REFUSED) {
            return Some(place);
        }
        place.told.notify_one();
        None
    }
}

impl Place {
    fn new(room: usize, aside: usize) -> Self {
        Self {
            text: Mutex::new(Vec::with_capacity(room)),
            aside: Mutex::new(Vec::with_capacity(aside)),
            state: AtomicU8::new(IDLE),
            told: Notify::new(),
            signed: false,
        }
    }

    pub(super) fn is_signed(&self) -> bool {
        self.signed
    }

    /// Whether it was in one state, and is in the other now.
    fn goes(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn aside(&self) -> MutexGuard<'_, Vec<u8>> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn text(&self) -> MutexGuard<'_, Vec<u8>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Writes the members of the line. Not to be called between handing it in and hearing what became of it.
    pub(crate) fn fill(&self, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(place) = &self.place {
            write(&mut place.text());
        }
    }

    /// Notes something for the line, in place of what was noted before: a call need not carry it along.
    pub(crate) fn note(&self, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(place) = &self.place {
            let mut aside = place.aside();
            aside.clear();
            write(&mut aside);
        }
    }

    /// Reads what was noted.
    pub(crate) fn noted(&self, read: impl FnOnce(&[u8])) {
        if let Some(place) = &self.place {
            read(&place.aside());
        }
    }

    /// Whether the line is with the writer, or was written.
    pub(crate) fn is_handed_in(&self) -> bool {
        self.place.as_ref().is_none_or(|place| matches!(place.state.load(Ordering::Acquire), AWAITED | DONE))
    }

    /// Hands the line in, unless it is already, and returns when it is written. Dropped before that, the line is written
    /// all the same.
    pub(crate) async fn written(&self) -> Result<(), Unrecorded> {
        let Some(place) = &self.place else { return Ok(()) };
        if place.goes(IDLE, AWAITED) {
            self.counter.hand_in(Arc::clone(place));
        }
        loop {
            match place.state.load(Ordering::Acquire) {
                DONE => return Ok(()),
                REFUSED => {
                    // It can be filled and handed in again.
                    place.state.store(IDLE, Ordering::Release);
                    return Err(Unrecorded);
                }
                _ => place.told.notified().await,
            }
        }
    }

    /// Leaves the line to be written, whenever that can be.
    pub(crate) fn leave(mut self) {
        if let Some(place) = self.place.take_if(|place| place.goes(IDLE, LEFT)) {
            self.counter.hand_in(place);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Still with the writer, the place comes back by itself.
        if let Some(place) = self.place.take().filter(|place| !place.goes(AWAITED, LEFT)) {
            self.counter.give_back(place);
        }
    }
}
