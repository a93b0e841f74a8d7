//! HTTP/2 by the thousand: each frame is allowed, and nobody needs so many of them.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::streams::lawful;
use super::wire::{
    CONTINUATION, DATA, END_HEADERS, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, block,
    frame, preface, settings,
};
use super::{By, HANGS, house, is_whole, question};
use crate::house::{House, block_on};
use crate::messages::PATH;

/// More than any patient reader would take, bytes.
const FLOOD: usize = 64 << 20;
/// More than the system keeps on its way between two sockets: what was written is not what was read.
const UNDERWAY: usize = 16 << 20;

/// Writes until the gateway has had enough, and says how many bytes that took; reads all the while, as an attacker
/// does who wants to be read.
async fn flood(house: &House, start: &[u8], mut more: impl FnMut(u32) -> Vec<u8>) -> usize {
    let tls = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
    let (mut reading, mut writing) = tokio::io::split(tls);
    let reader = tokio::spawn(async move {
        let mut bytes = vec![0; 1 << 16];
        while reading.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
    });
    let written = async {
        let mut sent = 0;
        if writing.write_all(&[&preface(), start].concat()).await.is_err() {
            return sent;
        }
        for round in 0.. {
            let bytes = more(round);
            if sent > FLOOD || writing.write_all(&bytes).await.is_err() || writing.flush().await.is_err() {
                break;
            }
            sent += bytes.len();
        }
        sent
    };
    let sent = tokio::time::timeout(HANGS, written).await.expect("the gateway neither read nor closed");
    reader.abort();
    sent
}

fn head(stream: u32, flags: u8) -> Vec<u8> {
    let fields = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "x"),
        (":path", PATH),
        ("content-type", "text/xml"),
    ];
    frame(HEADERS, flags | END_HEADERS, stream, &block(&fields))
}

/// What is written in each round.
type Rounds = Box<dyn FnMut(u32) -> Vec<u8>>;

/// The n-th stream of a client.
fn nth(round: u32) -> u32 {
    2 * round + 1
}

#[test]
fn a_flood_of_frames_ends_the_connection() {
    block_on(async {
        let house = house(By::Tls, |_| {});
        let many = |bytes: Vec<u8>| bytes.repeat(100);
        let opened = head(1, 0);
        let floods: [(&str, &[u8], Rounds); 15] = [
            (
                "rapid reset",
                &[],
                Box::new(|n| [head(nth(n), 0), frame(RST_STREAM, 0, nth(n), &[0, 0, 0, 8])].concat()),
            ),
            (
                "whole requests, reset",
                &[],
                Box::new(|n| [lawful(nth(n)), frame(RST_STREAM, 0, nth(n), &[0, 0, 0, 8])].concat()),
            ),
            (
                "streams that make the gateway reset",
                &[],
                Box::new(|n| [head(nth(n), 0), frame(WINDOW_UPDATE, 0, nth(n), &[0; 4])].concat()),
            ),
            ("streams beyond the limit", &[], Box::new(|n| head(nth(n), 0))),
            ("settings", &[], Box::new(move |_| many(settings(&[(4, 65_535)])))),
            ("empty settings", &[], Box::new(move |_| many(frame(SETTINGS, 0, 0, &[])))),
            ("settings of the table", &[], Box::new(move |n| many(settings(&[(1, n % 4096)])))),
            ("pings", &[], Box::new(move |_| many(frame(PING, 0, 0, &[7; 8])))),
            ("answers to pings", &[], Box::new(move |_| many(frame(PING, 1, 0, &[7; 8])))),
            ("priorities", &[], Box::new(move |_| many(frame(PRIORITY, 0, 3, &[0, 0, 0, 1, 7])))),
            ("unknown frames", &[], Box::new(move |_| many(frame(0xfa, 0, 0, &[0; 100])))),
            (
                "windows, small ones",
                &opened,
                Box::new(move |_| many(frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]))),
            ),
            ("empty data", &opened, Box::new(move |_| many(frame(DATA, 0, 1, &[])))),
            ("data of a byte", &opened, Box::new(move |_| many(frame(DATA, 0, 1, b" ")))),
            ("goodbyes", &[], Box::new(move |_| many(frame(7, 0, 0, &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])))),
        ];
        for (name, start, more) in floods {
            let sent = flood(&house, start, more).await;
            assert!(sent <= FLOOD, "{name}: the gateway reads for ever");
        }
        assert!(house.upstream.asked().len() < 100);
        is_whole(&house, By::Tls).await;
    });
}

#[test]
fn a_head_without_an_end_ends_the_connection() {
    block_on(async {
        let house = house(By::Tls, |_| {});
        let start = frame(HEADERS, 0, 1, &block(&[(":method", "POST")]));
        for (name, more) in [
            ("empty continuations", frame(CONTINUATION, 0, 1, &[])),
            ("continuations of a byte", frame(CONTINUATION, 0, 1, &block(&[("x", "y")]))),
            (
                "long continuations",
                frame(CONTINUATION, 0, 1, &block(&[("x-a".to_owned(), "b".repeat(16_000))])),
            ),
            ("a value that never ends", frame(CONTINUATION, 0, 1, &[b'b'; 16_000])),
        ] {
            let sent = flood(&house, &start, |_| more.clone()).await;
            assert!(sent < UNDERWAY, "{name}: {sent} bytes of a head were read");
        }
        assert!(house.upstream.asked().is_empty());
        is_whole(&house, By::Tls).await;
    });
}

/// An indexed field: number 62, the first of the dynamic table (RFC 7541 §2.3.3, §6.1).
const FIRST: u8 = 0x80 | 0x3e;

/// A value of 4 KB in the table, and then its index, a byte each: a head of gigabytes in a few frames.
#[test]
fn a_header_bomb_is_not_unpacked() {
    block_on(async {
        let house = house(By::Tls, |_| {});
        let mut entry = vec![0x40];
        entry.extend(
            [&super::wire::integer(3)[..], b"x-a", &super::wire::integer(4000), &[b'b'; 4000]].concat(),
        );
        let bomb = [frame(HEADERS, 0, 1, &entry), frame(CONTINUATION, 0, 1, &[FIRST; 16_000])].concat();
        let sent = flood(&house, &bomb, |_| frame(CONTINUATION, 0, 1, &[FIRST; 16_000])).await;
        assert!(sent < UNDERWAY, "{sent} bytes of a bomb were read");
        is_whole(&house, By::Tls).await;
    });
}

#[test]
fn an_answer_without_a_window_is_not_kept_for_ever() {
    block_on(async {
        let house = house(By::Tls, |settings| {
            settings.limits.receive = Duration::from_secs(2);
            settings.upstream.total = Duration::from_secs(1);
        });
        let tls = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
        let (mut reading, mut writing) = tokio::io::split(tls);
        let asked = [preface(), settings(&[(4, 0)]), lawful(1), lawful(3)].concat();
        writing.write_all(&asked).await.unwrap();
        let mut said = Vec::new();
        // Ends because the gateway closes: the client holds both its ends.
        let _ = tokio::time::timeout(HANGS, reading.read_to_end(&mut said)).await.expect("it is kept");
        assert!(!said.windows(9).any(|bytes| bytes == &question().as_bytes()[..9]));
        is_whole(&house, By::Tls).await;
    });
}
