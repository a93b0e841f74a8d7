//! Looks for an INSZ in the texts of an error, and lets no digit go before it is known to be none.
//!
//! Diagnose and Annotaties of a source may quote the person the question was about (MAGDA exception
//! schema, comment on `Diagnose`). Comments, CDATA marks and character references between digits do
//! not hide a number. Masking it would be kinder than withholding the answer; that is not done here.

use super::carry::Carry;
use super::digits::Digits;
use super::out::{Out, Piece};
use super::xml::{Fault, Sink};
use crate::xml::Token;

/// The most bytes that wait for a verdict: a notation, generously wrapped in comments.
const ROOM: usize = 512;

/// The state between two tokens of an error.
#[derive(Debug)]
pub(super) struct Watch {
    digits: Digits,
    held: Carry<ROOM>,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self { digits: Digits::default(), held: Carry::new() }
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
            Token::Reference(char) => self.character(u8::try_from(*char).unwrap_or(b' '), piece, out),
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

    fn keep<S: Sink>(&mut self, piece: Piece<'_>, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if self.digits.may_become() {
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
