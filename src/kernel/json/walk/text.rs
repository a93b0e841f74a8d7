//! Keys, strings, numbers and literals.

use super::super::course::State;
use super::super::escape::{Escape, Step};
use super::super::number::Number;
use super::super::{JsonFlaw, Judge, Sink, Within, scan};
use super::{Place, Walk};

impl<J: Judge, S: Sink> Walk<'_, J, S> {
    pub(super) fn name(&mut self, pos: usize) -> Place {
        let pos = self.white(pos)?;
        match self.bytes.get(pos) {
            Some(b'"') => self.begin_name(pos),
            Some(_) => self.flaw(JsonFlaw::Misplaced, pos),
            None => Some(pos),
        }
    }

    #[inline]
    fn begin_name(&mut self, pos: usize) -> Place {
        self.course.wait.name_begins(pos);
        self.course.naming.begin();
        let end = scan::special(self.bytes, pos + 1);
        if self.bytes.get(end) == Some(&b'"') {
            self.course.naming.is_at(pos + 1, end);
            return self.colon(end + 1);
        }
        self.in_name(pos + 1)
    }

    /// A key that holds escapes or does not lie in one piece.
    pub(super) fn in_name(&mut self, mut pos: usize) -> Place {
        self.course.state = State::InName;
        while pos < self.bytes.len() {
            if let Some(escape) = self.course.escape {
                if let Step::Whole(char) = self.escaped(escape, pos)? {
                    self.course.naming.push(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                pos += 1;
                continue;
            }
            let end = scan::special(self.bytes, pos);
            self.course.naming.push(&self.bytes[pos..end]);
            match self.bytes.get(end) {
                Some(b'"') => return self.colon(end + 1),
                _ => pos = self.begin_escape(end)?,
            }
        }
        Some(pos)
    }

    #[inline]
    pub(super) fn string(&mut self, pos: usize) -> Place {
        let end = scan::special(self.bytes, pos);
        if self.bytes.get(end) == Some(&b'"') {
            self.tell(pos, end)?;
            return self.end_scalar_and_go_on(end + 1);
        }
        self.in_string(pos)
    }

    /// A string that holds escapes or does not lie in one piece.
    pub(super) fn in_string(&mut self, mut pos: usize) -> Place {
        self.course.state = State::InString;
        while pos < self.bytes.len() {
            if let Some(escape) = self.course.escape {
                if let Step::Whole(char) = self.escaped(escape, pos)? {
                    self.tell_char(char, pos + 1)?;
                }
                pos += 1;
                continue;
            }
            let end = scan::special(self.bytes, pos);
            self.tell(pos, end)?;
            match self.bytes.get(end) {
                Some(b'"') => return self.end_scalar_and_go_on(end + 1),
                _ => pos = self.begin_escape(end)?,
            }
        }
        Some(pos)
    }

    pub(super) fn in_number(&mut self, mut number: Number, from: usize) -> Place {
        let mut pos = from;
        while let Some(&byte) = self.bytes.get(pos) {
            if !(number.takes_digits() && byte.is_ascii_digit()) {
                let step = number.step(byte);
                if !matches!(step, Ok(Some(_))) {
                    self.tell(from, pos)?;
                }
                let Some(longer) = self.sound(step, pos)? else { return self.end_scalar_and_go_on(pos) };
                number = longer;
            }
            pos += 1;
        }
        self.course.state = State::InNumber(number);
        self.tell(from, pos)?;
        Some(pos)
    }

    pub(super) fn in_literal(&mut self, rest: &'static [u8], from: usize) -> Place {
        let there = rest.len().min(self.bytes.len() - from);
        let read = self.bytes[from..].iter().zip(rest).take_while(|(byte, wanted)| byte == wanted).count();
        self.tell(from, from + read)?;
        if read < there {
            return self.flaw(JsonFlaw::BrokenLiteral, from + read);
        }
        let later = &rest[read..];
        if later.is_empty() {
            return self.end_scalar_and_go_on(from + read);
        }
        self.course.state = State::InLiteral(later);
        Some(from + read)
    }

    #[inline]
    fn end_scalar_and_go_on(&mut self, pos: usize) -> Place {
        self.end_element(pos)?;
        if self.course.levels.is_outside() { Some(pos) } else { self.after(pos) }
    }

    /// What ends a run of plain characters, and is no quote.
    fn begin_escape(&mut self, pos: usize) -> Place {
        match self.bytes.get(pos) {
            Some(b'\\') => {
                self.course.escape = Some(Escape::Begun);
                Some(pos + 1)
            }
            Some(_) => self.flaw(JsonFlaw::ControlCharacter, pos),
            None => Some(pos),
        }
    }

    fn escaped(&mut self, escape: Escape, pos: usize) -> Option<Step> {
        let step = self.sound(escape.step(self.bytes[pos]), pos)?;
        self.course.escape = match step {
            Step::More(escape) => Some(escape),
            Step::Whole(_) => None,
        };
        Some(step)
    }

    /// Tells the judge some text, if it wants to hear it.
    #[inline]
    pub(super) fn tell(&mut self, from: usize, to: usize) -> Option<()> {
        if self.course.standing.within == Within::All && from < to {
            let result = self.judge.text(&self.bytes[from..to]);
            self.hold(result)?;
            self.settle(to);
        }
        Some(())
    }

    fn tell_char(&mut self, char: char, pos: usize) -> Option<()> {
        if self.course.standing.within == Within::All {
            let result = self.judge.text(char.encode_utf8(&mut [0; 4]).as_bytes());
            self.hold(result)?;
            self.settle(pos);
        }
        Some(())
    }
}
