//! What the trail alone tells in numbers, and what the page and it say of the rare cases.

use std::process::Command;

use poortwachter::audit::count::{Part, count};
use poortwachter::audit::reading::Reading;

use crate::agreement::{counted, differences, series};
use crate::house::{GEMEENTE, House, INSPECTIE, Plan, block_on, consumer};
use crate::messages::{FUNCTIES_PATH, PATH, Question, answer};
use crate::monitoring::promtool;
use crate::trail::{FULL, Fault, Kept};
use crate::upstream::{always, ok};

const MISSING: &str = "poortwachter_refusals_by_missing_instrument_total{instrument=\"statutory-basis\"}";

fn house(plan: Plan) -> House {
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

async fn ask(house: &House, name: &str, question: Question) {
    house.consumer(name).await.ask(PATH, question.xml()).await;
}

#[test]
fn a_refusal_says_which_instrument_was_missing_in_record_and_metrics() {
    let kept = Kept::new();
    let mut house = house(kept.plan());
    let page = block_on(async {
        let person = Question {
            criteria: "<INSZ>62680599650</INSZ>",
            ..Question::from(GEMEENTE).named("GeefFuncties")
        };
        house.consumer("gemeente").await.ask(FUNCTIES_PATH, person.xml()).await;
        // Another purpose is mended without an instrument.
        house.write_consumer("nieuw", &consumer("nieuw", "nieuw.be/x", "ipdc1", "\"GeefOnderneming/02.00\"", "").replace("uri = \"nieuw.be/x\"\npurpose = \"ipdc1\"", "uri = \"nieuw.be/x\"\npurpose = \"ipdc1\"\n[[sender]]\nuri = \"nieuw.be/ander\"\npurpose = \"ander\""));
        house.running().reload().await;
        ask(&house, "nieuw", Question::from("nieuw.be/ander")).await;
        let page = house.metrics().await;
        house.shutdown().await;
        page
    });
    let calls = kept.calls();
    assert_eq!(
        (&calls[0]["reason"], &calls[0]["missing"]),
        (&"basis-missing".into(), &vec!["statutory-basis"].into())
    );
    assert_eq!((&calls[1]["reason"], calls[1].get("missing")), (&"wrong-purpose".into(), None));
    let found: Vec<&str> = page
        .lines()
        .filter(|line| line.contains("missing_instrument_total{") && !line.ends_with(" 0"))
        .collect();
    assert_eq!(found, [format!("{MISSING} 1")]);
    kept.is_as_the_schema_says();
}

#[test]
fn calls_that_could_not_be_recorded_are_as_many_on_the_page_as_on_the_trail() {
    let (kept, fault) = (Kept::new(), Fault::default());
    let mut house = house(kept.plan_on(&fault));
    let page = block_on(async {
        ask(&house, "gemeente", Question::from(GEMEENTE)).await;
        fault.set(FULL);
        for _ in 0..3 {
            ask(&house, "gemeente", Question::from(GEMEENTE)).await;
        }
        fault.set(0);
        let mut gemeente = house.consumer("gemeente").await;
        while gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.status != 200 {
            tokio::task::yield_now().await;
        }
        let page = house.metrics().await;
        house.shutdown().await;
        page
    });
    let told = counted(&kept, Part::SinceStart);
    let of = |text: &str, name: &str| {
        series(text).into_iter().filter(|(key, _)| key.starts_with(name)).map(|(_, value)| value).sum::<f64>()
    };
    let (name, unrecorded) = ("poortwachter_audit_refused_calls_total", "reason=\"unrecorded\"");
    assert!(of(&page, name) > 2.5, "{page}");
    assert!((of(&page, name) - of(&told.render(), name)).abs() < 1e-9);
    let by_consumer: f64 =
        series(&page).into_iter().filter(|(key, _)| key.contains(unrecorded)).map(|(_, value)| value).sum();
    assert!((by_consumer - of(&page, name)).abs() < 1e-9, "{page}");
}

#[test]
fn a_run_is_counted_by_itself_and_days_across_runs() {
    let kept = Kept::new();
    let page = block_on(async {
        let mut first = house(kept.plan());
        ask(&first, "gemeente", Question::from(GEMEENTE)).await;
        first.shutdown().await;
        let mut second = house(kept.plan());
        ask(&second, "inspectie", Question::from(INSPECTIE)).await;
        ask(&second, "gemeente", Question::from(GEMEENTE)).await;
        second.measured("poortwachter_audit_waiting_records 0").await;
        let page = second.metrics().await;
        second.shutdown().await;
        page
    });
    // What its stop added is behind the page.
    let behind = ["audit_records_total", "audit_unsigned_records", "audit_checkpoint"];
    let others = differences(&page, &counted(&kept, Part::SinceStart).render());
    let others: Vec<_> =
        others.iter().filter(|line| !behind.iter().any(|name| line.contains(name))).collect();
    assert_eq!(others, Vec::<&String>::new());
    let ran = Command::new(env!("CARGO_BIN_EXE_poortwachter"))
        .args(["audit", "count", "--from", "2026-11-24", "--to", "2026-11-24"])
        .arg(kept.trail())
        .output()
        .unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    let basis = "poortwachter_calls_by_basis_total{rule=\"1g-1\",instruments=\"disclaimer\"} 2";
    assert!(ran.status.success() && text.lines().any(|line| line == basis), "{text}");
    assert!(text.contains("# 0 calls were let pass and have no end here"), "{text}");
    let (_, complaints) = promtool(&["check", "metrics"], &text);
    let known = "poortwachter_grant_days_left use base unit";
    assert_eq!(
        complaints.lines().filter(|line| !line.is_empty() && !line.starts_with(known)).count(),
        0,
        "{complaints}"
    );
    for (arguments, code, said) in
        [(["--from", "2026-11-25"], 0, "poortwachter_grants 2"), (["--from", "gisteren"], 64, "")]
    {
        let mut ran = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
        let ran = ran.args(["audit", "count"]).arg(kept.trail()).args(arguments).output().unwrap();
        let text = String::from_utf8(ran.stdout).unwrap();
        assert!(
            ran.status.code() == Some(code) && text.contains(said) && !text.contains("calls_by_basis"),
            "{text}"
        );
    }
}

#[test]
fn what_lapses_is_told_from_the_trail_as_of_any_day_and_kept_each_day() {
    let kept = Kept::new();
    let mut house = house(kept.plan());
    let page = block_on(async {
        house.time.set("2027-12-01T10:00:00Z");
        house.running().reload().await;
        let page = house.metrics().await;
        house.shutdown().await;
        page
    });
    let records: Vec<_> = Reading::of(&kept.trail()).unwrap().map(Result::unwrap).collect();
    let granted: Vec<_> = records.iter().filter(|entry| entry.kind() == "registry").collect();
    assert_eq!(granted.len(), 2, "at the start, and on the new day");
    assert_eq!(granted[0].items("grants")[1]["last"], "2027-12-31");
    assert_eq!(granted[0].items("grants")[1]["instruments"][0]["type"], "statutory-basis");
    let as_of = |moment: &str| {
        let all = Reading::of(&kept.trail()).unwrap();
        count(all, Part::SinceStart, Some(moment.parse().unwrap())).unwrap().render()
    };
    let lapsing = "poortwachter_grants_lapsing{within=\"30d\"} 2";
    assert!(page.contains(lapsing) && as_of("2027-12-01T12:00:00Z").contains(lapsing), "{page}");
    assert!(as_of("2027-11-30T12:00:00Z").contains("poortwachter_grants_lapsing{within=\"30d\"} 0"));
    assert!(as_of("2028-01-01T12:00:00Z").contains("poortwachter_grants_lapsed 2"));
    kept.is_as_the_schema_says();
}

#[test]
fn a_gateway_without_a_trail_counts_legal_bases_too() {
    block_on(async {
        let house = house(Plan { without_trail: true, ..Plan::default() });
        ask(&house, "gemeente", Question::from(GEMEENTE)).await;
        ask(&house, "gemeente", Question::from("niemand.be")).await;
        let page = house.metrics().await;
        let found: Vec<&str> =
            page.lines().filter(|line| line.starts_with("poortwachter_calls_by_basis_total{")).collect();
        assert_eq!(found, ["poortwachter_calls_by_basis_total{rule=\"1g-1\",instruments=\"disclaimer\"} 1"]);
        assert!(
            page.contains("poortwachter_consumers_today 1") && !page.contains("poortwachter_audit"),
            "{page}"
        );
    });
}
