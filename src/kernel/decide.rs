//! Turns a call into a verdict.
//!
//! Lives on the hot path: no allocation, no clock, no log line. The day is an argument, so that a
//! test can stand on either side of midnight. Every grant that fits the call adds what it opens;
//! where none does, the most telling reason is given, whatever the order of the grants.

use crate::denial::Denial;
use crate::view::{Outcome, Row, View};
use crate::vocab::{CapacityIx, ConsumerIx, Day, Field, FieldSet, GrantIx, OperationIx, PurposeIx, RuleIx};

/// One call, as far as the law looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who asks.
    pub consumer: ConsumerIx,
    /// What is asked.
    pub operation: OperationIx,
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
    rule: RuleIx,
    opening: RuleIx,
    closing: RuleIx,
    grant: GrantIx,
    personal: FieldSet,
    bases: [GrantIx; Field::COUNT],
}

impl Permit {
    /// The call that was allowed.
    pub const fn call(&self) -> Call {
        self.call
    }

    /// The rule that allowed it.
    pub const fn rule(&self) -> RuleIx {
        self.rule
    }

    /// The rule by which personal fields stay in the answer; `NONE` where none does.
    pub const fn opening(&self) -> RuleIx {
        self.opening
    }

    /// The rule by which personal fields are removed; `NONE` where the service has none, or all stay.
    pub fn closing(&self) -> RuleIx {
        if self.removes().is_empty() { RuleIx::NONE } else { self.closing }
    }

    /// The grant it rests on; of several that fit, the first of the registry's own order.
    pub const fn grant(&self) -> GrantIx {
        self.grant
    }

    /// The grant on whose basis a personal field stays in the answer; `None`: it is removed.
    pub fn basis(&self, field: Field) -> Option<GrantIx> {
        Some(self.bases[field.at()]).filter(|grant| grant.is_some())
    }

    /// The personal fields that are removed from the answer.
    pub fn removes(&self) -> FieldSet {
        self.personal.without(self.reveals())
    }

    /// The personal fields that stay in the answer.
    pub fn reveals(&self) -> FieldSet {
        Field::ALL.into_iter().filter(|field| self.bases[field.at()].is_some()).collect()
    }
}

/// The verdict on a call.
///
/// # Errors
/// The most telling [`Denial`]; unknown consumers and operations count as never granted.
pub fn decide(view: &View<'_>, call: Call) -> Result<Permit, Denial> {
    let rows = view.rows(call.consumer, call.operation).ok_or(Denial::NeverGranted)?;
    let operation = view.operation(call.operation).ok_or(Denial::NeverGranted)?;
    let mut tally = Tally::new(call, operation.personal);
    for row in rows {
        tally.weigh(row);
    }
    let permit = tally.conclude()?;
    if call.names_person && !permit.reveals().contains(operation.person_question_needs) {
        return Err(Denial::BasisMissing { rule: permit.closing() });
    }
    Ok(permit)
}

/// What the rows seen so far amount to.
struct Tally {
    permit: Permit,
    denial: Denial,
}

impl Tally {
    fn new(call: Call, personal: FieldSet) -> Self {
        Self {
            permit: Permit {
                call,
                rule: RuleIx::NONE,
                opening: RuleIx::NONE,
                closing: RuleIx::NONE,
                grant: GrantIx::NONE,
                personal,
                bases: [GrantIx::NONE; Field::COUNT],
            },
            denial: Denial::NeverGranted,
        }
    }

    fn weigh(&mut self, row: &Row) {
        match standing(row, self.permit.call) {
            Ok(opened) => self.admit(row.grant, opened),
            Err(denial) => self.denial = self.denial.or(denial),
        }
    }

    fn admit(&mut self, grant: GrantIx, opened: Opened) {
        let permit = &mut self.permit;
        if grant < permit.grant {
            permit.grant = grant;
            permit.rule = opened.rule;
        }
        permit.opening = permit.opening.min(opened.opening);
        permit.closing = permit.closing.min(opened.closing);
        for field in opened.reveals.iter() {
            let basis = &mut permit.bases[field.at()];
            *basis = (*basis).min(grant);
        }
    }

    fn conclude(self) -> Result<Permit, Denial> {
        if self.permit.grant.is_some() { Ok(self.permit) } else { Err(self.denial) }
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
