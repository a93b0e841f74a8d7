//! The shipped field groups against the public mock's answers: a group names what is there.
//!
//! The samples are not part of this repository: looked for in `../shared/magda-samples` or `MAGDA_SAMPLES`. With
//! `--nocapture` the test says which content no group covers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use poortwachter::catalogue::Service;
use serde_json::Value;

use crate::makers::CATALOGUE;

/// The paths of a service's content that samples show, and of those the ones that hold nothing further.
#[derive(Default)]
struct Shown {
    paths: BTreeSet<String>,
    leaves: BTreeSet<String>,
}

impl Shown {
    fn add(&mut self, path: &str, is_leaf: bool) {
        self.paths.insert(path.to_owned());
        if is_leaf {
            self.leaves.insert(path.to_owned());
        }
    }

    fn element(&mut self, element: roxmltree::Node<'_, '_>, above: &str) {
        for child in element.children().filter(roxmltree::Node::is_element) {
            let path = joined(above, child.tag_name().name());
            self.add(&path, !child.children().any(|below| below.is_element()));
            self.element(child, &path);
        }
    }

    fn value(&mut self, value: &Value, above: &str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.value(item, above)),
            Value::Object(members) => {
                for (name, member) in members {
                    let path = joined(above, name);
                    self.add(&path, !member.is_object() && !member.is_array());
                    self.value(member, &path);
                }
            }
            _ => {}
        }
    }
}

fn joined(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") }
}

fn directory() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/magda-samples");
    let found = std::env::var_os("MAGDA_SAMPLES").map_or(beside, PathBuf::from);
    if !found.is_dir() {
        eprintln!("skipped: no samples in {}", found.display());
        return None;
    }
    Some(found)
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// `…/<Service>/<Version>/<key>.xml`, or `rest/v1/<path>/<key>.json`, to the label of its service.
fn label(root: &Path, file: &Path) -> Option<String> {
    let folders: Vec<&str> =
        file.strip_prefix(root).ok()?.parent()?.iter().filter_map(|part| part.to_str()).collect();
    match folders.as_slice() {
        ["requests", ..] => None,
        ["rest", "v1", path @ ..] => Some(format!("{}/01.00", path.join("."))),
        [.., service, version] => Some(format!("{service}/{}", version.get(..5)?)),
        _ => None,
    }
}

/// What samples show of each service of the catalogue.
fn shown(root: &Path) -> BTreeMap<String, Shown> {
    let mut all: BTreeMap<String, Shown> = BTreeMap::new();
    for file in files(root) {
        let Some(label) = label(root, &file).filter(|label| CATALOGUE.labelled(label).is_some()) else {
            continue;
        };
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let here = all.entry(label).or_default();
        if file.extension().is_some_and(|extension| extension == "json") {
            here.value(&serde_json::from_str(text).expect("JSON"), "");
            continue;
        }
        let document = roxmltree::Document::parse(text).expect("XML");
        let contents = document.descendants().filter(|node| {
            node.has_tag_name("Inhoud")
                && node.parent_element().is_some_and(|answer| answer.has_tag_name("Antwoord"))
        });
        contents.for_each(|content| here.element(content, ""));
    }
    all
}

/// A group's path, and whether it claims that no sample shows it, with whether one of the services that share the
/// group does.
fn claims(shown: &BTreeMap<String, Shown>) -> BTreeMap<(String, String, bool), bool> {
    let mut claims = BTreeMap::new();
    for service in CATALOGUE.services() {
        let there = shown.get(&service.label);
        let names: Vec<&str> = service.groups.names().collect();
        for path in service.groups.paths() {
            let name = names.get(path.place).copied().unwrap_or("near-functionholders");
            let met = there.is_some_and(|there| there.paths.contains(&path.path));
            let key = (name.to_owned(), path.path.clone(), path.schema_only);
            *claims.entry(key).or_insert(false) |= met;
        }
    }
    claims
}

#[test]
fn a_group_s_paths_stand_in_a_sample_or_say_that_none_shows_them() {
    let Some(root) = directory() else { return };
    let shown = shown(&root);
    assert!(shown.len() > 40, "only {} services have samples", shown.len());
    let claims = claims(&shown);
    assert!(claims.values().filter(|met| **met).count() > 150);
    for ((group, path, schema_only), met) in claims {
        assert!(schema_only || met, "{group}: no sample shows `{path}`; write it in `schema-only`");
        assert!(!schema_only || !met, "{group}: a sample shows `{path}`; write it in `paths`");
    }
}

#[test]
fn what_no_group_covers_is_known() {
    let Some(root) = directory() else { return };
    let (mut curated, mut plain, mut open) = (0, Vec::new(), Vec::new());
    for (label, there) in shown(&root).into_iter().filter(|(_, there)| !there.leaves.is_empty()) {
        let service = CATALOGUE.service(CATALOGUE.labelled(&label).expect("there"));
        if service.groups.are_curated() {
            curated += 1;
            open.extend(uncovered(service, &there).map(|leaf| format!("{label} {leaf}")));
        } else if !service.origin.is_kbo_vkbo_alone() {
            plain.push(label);
        }
    }
    println!("{curated} services with content in samples have groups; without: {plain:?}");
    println!("covered by no group but `everything`:\n{}", open.join("\n"));
    assert_eq!(plain, [""; 0], "samples show their content: write groups for them");
    // The links that hold the question's own criteria, a number plate or a national number.
    assert_eq!(open, ["mobility.registrations/01.00 self", "mobility.registrationstitular/01.00 self"]);
}

fn uncovered<'a>(service: &'a Service, there: &'a Shown) -> impl Iterator<Item = &'a String> {
    let covers = |leaf: &str, path: &str| {
        leaf == path || leaf.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
    };
    there
        .leaves
        .iter()
        .filter(move |leaf| !service.groups.paths().iter().any(|path| covers(leaf, &path.path)))
}
