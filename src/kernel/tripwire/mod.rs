//! The second line of defence: looks for an INSZ in the bytes that leave, whatever let them out.
//!
//! Knows nothing of paths, programs or markup, so that it does not share the filter's mistakes. Reads UTF-8,
//! XML or JSON, in chunks, and tells a number by its check digits, in the notations that `number` lists, with
//! its digits written plainly, as character references, as JSON escapes or full-width.
//!
//! Between digit-poor stretches it only looks at masks of 64 bytes (`block`); what has eleven digits within
//! reach is read symbol by symbol. Where the chunks are cut changes neither what is found nor the bytes.
//!
//! Not seen, on purpose: a number without valid check digits (the filter's business, by path), one that markup
//! cuts in two, and one of more than [`SPAN`] bytes. Deliberately not here: what a find means.
//!
//! False alarms: of random numbers of eleven digits one in three hundred is taken for an INSZ: 2 of 100 pairs of
//! check digits, 52 of 100 months, 32 of 100 days. Ten digits, as an enterprise number has, never are.

mod block;
mod innocent;
mod number;
mod symbol;

use core::fmt;
use core::ops::Range;

use crate::redact::Sink;
use innocent::Before;
use number::{REACH, Read};
use symbol::Symbol;

pub use number::SPAN;

/// What happens to a number that is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is counted; no byte changes, none waits.
    Report,
    /// Its digits become nines, each in its own notation: lengths, schema and JSON stay right, and no INSZ
    /// has a month 99.
    Mask,
    /// Nothing more leaves.
    Withhold,
}

impl Mode {
    /// Every one with its name in files and metrics.
    pub const NAMES: &'static [(&'static str, Self)] =
        &[("report", Self::Report), ("mask", Self::Mask), ("withhold", Self::Withhold)];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Mask => "mask",
            Self::Withhold => "withhold",
        }
    }
}

/// An INSZ was about to leave, and [`Mode::Withhold`] says that nothing more may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sprung;

/// The state between two chunks.
pub struct Tripwire {
    mode: Mode,
    /// What may be the beginning of a number: held back, or already gone where it is only reported.
    held: [u8; REACH],
    waiting: usize,
    /// What stood before it.
    before: Before,
    /// What is read next may go on a run of digits that is no number.
    in_run: bool,
    found: u32,
    sprung: bool,
}

/// What is next in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// A number.
    Number(Range<usize>),
    /// None, as far as can be said: from here on it depends on what follows.
    Wait { at: usize, in_run: bool },
}

/// Whether an INSZ stands in a short text that is nobody's to read: in any notation, or as eleven digits in a row within a
/// longer run of them.
pub fn has_insz(text: &[u8]) -> bool {
    let mut tripwire = Tripwire::new(Mode::Report);
    let read = tripwire.feed(&[], text, &mut Nowhere).and_then(|()| tripwire.finish(&[], &mut Nowhere));
    read != Ok(0) || text.windows(number::DIGITS_OF_ONE).any(number::is_written_plainly)
}

impl Tripwire {
    /// A tripwire at the start of an answer.
    pub const fn new(mode: Mode) -> Self {
        Self {
            mode,
            held: [0; REACH],
            waiting: 0,
            before: Before::nothing(),
            in_run: false,
            found: 0,
            sprung: false,
        }
    }

    /// Reads the next chunk and gives `sink` what may leave. Numbers that stand directly in an element, or behind
    /// a JSON key, with one of the `innocent` names are passed over.
    ///
    /// # Errors
    /// [`Sprung`], now and ever after: nothing more may leave, nor what the sink was given of this chunk.
    pub fn feed(&mut self, innocent: &[&str], chunk: &[u8], sink: &mut impl Sink) -> Result<(), Sprung> {
        if self.mode == Mode::Report {
            sink.keep(0..chunk.len());
            return self.read(innocent, chunk, &mut Nowhere);
        }
        self.read(innocent, chunk, sink)
    }

    /// Says that the answer has ended, and gives `sink` what was held back.
    ///
    /// # Errors
    /// As [`Self::feed`].
    pub fn finish(&mut self, innocent: &[&str], sink: &mut impl Sink) -> Result<u32, Sprung> {
        if self.sprung {
            return Err(Sprung);
        }
        let (window, waiting) = (self.held, core::mem::take(&mut self.waiting));
        let text = Text { bytes: &window[..waiting], carried: true, ended: true };
        if self.mode == Mode::Report {
            self.pass(innocent, &text, 0, waiting, &mut Nowhere)?;
        } else {
            let (_, kept) = self.pass(innocent, &text, 0, waiting, sink)?;
            text.give(kept..waiting, sink);
        }
        Ok(self.found)
    }

    /// How many numbers were found so far.
    pub const fn found(&self) -> u32 {
        self.found
    }

    /// What happens to a number that is found.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    fn read(&mut self, innocent: &[&str], chunk: &[u8], sink: &mut impl Sink) -> Result<(), Sprung> {
        if self.sprung {
            return Err(Sprung);
        }
        let start = if self.waiting == 0 { 0 } else { self.settle(innocent, chunk, sink)? };
        if start == chunk.len() {
            return Ok(());
        }
        let text = Text { bytes: chunk, carried: false, ended: false };
        let (at, kept) = self.pass(innocent, &text, start, chunk.len(), sink)?;
        text.give(kept..at, sink);
        self.before.push(&chunk[..at]);
        self.hold(&chunk[at..]);
        Ok(())
    }

    /// Decides about what waits, with the beginning of the chunk; gives how much of the chunk that took.
    fn settle(&mut self, innocent: &[&str], chunk: &[u8], sink: &mut impl Sink) -> Result<usize, Sprung> {
        let (waiting, taken) = (core::mem::take(&mut self.waiting), chunk.len().min(REACH));
        let mut window = [0; 2 * REACH];
        window[..waiting].copy_from_slice(&self.held[..waiting]);
        window[waiting..waiting + taken].copy_from_slice(&chunk[..taken]);
        let text = Text { bytes: &window[..waiting + taken], carried: true, ended: false };
        // A short chunk is read here altogether; of a long one only what goes on a number that waits.
        let whole = taken == chunk.len();
        let until = if whole { text.bytes.len() } else { waiting };
        let (at, kept) = self.pass(innocent, &text, 0, until, sink)?;
        if whole {
            text.give(kept..at, sink);
            self.before.push(&text.bytes[..at]);
            self.hold(&text.bytes[at..]);
            return Ok(chunk.len());
        }
        text.give(kept..waiting, sink);
        self.before.push(&text.bytes[..waiting]);
        let resumed = at.max(kept).max(waiting) - waiting;
        // What the window has passed over, the chunk's own pass would keep.
        let from = kept.max(waiting) - waiting;
        sink.keep(from..resumed);
        Ok(resumed)
    }

    /// Deals with the numbers that begin in `from..until`; gives up to where the text is decided, and up to where
    /// it was given away.
    fn pass(
        &mut self,
        innocent: &[&str],
        text: &Text<'_>,
        from: usize,
        until: usize,
        sink: &mut impl Sink,
    ) -> Result<(usize, usize), Sprung> {
        let (mut at, mut kept) = (from, from);
        loop {
            match next(text.bytes, at, core::mem::take(&mut self.in_run), text.ended) {
                Next::Number(range) if range.start < until => {
                    at = range.end;
                    if self.before.is_innocent(&text.bytes[..range.start], innocent) {
                        continue;
                    }
                    self.note()?;
                    if self.mode == Mode::Mask {
                        text.give(kept..range.start, sink);
                        give_masked(&text.bytes[range.clone()], sink);
                        kept = range.end;
                    }
                }
                Next::Number(range) => return Ok((range.start, kept)),
                Next::Wait { at, in_run } => {
                    self.in_run = in_run;
                    return Ok((at, kept));
                }
            }
        }
    }

    fn note(&mut self) -> Result<(), Sprung> {
        self.found = self.found.saturating_add(1);
        self.sprung = self.mode == Mode::Withhold;
        if self.sprung { Err(Sprung) } else { Ok(()) }
    }

    fn hold(&mut self, bytes: &[u8]) {
        self.waiting = bytes.len();
        self.held[..bytes.len()].copy_from_slice(bytes);
    }
}

/// Says how many bytes wait, never which.
impl fmt::Debug for Tripwire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, waiting, found, .. } = self;
        write!(f, "Tripwire({mode:?}, {found} found, {waiting} bytes wait)")
    }
}

/// What is being read.
struct Text<'a> {
    bytes: &'a [u8],
    /// It is not, or not only, of the chunk being fed.
    carried: bool,
    /// Nothing follows it.
    ended: bool,
}

impl Text<'_> {
    fn give(&self, range: Range<usize>, sink: &mut impl Sink) {
        if range.is_empty() {
        } else if self.carried {
            sink.carried(&self.bytes[range]);
        } else {
            sink.keep(range);
        }
    }
}

fn give_masked(number: &[u8], sink: &mut impl Sink) {
    let mut masked = [0; SPAN];
    let masked = &mut masked[..number.len()];
    masked.copy_from_slice(number);
    symbol::mask(masked);
    sink.carried(masked);
}

/// Takes nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn keep(&mut self, _: Range<usize>) {}
    fn carried(&mut self, _: &[u8]) {}
}

/// The next number that begins at `from` or later.
fn next(text: &[u8], from: usize, in_run: bool, ended: bool) -> Next {
    let mut at = from;
    if in_run {
        match number::past_run(text, at, ended) {
            Ok(end) => at = end,
            Err(end) => return Next::Wait { at: end, in_run: true },
        }
    }
    while let Some(dense) = block::dense(text, at) {
        match walk(text, symbol::start(text, at, dense), ended) {
            Ok(end) => at = end,
            Err(next) => return next,
        }
    }
    Next::Wait { at: text.len(), in_run: false }
}

/// Reads on from a stretch with many digits; `Ok`: up to where there is no number.
fn walk(text: &[u8], from: usize, ended: bool) -> Result<usize, Next> {
    let (mut at, mut last_digit) = (from, from);
    while at < text.len() && at - last_digit <= block::GAP {
        match symbol::read(text, at, ended) {
            (Symbol::Digit(_), _) => match number::read(text, at, ended) {
                Read::Number(end) => return Err(Next::Number(at..end)),
                Read::More => return Err(Next::Wait { at, in_run: false }),
                Read::No => match number::past_run(text, at, ended) {
                    Ok(end) => (at, last_digit) = (end, end),
                    Err(end) => return Err(Next::Wait { at: end, in_run: true }),
                },
            },
            (Symbol::Cut, _) => return Err(Next::Wait { at, in_run: false }),
            (Symbol::Other, _) if block::breaks(text[at]) => return Ok(at + 1),
            (Symbol::Gap | Symbol::Other, len) => at += len,
        }
    }
    Ok(at)
}
