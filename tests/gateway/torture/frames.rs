//! Frames that break the rules, and some that only look as if they did (RFC 9113 §5, §6; RFC 7541).

use super::streams::End::{Gone, Reset};
use super::streams::{Case, body_on, case, converse, end, head_on, lawful, passes, run, usual};
use super::wire::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY, PUSH_PROMISE,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, block, frame, settings,
};
use super::{By, house, is_whole, question};
use crate::house::block_on;
use crate::messages::PATH;

/// The stream or the connection ends.
fn gone(name: &'static str, bytes: Vec<u8>) -> Case {
    case(name, bytes, &[Gone, Reset])
}

fn allowed() -> Vec<Case> {
    let then_lawful = |bytes: Vec<u8>| [bytes, lawful(1)].concat();
    let written = block(&usual());
    let (first, rest) = written.split_at(20);
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
                head_on(1, 0, &usual()),
                frame(DATA, PADDED | END_STREAM, 1, &padded(200, question().as_bytes())),
            ]
            .concat(),
        ),
        passes("an unknown frame before", then_lawful(frame(0xfa, 0, 0, b"x"))),
        passes("an unknown setting before", then_lawful(settings(&[(0xfa, 1)]))),
        passes("a priority before", then_lawful(frame(PRIORITY, 0, 3, &[0, 0, 0, 1, 7]))),
        passes("a ping before", then_lawful(frame(PING, 0, 0, &[0; 8]))),
        passes("a goodbye before", then_lawful(frame(GOAWAY, 0, 0, &[0; 8]))),
    ]
}

fn broken() -> Vec<Case> {
    let written = block(&usual());
    let (first, rest) = written.split_at(20);
    vec![
        gone("data on stream 0", frame(DATA, 0, 0, b"x")),
        gone("a head on stream 0", head_on(0, 0, &usual())),
        gone("a head on an even stream", lawful(2)),
        gone("data on an idle stream", frame(DATA, 0, 5, b"x")),
        gone("a reset of an idle stream", frame(RST_STREAM, 0, 5, &[0; 4])),
        gone("a window for an idle stream", frame(WINDOW_UPDATE, 0, 5, &[0, 0, 0, 1])),
        gone("a window of nothing", frame(WINDOW_UPDATE, 0, 0, &[0; 4])),
        gone(
            "a window of nothing on a stream",
            [head_on(1, 0, &usual()), frame(WINDOW_UPDATE, 0, 1, &[0; 4])].concat(),
        ),
        gone("a window of 2^31 and more", frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff])),
        gone(
            "a window of 2^31 and more on a stream",
            [head_on(1, 0, &usual()), frame(WINDOW_UPDATE, 0, 1, &[0x7f, 0xff, 0xff, 0xff])].concat(),
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
            frame(HEADERS, END_HEADERS | 0x20, 1, &[&[0, 0, 0, 1, 7], &written[..]].concat()),
        ),
        gone("a reset too short", [head_on(1, 0, &usual()), frame(RST_STREAM, 0, 1, &[0; 3])].concat()),
        gone("a frame longer than allowed", frame(DATA, 0, 1, &vec![0; 16385])),
        gone("a frame that says 16 MiB", vec![0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1]),
        gone("a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, &written)),
        gone(
            "another frame inside a head",
            [frame(HEADERS, 0, 1, first), frame(PING, 0, 0, &[0; 8])].concat(),
        ),
        gone(
            "another stream inside a head",
            [frame(HEADERS, 0, 1, first), frame(CONTINUATION, END_HEADERS, 3, rest)].concat(),
        ),
        gone("more padding than frame", frame(HEADERS, END_HEADERS | PADDED, 1, &[255, 0])),
        gone("more padding than data", [head_on(1, 0, &usual()), frame(DATA, PADDED, 1, &[9, 0])].concat()),
        Case {
            streams: vec![3],
            ..gone("a stream below the last", [head_on(5, 0, &usual()), lawful(3)].concat())
        },
        gone(
            "a head on a stream that has ended",
            [head_on(1, END_STREAM, &usual()), head_on(1, END_STREAM, &usual())].concat(),
        ),
    ]
}

fn packed() -> Vec<Case> {
    vec![
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
        run(&house, &[allowed(), broken(), packed()].concat()).await;
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
