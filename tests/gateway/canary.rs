//! The leak canary: passes on what ships, and fails loudly on a gateway that leaks or lets nothing through.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use poortwachter::app::canary::{Canary, Fault, Report, Value};
use poortwachter::app::{clock, files};
use poortwachter::catalogue::Catalogue;
use poortwachter::config;

use crate::house::{House, Plan, block_on, logged};
use crate::messages::answer;
use crate::upstream::{always, ok};

const PATHS: &str = "  { path = \"Persoon\", holds = \"person\" },\n";
const DRIFT: &str = "drift = [\"INSZ\", \"VoorNaam\", \"AchterNaam\"]\n";

/// The shipped catalogue, in which GeefOnderneming's program knows no functionholders: none is removed, nothing withheld.
fn leaking() -> String {
    assert!(Catalogue::BUILT_IN.contains(PATHS) && Catalogue::BUILT_IN.contains(DRIFT));
    Catalogue::BUILT_IN.replacen(PATHS, "", 1).replacen(DRIFT, "", 1)
}

/// The same, but what is not removed is drift.
fn withholding() -> String {
    Catalogue::BUILT_IN.replacen(PATHS, "", 1)
}

fn written(directory: &Path, catalogue: &str, extra: &str) -> std::path::PathBuf {
    std::fs::write(directory.join("catalogue.toml"), catalogue).unwrap();
    let path = directory.join("gateway.toml");
    let text = "[listener]\naddress = \"127.0.0.1:0\"\nplain-consumer = \"x\"\n[upstream]\nurl = \"http://127.0.0.1:9\"\n\
         [registry]\ndirectory = \"none\"\n[audit]\ntrail = \"off\"\n[catalogue]\nfile = \"catalogue.toml\"\n";
    std::fs::write(&path, text.to_owned() + extra).unwrap();
    path
}

fn report(catalogue: &str, extra: &str) -> Report {
    let directory = tempfile::tempdir().unwrap();
    let settings = config::load(&written(directory.path(), catalogue, extra)).unwrap();
    let basis = files::basis_of(&settings).unwrap();
    Canary::new(settings.into(), basis, clock::clock()).run()
}

fn command(catalogue: &str, more: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let config = written(directory.path(), catalogue, "");
    let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
    command.args(["canary", "--config"]).arg(config).args(more).output().unwrap()
}

#[test]
fn what_ships_lets_nothing_out_and_everything_to_a_basis() {
    let report = report(Catalogue::BUILT_IN, "");
    assert_eq!((report.findings.as_slice(), report.untried.as_slice()), (&[][..], &[][..]));
    assert_eq!(report.services, ["GeefOnderneming/02.00", "ZoekOnderneming/02.00", "GeefFuncties/02.00"]);
    assert_eq!(report.answers, 12, "two consumers, three services, held back and streamed");
}

#[test]
fn an_emptied_program_is_a_leak_whatever_the_tripwire_would_do() {
    for mode in ["report", "mask", "withhold"] {
        let report = report(&leaking(), &format!("[tripwire]\nmode = \"{mode}\"\n"));
        assert_eq!(report.leaks(), 6, "{mode}: {report:?}");
        for leaked in [Value::FirstName, Value::LastName, Value::Insz] {
            let told = |fault: &Fault| matches!(fault, Fault::Leaked { value, .. } if *value == leaked);
            assert!(report.findings.iter().any(|finding| told(&finding.fault)), "{leaked}");
        }
        assert!(report.findings.iter().all(|finding| finding.service == "GeefOnderneming/02.00"));
    }
}

#[test]
fn an_answer_that_is_withheld_proves_nothing() {
    let report = report(&withholding(), "");
    assert!(!report.is_right());
    assert_eq!(report.leaks(), 0);
    assert!(
        report.findings.iter().any(|finding| matches!(finding.fault, Fault::NotDelivered(_))),
        "{report:?}"
    );
}

#[test]
fn a_catalogue_without_the_services_proves_nothing() {
    let other = "version = \"1\"\ncontact = \"https://x.example\"\n[[service]]\nname = \"GeefX\"\nversion = \"02.00\"\n\
         domain = \"X\"\nsource = \"federal-other\"\n";
    let report = report(other, "");
    assert!(!report.is_right() && report.leaks() == 0, "{report:?}");
    assert!(matches!(report.findings[0].fault, Fault::NotSetUp(_)));
}

#[test]
fn the_command_says_which_service_leaks_which_kind_of_value_and_no_value() {
    let right = command(Catalogue::BUILT_IN, &[]);
    assert_eq!(right.status.code(), Some(0));
    assert!(String::from_utf8(right.stdout).unwrap().starts_with("ok: nothing planted came out"));

    let wrong = command(&leaking(), &[]);
    let text = String::from_utf8(wrong.stdout).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text.contains("LEAK: GeefOnderneming/02.00: a planted INSZ came out"), "{text}");
    assert!(text.contains("do not let this gateway serve"));
    assert!(!text.contains("Kanarie") && !text.contains("Kwik"), "{text}");

    let json = command(&leaking(), &["--json"]);
    assert_eq!(json.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["ok"], &json["leaks"]), (&false.into(), &6.into()));
    assert_eq!(json["findings"][0]["operation"], "GeefOnderneming/02.00");

    assert_eq!(command("version = 1", &[]).status.code(), Some(78));
}

#[test]
fn a_gateway_that_runs_sends_it_along_without_a_trace_among_real_calls() {
    block_on(async {
        let plan = Plan::with(|settings| settings.canary = Some(Duration::from_hours(1)));
        let mut house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let line = "poortwachter_canary_runs_total{result=\"passed\"} 1";
        while !house.metrics().await.lines().any(|known| known == line) {}
        house.ask().await;
        let metrics = house.metrics().await;
        let calls: Vec<_> =
            metrics.lines().filter(|line| line.starts_with("poortwachter_calls_total")).collect();
        assert_eq!(calls.len(), 1, "{calls:?}");
        assert!(metrics.contains("poortwachter_canary_leaks_total 0\n"));
        let at = house.time.now().as_second();
        assert!(
            metrics.contains(&format!("poortwachter_canary_last_success_timestamp_seconds {at}\n")),
            "{metrics}"
        );
        let log = logged();
        assert!(!log.contains("canary-with") && !log.contains("canary.invalid"), "no record of its calls");
        house.shutdown().await;
    });
}

#[test]
fn a_gateway_that_leaks_says_so_and_goes_on() {
    block_on(async {
        let plan = Plan {
            catalogue: Some(leaking()),
            ..Plan::with(|settings| settings.canary = Some(Duration::from_hours(1)))
        };
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        while !house.metrics().await.contains("poortwachter_canary_runs_total{result=\"leaked\"} 1\n") {}
        let metrics = house.metrics().await;
        assert!(metrics.contains("poortwachter_canary_leaks_total 6\n"), "{metrics}");
        assert!(!metrics.contains("poortwachter_canary_last_success_timestamp_seconds "));
        let log = logged();
        let mut told = log.lines().filter(|line| line.contains("\"target\":\"poortwachter::canary\""));
        assert!(told.any(|line| line.contains("ERROR")
            && line.contains("LEAK")
            && line.contains("GeefOnderneming/02.00")));
        assert_eq!(house.ask().await.status, 200);
    });
}
