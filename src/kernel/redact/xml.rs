//! The filter for SOAP answers: fed chunks, yields the ranges that may leave.
//!
//! Checks that the answer is well-formed, is a SOAP 1.1 message with the element the program is for
//! (or a Fault), and lets out every byte of it but the personal ones. White space around something
//! removed stays. Where the chunks are cut changes neither the bytes nor the counts nor the fault;
//! it may change how many bytes left before a fault. Deliberately not here: repairing a signature,
//! masking, and namespaces other than the envelope's own: answers go by local names.

use core::ops::Range;

use super::carry::Carry;
use super::out::{Out, Piece};
use super::place::{Fate, Place};
use super::program::Program;
use super::quoted::Quoted;
use super::watch::Watch;
use crate::vocab::{Field, FieldSet};
use crate::xml::chars::{self, End};
use crate::xml::{Flaw, MAX_TOKEN, Reader, Token};

/// Takes what may leave, in order.
pub trait Sink {
    /// Bytes of the chunk being fed.
    fn keep(&mut self, range: Range<usize>);
    /// Bytes of earlier chunks that had to wait for this one; few.
    fn carried(&mut self, bytes: &[u8]);
}

/// What the document may start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A SOAP envelope only: what a gateway accepts.
    Envelope,
    /// A SOAP envelope, or the Body's content alone.
    EnvelopeOrBody,
}

/// Why an answer is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Not a document this gateway reads.
    Flaw(Flaw),
    /// An Envelope, but not in the namespace of SOAP 1.1.
    NotSoap11,
    /// Not `Envelope/{Header?, Body}` with one element in the Body.
    Misbuilt,
    /// The element in the Body (or of the document) is neither the program's nor a Fault.
    UnexpectedRoot,
    /// A name of personal data where the program knows none, be it in quoted markup, or something in a block that is let out
    /// in part which may hold the other part.
    Drift,
    /// An INSZ in the text of an Uitzondering or Fault.
    PersonalInError,
    /// Something must be removed from an answer whose Header holds a signature.
    SignedAnswer,
}

/// How many values of each kind; index [`Field::at`].
pub type Counts = [u32; Field::COUNT];

/// The state between two chunks; its size, some 14 KiB, does not depend on the document.
#[derive(Debug)]
pub struct Filter {
    fault: Option<Fault>,
    /// The start of a character that the last chunk cut.
    character: Carry<4>,
    /// The start of a token that the last chunk cut.
    token: Carry<MAX_TOKEN>,
    course: Course,
}

impl Filter {
    /// A filter that leaves `reveals` in.
    pub fn new(start: Start, reveals: FieldSet) -> Self {
        let course = Course {
            reader: Reader::new(),
            place: Place::new(start, reveals),
            watch: Watch::new(),
            quoted: Quoted::new(),
        };
        Self { fault: None, character: Carry::new(), token: Carry::new(), course }
    }

    /// Reads the next chunk and gives `sink` what may leave.
    ///
    /// # Errors
    /// A [`Fault`]: nothing more of this answer may leave. Every later call gives it again.
    pub fn feed(&mut self, program: &Program<'_>, chunk: &[u8], sink: &mut impl Sink) -> Result<(), Fault> {
        let mut out = Out::new(sink);
        self.check()?;
        let result = self.read_chunk(program, chunk, &mut out);
        self.remember(result)?;
        out.flush();
        Ok(())
    }

    /// Says that the document has ended.
    ///
    /// # Errors
    /// A [`Fault`] when it is not whole.
    pub fn finish(&mut self) -> Result<Counts, Fault> {
        self.check()?;
        let whole = self.character.is_empty() && self.token.is_empty();
        let end = if whole { self.course.reader.finish() } else { Err(Flaw::Truncated) };
        self.remember(end.map_err(Fault::Flaw))?;
        Ok(self.removed())
    }

    /// How many values were removed so far: INSZ elements, and person blocks of which anything else
    /// was removed. A block removed whole with nothing but INSZ in it counts as INSZ; an empty one as
    /// a name, so that no removal goes uncounted.
    pub fn removed(&self) -> Counts {
        self.course.place.removed()
    }

    /// How many values stayed so far because their field is open; counted as in [`Self::removed`].
    pub fn released(&self) -> Counts {
        self.course.place.released()
    }

    fn check(&self) -> Result<(), Fault> {
        self.fault.map_or(Ok(()), Err)
    }

    fn remember(&mut self, result: Result<(), Fault>) -> Result<(), Fault> {
        self.fault = result.err();
        result
    }
}

/// From chunks to clean text, and from clean text to tokens.
impl Filter {
    fn read_chunk<S: Sink>(
        &mut self,
        program: &Program<'_>,
        chunk: &[u8],
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        let start = self.finish_character(program, chunk, out)?;
        let rest = &chunk[start..];
        let clean = chars::clean(rest);
        self.read_text(program, Piece { bytes: &rest[..clean.len], at: Some(start) }, out)?;
        match clean.end {
            End::Whole => Ok(()),
            End::Split => Ok(self.character.push(&rest[clean.len..])?),
            End::Flaw(flaw) => Err(Fault::Flaw(flaw)),
        }
    }

    /// Completes the character that the last chunk cut; gives how many bytes of this one that took.
    fn finish_character<S: Sink>(
        &mut self,
        program: &Program<'_>,
        chunk: &[u8],
        out: &mut Out<'_, S>,
    ) -> Result<usize, Fault> {
        let mut taken = 0;
        while !self.character.is_empty() && taken < chunk.len() {
            self.character.push(&chunk[taken..=taken])?;
            taken += 1;
            match chars::clean(self.character.bytes()).end {
                End::Whole => self.read_character(program, out)?,
                End::Split => {}
                End::Flaw(flaw) => return Err(Fault::Flaw(flaw)),
            }
        }
        Ok(taken)
    }

    fn read_character<S: Sink>(&mut self, program: &Program<'_>, out: &mut Out<'_, S>) -> Result<(), Fault> {
        let character = core::mem::replace(&mut self.character, Carry::new());
        self.read_text(program, Piece { bytes: character.bytes(), at: None }, out)
    }

    fn read_text<S: Sink>(
        &mut self,
        program: &Program<'_>,
        text: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        let start = self.finish_token(program, text.bytes, out)?;
        let (_, mut rest) = text.split(start);
        while !rest.bytes.is_empty() {
            // By reference: moving tokens costs more than reading them.
            match &self.course.reader.next(rest.bytes) {
                Ok(Some(read)) => {
                    let (piece, later) = rest.split(read.len);
                    self.course.pass(program, &read.token, piece, out)?;
                    rest = later;
                }
                Ok(None) => break,
                Err(flaw) => return Err(Fault::Flaw(*flaw)),
            }
        }
        Ok(self.token.push(rest.bytes)?)
    }

    /// Completes the token that the last text cut; gives how many bytes of this one that took.
    fn finish_token<S: Sink>(
        &mut self,
        program: &Program<'_>,
        text: &[u8],
        out: &mut Out<'_, S>,
    ) -> Result<usize, Fault> {
        let mut taken = 0;
        while !self.token.is_empty() {
            if let Some(read) = self.course.reader.next(self.token.bytes())? {
                let piece = Piece { bytes: &self.token.bytes()[..read.len], at: None };
                self.course.pass(program, &read.token, piece, out)?;
                let len = read.len;
                self.token.shift(len);
                taken -= self.give_back(taken);
            } else if taken < text.len() {
                taken += self.take_some(&text[taken..])?;
            } else {
                break;
            }
        }
        Ok(taken)
    }

    /// Lets the carried bytes go if all of them are among the last `taken`, which can be read in place.
    fn give_back(&mut self, taken: usize) -> usize {
        let left = self.token.len();
        if left > taken {
            return 0;
        }
        self.token.clear();
        left
    }

    fn take_some(&mut self, text: &[u8]) -> Result<usize, Fault> {
        const STEP: usize = 64;
        let some = text.len().min(STEP).min(MAX_TOKEN - self.token.len());
        self.token.push(&text[..some])?;
        Ok(some)
    }
}

/// What follows the answer token by token.
#[derive(Debug)]
struct Course {
    reader: Reader,
    place: Place,
    watch: Watch,
    quoted: Quoted,
}

impl Course {
    /// Lets a token out, or not.
    fn pass<S: Sink>(
        &mut self,
        program: &Program<'_>,
        token: &Token<'_>,
        piece: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        let fate = self.place.meet(program, token, self.reader.open())?;
        if matches!(token, Token::Start(..) | Token::End(_)) && !self.watch.is_idle() {
            self.watch.boundary(out)?;
        }
        let leaves = matches!(fate, Fate::Keep | Fate::Watch) && !self.place.is_released();
        if leaves && self.quoted.meet(program, token, piece.bytes) {
            return Err(Fault::Drift);
        }
        match fate {
            Fate::Keep => out.keep(piece),
            Fate::Watch => self.watch.pass(token, piece, out)?,
            Fate::Drop => self.remove()?,
            Fate::KeepWhite => self.keep_white(piece, out)?,
        }
        Ok(())
    }

    fn keep_white<S: Sink>(&self, mut piece: Piece<'_>, out: &mut Out<'_, S>) -> Result<(), Fault> {
        while let Some(&first) = piece.bytes.first() {
            let white = chars::is_white(first);
            let same = piece.bytes.iter().take_while(|byte| chars::is_white(**byte) == white).count();
            let (run, later) = piece.split(same);
            if white {
                out.keep(run);
            } else {
                self.remove()?;
            }
            piece = later;
        }
        Ok(())
    }

    fn remove(&self) -> Result<(), Fault> {
        if self.place.is_signed() { Err(Fault::SignedAnswer) } else { Ok(()) }
    }
}

impl Fault {
    /// How many there are, every [`Flaw`] by itself.
    pub const COUNT: usize = Flaw::COUNT + 6;

    /// Their names, as used in metrics and records; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = Flaw::names_and(&[
        "not-soap-1.1",
        "misbuilt-envelope",
        "unexpected-root",
        "drift",
        "personal-in-error",
        "signed-answer",
    ]);

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        match self {
            Self::Flaw(flaw) => flaw.at(),
            Self::NotSoap11 => Flaw::COUNT,
            Self::Misbuilt => Flaw::COUNT + 1,
            Self::UnexpectedRoot => Flaw::COUNT + 2,
            Self::Drift => Flaw::COUNT + 3,
            Self::PersonalInError => Flaw::COUNT + 4,
            Self::SignedAnswer => Flaw::COUNT + 5,
        }
    }

    /// The fault's name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self.at()]
    }
}

impl From<Flaw> for Fault {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

/// What waits grows beyond its place only where a token does: the reader says so first.
impl From<super::carry::Full> for Fault {
    fn from(_: super::carry::Full) -> Self {
        Self::Flaw(Flaw::TooLong)
    }
}
