//! HTTP/2 frames, written byte by byte (RFC 9113 §4, §6), and header blocks without any cleverness (RFC 7541 §6.2.2).

use tokio::io::{AsyncRead, AsyncReadExt};

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 1;
pub(super) const ACK: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The client's first words: no dynamic table in answers, so that their headers can be read alone.
pub(super) fn preface() -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), settings(&[(1, 0)])].concat()
}

pub(super) fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let pairs = values.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat());
    frame(SETTINGS, 0, 0, &pairs.collect::<Vec<_>>())
}

/// An integer with a prefix of 7 bits (RFC 7541 §5.1).
pub(super) fn integer(mut number: usize) -> Vec<u8> {
    if number < 127 {
        return vec![u8::try_from(number).unwrap()];
    }
    let mut bytes = vec![127];
    number -= 127;
    while number >= 128 {
        bytes.push(u8::try_from(number % 128).unwrap() | 128);
        number /= 128;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

/// Each field as a literal without indexing, without Huffman codes.
pub(super) fn block(fields: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)]) -> Vec<u8> {
    let literal = |(name, value): &(_, _)| {
        let (name, value) = (AsRef::<[u8]>::as_ref(name), AsRef::<[u8]>::as_ref(value));
        [&[0][..], &integer(name.len()), name, &integer(value.len()), value].concat()
    };
    fields.iter().flat_map(literal).collect()
}

/// What was read of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A head on that stream, and its status.
    Head(u32, u16),
    /// The answer on that stream is whole.
    Whole(u32),
    Reset(u32),
    /// GOAWAY with an error.
    Gone,
    Other,
}

/// The next frame; `None`: the connection is closed.
pub(super) async fn next(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<Said>> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff;
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).await.ok()?;
    let ends = (head[4] & END_STREAM != 0).then_some(Said::Whole(id));
    Some(match head[3] {
        HEADERS => [Said::Head(id, status(&payload))].into_iter().chain(ends).collect(),
        DATA => ends.into_iter().collect(),
        RST_STREAM => vec![Said::Reset(id)],
        GOAWAY if payload.get(4..8) != Some(&[0; 4]) => vec![Said::Gone],
        _ => vec![Said::Other],
    })
}

/// The status at the start of a header block: an entry of the static table, or three digits.
fn status(block: &[u8]) -> u16 {
    let start = block.iter().position(|byte| byte & 0xe0 != 0x20).unwrap();
    match block[start] {
        indexed @ 0x88..=0x8e => [200, 204, 206, 304, 400, 404, 500][usize::from(indexed - 0x88)],
        0x08 | 0x18 | 0x48 => digits(&block[start + 1..]),
        other => panic!("a head that begins with {other:#x}"),
    }
}

/// Three digits, plain or by Huffman's code: 0 to 2 have 5 bits, the others 6 (RFC 7541, appendix B).
fn digits(text: &[u8]) -> u16 {
    let (length, text) = (usize::from(text[0] & 0x7f), &text[1..]);
    if text[0] < 0x80 && length == 3 && text[..3].iter().all(u8::is_ascii_digit) {
        return std::str::from_utf8(&text[..3]).unwrap().parse().unwrap();
    }
    let bits =
        text[..length].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)) << (64 - 8 * length);
    let (mut bits, mut number) = (bits, 0);
    for _ in 0..3 {
        let (short, long) = (bits >> 59, bits >> 58);
        let (digit, width) = if short < 3 { (short, 5) } else { (long - 0x19 + 3, 6) };
        number = number * 10 + u16::try_from(digit).unwrap();
        bits <<= width;
    }
    number
}
