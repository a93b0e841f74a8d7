//! What will become of the answer: which blocks go, which personal fields stay and on what basis, and to which
//! field groups it is narrowed.

use poortwachter_kernel::redact::program::{Holds, Path, Program};
use poortwachter_kernel::redact::{Signed, Terms};
use poortwachter_kernel::vocab::{Field, Groups, Kind};
use serde_json::{Value, json};

use super::report::{instrument, rule};
use crate::catalogue::Service;
use crate::law::Step;
use crate::registry::Snapshot;
use crate::registry::explain::{Allowed, Weighed};

/// The obligations that go with a yes.
pub(super) fn obligations(
    snapshot: &Snapshot,
    service: &Service,
    allowed: &Allowed,
    weighed: &[Weighed<'_>],
    owner_names: bool,
) -> Value {
    let terms =
        Terms { reveals: allowed.reveals(), groups: allowed.groups, signed: Signed::default(), owner_names };
    json!({
        "removes": removes(&service.program, terms),
        "keeps": keeps(snapshot, allowed, weighed),
        "fields": fields(service, allowed.groups),
    })
}

/// By kind: where it stands in the answer, and whether it stays where the answer says that the enterprise is a
/// legal person.
fn removes(program: &Program<'_>, terms: Terms) -> Vec<Value> {
    let parts = program.parts();
    let mut all = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| !terms.opens(*kind) && !terms.lets_pass(*kind)) {
        for unless_legal_person in [false, true] {
            let conditional = |path: &Path<'_>| path.conditional && parts.condition.is_some();
            let here = |path: &&Path<'_>| conditional(path) == unless_legal_person && holds(path, kind);
            let paths: Vec<String> =
                parts.paths.iter().filter(here).map(|path| path.steps.join("/")).collect();
            if !paths.is_empty() {
                all.push(json!({
                    "field": kind.name(), "paths": paths, "unless_legal_person": unless_legal_person,
                }));
            }
        }
    }
    all
}

fn holds(path: &Path<'_>, kind: Kind) -> bool {
    match path.holds {
        Holds::Person => [Kind::FunctionholderName, Kind::FunctionholderInsz].contains(&kind),
        Holds::Insz => kind == Kind::FunctionholderInsz,
        Holds::Block(held) => held == kind,
    }
}

fn keeps(snapshot: &Snapshot, allowed: &Allowed, weighed: &[Weighed<'_>]) -> Vec<Value> {
    let based = Field::ALL.into_iter().filter_map(|field| Some((field, allowed.bases[field.at()]?)));
    let each = based.map(|(field, grant)| {
        let own = weighed.iter().filter(|weighed| weighed.grant == grant);
        let opening = own.flat_map(|weighed| weighed.finding.steps()).find_map(|step| match step {
            Step::Opens(ix, fields, held) if fields.has(field) => Some((*ix, *held)),
            _ => None,
        });
        json!({
            "field": field.name(),
            "grant": snapshot.grant_label(grant),
            "rule": opening.and_then(|(ix, _)| rule(snapshot, ix)),
            "instrument": opening.map(|(_, held)| instrument(held)),
        })
    });
    each.collect()
}

/// `all`: nothing goes for want of a field group. Else what stays, as groups and as the elements behind them.
fn fields(service: &Service, granted: Groups) -> Value {
    let all = granted.has(Groups::EVERYTHING);
    let open = service.groups.paths().iter().filter(|path| !all && granted.has(path.place));
    json!({
        "all": all,
        "groups": super::report::group_names(&service.groups, granted),
        "paths": open.map(|path| path.path.as_str()).collect::<Vec<_>>(),
    })
}
