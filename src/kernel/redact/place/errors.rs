//! Errors in an answer, and what of it they point at.

use super::super::program::{Path, Program};
use super::super::scope::Verdict;
use super::super::sink::Question;
use super::{Level, Mode, Place};
use crate::carry::Carry;
use crate::vocab::Kind;

/// The error that is open.
#[derive(Debug)]
pub(super) struct Error {
    pub(super) level: usize,
    /// It points at something that is removed.
    points: bool,
    /// The reference that is being read.
    reference: Option<Reference>,
}

#[derive(Debug)]
struct Reference {
    level: usize,
    xpath: Carry<256>,
    too_long: bool,
}

impl Error {
    /// A piece of text: it may be a reference's.
    pub(super) fn read(&mut self, text: &[u8]) {
        if let Some(reference) = &mut self.reference {
            reference.too_long |= reference.xpath.push(text).is_err();
        }
    }
}

/// Errors, and what they point at.
impl Place {
    /// Whether numbers in errors are masked.
    pub(super) const fn watches(&self, program: &Program<'_>) -> bool {
        !program.is_empty() && !self.terms.opens(Kind::ErrorText)
    }

    pub(super) fn enter_error(&mut self, level: &mut Level) {
        level.error = true;
        if self.error.is_none() {
            self.error = Some(Error { level: self.depth + 1, points: false, reference: None });
        }
    }

    /// The error that is open quotes a number that cannot be masked: it goes.
    pub(in super::super) fn taint_error(&mut self) {
        if let Some(error) = &mut self.error {
            error.points = true;
        }
    }

    pub(super) fn enter_reference(&mut self) {
        let level = self.depth + 1;
        if let Some(error) = self.error.as_mut().filter(|error| error.reference.is_none()) {
            error.reference = Some(Reference { level, xpath: Carry::new(), too_long: false });
        }
    }

    pub(super) fn leave_reference(&mut self, program: &Program<'_>) {
        let level = self.depth;
        let terms = self.terms;
        let Some(error) = &mut self.error else { return };
        if let Some(reference) = error.reference.take_if(|reference| reference.level == level) {
            let closed = |path: &Path<'_>| !path.is_open(&terms);
            error.points |= reference.too_long || program.points_into(reference.xpath.bytes(), closed);
        }
    }

    pub(super) fn leave_error(&mut self) {
        let points = self.error.take().is_some_and(|error| error.points);
        if points {
            self.count(false, Kind::ErrorText, self.top().doubt, Verdict::Applies);
        }
        self.answers[Question::Error.at()] = Some(!points);
    }

    /// Answers a question that has been open for too long: with no.
    pub(in super::super) fn give_up(&mut self, question: Question) {
        match question {
            Question::Signature => {}
            Question::Enterprise => {
                if let Some(scope) = self.scope.as_mut().filter(|scope| scope.verdict == Verdict::Unknown) {
                    scope.verdict = Verdict::Applies;
                    self.decide_enterprise(false);
                }
            }
            Question::Error => self.give_up_error(),
        }
    }

    pub(super) fn give_up_error(&mut self) {
        let Some(error) = self.error.take() else { return };
        for level in &mut self.levels[error.level..=self.depth] {
            level.mode = Mode::Gone { person: false, late: true };
            level.known = u8::try_from(error.level).unwrap_or(u8::MAX);
            level.error = false;
        }
        self.count(false, Kind::ErrorText, self.top().doubt, Verdict::Applies);
        self.answers[Question::Error.at()] = Some(false);
    }
}
