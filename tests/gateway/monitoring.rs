//! Alert rules, dashboard and the table of metrics speak of metrics that a gateway has.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use poortwachter::telemetry::{House as Meters, Recorder, TokenMeters, export, trail};
use serde_json::Value;

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap()
}

/// Runs Prometheus' own tool; gives whether it was content, and what it said.
pub fn promtool(arguments: &[&str], input: &str) -> (bool, String) {
    use std::io::Write as _;
    let mut tool = Command::new("promtool");
    let pipes = tool.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = pipes.spawn().unwrap_or_else(|cause| {
        panic!(
            "promtool cannot be run ({cause}): `tests/run` fetches it into target/tools; \
             or install Prometheus' promtool and put it on PATH"
        )
    });
    let mut stdin = running.stdin.take().unwrap();
    // It may end before it has read all.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let ended = running.wait_with_output().unwrap();
    (ended.status.success(), String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap())
}

/// Every metric that a gateway describes, whatever it is configured to do.
fn described() -> BTreeSet<String> {
    let recorder = Arc::new(Recorder::default());
    let _ = (Meters::new(&recorder, "test"), trail::Meters::new(&recorder), TokenMeters::new(&recorder));
    let _ = export::Meters::new(&recorder, "otlp");
    recorder.described().into_iter().collect()
}

/// The metrics that a text names, without what a histogram adds to its name.
pub fn named(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    let words = text.split(|c| !is_name(c)).filter(|word| word.starts_with("poortwachter_"));
    let bare = |word: &str| {
        let end = ["_bucket", "_sum", "_count"].into_iter().find_map(|end| word.strip_suffix(end));
        end.unwrap_or(word).to_owned()
    };
    words.map(bare).collect()
}

/// Those that are not there.
pub fn unknown(named: BTreeSet<String>) -> Vec<String> {
    let known = described();
    named.into_iter().filter(|name| !known.contains(name)).collect()
}

/// Every expression of a dashboard, wherever it stands.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("expr").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| expressions(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        _ => {}
    }
}

#[test]
fn the_alert_rules_are_right_and_fire_when_they_should() {
    let rules = file("deploy/prometheus/alerts.yaml");
    let (right, said) = promtool(&["check", "rules", rules.to_str().unwrap()], "");
    assert!(right, "{said}");
    let cases = file("deploy/prometheus/alerts.test.yaml");
    let (right, said) = promtool(&["test", "rules", cases.to_str().unwrap()], "");
    assert!(right, "{said}");
}

#[test]
fn every_alert_has_a_case_a_severity_and_says_what_to_do() {
    let (rules, cases) = (read("deploy/prometheus/alerts.yaml"), read("deploy/prometheus/alerts.test.yaml"));
    let alerts: Vec<&str> = rules.split("      - alert: ").skip(1).collect();
    assert!(alerts.len() > 20);
    for alert in alerts {
        let name = alert.lines().next().unwrap();
        assert!(cases.contains(&format!("alertname=\"{name}\"")), "{name} has no case");
        for key in ["labels: { severity: ", "summary: ", "description: ", "remedy: "] {
            assert!(alert.contains(key), "{name} lacks `{key}`");
        }
        let remedy = alert.split_once("remedy: ").unwrap().1.lines().next().unwrap();
        let place = remedy.rsplit_once("docs/").unwrap_or_else(|| panic!("{name} names no document")).1;
        let (document, section) = place.split_once(".md").unwrap();
        let text = read(&format!("docs/{document}.md"));
        let section = section.trim_end_matches('\'').trim_start_matches(", ").trim_matches('"');
        let has = |line: &str| line.starts_with('#') && line.trim_start_matches('#').trim() == section;
        let stands = section.is_empty() || text.lines().any(has) || text.contains(&format!("**{section}"));
        assert!(stands, "{name}: docs/{document}.md has no `{section}`");
    }
}

#[test]
fn rules_and_dashboard_name_only_metrics_that_there_are() {
    assert_eq!(unknown(named(&read("deploy/prometheus/alerts.yaml"))), Vec::<String>::new());
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/poortwachter.json")).unwrap();
    let mut found = Vec::new();
    expressions(&dashboard, &mut found);
    assert!(found.len() > 30);
    let variables = dashboard["templating"]["list"].to_string();
    assert_eq!(unknown(named(&(found.join("\n") + &variables))), Vec::<String>::new());
}

#[test]
fn every_expression_of_the_dashboard_can_be_read() {
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/poortwachter.json")).unwrap();
    assert_eq!(dashboard["schemaVersion"], 39, "Grafana 11");
    let mut found = Vec::new();
    expressions(&dashboard, &mut found);
    let plain = |text: &String| {
        let text = text.replace("$__rate_interval", "5m").replace("$__range", "1d");
        ["instance", "consumer", "operation"]
            .iter()
            .fold(text, |text, name| text.replace(&format!("${name}"), ".*"))
    };
    let rules: Vec<String> = found
        .iter()
        .enumerate()
        .map(|(at, text)| format!("  - record: \"shown:{at}\"\n    expr: {}\n", Value::from(plain(text))))
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("shown.yaml");
    std::fs::write(&place, format!("groups:\n- name: shown\n  rules:\n{}", rules.concat())).unwrap();
    let (right, said) = promtool(&["check", "rules", place.to_str().unwrap()], "");
    assert!(right && !rules.concat().contains('$'), "{said}\n{}", rules.concat());
}

#[test]
fn every_metric_stands_in_the_table_of_metrics() {
    let text = read("docs/operations.md");
    let table = text.split_once("## Metrics").unwrap().1;
    // `poortwachter_fields_removed_total`, `…_released_total`: a name may stand with its family's beginning left out.
    let stands = |name: &String| {
        table.contains(&format!("`{name}")) || {
            let ends = table.split("`…").skip(1).map(|rest| rest.split(['`', '{']).next().unwrap());
            ends.into_iter().any(|end| !end.is_empty() && name.ends_with(end))
        }
    };
    let missing: Vec<String> = described().into_iter().filter(|name| !stands(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
    assert_eq!(unknown(named(table)), Vec::<String>::new());
}
