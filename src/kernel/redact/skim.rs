//! Skims content for what a program must see, and passes over everything else unread.
//!
//! Looks at the first bytes of every name. Stops at tags whose name the program knows, at comments, CDATA and
//! processing instructions, at references that are a `<`, and at attributes by the name of personal data.
//! What it passes over is not checked for well-formedness beyond that: markup that names nothing the
//! program knows is the reading consumer's to judge. Encoding and forbidden characters are checked elsewhere.

use core::ops::Range;

use memchr::{memchr, memrchr};

use super::names::{Names, is_of_name};
use super::program::Program;
use crate::marks::{BLOCK, marks};
use crate::xml::{MAX_TOKEN, Tag, chars, reference, tag_end};

/// How far content was skimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skimmed {
    /// What lies before is of no interest, a tag with such an attribute aside.
    pub(super) to: usize,
    pub(super) stop: Stop,
    /// What was met in them, where that is counted.
    pub(super) met: Met,
}

/// What follows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Something to be read.
    Markup,
    /// Something that does not end in these bytes, or nothing.
    Tail,
    /// The rest of the content, behind a tag with an attribute by the name of personal data.
    Drift,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skim<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    /// The names that matter.
    pub(super) names: &'p Names<'a>,
    /// All of it goes, whatever it says: only tags matter.
    pub(super) gone: bool,
    /// Tags are counted, so that an end tag within another element ends no block.
    pub(super) counts: bool,
    /// Names at which it does not stop, a bit by place: all children of a block, and the numbers among them.
    pub(super) children: u64,
    pub(super) numbers: u64,
}

/// Bytes that are searched at once: so many that the search pays.
const WINDOW: usize = 8 * BLOCK;

/// Where in a text something may stand, found a window at a time and before any of it is looked at: telling
/// the processor what comes next.
pub(super) struct Spots {
    found: [u16; WINDOW],
    len: usize,
    next: usize,
    /// Where the window starts that the spots are of, and where the next one does.
    window: Range<usize>,
}

impl Spots {
    pub(super) const fn new() -> Self {
        Self { found: [0; WINDOW], len: 0, next: 0, window: 0..0 }
    }

    /// Spots of the text that were not passed yet, `from` or later, and where their window starts.
    #[inline]
    fn from(&mut self, text: &[u8], from: usize) -> Option<(usize, &[u16])> {
        loop {
            let start = self.window.start;
            while self.next < self.len && start + usize::from(self.found[self.next]) < from {
                self.next += 1;
            }
            if self.next < self.len {
                return Some((start, &self.found[self.next..self.len]));
            }
            self.search(text.get(self.window.end.max(from)..).filter(|rest| !rest.is_empty())?, text.len());
        }
    }

    /// What stands at `to` and behind it is looked at again.
    fn go_back(&mut self, to: usize) {
        self.window = to..to;
        self.len = 0;
        self.next = 0;
    }

    #[inline(never)]
    fn search(&mut self, rest: &[u8], end: usize) {
        let window = &rest[..rest.len().min(WINDOW)];
        let start = end - rest.len();
        self.window = start..start + window.len();
        self.next = 0;
        self.len = 0;
        let (blocks, rest) = window.as_chunks::<BLOCK>();
        for (block, start) in blocks.iter().zip((0..).step_by(BLOCK)) {
            self.note(start, marks(block, may_mean_something));
        }
        if !rest.is_empty() {
            let mut last = [0; BLOCK];
            last[..rest.len()].copy_from_slice(rest);
            self.note(window.len() - rest.len(), marks(&last, may_mean_something));
        }
    }

    #[inline]
    fn note(&mut self, start: usize, mut marks: u64) {
        while marks != 0 {
            #[expect(clippy::cast_possible_truncation, reason = "a window is small")]
            let at = (start as u32 + marks.trailing_zeros()) as u16;
            self.found[self.len] = at;
            self.len += 1;
            marks &= marks - 1;
        }
    }
}

/// What was met in a block that goes, or may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    /// INSZ that began.
    pub(super) numbers: u32,
    /// Elements that began, less those that ended.
    pub(super) open: i32,
}

impl Met {
    const fn and(self, other: Self) -> Self {
        Self {
            numbers: self.numbers.saturating_add(other.numbers),
            open: self.open.saturating_add(other.open),
        }
    }
}

/// What was met so far. What follows the place to stop is read again, and counted then: two tags at most.
#[derive(Default)]
struct Counted {
    before: Met,
    last: [(usize, Met); 2],
    /// Where the last tag that was counted starts and ends.
    tag: Range<usize>,
}

impl Counted {
    /// Counts the tag at `at`; false: it stands in the last one, which is damaged.
    fn note_tag(&mut self, text: &[u8], at: usize) -> bool {
        if at < self.tag.end {
            return false;
        }
        let end = tag_end(&text[at..]).map(|end| at + end);
        self.tag = at..end.unwrap_or(text.len());
        let open = match text.get(at + 1) {
            Some(b'/') => -1,
            _ => i32::from(end.is_none_or(|end| text[end - 1] != b'/')),
        };
        self.note(at, Met { numbers: 0, open });
        true
    }

    fn note(&mut self, at: usize, met: Met) {
        let [(_, oldest), last] = self.last;
        if last.0 == at {
            self.last[1].1 = last.1.and(met);
            return;
        }
        self.before = self.before.and(oldest);
        self.last = [last, (at, met)];
    }

    fn before(&self, to: usize) -> Met {
        let sure = self.last.iter().filter(|(at, _)| *at < to);
        sure.fold(self.before, |all, (_, met)| all.and(*met))
    }
}

/// Where to stop, and why.
type Halt = (usize, Stop);

impl Skim<'_, '_> {
    /// Skims `text` from `from` on, where content stands. `spots` are this text's.
    pub(super) fn over(&self, text: &[u8], from: usize, spots: &mut Spots) -> Skimmed {
        let mut counted = Counted::default();
        while let Some((start, left)) = spots.from(text, from) {
            let first = if self.counts { Some(0) } else { first_of_interest(self.names, text, start, left) };
            let Some(first) = first else {
                spots.next = spots.len;
                continue;
            };
            let at = start + usize::from(left[first]);
            // A spot where it stops is met again if what stands there does not end yet.
            spots.next += first;
            if let Some((to, stop)) = self.look(text, from, at, &mut counted) {
                // A tag that is still open here is damaged: whoever reads it says so.
                let open = if stop == Stop::Markup { open_tag(&text[from..to]) } else { None };
                let to = open.map_or(to, |open| from + open);
                if to < at {
                    spots.go_back(to);
                }
                return Skimmed { to, stop, met: counted.before(to) };
            }
            spots.next += 1;
        }
        let to = from + self.whole_part(&text[from..]);
        Skimmed { to, stop: Stop::Tail, met: counted.before(to) }
    }

    fn look(&self, text: &[u8], from: usize, at: usize, counted: &mut Counted) -> Option<Halt> {
        let rest = text.get(at + 1..)?;
        match text[at] {
            b'<' => self.look_at_tag(text, at, rest, counted),
            b':' => self.read_prefixed(text, from, at, counted),
            b'=' if !self.gone => self.look_at_attribute(text, from, at),
            b'&' if !self.gone => {
                look_at_reference(&text[from..], at - from).map(|(at, stop)| (from + at, stop))
            }
            _ => None,
        }
    }

    fn look_at_tag(&self, text: &[u8], at: usize, rest: &[u8], counted: &mut Counted) -> Option<Halt> {
        let name = rest.strip_prefix(b"/").unwrap_or(rest);
        // No name, but a comment, CDATA, or worse.
        if name.first().is_some_and(|first| *first < b'A') {
            return Some((at, Stop::Markup));
        }
        if self.counts && !counted.note_tag(text, at) {
            return Some((counted.tag.start, Stop::Markup));
        }
        self.read_tag(text, at, name, counted)
    }

    /// A name that is still to come to its end belongs to a tag that does, so that the tail begins there.
    #[inline(never)]
    fn read_tag(&self, text: &[u8], at: usize, name: &[u8], counted: &mut Counted) -> Option<Halt> {
        let place = self.names.starting(name)?;
        let bit = 1 << place.at();
        if self.children & bit == 0 {
            return Some((at, Stop::Markup));
        }
        let begins = text.get(at + 1) != Some(&b'/');
        if begins && self.numbers & bit != 0 && self.names.reads(place, name) {
            counted.note(at, Met { numbers: 1, open: 0 });
        }
        None
    }

    /// A colon: in `<p:Persoon>`, or anywhere.
    #[cold]
    #[inline(never)]
    fn read_prefixed(&self, text: &[u8], from: usize, at: usize, counted: &mut Counted) -> Option<Halt> {
        let start = from + name_start(&text[from..at]);
        let tag = match text[from..start] {
            [.., b'<'] => start - 1,
            [.., b'<', b'/'] => start - 2,
            _ => return None,
        };
        self.read_tag(text, tag, &text[at + 1..], counted)
    }

    /// An equals sign: in `INSZ="…"`, or anywhere.
    #[inline]
    fn look_at_attribute(&self, text: &[u8], from: usize, at: usize) -> Option<Halt> {
        let (Some(&before), Some(&last)) = (text.get(at.wrapping_sub(2)), text.get(at.wrapping_sub(1)))
        else {
            return None;
        };
        let may_end = chars::is_white(last) || self.names.may_end([before, last]);
        if may_end {
            self.read_attribute(&text[from..], at - from).map(|(tag, stop)| (from + tag, stop))
        } else {
            None
        }
    }

    #[cold]
    #[inline(never)]
    fn read_attribute(&self, text: &[u8], at: usize) -> Option<Halt> {
        let end = text[..at].iter().rposition(|byte| !chars::is_white(*byte))? + 1;
        let start = name_start(&text[..end]);
        let local = text[start..end].rsplit(|byte| *byte == b':').next()?;
        if !self.program.is_drift(local) {
            return None;
        }
        let tag = memrchr(b'<', &text[..start])?;
        // A tag that does not end here is the tail's.
        let end = tag_end(&text[tag..])?;
        if tag + end < at {
            return None;
        }
        let silent = Tag::read(&text[tag + 1..tag + end])
            .is_ok_and(|tag| !tag.says(|name| self.program.is_drift(name)));
        (!silent).then_some((tag + end + 1, Stop::Drift))
    }

    /// How much of a text that was skimmed to its end hangs together with nothing that follows it.
    fn whole_part(&self, text: &[u8]) -> usize {
        // A damaged tag before an open one is kept with it: what follows may be a tag to be read.
        let open = open_tag(text).map(|last| open_tag(&text[..last]).unwrap_or(last));
        let whole = open.unwrap_or(text.len());
        if self.gone {
            return whole;
        }
        let near = text.len().saturating_sub(reference::LONGEST);
        let reference = memrchr(b'&', &text[near..]).map(|at| near + at);
        // One in a tag is none, and the tag is kept as a whole.
        let is_cut = |at: &usize| memchr(b';', &text[*at..]).is_none() && open_tag(&text[..*at]).is_none();
        let reference = reference.filter(is_cut);
        reference.map_or(whole, |at| whole.min(at))
    }
}

/// The first spot of a window, starting at `start`, that a glance does not dismiss: the loop in which the
/// filter spends its time.
fn first_of_interest(names: &Names<'_>, text: &[u8], start: usize, spots: &[u16]) -> Option<usize> {
    spots.iter().position(|spot| {
        let at = start + usize::from(*spot);
        // A mark, perhaps a slash, and a word.
        let Some([mark, first, later @ ..]) = text.get(at..).and_then(|rest| rest.first_chunk::<10>()) else {
            return true;
        };
        let later = u64::from_le_bytes(*later);
        let word = if *first == b'/' { later } else { later << 8 | u64::from(*first) };
        match mark {
            b'<' => word & 0xff < u64::from(b'A') || names.may_be(word),
            b':' => names.may_be(word),
            mark => *mark != b';',
        }
    })
}

/// Bytes at which names stand, or which are one in disguise.
#[inline]
const fn may_mean_something(byte: u8) -> bool {
    // `:`, `;`, `<`, `=` follow one another.
    byte.wrapping_sub(b':') < 4 || byte == b'&'
}

/// Where the name at the end of a text starts.
fn name_start(text: &[u8]) -> usize {
    text.iter().rposition(|byte| !is_of_name(*byte)).map_or(0, |before| before + 1)
}

/// An ampersand: only a reference that is a `<` matters, or one that is broken.
#[inline]
fn look_at_reference(text: &[u8], at: usize) -> Option<Halt> {
    if matches!(text.get(at + 1), Some(b'l' | b'#')) { read_reference(text, at) } else { None }
}

/// Where the last tag starts, if it does not end in these bytes.
#[inline]
fn open_tag(text: &[u8]) -> Option<usize> {
    memrchr(b'<', text).filter(|at| tag_end(&text[*at..]).is_none())
}

#[cold]
#[inline(never)]
fn read_reference(text: &[u8], at: usize) -> Option<Halt> {
    match reference::read(&text[at..]) {
        Ok(Some((char, _))) if char != '<' => None,
        // Not whole yet: the tail begins here.
        Ok(None) => None,
        // In the value of an attribute it is no text.
        _ if open_tag(&text[..at]).is_some() => None,
        _ => Some((at, Stop::Markup)),
    }
}

/// What waits is never longer than a token may be.
const _: () = assert!(reference::LONGEST < MAX_TOKEN);
