//! On what terms bytes leave.
//!
//! One word, so that joining the terms of an element with those of what it is in is one `or`.

use super::{Fate, JsonFlaw, Question, Questions};

const GONE: u64 = 1 << 63;
const WATCHED: u64 = 1 << 62;
const QUESTIONS: u64 = u32::MAX as u64;

/// Whether bytes leave, on which questions that depends, and whether they are text of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms(u64);

impl Terms {
    pub(super) const KEPT: Self = Self(0);
    pub(super) const GONE: Self = Self(GONE);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline]
    pub(super) const fn with(self, fate: Fate) -> Self {
        match fate {
            Fate::Keep => self,
            Fate::Drop => Self::GONE,
            Fate::Depends(questions) => Self(self.0 | questions.bits() as u64),
            Fate::Watch => Self(self.0 | WATCHED),
        }
    }

    #[inline]
    pub(super) const fn is_gone(self) -> bool {
        self.0 & GONE != 0
    }

    pub(super) const fn is_watched(self) -> bool {
        self.0 & WATCHED != 0
    }

    pub(super) const fn questions(self) -> Questions {
        Questions::from_bits((self.0 & QUESTIONS) as u32)
    }

    /// What they are once a question is answered.
    #[must_use]
    pub(super) const fn settle(self, question: Question, kept: bool) -> Self {
        let bit = 1 << question.number();
        match (self.0 & bit != 0, kept) {
            (false, _) => self,
            (true, true) => Self(self.0 & !bit),
            (true, false) => Self::GONE,
        }
    }

    /// Whether what leaves on `other` terms is certain to leave when something on these does.
    const fn imply(self, other: Self) -> bool {
        other.0 & QUESTIONS & !self.0 == 0
    }
}

/// Whether something earlier in an object or array leaves: if so, a comma stands before what follows.
///
/// When several earlier members depend on open questions, any of them suffices, so that up to two
/// alternatives are kept. The terms of one that implies another add nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earlier([Terms; 2]);

/// What follows cannot be put as questions that all must be answered with yes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tangled;

impl From<Tangled> for JsonFlaw {
    fn from(Tangled: Tangled) -> Self {
        Self::Tangled
    }
}

impl Earlier {
    pub(super) const NOTHING: Self = Self([Terms::GONE; 2]);

    /// The terms of a comma before something that leaves on `next`.
    pub(super) fn comma(self, next: Terms) -> Result<Terms, Tangled> {
        let [one, other] = self.0;
        if other.is_gone() {
            return Ok(one.and(next));
        }
        if next.imply(one) || next.imply(other) { Ok(next) } else { Err(Tangled) }
    }

    /// Notes something that leaves on these terms.
    pub(super) fn note(&mut self, terms: Terms) -> Result<(), Tangled> {
        let terms = Terms(terms.0 & QUESTIONS);
        let [one, other] = self.0;
        let adds_nothing = |known: Terms| !known.is_gone() && terms.imply(known);
        if adds_nothing(one) || adds_nothing(other) {
            return Ok(());
        }
        let still = |known: Terms| !known.is_gone() && !known.imply(terms);
        self.0 = match (still(one), still(other)) {
            (false, false) => [terms, Terms::GONE],
            (true, false) => [one, terms],
            (false, true) => [other, terms],
            (true, true) => return Err(Tangled),
        };
        Ok(())
    }

    pub(super) fn settle(&mut self, question: Question, kept: bool) {
        let [one, other] = self.0.map(|terms| terms.settle(question, kept));
        self.0 = if one.is_gone() || !other.is_gone() && one.imply(other) {
            [other, Terms::GONE]
        } else {
            [one, other]
        };
        if !self.0[1].is_gone() && self.0[1].imply(self.0[0]) {
            self.0[1] = Terms::GONE;
        }
    }

    /// Whether something leaves for certain: the common case.
    #[inline]
    pub(super) fn is_sure(self) -> bool {
        self.0[0] == Terms::KEPT
    }
}
