//! Follows an answer name by name and says of everything met whether it may leave.
//!
//! Knows nothing of bytes, chunks, or how names and texts are written: XML and JSON come to the same here.
//! Outside every path of the program everything may leave, unless a name turns up there that stands at
//! the end of paths only ("drift"). Names that the program does not know may be left out by whoever follows,
//! where [`Place::skims`] says so.

mod errors;
mod form;

use errors::Error;

use super::allow::{self, NodeIx};
use super::fault::{Fault, Tally};
use super::frame::{Frame, Framed};
use super::program::{self, Holds, Path, Program, Step, Trail};
use super::scope::{Scope, Sign, Verdict};
use super::sink::{Question, Questions};
use super::skim::{Met, Skim};
use super::terms::Terms;
use crate::vocab::{Groups, Kind};
use crate::xml::Flaw;

/// The most that may be open at once, the root included.
pub(super) const DEEPEST: usize = 64;

/// What may become of something met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It leaves.
    Keep,
    /// It leaves, numbers in it masked: text of an error.
    Watch,
    /// It does not leave.
    Drop,
    /// Only its white space leaves.
    KeepWhite,
}

/// What makes a difference in something that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// Nothing: all in it shares its fate.
    Nothing,
    /// The names in it.
    Names,
    /// The names and the texts in it.
    All,
}

/// Where in the answer the next thing stands.
#[derive(Debug)]
pub(super) struct Place {
    terms: Terms,
    levels: [Level; DEEPEST + 1],
    depth: usize,
    scope: Option<Scope>,
    sign: Option<Sign>,
    error: Option<Error>,
    tally: Tally,
    /// What counts if the enterprise's form does not spare what it leaves in doubt.
    if_taken: Tally,
    /// What counts if it does.
    if_spared: Tally,
    /// Personal data stands where the program knows none, in what the enterprise's form leaves in doubt.
    drift_if_spared: bool,
    /// What was skimmed, is still open, and stands in the block that goes, or in the one in doubt.
    unclosed: Unclosed,
    answers: [Option<bool>; Question::COUNT],
}

/// Something that is open.
#[derive(Clone, Copy, Debug)]
struct Level {
    trail: Trail,
    mode: Mode,
    /// The level of the innermost thing whose name the program knows.
    known: u8,
    /// Whether it leaves only if the enterprise's form does not make it personal.
    doubt: bool,
    /// Whether its texts are those of an error.
    error: bool,
    /// Whether it is in an enterprise within the one whose form is known: nobody says what form that has.
    nested: bool,
}

/// Elements that were skimmed over and are still open.
#[derive(Clone, Copy, Debug)]
struct Unclosed {
    gone: i32,
    in_doubt: i32,
}

impl Unclosed {
    const NOTHING: Self = Self { gone: 0, in_doubt: 0 };
}

/// What stands in something that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Anything: the program's rules apply.
    Plain,
    /// What goes whole: a person block or something else. `late`: not from the start of what stands at the end
    /// of a path, so that names of every kind may have been met in it.
    Gone { person: bool, late: bool },
    /// What stays whole on a basis for all of it.
    Released { person: bool },
    /// A person block that stays in part; `conditional` as its path.
    Person { conditional: bool },
    /// What stays on the basis of one field: nothing in it may belong to another.
    Leaf { nested: bool },
    /// The frame around content of which only some field groups stay.
    Frame(Frame),
    /// An element of which only some of what it holds stays.
    Through(NodeIx),
}

impl Level {
    const OUTSIDE: Self =
        Self { trail: Trail::NONE, mode: Mode::Plain, known: 0, doubt: false, error: false, nested: false };

    const fn is_gone(&self) -> bool {
        matches!(self.mode, Mode::Gone { .. })
    }
}

impl Place {
    pub(super) const fn new(terms: Terms) -> Self {
        Self {
            terms,
            levels: [Level::OUTSIDE; DEEPEST + 1],
            depth: 0,
            scope: None,
            sign: None,
            error: None,
            tally: Tally::NOTHING,
            if_taken: Tally::NOTHING,
            if_spared: Tally::NOTHING,
            drift_if_spared: false,
            unclosed: Unclosed::NOTHING,
            answers: [None; Question::COUNT],
        }
    }

    pub(super) const fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(super) const fn terms(&self) -> &Terms {
        &self.terms
    }

    const fn top(&self) -> &Level {
        &self.levels[self.depth]
    }

    /// Whether names that the program does not know, and texts, make no difference here.
    #[inline]
    pub(super) const fn skims(&self) -> bool {
        let top = self.top();
        top.known as usize == self.depth
            && matches!(top.mode, Mode::Plain | Mode::Gone { .. } | Mode::Released { .. })
            && !top.error
            && self.sign.is_none()
    }

    /// Whether all that stands here goes, so that only the end of it matters.
    #[inline]
    pub(super) const fn is_gone(&self) -> bool {
        self.top().is_gone()
    }

    /// How content is skimmed here. In what goes from its start on, nothing but the names inside blocks matters.
    #[inline]
    pub(super) fn skim<'p, 'a>(&self, program: &'p Program<'a>) -> Skim<'p, 'a> {
        let top = self.top();
        let counts = top.doubt || self.is_gone();
        let all = Skim { program, names: program.names(), gone: false, counts, children: 0, numbers: 0 };
        match top.mode {
            Mode::Gone { late: true, .. } => Skim { gone: true, ..all },
            Mode::Gone { person, late: false } => {
                let numbers = if person { program.numbers() } else { 0 };
                Skim { names: program.inner(), gone: true, children: program.children(), numbers, ..all }
            }
            _ => all,
        }
    }

    /// Counts what was passed over in a block that goes, or may.
    #[inline]
    pub(super) fn count_skimmed(&mut self, met: Met) {
        if met == Met::default() {
            return;
        }
        let unclosed = if self.is_gone() { &mut self.unclosed.gone } else { &mut self.unclosed.in_doubt };
        *unclosed = unclosed.saturating_add(met.open);
        self.count_some(met.numbers, false, Kind::FunctionholderInsz, self.top().doubt, Verdict::Applies);
    }

    /// Whether a name of personal data met here is no news.
    pub(super) const fn expects_anything(&self) -> bool {
        matches!(self.top().mode, Mode::Gone { .. } | Mode::Released { .. })
    }

    /// What becomes of text that stands here.
    #[inline]
    pub(super) fn text_fate(&self) -> Fate {
        match self.top().mode {
            Mode::Gone { .. } => Fate::Drop,
            _ if !self.holds_text() => Fate::KeepWhite,
            _ if self.top().error => Fate::Watch,
            _ => Fate::Keep,
        }
    }

    /// Whether nothing is open.
    pub(super) const fn is_outside(&self) -> bool {
        self.depth == 0
    }

    /// What of what stands here makes a difference.
    pub(super) const fn within(&self) -> Within {
        let top = self.top();
        match top.mode {
            _ if self.sign.is_some() || top.error || !self.holds_text() => Within::All,
            Mode::Gone { person: false, .. } => Within::Nothing,
            Mode::Released { person: false } if self.terms.opens_persons() => Within::Nothing,
            _ => Within::Names,
        }
    }

    /// Whether a value of its own may stand here.
    pub(super) const fn holds_text(&self) -> bool {
        !matches!(self.top().mode, Mode::Person { .. } | Mode::Frame(_) | Mode::Through(_))
    }

    /// Whether texts here are those of an error.
    pub(super) const fn is_in_error(&self) -> bool {
        self.top().error
    }

    /// Whether of the mark by which what is open begins only the name stays.
    pub(super) const fn is_through(&self) -> bool {
        matches!(self.top().mode, Mode::Through(_))
    }

    /// What becomes of the marks by which what is open begins and ends.
    pub(super) fn mark_fate(&self) -> Fate {
        match self.text_fate() {
            Fate::KeepWhite => Fate::Keep,
            fate => fate,
        }
    }

    /// What the bytes met here depend on.
    #[inline]
    pub(super) fn questions(&self) -> Questions {
        let doubt =
            if self.top().doubt { Questions::NONE.with(Question::Enterprise) } else { Questions::NONE };
        if self.error.is_some() { doubt.with(Question::Error) } else { doubt }
    }

    /// Nobody asked.
    pub(super) const fn forget_answers(&mut self) {
        self.answers = [None; Question::COUNT];
    }

    /// Personal data stands where the program knows none: the answer is withheld, now or as soon as it is known
    /// that this would leave.
    pub(super) fn drift(&mut self) -> Result<(), Fault> {
        self.drift_in(self.top().doubt)
    }

    fn drift_in(&mut self, doubt: bool) -> Result<(), Fault> {
        self.drift_if_spared |= doubt;
        if doubt { Ok(()) } else { Err(Fault::Drift) }
    }

    /// Takes the answer to a question that was found since it was last asked for.
    pub(super) const fn answer(&mut self, question: Question) -> Option<bool> {
        self.answers[question.at()].take()
    }
}

/// Into and out of what has a name.
impl Place {
    /// Something begins that no rule is for: the envelope's own elements, and all that stands in its Header.
    pub(super) fn enter_unruled(&mut self) -> Result<(), Fault> {
        self.push(*self.top())
    }

    /// The answer's root begins: an error, or not.
    pub(super) fn enter_root(&mut self, program: &Program<'_>, is_error: bool) -> Result<(), Fault> {
        let error = is_error && self.watches(program);
        let known = self.below();
        let limited = !self.terms.groups.has(Groups::EVERYTHING) && !is_error;
        let mode = if limited { Mode::Frame(Frame::Root) } else { Mode::Plain };
        self.push(Level { mode, known, error, ..Level::OUTSIDE })
    }

    /// A document without an envelope begins, `framed` as MAGDA's messages are or not.
    pub(super) fn enter_document(&mut self, program: &Program<'_>, framed: bool) -> Result<(), Fault> {
        let mut level = Level { known: self.below(), ..Level::OUTSIDE };
        if !self.terms.groups.has(Groups::EVERYTHING) {
            let at = if framed { Framed::Frame(Frame::Root) } else { Framed::Content };
            self.enter_frame(program, at, &mut level);
        }
        self.push(level)
    }

    /// Something begins; `silent`: beside its name, its mark says nothing.
    pub(super) fn enter(&mut self, program: &Program<'_>, local: &[u8], silent: bool) -> Result<(), Fault> {
        let parent = *self.top();
        let name = program.names().find(local);
        let step = program.step(parent.trail, name);
        let known = if name.is_some() { self.below() } else { parent.known };
        let scope_within = program.is_scope(step) && self.scope.is_some();
        let mut level = Level { trail: step.trail, known, nested: parent.nested || scope_within, ..parent };
        self.follow_sign(program, local, name.is_some());
        match parent.mode {
            Mode::Gone { person: true, .. } => self.note_insz_gone(program, local),
            Mode::Released { .. } if scope_within && !self.terms.opens_persons() => {
                // What it is in stays because of its own enterprise's form, which does not speak for this one.
                let gone = Mode::Gone { person: false, late: true };
                self.close(Kind::FunctionholderName, gone, Verdict::Applies, &mut level);
            }
            Mode::Released { person: true } => self.note_insz_released(program, local, level.doubt),
            Mode::Gone { .. } | Mode::Released { .. } => {}
            Mode::Leaf { nested } => {
                let personal = program.is_drift(local) || program.ending(step).is_some();
                if personal || !nested {
                    self.drift_in(level.doubt)?;
                }
            }
            Mode::Person { conditional } => {
                self.enter_child(program, local, silent, conditional, &mut level)?;
            }
            Mode::Plain => self.enter_plain(program, local, silent, step, &mut level)?,
            Mode::Frame(frame) => self.enter_frame(program, frame.child(local), &mut level),
            Mode::Through(node) => {
                self.enter_allowed(program, program.allow().child(node, local), &mut level);
                if level.mode == Mode::Plain {
                    self.enter_plain(program, local, silent, step, &mut level)?;
                }
            }
        }
        self.push(level)
    }

    /// What was entered last ends.
    pub(super) fn leave(&mut self, program: &Program<'_>) -> Result<(), Fault> {
        let level = self.depth;
        self.check_closed()?;
        if self.sign.as_ref().is_some_and(|sign| sign.ends_at(level)) {
            self.leave_sign(program)?;
        }
        if let Some(sign) = &mut self.sign {
            sign.leave(level);
        }
        if self.scope.as_ref().is_some_and(|scope| scope.level == level) {
            self.leave_scope();
        }
        self.leave_reference(program);
        if self.error.as_ref().is_some_and(|error| error.level == level) {
            self.leave_error();
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// A block that goes, or may, must not end before what stands in it: the rest of that would be taken for what
    /// follows the block.
    fn check_closed(&mut self) -> Result<(), Fault> {
        let (top, parent) = (self.top(), &self.levels[self.depth.saturating_sub(1)]);
        let ends_gone = top.is_gone() && !parent.is_gone();
        let ends_doubt = top.doubt && !parent.doubt;
        let is_whole = |ends: bool, unclosed: &mut i32| !ends || core::mem::take(unclosed) == 0;
        let Unclosed { gone, in_doubt } = &mut self.unclosed;
        let whole = is_whole(ends_gone, gone) & is_whole(ends_doubt, in_doubt);
        if whole { Ok(()) } else { Err(Fault::Flaw(Flaw::MismatchedTag)) }
    }

    fn push(&mut self, level: Level) -> Result<(), Fault> {
        *self.levels.get_mut(self.depth + 1).ok_or(Fault::Flaw(Flaw::TooDeep))? = level;
        self.depth += 1;
        Ok(())
    }

    /// The level that is entered next.
    fn below(&self) -> u8 {
        u8::try_from(self.depth + 1).unwrap_or(u8::MAX)
    }

    fn enter_plain(
        &mut self,
        program: &Program<'_>,
        local: &[u8],
        silent: bool,
        step: Step,
        level: &mut Level,
    ) -> Result<(), Fault> {
        if local == program::ERROR.as_bytes() && self.watches(program) {
            self.enter_error(level);
        }
        if local == program::REFERENCE.as_bytes() {
            self.enter_reference();
        }
        if program.is_scope(step) && self.scope.is_none() {
            self.scope = Some(Scope::new(self.depth + 1));
        }
        match program.ending(step) {
            Some(path) => self.enter_path(program, path, silent, level),
            None if program.is_drift(local) => self.drift_in(level.doubt),
            None => Ok(()),
        }
    }

    fn enter_frame(&mut self, program: &Program<'_>, framed: Framed, level: &mut Level) {
        match framed {
            Framed::Frame(frame) => level.mode = Mode::Frame(frame),
            Framed::Part => level.mode = Mode::Plain,
            Framed::Content => self.enter_allowed(program, Some(program.allow().root()), level),
            Framed::Strange => self.enter_allowed(program, None, level),
        }
    }

    /// Something begins where only some field groups stay; `None`: it is in none.
    fn enter_allowed(&mut self, program: &Program<'_>, node: Option<NodeIx>, level: &mut Level) {
        let fate = |node: NodeIx| program.allow().fate(node, self.terms.groups);
        match node.map(|node| (node, fate(node))) {
            Some((_, allow::Fate::Whole)) => level.mode = Mode::Plain,
            Some((node, allow::Fate::Through)) => level.mode = Mode::Through(node),
            _ => self.close(
                Kind::Disproportionate,
                Mode::Gone { person: false, late: true },
                Verdict::Applies,
                level,
            ),
        }
    }

    fn enter_path(
        &mut self,
        program: &Program<'_>,
        path: &Path<'_>,
        silent: bool,
        level: &mut Level,
    ) -> Result<(), Fault> {
        let verdict = self.verdict(path.conditional, level);
        match path.holds {
            Holds::Person | Holds::Insz if verdict == Verdict::Spared => {
                level.mode = Mode::Released { person: false };
            }
            Holds::Block(kind) if verdict == Verdict::Spared || self.terms.lets_pass(kind) => {}
            Holds::Person => return self.enter_person(program, path, silent, level),
            Holds::Insz => return self.enter_insz(verdict, silent, level),
            Holds::Block(kind) if self.terms.opens(kind) => {
                self.count(true, kind, level.doubt, verdict);
            }
            Holds::Block(kind) => self.close(kind, Mode::Gone { person: false, late: false }, verdict, level),
        }
        Ok(())
    }

    /// What the program's condition says of something entered, as far as it is known.
    fn verdict(&self, conditional: bool, level: &Level) -> Verdict {
        match &self.scope {
            Some(scope) if conditional && !level.nested => scope.verdict,
            _ => Verdict::Applies,
        }
    }

    /// Takes something out, or puts it in doubt.
    fn close(&mut self, kind: Kind, gone: Mode, verdict: Verdict, level: &mut Level) {
        self.count(false, kind, level.doubt, verdict);
        if verdict == Verdict::Unknown {
            level.doubt = true;
        } else {
            level.mode = gone;
        }
    }

    fn enter_person(
        &mut self,
        program: &Program<'_>,
        path: &Path<'_>,
        silent: bool,
        level: &mut Level,
    ) -> Result<(), Fault> {
        let verdict = self.verdict(path.conditional, level);
        let name = Kind::FunctionholderName;
        if self.terms.opens_persons() {
            level.mode = Mode::Released { person: true };
            self.count(true, name, level.doubt, verdict);
            return Ok(());
        }
        if !self.terms.opens_some_of_persons() && program.parts().person.stays.is_empty() {
            if verdict == Verdict::Unknown {
                level.mode = Mode::Released { person: true };
            }
            self.close(name, Mode::Gone { person: true, late: false }, verdict, level);
            return Ok(());
        }
        level.mode = Mode::Person { conditional: path.conditional };
        self.count(self.terms.opens(name), name, level.doubt, verdict);
        self.check_silent(silent, level.doubt)
    }

    fn enter_child(
        &mut self,
        program: &Program<'_>,
        local: &[u8],
        silent: bool,
        conditional: bool,
        level: &mut Level,
    ) -> Result<(), Fault> {
        let person = &program.parts().person;
        let verdict = self.verdict(conditional, level);
        if person.stays(local) {
            level.mode = Mode::Plain;
            return Ok(());
        }
        if verdict == Verdict::Spared {
            level.mode = Mode::Released { person: false };
            return Ok(());
        }
        if person.is_insz(local) {
            return self.enter_insz(verdict, silent, level);
        }
        if person.is_name(local) && self.terms.opens(Kind::FunctionholderName) {
            level.mode = Mode::Leaf { nested: person.is_nested(local) };
            return self.check_silent(silent, level.doubt);
        }
        Self::remove_child(verdict, level);
        Ok(())
    }

    fn remove_child(verdict: Verdict, level: &mut Level) {
        if verdict == Verdict::Unknown {
            level.doubt = true;
            level.mode = Mode::Released { person: false };
        } else {
            level.mode = Mode::Gone { person: false, late: true };
        }
    }

    fn enter_insz(&mut self, verdict: Verdict, silent: bool, level: &mut Level) -> Result<(), Fault> {
        let kind = Kind::FunctionholderInsz;
        let open = self.terms.opens(kind);
        self.count(open, kind, level.doubt, verdict);
        if !open {
            Self::remove_child(verdict, level);
            return Ok(());
        }
        let all_open = self.terms.opens_persons();
        level.mode = if all_open { Mode::Released { person: false } } else { Mode::Leaf { nested: false } };
        self.check_silent(silent, level.doubt)
    }

    /// The mark of something kept in part must not say anything itself.
    fn check_silent(&mut self, silent: bool, doubt: bool) -> Result<(), Fault> {
        if silent || self.terms.opens_persons() { Ok(()) } else { self.drift_in(doubt) }
    }

    fn note_insz_gone(&mut self, program: &Program<'_>, local: &[u8]) {
        if program.parts().person.is_insz(local) {
            self.count(false, Kind::FunctionholderInsz, self.top().doubt, Verdict::Applies);
        }
    }

    fn note_insz_released(&mut self, program: &Program<'_>, local: &[u8], doubt: bool) {
        if program.parts().person.is_insz(local) {
            let open = self.terms.opens(Kind::FunctionholderInsz);
            // A closed block is only here because it is itself in doubt.
            let (doubt, verdict) = if open { (doubt, Verdict::Applies) } else { (false, Verdict::Unknown) };
            self.count(open, Kind::FunctionholderInsz, doubt, verdict);
        }
    }

    /// Counts something that stays or goes: `doubt`, unless the enterprise's form takes it along; `verdict`, if that
    /// takes it.
    fn count(&mut self, kept: bool, kind: Kind, doubt: bool, verdict: Verdict) {
        self.count_some(1, kept, kind, doubt, verdict);
    }

    fn count_some(&mut self, some: u32, kept: bool, kind: Kind, doubt: bool, verdict: Verdict) {
        let tally = match (doubt, verdict == Verdict::Unknown) {
            (false, false) => &mut self.tally,
            (false, true) => &mut self.if_taken,
            (true, false) => &mut self.if_spared,
            (true, true) => return,
        };
        let counts = if kept { &mut tally.released } else { &mut tally.removed };
        counts[kind.at()] = counts[kind.at()].saturating_add(some);
    }

    /// Counts what a mark said beside the name of something of which only some stays.
    pub(super) fn count_silenced(&mut self) {
        self.count(false, Kind::Disproportionate, self.top().doubt, Verdict::Applies);
    }

    /// Counts a number that was masked.
    pub(super) fn count_masked(&mut self) {
        self.count(false, Kind::ErrorText, self.top().doubt, Verdict::Applies);
    }
}

impl Path<'_> {
    /// Whether what stands here stays under these terms.
    fn is_open(&self, terms: &Terms) -> bool {
        match self.holds {
            Holds::Person => terms.opens_persons(),
            Holds::Insz => terms.opens(Kind::FunctionholderInsz),
            Holds::Block(kind) => terms.opens(kind),
        }
    }
}
