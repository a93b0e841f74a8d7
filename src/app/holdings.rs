//! What a registry grants and until when, for metrics and trail.

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
