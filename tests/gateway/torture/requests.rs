//! Requests over HTTP/2 that are none (RFC 9113 §8).

use super::streams::End::{Answer, Gone, Reset};
use super::streams::{Case, Fields, asked, case, fields, head_on, lawful, passes, run, told, usual, with};
use super::wire::{DATA, END_STREAM, frame};
use super::{By, house, question};
use crate::house::block_on;
use crate::messages::PATH;

/// Refused in one of the ways there are.
fn bad(name: &'static str, fields: &Fields) -> Case {
    case(name, asked(fields), &[Reset, Gone, Answer(400)])
}

fn heads() -> Vec<Case> {
    let length = question().len().to_string();
    vec![
        passes("a lawful call", lawful(1)),
        Case { streams: vec![1, 3], forwarded: 2, ..passes("two of them", [lawful(1), lawful(3)].concat()) },
        passes("with its length", asked(&with(&[("content-length", &length)]))),
        passes("with a host that agrees", asked(&with(&[("host", "gateway.example")]))),
        passes("te: trailers", asked(&with(&[("te", "trailers")]))),
        passes("expect", asked(&with(&[("expect", "100-continue")]))),
        passes("a cookie in crumbs", asked(&with(&[("cookie", "a=b"), ("cookie", "c=d")]))),
        bad("transfer-encoding", &with(&[("transfer-encoding", "chunked")])),
        bad("connection", &with(&[("connection", "close")])),
        bad("keep-alive", &with(&[("keep-alive", "1")])),
        bad("proxy-connection", &with(&[("proxy-connection", "close")])),
        bad("upgrade", &with(&[("upgrade", "h2c")])),
        bad("te: gzip", &with(&[("te", "gzip")])),
        bad("a name in capitals", &with(&[("X-A", "b")])),
        bad("a name with a space", &with(&[("x a", "b")])),
        bad("a name with a colon", &with(&[("x:a", "b")])),
        bad("an empty name", &with(&[("", "b")])),
        bad("a value with a NUL", &with(&[("x-a", "b\0c")])),
        bad("a value with a line end", &with(&[("x-a", "b\r\nx-smuggled: 1")])),
        bad("a value with LF", &with(&[("x-a", "b\nc")])),
        bad("a path with a line end", &told(":path", &[&format!("{PATH} HTTP/1.1\r\nx-smuggled: 1")])),
        bad("no path", &told(":path", &[])),
        bad("an empty path", &told(":path", &[""])),
        bad("two paths", &told(":path", &[PATH, PATH])),
        bad("a path with a space", &told(":path", &[&format!("{PATH} x")])),
        bad("a path with a NUL", &told(":path", &[&format!("{PATH}\0")])),
        bad("no method", &told(":method", &[])),
        bad("two methods", &told(":method", &["POST", "GET"])),
        bad("a method with a space", &told(":method", &["PO ST"])),
        bad("no scheme", &told(":scheme", &[])),
        bad("a scheme that is none", &told(":scheme", &["ht tp"])),
        bad("two authorities", &told(":authority", &["a", "b"])),
        bad("an authority with a user", &told(":authority", &["me@gateway.example"])),
        bad("an authority with a path", &told(":authority", &["gateway.example/x"])),
        bad("no authority and no host", &told(":authority", &[])),
        bad("a host that differs", &with(&[("host", "elders.example")])),
        bad("two hosts", &with(&[("host", "gateway.example"), ("host", "gateway.example")])),
        bad("an unknown pseudo-header", &told(":x", &["y"])),
        bad("a status", &told(":status", &["200"])),
        bad("a pseudo-header behind the others", &with(&[(":path", PATH)])),
        bad("a protocol", &told(":protocol", &["websocket"])),
    ]
}

fn bodies() -> Vec<Case> {
    let length = question().len().to_string();
    vec![
        bad("a length that is none", &with(&[("content-length", "x")])),
        bad("a length with a plus", &with(&[("content-length", &format!("+{length}"))])),
        bad("two lengths", &with(&[("content-length", &length), ("content-length", "0")])),
        bad("a length too short", &with(&[("content-length", "10")])),
        case(
            "a length too long",
            asked(&with(&[("content-length", "99999")])),
            &[Reset, Answer(408), Answer(413)],
        ),
        case(
            "a length, and nothing",
            head_on(1, END_STREAM, &with(&[("content-length", "5")])),
            &[Reset, Answer(400)],
        ),
        case(
            "a path that is a URL",
            asked(&told(":path", &[&format!("http://elders{PATH}")])),
            &[Reset, Answer(400), Answer(200)],
        ),
        case("an asterisk", asked(&told(":path", &["*"])), &[Reset, Answer(400), Answer(200)]),
        case("GET", asked(&told(":method", &["GET"])), &[Answer(405)]),
        case("post in small letters", asked(&told(":method", &["post"])), &[Answer(405)]),
        case(
            "CONNECT",
            head_on(1, 0, &fields(&[(":method", "CONNECT"), (":authority", "x:443")])),
            &[Answer(405), Reset],
        ),
        case("nothing but a head", head_on(1, END_STREAM, &usual()), &[Answer(500)]),
        case(
            "a body too long",
            [head_on(1, 0, &usual()), frame(DATA, 0, 1, &[b' '; 16384]).repeat(3)].concat(),
            &[Answer(413)],
        ),
        case(
            "a head too long",
            asked(&with(&[("x-a", &"b".repeat(15 << 10)), ("x-c", &"d".repeat(2 << 10))])),
            &[Answer(431), Reset, Gone],
        ),
        passes(
            "trailers with a pseudo-header",
            [
                head_on(1, 0, &usual()),
                frame(DATA, 0, 1, question().as_bytes()),
                head_on(1, END_STREAM, &fields(&[(":path", "/x")])),
            ]
            .concat(),
        ),
        case(
            "trailers without an end",
            [
                head_on(1, 0, &usual()),
                frame(DATA, 0, 1, question().as_bytes()),
                head_on(1, 0, &fields(&[("x-a", "b")])),
            ]
            .concat(),
            &[Reset, Gone],
        ),
        passes(
            "trailers stay here",
            [
                head_on(1, 0, &usual()),
                frame(DATA, 0, 1, question().as_bytes()),
                head_on(1, END_STREAM, &fields(&[("x-smuggled", "1")])),
            ]
            .concat(),
        ),
    ]
}

#[test]
fn requests_over_http_2_are_well_formed_or_none() {
    block_on(async {
        // Less than the window that stands before the gateway's own settings are acknowledged.
        let house = house(By::Tls, |settings| settings.limits.request_body = 32 << 10);
        run(&house, &[heads(), bodies()].concat()).await;
    });
}
