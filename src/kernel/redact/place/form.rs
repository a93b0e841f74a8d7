//! What an enterprise's form, or whatever else the program's condition goes by, decides.

use super::super::fault::{Fault, Tally};
use super::super::program::{Condition, Program};
use super::super::scope::{Sign, Verdict};
use super::super::sink::Question;
use super::{Mode, Place};

/// The enterprise's form, or whatever else the program's condition goes by.
impl Place {
    pub(super) fn follow_sign(&mut self, program: &Program<'_>, local: &[u8], is_known: bool) {
        let Some(condition) = &program.parts().condition else { return };
        let below = self.depth + 1;
        if let Some(sign) = &mut self.sign {
            sign.enter(condition, local, below);
            return;
        }
        if is_known
            && self.is_in_scope()
            && condition.sign.first().is_some_and(|first| first.as_bytes() == local)
        {
            self.sign = Some(Sign::new(below));
        }
    }

    /// Whether nothing that the program knows stands between the scope and here.
    pub(super) fn is_in_scope(&self) -> bool {
        let known = usize::from(self.top().known);
        let plain = matches!(self.top().mode, Mode::Plain | Mode::Person { .. });
        plain && self.scope.as_ref().is_some_and(|scope| scope.level == known)
    }

    /// A piece of text: it may be the sign's, or an error's reference.
    pub(in super::super) fn read(&mut self, program: &Program<'_>, text: &[u8]) {
        let level = self.depth;
        if let (Some(sign), Some(condition)) = (&mut self.sign, &program.parts().condition) {
            sign.read(condition, text, level);
        }
        if let Some(error) = &mut self.error {
            error.read(text);
        }
    }

    pub(super) fn leave_sign(&mut self, program: &Program<'_>) -> Result<(), Fault> {
        let (Some(sign), Some(scope)) = (self.sign.take(), &mut self.scope) else { return Ok(()) };
        let says = |condition: &Condition<'_>| sign.is_one_of(condition.spares);
        let spared = program.parts().condition.as_ref().is_some_and(says);
        if scope.signed {
            return Err(Fault::Drift);
        }
        scope.signed = true;
        let was_open = scope.verdict == Verdict::Unknown;
        scope.verdict = if spared { Verdict::Spared } else { Verdict::Applies };
        if was_open {
            self.decide_enterprise(spared);
        }
        if spared && self.drift_if_spared { Err(Fault::Drift) } else { Ok(()) }
    }

    pub(super) fn leave_scope(&mut self) {
        if self.scope.take().is_some_and(|scope| scope.verdict == Verdict::Unknown) {
            self.decide_enterprise(false);
        }
        self.drift_if_spared = false;
    }

    pub(super) fn decide_enterprise(&mut self, spared: bool) {
        self.answers[Question::Enterprise.at()] = Some(spared);
        let if_taken = core::mem::replace(&mut self.if_taken, Tally::NOTHING);
        let if_spared = core::mem::replace(&mut self.if_spared, Tally::NOTHING);
        self.tally.add(if spared { &if_spared } else { &if_taken });
        let in_doubt = core::mem::take(&mut self.unclosed.in_doubt);
        if !spared {
            self.unclosed.gone = self.unclosed.gone.saturating_add(in_doubt);
        }
        for level in &mut self.levels[..=self.depth] {
            if level.doubt && !spared {
                level.mode = Mode::Gone { person: false, late: true };
            }
            level.doubt = false;
        }
    }
}
