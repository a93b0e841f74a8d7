//! The short cut for what most documents are made of: members with a string, key and string whole in
//! the piece and without escapes, that leave on the terms of their object.
//!
//! For these nothing need wait and nothing be noted. Whatever is otherwise goes the general way, and
//! comes to the same.

use super::super::course::State;
use super::super::feed::Form;
use super::super::level::Standing;
use super::super::{Fate, Judge, Key, Sink, Verdict, Within, scan, wait};
use super::{Place, Walk};

/// Where a member stands whose key is whole and without escapes.
#[derive(Clone, Copy)]
struct Member {
    comma: usize,
    /// The key's first quote, and its last.
    key: (usize, usize),
    /// The value's first byte.
    value: usize,
}

impl<J: Judge, S: Sink> Walk<'_, J, S> {
    /// Reads the members behind the comma at `comma`, as long as they are plain.
    pub(super) fn plain_members(&mut self, mut comma: usize) -> Place {
        while self.goes_without_comma_question() {
            let Some(member) = self.member(comma) else { break };
            let Some(end) = string_end(self.bytes, member.value) else {
                return Some(self.go_on(member));
            };
            if !self.plain_fate(member)? {
                self.course.state = State::InString;
                return Some(member.value + 1);
            }
            self.end_element(end)?;
            comma = self.white(end)?;
            if self.bytes.get(comma) != Some(&b',') {
                return Some(comma);
            }
        }
        self.course.wait.begin(comma);
        self.course.state = State::Name;
        Some(comma + 1)
    }

    /// Whether the comma goes where what is behind it goes.
    #[inline]
    fn goes_without_comma_question(&self) -> bool {
        let level = self.course.levels.top();
        level.earlier.is_sure() || level.standing.terms.is_gone()
    }

    /// The member behind a comma, if its key is plain.
    #[inline]
    fn member(&self, comma: usize) -> Option<Member> {
        let quote = self.gap(comma + 1)?;
        let end = string_end(self.bytes, quote)?;
        if self.bytes.get(end) != Some(&b':') {
            return None;
        }
        let value = self.gap(end + 1)?;
        let is_plain = end - quote - 2 <= Key::ROOM && value - comma <= wait::ROOM;
        is_plain.then_some(Member { comma, key: (quote, end - 1), value })
    }

    /// Where white space ends that no line may break at; `None`: it may, which is not looked at here.
    #[inline]
    fn gap(&self, pos: usize) -> Option<usize> {
        match self.bytes.get(pos) {
            Some(0..=b' ') if self.course.form == Form::Lines => None,
            Some(0..=b' ') => Some(scan::white(self.bytes, pos, false)),
            _ => Some(pos),
        }
    }

    /// Asks the judge; `false`: what it says is not plain, and the string is to be read the general way.
    #[inline]
    fn plain_fate(&mut self, member: Member) -> Option<bool> {
        let outer = self.course.levels.top().standing;
        if outer.within == Within::Nothing {
            return Some(true);
        }
        let (quote, end) = member.key;
        let verdict = self.judge.enter(Key::Read(&self.bytes[quote + 1..end]));
        let verdict = self.hold(verdict)?;
        if verdict.fate == Fate::Keep && verdict.within < Within::All {
            self.settle(member.comma);
            return Some(true);
        }
        self.rule(member, verdict)?;
        Some(false)
    }

    #[inline(never)]
    fn rule(&mut self, member: Member, verdict: Verdict) -> Option<()> {
        self.course.wait.begin(member.comma);
        self.course.wait.name_begins(member.key.0);
        self.settle(member.comma);
        let terms = self.course.levels.top().standing.terms.with(verdict.fate);
        self.course.standing = Standing { terms, within: verdict.within };
        self.decide(terms, member.value)
    }

    /// The key is known; its value goes the general way.
    #[inline]
    fn go_on(&mut self, member: Member) -> usize {
        let (quote, end) = member.key;
        self.course.wait.begin(member.comma);
        self.course.wait.name_begins(quote);
        self.course.naming.begin();
        self.course.naming.is_at(quote + 1, end);
        self.course.state = State::Value;
        member.value
    }
}

/// Where a plain string that begins at `pos` ends.
#[inline]
fn string_end(bytes: &[u8], pos: usize) -> Option<usize> {
    if bytes.get(pos) != Some(&b'"') {
        return None;
    }
    let end = scan::special(bytes, pos + 1);
    (bytes.get(end) == Some(&b'"')).then_some(end + 1)
}
