//! The same verdict as the hot path's, reached slowly and with its reasons: every grant of the
//! consumer for the service is walked through the law by `judge`.
//!
//! Shares nothing with the compiled tables, so that tests can hold one against the other.

use poortwachter_kernel::decide::Access;
use poortwachter_kernel::vocab::{
    ConsumerIx, Day, Days, Field, FieldSet, GrantIx, Groups, OperationIx, RuleIx, Sources,
};
use poortwachter_kernel::{Denial, view::Outcome};

use super::compile::{TECHNICAL, cases};
use super::consumer::GrantText;
use super::fields;
use super::snapshot::Snapshot;
use crate::catalogue::Service;
use crate::law::{Judgement, Step, judge};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub consumer: ConsumerIx,
    /// Which service.
    pub operation: OperationIx,
    /// Whose data: which of the service's sources. The strictest: all of them.
    pub sources: Sources,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// What lets the call pass, a source each, in the order of the service's sources: the first grant that
    /// allows it.
    pub access: Vec<Access>,
    /// The rule by which fields stay; `NONE` where none does.
    pub opening: RuleIx,
    /// The rule by which fields are removed; `NONE` where none is.
    pub closing: RuleIx,
    /// By field: the grant on whose basis it stays.
    pub bases: [Option<GrantIx>; Field::COUNT],
    /// The fields that are removed.
    pub removes: FieldSet,
    /// The field groups of the answer that may stay.
    pub groups: Groups,
}

impl Allowed {
    /// The fields that stay.
    pub fn reveals(&self) -> FieldSet {
        Field::ALL.into_iter().filter(|field| self.bases[field.at()].is_some()).collect()
    }
}

/// One grant held against one source, and what was found about it.
#[derive(Clone, Debug)]
pub struct Weighed<'a> {
    /// The grant.
    pub grant: GrantIx,
    /// The place of the source in the service's list.
    pub source: u8,
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
    let asked = |(grant, text)| {
        let sources = question.sources.iter();
        sources.filter_map(move |source| {
            let finding = weigh(snapshot, question, text, source)?;
            Some(Weighed { grant, source, finding })
        })
    };
    let weighed: Vec<Weighed<'a>> = candidates(snapshot, question).flat_map(asked).collect();
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

/// What is found about a grant for one source; `None` where the service has no such source.
fn weigh<'a>(
    snapshot: &'a Snapshot,
    question: &Question<'_>,
    grant: &'a GrantText,
    source: u8,
) -> Option<Finding<'a>> {
    let service = snapshot.catalogue().service(question.operation);
    let cases = cases(snapshot.consumer(question.consumer), grant, service);
    let (_, case) = cases.into_iter().find(|(place, _)| *place == source)?;
    if grant.purpose.value != question.purpose {
        return Some(Finding::OtherPurpose);
    }
    if grant.capacity.is_some() && grant.capacity.as_deref() != question.capacity {
        return Some(Finding::OtherCapacity);
    }
    Some(Finding::Judged(match case {
        Some(case) => judge(snapshot.law(), &case, question.day),
        None => technical(grant.valid, question.day),
    }))
}

/// A technical service asks no law: the grant's own days decide.
fn technical<'a>(valid: Days, day: Day) -> Judgement<'a> {
    let (outcome, step) = if day < valid.first {
        (Outcome::Denies(Denial::NotYetValid { first: valid.first }), Step::Before(valid.first))
    } else if valid.last < day {
        (Outcome::Denies(Denial::Lapsed { last: valid.last }), Step::After(valid.last))
    } else {
        (TECHNICAL, Step::Within(valid))
    };
    Judgement { outcome, steps: vec![step] }
}

fn conclude(
    snapshot: &Snapshot,
    question: &Question<'_>,
    weighed: &[Weighed<'_>],
) -> Result<Allowed, Denial> {
    if candidates(snapshot, question).next().is_none() {
        return Err(Denial::NeverGranted);
    }
    if question.sources.is_empty() {
        return Err(Denial::OutsideTheGuide);
    }
    let service = snapshot.catalogue().service(question.operation);
    let mut access = Vec::new();
    let mut groups = Groups::ALL;
    for source in question.sources.iter() {
        let here = || weighed.iter().filter(move |weighed| weighed.source == source);
        let first = here().find_map(opened);
        let denial = || here().filter_map(denial).fold(Denial::NeverGranted, Denial::or);
        let opened = first.ok_or_else(denial)?;
        access.push(Access { grant: opened.grant, rule: opened.rule });
        groups = groups.intersection(granted(snapshot, service, here()));
    }
    let allowed = amount(access, groups, weighed, service.personal());
    let needs = service.person_question.as_ref().map_or(FieldSet::EMPTY, |question| question.needs);
    if question.names_person && !allowed.reveals().contains(needs) {
        return Err(Denial::BasisMissing { rule: allowed.closing });
    }
    Ok(allowed)
}

/// The field groups for which some grant allows the call, of those held against one source.
fn granted<'a, 'b: 'a>(
    snapshot: &Snapshot,
    service: &Service,
    here: impl Iterator<Item = &'a Weighed<'b>>,
) -> Groups {
    let allowing = here.filter(|weighed| opened(weighed).is_some());
    let each = allowing.map(|weighed| {
        fields::groups(snapshot.grant(weighed.grant), service, snapshot.keeps_near_functionholders)
    });
    each.fold(Groups::NONE, Groups::union)
}

/// Adds up what the grants that allow the call open.
fn amount(access: Vec<Access>, groups: Groups, weighed: &[Weighed<'_>], personal: FieldSet) -> Allowed {
    let all: Vec<Opened> = weighed.iter().filter_map(opened).collect();
    let bases = Field::ALL.map(|field| {
        let holding = all.iter().filter(|opened| opened.reveals.has(field));
        holding.map(|opened| opened.grant).min()
    });
    let reveals: FieldSet = Field::ALL.into_iter().filter(|field| bases[field.at()].is_some()).collect();
    let removes = personal.without(reveals);
    let opening = all.iter().map(|opened| opened.opening).min().unwrap_or(RuleIx::NONE);
    let closing = all.iter().map(|opened| opened.closing).min().unwrap_or(RuleIx::NONE);
    let closing = if removes.is_empty() { RuleIx::NONE } else { closing };
    Allowed { access, opening, closing, bases, removes, groups }
}

/// What one grant that allows the call opens.
struct Opened {
    grant: GrantIx,
    rule: RuleIx,
    opening: RuleIx,
    closing: RuleIx,
    reveals: FieldSet,
}

fn opened(weighed: &Weighed<'_>) -> Option<Opened> {
    let Finding::Judged(Judgement { outcome, .. }) = &weighed.finding else { return None };
    let Outcome::Allows { rule, opening, closing, reveals } = *outcome else { return None };
    Some(Opened { grant: weighed.grant, rule, opening, closing, reveals })
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
