//! In how many of a request's questions something stands.

/// So many questions, met in their order.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    questions: usize,
    last: usize,
}

impl Spread {
    pub(super) const NOWHERE: Self = Self { questions: 0, last: 0 };

    /// It stands in the question of this number, from 1; 0: in none.
    pub(super) fn note(&mut self, question: usize) {
        if question > self.last {
            self.last = question;
            self.questions += 1;
        }
    }

    pub(super) const fn questions(self) -> usize {
        self.questions
    }
}
