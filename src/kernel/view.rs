//! The snapshot as the hot path sees it: borrowed, sorted tables of integers.

use crate::denial::Denial;
use crate::vocab::{CapacityIx, ConsumerIx, Days, FieldSet, GrantIx, Groups, OperationIx, PurposeIx, RuleIx};

/// Borrowed tables. Whoever compiles them keeps them sorted as each field says.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// By consumer: where its [`Pair`]s start. One longer than there are consumers.
    pub pair_starts: &'a [u32],
    /// Grouped by consumer, ascending by operation within a consumer, each operation once.
    pub pairs: &'a [Pair],
    /// The rows of all pairs, those of one pair together.
    pub rows: &'a [Row],
    /// By operation.
    pub operations: &'a [Operation],
}

/// What one consumer holds for one operation: a run of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The operation.
    pub operation: OperationIx,
    /// The first row.
    pub start: u32,
    /// One past the last row.
    pub end: u32,
}

/// One grant over one span of days in which the law's answer does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The source the row speaks of: a place in the operation's list of source categories.
    pub source: u8,
    /// The purpose (doeleinde) the grant is for.
    pub purpose: PurposeIx,
    /// The capacity (hoedanigheid) the grant asks for; `NONE`: any, or none.
    pub capacity: CapacityIx,
    /// The grant.
    pub grant: GrantIx,
    /// The field groups of the operation's answer that the grant is for.
    pub groups: Groups,
    /// The days.
    pub days: Days,
    /// The law's answer on those days.
    pub outcome: Outcome,
}

/// The law's answer for one grant on one span of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The call may pass.
    Allows {
        /// The rule that allows it.
        rule: RuleIx,
        /// The rule by which the grant opens personal fields; `NONE` where it opens none.
        opening: RuleIx,
        /// The rule by which the personal fields it leaves closed are removed; `NONE` where there are none.
        closing: RuleIx,
        /// The personal fields that stay in the answer.
        reveals: FieldSet,
    },
    /// It may not.
    Denies(Denial),
}

/// What the decision needs to know of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The kinds of personal field its answers can hold.
    pub personal: FieldSet,
    /// The fields that must be open when the question names a person: then the answer links that
    /// person to enterprises whatever is removed from it. Empty: stripping is enough.
    pub person_question_needs: FieldSet,
}

impl<'a> View<'a> {
    /// The rows of a consumer for an operation; `None` where it was never granted.
    pub fn rows(&self, consumer: ConsumerIx, operation: OperationIx) -> Option<&'a [Row]> {
        let start = *self.pair_starts.get(consumer.at())? as usize;
        let end = *self.pair_starts.get(consumer.at() + 1)? as usize;
        let pairs = self.pairs.get(start..end)?;
        let found = pairs.binary_search_by_key(&operation, |pair| pair.operation).ok()?;
        let pair = pairs[found];
        self.rows.get(pair.start as usize..pair.end as usize)
    }

    /// What is known of an operation.
    pub fn operation(&self, operation: OperationIx) -> Option<&'a Operation> {
        self.operations.get(operation.at())
    }
}
