//! A consumer's trace goes on inside; outside, an answer names a call by its own number alone.

use http::Request;
use serde_json::Value;

use crate::house::{Answer, GEMEENTE, House, INSPECTIE, Plan, block_on, logged, post};
use crate::messages::{INSZ, PATH, Question, answer, stripped};
use crate::rest;
use crate::trail::Kept;
use crate::upstream::{Asked, Script, always, ok, with_head};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CONTINUED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn upstream() -> Script {
    always(ok(&answer("GeefOnderneming")))
}

/// Asks with these fields, and gives what the upstream saw of it.
async fn ask(house: &House, fields: &[(&'static str, &str)]) -> (Answer, Asked) {
    let mut request = post(PATH, Question::from(GEMEENTE).xml());
    for (name, value) in fields {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    let got = house.consumer("gemeente").await.send(request).await;
    assert_eq!(got.text(), stripped(1), "a trace is no reason to refuse");
    (got, house.upstream.asked().pop().unwrap())
}

/// The number of a call without its hyphens.
fn number(got: &Answer) -> String {
    got.header("belgov-trace-id").unwrap().replace('-', "")
}

fn count(asked: &Asked, name: &str) -> usize {
    asked.head.lines().filter(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:"))).count()
}

/// Its trace begins with it, and nothing of what came goes on.
fn begins(got: &Answer, asked: &Asked) {
    let own = number(got);
    assert_eq!(asked.header("traceparent"), Some(format!("00-{own}-{}-02", &own[16..]).as_str()));
    assert_eq!((count(asked, "traceparent"), asked.header("tracestate")), (1, None));
}

#[test]
fn a_trace_goes_on_to_the_upstream_with_the_call_as_its_parent() {
    let house = House::new(upstream());
    block_on(async {
        let fields =
            [("traceparent", CONTINUED), ("tracestate", "rojo=1 , congo=2"), ("tracestate", "a@b=x")];
        let (got, asked) = ask(&house, &fields).await;
        let own = number(&got);
        assert_ne!(own, TRACE);
        assert_eq!(asked.header("traceparent"), Some(format!("00-{TRACE}-{}-01", &own[16..]).as_str()));
        assert_eq!(asked.header("tracestate"), Some("rojo=1,congo=2,a@b=x"));
        assert_eq!((count(&asked, "traceparent"), count(&asked, "tracestate")), (1, 1));
        assert_eq!(asked.header("belgov-trace-id"), got.header("belgov-trace-id"));
    });
}

#[test]
fn without_a_trace_that_can_be_read_one_begins() {
    let house = House::new(upstream());
    block_on(async {
        let state = ("tracestate", "rojo=1");
        for fields in [
            vec![],
            vec![state],
            vec![("traceparent", "x"), state],
            vec![("traceparent", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"), state],
            vec![("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01"), state],
            vec![("traceparent", CONTINUED), ("traceparent", CONTINUED), state],
            vec![("trace_parent", CONTINUED), state],
        ] {
            let (got, asked) = ask(&house, &fields).await;
            begins(&got, &asked);
        }
    });
}

#[test]
fn state_that_cannot_be_read_does_not_end_the_trace() {
    let house = House::new(upstream());
    block_on(async {
        let named = format!("a=62.68.05-996.50,b={INSZ}");
        for state in ["a", "a=1,a=2", &"a".repeat(600), &named] {
            let (_, asked) = ask(&house, &[("traceparent", CONTINUED), ("tracestate", state)]).await;
            assert!(asked.header("traceparent").unwrap().contains(TRACE), "{state}");
            assert_eq!(asked.header("tracestate"), None, "{state}");
        }
    });
}

#[test]
fn a_number_of_a_person_in_a_trace_is_neither_kept_nor_sent_on() {
    let trail = Kept::new();
    let mut house = House::planned(trail.plan(), upstream());
    block_on(async {
        for hidden in [
            format!("00-0af7651916{INSZ}eb211c80319-b7ad6b7169203331-01"),
            format!("00-777777{INSZ}777777777777777-b7ad6b7169203331-01"),
            format!("00-{TRACE}-b7{INSZ}331-01"),
        ] {
            let (got, asked) = ask(&house, &[("traceparent", &hidden), ("tracestate", "rojo=1")]).await;
            begins(&got, &asked);
            assert!(!asked.head.contains(INSZ));
        }
        house.shutdown().await;
    });
    assert!(!trail.text().contains(INSZ));
    assert!(trail.calls().iter().all(|call| call.get("trace_id").is_none()));
}

#[test]
fn no_trace_leaves_in_an_answer() {
    let told = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\
        tracestate: rojo=1\r\ntraceresponse: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nServer-Timing: traceparent;desc=x\r\n";
    let house = House::new(always(with_head(told, &answer("GeefOnderneming"))));
    block_on(async {
        let fields = [("traceparent", CONTINUED), ("tracestate", "rojo=1")];
        let (allowed, _) = ask(&house, &fields).await;
        let mut request = post(PATH, Question::from(INSPECTIE).xml());
        for (name, value) in fields {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let refused = house.consumer("gemeente").await.send(request).await;
        assert!(refused.text().contains("13001") || refused.text().contains("20005"), "{}", refused.text());
        for got in [allowed, refused] {
            for name in ["traceparent", "tracestate", "traceresponse", "server-timing"] {
                assert_eq!(got.header(name), None, "{name}");
            }
            assert!(!format!("{:?}{}", got.headers, got.text()).contains(TRACE));
            assert_eq!(number(&got).len(), 32);
        }
    });
}

#[test]
fn records_name_the_trace_where_it_is_not_the_call_s_own() {
    let trail = Kept::new();
    let mut house = House::planned(trail.plan(), upstream());
    // This test's own: other tests write to the same log.
    let trace = "5e7d2c91b04fa36806d1c8e59f27ab3d";
    let parent = format!("00-{trace}-b7ad6b7169203331-00");
    block_on(async {
        let mut consumer = house.consumer("gemeente").await;
        for (sender, parent) in [
            (GEMEENTE, Some(parent.as_str())),
            (INSPECTIE, Some(parent.as_str())),
            (GEMEENTE, None),
            (INSPECTIE, None),
        ] {
            let mut request = post(PATH, Question::from(sender).xml());
            if let Some(value) = parent {
                request.headers_mut().insert("traceparent", value.parse().unwrap());
            }
            consumer.send(request).await;
        }
        house.shutdown().await;
    });
    let told: Vec<_> = trail.calls().iter().map(phase_and_trace).collect();
    let of = |phase: &str, trace: Option<&str>| (phase.to_owned(), trace.map(str::to_owned));
    let expected = [
        of("opened", Some(trace)),
        of("closed", None),
        of("refused", Some(trace)),
        of("opened", None),
        of("closed", None),
        of("refused", None),
    ];
    assert_eq!(told, expected);
    trail.is_as_the_schema_says();
    assert!(trail.check().findings.is_empty());
    let logged = logged();
    let events: Vec<_> = logged.lines().filter(|line| line.contains(trace)).collect();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(events.iter().all(|event| event.contains(&format!("\"trace_id\":\"{trace}\""))), "{events:?}");
}

fn phase_and_trace(call: &Value) -> (String, Option<String>) {
    let text = |name: &str| call.get(name).and_then(Value::as_str).map(str::to_owned);
    (text("phase").unwrap(), text("trace_id"))
}

#[test]
fn a_rest_call_has_its_place_in_a_trace_too() {
    let trail = Kept::new();
    let audited = trail.plan();
    let planned = rest::plan();
    let plan = Plan {
        settings: Box::new(move |settings| {
            (planned.settings)(settings);
            (audited.settings)(settings);
        }),
        consumers: planned.consumers,
        catalogue: planned.catalogue,
        ..Plan::default()
    };
    let mut house = House::planned(plan, always(rest::json("{}")));
    block_on(async {
        for target in [rest::DETAIL, "/v1/proef/nergens"] {
            let mut request: Request<_> = rest::get(target);
            request.headers_mut().insert("traceparent", CONTINUED.parse().unwrap());
            request.headers_mut().insert("tracestate", "rojo=1".parse().unwrap());
            let got = rest::ask(&house, request).await;
            assert!(!format!("{:?}{}", got.headers, got.text()).contains(TRACE));
        }
        let asked = house.upstream.asked().pop().unwrap();
        assert!(asked.header("traceparent").unwrap().starts_with(&format!("00-{TRACE}-")));
        assert_eq!(asked.header("tracestate"), Some("rojo=1"));
        house.shutdown().await;
    });
    let told: Vec<_> = trail.calls().iter().map(phase_and_trace).collect();
    let continued = Some(TRACE.to_owned());
    assert_eq!(told[0], ("opened".to_owned(), continued.clone()));
    assert_eq!(told.last(), Some(&("refused".to_owned(), continued)));
}
