//! The audit trail leaves the machine: every line, in order, whatever the receiver does; and never one that was taken back.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use poortwachter::app::exported_up_to;
use poortwachter::audit::trail::segments;
use poortwachter::config::{Exports, Otlp, Pace, Place, Syslog};
use serde_json::Value;

use crate::house::{Authority, House, INSPECTIE, Plan, block_on};
use crate::messages::{FUNCTIES_PATH, Question, answer};
use crate::receiver::{self, Desk};
use crate::trail::{Fault, Kept, UNSYNCED};
use crate::upstream::{always, ok};

const ANYWHERE: &str = "127.0.0.1:0";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";
const WRONG: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
const BROKEN_OFF: &str = "";
const PARTIAL: &str = "HTTP/1.1 200 OK\r\ncontent-length: 82\r\n\r\n\
    {\"partialSuccess\":{\"rejectedLogRecords\":\"2\",\"errorMessage\":\"two of them are odd\"}}";

fn anywhere() -> SocketAddr {
    ANYWHERE.parse().unwrap()
}

fn pace() -> Pace {
    Pace {
        lines: 4,
        bytes: 1 << 20,
        interval: Duration::from_millis(2),
        timeout: Duration::from_secs(20),
        retry: Duration::from_millis(2),
        retry_longest: Duration::from_millis(10),
    }
}

fn place(address: SocketAddr, ca: Option<PathBuf>) -> Place {
    Place { host: address.ip().to_string(), port: address.port(), ca }
}

fn otlp(address: SocketAddr, ca: Option<PathBuf>) -> Otlp {
    Otlp {
        place: place(address, ca),
        path: "/in/v1/logs".to_owned(),
        authorization: None,
        service: "poort".to_owned(),
        activities: Some("https://register.example/".to_owned()),
        pace: pace(),
    }
}

fn syslog(address: SocketAddr, ca: Option<PathBuf>) -> Syslog {
    Syslog {
        place: place(address, ca),
        facility: 13,
        enterprise: 32473,
        hostname: Some("poort.example".to_owned()),
        app: "poortwachter".to_owned(),
        pace: pace(),
    }
}

fn to_otlp(otlp: Otlp) -> Exports {
    Exports { otlp: Some(otlp), syslog: None }
}

fn to_syslog(syslog: Syslog) -> Exports {
    Exports { otlp: None, syslog: Some(syslog) }
}

/// A gateway with that trail that sends it there.
fn house(kept: &Kept, exports: Exports) -> House {
    let mut audit = kept.settings();
    // Every batch of lines is followed by a new file.
    audit.segment_bytes = 1;
    let plan = Plan::with(move |settings| {
        settings.audit = Some(audit);
        settings.exports = exports;
    });
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

/// Calls of two consumers, one about a person.
async fn calls(house: &House) {
    let mut inspectie = house.consumer("inspectie").await;
    for _ in 0..3 {
        house.ask().await;
        inspectie
            .ask(
                FUNCTIES_PATH,
                Question {
                    criteria: "<INSZ>62680599650</INSZ>",
                    ..Question::from(INSPECTIE).named("GeefFuncties")
                }
                .xml(),
            )
            .await;
    }
}

/// The trail's lines, as they stand on the disk.
fn written(kept: &Kept) -> Vec<String> {
    let read = |name| std::fs::read_to_string(kept.trail().join(name)).unwrap();
    let texts = segments(&kept.trail()).unwrap().into_iter().map(read);
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// What came, without what came before: every line is there, in order, and each again only behind where it stood.
fn without_again(lines: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for line in lines {
        if !once.contains(&line) {
            once.push(line);
        }
    }
    once
}

fn is_taken(kept: &Kept, exports: &Exports) {
    assert_eq!(exported_up_to(&kept.trail(), exports), written(kept).len() as u64);
}

fn attribute<'r>(record: &'r Value, key: &str) -> Option<&'r Value> {
    let pairs = record["attributes"].as_array().unwrap();
    pairs.iter().find(|pair| pair["key"] == key).map(|pair| &pair["value"])
}

#[test]
fn every_line_arrives_in_order_over_tls_with_what_the_receiver_wants_to_see() {
    let (kept, here) = (Kept::new(), tempfile::tempdir().unwrap());
    let authority = Authority::new(here.path(), "receiver");
    let (address, desk) = receiver::otlp(anywhere(), Some(&authority.issue("receiver")));
    let mut settings = otlp(address, Some(here.path().join("receiver.ca.pem")));
    settings.authorization = Some(authority.file("authorization", "Bearer geheim-van-de-ontvanger\n"));
    let exports = to_otlp(settings);
    let mut house = house(&kept, exports.clone());
    block_on(async {
        calls(&house).await;
        house.shutdown().await;
    });
    let lines = written(&kept);
    assert_eq!(desk.lines(), lines);
    is_taken(&kept, &exports);
    for head in desk.heads() {
        assert!(head.starts_with("POST /in/v1/logs HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("\r\ncontent-type: application/json\r\n"), "{head}");
        assert!(head.contains("\r\nauthorization: Bearer geheim-van-de-ontvanger\r\n"), "{head}");
    }
    assert!(!crate::house::logged().contains("geheim-van-de-ontvanger"));

    let records = desk.records();
    for (record, line) in records.iter().zip(&lines) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(attribute(record, "poortwachter.seq").unwrap()["intValue"], line["seq"].to_string());
        assert_eq!(attribute(record, "poortwachter.hash").unwrap()["stringValue"], line["hash"]);
        assert_eq!(record["timeUnixNano"], "1795514400000000000");
        if let Some(trace) = line["trace"].as_str() {
            let trace = trace.replace('-', "");
            assert_eq!(
                (&record["traceId"], &record["spanId"]),
                (&Value::from(&*trace), &Value::from(&trace[16..]))
            );
        }
    }
    let about =
        records.iter().find(|record| attribute(record, "dpl.core.data_subject_id").is_some()).unwrap();
    let activity =
        attribute(about, "dpl.core.processing_activity_id").unwrap()["stringValue"].as_str().unwrap();
    assert!(activity.starts_with("https://register.example/inspectie"), "{activity}");
    let subject = attribute(about, "dpl.core.data_subject_id").unwrap()["stringValue"].as_str().unwrap();
    assert_eq!(subject.len(), 64);
}

#[test]
fn a_receiver_that_was_away_or_busy_or_broke_off_gets_all_of_it() {
    let kept = Kept::new();
    let address = std::net::TcpListener::bind(ANYWHERE).unwrap().local_addr().unwrap();
    let exports = to_otlp(otlp(address, None));
    let mut house = house(&kept, exports.clone());
    block_on(async {
        calls(&house).await;
        while !house.metrics().await.contains("failures_total{to=\"otlp\",reason=\"unreachable\"}")
            && !house.metrics().await.contains("failures_total{reason=\"unreachable\",to=\"otlp\"}")
        {
            tokio::task::yield_now().await;
        }
        let (_, desk) = receiver::otlp(address, None);
        desk.answer(&[BUSY, BROKEN_OFF, receiver::TAKEN, BROKEN_OFF]);
        calls(&house).await;
        desk.await_bodies(6);
        house.shutdown().await;
        let bodies = desk.bodies();
        assert_eq!(records(&bodies[0]), records(&bodies[1]), "the same batch again");
        assert_eq!(records(&bodies[1]), records(&bodies[2]));
        assert_eq!(without_again(desk.lines()), written(&kept));
    });
    is_taken(&kept, &exports);
}

fn records(body: &str) -> Vec<Value> {
    let body: Value = serde_json::from_str(body).unwrap();
    let records = body["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array().unwrap();
    records.iter().map(|record| record["body"].clone()).collect()
}

#[test]
fn lines_that_the_receiver_turns_away_are_counted_and_not_sent_again() {
    let kept = Kept::new();
    let (address, desk) = receiver::otlp(anywhere(), None);
    desk.answer(&[PARTIAL]);
    let mut house = house(&kept, to_otlp(otlp(address, None)));
    block_on(async {
        desk.await_bodies(1);
        let counted = |page: &str| {
            page.lines().any(|line| {
                line.starts_with("poortwachter_audit_export_failures_total{")
                    && line.contains("reason=\"rejected\"")
                    && line.ends_with(" 2")
            })
        };
        while !counted(&house.metrics().await) {
            tokio::task::yield_now().await;
        }
        calls(&house).await;
        house.shutdown().await;
    });
    assert_eq!(desk.lines(), written(&kept));
}

#[test]
fn a_batch_that_the_receiver_calls_wrong_is_never_passed_over() {
    let kept = Kept::new();
    let (address, desk) = receiver::otlp(anywhere(), None);
    desk.always(Some(WRONG));
    let exports = to_otlp(otlp(address, None));
    let mut house = house(&kept, exports.clone());
    block_on(async {
        calls(&house).await;
        desk.await_bodies(3);
        assert_eq!(exported_up_to(&kept.trail(), &exports), 0);
        desk.always(None);
        house.shutdown().await;
    });
    assert_eq!(without_again(desk.lines()), written(&kept));
    is_taken(&kept, &exports);
}

#[test]
fn a_gateway_that_starts_again_goes_on_behind_its_cursor_and_one_that_lost_it_sends_again() {
    let kept = Kept::new();
    let (address, desk) = receiver::otlp(anywhere(), None);
    let cursor = kept.trail().join("otlp.cursor");
    let mut before = None;
    for _ in 0..3 {
        let mut house = house(&kept, to_otlp(otlp(address, None)));
        block_on(async {
            calls(&house).await;
            house.shutdown().await;
        });
        before = before.or_else(|| std::fs::read(&cursor).ok());
    }
    assert_eq!(desk.lines(), written(&kept));
    // As a kill between sending and noting it would leave it.
    std::fs::write(&cursor, before.unwrap()).unwrap();
    let mut house = house(&kept, to_otlp(otlp(address, None)));
    block_on(house.shutdown());
    assert!(desk.lines().len() > written(&kept).len());
    assert_eq!(without_again(desk.lines()), written(&kept));
}

#[test]
fn a_cursor_of_another_trail_stops_it_until_somebody_takes_it_away() {
    let (kept, other) = (Kept::new(), Kept::new());
    let (address, desk) = receiver::otlp(anywhere(), None);
    let exports = to_otlp(otlp(address, None));
    let mut first = house(&other, exports.clone());
    block_on(first.shutdown());
    let before = desk.lines();
    std::fs::create_dir_all(kept.trail()).unwrap();
    std::fs::copy(other.trail().join("otlp.cursor"), kept.trail().join("otlp.cursor")).unwrap();
    let mut house = house(&kept, exports.clone());
    block_on(async {
        calls(&house).await;
        while !house.metrics().await.contains("reason=\"other-trail\"") {
            tokio::task::yield_now().await;
        }
        assert_eq!(desk.lines(), before);
        std::fs::remove_file(kept.trail().join("otlp.cursor")).unwrap();
        desk.await_bodies(desk.bodies().len() + 1);
        house.shutdown().await;
    });
    assert_eq!(desk.lines()[before.len()..], written(&kept));
}

#[test]
fn what_a_disk_took_back_never_left() {
    let kept = Kept::new();
    let (address, desk) = receiver::otlp(anywhere(), None);
    let fault = Fault::default();
    let exports = to_otlp(otlp(address, None));
    let plan = kept.plan_on(&fault);
    let settings = plan.settings;
    let plan = Plan {
        settings: Box::new(move |all| {
            settings(all);
            all.exports = exports;
        }),
        ..plan
    };
    let mut house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
    block_on(async {
        for _ in 0..5 {
            house.ask().await;
            fault.set(UNSYNCED);
            house.ask().await;
            fault.set(0);
            while house.page("/readyz").await.0 != 200 {
                tokio::task::yield_now().await;
            }
        }
        house.shutdown().await;
    });
    assert_eq!(desk.lines(), written(&kept));
}

/// The lines in syslog frames.
fn messages(desk: &Arc<Desk>) -> Vec<String> {
    let line = |frame: String| frame.split_once("] ").unwrap().1.to_owned();
    desk.bodies().into_iter().map(line).collect()
}

#[test]
fn every_line_arrives_at_a_syslog_server_over_tls() {
    let (kept, here) = (Kept::new(), tempfile::tempdir().unwrap());
    let authority = Authority::new(here.path(), "receiver");
    let (address, desk) = receiver::syslog(anywhere(), Some(&authority.issue("receiver")));
    let exports = to_syslog(syslog(address, Some(here.path().join("receiver.ca.pem"))));
    let mut house = house(&kept, exports.clone());
    block_on(async {
        calls(&house).await;
        house.shutdown().await;
    });
    is_taken(&kept, &exports);
    let lines = written(&kept);
    desk.await_bodies(lines.len());
    assert_eq!(messages(&desk), lines);
    let first = desk.bodies().remove(0);
    let start = "<110>1 2026-11-24T10:00:00.000000Z poort.example poortwachter ";
    assert!(first.starts_with(start), "{first}");
    assert!(first.contains(" segment [poortwachter@32473 seq=\"1\" hash=\""), "{first}");
}

#[test]
fn after_a_connection_that_broke_the_last_batches_are_written_to_syslog_again() {
    let kept = Kept::new();
    let (address, desk) = receiver::syslog(anywhere(), None);
    desk.answer(&[receiver::TAKEN, BROKEN_OFF]);
    let mut house = house(&kept, to_syslog(syslog(address, None)));
    block_on(async {
        for _ in 0..4 {
            calls(&house).await;
        }
        house.shutdown().await;
    });
    let lines = written(&kept);
    while without_again(messages(&desk)).len() < lines.len() {
        desk.await_bodies(desk.bodies().len() + 1);
    }
    let mut came = without_again(messages(&desk));
    came.sort_by_key(|line| lines.iter().position(|one| one == line));
    assert_eq!(came, lines);
}

#[test]
fn without_receivers_nothing_is_held_back() {
    let kept = Kept::new();
    assert_eq!(exported_up_to(&kept.trail(), &Exports::default()), u64::MAX);
}
