//! What a registry grants and until when, for metrics and trail.

use std::collections::BTreeSet;

use poortwachter_kernel::Denial;
use poortwachter_kernel::vocab::{Day, GrantIx};

use crate::audit::Trail;
use crate::audit::trail::line::{Line, List};
use crate::law::Instrument;
use crate::registry::Snapshot;
use crate::telemetry::lapses::Held;

/// All grants with the last days of what they rest on.
pub(super) fn held(snapshot: &Snapshot, today: Day) -> impl Iterator<Item = Held<'_>> {
    indices(snapshot).map(move |ix| Held {
        consumer: &snapshot.consumer(snapshot.grants()[ix.at()].consumer).id,
        grant: &snapshot.grant(ix).id,
        last: last(snapshot, ix, today),
        instruments: snapshot.grant(ix).instruments.iter().map(ended).collect(),
    })
}

/// Leaves a record of them, from which the trail alone can tell what lapses when.
pub(super) fn keep(trail: &Trail, snapshot: &Snapshot, today: Day) {
    trail.act("registry", |line| {
        line.number("generation", snapshot.generation());
        line.text("registry", snapshot.digest());
        line.text("law", snapshot.law().version());
        line.list("grants", |list| indices(snapshot).for_each(|ix| grant(list, snapshot, ix, today)));
    });
}

/// Leaves a record of each grant on which calls could pass before a change of the registry, and cannot any more.
pub(super) fn keep_revoked(trail: &Trail, before: &Snapshot, after: &Snapshot, today: Day) {
    let named = |snapshot: &Snapshot, ix: GrantIx| {
        let consumer = &snapshot.consumer(snapshot.grants()[ix.at()].consumer).id;
        (consumer.clone(), snapshot.grant(ix).id.clone())
    };
    let works = |snapshot: &Snapshot, ix: &GrantIx| snapshot.lawful_until(*ix, today).is_ok();
    let still: BTreeSet<_> =
        indices(after).filter(|ix| works(after, ix)).map(|ix| named(after, ix)).collect();
    let worked = indices(before).filter(|ix| works(before, ix)).map(|ix| named(before, ix));
    let there: BTreeSet<_> = indices(after).map(|ix| named(after, ix)).collect();
    for gone in worked.filter(|grant| !still.contains(grant)) {
        let reason = if there.contains(&gone) { "not-lawful-any-more" } else { "removed" };
        trail.act("revocation", |line| {
            line.text("consumer", &gone.0);
            line.text("grant", &gone.1);
            line.text("reason", reason);
            line.number("generation", after.generation());
            line.text("registry", after.digest());
        });
    }
}

fn grant(list: &mut List<'_>, snapshot: &Snapshot, ix: GrantIx, today: Day) {
    list.object(|line| {
        line.text("consumer", &snapshot.consumer(snapshot.grants()[ix.at()].consumer).id);
        line.text("grant", &snapshot.grant(ix).id);
        end(line, last(snapshot, ix, today));
        line.list("instruments", |list| {
            snapshot.grant(ix).instruments.iter().for_each(|held| {
                list.object(|line| {
                    line.text("type", held.proof.kind().name());
                    line.text("reference", held.proof.found_at());
                    end(line, ended(held));
                });
            });
        });
    });
}

fn end(line: &mut Line<'_>, last: Option<Day>) {
    if let Some(last) = last {
        line.day("last", last);
    }
}

fn indices(snapshot: &Snapshot) -> impl Iterator<Item = GrantIx> {
    (0..).map(GrantIx).take(snapshot.grants().len())
}

/// The last lawful day of a grant: its own last day, or that of what it rests on.
fn last(snapshot: &Snapshot, ix: GrantIx, today: Day) -> Option<Day> {
    match snapshot.lawful_until(ix, today) {
        Ok(until) => Some(until).filter(|until| *until != Day::MAX),
        Err(Denial::Lapsed { last } | Denial::InstrumentLapsed { last, .. }) => Some(last),
        Err(_) => None,
    }
}

fn ended(held: &Instrument) -> Option<Day> {
    Some(held.last()).filter(|last| *last != Day::MAX)
}
