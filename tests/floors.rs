//! The rooms of the house stand on floors; dependencies go down only, and on one floor never in a circle.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// From the ground up. A room that is not listed has no place in the house.
const FLOORS: &[&[&str]] = &[
    // `text` and `clock` are what files and time look like; `kernel` is the inner package.
    &["text", "clock", "kernel"],
    // `config` is values and how they are written; it knows nobody but `text`.
    // `wire` is bytes and what stands around them; it knows nobody.
    // `publication` is rows; it goes by programs and knows nobody but the kernel.
    &["law", "catalogue", "identity", "config", "wire", "publication"],
    // `evaluation` is questions about access and their answers; it knows no HTTP and keeps no record.
    &["registry", "telemetry", "audit", "evaluation"],
    // `authzen` is such a question as HTTP; `proxy` and `admin` both let it answer, and know nothing of each other.
    // `export` is how a trail's lines look elsewhere; it opens no connection.
    &["proxy", "admin", "authzen", "export"],
    &["app"],
    &["cli"],
];

fn floor(room: &str) -> usize {
    FLOORS
        .iter()
        .position(|rooms| rooms.contains(&room))
        .unwrap_or_else(|| panic!("`{room}` has no floor: list it in tests/floors.rs"))
}

/// Every room, and the rooms its code names as `crate::…`.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files(&source) {
        let inside = file.strip_prefix(&source).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if ["kernel", "lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let named = named(&text).into_iter().filter(|other| *other != room);
        imports.entry(room.clone()).or_default().extend(named);
    }
    imports
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// First names after `crate::`, also inside `use crate::{a, b::c}`.
fn named(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for after in text.split("crate::").skip(1) {
        let list =
            after.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or(after, |(list, _)| list);
        let several = after.starts_with('{');
        for part in list.split(',').take(if several { usize::MAX } else { 1 }) {
            let name: String = part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.chars().next().is_some_and(char::is_lowercase) {
                names.insert(name);
            }
        }
    }
    names
}

#[test]
fn no_room_knows_who_lives_above() {
    for (room, others) in imports() {
        for other in others {
            assert!(
                floor(&other) <= floor(&room),
                "`{room}` (floor {}) names `{other}` (floor {})",
                floor(&room),
                floor(&other)
            );
        }
    }
}

#[test]
fn no_two_rooms_know_each_other() {
    let imports = imports();
    for (room, others) in &imports {
        let mut reached: BTreeSet<&String> = others.iter().collect();
        let mut todo: Vec<&String> = reached.iter().copied().collect();
        while let Some(next) = todo.pop() {
            let further = imports.get(next).into_iter().flatten();
            todo.extend(further.filter(|other| reached.insert(other)));
        }
        assert!(!reached.contains(room), "`{room}` depends on itself by way of {reached:?}");
    }
}

#[test]
fn admin_does_not_know_the_proxy_and_identity_knows_no_grant() {
    let imports = imports();
    assert!(!imports["admin"].contains("proxy"));
    assert!(!imports["proxy"].contains("admin"));
    assert!(imports["authzen"].is_disjoint(&["proxy", "admin", "identity"].map(str::to_owned).into()));
    assert_eq!(imports["identity"], BTreeSet::new());
    assert_eq!(imports["wire"], BTreeSet::new());
}

#[test]
fn an_import_is_seen_however_it_is_written() {
    let text = "use crate::law::Law;\nuse crate::{text::Spot, registry};\nfn f() { crate::proxy::x() }\nuse crate::Thing;";
    assert_eq!(named(text), ["law", "proxy", "registry", "text"].map(str::to_owned).into());
}
