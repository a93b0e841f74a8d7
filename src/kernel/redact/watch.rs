//! Masks an INSZ in the texts of an error, and lets no digit go before it is known to be none.
//!
//! Diagnose and Annotaties of a source may quote the person the question was about (MAGDA exception
//! schema, comment on `Diagnose`). Comments, CDATA marks and character references between digits do
//! not hide a number, and one inside a comment or an attribute is one too.

use super::digits::Digits;
use super::fault::Fault;
use super::out::{Out, Piece};
use super::sink::PatientSink;
use crate::carry::Carry;
use crate::xml::{Tag, Token, reference};

/// The most bytes that wait for a verdict: a notation, generously wrapped in comments.
const ROOM: usize = 512;

/// What stands for a digit of an INSZ.
const MASK: u8 = b'*';

/// The state between two tokens of an error.
#[derive(Debug)]
pub(super) struct Watch {
    digits: Digits,
    /// Those of the comment that is being read: they are not part of the text around it.
    commented: Digits,
    held: Carry<ROOM>,
    /// What is held, its digits masked.
    masked: Carry<ROOM>,
}

/// How many numbers were masked.
type Masked = Result<u32, Fault>;

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            digits: Digits::default(),
            commented: Digits::default(),
            held: Carry::new(),
            masked: Carry::new(),
        }
    }

    /// Whether nothing waits, so that a tag is no news.
    pub(super) const fn is_idle(&self) -> bool {
        self.digits.is_idle() && self.held.is_empty()
    }

    /// Reads a token of the error and keeps it, now or later, numbers in it masked.
    pub(super) fn pass<S: PatientSink>(
        &mut self,
        token: &Token<'_>,
        piece: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Masked {
        match token {
            Token::Text(_) | Token::Cdata(_) => (0..piece.bytes.len()).try_fold(0, |masked, at| {
                let now = self.character(piece.bytes[at], piece.part(at..at + 1), out)?;
                Ok(masked + now)
            }),
            Token::Reference(char) => self.character(byte(*char), piece, out),
            Token::Comment => (0..piece.bytes.len()).try_fold(0, |masked, at| {
                let now = self.remark(piece.bytes[at], piece.part(at..at + 1), out)?;
                Ok(masked + now)
            }),
            Token::Start(tag, _) if holds_insz(tag) => mask_tag(tag, piece, out),
            _ => self.keep(piece, out).map(|()| 0),
        }
    }

    /// A tag: the text before it ends. Gives how many numbers were masked.
    pub(super) fn boundary<S: PatientSink>(&mut self, out: &mut Out<'_, S>) -> u32 {
        let found = self.digits.boundary();
        self.let_go(found, out);
        u32::from(found)
    }

    fn character<S: PatientSink>(&mut self, byte: u8, piece: Piece<'_>, out: &mut Out<'_, S>) -> Masked {
        let found = self.digits.step(byte);
        self.meet(found, byte, piece, out)
    }

    /// The next byte of a comment.
    fn remark<S: PatientSink>(&mut self, byte: u8, piece: Piece<'_>, out: &mut Out<'_, S>) -> Masked {
        let found = self.commented.step(byte);
        self.meet(found, byte, piece, out)
    }

    fn meet<S: PatientSink>(
        &mut self,
        found: bool,
        byte: u8,
        piece: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Masked {
        if found {
            self.let_go(true, out);
        }
        if byte.is_ascii_digit() {
            self.hold(piece.bytes, &[MASK])?;
        } else {
            self.keep(piece, out)?;
        }
        if !self.may_become() {
            self.let_go(false, out);
        }
        Ok(u32::from(found))
    }

    const fn may_become(&self) -> bool {
        self.digits.may_become() || self.commented.may_become()
    }

    fn keep<S: PatientSink>(&mut self, piece: Piece<'_>, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if self.may_become() {
            return self.hold(piece.bytes, piece.bytes);
        }
        self.let_go(false, out);
        out.keep(piece);
        Ok(())
    }

    fn hold(&mut self, bytes: &[u8], masked: &[u8]) -> Result<(), Fault> {
        let held = self.held.push(bytes).and_then(|()| self.masked.push(masked));
        held.map_err(|_| Fault::PersonalInError)
    }

    /// Lets go what waits: as it is, or masked.
    fn let_go<S: PatientSink>(&mut self, masked: bool, out: &mut Out<'_, S>) {
        if !self.held.is_empty() {
            out.carried(if masked { self.masked.bytes() } else { self.held.bytes() });
            self.held.clear();
            self.masked.clear();
        }
    }
}

/// Whether the value of an attribute holds an INSZ.
fn holds_insz(tag: &Tag<'_>) -> bool {
    tag.attributes().any(|attribute| is_insz(attribute.value))
}

fn is_insz(value: &[u8]) -> bool {
    let mut digits = Digits::default();
    reference::resolved(value).any(|char| digits.step(byte(char))) || digits.boundary()
}

/// Lets a tag out with every digit masked in the attributes that hold an INSZ.
fn mask_tag<S: PatientSink>(tag: &Tag<'_>, piece: Piece<'_>, out: &mut Out<'_, S>) -> Masked {
    let (mut masked, mut at) = (0, 0);
    for attribute in tag.attributes().filter(|attribute| is_insz(attribute.value)) {
        let value = attribute.value;
        if value.contains(&b'&') || attribute.declares().is_some() {
            return Err(Fault::PersonalInError);
        }
        let start = attribute.value_in(piece.bytes);
        out.keep(piece.part(at..start));
        for (offset, byte) in value.iter().enumerate() {
            if byte.is_ascii_digit() {
                out.carried(&[MASK]);
            } else {
                out.keep(piece.part(start + offset..start + offset + 1));
            }
        }
        at = start + value.len();
        masked += 1;
    }
    out.keep(piece.part(at..piece.bytes.len()));
    Ok(masked)
}

/// A character as a number's reader knows it: a digit, something between two, or something else.
fn byte(char: char) -> u8 {
    u8::try_from(char).unwrap_or(u8::MAX)
}
