//! One grant walked through the table, step by step. Slow and wordy on purpose: `explain` tells its
//! steps to people, the registry compiles its outcome into days, and tests hold `decide` against it.

use poortwachter_kernel::Denial;
use poortwachter_kernel::view::Outcome;
use poortwachter_kernel::vocab::{Day, Days, FieldSet, RuleIx};

use super::instrument::Instrument;
use super::rule::{Effect, Rule};
use super::table::Law;
use super::terms::{Category, ConsumerKind, InstrumentKind, Network};

/// What the law needs to know of one grant for one service.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Whose data the service gives.
    pub source: Category,
    /// The kinds of personal field its answers can hold.
    pub personal: FieldSet,
    /// Who asks.
    pub kind: ConsumerKind,
    /// Where it stands in the social-security network.
    pub network: Network,
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
    /// This rule answers the case.
    Applies(RuleIx),
    /// No rule answers the case.
    NoRule(Category),
    /// The rule is satisfied by this instrument.
    Holds(RuleIx, &'a Instrument),
    /// The rule asks for an instrument; none that fits is valid on the day.
    Lacks(RuleIx),
    /// These fields stay in the answer, on the basis of this instrument.
    Opens(RuleIx, FieldSet, &'a Instrument),
    /// These fields are removed from the answer.
    Closes(RuleIx, FieldSet),
}

/// Judges one grant on one day.
pub fn judge<'a>(law: &Law, case: &Case<'a>, day: Day) -> Judgement<'a> {
    let mut steps = Vec::with_capacity(5);
    let outcome = walk(law, case, day, &mut steps).unwrap_or_else(Outcome::Denies);
    Judgement { outcome, steps }
}

fn walk<'a>(law: &Law, case: &Case<'a>, day: Day, steps: &mut Vec<Step<'a>>) -> Result<Outcome, Denial> {
    within(case.valid, day, steps)?;
    let rule = access(law, case, day, steps)?;
    let (opening, reveals) = reveal(law, case, day, steps);
    let closing = remove(law, case, day, case.personal.without(reveals), steps)?;
    Ok(Outcome::Allows { rule, opening, closing, reveals })
}

fn within(valid: Days, day: Day, steps: &mut Vec<Step<'_>>) -> Result<(), Denial> {
    if day < valid.first {
        steps.push(Step::Before(valid.first));
        return Err(Denial::NotYetValid { first: valid.first });
    }
    if valid.last < day {
        steps.push(Step::After(valid.last));
        return Err(Denial::Lapsed { last: valid.last });
    }
    steps.push(Step::Within(valid));
    Ok(())
}

fn access<'a>(law: &Law, case: &Case<'a>, day: Day, steps: &mut Vec<Step<'a>>) -> Result<RuleIx, Denial> {
    let Some((ix, rule)) = law.find(case.source, Effect::Allow, case.kind, case.network, day) else {
        steps.push(Step::NoRule(case.source));
        return Err(Denial::OutsideTheGuide);
    };
    steps.push(Step::Applies(ix));
    if rule.instruments.is_empty() {
        return Ok(ix);
    }
    let Some(instrument) = held(rule, case, day) else {
        steps.push(Step::Lacks(ix));
        return Err(missing(ix, rule));
    };
    steps.push(Step::Holds(ix, instrument));
    Ok(ix)
}

/// Opens what the grant names, as far as a rule allows it on the day.
fn reveal<'a>(law: &Law, case: &Case<'a>, day: Day, steps: &mut Vec<Step<'a>>) -> (RuleIx, FieldSet) {
    let wanted = case.opens.intersection(case.personal);
    let rule = law.find(case.source, Effect::Reveal, case.kind, case.network, day);
    let opened = rule.and_then(|(ix, rule)| Some((ix, held(rule, case, day)?)));
    match opened {
        Some((ix, instrument)) if !wanted.is_empty() => {
            steps.push(Step::Opens(ix, wanted, instrument));
            (ix, wanted)
        }
        _ => (RuleIx::NONE, FieldSet::EMPTY),
    }
}

/// Closes the rest. A personal field that no rule speaks of has no place in an answer: fail closed.
fn remove(
    law: &Law,
    case: &Case<'_>,
    day: Day,
    closed: FieldSet,
    steps: &mut Vec<Step<'_>>,
) -> Result<RuleIx, Denial> {
    if closed.is_empty() {
        return Ok(RuleIx::NONE);
    }
    let Some((ix, _)) = law.find(case.source, Effect::Remove, case.kind, case.network, day) else {
        steps.push(Step::NoRule(case.source));
        return Err(Denial::OutsideTheGuide);
    };
    steps.push(Step::Closes(ix, closed));
    Ok(ix)
}

fn held<'a>(rule: &Rule, case: &Case<'a>, day: Day) -> Option<&'a Instrument> {
    let on_file = case.instruments.iter().chain(case.standing);
    on_file.filter(|instrument| instrument.days.covers(day)).find(|instrument| rule.accepts(instrument))
}

fn missing(ix: RuleIx, rule: &Rule) -> Denial {
    match rule.instruments.as_slice() {
        [InstrumentKind::Disclaimer] => Denial::DisclaimerMissing { rule: ix },
        _ => Denial::InstrumentMissing { rule: ix },
    }
}
