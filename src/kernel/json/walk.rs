//! Reads a piece of a document: objects, arrays and what stands between values.
//!
//! Each step reads as far as the piece goes, leaves in [`State`] what comes next, and gives the place
//! it came to. `text.rs` reads strings, numbers and literals, `ruling.rs` asks the judge.

mod plain;
mod ruling;
mod text;

use super::course::{Course, State};
use super::feed::Form;
use super::level::Kind;
use super::number::Number;
use super::out::Out;
use super::{JsonFlaw, Judge, Sink, scan};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The place a step came to; `None`: no further, because of a fault that the walk has noted. Two
/// registers hold it, whatever a judge's fault is.
type Place = Option<usize>;

/// A piece, and everything that reads it.
pub(super) struct Walk<'w, J: Judge, S> {
    course: &'w mut Course,
    judge: &'w mut J,
    out: Out<'w, S>,
    bytes: &'w [u8],
    fault: Option<J::Fault>,
}

impl<'w, J: Judge, S: Sink> Walk<'w, J, S> {
    pub(super) fn new(course: &'w mut Course, judge: &'w mut J, out: Out<'w, S>) -> Self {
        Self { bytes: out.bytes(), course, judge, out, fault: None }
    }

    pub(super) fn read(&mut self) -> Result<(), J::Fault> {
        let mut pos = 0;
        while pos < self.bytes.len() {
            match self.step(pos) {
                Some(further) => pos = further,
                None => return self.fault.map_or(Ok(()), Err),
            }
        }
        self.end_piece()
    }

    /// The document ends: a number does so too.
    pub(super) fn end(&mut self) -> Result<(), J::Fault> {
        match self.course.state {
            State::InNumber(number) if number.is_whole() && self.course.levels.is_outside() => {
                self.end_element(0);
                self.fault.map_or(Ok(()), Err)
            }
            _ => Ok(()),
        }
    }

    fn step(&mut self, pos: usize) -> Place {
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
            State::Start => Some(self.start()),
        }
    }

    /// A character is never cut, so that the mark stands in the first piece whole.
    fn start(&mut self) -> usize {
        self.course.state = State::Value;
        if self.bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
    }

    fn name_or_end(&mut self, pos: usize) -> Place {
        let pos = self.white(pos)?;
        if self.bytes.get(pos) == Some(&b'}') { self.close(pos + 1) } else { self.name(pos) }
    }

    fn item_or_end(&mut self, pos: usize) -> Place {
        let pos = self.white(pos)?;
        match self.bytes.get(pos) {
            Some(b']') => self.close(pos + 1),
            Some(_) => self.value(pos),
            None => Some(pos),
        }
    }

    #[inline]
    fn colon(&mut self, pos: usize) -> Place {
        let pos = self.white(pos)?;
        match self.bytes.get(pos) {
            Some(b':') => {
                self.course.state = State::Value;
                self.value(pos + 1)
            }
            Some(_) => self.flaw(JsonFlaw::Misplaced, pos),
            None => {
                self.course.state = State::Colon;
                Some(pos)
            }
        }
    }

    /// The state is [`State::Value`], or [`State::ItemOrEnd`] with something other than the end.
    #[inline]
    fn value(&mut self, pos: usize) -> Place {
        let pos = self.white(pos)?;
        let Some(&first) = self.bytes.get(pos) else { return Some(pos) };
        match first {
            b'"' => {
                self.enter(pos)?;
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

    fn number(&mut self, first: u8, pos: usize) -> Place {
        let Some(number) = Number::begin(first) else { return self.flaw(JsonFlaw::Misplaced, pos) };
        self.enter(pos)?;
        self.tell(pos, pos + 1)?;
        self.in_number(number, pos + 1)
    }

    fn literal(&mut self, text: &'static [u8], pos: usize) -> Place {
        self.enter(pos)?;
        self.in_literal(text, pos)
    }

    fn open_object(&mut self, pos: usize) -> Place {
        self.enter(pos)?;
        let opened = self.course.levels.open_object(self.course.standing);
        self.sound(opened, pos)?;
        self.course.state = State::NameOrEnd;
        Some(pos + 1)
    }

    fn open_array(&mut self, pos: usize) -> Place {
        self.enter_array(pos)?;
        self.course.state = State::ItemOrEnd;
        Some(pos + 1)
    }

    /// The state need not be [`State::After`]: it comes to be when the piece ends here.
    #[inline]
    fn after(&mut self, pos: usize) -> Place {
        let pos = self.white(pos)?;
        let Some(&byte) = self.bytes.get(pos) else { return Some(pos) };
        match (byte, self.course.levels.top().kind) {
            (b',', Kind::Object) => self.plain_members(pos),
            (b',', _) => {
                self.course.wait.begin(pos);
                self.course.state = State::Value;
                Some(pos + 1)
            }
            (b'}', Kind::Object) | (b']', Kind::Array) => self.close(pos + 1),
            _ => self.flaw(JsonFlaw::Misplaced, pos),
        }
    }

    fn close(&mut self, pos: usize) -> Place {
        let kind = self.course.levels.close();
        self.end_level(kind, pos)?;
        Some(pos)
    }

    fn done(&mut self, pos: usize) -> Place {
        let pos = scan::white(self.bytes, pos, self.course.form == Form::Lines);
        match self.bytes.get(pos) {
            Some(b'\n') => {
                self.course.state = State::Value;
                Some(pos + 1)
            }
            Some(_) => self.flaw(JsonFlaw::AfterValue, pos),
            None => Some(pos),
        }
    }

    /// Where white space ends. Only between two values may a document of lines break the line.
    #[inline]
    fn white(&mut self, pos: usize) -> Place {
        match self.bytes.get(pos) {
            Some(0..=b' ') => self.some_white(pos),
            _ => Some(pos),
        }
    }

    fn some_white(&mut self, pos: usize) -> Place {
        let between = self.course.state == State::Value && self.course.levels.is_outside();
        let stops = self.course.form == Form::Lines && !between;
        let end = scan::white(self.bytes, pos, stops);
        match self.bytes.get(end) {
            Some(b'\n') => self.flaw(JsonFlaw::BrokenLine, end),
            _ => Some(end),
        }
    }
}

impl<J: Judge, S: Sink> Walk<'_, J, S> {
    fn end_piece(&mut self) -> Result<(), J::Fault> {
        self.out.flush(self.course.wait.known(self.bytes.len()));
        self.course.naming.carry(self.bytes);
        Ok(self.course.wait.carry(self.bytes).map_err(|_| JsonFlaw::TooLong)?)
    }

    /// Notes a flaw at `pos`; but when too much waited before it, that came first.
    #[cold]
    fn flaw<T>(&mut self, flaw: JsonFlaw, pos: usize) -> Option<T> {
        let flaw = if self.course.wait.is_too_long(pos) { JsonFlaw::TooLong } else { flaw };
        self.fault = Some(flaw.into());
        None
    }

    /// What came of something, unless it is a fault, which is noted.
    #[inline]
    fn hold<T>(&mut self, result: Result<T, J::Fault>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }

    /// Likewise, where what may be wrong is at `pos`.
    #[inline]
    fn sound<T>(&mut self, result: Result<T, JsonFlaw>, pos: usize) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(flaw) => self.flaw(flaw, pos),
        }
    }
}
