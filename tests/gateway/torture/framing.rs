//! Where a request ends: what two readers could cut differently (RFC 9112 §6, §7, §11.2).

use super::{Case, in_turn, passes, question, refused, run};
use crate::house::block_on;
use crate::messages::PATH;

/// A request with these headers beside the usual ones, and this after its head.
fn request(headers: &str, rest: &str) -> String {
    format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\nconnection: close\r\n{headers}\r\n{rest}"
    )
}

fn chunked(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

/// A body after a length that is written like this.
fn long(length: &str) -> String {
    request(&format!("content-length: {length}\r\n"), &question())
}

/// The question in one chunk whose size line is this.
fn sized(line: &str) -> String {
    request("transfer-encoding: chunked\r\n", &format!("{line}\r\n{}\r\n0\r\n\r\n", question()))
}

/// The question in one good chunk, under these headers.
fn coded(headers: &str) -> String {
    request(headers, &chunked(&question()))
}

/// A whole second request, for whoever ends the first one too early.
fn hidden() -> String {
    format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nx-smuggled: 1\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}",
        question().len(),
        question()
    )
}

fn lengths() -> Vec<Case> {
    let length = question().len();
    let bad = |name, written: &str| refused(name, long(written), &[400, 413, 0]);
    vec![
        passes("one length", long(&length.to_string())),
        passes(
            "the same length twice",
            request(&format!("content-length: {length}\r\ncontent-length: {length}\r\n"), &question()),
        ),
        passes("a length with zeros before it", long(&format!("000{length}"))),
        passes("a length with white space around it", long(&format!("\t {length} \t"))),
        refused(
            "two lengths that differ",
            request(&format!("content-length: {length}\r\ncontent-length: 0\r\n"), &question()),
            &[400, 0],
        ),
        bad("a list of lengths", &format!("{length}, {length}")),
        bad("a length with a plus", &format!("+{length}")),
        bad("a hexadecimal length", &format!("0x{length:x}")),
        bad("a negative length", &format!("-{length}")),
        bad("a length with a point", &format!("{length}.0")),
        bad("a length with an exponent", "1e3"),
        bad("a length in quotes", &format!("\"{length}\"")),
        bad("a length with a space in it", "1 2"),
        bad("an empty length", ""),
        bad("a length in Arabic digits", "٣٤"),
        bad("a length of 2^64", "18446744073709551616"),
        bad("a length of 2^64 and the real one", &format!("18446744073709551616{length}")),
        refused("the largest length of 64 bits", long("18446744073709551615"), &[431, 413, 400]),
        bad("a length of 2^63", "9223372036854775808"),
        bad("a gigabyte that never comes", "1073741824"),
        refused(
            "a length of nothing, then another request",
            request("content-length: 0\r\n", &hidden()),
            &[500],
        ),
        refused("no length, then another request", request("", &hidden()), &[500]),
        refused("a length too short by one", long(&(length - 1).to_string()), &[500]),
    ]
}

#[test]
fn lengths_are_digits_or_nothing() {
    block_on(run(&lengths()));
}

fn codings() -> Vec<Case> {
    let length = question().len();
    let bad = |name, headers: &str| refused(name, coded(headers), &[400, 501, 500, 0]);
    vec![
        passes("in chunks", coded("transfer-encoding: chunked\r\n")),
        passes("in chunks, in capitals", coded("Transfer-Encoding: CHUNKED\r\n")),
        passes(
            "a length, then chunks: the chunks count",
            coded(&format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n")),
        ),
        passes(
            "chunks, then a length: the chunks count",
            coded("transfer-encoding: chunked\r\ncontent-length: 4\r\n"),
        ),
        passes(
            "chunks, and a request behind them in the length",
            request(
                "content-length: 9999\r\ntransfer-encoding: chunked\r\n",
                &(chunked(&question()) + &hidden()),
            ),
        ),
        bad("chunked, identity", "transfer-encoding: chunked, identity\r\n"),
        bad("identity, chunked", "transfer-encoding: identity, chunked\r\n"),
        bad("identity", "transfer-encoding: identity\r\n"),
        bad("chunked twice in a list", "transfer-encoding: chunked, chunked\r\n"),
        bad("chunked twice on two lines", "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"),
        bad("chunked, then another line", "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n"),
        bad("another line, then chunked", "transfer-encoding: x\r\ntransfer-encoding: chunked\r\n"),
        bad("gzip, chunked", "transfer-encoding: gzip, chunked\r\n"),
        bad("xchunked", "transfer-encoding: xchunked\r\n"),
        bad("chunkedx", "transfer-encoding: chunkedx\r\n"),
        bad("chunked in quotes", "transfer-encoding: \"chunked\"\r\n"),
        bad("chunked with a parameter", "transfer-encoding: chunked;q=1\r\n"),
        bad("an empty coding", "transfer-encoding:\r\n"),
        bad("a comma and chunked", "transfer-encoding: ,chunked\r\n"),
        bad("chunked and a comma", "transfer-encoding: chunked,\r\n"),
        bad("a vertical tab before chunked", "transfer-encoding: \x0bchunked\r\n"),
        bad("a form feed after chunked", "transfer-encoding: chunked\x0c\r\n"),
        bad("a space before the colon", "transfer-encoding : chunked\r\n"),
        bad("a tab before the colon", "transfer-encoding\t: chunked\r\n"),
        bad("a space before the name", " transfer-encoding: chunked\r\n"),
        bad("folded", "transfer-encoding:\r\n chunked\r\n"),
        bad("folded onto another header", "x-a: b\r\n transfer-encoding: chunked\r\n"),
        bad("an underscore", "transfer_encoding: chunked\r\n"),
        refused(
            "in chunks over HTTP/1.0",
            coded("transfer-encoding: chunked\r\n").replacen("HTTP/1.1", "HTTP/1.0", 1),
            &[400, 0],
        ),
        refused(
            "a coding that is no length",
            request(&format!("content-length: {length}\r\ntransfer-encoding: x\r\n"), &question()),
            &[400, 0],
        ),
    ]
}

#[test]
fn the_only_transfer_coding_is_chunked_written_once() {
    block_on(run(&codings()));
}

fn chunks() -> Vec<Case> {
    let body = question();
    let length = body.len();
    let hex = format!("{length:x}");
    let bad = |name, line: &str| refused(name, sized(line), &[408, 400, 413, 0]);
    let after = |name, rest: String, statuses: &[u16]| {
        refused(name, request("transfer-encoding: chunked\r\n", &rest), statuses)
    };
    let one_byte_each =
        body.chars().fold(String::new(), |chunks, byte| chunks + "1\r\n" + &byte.to_string() + "\r\n");
    vec![
        passes("a size in capitals", sized(&hex.to_uppercase())),
        passes("a size with zeros before it", sized(&format!("0000{hex}"))),
        passes("an extension", sized(&format!("{hex};a=b;c=\"d\""))),
        passes(
            "a byte a chunk",
            request("transfer-encoding: chunked\r\n", &format!("{one_byte_each}0\r\n\r\n")),
        ),
        passes(
            "trailers stay here",
            request(
                "transfer-encoding: chunked\r\ntrailer: x-smuggled\r\n",
                &format!("{hex}\r\n{body}\r\n0\r\nx-smuggled: 1\r\nhost: y\r\n\r\n"),
            ),
        ),
        passes(
            "trailers that frame",
            request(
                "transfer-encoding: chunked\r\n",
                &format!("{hex}\r\n{body}\r\n0\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"),
            ),
        ),
        bad("a size with a sign", &format!("+{hex}")),
        bad("a negative size", &format!("-{hex}")),
        bad("a size with 0x", &format!("0x{hex}")),
        bad("no size", ""),
        bad("a size that is no number", "xyz"),
        bad("a size of 2^64", "10000000000000000"),
        bad("a size of 2^64 and the real one", &format!("10000000000000{hex:0>4}")),
        bad("a space before the size", &format!(" {hex}")),
        bad("two sizes", &format!("{hex} {hex}")),
        bad("an extension that breaks the line", &format!("{hex};a\n")),
        bad("an extension without an end", &format!("{hex};{}", "x".repeat(64 * 1024))),
        after("a chunk longer than its size", format!("{hex}\r\n{body}XX0\r\n\r\n"), &[408, 400, 0]),
        after("LF alone after a size", format!("{hex}\n{body}\r\n0\r\n\r\n"), &[408, 400, 0]),
        after("LF alone after a chunk", format!("{hex}\r\n{body}\n0\r\n\r\n"), &[408, 400, 0]),
        after("CR alone after a size", format!("{hex}\r{body}\r\n0\r\n\r\n"), &[408, 400, 0]),
        after("a bad size after a good chunk", format!("{hex}\r\n{body}\r\nzz\r\n\r\n"), &[408, 400, 0]),
        after(
            "a trailer without a colon",
            format!("{hex}\r\n{body}\r\n0\r\ngarbage\r\n\r\n"),
            &[408, 400, 0],
        ),
        after(
            "trailers without an end",
            format!("{hex}\r\n{body}\r\n0\r\n{}", "x: y\r\n".repeat(20_000)),
            &[408, 400, 431, 0],
        ),
        after("an endless body of small chunks", "1\r\nx\r\n".repeat(80 * 1024), &[413]),
    ]
}

#[test]
fn chunks_are_read_as_written_or_not_at_all() {
    block_on(run(&chunks()));
}

/// As [`request`], but the connection stays.
fn kept(headers: &str, rest: &str) -> String {
    request(headers, rest).replacen("connection: close\r\n", "", 1)
}

fn in_a_row() -> Vec<Case> {
    let body = question();
    let length = format!("content-length: {}\r\n", body.len());
    let (good, last) = (kept(&length, &body), request(&length, &body));
    let bad_length = kept("content-length: x\r\n", &body);
    vec![
        in_turn("three good ones", [good.as_str(), &good, &last].concat(), &[200, 200, 200], 3),
        in_turn(
            "a good one behind one that cannot be framed",
            [bad_length.as_str(), &last].concat(),
            &[400],
            0,
        ),
        in_turn(
            "a good one behind a good one, then garbage",
            [good.as_str(), &good, "\x16\x03\x01 x\r\n\r\n"].concat(),
            &[200, 200, 400],
            2,
        ),
        in_turn("empty lines between", [good.as_str(), "\r\n\r\n", &last].concat(), &[200, 200], 2),
        in_turn(
            "one behind a GET",
            [&kept("", "").replacen("POST", "GET", 1), last.as_str()].concat(),
            &[405, 200],
            1,
        ),
        in_turn(
            "one behind a coding in chunks",
            [&kept("transfer-encoding: chunked\r\n", &chunked(&body)), last.as_str()].concat(),
            &[200, 200],
            2,
        ),
        in_turn(
            "one behind a coding that is not read",
            [&kept("transfer-encoding: gzip, chunked\r\n", &chunked(&body)), last.as_str()].concat(),
            &[400],
            0,
        ),
        in_turn("one behind one that asks to close", [last.as_str(), &last].concat(), &[200], 1),
        in_turn(
            "one behind a body too long",
            [&kept("content-length: 99999\r\n", &"x".repeat(99_999)), last.as_str()].concat(),
            &[413],
            0,
        ),
        in_turn(
            "one behind an unknown service",
            [&good.replacen(PATH, "/x", 1), last.as_str()].concat(),
            &[200, 200],
            1,
        ),
    ]
}

#[test]
fn behind_what_cannot_be_framed_nothing_is_read() {
    block_on(run(&in_a_row()));
}
