//! Reads a piece of a document: objects, arrays and what stands between values.
//!
//! Each step reads as far as the piece goes, leaves in [`State`] what comes next, and gives the place
//! it came to. `text.rs` reads strings, numbers and literals, `ruling.rs` asks the judge.

mod ruling;
mod text;

use super::course::{Course, State};
use super::feed::Form;
use super::level::Kind;
use super::number::Number;
use super::out::Out;
use super::{JsonFlaw, Judge, Sink, scan};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The place a step came to.
type Place<J> = Result<usize, <J as Judge>::Fault>;

/// A piece, and everything that reads it.
pub(super) struct Walk<'w, J, S> {
    course: &'w mut Course,
    judge: &'w mut J,
    out: Out<'w, S>,
    bytes: &'w [u8],
}

impl<'w, J: Judge, S: Sink> Walk<'w, J, S> {
    pub(super) fn new(course: &'w mut Course, judge: &'w mut J, out: Out<'w, S>) -> Self {
        Self { bytes: out.bytes(), course, judge, out }
    }

    pub(super) fn read(&mut self) -> Result<(), J::Fault> {
        let mut pos = 0;
        while pos < self.bytes.len() {
            pos = self.step(pos)?;
        }
        self.end_piece()
    }

    /// The document ends: a number does so too.
    pub(super) fn end(&mut self) -> Result<(), J::Fault> {
        match self.course.state {
            State::InNumber(number) if number.is_whole() && self.course.levels.is_outside() => {
                self.end_element(0)
            }
            _ => Ok(()),
        }
    }

    fn step(&mut self, pos: usize) -> Place<J> {
        match self.course.state {
            State::Name => self.name(pos),
            State::After => self.after(pos),
            State::Value => self.value(pos),
            State::NameOrEnd => self.name_or_end(pos),
            State::ItemOrEnd => self.item_or_end(pos),
            State::InName => self.in_name(pos),
            State::Colon => self.colon(pos),
            State::InString => self.in_string(pos),
            State::InNumber(number) => self.in_number(number, pos),
            State::InLiteral(rest) => self.in_literal(rest, pos),
            State::Done => self.done(pos),
            State::Start => Ok(self.start()),
        }
    }

    /// A character is never cut, so that the mark stands in the first piece whole.
    fn start(&mut self) -> usize {
        self.course.state = State::Value;
        if self.bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
    }

    fn name_or_end(&mut self, pos: usize) -> Place<J> {
        let pos = self.white(pos)?;
        if self.bytes.get(pos) == Some(&b'}') { self.close(pos + 1) } else { self.name(pos) }
    }

    fn item_or_end(&mut self, pos: usize) -> Place<J> {
        let pos = self.white(pos)?;
        match self.bytes.get(pos) {
            Some(b']') => self.close(pos + 1),
            Some(_) => self.value(pos),
            None => Ok(pos),
        }
    }

    fn colon(&mut self, pos: usize) -> Place<J> {
        let pos = self.white(pos)?;
        match self.bytes.get(pos) {
            Some(b':') => {
                self.course.state = State::Value;
                self.value(pos + 1)
            }
            Some(_) => Err(self.flaw(JsonFlaw::Misplaced, pos)),
            None => {
                self.course.state = State::Colon;
                Ok(pos)
            }
        }
    }

    /// The state is [`State::Value`], or [`State::ItemOrEnd`] with something other than the end.
    fn value(&mut self, pos: usize) -> Place<J> {
        let pos = self.white(pos)?;
        let Some(&first) = self.bytes.get(pos) else { return Ok(pos) };
        match first {
            b'"' => {
                self.course.standing = self.enter(pos)?;
                self.string(pos + 1)
            }
            b'{' => self.open_object(pos),
            b'[' => self.open_array(pos),
            b't' => self.literal(b"true", pos),
            b'f' => self.literal(b"false", pos),
            b'n' => self.literal(b"null", pos),
            _ => self.number(first, pos),
        }
    }

    fn number(&mut self, first: u8, pos: usize) -> Place<J> {
        let number = Number::begin(first).ok_or_else(|| self.flaw(JsonFlaw::Misplaced, pos))?;
        self.course.standing = self.enter(pos)?;
        self.tell(pos, pos + 1)?;
        self.in_number(number, pos + 1)
    }

    fn literal(&mut self, text: &'static [u8], pos: usize) -> Place<J> {
        self.course.standing = self.enter(pos)?;
        self.in_literal(text, pos)
    }

    fn open_object(&mut self, pos: usize) -> Place<J> {
        let standing = self.enter(pos)?;
        self.course.levels.open_object(standing)?;
        self.course.state = State::NameOrEnd;
        Ok(pos + 1)
    }

    fn open_array(&mut self, pos: usize) -> Place<J> {
        self.enter_array(pos)?;
        self.course.state = State::ItemOrEnd;
        Ok(pos + 1)
    }

    /// The state need not be [`State::After`]: it comes to be when the piece ends here.
    fn after(&mut self, pos: usize) -> Place<J> {
        let pos = self.white(pos)?;
        let Some(&byte) = self.bytes.get(pos) else { return Ok(pos) };
        match (byte, self.course.levels.top().kind) {
            (b',', kind) => {
                self.course.wait.begin(pos);
                self.course.state = if kind == Kind::Object { State::Name } else { State::Value };
                Ok(pos + 1)
            }
            (b'}', Kind::Object) | (b']', Kind::Array) => self.close(pos + 1),
            _ => Err(self.flaw(JsonFlaw::Misplaced, pos)),
        }
    }

    fn close(&mut self, pos: usize) -> Place<J> {
        let kind = self.course.levels.close();
        self.end_level(kind, pos)?;
        Ok(pos)
    }

    fn done(&mut self, pos: usize) -> Place<J> {
        let pos = scan::white(self.bytes, pos, self.course.form == Form::Lines);
        match self.bytes.get(pos) {
            Some(b'\n') => {
                self.course.state = State::Value;
                Ok(pos + 1)
            }
            Some(_) => Err(self.flaw(JsonFlaw::AfterValue, pos)),
            None => Ok(pos),
        }
    }

    /// Where white space ends. Only between two values may a document of lines break the line.
    #[inline]
    fn white(&self, pos: usize) -> Place<J> {
        match self.bytes.get(pos) {
            Some(0..=b' ') => self.some_white(pos),
            _ => Ok(pos),
        }
    }

    fn some_white(&self, pos: usize) -> Place<J> {
        let between = self.course.state == State::Value && self.course.levels.is_outside();
        let stops = self.course.form == Form::Lines && !between;
        let end = scan::white(self.bytes, pos, stops);
        match self.bytes.get(end) {
            Some(b'\n') => Err(self.flaw(JsonFlaw::BrokenLine, end)),
            _ => Ok(end),
        }
    }
}

impl<J: Judge, S: Sink> Walk<'_, J, S> {
    fn end_piece(&mut self) -> Result<(), J::Fault> {
        self.out.flush(self.course.wait.known(self.bytes.len()));
        self.course.naming.carry(self.bytes);
        Ok(self.course.wait.carry(self.bytes).map_err(|_| JsonFlaw::TooLong)?)
    }

    /// A flaw at `pos`; but when too much waited before it, that came first.
    #[cold]
    fn flaw(&self, flaw: JsonFlaw, pos: usize) -> J::Fault {
        if self.course.wait.is_too_long(pos) { JsonFlaw::TooLong.into() } else { flaw.into() }
    }
}
