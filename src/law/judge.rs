//! One grant walked through the table, step by step. Slow and wordy on purpose: `explain` tells its
//! steps to people, the registry compiles its outcome into days, and tests hold `decide` against it.
//!
//! What is on file decides which of the table's rows is the case's: an accession shows that a general
//! authorization covers the purpose, a deliberation with its papers that no protocol could be reached,
//! an authorization under the same grant that one is held. So a grant is lawful when some row that the
//! consumer, its network and the mediation allow is satisfied by what is on file.

use std::cmp::Reverse;

use poortwachter_kernel::Denial;
use poortwachter_kernel::view::Outcome;
use poortwachter_kernel::vocab::{Day, Days, FieldSet, RuleIx};

use super::instrument::{Instrument, Proof, Standing};
use super::rule::{Effect, File, Need, Rule, Setting};
use super::table::Law;
use super::terms::{Category, InstrumentKind, Mediation};

/// What the law needs to know of one grant for one source of one service.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Whose data is asked.
    pub source: Category,
    /// The kinds of personal field that source's part of the answer can hold.
    pub personal: FieldSet,
    /// Who asks, and how the data comes.
    pub setting: Setting,
    /// The way of delivery the grant was made for; none: whatever the service's is.
    pub granted_mediation: Option<Mediation>,
    /// The days the grant was made for.
    pub valid: Days,
    /// The personal fields the grant is to open.
    pub opens: FieldSet,
    /// The instruments under the grant.
    pub instruments: &'a [Instrument],
    /// What the consumer holds for all its grants: the accepted disclaimer.
    pub standing: Option<&'a Instrument>,
}

/// The outcome on one day, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement<'a> {
    /// The outcome.
    pub outcome: Outcome,
    /// What was looked at, in order; the last step is the deciding one.
    pub steps: Vec<Step<'a>>,
}

/// One step of the reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The day lies within the grant's own days.
    Within(Days),
    /// The grant starts later.
    Before(Day),
    /// The grant has ended.
    After(Day),
    /// The service delivers otherwise than the grant was made for.
    Delivered(Mediation),
    /// This rule answers the case.
    Applies(RuleIx),
    /// No rule answers the case.
    NoRule(Category),
    /// The rules of this source speak of other kinds of consumer.
    OtherKinds(Category),
    /// The rule is satisfied by this instrument.
    Holds(RuleIx, &'a Instrument),
    /// The rule asks for an instrument; this is where it stands.
    Lacks(RuleIx, Denial),
    /// These fields stay in the answer, on the basis of this instrument.
    Opens(RuleIx, FieldSet, &'a Instrument),
    /// These fields are removed from the answer.
    Closes(RuleIx, FieldSet),
}

/// Judges one grant on one day.
pub fn judge<'a>(law: &Law, case: &Case<'a>, day: Day) -> Judgement<'a> {
    let mut walk = Walk { law, case, day, steps: Vec::with_capacity(5) };
    let outcome = walk.through().unwrap_or_else(Outcome::Denies);
    Judgement { outcome, steps: walk.steps }
}

/// What rule 1f-1 wants on file with its own instrument.
fn is_register_authorization(held: &Instrument) -> bool {
    held.proof.kind() == InstrumentKind::MinisterialAuthorization
}

/// One walk through the table.
struct Walk<'l, 'c, 'a> {
    law: &'l Law,
    case: &'c Case<'a>,
    day: Day,
    steps: Vec<Step<'a>>,
}

impl<'a> Walk<'_, '_, 'a> {
    fn through(&mut self) -> Result<Outcome, Denial> {
        self.within()?;
        self.delivered()?;
        let rule = self.access()?;
        let (opening, reveals) = self.reveal();
        let closing = self.remove(self.case.personal.without(reveals))?;
        Ok(Outcome::Allows { rule, opening, closing, reveals })
    }

    fn within(&mut self) -> Result<(), Denial> {
        let valid = self.case.valid;
        if self.day < valid.first {
            self.steps.push(Step::Before(valid.first));
            return Err(Denial::NotYetValid { first: valid.first });
        }
        if valid.last < self.day {
            self.steps.push(Step::After(valid.last));
            return Err(Denial::Lapsed { last: valid.last });
        }
        self.steps.push(Step::Within(valid));
        Ok(())
    }

    fn delivered(&mut self) -> Result<(), Denial> {
        let actual = self.case.setting.mediation;
        if self.case.granted_mediation.is_some_and(|granted| granted != actual) {
            self.steps.push(Step::Delivered(actual));
            return Err(Denial::WrongMediation);
        }
        Ok(())
    }

    /// The rule that lets the call pass, or what is missing for it.
    fn access(&mut self) -> Result<RuleIx, Denial> {
        let Case { source, setting, .. } = *self.case;
        let rows: Vec<(RuleIx, &Rule)> = self
            .law
            .in_force(source, Effect::Allow, self.day)
            .filter(|(_, rule)| rule.concerns(setting))
            .collect();
        let satisfied = rows.iter().find_map(|(ix, rule)| Some((*ix, self.satisfied(rule).ok()?)));
        let Some((ix, held)) = satisfied else { return Err(self.lacking(&rows)) };
        self.steps.push(Step::Applies(ix));
        self.steps.extend(held.map(|instrument| Step::Holds(ix, instrument)));
        Ok(ix)
    }

    /// The instrument that satisfies a rule today (none where it needs none), or how far the file is from it.
    fn satisfied(&self, rule: &Rule) -> Result<Option<&'a Instrument>, Shortfall> {
        if rule.instruments.is_empty() {
            return Ok(None);
        }
        let fitting = self.on_file().filter(|held| rule.accepts(held, self.case.setting));
        let standings = fitting.map(|held| self.counts(rule, held).map(|()| held));
        let best = standings.reduce(|best, next| match (best, next) {
            (Ok(held), _) | (_, Ok(held)) => Ok(held),
            (Err(a), Err(b)) => Err(a.max(b)),
        });
        let best = best.unwrap_or(Err(Shortfall::Missing))?;
        // A first step makes no call lawful; the rule that follows says what is missing after it.
        if rule.then.is_some() { Err(Shortfall::Missing) } else { Ok(Some(best)) }
    }

    /// Whether a fitting instrument counts today.
    fn counts(&self, rule: &Rule, held: &Instrument) -> Result<(), Shortfall> {
        match held.standing(self.day) {
            Standing::Valid => {}
            Standing::NotYet(first) => return Err(Shortfall::NotYet(Reverse(first))),
            Standing::Lapsed(last) => return Err(Shortfall::Lapsed(last)),
            Standing::Superseded(on) => return Err(Shortfall::Superseded(on)),
            Standing::Suspended(until) => return Err(Shortfall::Suspended(Reverse(until))),
            Standing::Revoked(on) => return Err(Shortfall::Revoked(on)),
        }
        let complete = match rule.needs {
            None => true,
            Some(Need::ProtocolFailure) => {
                matches!(held.proof, Proof::Deliberation { protocol_failure: Some(_), .. })
            }
            Some(Need::RegisterAuthorization) => self.holds_register_authorization(),
        };
        if complete { Ok(()) } else { Err(Shortfall::Incomplete) }
    }

    fn holds_register_authorization(&self) -> bool {
        self.on_file()
            .any(|held| is_register_authorization(held) && held.standing(self.day) == Standing::Valid)
    }

    fn on_file(&self) -> impl Iterator<Item = &'a Instrument> + use<'a> {
        self.case.instruments.iter().chain(self.case.standing)
    }

    /// The most telling reason why no row is satisfied.
    fn lacking(&mut self, rows: &[(RuleIx, &Rule)]) -> Denial {
        let Case { source, setting, .. } = *self.case;
        if rows.is_empty() {
            let known = self.law.in_force(source, Effect::Allow, self.day).next().is_some();
            let speaks = |(_, rule): (RuleIx, &Rule)| rule.speaks_of(setting.kind);
            if !known || self.law.in_force(source, Effect::Allow, self.day).any(speaks) {
                self.steps.push(Step::NoRule(source));
                return Denial::OutsideTheGuide;
            }
            self.steps.push(Step::OtherKinds(source));
            return Denial::WrongConsumerKind;
        }
        let nearest = rows
            .iter()
            .filter_map(|(ix, rule)| Some((self.satisfied(rule).err()?, *ix)))
            .max_by_key(|(shortfall, _)| *shortfall);
        let (ix, denial) = match nearest {
            Some((shortfall, ix)) if shortfall > Shortfall::Missing => (ix, self.denial(ix, shortfall)),
            _ => self.unmet(rows),
        };
        self.steps.push(Step::Applies(ix));
        self.steps.push(Step::Lacks(ix, denial));
        denial
    }

    /// Nothing that fits any row is on file: names the row of someone who starts today, or that of the day on
    /// which an instrument is dated that is of a row's kind.
    fn unmet(&self, rows: &[(RuleIx, &Rule)]) -> (RuleIx, Denial) {
        let Case { source, setting, .. } = *self.case;
        let misdated = |held: &&Instrument| rows.iter().any(|(_, rule)| rule.is_misdated(held));
        let dated = self.case.instruments.iter().filter(misdated).map(|held| held.days.first).max();
        let file = File {
            register_authorization: self.holds_register_authorization(),
            ..File::empty(dated.unwrap_or(self.day))
        };
        let row = self.law.find(source, Effect::Allow, setting, file, self.day).map(|(ix, _)| ix);
        let ix = row.or(rows.first().map(|(ix, _)| *ix)).unwrap_or(RuleIx::NONE);
        let rule = self.law.rule(ix);
        let only_disclaimer = rule.is_some_and(|rule| rule.instruments == [InstrumentKind::Disclaimer]);
        let attaches = rule.is_some_and(|rule| rule.needs == Some(Need::RegisterAuthorization));
        let denial = match self.case.instruments {
            _ if only_disclaimer => Denial::DisclaimerMissing { rule: ix },
            held if held.iter().all(|held| attaches && is_register_authorization(held)) => {
                Denial::InstrumentMissing { rule: ix }
            }
            _ => Denial::InstrumentUnfit { rule: ix },
        };
        (ix, denial)
    }

    fn denial(&self, rule: RuleIx, shortfall: Shortfall) -> Denial {
        let disclaimer =
            self.law.rule(rule).is_some_and(|rule| rule.instruments == [InstrumentKind::Disclaimer]);
        match shortfall {
            Shortfall::Missing => Denial::InstrumentMissing { rule },
            Shortfall::NotYet(_) if disclaimer => Denial::DisclaimerMissing { rule },
            Shortfall::NotYet(Reverse(first)) => Denial::InstrumentNotYetValid { rule, first },
            Shortfall::Lapsed(last) if disclaimer => Denial::DisclaimerOutdated { rule, last },
            Shortfall::Lapsed(last) => Denial::InstrumentLapsed { rule, last },
            Shortfall::Superseded(on) => Denial::InstrumentSuperseded { rule, on },
            Shortfall::Suspended(Reverse(until)) => Denial::InstrumentSuspended { rule, until },
            Shortfall::Revoked(on) => Denial::InstrumentRevoked { rule, on },
            Shortfall::Incomplete => Denial::PrerequisiteMissing { rule },
        }
    }

    /// Opens what the grant names, as far as a rule allows it on the day.
    fn reveal(&mut self) -> (RuleIx, FieldSet) {
        let Case { source, setting, opens, personal, .. } = *self.case;
        let wanted = opens.intersection(personal);
        if wanted.is_empty() {
            return (RuleIx::NONE, FieldSet::EMPTY);
        }
        let mut rows =
            self.law.in_force(source, Effect::Reveal, self.day).filter(|(_, rule)| rule.concerns(setting));
        let opened = rows.find_map(|(ix, rule)| Some((ix, self.satisfied(rule).ok().flatten()?)));
        let Some((ix, instrument)) = opened else { return (RuleIx::NONE, FieldSet::EMPTY) };
        self.steps.push(Step::Opens(ix, wanted, instrument));
        (ix, wanted)
    }

    /// Closes the rest. A personal field that no rule speaks of has no place in an answer: fail closed.
    fn remove(&mut self, closed: FieldSet) -> Result<RuleIx, Denial> {
        if closed.is_empty() {
            return Ok(RuleIx::NONE);
        }
        let Case { source, setting, .. } = *self.case;
        let file = File::empty(self.day);
        let Some((ix, _)) = self.law.find(source, Effect::Remove, setting, file, self.day) else {
            self.steps.push(Step::NoRule(source));
            return Err(Denial::OutsideTheGuide);
        };
        self.steps.push(Step::Closes(ix, closed));
        Ok(ix)
    }
}

/// How far a file is from satisfying a rule; the later, the nearer. Of two that will count the one that
/// does so first is the nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shortfall {
    Missing,
    NotYet(Reverse<Day>),
    Lapsed(Day),
    Superseded(Day),
    Suspended(Reverse<Day>),
    Revoked(Day),
    Incomplete,
}
