//! The files that ship as examples are right, and show every key.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use poortwachter::app::files;
use poortwachter::config;
use poortwachter::registry;

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

#[test]
fn the_example_gateway_and_registry_load_without_a_fault_or_a_warning() {
    let gateway = config::load(&shipped("gateway.toml")).unwrap_or_else(|faults| panic!("{faults}"));
    let loaded = files::load_registry(&gateway).unwrap_or_else(|faults| panic!("{faults}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert_eq!(loaded.snapshot.consumers().len(), 2);
}

#[test]
fn the_shipped_law_and_catalogue_load_from_their_files_too() {
    let basis = files::basis(Some(&shipped("law.toml")), Some(&shipped("catalogue.toml")), 30, false);
    let loaded = basis
        .and_then(|basis| registry::load(&shipped("registry"), &basis, None))
        .unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(loaded.snapshot.grants().len(), 2);
}

/// The keys a reader knows are those it offers where an unknown one stands.
fn known(table: &str) -> BTreeSet<String> {
    let header = if table.is_empty() { String::new() } else { format!("[{table}]\n") };
    let faults = config::parse("gateway.toml", &format!("{header}zzzzzzzz = 1\n"), Path::new("."))
        .expect_err("an unknown key");
    let fault = faults.iter().find(|fault| fault.spot.key.ends_with("zzzzzzzz"));
    let fault = fault.unwrap_or_else(|| panic!("[{table}] is not read: {faults}"));
    let keys = fault.remedy.strip_prefix("known here: ").expect("offers the known keys");
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_that_the_reader_knows_stands_in_the_example() {
    let text = std::fs::read_to_string(shipped("gateway.toml")).expect("ships");
    let lines: Vec<&str> = text.lines().map(|line| line.trim_start_matches("# ")).collect();
    let mut tables: Vec<String> = known("").into_iter().collect();
    tables.push("listener.tls".to_owned());
    for table in tables {
        assert!(lines.contains(&format!("[{table}]").as_str()), "[{table}] is not in the example");
        for key in known(&table) {
            let sub = format!("[{table}.{key}]");
            let shown = lines.iter().any(|line| line.starts_with(&format!("{key} = ")) || *line == sub);
            assert!(shown, "`{table}.{key}` is not in the example");
        }
    }
}
