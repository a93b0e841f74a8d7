//! Looks for an INSZ in the texts of an error, and lets no digit go before it is known to be none.
//!
//! Diagnose and Annotaties of a source may quote the person the question was about (MAGDA exception
//! schema, comment on `Diagnose`). Comments, CDATA marks and character references between digits do
//! not hide a number, and one inside a comment or an attribute is one too. Masking it would be kinder
//! than withholding the answer; that is not done here.

use super::carry::Carry;
use super::digits::Digits;
use super::out::{Out, Piece};
use super::xml::{Fault, Sink};
use crate::xml::{Tag, Token, reference};

/// The most bytes that wait for a verdict: a notation, generously wrapped in comments.
const ROOM: usize = 512;

/// The state between two tokens of an error.
#[derive(Debug)]
pub(super) struct Watch {
    digits: Digits,
    /// Those of the comment that is being read: they are not part of the text around it.
    commented: Digits,
    held: Carry<ROOM>,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self { digits: Digits::default(), commented: Digits::default(), held: Carry::new() }
    }

    /// Whether no digit is being looked at, so that a tag is no news.
    pub(super) const fn is_idle(&self) -> bool {
        self.digits.is_idle()
    }

    /// Reads a token of the error and keeps it, now or later.
    pub(super) fn pass<S: Sink>(
        &mut self,
        token: &Token<'_>,
        piece: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        match token {
            Token::Text(_) | Token::Cdata => (0..piece.bytes.len())
                .try_for_each(|at| self.character(piece.bytes[at], piece.part(at..at + 1), out)),
            Token::Reference(char) => self.character(byte(*char), piece, out),
            Token::Comment => (0..piece.bytes.len())
                .try_for_each(|at| self.remark(piece.bytes[at], piece.part(at..at + 1), out)),
            Token::Start(tag, _) if holds_insz(tag) => Err(Fault::PersonalInError),
            _ => self.keep(piece, out),
        }
    }

    /// A tag: the text before it ends.
    pub(super) fn boundary<S: Sink>(&mut self, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if self.digits.boundary() {
            return Err(Fault::PersonalInError);
        }
        self.release(out);
        Ok(())
    }

    fn character<S: Sink>(&mut self, byte: u8, piece: Piece<'_>, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if self.digits.step(byte) {
            return Err(Fault::PersonalInError);
        }
        self.keep(piece, out)
    }

    /// The next byte of a comment.
    fn remark<S: Sink>(&mut self, byte: u8, piece: Piece<'_>, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if self.commented.step(byte) {
            return Err(Fault::PersonalInError);
        }
        self.keep(piece, out)
    }

    fn keep<S: Sink>(&mut self, piece: Piece<'_>, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if self.digits.may_become() || self.commented.may_become() {
            return self.held.push(piece.bytes).map_err(|_| Fault::PersonalInError);
        }
        self.release(out);
        out.keep(piece);
        Ok(())
    }

    fn release<S: Sink>(&mut self, out: &mut Out<'_, S>) {
        if !self.held.is_empty() {
            out.carried(self.held.bytes());
            self.held.clear();
        }
    }
}

/// Whether the value of an attribute holds an INSZ.
fn holds_insz(tag: &Tag<'_>) -> bool {
    tag.attributes().any(|attribute| {
        let mut digits = Digits::default();
        reference::resolved(attribute.value).any(|char| digits.step(byte(char))) || digits.boundary()
    })
}

/// A character as a number's reader knows it: a digit, something between two, or something else.
fn byte(char: char) -> u8 {
    u8::try_from(char).unwrap_or(u8::MAX)
}
