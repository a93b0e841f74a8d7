//! HTTP/2 by single frames: requests that are none, and frames that break the rules (RFC 9113 §5, §6, §8; RFC 7541).

use tokio::io::AsyncWriteExt;

use super::wire::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY, PUSH_PROMISE,
    RST_STREAM, SETTINGS, Said, WINDOW_UPDATE, block, frame, next, preface, settings,
};
use super::{By, HANGS, house, is_well_formed, is_whole, question};
use crate::house::{House, block_on};
use crate::messages::PATH;

/// How a case may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Answer(u16),
    /// The stream was reset.
    Reset,
    /// The connection was given up.
    Gone,
}
use End::{Answer, Gone, Reset};

pub(super) struct Case {
    name: &'static str,
    /// After the preface.
    bytes: Vec<u8>,
    /// The streams whose end is waited for; the last one's is looked at.
    streams: Vec<u32>,
    may: Vec<End>,
    forwarded: usize,
}

pub(super) fn case(name: &'static str, bytes: impl Into<Vec<u8>>, may: &[End]) -> Case {
    Case { name, bytes: bytes.into(), streams: vec![1], may: may.to_vec(), forwarded: 0 }
}

pub(super) fn passes(name: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    Case { forwarded: 1, ..case(name, bytes, &[Answer(200)]) }
}

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
}

/// The usual head.
fn usual() -> Fields {
    fields(&[
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "gateway.example"),
        (":path", PATH),
        ("content-type", "text/xml"),
    ])
}

/// The usual head with these fields behind it.
fn with(more: &[(&str, &str)]) -> Fields {
    [usual(), fields(more)].concat()
}

/// The usual head with one field left out, or told otherwise, as often as it is told.
fn told(name: &str, values: &[&str]) -> Fields {
    let (before, after): (Fields, Fields) =
        usual().into_iter().partition(|(known, _)| known.starts_with(b":"));
    let kept = |fields: Fields| fields.into_iter().filter(|(known, _)| known != name.as_bytes());
    let instead = values.iter().map(|value| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    kept(before).chain(instead).chain(kept(after)).collect()
}

fn head_on(stream: u32, flags: u8, fields: &Fields) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, &block(fields))
}

fn body_on(stream: u32) -> Vec<u8> {
    frame(DATA, END_STREAM, stream, question().as_bytes())
}

/// A request with this head.
fn asked(fields: &Fields) -> Vec<u8> {
    [head_on(1, 0, fields), body_on(1)].concat()
}

/// A lawful request on a stream.
pub(super) fn lawful(stream: u32) -> Vec<u8> {
    [head_on(stream, 0, &usual()), body_on(stream)].concat()
}

/// What was said until the streams ended, or the connection.
pub(super) async fn converse(house: &House, bytes: &[u8], streams: &[u32]) -> Vec<Said> {
    let tls = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
    let (mut reading, mut writing) = tokio::io::split(tls);
    let bytes = bytes.to_vec();
    let writer = tokio::spawn(async move {
        let _ = writing.write_all(&bytes).await;
        let _ = writing.flush().await;
        writing
    });
    let mut said = Vec::new();
    let read = async {
        while let Some(more) = next(&mut reading).await {
            said.extend(more);
            let ended =
                |stream: &u32| said.contains(&Said::Whole(*stream)) || said.contains(&Said::Reset(*stream));
            if said.contains(&Said::Gone) || streams.iter().all(ended) {
                return;
            }
        }
        said.push(Said::Gone);
    };
    tokio::time::timeout(HANGS, read).await.expect("the gateway neither answered nor closed");
    writer.abort();
    said
}

fn end(said: &[Said], stream: u32) -> End {
    let status = said.iter().find_map(|said| match said {
        Said::Head(id, status) if *id == stream => Some(*status),
        _ => None,
    });
    match (said.contains(&Said::Whole(stream)), status) {
        (true, Some(status)) => Answer(status),
        _ if said.contains(&Said::Reset(stream)) => Reset,
        _ => Gone,
    }
}

pub(super) async fn run(house: &House, cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let before = house.upstream.asked().len();
        let said = converse(house, &[preface(), case.bytes.clone()].concat(), &case.streams).await;
        let end = end(&said, *case.streams.last().unwrap());
        let seen = &house.upstream.asked()[before..];
        if !case.may.contains(&end)
            || seen.len() != case.forwarded
            || !seen.iter().all(|asked| is_well_formed(asked, house))
        {
            let heads: Vec<_> = seen.iter().map(|asked| &asked.head).collect();
            wrong.push(format!(
                "- {}: {end:?} {said:?}, may be {:?}; forwarded {heads:?}",
                case.name, case.may
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    is_whole(house, By::Tls).await;
}

fn requests() -> Vec<Case> {
    let bad = |name, fields: Fields| case(name, asked(&fields), &[Reset, Gone, Answer(400)]);
    let length = question().len().to_string();
    vec![
        passes("a lawful call", lawful(1)),
        Case { streams: vec![1, 3], forwarded: 2, ..passes("two of them", [lawful(1), lawful(3)].concat()) },
        passes("with its length", asked(&with(&[("content-length", &length)]))),
        passes("with a host that agrees", asked(&with(&[("host", "gateway.example")]))),
        passes("te: trailers", asked(&with(&[("te", "trailers")]))),
        passes("expect", asked(&with(&[("expect", "100-continue")]))),
        passes("a cookie in crumbs", asked(&with(&[("cookie", "a=b"), ("cookie", "c=d")]))),
        bad("transfer-encoding", with(&[("transfer-encoding", "chunked")])),
        bad("connection", with(&[("connection", "close")])),
        bad("keep-alive", with(&[("keep-alive", "1")])),
        bad("proxy-connection", with(&[("proxy-connection", "close")])),
        bad("upgrade", with(&[("upgrade", "h2c")])),
        bad("te: gzip", with(&[("te", "gzip")])),
        bad("a name in capitals", with(&[("X-A", "b")])),
        bad("a name with a space", with(&[("x a", "b")])),
        bad("a name with a colon", with(&[("x:a", "b")])),
        bad("an empty name", with(&[("", "b")])),
        bad("a value with a NUL", with(&[("x-a", "b\0c")])),
        bad("a value with a line end", with(&[("x-a", "b\r\nx-smuggled: 1")])),
        bad("a value with LF", with(&[("x-a", "b\nc")])),
        bad("a path with a line end", told(":path", &[&format!("{PATH} HTTP/1.1\r\nx-smuggled: 1")])),
        bad("no path", told(":path", &[])),
        bad("an empty path", told(":path", &[""])),
        bad("two paths", told(":path", &[PATH, PATH])),
        bad("a path with a space", told(":path", &[&format!("{PATH} x")])),
        bad("a path with a NUL", told(":path", &[&format!("{PATH}\0")])),
        bad("no method", told(":method", &[])),
        bad("two methods", told(":method", &["POST", "GET"])),
        bad("a method with a space", told(":method", &["PO ST"])),
        bad("no scheme", told(":scheme", &[])),
        bad("a scheme that is none", told(":scheme", &["ht tp"])),
        bad("two authorities", told(":authority", &["a", "b"])),
        bad("an authority with a user", told(":authority", &["me@gateway.example"])),
        bad("an authority with a path", told(":authority", &["gateway.example/x"])),
        bad("no authority and no host", told(":authority", &[])),
        bad("a host that differs", with(&[("host", "elders.example")])),
        bad("two hosts", with(&[("host", "gateway.example"), ("host", "gateway.example")])),
        bad("an unknown pseudo-header", told(":x", &["y"])),
        bad("a status", told(":status", &["200"])),
        bad("a pseudo-header behind the others", with(&[(":path", PATH)])),
        bad("a protocol", told(":protocol", &["websocket"])),
        bad("a length that is none", with(&[("content-length", "x")])),
        bad("a length with a plus", with(&[("content-length", &format!("+{length}"))])),
        bad("two lengths", with(&[("content-length", &length), ("content-length", "0")])),
        bad("a length too short", with(&[("content-length", "10")])),
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
        run(&house, &requests()).await;
    });
}

fn frames() -> Vec<Case> {
    let gone = |name, bytes: Vec<u8>| case(name, bytes, &[Gone, Reset]);
    let then_lawful = |bytes: Vec<u8>| [bytes, lawful(1)].concat();
    let usual = block(&usual());
    let (first, rest) = usual.split_at(20);
    let padded = |length: u8, data: &[u8]| [&[length][..], data, &vec![0; length.into()]].concat();
    vec![
        Case { streams: vec![0x7fff_ffff], ..passes("the last stream there can be", lawful(0x7fff_ffff)) },
        passes("a reserved bit", {
            let mut bytes = lawful(1);
            bytes[5] |= 0x80;
            bytes
        }),
        passes(
            "a head in pieces",
            [frame(HEADERS, 0, 1, first), frame(CONTINUATION, END_HEADERS, 1, rest), body_on(1)].concat(),
        ),
        passes(
            "a padded body",
            [
                head_on(1, 0, &self::usual()),
                frame(DATA, PADDED | END_STREAM, 1, &padded(200, question().as_bytes())),
            ]
            .concat(),
        ),
        passes("an unknown frame before", then_lawful(frame(0xfa, 0, 0, b"x"))),
        passes("an unknown setting before", then_lawful(settings(&[(0xfa, 1)]))),
        passes("a priority before", then_lawful(frame(PRIORITY, 0, 3, &[0, 0, 0, 1, 7]))),
        passes("a ping before", then_lawful(frame(PING, 0, 0, &[0; 8]))),
        passes("a goodbye before", then_lawful(frame(GOAWAY, 0, 0, &[0; 8]))),
        gone("data on stream 0", frame(DATA, 0, 0, b"x")),
        gone("a head on stream 0", head_on(0, 0, &self::usual())),
        gone("a head on an even stream", lawful(2)),
        gone("data on an idle stream", frame(DATA, 0, 5, b"x")),
        gone("a reset of an idle stream", frame(RST_STREAM, 0, 5, &[0; 4])),
        gone("a window for an idle stream", frame(WINDOW_UPDATE, 0, 5, &[0, 0, 0, 1])),
        gone("a window of nothing", frame(WINDOW_UPDATE, 0, 0, &[0; 4])),
        gone(
            "a window of nothing on a stream",
            [head_on(1, 0, &self::usual()), frame(WINDOW_UPDATE, 0, 1, &[0; 4])].concat(),
        ),
        gone("a window of 2^31 and more", frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff])),
        gone(
            "a window of 2^31 and more on a stream",
            [head_on(1, 0, &self::usual()), frame(WINDOW_UPDATE, 0, 1, &[0x7f, 0xff, 0xff, 0xff])].concat(),
        ),
        gone("a window frame too short", frame(WINDOW_UPDATE, 0, 0, &[0; 3])),
        gone("settings cut short", frame(SETTINGS, 0, 0, &[0; 5])),
        gone("settings on a stream", frame(SETTINGS, 0, 1, &[])),
        gone("an acknowledgement that says something", frame(SETTINGS, ACK, 0, &[0; 6])),
        gone("a window setting of 2^31", settings(&[(4, 0x8000_0000)])),
        gone("a frame size of nothing", settings(&[(5, 0)])),
        gone("a frame size of 2^24", settings(&[(5, 1 << 24)])),
        gone("a push that is neither yes nor no", settings(&[(2, 2)])),
        gone("a ping too short", frame(PING, 0, 0, &[0; 7])),
        gone("a ping on a stream", frame(PING, 0, 1, &[0; 8])),
        gone("a promise from a client", frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2])),
        gone("a priority too short", frame(PRIORITY, 0, 1, &[0; 4])),
        gone(
            "a head that depends on itself",
            frame(HEADERS, END_HEADERS | 0x20, 1, &[&[0, 0, 0, 1, 7], &usual[..]].concat()),
        ),
        gone("a reset too short", [head_on(1, 0, &self::usual()), frame(RST_STREAM, 0, 1, &[0; 3])].concat()),
        gone("a frame longer than allowed", frame(DATA, 0, 1, &[0; 16385])),
        gone("a frame that says 16 MiB", vec![0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1]),
        gone("a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, &usual)),
        gone(
            "another frame inside a head",
            [frame(HEADERS, 0, 1, first), frame(PING, 0, 0, &[0; 8])].concat(),
        ),
        gone(
            "another stream inside a head",
            [frame(HEADERS, 0, 1, first), frame(CONTINUATION, END_HEADERS, 3, rest)].concat(),
        ),
        gone("more padding than frame", frame(HEADERS, END_HEADERS | PADDED, 1, &[255, 0])),
        gone(
            "more padding than data",
            [head_on(1, 0, &self::usual()), frame(DATA, PADDED, 1, &[9, 0])].concat(),
        ),
        Case {
            streams: vec![3],
            ..gone("a stream below the last", [head_on(5, 0, &self::usual()), lawful(3)].concat())
        },
        gone(
            "a head on a stream that has ended",
            [head_on(1, END_STREAM, &self::usual()), head_on(1, END_STREAM, &self::usual())].concat(),
        ),
        gone("a header that is none", frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x80])),
        gone(
            "a header far beyond the table",
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0xff, 0xff, 0x7f]),
        ),
        gone("a number without an end", frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0xff; 30])),
        gone(
            "a table of 16 MiB",
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x3f, 0xe1, 0xff, 0xff, 0x07]),
        ),
        gone(
            "a text longer than its block",
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0, 0x7f, 0x80, 0x10, b'x']),
        ),
        gone(
            "a Huffman code that is none",
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0, 0x84, 0xff, 0xff, 0xff, 0xff, 1, b'x']),
        ),
        gone("no frames but text", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
    ]
}

#[test]
fn frames_that_break_the_rules_end_the_stream_or_the_connection() {
    block_on(async {
        let house = house(By::Tls, |_| {});
        run(&house, &frames()).await;
    });
}

#[test]
fn an_http_2_connection_that_begins_otherwise_ends() {
    block_on(async {
        let house = house(By::Tls, |_| {});
        let http_1 = format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
        for (name, bytes) in [
            ("HTTP/1.1", http_1.into_bytes()),
            ("a preface with a slip", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX".to_vec()),
            ("zeros", vec![0; 64]),
        ] {
            let said = converse(&house, &bytes, &[1]).await;
            assert_eq!(end(&said, 1), Gone, "{name}");
        }
        assert!(house.upstream.asked().is_empty());
        is_whole(&house, By::Tls).await;
    });
}
