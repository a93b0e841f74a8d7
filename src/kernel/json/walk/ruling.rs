//! Asks the judge, and lets out what may leave.

use super::super::course::{Course, State};
use super::super::feed::Form;
use super::super::level::{Kind, Standing};
use super::super::terms::Terms;
use super::super::{JsonFlaw, Judge, Key, Sink, Within};
use super::Walk;

impl<J: Judge, S: Sink> Walk<'_, J, S> {
    /// An element begins, whose first byte is at `pos`.
    #[inline]
    pub(super) fn enter(&mut self, pos: usize) -> Option<()> {
        self.begin_item(pos)?;
        let outer = self.course.levels.top().standing;
        if outer.within == Within::Nothing {
            self.course.standing = outer;
            return self.decide(outer.terms, pos);
        }
        let verdict = self.judge.enter(key(self.course, self.bytes));
        let verdict = self.hold(verdict)?;
        self.settle(self.course.wait.known(pos));
        let terms = self.course.levels.top().standing.terms.with(verdict.fate);
        self.course.standing = Standing { terms, within: verdict.within };
        self.decide(terms, pos)
    }

    /// An array begins at `pos`. It is no element: it goes where what it is in goes.
    pub(super) fn enter_array(&mut self, pos: usize) -> Option<()> {
        self.begin_item(pos)?;
        let outer = self.course.levels.top();
        let is_named = outer.kind == Kind::Object && outer.standing.within > Within::Nothing;
        self.decide(outer.standing.terms, pos)?;
        let Course { levels, naming, .. } = &mut *self.course;
        let opened =
            if is_named { levels.open_named_array(naming.key(self.bytes)) } else { levels.open_array() };
        self.sound(opened, pos)
    }

    /// The element that was being read has ended before `pos`.
    #[inline]
    pub(super) fn end_element(&mut self, pos: usize) -> Option<()> {
        if self.course.levels.top().standing.within > Within::Nothing {
            let result = self.judge.leave();
            self.hold(result)?;
            self.settle(pos);
        }
        self.out.turn(self.course.levels.top().standing.terms, pos);
        self.end_value();
        Some(())
    }

    /// An object or array has ended before `pos`.
    pub(super) fn end_level(&mut self, kind: Kind, pos: usize) -> Option<()> {
        if kind == Kind::Object {
            return self.end_element(pos);
        }
        self.end_value();
        Some(())
    }

    #[inline]
    fn end_value(&mut self) {
        self.course.state = if self.course.levels.is_outside() { State::Done } else { State::After };
    }

    /// Takes the answers the judge has found; what stands before `pos` was given under the questions.
    #[inline]
    pub(super) fn settle(&mut self, pos: usize) {
        while let Some((question, kept)) = self.judge.settled() {
            self.out.settle(question, kept, pos);
            self.course.levels.settle(question, kept);
        }
    }

    #[inline]
    fn begin_item(&mut self, pos: usize) -> Option<()> {
        if self.course.levels.top().kind == Kind::Array {
            self.course.wait.name_begins(pos);
        }
        if self.course.wait.is_too_long(pos) {
            return self.flaw(JsonFlaw::TooLong, pos);
        }
        Some(())
    }

    /// What waited, and the value that begins at `pos`, leaves on these terms or not at all.
    #[inline]
    pub(super) fn decide(&mut self, terms: Terms, pos: usize) -> Option<()> {
        let level = self.course.levels.top();
        let is_like_before = terms == self.out.terms();
        let comma_stays = level.earlier.is_sure() && !self.course.wait.has_carried();
        if is_like_before && (comma_stays || terms.is_gone()) {
            self.course.wait.end();
            return Some(());
        }
        self.let_out_what_waited(terms, pos)
    }

    #[inline(never)]
    fn let_out_what_waited(&mut self, terms: Terms, pos: usize) -> Option<()> {
        if self.course.levels.top().kind == Kind::Document {
            return self.decide_on_all(terms, pos);
        }
        let noted = self.note(terms);
        let comma = self.sound(noted, pos)?;
        let parts = self.course.wait.parts(pos);
        for ((carried, range), terms) in parts.into_iter().zip([comma, terms]) {
            self.out.turn(terms, range.start);
            self.out.carried(carried);
        }
        self.course.wait.end();
        Some(())
    }

    /// Notes that something leaves on these terms; gives those of the comma before it.
    fn note(&mut self, terms: Terms) -> Result<Terms, JsonFlaw> {
        if terms.is_gone() {
            return Ok(terms);
        }
        let earlier = &mut self.course.levels.top_mut().earlier;
        let comma = if self.course.wait.has_comma() { earlier.comma(terms)? } else { terms };
        earlier.note(terms)?;
        Ok(comma)
    }

    /// A line may become empty, a document may not.
    fn decide_on_all(&mut self, terms: Terms, pos: usize) -> Option<()> {
        if terms.is_gone() && self.course.form == Form::Document {
            return self.flaw(JsonFlaw::NothingLeft, pos);
        }
        self.out.turn(terms, pos);
        Some(())
    }
}

/// The name of the element that begins.
#[inline]
fn key<'a>(course: &'a Course, piece: &'a [u8]) -> Key<'a> {
    match course.levels.top().kind {
        Kind::Object => course.naming.key(piece),
        Kind::Array => course.levels.name(),
        Kind::Document => Key::Read(b""),
    }
}
