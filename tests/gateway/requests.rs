//! What is forwarded, and what cannot be read.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::house::{Answer, GEMEENTE, House, Plan, block_on, post};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{always, ok};

fn house() -> House {
    House::new(always(ok(&answer("GeefOnderneming"))))
}

fn question() -> String {
    Question::from(GEMEENTE).xml()
}

/// Writes raw HTTP/1.1 and reads until the gateway closes.
async fn raw(house: &House, bytes: &[u8]) -> String {
    let mut stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn is_fault(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert!(answer.text().contains(&format!("<faultcode>soapenv:{code}</faultcode>")), "{}", answer.text());
    assert_eq!(answer.header("belgov-trace-id").unwrap().len(), 36);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn a_request_is_forwarded_byte_for_byte() {
    block_on(async {
        let house = house();
        // Shapes a re-serialiser would change, as a signature would notice.
        let odd = question()
            .replace("<Type>", "<!-- a --><Type  >")
            .replace("vraag-1-a", "<![CDATA[vraag&1]]>&#x61;")
            .replace("<Vragen>", "\r\n\t<Vragen\n>")
            .replace("soapenv:Header/", "soapenv:Header  a='1'/");
        let answer = house.consumer("gemeente").await.ask(PATH, odd.clone()).await;
        assert_eq!(answer.text(), stripped(1));
        assert_eq!(String::from_utf8(house.upstream.asked()[0].body.clone()).unwrap(), odd);
    });
}

#[test]
fn headers_of_the_connection_stay_and_the_others_go_on() {
    block_on(async {
        let house = house();
        let mut request = post(PATH, question());
        for (name, value) in [
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "1"),
            ("te", "trailers"),
            ("range", "bytes=0-1"),
            ("if-none-match", "\"a\""),
            ("accept-encoding", "gzip"),
            ("client-cert", ":AAAA:"),
            ("x-forwarded-client-cert", "Subject=\"CN=other\""),
            ("belgov-trace-id", "00000000-0000-4000-8000-000000000000"),
            ("soapaction", "\"\""),
            ("x-correlation-id", "c-1"),
        ] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let answer = house.consumer("gemeente").await.send(request).await;
        let asked = &house.upstream.asked()[0];
        for gone in [
            "connection",
            "x-hop",
            "keep-alive",
            "te",
            "range",
            "if-none-match",
            "client-cert",
            "x-forwarded-client-cert",
        ] {
            assert_eq!(asked.header(gone), None, "{gone}");
        }
        assert_eq!(asked.header("soapaction"), Some("\"\""));
        assert_eq!(asked.header("x-correlation-id"), Some("c-1"));
        assert_eq!(asked.header("content-type"), Some("text/xml;charset=UTF-8"));
        assert_eq!(asked.header("accept-encoding"), Some("identity"));
        assert_eq!(asked.header("host"), Some(house.upstream.address.to_string().as_str()));
        assert_eq!(asked.header("belgov-trace-id"), answer.header("belgov-trace-id"));
        assert_ne!(answer.header("belgov-trace-id"), Some("00000000-0000-4000-8000-000000000000"));
    });
}

#[test]
fn the_base_path_is_put_before_the_calls_own() {
    block_on(async {
        let plan = Plan::with(|settings| settings.upstream.base = "/magda".to_owned());
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        house.ask().await;
        assert!(house.upstream.asked()[0].head.starts_with(&format!("POST /magda{PATH} HTTP/1.1\r\n")));
    });
}

#[test]
fn another_method_is_told_which_is_allowed() {
    block_on(async {
        let house = house();
        let request = Request::get(PATH).header("host", "x").body(Full::default()).unwrap();
        let answer = house.consumer("gemeente").await.send(request).await;
        is_fault(&answer, 405, "Client");
        assert_eq!(answer.header("allow"), Some("POST"));
    });
}

#[test]
fn another_content_type_or_encoding_is_not_read() {
    block_on(async {
        let house = house();
        for (name, value) in [
            ("content-type", "application/json"),
            ("content-type", "text/xml; charset=utf-16"),
            ("content-type", "multipart/related"),
            ("content-encoding", "gzip"),
        ] {
            let mut request = post(PATH, question());
            request.headers_mut().insert(name, value.parse().unwrap());
            is_fault(&house.consumer("gemeente").await.send(request).await, 415, "Client");
        }
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn a_message_without_one_meaning_is_a_client_fault() {
    block_on(async {
        let house = house();
        let mut gemeente = house.consumer("gemeente").await;
        let second_context = Question {
            extra_context: "<Context><Naam>GeefFuncties</Naam></Context>",
            ..Question::from(GEMEENTE)
        };
        for body in [
            "not xml".to_owned(),
            String::new(),
            format!("<!DOCTYPE x>{}", question()),
            second_context.xml(),
            question().replace("schemas.xmlsoap.org/soap/envelope/", "www.w3.org/2003/05/soap-envelope"),
        ] {
            is_fault(&gemeente.ask(PATH, body.clone()).await, 500, "Client");
        }
        let latin = [question().as_bytes(), b"\xe9"].concat();
        is_fault(&gemeente.ask(PATH, latin).await, 500, "Client");
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn a_body_beyond_the_limit_is_refused_by_its_length_before_it_is_read() {
    block_on(async {
        let house = house();
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ncontent-length: 65537\r\nexpect: 100-continue\r\n\r\n"
        );
        let answer = raw(&house, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(!answer.contains("100 Continue"), "it was not asked to send it");
    });
}

#[test]
fn a_chunked_body_beyond_the_limit_is_refused_as_soon_as_it_is() {
    block_on(async {
        let house = house();
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let chunk = format!("{:x}\r\n{}\r\n", 33_000, "x".repeat(33_000)).repeat(2);
        let answer = raw(&house, (head + &chunk).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    });
}

#[test]
fn a_body_that_does_not_come_in_time_is_408() {
    block_on(async {
        let plan = Plan::with(|settings| settings.limits.receive = Duration::from_secs(1));
        let house = House::planned(plan, always(ok("")));
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ncontent-length: 100\r\n\r\n<soap"
        );
        let answer = raw(&house, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("soapenv:Client"));
    });
}

#[test]
fn a_head_that_does_not_come_in_time_closes_the_connection() {
    block_on(async {
        let plan = Plan::with(|settings| settings.limits.receive = Duration::from_secs(1));
        let house = House::planned(plan, always(ok("")));
        // Returns only because the gateway closes, long before it would for idleness.
        assert_eq!(raw(&house, b"POST / HTTP/1.1\r\nhost: ").await, "");
    });
}

#[test]
fn a_head_beyond_the_limit_is_refused() {
    block_on(async {
        let house = house();
        let head = format!("POST {PATH} HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(17 * 1024));
        let answer = raw(&house, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    });
}

#[test]
fn a_consumer_that_waits_for_100_continue_gets_it() {
    block_on(async {
        let house = house();
        let mut stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
        let body = question();
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut go = [0; 25];
        stream.read_exact(&mut go).await.unwrap();
        assert_eq!(&go, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(String::from_utf8(answer).unwrap().ends_with(&stripped(1)));
        assert_eq!(house.upstream.asked()[0].header("expect"), None);
    });
}

#[test]
fn trailers_of_a_request_are_dropped() {
    block_on(async {
        let house = house();
        let body = question();
        let request = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\nconnection: close\r\ntransfer-encoding: chunked\r\ntrailer: x-late\r\n\r\n{:x}\r\n{body}\r\n0\r\nx-late: 1\r\n\r\n",
            body.len()
        );
        assert!(raw(&house, request.as_bytes()).await.ends_with(&stripped(1)));
        let asked = &house.upstream.asked()[0];
        assert_eq!(asked.header("content-length"), Some(body.len().to_string().as_str()));
        assert_eq!((asked.header("x-late"), asked.header("trailer")), (None, None));
        assert_eq!(asked.body, Bytes::from(body));
    });
}
