//! The body of a REST request: read as JSON once, whole, and forwarded as it came.

use super::named::Whose;
use super::{Asking, Question};
use crate::json::{Filter, Form, JsonFlaw, Judge, Key, Sink, Verdict};

/// Why a body has no single meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misread {
    /// It is no JSON this gateway reads.
    Flaw(JsonFlaw),
    /// A member that names a person stands twice in one object: some take the first, some the last.
    MemberTwice,
}

impl Misread {
    /// The fault's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flaw(flaw) => flaw.name(),
            Self::MemberTwice => "member-twice",
        }
    }
}

impl From<JsonFlaw> for Misread {
    fn from(flaw: JsonFlaw) -> Self {
        Self::Flaw(flaw)
    }
}

/// Reads a body, and notes in `question` the persons it names.
///
/// # Errors
/// [`Misread`]: it is not one JSON document with one meaning.
pub fn read(body: &[u8], asking: &Asking<'_>, question: &mut Question<'_>) -> Result<(), Misread> {
    // A mark before it is no part of JSON: some readers take it for a fault, some for nothing.
    if body.starts_with(b"\xef\xbb\xbf") {
        return Err(JsonFlaw::Misplaced.into());
    }
    let mut reader = Filter::<JsonFlaw>::new(Form::Document);
    reader.feed(&mut Whole, body, &mut Nowhere)?;
    reader.finish(&mut Whole, &mut Nowhere)?;
    let mut walk = Walk { rest: body, depth: 0, objects: 0, seen: [0; DEPTH + 1] };
    walk.run(asking, question)
}

/// Whole documents are of interest, none of their elements.
struct Whole;

impl Judge for Whole {
    type Fault = JsonFlaw;

    fn enter(&mut self, _: Key<'_>) -> Result<Verdict, JsonFlaw> {
        Ok(Verdict::KEEP)
    }

    fn leave(&mut self) -> Result<(), JsonFlaw> {
        Ok(())
    }

    fn text(&mut self, _: &[u8]) -> Result<(), JsonFlaw> {
        Ok(())
    }
}

struct Nowhere;

impl Sink for Nowhere {
    fn keep(&mut self, _: core::ops::Range<usize>) {}
    fn carried(&mut self, _: &[u8]) {}
    fn ask(&mut self, _: crate::json::Questions) {}
    fn settle(&mut self, _: crate::json::Question, _: bool) {}
    fn watch(&mut self, _: bool) {}
}

/// The deepest a document that was read can be.
const DEPTH: usize = 64;

/// Goes over a document that is known to be JSON, for the names in it.
struct Walk<'a> {
    rest: &'a [u8],
    depth: usize,
    /// Which of the open levels are objects, by depth.
    objects: u128,
    /// Which persons' names each open object had, by their place among them.
    seen: [u64; DEPTH + 1],
}

impl<'a> Walk<'a> {
    fn run(&mut self, asking: &Asking<'_>, question: &mut Question<'_>) -> Result<(), Misread> {
        // Whether the next string is a member's name.
        let mut names = false;
        // Whether the value that comes is a person's, and whose number it is for the record.
        let (mut person, mut whose) = (false, None);
        while let Some((first, rest)) = self.rest.split_first() {
            self.rest = rest;
            match first {
                b'{' | b'[' => {
                    // A list of numbers is plain; what else stands there for a person is not looked through.
                    if person && (*first == b'{' || !self.is_in_object()) {
                        question.note_anybody();
                    }
                    self.open(*first == b'{');
                    names = *first == b'{';
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    (person, whose) = (false, None);
                }
                b',' => {
                    names = self.is_in_object();
                    // The items of an array share its name.
                    person &= !names;
                    whose = whose.filter(|_| !names);
                }
                b'"' => {
                    let text = Text(self.string());
                    if core::mem::take(&mut names) {
                        person = self.name(text, asking, question)?;
                        whose = Whose::of(&text.chars()).filter(|_| !person);
                    } else {
                        let bytes = text.chars().map(|c| u8::try_from(c).unwrap_or(OUTSIDE));
                        question.note(person, whose, bytes);
                    }
                }
                b'0'..=b'9' => {
                    let len = self.rest.iter().take_while(|byte| is_of_number(**byte)).count();
                    let (number, rest) = self.rest.split_at(len);
                    let number = core::iter::once(*first).chain(number.iter().copied());
                    question.note(person, whose, number);
                    self.rest = rest;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn is_in_object(&self) -> bool {
        self.objects >> self.depth & 1 == 1
    }

    fn open(&mut self, object: bool) {
        self.depth = (self.depth + 1).min(DEPTH);
        self.seen[self.depth] = 0;
        self.objects = self.objects & !(1 << self.depth) | u128::from(object) << self.depth;
    }

    /// What stands up to the closing quote.
    fn string(&mut self) -> &'a [u8] {
        let mut end = 0;
        while let Some(byte) = self.rest.get(end) {
            match byte {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let end = end.min(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        text
    }

    /// Whether a member's name stands for a person.
    fn name(
        &mut self,
        name: Text<'_>,
        asking: &Asking<'_>,
        question: &mut Question<'_>,
    ) -> Result<bool, Misread> {
        if !asking.is_person(&name.chars()) {
            return Ok(false);
        }
        question.names_person = true;
        let one = |known: &&str| Asking { persons: &[*known], ..*asking }.is_person(&name.chars());
        let bit = 1_u64 << asking.persons.iter().position(one).unwrap_or_default().min(63);
        let seen = &mut self.seen[self.depth];
        if *seen & bit != 0 {
            return Err(Misread::MemberTwice);
        }
        *seen |= bit;
        Ok(true)
    }
}

/// A string as it is written, known to be right.
#[derive(Clone, Copy)]
struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Its characters, escapes resolved; halves of pairs one by one, for no name has any.
    fn chars(self) -> impl Iterator<Item = char> + Clone + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (first, behind) = rest.split_first()?;
            let (char, left) = match (first, behind) {
                (b'\\', [b'u', a, b, c, d, left @ ..]) => (unit([*a, *b, *c, *d]), left),
                (b'\\', [b'n' | b't' | b'r' | b'b' | b'f', left @ ..]) => (' ', left),
                (b'\\', [plain, left @ ..]) => (char::from(*plain), left),
                // The characters outside ASCII that some take for a letter of a name.
                (0xc4, [0xb0, left @ ..]) => ('\u{130}', left),
                (0xc4, [0xb1, left @ ..]) => ('\u{131}', left),
                (0xc5, [0xbf, left @ ..]) => ('\u{17f}', left),
                (0xe2, [0x84, 0xaa, left @ ..]) => ('\u{212a}', left),
                // One byte of any other stands for none.
                (byte, left) => {
                    (if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER }, left)
                }
            };
            rest = left;
            Some(char)
        })
    }
}

/// Stands for a character outside ASCII.
const OUTSIDE: u8 = 0x80;

/// The characters of a number behind its first (RFC 8259 §6).
const fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')
}

fn unit(digits: [u8; 4]) -> char {
    let value =
        digits.into_iter().fold(0, |value, digit| value * 16 + char::from(digit).to_digit(16).unwrap_or(0));
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}
