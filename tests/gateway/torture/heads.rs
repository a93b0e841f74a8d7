//! Request lines and headers: what they may hold, and how much of it (RFC 9112 §2–5, RFC 9110 §5, §7).

use super::{By, Case, connect, converse, house, is_whole, passes, question, refused, run, statuses};
use crate::house::block_on;
use crate::messages::PATH;

/// The usual request below this request line.
fn line(line: &str) -> String {
    below(&format!("{line}\r\nhost: x\r\n"))
}

/// The usual request with these bytes before its last headers.
fn below(start: &str) -> String {
    let body = question();
    format!(
        "{start}content-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn header(header: &str) -> String {
    below(&format!("POST {PATH} HTTP/1.1\r\nhost: x\r\n{header}"))
}

fn host(hosts: &str) -> String {
    below(&format!("POST {PATH} HTTP/1.1\r\n{hosts}"))
}

fn lines() -> Vec<Case> {
    let bad = |name, written: &str| refused(name, line(written), &[400, 0]);
    vec![
        passes("as it should be", line(&format!("POST {PATH} HTTP/1.1"))),
        passes("an empty line before it", format!("\r\n{}", line(&format!("POST {PATH} HTTP/1.1")))),
        passes("HTTP/1.0", line(&format!("POST {PATH} HTTP/1.0"))),
        passes(
            "absolute form, another authority",
            line(&format!("POST http://elders.example{PATH} HTTP/1.1")),
        ),
        refused("authority form", line("POST gateway.example:443 HTTP/1.1"), &[400, 200, 0]),
        refused("CONNECT", line("CONNECT gateway.example:443 HTTP/1.1"), &[405, 400]),
        refused("an asterisk", line("OPTIONS * HTTP/1.1"), &[405]),
        refused("an asterisk with POST", line("POST * HTTP/1.1"), &[400, 200]),
        refused("GET with a body", line(&format!("GET {PATH} HTTP/1.1")), &[405]),
        refused("TRACE", line(&format!("TRACE {PATH} HTTP/1.1")), &[405]),
        refused("post in small letters", line(&format!("post {PATH} HTTP/1.1")), &[405]),
        refused("an unknown method", line(&format!("FROBNICATE {PATH} HTTP/1.1")), &[405]),
        refused("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[400, 0]),
        bad("HTTP/0.9", &format!("POST {PATH}")),
        bad("HTTP/1.2", &format!("POST {PATH} HTTP/1.2")),
        bad("HTTP/2.0", &format!("POST {PATH} HTTP/2.0")),
        bad("HTTP/1.11", &format!("POST {PATH} HTTP/1.11")),
        bad("HTTP/01.1", &format!("POST {PATH} HTTP/01.1")),
        bad("http/1.1", &format!("POST {PATH} http/1.1")),
        bad("HTTP/1.1 and more", &format!("POST {PATH} HTTP/1.1 x")),
        bad("no version", &format!("POST {PATH} ")),
        bad("no target", "POST  HTTP/1.1"),
        bad("a tab for a space", &format!("POST\t{PATH} HTTP/1.1")),
        bad("two spaces", &format!("POST  {PATH} HTTP/1.1")),
        bad("a method with a slash", &format!("PO/ST {PATH} HTTP/1.1")),
        bad("a method with a NUL", &format!("PO\0ST {PATH} HTTP/1.1")),
        bad("a target with a NUL", &format!("POST {PATH}\0 HTTP/1.1")),
        bad("a target with a space", &format!("POST {PATH} x HTTP/1.1")),
        bad("a target with a bare CR", &format!("POST {PATH}\r HTTP/1.1")),
        passes("a fragment is passed over", line(&format!("POST {PATH}#x HTTP/1.1"))),
        refused("a target in UTF-8", line(&format!("POST {PATH}é HTTP/1.1")), &[400, 200]),
        refused("a query", line(&format!("POST {PATH}?a=b HTTP/1.1")), &[200]),
        refused("dots", line("POST /GeefOndernemingDienst-02.00/soap/x/../WebService HTTP/1.1"), &[200]),
        refused(
            "a target of 20 KiB",
            line(&format!("POST /{} HTTP/1.1", "a".repeat(20 << 10))),
            &[414, 431, 400],
        ),
        refused(
            "a target of 70 KiB",
            line(&format!("POST /{} HTTP/1.1", "a".repeat(70 << 10))),
            &[414, 431, 400],
        ),
        refused(
            "a method of 20 KiB",
            line(&format!("{} {PATH} HTTP/1.1", "A".repeat(20 << 10))),
            &[431, 400, 405],
        ),
        refused("a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03\r\n\r\n", &[400, 0]),
        refused("nothing but line ends", "\r\n".repeat(40_000), &[400, 431, 0]),
    ]
}

#[test]
fn request_lines_are_as_the_standard_writes_them() {
    block_on(run(&lines()));
}

fn headers() -> Vec<Case> {
    let bad = |name, written: &str| refused(name, header(written), &[400, 0]);
    vec![
        passes("an empty value", header("x-a:\r\n")),
        passes("a value in Latin letters", header("x-a: Ren\u{e9}\r\n")),
        passes("a value of 10 KiB", header(&format!("x-a: {}\r\n", "b".repeat(10 << 10)))),
        passes(
            "headers of the connection stay here",
            header("connection: x-smuggled\r\nx-smuggled: 1\r\nkeep-alive: 1\r\n"),
        ),
        passes(
            "an upgrade to h2c is passed over",
            header(
                "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n",
            ),
        ),
        passes(
            "an upgrade to a web socket is passed over",
            header(
                "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n",
            ),
        ),
        passes("Expect: 100-continue", header("expect: 100-continue\r\n")),
        passes("Expect: 100-Continue", header("expect: 100-Continue\r\n")),
        passes("Expect: something else", header("expect: 200-ok\r\n")),
        bad("a NUL in a value", "x-a: b\0c\r\n"),
        bad("a NUL in a name", "x-\0a: b\r\n"),
        bad("a bare CR in a value", "x-a: b\rx-smuggled: 1\r\n"),
        bad("a bell in a value", "x-a: b\x07\r\n"),
        bad("DEL in a value", "x-a: b\x7f\r\n"),
        bad("a name with a space", "x a: b\r\n"),
        bad("a name in UTF-8", "x-é: b\r\n"),
        bad("a name in brackets", "(x): b\r\n"),
        bad("no name", ": b\r\n"),
        bad("no colon", "x-a\r\n"),
        bad("a space before the first name", " x-a: b\r\n"),
        bad("folding", "x-a: b\r\n c\r\n"),
        bad("folding with a tab", "x-a: b\r\n\tc\r\n"),
        refused("two content types", header("content-type: text/xml\r\n"), &[415]),
        refused("a coding of the body", header("content-encoding: gzip\r\n"), &[415]),
        refused("101 headers", header(&"x-a: b\r\n".repeat(101)), &[431]),
        refused("20000 headers", header(&"x:\r\n".repeat(20_000)), &[431]),
        refused("a value of 20 KiB", header(&format!("x-a: {}\r\n", "b".repeat(20 << 10))), &[431]),
        refused("a value of a megabyte", header(&format!("x-a: {}\r\n", "b".repeat(1 << 20))), &[431]),
        refused("a name of 20 KiB", header(&format!("{}: b\r\n", "x".repeat(20 << 10))), &[431, 400]),
        refused("a name of 70 KiB", header(&format!("{}: b\r\n", "x".repeat(70 << 10))), &[431, 400]),
    ]
}

#[test]
fn headers_are_names_and_values_and_not_too_many() {
    block_on(run(&headers()));
}

fn bare_line_feeds() -> Vec<Case> {
    let lf = |text: String| text.replacen("host: x\r\n", "host: x\n", 1);
    vec![
        // RFC 9112 §2.2 lets a reader take LF alone for a line's end; what goes on is written anew.
        passes("LF alone after a header", lf(header(""))),
        passes("LF alone hides nothing", header("x-a: b\nx-b: c\r\n")),
        refused("LF alone and a second length", header("x-a: b\ncontent-length: 0\r\n"), &[400, 0]),
        passes("LF alone after the request line", header("").replacen("HTTP/1.1\r\n", "HTTP/1.1\n", 1)),
    ]
}

#[test]
fn a_line_feed_alone_is_a_line_s_end_for_everybody_or_for_nobody() {
    block_on(run(&bare_line_feeds()));
}

fn hosts() -> Vec<Case> {
    let bad = |name, written: &str| refused(name, host(written), &[400]);
    vec![
        passes("a name and a port", host("host: gateway.example:8443\r\n")),
        passes("an address", host("host: [::1]:8443\r\n")),
        passes("an empty host", host("host:\r\n")),
        passes("none over HTTP/1.0", host("").replacen("HTTP/1.1", "HTTP/1.0", 1)),
        bad("none", ""),
        bad("two", "host: x\r\nhost: y\r\n"),
        bad("the same twice", "host: x\r\nhost: x\r\n"),
        bad("a list", "host: x, y\r\n"),
        bad("a path", "host: x/y\r\n"),
        bad("a user", "host: me@x\r\n"),
        bad("a space", "host: x y\r\n"),
        bad("a port that is none", "host: x:y\r\n"),
        bad("two over HTTP/1.0", &"host: x\r\n".repeat(2)),
    ]
}

#[test]
fn there_is_one_host_as_the_standard_demands() {
    block_on(run(&hosts()));
}

#[test]
fn http_2_without_tls_is_no_http_1() {
    block_on(async {
        let house = house(By::Plain, |_| {});
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
        let said = converse(connect(&house, By::Plain).await, preface).await;
        assert!(statuses(&said).iter().all(|status| *status == 400), "{said:?}");
        assert!(house.upstream.asked().is_empty());
        is_whole(&house, By::Plain).await;
    });
}
