//! Trail and metrics say the same: every number of the page that a trail can tell is counted from it again, after a run in
//! which everything happens at once.
//!
//! `POORTWACHTER_AGREEMENT_CALLS` says how many calls (docs/testing.md).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http_body_util::Full;
use poortwachter::audit::count::{Counted, Part, count};
use poortwachter::audit::reading::Reading;
use poortwachter::audit::trail::Durability;
use poortwachter::clock::Clock;
use poortwachter::telemetry::families;

use crate::evaluation;
use crate::house::{Consumer, GEMEENTE, House, INSPECTIE, Plan, block_on, consumer, post};
use crate::messages::{FUNCTIES_PATH, INSZ, PATH, Question, answer, long_answer, with_content};
use crate::monitoring::{named, unknown};
use crate::rest;
use crate::trail::Kept;
use crate::upstream::{Asked, Script, Step, ok};

fn calls() -> usize {
    std::env::var("POORTWACHTER_AGREEMENT_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(10_000)
}

pub fn counted(kept: &Kept, part: Part) -> Counted {
    count(Reading::of(&kept.trail()).unwrap(), part, None).unwrap()
}

/// The series of a page with their values, of the families that a trail can tell.
pub fn series(page: &str) -> BTreeMap<String, f64> {
    let told = |name: &str| families::NAMES.contains(&name) || name.starts_with(families::EFFECT.name);
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .filter(|(series, _)| told(series.split('{').next().unwrap_or_default()))
        .map(|(series, value)| (series.to_owned(), value.parse().unwrap()))
        .collect()
}

/// Every series of either page that is not the same in the other; what was never counted is 0.
pub fn differences(page: &str, counted: &str) -> Vec<String> {
    let (page, counted) = (series(page), series(counted));
    let names: BTreeSet<&String> = page.keys().chain(counted.keys()).collect();
    let value = |of: &BTreeMap<String, f64>, name: &str| of.get(name).copied().unwrap_or(0.0);
    let pairs = names.into_iter().map(|name| (name, value(&page, name), value(&counted, name)));
    let others = pairs.filter(|(_, page, trail)| (page - trail).abs() > 1e-9);
    others.map(|(name, page, trail)| format!("{name}: page {page}, trail {trail}")).collect()
}

/// The answers: by what stands in the question, or in REST in the target.
fn script() -> Script {
    let scenarios: Vec<(&str, Vec<Step>)> = vec![
        ("scenario-long", ok(&long_answer(200))),
        ("scenario-stream", ok(&long_answer(2_000))),
        (
            "scenario-drift",
            ok(&with_content("GeefOnderneming", &format!("<Nieuw><INSZ>{INSZ}</INSZ></Nieuw>"))),
        ),
        ("scenario-number", ok(&with_content("GeefOnderneming", &format!("<Nota>{INSZ}</Nota>")))),
        (
            "scenario-error",
            ok(&with_content(
                "GeefOnderneming",
                &format!("<Uitzondering><Diagnose>geen dossier voor {INSZ}</Diagnose></Uitzondering>"),
            )),
        ),
        (
            "scenario-signed",
            ok(&answer("GeefOnderneming").replacen(
                "<s:Body>",
                "<s:Header><Security>abc</Security></s:Header><s:Body>",
                1,
            )),
        ),
        ("scenario-markup", ok("<<<")),
        ("scenario-gone", vec![Step::Close]),
        (
            "scenario-half",
            vec![
                Step::Send(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 900\r\n\r\n<a>".to_vec(),
                ),
                Step::Close,
            ],
        ),
        ("/v1/organisaties", rest::json("{\"naam\":\"x\"}")),
        ("/v1/proef", rest::json(&format!("{{\"Persoon\":{{\"INSZ\":\"{INSZ}\"}}}}"))),
        ("GeefFuncties", ok(&answer("GeefFuncties"))),
        ("", ok(&answer("GeefOnderneming"))),
    ];
    Arc::new(move |asked: &Asked| {
        let text = format!(
            "{}{}",
            asked.head.lines().next().unwrap_or_default(),
            String::from_utf8_lossy(&asked.body)
        );
        scenarios.iter().find(|(sign, _)| text.contains(sign)).unwrap().1.clone()
    })
}

fn scenario(sign: &str, sender: &'static str) -> String {
    Question::from(sender).xml().replace("vraag-1-a", sign)
}

/// One of the things that can happen to a call.
fn request(turn: usize, sender: &'static str) -> Request<Full<bytes::Bytes>> {
    let soap = |sign| post(PATH, scenario(sign, sender));
    let person =
        Question { criteria: "<INSZ>62680599650</INSZ>", ..Question::from(sender).named("GeefFuncties") };
    match turn % 24 {
        0 => soap("scenario-long"),
        1 => soap("scenario-drift"),
        2 => soap("scenario-number"),
        3 => soap("scenario-error"),
        4 => soap("scenario-signed"),
        5 => soap("scenario-markup"),
        6 => soap("scenario-gone"),
        7 => soap("scenario-half"),
        8 => post(FUNCTIES_PATH, person.xml()),
        9 => post(PATH, Question::from("niemand.be/x").xml()),
        10 => post("/onbekend", Question::from(sender).xml()),
        11 => post(FUNCTIES_PATH, Question::from(sender).xml()),
        12 => post(PATH, "<<<"),
        13 => Request::get(PATH).header("host", "localhost").body(Full::default()).unwrap(),
        14 => {
            let mut other = soap("x");
            other.headers_mut().insert("content-type", "text/csv".parse().unwrap());
            other
        }
        15 => post(PATH, "x".repeat(70_000)),
        16 => rest::get(rest::DETAIL),
        17 => rest::get("/v1/proef/ondernemingen/0123456749"),
        18 => rest::get("/v1/proef/ondernemingen?q=1&q=2"),
        19 => rest::get("/v1/proef/niets"),
        20 => soap("scenario-stream"),
        _ => soap("scenario-plain"),
    }
}

/// May make a few calls; its time stands still, so that no more come.
fn hasty() -> String {
    let text = consumer("haastig", "haastig.be/ipdc1", "ipdc1", "\"GeefOnderneming/02.00\"", "");
    format!("limits = {{ calls-per-second = 100, burst = 200 }}\n{text}")
}

/// Questions about access, which are no calls.
async fn asker(house: Rc<House>) {
    let mut operator = evaluation::operator(&house).await;
    for turn in 0..60 {
        let who = ["gemeente", "nieuw", "niemand"][turn % 3];
        let question = evaluation::question(who, "GeefOnderneming/02.00", serde_json::Value::Null);
        evaluation::ask(&mut operator, evaluation::ONE, &question).await;
    }
}

fn lasting(consumer: &str) -> String {
    consumer.replace("2027-12-31", "2049-12-31")
}

fn plan(kept: &Kept) -> Plan {
    let audit = poortwachter::audit::trail::Settings {
        durability: Durability::Written,
        segment_bytes: 4 << 20,
        checkpoint_interval: Duration::from_millis(200),
        ..kept.settings()
    };
    let mut plan = rest::plan();
    let protocol = "[[grant.instrument]]\ntype = \"protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"w\"\ndated = 2025-06-02\nvalid-until = 2040-05-01\n";
    plan.consumers.retain(|(id, _)| *id != "gemeente");
    plan.consumers.extend([
        ("gemeente", crate::house::gemeente()),
        ("inspectie", crate::house::inspectie()),
        ("haastig", hasty()),
        ("nieuw", consumer("nieuw", "nieuw.be/ipdc1", "ipdc1", "\"ZoekOnderneming/02.00\"", "")),
        (
            "onpas",
            consumer("onpas", "onpas.be/ipdc1", "ipdc1", "\"organisaties.verenigingen/01.00\"", protocol),
        ),
    ]);
    // Later than any change of a file, so that each takes time to come into service.
    plan.consumers.iter_mut().for_each(|(_, text)| *text = lasting(text));
    plan.clock = Some(Box::new(|time| {
        time.set("2040-06-01T10:00:00Z");
        Clock::new(move || time.now())
    }));
    let settings = plan.settings;
    plan.settings = Box::new(move |to| {
        settings(to);
        to.audit = Some(audit);
    });
    plan
}

const CALLERS: [(&str, &str); 7] = [
    ("gemeente", GEMEENTE),
    ("inspectie", INSPECTIE),
    ("nieuw", "nieuw.be/ipdc1"),
    ("burger", rest::BURGER),
    ("onpas", "onpas.be/ipdc1"),
    ("vreemd", GEMEENTE),
    ("haastig", "haastig.be/ipdc1"),
];

/// A consumer that makes every so-manyth call, and now and then goes away before it is answered.
async fn caller(house: Rc<House>, at: usize, share: usize) {
    let (name, sender) = CALLERS[at % CALLERS.len()];
    let who = house.identity(name);
    let mut line: Option<Consumer> = None;
    for turn in 0..share {
        let mut request = request(turn * 7 + at, sender);
        if request.headers().contains_key("x-magda-sender-id") {
            request.headers_mut().insert("x-magda-sender-id", sender.parse().unwrap());
        }
        if turn % 50 == 49 {
            if let Some(mut leaving) = line.take() {
                // Every other one in the middle of a long answer.
                let long = post(PATH, scenario("scenario-stream", sender));
                let asked = leaving.try_request(if turn % 100 == 99 { long } else { request });
                let _ = tokio::time::timeout(Duration::from_micros(turn as u64 * 37 % 9_000), asked).await;
            }
            continue;
        }
        let asking = match &mut line {
            Some(line) => line,
            none => none.insert(house.consumer_as(&who).await),
        };
        let answer = asking.try_request(request).await;
        if answer.is_err() || answer.is_ok_and(|answer| answer.body.is_err()) {
            line = None;
        }
    }
}

#[test]
fn every_number_that_a_trail_can_tell_is_on_the_page_and_the_other_way_round() {
    let kept = Kept::new();
    let mut house = Rc::new(House::planned(plan(&kept), script()));
    // Those who go away make no call while they are away.
    let share = calls() * 11 / 10 / (CALLERS.len() * 2);
    let page = block_on(async {
        let local = tokio::task::LocalSet::new();
        let callers: Vec<_> = (0..CALLERS.len() * 2)
            .map(|at| local.spawn_local(caller(Rc::clone(&house), at, share)))
            .collect();
        let reloader = Rc::clone(&house);
        let questions = local.spawn_local(asker(Rc::clone(&house)));
        let changes = local.spawn_local(async move {
            for turn in 0..20 {
                let text =
                    crate::house::gemeente().replace("2027-12-31", &format!("2040-07-{:02}", turn + 1));
                reloader.write_consumer("gemeente", if turn % 5 == 3 { "id = 3" } else { &text });
                reloader.running().reload().await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        local
            .run_until(async move {
                for caller in callers {
                    caller.await.unwrap();
                }
                questions.await.unwrap();
                changes.await.unwrap();
            })
            .await;
        drop(local);
        settled(&house, &kept).await
    });
    let counted = counted(&kept, Part::SinceStart);
    assert_eq!(differences(&page, &counted.render()), Vec::<String>::new());
    assert_eq!((counted.unended, counted.unrecorded), (0, 0));
    assert_eq!(unknown(named(&page)), Vec::<String>::new(), "every metric says what it is");
    for sign in [
        "poortwachter_calls_by_basis_total{rule=\"1g-1\",instruments=\"disclaimer\"}",
        "poortwachter_calls_by_basis_total{rule=\"1g-1\",instruments=\"statutory-basis+disclaimer\"}",
        "poortwachter_refusals_by_missing_instrument_total{instrument=\"statutory-basis\"}",
        "poortwachter_refusals_by_missing_instrument_total{instrument=\"protocol\"}",
        "poortwachter_fields_removed_by_basis_total{field=\"functionholder-name\",rule=\"1g-3\"}",
        "poortwachter_fields_released_by_basis_total{field=\"functionholder-insz\",rule=\"1g-2\"}",
        "poortwachter_registry_effect_seconds_count 1",
        "fault=\"drift\"",
        "poortwachter_tripwire_total",
        "poortwachter_signatures_removed_total",
        "reason=\"consumer-gone\"",
        "verdict=\"throttled\",reason=\"calls-per-second\"",
        "poortwachter_evaluations_total{listener=\"admin\",decision=\"deny\"",
        "poortwachter_evaluations_total{listener=\"admin\",decision=\"permit\"",
        "reason=\"never-granted\"",
        "reason=\"upstream-broke-off\"",
        "poortwachter_consumers_today 6",
    ] {
        assert!(page.contains(sign), "{sign}\n{page}");
    }
    drop(Rc::get_mut(&mut house).unwrap().running.take());
}

/// The page, once nothing is under way and nothing waits to be written.
async fn settled(house: &House, kept: &Kept) -> String {
    loop {
        let page = house.metrics().await;
        let has = |line: &str| page.lines().any(|known| known == line);
        if has("poortwachter_calls_in_flight 0")
            && has("poortwachter_audit_waiting_records 0")
            && has("poortwachter_audit_unsigned_records 0")
        {
            let again = house.metrics().await;
            let lines = counted(kept, Part::SinceStart).render();
            let own = |page: &str| series(page).get("poortwachter_audit_records_total").copied();
            if own(&again) == own(&page) && own(&lines) == own(&page) {
                return again;
            }
        }
        tokio::task::yield_now().await;
    }
}
