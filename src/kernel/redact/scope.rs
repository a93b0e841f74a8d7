//! What a program's condition speaks of, and the sign in it that decides.

use super::program::Condition;
use crate::carry::Carry;

/// Whether the blocks in a scope are personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No sign was met yet.
    Unknown,
    /// They are.
    Applies,
    /// They are not.
    Spared,
}

/// The scope that is open: one enterprise.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) level: usize,
    pub(super) verdict: Verdict,
    /// A sign was met: another one would contradict it, or say it twice.
    pub(super) signed: bool,
}

impl Scope {
    pub(super) const fn new(level: usize) -> Self {
        Self { level, verdict: Verdict::Unknown, signed: false }
    }
}

/// The sign that is being read.
#[derive(Debug)]
pub(super) struct Sign {
    level: usize,
    /// So many of its steps are open.
    met: usize,
    value: Carry<32>,
    too_long: bool,
}

impl Sign {
    /// Its first step is open at that level.
    pub(super) const fn new(level: usize) -> Self {
        Self { level, met: 1, value: Carry::new(), too_long: false }
    }

    pub(super) const fn ends_at(&self, level: usize) -> bool {
        self.level == level
    }

    pub(super) fn enter(&mut self, condition: &Condition<'_>, local: &[u8], level: usize) {
        let next = condition.sign.get(self.met);
        if level == self.level + self.met && next.is_some_and(|next| next.as_bytes() == local) {
            self.met += 1;
        }
    }

    pub(super) fn leave(&mut self, level: usize) {
        if level + 1 == self.level + self.met {
            self.met -= 1;
        }
    }

    /// Reads text at a level: only that right in the last step counts.
    pub(super) fn read(&mut self, condition: &Condition<'_>, text: &[u8], level: usize) {
        if self.met == condition.sign.len() && level + 1 == self.level + self.met {
            self.too_long |= self.value.push(text).is_err();
        }
    }

    /// Whether it says one of these, white space around it aside.
    pub(super) fn is_one_of(&self, values: &[&str]) -> bool {
        let said = self.value.bytes().trim_ascii();
        !self.too_long && values.iter().any(|value| value.as_bytes() == said)
    }
}
