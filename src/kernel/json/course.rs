//! How far a document has been read: the state between two pieces.

use super::escape::Escape;
use super::feed::Form;
use super::key::Naming;
use super::level::{Levels, Standing};
use super::number::Number;
use super::terms::Terms;
use super::wait::Wait;
use super::{JsonFlaw, Within};

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The document, with or without a byte order mark.
    Start,
    /// A value; in a document of lines, another one or the end.
    Value,
    /// The first item of an array, or its end.
    ItemOrEnd,
    /// The key of a member.
    Name,
    /// The key of the first member, or the end of the object.
    NameOrEnd,
    /// More of a key.
    InName,
    /// The colon behind a key.
    Colon,
    /// More of a string.
    InString,
    /// More of a number.
    InNumber(Number),
    /// More of `true`, `false` or `null`: this.
    InLiteral(&'static [u8]),
    /// A comma or the end of what the last value was in.
    After,
    /// Nothing but white space; in a document of lines, the next line.
    Done,
}

#[derive(Debug)]
pub(super) struct Course {
    pub(super) form: Form,
    pub(super) state: State,
    pub(super) levels: Levels,
    pub(super) wait: Wait,
    pub(super) naming: Naming,
    /// Of the string, number or literal that is being read.
    pub(super) standing: Standing,
    /// The escape that is being read, if any.
    pub(super) escape: Option<Escape>,
}

impl Course {
    pub(super) const fn new(form: Form) -> Self {
        Self {
            form,
            state: State::Start,
            levels: Levels::new(),
            wait: Wait::new(),
            naming: Naming::new(),
            standing: Standing { terms: Terms::KEPT, within: Within::Nothing },
            escape: None,
        }
    }

    /// Whether the document may end here; a number at its end must have been closed.
    pub(super) fn end(&self) -> Result<(), JsonFlaw> {
        let may_end = match (self.state, self.form) {
            (State::Done, _) => true,
            (State::Start | State::Value, Form::Lines) => self.levels.is_outside(),
            _ => false,
        };
        if may_end { Ok(()) } else { Err(JsonFlaw::Truncated) }
    }
}
