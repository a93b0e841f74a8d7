//! The example registry for all eleven source categories, `config/registry-examples`, loads and means what its comments say.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use poortwachter::app::files;
use poortwachter::kernel::vocab::GrantIx;
use poortwachter::registry::{self, Loaded};

use crate::cells::today;

fn directory() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/registry-examples")
}

/// The built-in services and two of the operator's own.
fn catalogue() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/catalogue-example.toml")
}

fn loaded() -> Loaded {
    let basis = files::basis(None, Some(&catalogue()), 30, false).unwrap_or_else(|faults| panic!("{faults}"));
    registry::load(&directory(), &basis, None).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn the_examples_load_without_a_fault_or_a_warning_that_is_not_meant() {
    let Loaded { warnings, .. } = loaded();
    assert!(warnings.is_empty(), "{warnings}");
}

#[test]
fn there_is_a_lawful_grant_for_every_source_category() {
    let snapshot = loaded().snapshot;
    let mut sources = BTreeSet::new();
    for ix in (0..).map(GrantIx).take(snapshot.grants().len()) {
        assert!(snapshot.lawful_until(ix, today()).is_ok(), "{}", snapshot.grant_label(ix));
        for service in &snapshot.grant(ix).services {
            let service = snapshot.catalogue().labelled(&service.value).unwrap();
            sources.extend(
                snapshot.catalogue().service(service).origin.sources.iter().map(|source| source.name()),
            );
        }
    }
    let all: BTreeSet<&str> =
        poortwachter::law::terms::Category::NAMES.iter().map(|(name, _)| *name).collect();
    assert_eq!(sources, all);
}

#[test]
fn grants_lists_shows_and_warns() {
    let run = |arguments: &[&str]| {
        let directory = directory();
        let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
        command.arg("grants").args(arguments).args(["--date", "2026-11-24", "--registry"]).arg(directory);
        command.arg("--catalogue").arg(catalogue());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let list = run(&["list"]);
    assert!(list.starts_with("GRANT"), "{list}");
    assert_eq!(list.lines().count(), loaded().snapshot.grants().len() + 1);
    let soon = run(&["lapsing", "--within", "90d"]);
    assert!(soon.contains("ocmw-voorbeeld/kadaster") && soon.contains("lawful until 2026-12-31"), "{soon}");
    assert_eq!(soon.lines().count(), 2, "{soon}");
    let page = run(&["show", "ocmw-voorbeeld/kadaster"]);
    assert!(page.contains("deliberation of the Informatieveiligheidscomité: 26/012 (united)"), "{page}");
    let person = run(&["show", "agentschap-voorbeeld/personen"]);
    assert!(person.contains("  fields     identity, birth, address\n"), "{person}");
    let both: serde_json::Value =
        serde_json::from_str(&run(&["show", "agentschap-voorbeeld", "--format", "json"])).unwrap();
    let fields = |at: usize| &both["grants"][at]["fields"];
    let all: Vec<&serde_json::Value> = (0..7).map(fields).collect();
    assert_eq!(all.iter().filter(|fields| fields.is_null()).count(), 6, "{all:?}");
    assert!(all.contains(&&serde_json::json!(["identity", "birth", "address"])), "{all:?}");
    let json: serde_json::Value =
        serde_json::from_str(&run(&["lapsing", "--within", "12w", "--format", "json"])).unwrap();
    assert_eq!(json["grants"][0]["days_left"], 38);
    assert_eq!(json["faults"], serde_json::json!([]));
}

#[test]
fn a_span_of_time_that_cannot_be_read_is_wrong_usage() {
    for words in ["", "d", "é", "90é", "9", "-3d", "65535w", "90 d"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
        command.arg("grants").arg("lapsing").arg(format!("--within={words}")).arg("--registry");
        let output = command.arg(directory()).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{words:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("write days or weeks: 90d, 12w"), "{words:?}: {told}");
    }
}

#[test]
fn grants_of_a_faulty_registry_are_its_faults() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.toml"), "id = 3\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
    command.args(["grants", "list", "--format", "json", "--registry"]).arg(directory.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["faults"].as_array().unwrap().len() > 2);
}

/// The table of `docs/grants.md`: every grant exists, rests on the rule beside it, and `advise` names the same rule.
#[test]
fn the_table_of_worked_grants_in_the_guide_is_true() {
    let guide =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/grants.md")).unwrap();
    let rows = guide.lines().filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 4);
    let rows: Vec<Vec<&str>> =
        rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect();
    let rows: Vec<_> =
        rows.into_iter().filter(|cells| cells[1].contains('/') && cells[1].starts_with('`')).collect();
    assert_eq!(rows.len(), 15);
    let snapshot = loaded().snapshot;
    let labels: Vec<String> =
        (0..).map(GrantIx).take(snapshot.grants().len()).map(|ix| snapshot.grant_label(ix)).collect();
    for cells in rows {
        let bare = |cell: &str| cell.trim_matches('`').to_owned();
        assert!(labels.contains(&bare(cells[1])), "{}", cells[1]);
        let flags = format!("advise --format json --source {}", bare(cells[4]));
        let output =
            Command::new(env!("CARGO_BIN_EXE_poortwachter")).args(flags.split_whitespace()).output().unwrap();
        let advice: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(advice["rule"], cells[3], "{flags}");
        let (consumer, _) = cells[1].trim_matches('`').split_once('/').unwrap();
        assert!(
            explained(consumer, &bare(cells[1])).contains(&format!("rule {} ", cells[3])),
            "{}",
            cells[1]
        );
    }
}

/// What `explain` says of every service of a grant.
fn explained(consumer: &str, label: &str) -> String {
    let snapshot = loaded().snapshot;
    let mut all = (0..).map(GrantIx).take(snapshot.grants().len());
    let ix = all.find(|ix| snapshot.grant_label(*ix) == label).unwrap();
    let mut said = String::new();
    for service in &snapshot.grant(ix).services {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
        command.args([
            "explain",
            "--date",
            "2026-11-24",
            "--consumer",
            consumer,
            "--operation",
            &service.value,
        ]);
        command.arg("--registry").arg(directory()).arg("--catalogue").arg(catalogue());
        said +=
            &String::from_utf8(command.output().unwrap().stdout).unwrap().replace("rule 1g-2:", "rule 1g-2 ");
    }
    said
}

#[test]
fn explain_says_which_fields_stay() {
    let explain = |consumer: &str, operation: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
        command.args(["explain", "--date", "2026-11-24", "--consumer", consumer, "--operation", operation]);
        command.arg("--registry").arg(directory()).arg("--catalogue").arg(catalogue()).args(more);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let limited = explain("agentschap-voorbeeld", "GeefPersoon/02.02", &[]);
    let line = "\n  fields: identity, birth, address; the rest of the content is removed\n";
    assert!(limited.ends_with(line), "{limited}");
    let all = explain("agentschap-voorbeeld", "GeefHistoriekInschrijving/02.01", &[]);
    assert!(all.contains("allowed by rule 2d-2") && !all.contains("fields"), "{all}");
    let json = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap()["fields"].clone();
    let limited = explain("agentschap-voorbeeld", "GeefPersoon/02.02", &["--format", "json"]);
    assert_eq!(json(limited), serde_json::json!(["identity", "birth", "address"]));
    let all = explain("agentschap-voorbeeld", "GeefHistoriekInschrijving/02.01", &["--format", "json"]);
    assert_eq!(json(all), serde_json::json!(["everything"]));
}

/// Nothing in the shipped examples asks a service whose answers hold such blocks.
#[test]
fn explain_says_that_what_is_near_to_functionholders_is_removed() {
    let registry = tempfile::tempdir().unwrap();
    let text = "id = \"a\"\norganisation = \"O\"\nkind = \"flemish-agency\"\nnetwork = \"none\"\n\
                [[sender]]\nuri = \"a.be\"\npurpose = \"p\"\n[[grant]]\nid = \"g\"\n\
                services = [\"GeefSocialeSchuld/02.00\"]\npurpose = \"p\"\nvalid-from = 2026-01-01\nretention = \"P1Y\"\n\
                [[grant.instrument]]\ntype = \"deliberation\"\nchamber = \"social-security-health\"\nnumber = \"3\"\n\
                dated = 2025-06-02\n";
    std::fs::write(registry.path().join("a.toml"), text).unwrap();
    let explain = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
        command.args([
            "explain",
            "--date",
            "2026-11-24",
            "--consumer",
            "a",
            "--operation",
            "GeefSocialeSchuld/02.00",
        ]);
        String::from_utf8(command.arg("--registry").arg(registry.path()).args(more).output().unwrap().stdout)
            .unwrap()
    };
    assert!(explain(&[]).ends_with("\n  fields: everything but near-functionholders\n"), "{}", explain(&[]));
    assert!(!explain(&["--keep-near-functionholders"]).contains("fields"));
}
