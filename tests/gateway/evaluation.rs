//! "May I?" over HTTP, for operators and for consumers: AuthZEN's shape, its bounds, and who may ask what.

use std::fmt::Write as _;
use std::path::Path;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{Answer, Consumer, GEMEENTE, House, INSPECTIE, Plan, block_on, logged};
use crate::messages::{INSZ, PATH, Question, answer};
use crate::upstream::{always, ok};

pub const ONE: &str = "/access/v1/evaluation";
const MANY: &str = "/access/v1/evaluations";
const CONFIGURATION: &str = "/.well-known/authzen-configuration";

fn house() -> House {
    let plan = Plan::with(|settings| settings.evaluation.for_consumers = true);
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

pub async fn operator(house: &House) -> Consumer {
    Consumer::over(TcpStream::connect(house.admin).await.unwrap()).await
}

async fn fresh(house: &House, admin: bool) -> Consumer {
    if admin { operator(house).await } else { house.consumer("gemeente").await }
}

pub fn question(consumer: &str, service: &str, context: Value) -> Value {
    let mut question = json!({
        "subject": { "type": "consumer", "id": consumer },
        "action": { "name": "ask" },
        "resource": { "type": "service", "id": service },
    });
    if !context.is_null() {
        question["context"] = context;
    }
    question
}

fn request(path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "gateway.example:8443")
        .header("content-type", "application/json")
        .body(Full::new(body.into()))
        .unwrap()
}

pub async fn ask(asker: &mut Consumer, path: &str, question: &Value) -> Answer {
    asker.send(request(path, question.to_string())).await
}

fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text()).unwrap()
}

/// An answer as the golden file shows it.
fn shown(name: &str, answer: &Answer) -> String {
    let mut body = read(answer);
    if let Some(digest) = body.pointer_mut("/context/registry") {
        *digest = "…".into();
    }
    let kind = answer.header("content-type").unwrap();
    format!("-- {name}\nHTTP {} {kind}\n{body:#}\n\n", answer.status.as_u16())
}

#[test]
fn both_listeners_answer_in_authzens_shape() {
    block_on(async {
        let house = house();
        let (mut operator, mut inspectie) = (operator(&house).await, house.consumer("inspectie").await);
        let mut said = String::new();
        let onderneming = "GeefOnderneming/02.00";
        for (name, asked) in [
            ("allowed, fields removed", question("gemeente", onderneming, Value::Null)),
            ("allowed, fields stay", question("inspectie", onderneming, json!({ "sender": INSPECTIE }))),
            ("a year later", question("gemeente", onderneming, json!({ "date": "2028-01-01" }))),
            (
                "a person is named",
                question("gemeente", "GeefFuncties/02.00", json!({ "names_person": true })),
            ),
            ("another's URI", question("gemeente", onderneming, json!({ "sender": INSPECTIE }))),
            ("no such consumer", question("niemand", onderneming, Value::Null)),
            ("no such service", question("gemeente", "GeefNiets/02.00", Value::Null)),
            ("a misspelt key", question("gemeente", onderneming, json!({ "datum": "2026-01-01" }))),
        ] {
            said += &shown(name, &ask(&mut operator, ONE, &asked).await);
        }
        let own = question("inspectie", onderneming, Value::Null);
        said += &shown("the consumer itself", &ask(&mut inspectie, ONE, &own).await);
        let other = question("gemeente", onderneming, Value::Null);
        said += &shown("the consumer about another", &ask(&mut inspectie, ONE, &other).await);
        is_golden("evaluation-http.txt", &said);
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn a_call_gets_what_was_told() {
    block_on(async {
        let house = house();
        for (name, uri) in [("gemeente", GEMEENTE), ("inspectie", INSPECTIE)] {
            let mut consumer = house.consumer(name).await;
            for (service, path) in [
                ("GeefOnderneming", PATH),
                ("GeefAdressenLocaties", "/GeefAdressenLocatiesDienst-02.00/soap/WebService"),
            ] {
                for moment in ["2026-11-24T10:00:00Z", "2027-12-31T22:59:59Z", "2027-12-31T23:00:00Z"] {
                    house.time.set(moment);
                    house.running().reload().await;
                    let asked = question(name, &format!("{service}/02.00"), json!({ "sender": uri }));
                    let told = read(&ask(&mut consumer, ONE, &asked).await);
                    let got = consumer.ask(path, Question::from(uri).named(service).xml()).await;
                    if told["decision"] == true {
                        let wanted: Vec<&str> = told["context"]["removes"]
                            .as_array()
                            .unwrap()
                            .iter()
                            .filter_map(Value::as_str)
                            .collect();
                        let header = got.header("poortwachter-removes").unwrap_or_default();
                        let removed: Vec<&str> = header.split(", ").filter(|name| !name.is_empty()).collect();
                        assert_eq!(removed, wanted, "{name} {service} {moment}");
                    } else {
                        assert_eq!(told["context"]["reason"], got.reason(), "{name} {service} {moment}");
                    }
                }
            }
        }
    });
}

fn is_golden(name: &str, said: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, said).unwrap();
    }
    assert_eq!(said, std::fs::read_to_string(&path).unwrap_or_default(), "{name}");
}

#[test]
fn a_batch_is_answered_up_to_where_it_says() {
    block_on(async {
        let house = house();
        let mut operator = operator(&house).await;
        let mut batch = question("gemeente", "GeefOnderneming/02.00", Value::Null);
        let lapsed = json!({ "context": { "date": "2028-01-01" } });
        for (semantic, items, decisions) in [
            (None, json!([{}, lapsed, {}]), vec![true, false, true]),
            (Some("execute_all"), json!([lapsed, {}]), vec![false, true]),
            (Some("deny_on_first_deny"), json!([{}, lapsed, {}]), vec![true, false]),
            (Some("permit_on_first_permit"), json!([lapsed, {}, {}]), vec![false, true]),
        ] {
            batch["evaluations"] = items;
            batch["options"] =
                semantic.map_or(json!({}), |semantic| json!({ "evaluations_semantic": semantic }));
            let got = read(&ask(&mut operator, MANY, &batch).await);
            let said: Vec<_> =
                got["evaluations"].as_array().unwrap().iter().map(|one| &one["decision"]).collect();
            assert_eq!(said, decisions, "{semantic:?}");
        }
        // One question that cannot be read is no answer to any.
        batch["evaluations"] = json!([{}, { "context": { "datum": "2028-01-01" } }]);
        let got = ask(&mut operator, MANY, &batch).await;
        assert_eq!(got.status, 400);
        assert_eq!(read(&got)["issues"][0]["name"], "evaluations[1].context");
        batch["evaluations"] = json!([]);
        assert_eq!(read(&ask(&mut operator, MANY, &batch).await)["decision"], true);
    });
}

#[test]
fn a_consumer_asks_about_itself_alone_and_learns_nothing_of_others() {
    block_on(async {
        let house = house();
        let mut gemeente = house.consumer("gemeente").await;
        let other =
            ask(&mut gemeente, ONE, &question("inspectie", "GeefOnderneming/02.00", Value::Null)).await;
        let nobody =
            ask(&mut gemeente, ONE, &question("niemand", "GeefOnderneming/02.00", Value::Null)).await;
        assert_eq!((other.status.as_u16(), nobody.status.as_u16()), (403, 403));
        assert_eq!(other.text(), nobody.text());
        assert_eq!(read(&other)["type"], "urn:problem-type:belgif:missingPermission");
        let mut batch = question("gemeente", "GeefOnderneming/02.00", Value::Null);
        batch["evaluations"] = json!([{}, { "subject": { "type": "consumer", "id": "inspectie" } }]);
        assert_eq!(ask(&mut gemeente, MANY, &batch).await.status, 403);
        let own = ask(&mut gemeente, ONE, &question("gemeente", "GeefOnderneming/02.00", Value::Null)).await;
        let context = &read(&own)["context"];
        for absent in ["registry", "grants", "reason_admin"] {
            assert!(context.get(absent).is_none(), "{absent}");
        }
        assert!(!own.text().contains("inspectie"));
        // Its certificate is verified, and nobody's.
        let mut stranger = house.consumer("vreemde").await;
        for id in ["vreemde", "gemeente"] {
            let got = ask(&mut stranger, ONE, &question(id, "GeefOnderneming/02.00", Value::Null)).await;
            assert_eq!(got.status, 403, "{id}");
        }
    });
}

#[test]
fn consumers_may_not_ask_unless_it_is_set_and_operators_where_it_is_not() {
    block_on(async {
        let plan = Plan::with(|settings| settings.evaluation.for_operators = false);
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let asked = question("gemeente", "GeefOnderneming/02.00", Value::Null);
        // As any request that is no call: JSON is not read.
        let got = ask(&mut house.consumer("gemeente").await, ONE, &asked).await;
        assert_eq!((got.status.as_u16(), got.header("content-type")), (415, Some("text/xml; charset=utf-8")));
        assert_eq!(ask(&mut operator(&house).await, ONE, &asked).await.status, 405);
        assert_eq!(house.page(CONFIGURATION).await.0, 404);
    });
}

#[test]
fn the_configuration_names_the_endpoints_by_the_host_that_was_asked() {
    block_on(async {
        let house = house();
        let page = |host: &'static str| {
            Request::get(CONFIGURATION).header("host", host).body(Full::default()).unwrap()
        };
        let got = read(&house.consumer("gemeente").await.send(page("gateway.example:8443")).await);
        assert_eq!(
            got,
            json!({
                "policy_decision_point": "https://gateway.example:8443",
                "access_evaluation_endpoint": "https://gateway.example:8443/access/v1/evaluation",
                "access_evaluations_endpoint": "https://gateway.example:8443/access/v1/evaluations",
            })
        );
        let mut operator = operator(&house).await;
        let got = read(&operator.send(page("localhost:9464")).await);
        assert_eq!(got["policy_decision_point"], "http://localhost:9464");
        for odd in ["a@b", "62680599650", "a b"] {
            let got = operator.send(page(odd)).await;
            assert_eq!(got.status, 400, "{odd}");
            assert!(!got.text().contains(odd));
        }
        let stream = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
        let mut over_h2 = Consumer::over_h2(stream).await;
        let asked = Request::get(format!("https://h2.example{CONFIGURATION}")).body(Full::default()).unwrap();
        assert_eq!(read(&over_h2.send(asked).await)["policy_decision_point"], "https://h2.example");
        let mut asked = request(ONE, question("gemeente", "GeefOnderneming/02.00", Value::Null).to_string());
        *asked.uri_mut() = format!("https://h2.example{ONE}").parse().unwrap();
        asked.headers_mut().remove("host");
        assert_eq!(read(&over_h2.send(asked).await)["decision"], true);
    });
}

#[test]
fn a_request_that_is_no_question_gets_a_problem() {
    block_on(async {
        let house = house();
        let good = question("gemeente", "GeefOnderneming/02.00", Value::Null).to_string();
        for admin in [true, false] {
            let changed = |change: &dyn Fn(&mut Request<Full<Bytes>>)| {
                let mut request = request(ONE, good.clone());
                change(&mut request);
                request
            };
            let header = |name: &'static str, value: &'static str| {
                changed(&move |request| {
                    request.headers_mut().append(name, value.parse().unwrap());
                })
            };
            let typed = |value: &'static str| {
                changed(&move |request| {
                    request.headers_mut().insert("content-type", value.parse().unwrap());
                })
            };
            for (request, status) in [
                (changed(&|request| *request.method_mut() = Method::PUT), 405),
                (typed("text/json"), 415),
                (typed("application/json; charset=utf-16"), 415),
                (header("content-type", "application/json"), 415),
                (header("content-encoding", "gzip"), 415),
                (header("x-request-id", "a b"), 400),
                (header("x-request-id", INSZ), 400),
                (request(ONE, good.clone() + "{}"), 400),
                (request(ONE, good.replace("gemeente", INSZ)), 400),
                (request(ONE, "[".repeat(60_000)), 400),
                (request(ONE, "\u{feff}".to_owned() + &good), 400),
                (request(ONE, vec![0xff; 10]), 400),
            ] {
                // What is refused before its body is read may cost the connection.
                let got = fresh(&house, admin).await.send(request).await;
                assert_eq!(got.status.as_u16(), status, "{}", got.text());
                assert_eq!(got.header("content-type"), Some("application/problem+json"));
                let problem = read(&got);
                assert_eq!(problem["status"], status);
                assert!(problem["type"].as_str().unwrap().starts_with("urn:problem-type:"));
                assert!(!got.text().contains(INSZ) && got.header("x-request-id").is_none());
            }
            let mut asker = fresh(&house, admin).await;
            let got = asker.send(header("x-request-id", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716")).await;
            assert_eq!(got.header("x-request-id"), Some("bfe9eb29-ab87-4ca3-be83-a1d5d8305716"));
            assert_eq!((got.status.as_u16(), got.header("cache-control")), (200, Some("no-store")));
            assert_eq!(got.header("belgov-trace-id").map(str::len), Some(36));
            assert_eq!(asker.send(typed("Application/JSON; charset=UTF-8")).await.status, 200);
        }
        let got = operator(&house).await.send(request(ONE, vec![b' '; 256 * 1024 + 1])).await;
        assert_eq!(got.status, 413);
        // By its length alone, so that no answer to a body under way is lost in the closing of the connection.
        let mut stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
        let head = format!(
            "POST {ONE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 65537\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut got = Vec::new();
        let _ = stream.read_to_end(&mut got).await;
        assert!(got.starts_with(b"HTTP/1.1 413 "), "{}", got.escape_ascii());
        // A query is part of no path that is served.
        let got = operator(&house).await.send(request("/access/v1/evaluation?x=1", good)).await;
        assert_eq!(got.status, 405);
    });
}

#[test]
fn questions_are_recorded_and_counted_and_are_no_calls() {
    block_on(async {
        let house = house();
        let (mut operator, mut gemeente) = (operator(&house).await, house.consumer("gemeente").await);
        let allowed = question("gemeente", "GeefOnderneming/02.00", json!({ "sender": GEMEENTE }));
        let refused = question("gemeente", "GeefAdressenLocaties/02.00", Value::Null);
        ask(&mut operator, ONE, &refused).await;
        ask(&mut gemeente, ONE, &allowed).await;
        let mut batch = refused.clone();
        batch["evaluations"] = json!([{}, allowed]);
        let got = ask(&mut gemeente, MANY, &batch).await;
        ask(&mut gemeente, ONE, &question("inspectie", "GeefOnderneming/02.00", Value::Null)).await;
        ask(&mut gemeente, ONE, &json!({ "subject": INSZ })).await;
        let metrics = house.metrics().await;
        let counted: Vec<_> =
            metrics.lines().filter(|line| line.starts_with("poortwachter_evaluations_total")).collect();
        assert_eq!(
            counted,
            [
                "poortwachter_evaluations_total{listener=\"admin\",decision=\"deny\",reason=\"never-granted\"} 1",
                "poortwachter_evaluations_total{listener=\"consumers\",decision=\"deny\",reason=\"never-granted\"} 1",
                "poortwachter_evaluations_total{listener=\"consumers\",decision=\"none\",reason=\"not-yours\"} 1",
                "poortwachter_evaluations_total{listener=\"consumers\",decision=\"none\",reason=\"unreadable\"} 1",
                "poortwachter_evaluations_total{listener=\"consumers\",decision=\"permit\",reason=\"none\"} 2",
            ]
        );
        assert!(!metrics.lines().any(|line| line.starts_with("poortwachter_calls_total")), "{metrics}");
        assert!(metrics.contains("poortwachter_calls_in_flight 0\n"));
        let trace = got.header("belgov-trace-id").unwrap();
        let log = logged();
        let records: Vec<Value> = log
            .lines()
            .filter(|line| line.contains(trace))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(records.len(), 2);
        for (key, value) in [
            ("target", "poortwachter::evaluation"),
            ("listener", "consumers"),
            ("asked_by", "gemeente"),
            ("consumer", "gemeente"),
            ("operation", "GeefOnderneming/02.00"),
            ("purpose", "ipdc1"),
            ("date", "2026-11-24"),
            ("decision", "permit"),
            ("rule", "1g-1"),
        ] {
            assert_eq!(records[1][key], value, "{key} in {}", records[1]);
        }
        assert_eq!(
            (&records[0]["decision"], &records[0]["reason"]),
            (&"deny".into(), &"never-granted".into())
        );
        assert!(!log.contains(INSZ));
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn a_stale_registry_and_a_full_gate_answer_503() {
    block_on(async {
        let plan = Plan::with(|settings| {
            settings.evaluation.for_consumers = true;
            settings.limits.calls = 0;
        });
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let asked = question("gemeente", "GeefOnderneming/02.00", Value::Null);
        let mut gemeente = house.consumer("gemeente").await;
        let got = ask(&mut gemeente, ONE, &asked).await;
        assert_eq!((got.status.as_u16(), got.header("retry-after")), (503, Some("5")));
        // The operators' listener has a gate of its own.
        let mut operator = operator(&house).await;
        assert_eq!(ask(&mut operator, ONE, &asked).await.status, 200);
        house.time.set("2026-11-24T11:00:01Z");
        assert_eq!(ask(&mut operator, ONE, &asked).await.status, 503);
        assert_eq!(ask(&mut gemeente, ONE, &asked).await.status, 503);
    });
}

#[test]
fn a_changed_registry_changes_the_next_answer() {
    block_on(async {
        let house = house();
        let mut operator = operator(&house).await;
        let asked = question("gemeente", "GeefOnderneming/02.00", Value::Null);
        assert_eq!(read(&ask(&mut operator, ONE, &asked).await)["decision"], true);
        house.write_consumer("gemeente", &crate::house::gemeente().replace("2027-12-31", "2026-11-23"));
        house.running().reload().await;
        let got = read(&ask(&mut operator, ONE, &asked).await);
        assert_eq!((&got["decision"], &got["context"]["reason"]), (&false.into(), &"lapsed".into()));
        assert_eq!(got["context"]["holds"], json!({ "first": "2026-11-24", "last": null }));
    });
}

#[test]
fn slow_questions_fill_their_own_places_and_metrics_go_on() {
    block_on(async {
        let house = house();
        let mut slow = Vec::new();
        for _ in 0..8 {
            let mut socket = TcpStream::connect(house.admin).await.unwrap();
            let head = "POST /access/v1/evaluation HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                        expect: 100-continue\r\ncontent-length: 9\r\n\r\n";
            socket.write_all(head.as_bytes()).await.unwrap();
            // Whoever is told to go on has its place.
            let mut told = [0; 25];
            socket.read_exact(&mut told).await.unwrap();
            assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
            slow.push(socket);
        }
        let asked = question("gemeente", "GeefOnderneming/02.00", Value::Null);
        assert_eq!(ask(&mut operator(&house).await, ONE, &asked).await.status, 503);
        for path in ["/metrics", "/livez", "/readyz"] {
            assert_eq!(house.page(path).await.0, 200, "{path}");
        }
        drop(slow);
        while ask(&mut operator(&house).await, ONE, &asked).await.status != 200 {}
    });
}

/// Every schema of an answer.
const DESCRIBED: [&str; 13] = [
    "Decision",
    "Context",
    "Reasons",
    "Holds",
    "Weighed",
    "Access",
    "Instrument",
    "Obligations",
    "Removed",
    "Kept",
    "Fields",
    "Problem",
    "Issue",
];

/// What `docs/evaluation.openapi.yaml` says of the members is what answers have.
#[test]
fn the_description_names_every_member_of_real_answers_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/evaluation.openapi.yaml");
    let described = std::fs::read_to_string(path).unwrap();
    block_on(async {
        let house = house();
        let mut operator = operator(&house).await;
        let mut missing = String::new();
        let mut met = std::collections::BTreeSet::new();
        for (consumer, service, context) in [
            ("gemeente", "GeefOnderneming/02.00", Value::Null),
            ("inspectie", "GeefOnderneming/02.00", Value::Null),
            ("gemeente", "GeefFuncties/02.00", json!({ "names_person": true })),
            ("gemeente", "GeefNiets/02.00", Value::Null),
        ] {
            let got = read(&ask(&mut operator, ONE, &question(consumer, service, context)).await);
            checked("Decision", &got, &described, &mut met, &mut missing);
        }
        let got = ask(&mut operator, ONE, &question("gemeente", "x", json!({ "datum": 1 }))).await;
        checked("Problem", &read(&got), &described, &mut met, &mut missing);
        assert_eq!(missing, "");
        for schema in DESCRIBED {
            for member in members(&described, schema) {
                assert!(met.contains(&format!("{schema}.{member}")), "no answer has {schema}.{member}");
            }
        }
    });
}

/// The members of a schema: the description keeps one line a member, `        name: { …`, so that no YAML reader is needed.
fn members(described: &str, schema: &str) -> Vec<String> {
    let from = format!("    {schema}:\n");
    let (_, rest) = described.split_once(&from).unwrap_or_else(|| panic!("no schema {schema}"));
    let (_, rest) = rest.split_once("      properties:\n").unwrap();
    let lines = rest.lines().take_while(|line| line.starts_with("        "));
    lines.filter_map(|line| line.trim().split_once(": {").map(|(name, _)| name.to_owned())).collect()
}

/// What a member is said to be: a schema of its own, or a type.
fn said_of(described: &str, schema: &str, member: &str) -> Option<String> {
    let (_, rest) = described.split_once(&format!("    {schema}:\n"))?;
    let line = rest.lines().find(|line| line.starts_with(&format!("        {member}: {{")))?;
    Some(line.to_owned())
}

fn checked(
    schema: &str,
    value: &Value,
    described: &str,
    met: &mut std::collections::BTreeSet<String>,
    missing: &mut String,
) {
    let known = members(described, schema);
    for (member, value) in value.as_object().unwrap() {
        if !known.contains(member) {
            let _ = writeln!(missing, "{schema}.{member} is not described");
            continue;
        }
        met.insert(format!("{schema}.{member}"));
        let said = said_of(described, schema, member).unwrap();
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let inner = said.split_once("schemas/").map(|(_, rest)| rest.split(['\'', '"']).next().unwrap());
        if !(said.contains(kind) || inner.is_some() && kind == "object") {
            let _ = writeln!(missing, "{schema}.{member} is {kind}: {said}");
        }
        let below: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(_) => vec![value],
            _ => vec![],
        };
        for (inner, below) in inner.iter().flat_map(|inner| below.iter().map(move |below| (inner, below))) {
            checked(inner, below, described, met, missing);
        }
    }
}
