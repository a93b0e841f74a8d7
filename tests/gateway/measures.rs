//! Metrics and log: exact, and nothing personal.

use crate::house::{GEMEENTE, House, INSPECTIE, block_on, logged};
use crate::messages::{INSZ, NAME, PATH, Question, answer, long_answer};
use crate::monitoring::promtool;
use crate::trail::Kept;
use crate::upstream::{Script, always, ok};

#[test]
fn after_a_mixed_run_the_counts_are_exact() {
    block_on(async {
        let script: Script = std::sync::Arc::new(|asked| {
            if asked.body.windows(6).any(|part| part == b"kapot!") {
                ok("<<<")
            } else {
                ok(&answer("GeefOnderneming"))
            }
        });
        let house = House::new(script);
        let mut gemeente = house.consumer("gemeente").await;
        let mut inspectie = house.consumer("inspectie").await;
        for _ in 0..3 {
            gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await;
        }
        for _ in 0..2 {
            inspectie.ask(PATH, Question::from(INSPECTIE).xml()).await;
            gemeente.ask(PATH, Question::from(INSPECTIE).xml()).await;
        }
        gemeente.ask(PATH, Question { criteria: "kapot!", ..Question::from(GEMEENTE) }.xml()).await;
        gemeente.ask(PATH, "geen xml").await;
        gemeente.ask("/nergens", Question::from(GEMEENTE).xml()).await;
        while !house.metrics().await.contains("poortwachter_calls_in_flight 0\n") {}
        let metrics = house.metrics().await;
        let calls: Vec<_> =
            metrics.lines().filter(|line| line.starts_with("poortwachter_calls_total")).collect();
        assert_eq!(
            calls,
            [
                "poortwachter_calls_total{consumer=\"gemeente\",operation=\"GeefOnderneming/02.00\",verdict=\"allowed\",reason=\"none\"} 3",
                "poortwachter_calls_total{consumer=\"gemeente\",operation=\"GeefOnderneming/02.00\",verdict=\"failed\",reason=\"withheld\"} 1",
                "poortwachter_calls_total{consumer=\"gemeente\",operation=\"GeefOnderneming/02.00\",verdict=\"refused\",reason=\"sender-not-registered\"} 2",
                "poortwachter_calls_total{consumer=\"gemeente\",operation=\"unknown\",verdict=\"refused\",reason=\"unknown-service\"} 1",
                "poortwachter_calls_total{consumer=\"gemeente\",operation=\"unknown\",verdict=\"unreadable\",reason=\"unreadable\"} 1",
                "poortwachter_calls_total{consumer=\"inspectie\",operation=\"GeefOnderneming/02.00\",verdict=\"allowed\",reason=\"none\"} 2",
            ]
        );
        for line in [
            "poortwachter_fields_removed_total{consumer=\"gemeente\",operation=\"GeefOnderneming/02.00\",field=\"functionholder-insz\"} 3",
            "poortwachter_fields_removed_total{consumer=\"gemeente\",operation=\"GeefOnderneming/02.00\",field=\"functionholder-name\"} 3",
            "poortwachter_fields_released_total{consumer=\"inspectie\",operation=\"GeefOnderneming/02.00\",field=\"functionholder-insz\"} 2",
            "poortwachter_fields_released_total{consumer=\"inspectie\",operation=\"GeefOnderneming/02.00\",field=\"functionholder-name\"} 2",
            "poortwachter_decision_duration_seconds_count 9",
            "poortwachter_call_duration_seconds_count{verdict=\"allowed\"} 5",
            "poortwachter_call_duration_seconds_count{verdict=\"refused\"} 3",
            "poortwachter_grants 2",
            "poortwachter_grant_days_left{consumer=\"gemeente\",grant=\"toegang\"} 402",
            "poortwachter_snapshot_generation 1",
            "poortwachter_snapshot_age_seconds 0",
            "poortwachter_registry_faulty 0",
            "poortwachter_connections 2",
            "poortwachter_calls_in_flight 0",
            concat!("poortwachter_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        ] {
            assert!(metrics.lines().any(|known| known == line), "{line}\n{metrics}");
        }
        assert!(
            metrics
                .contains("poortwachter_answers_withheld_total{operation=\"GeefOnderneming/02.00\",fault=")
        );
        for certificate in ["server", "client-ca"] {
            let expiry = format!(
                "poortwachter_certificate_expiry_timestamp_seconds{{certificate=\"{certificate}\"}} "
            );
            assert!(metrics.contains(&expiry), "{expiry}");
        }
    });
}

#[test]
fn promtool_finds_nothing_wrong_with_the_page() {
    block_on(async {
        let kept = Kept::new();
        let house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
        house.ask().await;
        house.consumer("inspectie").await.ask(PATH, Question::from(INSPECTIE).xml()).await;
        let page = house.metrics().await;
        let (_, complaints) = promtool(&["check", "metrics"], &page);
        // The law reckons in legal days; in seconds the number would be wrong twice a year.
        let known = "poortwachter_grant_days_left use base unit";
        let others: Vec<_> =
            complaints.lines().filter(|line| !line.is_empty() && !line.starts_with(known)).collect();
        assert_eq!(others, Vec::<&str>::new());
    });
}

#[test]
fn a_record_says_who_what_and_why_and_carries_the_trace() {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let got = house.ask().await;
        let trace = got.header("belgov-trace-id").unwrap();
        let log = logged();
        let record = log.lines().find(|line| line.contains(trace)).unwrap();
        let record: serde_json::Value = serde_json::from_str(record).unwrap();
        for (key, value) in [
            ("target", "poortwachter::record"),
            ("consumer", "gemeente"),
            ("sender", GEMEENTE),
            ("purpose", "ipdc1"),
            ("operation", "GeefOnderneming/02.00"),
            ("verdict", "allowed"),
            ("rule", "1g-1"),
            ("closing_rule", "1g-3"),
            ("grant", "toegang"),
        ] {
            assert_eq!(record[key], value, "{key} in {record}");
        }
        for (key, value) in [("removed_names", 1), ("removed_insz", 1), ("status", 200), ("generation", 1)] {
            assert_eq!(record[key], value, "{key} in {record}");
        }
        assert_eq!(record["bytes"], got.text().len());
    });
}

#[test]
fn neither_log_nor_metrics_hold_anything_personal() {
    block_on(async {
        // Planted wherever a careless log line would pick it up.
        let script: Script = std::sync::Arc::new(|asked| {
            if asked.connection == 0 { ok(&long_answer(20_000)) } else { ok(&format!("<{NAME}>{INSZ}")) }
        });
        let house = House::new(script);
        let mut gemeente = house.consumer("gemeente").await;
        gemeente
            .ask(PATH, Question { criteria: "<INSZ>62680599650</INSZ>", ..Question::from(GEMEENTE) }.xml())
            .await;
        gemeente.ask(PATH, Question::from("62680599650").xml()).await;
        gemeente.ask("/62680599650?naam=Janssens-Geheim", Question::from(GEMEENTE).xml()).await;
        gemeente.ask(PATH, Question { name: "Janssens-Geheim", ..Question::from(GEMEENTE) }.xml()).await;
        gemeente.ask(PATH, format!("<{NAME}>{INSZ}")).await;
        house.consumer("gemeente").await.ask(PATH, Question::from(GEMEENTE).xml()).await;
        for (what, text) in [("log", logged()), ("metrics", house.metrics().await)] {
            for secret in [INSZ, NAME, "71690499880"] {
                assert!(!text.contains(secret), "{secret} in {what}");
            }
        }
    });
}
