//! What an INSZ looks like.
//!
//! Eleven digits `YYMMDD SSS CC` with check digits `CC` = 97 − (the nine digits mod 97), with a 2 before the nine for
//! who was born from 2000 on. Written together, as `YY.MM.DD-SSS.CC`, `YYMMDD-SSS-CC`, `YYMMDD-SSSCC` or
//! `YYMMDDSSS-CC`, with any mix of one to three points, dashes, slashes or spaces; with the century before it; or, as
//! one REST source does, with the century and without check digits (`194211-200-02` is 1942-11-20, number 002).
//! The last form tells nothing by itself, so that only that very grouping counts: undashed it would take every dossier
//! number that begins with a date for a person.

use super::symbol::{self, LONGEST, Symbol};

/// The longest number that is seen, bytes: all notations in plain digits, eleven digits as references.
pub const SPAN: usize = 96;
/// Bytes from a number's start within which all is decided: the symbol after it says that it has ended.
pub(super) const REACH: usize = SPAN + LONGEST;

/// How digits are grouped. None begins another.
const NOTATIONS: [&[usize]; 11] = [
    &[11],
    &[9, 2],
    &[6, 5],
    &[6, 3, 2],
    &[2, 2, 2, 5],
    &[2, 2, 2, 3, 2],
    &[13],
    &[8, 5],
    &[8, 3, 2],
    &[4, 2, 2, 5],
    &[4, 2, 2, 3, 2],
];
/// The most groups, and digits, of any notation.
const GROUPS: usize = 5;
const DIGITS: usize = 13;
/// The most symbols between two groups.
const WIDEST: usize = 3;

/// What stands at the start of a run of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// An INSZ, up to here.
    Number(usize),
    /// None.
    No,
    /// That depends on what follows the text.
    More,
}

/// Reads at a digit that no digit stands before.
pub(super) fn read(text: &[u8], from: usize, ended: bool) -> Read {
    let mut groups = Groups::default();
    let mut at = from;
    loop {
        let end = match run(text, at, ended, &mut groups) {
            Run::Ended(end) => end,
            Run::TooLong => return Read::No,
            Run::Open => return groups.open(text.len() - from),
        };
        if groups.are_whole() {
            let fits = end - from <= SPAN && groups.make_an_insz();
            return if fits { Read::Number(end) } else { Read::No };
        }
        if !groups.may_go_on() {
            return Read::No;
        }
        match gap(text, end, ended) {
            Ok(Some(start)) => at = start,
            Ok(None) => return Read::No,
            Err(Open) => return if text.len() - from < REACH { Read::More } else { Read::No },
        }
    }
}

/// The end of the run of digits at `at`; `Err`: it may go on after the text, from there.
pub(super) fn past_run(text: &[u8], mut at: usize, ended: bool) -> Result<usize, usize> {
    loop {
        match symbol::read(text, at, ended) {
            (Symbol::Digit(_), len) => at += len,
            (Symbol::Cut, _) if !ended => return Err(at),
            _ => return Ok(at),
        }
    }
}

enum Run {
    Ended(usize),
    TooLong,
    /// The text ends in it, or right after it.
    Open,
}

/// The text ends in a gap.
struct Open;

fn run(text: &[u8], mut at: usize, ended: bool, groups: &mut Groups) -> Run {
    groups.begin();
    loop {
        match symbol::read(text, at, ended) {
            (Symbol::Digit(value), len) => {
                at += len;
                if groups.push(value).is_err() {
                    return Run::TooLong;
                }
            }
            (Symbol::Cut, _) if !ended => return Run::Open,
            _ => return Run::Ended(at),
        }
    }
}

/// Where the next group begins; `None`: nowhere.
fn gap(text: &[u8], mut at: usize, ended: bool) -> Result<Option<usize>, Open> {
    for passed in 0..=WIDEST {
        match symbol::read(text, at, ended) {
            (Symbol::Gap, len) => at += len,
            (Symbol::Digit(_), _) if passed > 0 => return Ok(Some(at)),
            (Symbol::Cut, _) if !ended => return Err(Open),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Digits, and how they are grouped.
#[derive(Default)]
struct Groups {
    digits: [u8; DIGITS],
    count: usize,
    lengths: [usize; GROUPS],
    /// How many groups there are.
    begun: usize,
}

impl Groups {
    fn begin(&mut self) {
        self.begun += 1;
    }

    fn push(&mut self, digit: u8) -> Result<(), ()> {
        *self.digits.get_mut(self.count).ok_or(())? = digit;
        self.count += 1;
        self.lengths[self.begun - 1] += 1;
        Ok(())
    }

    fn lengths(&self) -> &[usize] {
        &self.lengths[..self.begun]
    }

    fn are_whole(&self) -> bool {
        NOTATIONS.contains(&self.lengths())
    }

    fn may_go_on(&self) -> bool {
        NOTATIONS.iter().any(|notation| notation.starts_with(self.lengths()))
    }

    /// What to say when the last group may go on after the text, of which so many bytes were read.
    fn open(&self, bytes: usize) -> Read {
        let Some((last, earlier)) = self.lengths().split_last() else { return Read::No };
        let fits = |notation: &&[usize]| {
            notation.starts_with(earlier) && notation.get(earlier.len()).is_some_and(|most| last <= most)
        };
        if bytes < REACH && NOTATIONS.iter().any(fits) { Read::More } else { Read::No }
    }

    fn make_an_insz(&self) -> bool {
        let digits = &self.digits[..self.count];
        match digits.split_at(digits.len().saturating_sub(11)) {
            ([], whole) => is_insz(whole, &[0, 2]) || self.lengths() == [6, 3, 2] && is_unchecked(whole),
            ([1, 9], rest) => is_insz(rest, &[0]),
            ([2, 0], rest) => is_insz(rest, &[2]),
            _ => false,
        }
    }
}

/// Digits of one number, without its century.
pub(super) const DIGITS_OF_ONE: usize = 11;

/// Whether a text is the digits of one, and nothing else.
pub(super) fn is_written_plainly(text: &[u8]) -> bool {
    let mut digits = [0; DIGITS_OF_ONE];
    text.len() == digits.len()
        && text.iter().zip(&mut digits).all(|(byte, digit)| {
            *digit = byte.wrapping_sub(b'0');
            *digit < 10
        })
        && is_insz(&digits, &[0, 2])
}

/// Whether the check digits fit with one of these before the other nine.
fn is_insz(digits: &[u8], centuries: &[u64]) -> bool {
    let (born, check) = (value(&digits[..9]), value(&digits[9..]));
    let checked = |century: &u64| 97 - (century * 1_000_000_000 + born) % 97 == check;
    is_birth(&digits[..9]) && centuries.iter().any(checked)
}

/// Whether these are century, date and number of a person, without check digits.
fn is_unchecked(digits: &[u8]) -> bool {
    matches!(digits[..2], [1, 9] | [2, 0]) && is_birth(&digits[2..])
}

/// Whether six digits may be a date of birth, and the three after them a person born on it. The month says more:
/// 20 and 40 are added in a BIS number, 60 in a test number; 00 is an unknown one, as is day 00.
fn is_birth(digits: &[u8]) -> bool {
    let (month, day, serial) = (value(&digits[2..4]), value(&digits[4..6]), value(&digits[6..9]));
    month < 80 && month % 20 <= 12 && day <= 31 && serial > 0
}

fn value(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, digit| value * 10 + u64::from(*digit))
}
