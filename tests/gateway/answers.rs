//! What comes back, and what does not.

use std::time::Duration;

use crate::house::{Answer, Consumer, GEMEENTE, House, INSPECTIE, Plan, block_on};
use crate::messages::{
    FUNCTIES_PATH, INSZ, NAME, PATH, Question, answer, long_answer, stripped, with_content,
};
use crate::upstream::{Gate, Script, Step, always, ok, with_head};

const XML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";

fn holds_nothing_personal(answer: &Answer) {
    let said = format!("{:?} {:?}", answer.headers, answer.body);
    assert!(!said.contains(INSZ) && !said.contains(NAME), "{said}");
}

/// What a consumer without a basis gets from an upstream that does this.
fn from_upstream(steps: Vec<Step>) -> Answer {
    block_on(async {
        let got = House::new(always(steps)).ask().await;
        holds_nothing_personal(&got);
        got
    })
}

fn is_server_fault(answer: &Answer, status: u16) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert!(answer.text().contains("<faultcode>soapenv:Server</faultcode>"), "{}", answer.text());
    assert_eq!(answer.header("belgov-trace-id").unwrap().len(), 36);
}

#[test]
fn without_a_basis_the_functionholder_is_gone_and_the_headers_say_so() {
    let got = from_upstream(ok(&answer("GeefOnderneming")));
    assert_eq!(got.text(), stripped(1));
    assert_eq!(
        got.header("poortwachter-removes"),
        Some("functionholder-name, functionholder-insz, sole-proprietor-address")
    );
    assert_eq!(got.header("poortwachter-retention"), Some("P5Y"));
    assert_eq!(got.header("cache-control"), Some("no-store"));
    assert_eq!(got.header("content-length"), Some(stripped(1).len().to_string().as_str()));
}

#[test]
fn with_a_basis_the_answer_is_the_upstreams() {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let got = house.consumer("inspectie").await.ask(PATH, Question::from(INSPECTIE).xml()).await;
        assert_eq!(got.text(), answer("GeefOnderneming"));
        assert_eq!(got.header("poortwachter-removes"), None);
    });
}

#[test]
fn only_headers_that_stay_true_and_hold_no_data_pass() {
    let head = format!(
        "{XML}X-Correlation-Id: c-1\r\nContent-Language: nl\r\nETag: \"{INSZ}\"\r\nSet-Cookie: a={NAME}\r\n\
         X-Magda-Exceptions: {NAME}\r\nDigest: x\r\nContent-Location: /{INSZ}\r\nServer: x\r\nCache-Control: public\r\n"
    );
    let got = from_upstream(with_head(&head, &answer("GeefOnderneming")));
    let mut names: Vec<_> = got.headers.keys().map(ToString::to_string).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "belgov-trace-id",
            "cache-control",
            "content-language",
            "content-length",
            "content-type",
            "date",
            "poortwachter-removes",
            "poortwachter-retention",
            "vary"
        ]
    );
    assert_eq!(got.header("cache-control"), Some("no-store"));
}

#[test]
fn a_soap_fault_of_the_upstream_passes_with_its_status() {
    let fault = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>\
        <faultcode>s:Server</faultcode><faultstring>10001 - Fout formaat</faultstring></s:Fault></s:Body></s:Envelope>";
    let got = from_upstream(with_head("HTTP/1.1 500 Oops\r\nContent-Type: text/xml\r\n", fault));
    assert_eq!((got.status.as_u16(), got.text().as_str()), (500, fault));
}

#[test]
fn answers_that_cannot_be_filtered_are_withheld() {
    let body = answer("GeefOnderneming");
    let typed = |head: &str| with_head(&format!("HTTP/1.1 200 OK\r\n{head}"), &body);
    let status = |line: &str| with_head(&format!("HTTP/1.1 {line}\r\nContent-Type: text/xml\r\n"), &body);
    for (what, steps) in [
        ("gzip that is none", typed("Content-Type: text/xml\r\nContent-Encoding: gzip\r\n")),
        ("utf-16 that is none", typed("Content-Type: text/xml; charset=utf-16\r\n")),
        ("json", typed("Content-Type: application/json\r\n")),
        ("no type", typed("")),
        ("two types", typed("Content-Type: text/xml\r\nContent-Type: text/html\r\n")),
        ("mtom without parts", typed("Content-Type: multipart/related; type=\"application/xop+xml\"\r\n")),
        ("302", status("302 Found")),
        ("206", status("206 Partial Content")),
        ("empty", ok("")),
        ("garbage body", ok("<<<")),
        ("another service's answer", ok(&answer("GeefFuncties"))),
        ("a place nobody knew", ok(&with_content("GeefOnderneming", &format!("<X><INSZ>{INSZ}</INSZ></X>")))),
        ("garbage after the end", ok(&format!("{body}<x/>"))),
        ("not HTTP", vec![Step::Send(b"SMTP 220 hello\r\n\r\n".to_vec()), Step::Close]),
        ("nothing", vec![Step::Close]),
    ] {
        let got = from_upstream(steps);
        assert_eq!(got.status.as_u16(), 502, "{what}");
        is_server_fault(&got, 502);
    }
}

#[test]
fn an_answer_that_breaks_off_while_held_back_becomes_a_clean_502() {
    let body = answer("GeefOnderneming");
    let short = format!("{XML}Content-Length: {}\r\n\r\n{body}", body.len() + 10);
    is_server_fault(&from_upstream(vec![Step::Send(short.into_bytes()), Step::Close]), 502);
    let chunked = format!("{XML}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len());
    is_server_fault(&from_upstream(vec![Step::Send(chunked.into_bytes()), Step::Close]), 502);
}

#[test]
fn an_answer_that_goes_wrong_after_what_was_held_back_is_cut() {
    let long = long_answer(20_000);
    let half = &long[..long.len() / 2];
    let broken_off = format!("{XML}Content-Length: {}\r\n\r\n{half}", long.len());
    let malformed = format!("{half}</wrong>");
    for (what, steps) in [
        ("broken off", vec![Step::Send(broken_off.into_bytes()), Step::Close]),
        ("malformed", ok(&malformed)),
    ] {
        let got = from_upstream(steps);
        assert_eq!(got.status.as_u16(), 200, "{what}");
        assert!(got.body.is_err(), "{what}: cut, not ended");
    }
}

#[test]
fn a_cut_answer_over_http_2_is_a_reset_stream_and_the_connection_lives() {
    block_on(async {
        let long = long_answer(20_000);
        let script: Script = std::sync::Arc::new(move |asked| match asked.connection {
            0 => ok(&format!("{}</wrong>", &long[..long.len() / 2])),
            _ => ok(&answer("GeefOnderneming")),
        });
        let house = House::new(script);
        let stream = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
        let mut gemeente = Consumer::over_h2(stream).await;
        let uri = format!("https://localhost{PATH}");
        assert!(gemeente.ask(&uri, Question::from(GEMEENTE).xml()).await.body.is_err());
        assert_eq!(gemeente.ask(&uri, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
    });
}

#[test]
fn a_long_answer_is_streamed_without_a_length_and_filtered_to_its_end() {
    let got = from_upstream(ok(&long_answer(20_000)));
    assert_eq!(got.header("content-length"), None);
    assert_eq!(got.text(), stripped(20_000));
}

#[test]
fn the_first_part_of_a_long_answer_arrives_before_the_upstream_has_sent_the_rest() {
    block_on(async {
        let long = long_answer(20_000);
        let (first, rest) = long.split_at(long.len() / 2);
        let gate = Gate::default();
        let head = format!("{XML}Content-Length: {}\r\n\r\n{first}", long.len());
        let steps = vec![Step::Send(head.into_bytes()), Step::Await(gate.clone()), Step::Send(rest.into())];
        let house = House::new(always(steps));
        let stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
        let (mut line, connection) =
            hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        // The head arrives while the upstream still waits at the gate.
        let response =
            line.send_request(crate::house::post(PATH, Question::from(GEMEENTE).xml())).await.unwrap();
        assert_eq!(response.status(), 200);
        gate.open();
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        assert_eq!(body, stripped(20_000));
    });
}

#[test]
fn an_upstream_that_is_not_there_is_502_and_never_the_consumers_fault() {
    block_on(async {
        let plan = Plan::with(|settings| {
            // A port that was free a moment ago.
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            settings.upstream.port = free.local_addr().unwrap().port();
        });
        let house = House::planned(plan, always(ok("")));
        is_server_fault(&house.ask().await, 502);
        let metrics = house.metrics().await;
        assert!(metrics.contains("poortwachter_upstream_errors_total{kind=\"connect\"} 1\n"), "{metrics}");
    });
}

#[test]
fn an_upstream_that_does_not_answer_in_time_is_504() {
    block_on(async {
        let plan = Plan::with(|settings| settings.upstream.total = Duration::from_millis(300));
        let house = House::planned(plan, always(vec![Step::Await(Gate::default())]));
        is_server_fault(&house.ask().await, 504);
    });
}

#[test]
fn a_stream_that_is_not_done_in_time_is_cut() {
    block_on(async {
        let plan = Plan::with(|settings| settings.upstream.total = Duration::from_secs(3));
        let long = long_answer(20_000);
        let head = format!("{XML}Content-Length: {}\r\n\r\n{}", long.len(), &long[..long.len() / 2]);
        let steps = vec![Step::Send(head.into_bytes()), Step::Await(Gate::default())];
        let got = House::planned(plan, always(steps)).ask().await;
        assert!(got.body.is_err());
        holds_nothing_personal(&got);
    });
}

#[test]
fn a_consumer_that_reads_slowly_does_not_keep_upstream_and_place_beyond_the_deadline() {
    block_on(async {
        let plan = Plan::with(|settings| {
            settings.limits.calls = 1;
            settings.upstream.total = Duration::from_secs(3);
        });
        let script: Script = std::sync::Arc::new(|asked| match asked.connection {
            0 => ok(&long_answer(200_000)),
            _ => ok(&answer("GeefOnderneming")),
        });
        let house = House::planned(plan, script);
        let stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
        let (mut line, connection) =
            hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let unread =
            line.send_request(crate::house::post(PATH, Question::from(GEMEENTE).xml())).await.unwrap();
        assert_eq!(unread.status(), 200);
        // The only place is taken until the deadline of the call nobody reads.
        let mut other = house.consumer("gemeente").await;
        let mut got = other.ask(PATH, Question::from(GEMEENTE).xml()).await;
        while got.status == 503 {
            tokio::task::yield_now().await;
            got = other.ask(PATH, Question::from(GEMEENTE).xml()).await;
        }
        assert_eq!(got.text(), stripped(1));
        drop(unread);
    });
}

#[test]
fn connections_to_the_upstream_are_used_again() {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let mut gemeente = house.consumer("gemeente").await;
        for _ in 0..5 {
            assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        }
        assert!(house.upstream.asked().iter().all(|asked| asked.connection == 0));
    });
}

#[test]
fn a_kept_connection_that_was_closed_meanwhile_costs_no_call() {
    block_on(async {
        // Closes every connection after one answer, without saying so beforehand.
        let mut steps = ok(&answer("GeefOnderneming"));
        steps.push(Step::Close);
        let house = House::new(always(steps));
        let mut gemeente = house.consumer("gemeente").await;
        for call in 0..20 {
            let got = gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await;
            assert_eq!(got.text(), stripped(1), "call {call}");
            while house.upstream.closed() <= call {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(house.upstream.asked().len(), 20, "no request was sent twice");
    });
}

#[test]
fn an_upstream_over_tls_sees_the_gateways_certificate() {
    block_on(async {
        let plan = Plan { upstream_tls: true, ..Plan::default() };
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        assert_eq!(house.ask().await.text(), stripped(1));
    });
}

#[test]
fn an_upstream_with_a_certificate_of_somebody_else_gets_nothing() {
    block_on(async {
        let elsewhere = tempfile::tempdir().unwrap();
        crate::house::Authority::new(elsewhere.path(), "other");
        let other = elsewhere.path().join("other.ca.pem");
        let plan = Plan {
            upstream_tls: true,
            settings: Box::new(move |settings| settings.upstream.tls.as_mut().unwrap().ca = other),
            ..Plan::default()
        };
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        is_server_fault(&house.ask().await, 502);
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn functions_asked_by_enterprise_lose_their_insz() {
    block_on(async {
        let content = format!("<Functies><Functie><Aard>1</Aard><INSZ>{INSZ}</INSZ></Functie></Functies>");
        let house = House::new(always(ok(&with_content("GeefFuncties", &content))));
        let question = Question::from(GEMEENTE).named("GeefFuncties");
        let got = house.consumer("gemeente").await.ask(FUNCTIES_PATH, question.xml()).await;
        holds_nothing_personal(&got);
        assert!(got.text().contains("<Functie><Aard>1</Aard></Functie>"));
        assert_eq!(got.header("poortwachter-removes"), Some("functionholder-insz"));
    });
}
