//! The same verdict as the hot path's, reached slowly and with its reasons: every grant of the
//! consumer for the service is walked through the law by `judge`.
//!
//! Shares nothing with the compiled tables, so that tests can hold one against the other.

use poortwachter_kernel::vocab::{ConsumerIx, Day, Field, FieldSet, GrantIx, OperationIx, RuleIx};
use poortwachter_kernel::{Denial, view::Outcome};

use super::compile::case;
use super::consumer::GrantText;
use super::snapshot::Snapshot;
use crate::law::{Judgement, Step, judge};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub consumer: ConsumerIx,
    /// Which service.
    pub operation: OperationIx,
    /// For which purpose.
    pub purpose: &'a str,
    /// In which capacity (hoedanigheid).
    pub capacity: Option<&'a str>,
    /// Whether the question names a person.
    pub names_person: bool,
    /// On which legal day.
    pub day: Day,
}

/// The verdict and how it came about.
#[derive(Clone, Debug)]
pub struct Explanation<'a> {
    /// The verdict.
    pub verdict: Result<Allowed, Denial>,
    /// Every grant of the consumer that names the service, in the order of their ids.
    pub weighed: Vec<Weighed<'a>>,
}

/// What an allowed call rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The first grant that allows it.
    pub grant: GrantIx,
    /// The rule that allows it.
    pub rule: RuleIx,
    /// The rule by which fields stay; `NONE` where none does.
    pub opening: RuleIx,
    /// The rule by which fields are removed; `NONE` where none is.
    pub closing: RuleIx,
    /// By field: the grant on whose basis it stays.
    pub bases: [Option<GrantIx>; Field::COUNT],
    /// The fields that are removed.
    pub removes: FieldSet,
}

impl Allowed {
    /// The fields that stay.
    pub fn reveals(&self) -> FieldSet {
        Field::ALL.into_iter().filter(|field| self.bases[field.at()].is_some()).collect()
    }
}

/// One grant, and what was found about it.
#[derive(Clone, Debug)]
pub struct Weighed<'a> {
    /// The grant.
    pub grant: GrantIx,
    /// The finding.
    pub finding: Finding<'a>,
}

/// What was found about a grant.
#[derive(Clone, Debug)]
pub enum Finding<'a> {
    /// It is for another purpose.
    OtherPurpose,
    /// It is for another capacity.
    OtherCapacity,
    /// It is for this case; the law says so.
    Judged(Judgement<'a>),
}

/// Explains a call.
pub fn explain<'a>(snapshot: &'a Snapshot, question: &Question<'_>) -> Explanation<'a> {
    let weighed: Vec<Weighed<'a>> = candidates(snapshot, question)
        .map(|(grant, text)| Weighed { grant, finding: weigh(snapshot, question, text) })
        .collect();
    let verdict = conclude(snapshot, question, &weighed);
    Explanation { verdict, weighed }
}

fn candidates<'a>(
    snapshot: &'a Snapshot,
    question: &Question<'_>,
) -> impl Iterator<Item = (GrantIx, &'a GrantText)> {
    let label = snapshot.catalogue().service(question.operation).label.clone();
    let consumer = question.consumer;
    let all = (0..).map(GrantIx).zip(snapshot.grants());
    let own = all.filter(move |(_, grant)| grant.consumer == consumer);
    own.map(|(ix, _)| (ix, snapshot.grant(ix)))
        .filter(move |(_, text)| text.services.iter().any(|service| service.value == label))
}

fn weigh<'a>(snapshot: &'a Snapshot, question: &Question<'_>, grant: &'a GrantText) -> Finding<'a> {
    if grant.purpose.value != question.purpose {
        return Finding::OtherPurpose;
    }
    if grant.capacity.is_some() && grant.capacity.as_deref() != question.capacity {
        return Finding::OtherCapacity;
    }
    let service = snapshot.catalogue().service(question.operation);
    let case = case(snapshot.consumer(question.consumer), grant, service);
    Finding::Judged(judge(snapshot.law(), &case, question.day))
}

fn conclude(
    snapshot: &Snapshot,
    question: &Question<'_>,
    weighed: &[Weighed<'_>],
) -> Result<Allowed, Denial> {
    let service = snapshot.catalogue().service(question.operation);
    let allowed = allowing(weighed, service.personal())
        .ok_or_else(|| weighed.iter().filter_map(denial).fold(Denial::NeverGranted, Denial::or))?;
    let needs = service.person_question.as_ref().map_or(FieldSet::EMPTY, |question| question.needs);
    if question.names_person && !allowed.reveals().contains(needs) {
        return Err(Denial::BasisMissing { rule: allowed.closing });
    }
    Ok(allowed)
}

/// Adds up what the grants that allow the call open; `None` where none allows it.
fn allowing(weighed: &[Weighed<'_>], personal: FieldSet) -> Option<Allowed> {
    let outcomes: Vec<(GrantIx, RuleIx, RuleIx, RuleIx, FieldSet)> =
        weighed.iter().filter_map(|weighed| opened(weighed)).collect();
    let (grant, rule, ..) = *outcomes.first()?;
    let bases = Field::ALL
        .map(|field| outcomes.iter().find(|(.., reveals)| reveals.has(field)).map(|(grant, ..)| *grant));
    let reveals: FieldSet = Field::ALL.into_iter().filter(|field| bases[field.at()].is_some()).collect();
    let removes = personal.without(reveals);
    let least = |rules: &mut dyn Iterator<Item = RuleIx>| rules.min().unwrap_or(RuleIx::NONE);
    let opening = least(&mut outcomes.iter().map(|(_, _, opening, ..)| *opening));
    let closing = least(&mut outcomes.iter().map(|(_, _, _, closing, _)| *closing));
    let closing = if removes.is_empty() { RuleIx::NONE } else { closing };
    Some(Allowed { grant, rule, opening, closing, bases, removes })
}

fn opened(weighed: &Weighed<'_>) -> Option<(GrantIx, RuleIx, RuleIx, RuleIx, FieldSet)> {
    match &weighed.finding {
        Finding::Judged(Judgement {
            outcome: Outcome::Allows { rule, opening, closing, reveals }, ..
        }) => Some((weighed.grant, *rule, *opening, *closing, *reveals)),
        _ => None,
    }
}

fn denial(weighed: &Weighed<'_>) -> Option<Denial> {
    match &weighed.finding {
        Finding::OtherPurpose => Some(Denial::WrongPurpose),
        Finding::OtherCapacity => Some(Denial::WrongCapacity),
        Finding::Judged(Judgement { outcome: Outcome::Denies(denial), .. }) => Some(*denial),
        Finding::Judged(_) => None,
    }
}

impl Finding<'_> {
    /// The steps of the law's judgement; none where the grant is for another case.
    pub fn steps(&self) -> &[Step<'_>] {
        match self {
            Self::Judged(judgement) => &judgement.steps,
            Self::OtherPurpose | Self::OtherCapacity => &[],
        }
    }
}
