//! How long a verdict holds: the days around the one asked on which `decide` says the very same.

use poortwachter_kernel::view::{Row, View};
use poortwachter_kernel::vocab::{Day, Days};
use poortwachter_kernel::{Call, Denial, decide};

use super::verdict::allowed;
use crate::registry::explain::Allowed;

/// The longest span of days around the call's own on which all of the verdict stays: the decision, the grants and
/// rules behind it, the fields that stay. Without an end where the registry and the law name none.
pub fn holds(view: &View<'_>, call: Call) -> Days {
    let verdict = on(view, call, call.day);
    let turns = turns(view.rows(call.consumer, call.operation).unwrap_or(&[]));
    let same = |day: Day| on(view, call, day) == verdict;
    let (past, coming): (Vec<Day>, Vec<Day>) = turns.iter().partition(|turn| **turn <= call.day);
    // Between two turns nothing changes, so one day of each stretch speaks for it.
    let first = past.into_iter().rev().find(|turn| !same(turn.previous())).unwrap_or(Day::MIN);
    let last = coming.into_iter().find(|turn| !same(*turn)).map_or(Day::MAX, Day::previous);
    Days { first, last }
}

fn on(view: &View<'_>, call: Call, day: Day) -> Result<Allowed, Denial> {
    decide(view, Call { day, ..call }).map(|permit| allowed(&permit))
}

/// The days on which some row starts, or has just ended.
fn turns(rows: &[Row]) -> Vec<Day> {
    let days = rows.iter().flat_map(|row| [row.days.first, row.days.last.next()]);
    let mut turns: Vec<Day> = days.filter(|day| ![Day::MIN, Day::MAX].contains(day)).collect();
    turns.sort_unstable();
    turns.dedup();
    turns
}
