//! `advise` on the command line: every rule of the guide from the flags that lead to it, and the interview on a terminal.

use std::collections::BTreeSet;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::cells::LAW;

const BINARY: &str = env!("CARGO_BIN_EXE_poortwachter");

fn advise(flags: &str) -> Output {
    let mut command = Command::new(BINARY);
    command.arg("advise").args(flags.split_whitespace()).stdin(Stdio::null());
    command.output().unwrap()
}

fn answered(flags: &str) -> Value {
    let output = advise(&format!("{flags} --format json"));
    assert_eq!(output.status.code(), Some(0), "{flags}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Flags, and rule, instrument, chamber, reconstructed.
const CASES: [(&str, &str, &str, Option<&str>, bool); 34] = [
    (
        "--source national-register --consumer-kind flemish-agency --general-authorization yes",
        "1a-1",
        "accession",
        None,
        false,
    ),
    (
        "--source national-register --consumer-kind provincial-or-local",
        "1a-2",
        "ministerial-authorization",
        None,
        false,
    ),
    (
        "--source cadastre --consumer-kind flemish-agency --general-authorization yes --network secondary",
        "1b-1",
        "accession",
        None,
        false,
    ),
    (
        "--source cadastre --consumer-kind provincial-or-local --network secondary",
        "1b-2",
        "deliberation",
        Some("united"),
        false,
    ),
    (
        "--source cadastre --consumer-kind provincial-or-local --network secondary --protocol-failed",
        "1b-2",
        "deliberation",
        Some("united"),
        false,
    ),
    ("--source cadastre --consumer-kind flemish-agency --network primary", "1b-3", "protocol", None, false),
    (
        "--source cadastre --consumer-kind flemish-agency --protocol-failed",
        "1b-4",
        "deliberation",
        Some("federal-government"),
        false,
    ),
    (
        "--source federal-social --consumer-kind flemish-agency --general-authorization yes",
        "1c-1",
        "accession",
        None,
        false,
    ),
    (
        "--source federal-social --consumer-kind flemish-agency",
        "1c-2",
        "deliberation",
        Some("social-security-health"),
        false,
    ),
    (
        "--source federal-health --consumer-kind provincial-or-local --mediation ehealth",
        "1d-1",
        "deliberation",
        Some("social-security-health"),
        false,
    ),
    (
        "--source federal-other --consumer-kind flemish-agency --general-authorization yes",
        "1e-1",
        "accession",
        None,
        false,
    ),
    (
        "--source federal-other --consumer-kind provincial-or-local --network secondary",
        "1e-2",
        "deliberation",
        Some("united"),
        false,
    ),
    ("--source federal-other --consumer-kind flemish-agency", "1e-3", "protocol", None, false),
    (
        "--source federal-other --consumer-kind flemish-agency --date 2019-04-01",
        "1e-3",
        "protocol",
        None,
        false,
    ),
    (
        "--source federal-other --consumer-kind flemish-agency --protocol-failed",
        "1e-4",
        "deliberation",
        Some("federal-government"),
        false,
    ),
    (
        "--source federal-other --consumer-kind flemish-agency --date 2019-03-31",
        "1e-5",
        "ratified-protocol",
        Some("federal-government"),
        false,
    ),
    (
        "--source federal-other --consumer-kind flemish-agency --date 2019-03-31 --protocol-failed",
        "1e-5",
        "ratified-protocol",
        Some("federal-government"),
        false,
    ),
    (
        "--source bis-register --consumer-kind flemish-agency --holds-register-authorization yes",
        "1f-1",
        "deliberation",
        Some("social-security-health"),
        false,
    ),
    ("--source bis-register --consumer-kind flemish-agency", "1f-2", "ministerial-authorization", None, true),
    ("--source kbo-vkbo", "1g-1", "disclaimer", None, false),
    ("--source kbo-vkbo --consumer-kind federal-agency", "1g-1", "disclaimer", None, false),
    ("--source kbo-vkbo --personal-fields", "1g-2", "statutory-basis", None, false),
    ("--source flemish-social --consumer-kind flemish-agency", "2a-1", "protocol", None, false),
    (
        "--source flemish-social --consumer-kind provincial-or-local --mediation ksz",
        "2a-2",
        "deliberation",
        Some("social-security-health"),
        false,
    ),
    (
        "--source flemish-social --consumer-kind federal-agency --network primary",
        "2a-3",
        "deliberation",
        Some("social-security-health"),
        true,
    ),
    ("--source flemish-social --consumer-kind federal-agency", "2a-4", "deliberation", Some("united"), false),
    (
        "--source ocmw-social --consumer-kind provincial-or-local",
        "2b-1",
        "deliberation",
        Some("social-security-health"),
        false,
    ),
    (
        "--source ocmw-social --consumer-kind federal-agency --network extended",
        "2b-1",
        "deliberation",
        Some("social-security-health"),
        false,
    ),
    ("--source ocmw-social --consumer-kind federal-agency", "2b-2", "deliberation", Some("united"), true),
    ("--source flemish-health --consumer-kind flemish-agency", "2c-1", "protocol", None, false),
    (
        "--source flemish-health --consumer-kind flemish-agency --mediation ehealth",
        "2c-2",
        "deliberation",
        Some("social-security-health"),
        false,
    ),
    (
        "--source flemish-health --consumer-kind federal-agency",
        "2c-3",
        "deliberation",
        Some("social-security-health"),
        true,
    ),
    (
        "--source flemish-other --consumer-kind federal-agency --general-authorization yes",
        "2d-1",
        "accession",
        None,
        false,
    ),
    ("--source flemish-other --consumer-kind flemish-agency", "2d-2", "protocol", None, false),
];

#[test]
fn every_rule_is_the_answer_to_some_question() {
    let mut seen = BTreeSet::from(["1g-3".to_owned()]);
    for (flags, rule, instrument, chamber, reconstructed) in CASES {
        let answer = answered(flags);
        assert_eq!(answer["rule"], rule, "{flags}");
        assert_eq!(answer["instrument"], instrument, "{flags}");
        assert_eq!(answer["chamber"].as_str(), chamber, "{flags}");
        assert_eq!(answer["reconstructed"], reconstructed, "{flags}");
        assert!(
            answer["authority"].is_string() && answer["contact"].is_string() && answer["papers"].is_array()
        );
        let federal = ["1b-3", "1e-3", "1e-5"].contains(&rule);
        let flemish = ["2a-1", "2c-1", "2d-2"].contains(&rule);
        let law = answer["legal_text"].as_str().unwrap_or_default();
        assert_eq!(law.contains("30 juli 2018"), federal, "{flags}");
        assert_eq!(law.contains("18 juli 2008"), flemish, "{flags}");
        seen.insert(rule.to_owned());
    }
    assert_eq!(seen, LAW.rules().iter().map(|rule| rule.id.clone()).collect());
}

#[test]
fn a_federal_consumer_with_a_federal_source_is_outside_the_guide() {
    for source in
        ["national-register", "cadastre", "federal-social", "federal-health", "federal-other", "bis-register"]
    {
        let answer = answered(&format!("--source {source} --consumer-kind federal-agency"));
        assert_eq!(answer["rule"], Value::Null, "{source}");
        assert!(answer["reason"].as_str().unwrap().contains("federal"), "{source}");
    }
    let text = advise("--source cadastre --consumer-kind federal-agency --lang nl").stdout;
    assert!(String::from_utf8(text).unwrap().starts_with("buiten de gids: een federale instantie"));
}

#[test]
fn the_kind_of_consumer_is_asked_for_only_where_it_matters() {
    assert_eq!(advise("--source kbo-vkbo").status.code(), Some(0));
    for flags in ["--source cadastre", "", "--source nowhere --consumer-kind flemish-agency"] {
        let output = advise(flags);
        assert_eq!(output.status.code(), Some(64), "{flags}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{flags}");
    }
}

/// Runs the interview on a pseudo-terminal; gives what stood on it.
fn interview(answers: &str) -> Option<String> {
    let line = format!("printf '{answers}' | script -qec '{BINARY} advise' /dev/null");
    let output = Command::new("sh").arg("-c").arg(line).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("Whose data") { Some(text) } else { None }
}

#[test]
fn on_a_terminal_only_the_questions_that_still_matter_are_asked() {
    let Some(text) = interview("cadastre\\nprovincial-or-local\\nsecondary\\nno\\n") else {
        eprintln!("skipped: no `script` to make a terminal with");
        return;
    };
    assert!(text.contains("rule 1b-2"), "{text}");
    for never in
        ["How does the data come", "Was a protocol tried", "National Register held", "functionholders"]
    {
        assert!(!text.contains(never), "{never}: {text}");
    }
    let text = interview("kbo-vkbo\\nperhaps\\n2\\n").unwrap();
    assert!(text.contains("write a number from 1 to 2") && text.contains("rule 1g-2"), "{text}");
    assert!(!text.contains("What kind of consumer"), "{text}");
    let text = interview("6\\n1\\nyes\\n").unwrap();
    assert!(text.contains("rule 1f-1"), "{text}");
}
