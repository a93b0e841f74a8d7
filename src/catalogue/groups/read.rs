//! Reads `[[field-group]]`, and gives each service its groups.

use std::collections::BTreeMap;

use poortwachter_kernel::vocab::Groups;

use super::super::{Dialect, Service};
use super::{EVERYTHING, FieldGroups, GroupPath, NEAR_FUNCTIONHOLDERS, trie};
use crate::text::words::nearest;
use crate::text::{Source, Spot, Table, Written};

/// The deepest path a group may have. The platform's answers are at most 17 deep below the Body.
const STEPS_MAX: usize = 16;

/// A group as written, before the services it names are looked up.
pub(in super::super) struct Group {
    name: String,
    services: Vec<Written<String>>,
    /// The paths, and whether no sample shows them.
    paths: Vec<(Written<String>, bool)>,
    spot: Spot,
}

/// One `[[field-group]]`.
pub(in super::super) fn group(table: Table<'_>) -> Option<Group> {
    let spot = table.spot();
    let name = name(&table);
    let services = table.texts("services");
    if services.is_empty() && table.is_empty_list("services") {
        table.fault("services", "names no service", "write for example [\"GeefPersoon/02.02\"]");
    }
    let seen = table.texts("paths").into_iter().map(|path| (path, false));
    let unseen = table.texts("schema-only").into_iter().map(|path| (path, true));
    let paths: Vec<(Written<String>, bool)> = seen.chain(unseen).collect();
    if paths.is_empty() && table.is_empty_list("paths") && table.is_empty_list("schema-only") {
        table.fault("paths", "names no path", "write for example [\"Persoon/Naam\"]");
    }
    note_overlaps(&table, &paths);
    table.close();
    Some(Group { name: name?, services, paths, spot })
}

/// A name as administrators write it: it must not be mistaken for a path.
fn name(table: &Table<'_>) -> Option<String> {
    let name = table.text("name")?;
    let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name == EVERYTHING {
        table.fault("name", format!("`{EVERYTHING}` is every service's already"), "choose another name");
        return None;
    }
    if name.len() > 64 || !name.chars().all(safe) {
        let remedy = "write up to 64 lower-case letters, digits and hyphens";
        table.fault("name", format!("`{name}` cannot be a group's name"), remedy);
        return None;
    }
    Some(name)
}

/// A path below another of its group says nothing, and looks as if the group were narrower than it is.
fn note_overlaps(table: &Table<'_>, paths: &[(Written<String>, bool)]) {
    for (at, (path, _)) in paths.iter().enumerate() {
        let covers = |(other_at, (other, _)): (usize, &(Written<String>, bool))| {
            let below =
                path.value.strip_prefix(other.value.as_str()).is_some_and(|rest| rest.starts_with('/'));
            below || other_at < at && other.value == path.value
        };
        if paths.iter().enumerate().any(covers) {
            let problem = format!("`{}` is opened by another path of the group already", path.value);
            table.note(path.spot.fault(problem, "keep the path that is meant"));
        }
    }
}

/// Gives every service the groups that name it; notes what does not fit.
pub(in super::super) fn assign(source: &Source<'_>, services: &mut [Service], groups: &[Group]) {
    let mut of: BTreeMap<usize, Vec<&Group>> = BTreeMap::new();
    for group in groups {
        for written in &group.services {
            match services.iter().position(|service| service.label == written.value) {
                Some(at) if services[at].origin.is_kbo_vkbo_alone() => note_kbo(source, written),
                Some(at) => of.entry(at).or_default().push(group),
                None => note_unknown(source, services, written),
            }
        }
    }
    for (at, groups) in of {
        if let Some(compiled) = compile(source, &services[at], &groups) {
            services[at].program = services[at].program.allowing(*compiled.allow());
            services[at].groups = compiled;
        }
    }
}

fn note_kbo(source: &Source<'_>, written: &Written<String>) {
    let problem = format!("`{}` gives KBO/VKBO data, which has no field groups", written.value);
    source.note(written.spot.fault(problem, "take it out: a grant opens its personal fields with `opens`"));
}

fn note_unknown(source: &Source<'_>, services: &[Service], written: &Written<String>) {
    let labels = services.iter().map(|service| service.label.as_str());
    let remedy = match nearest(&written.value, labels) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "write Name/MM.mm of a service in this catalogue".to_owned(),
    };
    source.note(written.spot.fault(format!("`{}` is not in the catalogue", written.value), remedy));
}

fn compile(source: &Source<'_>, service: &Service, groups: &[&Group]) -> Option<FieldGroups> {
    let mut compiled = FieldGroups::built_in(!service.near.is_empty());
    for group in groups {
        if let Some(place) = seat(source, service, &mut compiled, group) {
            let paths = group.paths.iter().filter(|(path, _)| is_path(source, service, path));
            compiled.paths.extend(paths.map(|(path, schema_only)| GroupPath {
                place,
                path: path.value.clone(),
                schema_only: *schema_only,
            }));
        }
    }
    note_unreached(source, service, &compiled, groups);
    let allow = trie::compile(&compiled.paths);
    if allow.is_none() {
        let problem = format!("the field groups of `{}` have too many names", service.label);
        source.note(service.spot.fault(problem, "open whole blocks instead of what is in them"));
    }
    compiled.allow = allow?;
    Some(compiled)
}

/// The place of a group in a service's list.
fn seat(source: &Source<'_>, service: &Service, compiled: &mut FieldGroups, group: &Group) -> Option<usize> {
    if group.name == NEAR_FUNCTIONHOLDERS {
        note_strays(source, service, group);
        return compiled.place(NEAR_FUNCTIONHOLDERS);
    }
    if compiled.place(&group.name).is_some() {
        let problem = format!("`{}` has a group `{}` already", service.label, group.name);
        source.note(group.spot.fault(problem, "put their paths together, or choose another name"));
        return None;
    }
    if compiled.names.len() == Groups::MAX {
        let problem = format!("`{}` would have more than {} field groups", service.label, Groups::MAX);
        source.note(group.spot.fault(problem, "put groups together"));
        return None;
    }
    compiled.names.push(group.name.clone());
    Some(compiled.names.len() - 1)
}

fn is_path(source: &Source<'_>, service: &Service, path: &Written<String>) -> bool {
    let is_name = |step: &str| match service.dialect {
        Dialect::Soap | Dialect::File => super::super::read::is_local_name(step),
        Dialect::Rest => !step.is_empty(),
    };
    let shaped = path.value.split('/').count() <= STEPS_MAX && path.value.split('/').all(is_name);
    if !shaped {
        let problem = format!("`{}` is no path in the answers of `{}`", path.value, service.label);
        let remedy = format!("write 1 to {STEPS_MAX} local names with slashes between, from the content on");
        source.note(path.spot.fault(problem, remedy));
    }
    shaped
}

/// The reserved group may open nothing but the blocks that are removed without it.
fn note_strays(source: &Source<'_>, service: &Service, group: &Group) {
    for (path, _) in
        group.paths.iter().filter(|(path, _)| !service.near.iter().any(|near| ends_in(&path.value, near)))
    {
        let problem = format!(
            "`{}` ends in no block of `{}` that is near to functionholders",
            path.value, service.label
        );
        let remedy = "name the block in the service's `personal` too, with holds = \"near-functionholder\"";
        source.note(path.spot.fault(problem, remedy));
    }
}

/// A grant that names the reserved group beside others must find the blocks.
fn note_unreached(source: &Source<'_>, service: &Service, compiled: &FieldGroups, groups: &[&Group]) {
    let Some(spot) = groups.first().map(|group| &group.spot) else { return };
    let reached = |near: &&Vec<String>| {
        let mut own = compiled.paths.iter().filter(|path| path.place == Groups::NEAR_FUNCTIONHOLDERS);
        own.any(|path| ends_in(&path.path, near))
    };
    for near in service.near.iter().filter(|near| !reached(near)) {
        let problem = format!(
            "`{}` of `{}` stands in no group `{NEAR_FUNCTIONHOLDERS}`",
            near.join("/"),
            service.label
        );
        source.note(
            spot.fault(problem, "give the service that group, with the block's path from the content on"),
        );
    }
}

fn ends_in(path: &str, end: &[String]) -> bool {
    let steps: Vec<&str> = path.split('/').collect();
    steps.ends_with(&end.iter().map(String::as_str).collect::<Vec<&str>>())
}
