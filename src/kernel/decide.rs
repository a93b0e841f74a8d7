//! Turns a call into a verdict.
//!
//! Lives on the hot path: no allocation, no clock, no log line. The day is an argument, so that a
//! test can stand on either side of midnight. A call may ask several sources at once; each must be
//! lawful. Every grant that fits adds what it opens; where none does, the most telling reason is
//! given, whatever the order of the grants.

use crate::denial::Denial;
use crate::view::{Outcome, Row, View};
use crate::vocab::{
    CapacityIx, ConsumerIx, Day, Field, FieldSet, GrantIx, Groups, OperationIx, PurposeIx, RuleIx, Sources,
};

/// One call, as far as the law looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who asks.
    pub consumer: ConsumerIx,
    /// What is asked.
    pub operation: OperationIx,
    /// Whose data: which of the operation's sources the question asks.
    pub sources: Sources,
    /// What for: the purpose of the URI the consumer called with.
    pub purpose: PurposeIx,
    /// In which capacity (hoedanigheid); `NONE` where the message names none that the registry knows.
    pub capacity: CapacityIx,
    /// Whether the question names a natural person (an INSZ among its criteria).
    pub names_person: bool,
    /// The legal day, Europe/Brussels.
    pub day: Day,
}

/// Proof that one call was allowed. Only [`decide`] makes one.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Permit {
    call: Call,
    /// By place of the source: what lets the call pass there; `NONE` where it is not asked.
    access: [Access; Sources::MAX],
    opening: RuleIx,
    closing: RuleIx,
    personal: FieldSet,
    bases: [GrantIx; Field::COUNT],
    groups: Groups,
}

/// What lets a call pass at one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The grant; of several that fit, the first of the registry's own order.
    pub grant: GrantIx,
    /// The rule it satisfies.
    pub rule: RuleIx,
}

impl Access {
    const NONE: Self = Self { grant: GrantIx::NONE, rule: RuleIx::NONE };
}

impl Permit {
    /// The call that was allowed.
    pub const fn call(&self) -> Call {
        self.call
    }

    /// What lets the call pass, a source each, in the order of the operation's sources.
    pub fn access(&self) -> impl Iterator<Item = Access> + '_ {
        self.access.iter().copied().filter(|access| access.grant.is_some())
    }

    /// The rule that allowed it; of several sources, the first one's.
    pub fn rule(&self) -> RuleIx {
        self.access().next().unwrap_or(Access::NONE).rule
    }

    /// The grant it rests on; of several sources, the first one's.
    pub fn grant(&self) -> GrantIx {
        self.access().next().unwrap_or(Access::NONE).grant
    }

    /// The rule by which personal fields stay in the answer; `NONE` where none does.
    pub const fn opening(&self) -> RuleIx {
        self.opening
    }

    /// The rule by which personal fields are removed; `NONE` where the service has none, or all stay.
    pub fn closing(&self) -> RuleIx {
        if self.removes().is_empty() { RuleIx::NONE } else { self.closing }
    }

    /// The grant on whose basis a personal field stays in the answer; `None`: it is removed.
    pub fn basis(&self, field: Field) -> Option<GrantIx> {
        Some(self.bases[field.at()]).filter(|grant| grant.is_some())
    }

    /// The personal fields that are removed from the answer.
    pub fn removes(&self) -> FieldSet {
        self.personal.without(self.reveals())
    }

    /// The field groups that may stay in the answer; [`Groups::EVERYTHING`] among them: all of it but what is
    /// near to functionholders, which has a place of its own.
    ///
    /// At one source the grants that fit add up: each is a basis for what it names. Over the sources that the
    /// call asks only what is granted at every one of them stays, for nothing in an answer that joins
    /// sources says which of them an element comes from. It may be none: then the content is empty.
    pub const fn groups(&self) -> Groups {
        self.groups
    }

    /// The personal fields that stay in the answer.
    pub fn reveals(&self) -> FieldSet {
        Field::ALL.into_iter().filter(|field| self.bases[field.at()].is_some()).collect()
    }
}

/// The verdict on a call.
///
/// # Errors
/// The most telling [`Denial`] of the first source that says no; unknown consumers and operations
/// count as never granted, a call that asks no source as outside the guide.
pub fn decide(view: &View<'_>, call: Call) -> Result<Permit, Denial> {
    let rows = view.rows(call.consumer, call.operation).ok_or(Denial::NeverGranted)?;
    let operation = view.operation(call.operation).ok_or(Denial::NeverGranted)?;
    if call.sources.is_empty() {
        return Err(Denial::OutsideTheGuide);
    }
    let mut permit = Permit::blank(call, operation.personal);
    for source in call.sources.iter() {
        permit.ask(source, rows)?;
    }
    if call.names_person && !permit.reveals().contains(operation.person_question_needs) {
        return Err(Denial::BasisMissing { rule: permit.closing() });
    }
    Ok(permit)
}

impl Permit {
    fn blank(call: Call, personal: FieldSet) -> Self {
        Self {
            call,
            access: [Access::NONE; Sources::MAX],
            opening: RuleIx::NONE,
            closing: RuleIx::NONE,
            personal,
            bases: [GrantIx::NONE; Field::COUNT],
            groups: Groups::ALL,
        }
    }

    /// Adds up what the rows of one source amount to.
    fn ask(&mut self, source: u8, rows: &[Row]) -> Result<(), Denial> {
        let mut denial = Denial::NeverGranted;
        let mut groups = Groups::NONE;
        for row in rows.iter().filter(|row| row.source == source) {
            match standing(row, self.call) {
                Ok(opened) => {
                    self.admit(source, row.grant, opened);
                    groups = groups.union(row.groups);
                }
                Err(other) => denial = denial.or(other),
            }
        }
        self.groups = self.groups.intersection(groups);
        if self.access[usize::from(source)].grant.is_some() { Ok(()) } else { Err(denial) }
    }

    fn admit(&mut self, source: u8, grant: GrantIx, opened: Opened) {
        let access = &mut self.access[usize::from(source)];
        if grant < access.grant {
            *access = Access { grant, rule: opened.rule };
        }
        self.opening = self.opening.min(opened.opening);
        self.closing = self.closing.min(opened.closing);
        for field in opened.reveals.iter() {
            let basis = &mut self.bases[field.at()];
            *basis = (*basis).min(grant);
        }
    }
}

/// What one row opens.
#[derive(Clone, Copy)]
struct Opened {
    rule: RuleIx,
    opening: RuleIx,
    closing: RuleIx,
    reveals: FieldSet,
}

/// Where one row stands towards the call.
fn standing(row: &Row, call: Call) -> Result<Opened, Denial> {
    if row.purpose != call.purpose {
        return Err(Denial::WrongPurpose);
    }
    if row.capacity.is_some() && row.capacity != call.capacity {
        return Err(Denial::WrongCapacity);
    }
    if call.day < row.days.first {
        return Err(Denial::NotYetValid { first: row.days.first });
    }
    if row.days.last < call.day {
        return Err(Denial::Lapsed { last: row.days.last });
    }
    match row.outcome {
        Outcome::Allows { rule, opening, closing, reveals } => Ok(Opened { rule, opening, closing, reveals }),
        Outcome::Denies(denial) => Err(denial),
    }
}
