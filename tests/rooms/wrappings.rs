//! Damaged and cut answers, opened: the same however the bytes come, and nothing that was not there.

use std::io::Write as _;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use poortwachter::wire::{Attachments, Budget, Coding, Fault, Opener, Packer, Piece, Wrapping};
use proptest::prelude::*;

const BUDGET: Budget = Budget { decoded: 1 << 16, ratio: 1000 };

/// What came of an answer, as far as it was opened.
#[derive(Debug, Default, PartialEq)]
struct Opened {
    text: Vec<u8>,
    aside: Vec<u8>,
    documents: usize,
    fault: Option<Fault>,
}

fn opened(headers: &HeaderMap, body: &[u8], cuts: &[usize]) -> Opened {
    let mut came = Opened::default();
    let wrapping = Wrapping::of(headers).unwrap();
    let mut opener = Opener::new(&wrapping, BUDGET, Attachments::Pass, "new").unwrap();
    let mut chunks = chunks(body, cuts).into_iter();
    loop {
        match opener.piece() {
            Ok(Some(Piece::Text(text))) => came.text.extend_from_slice(&text),
            Ok(Some(Piece::Aside(bytes))) => came.aside.extend_from_slice(&bytes),
            Ok(Some(Piece::DocumentEnd)) => came.documents += 1,
            Ok(Some(Piece::Pause)) => {}
            Err(fault) => {
                came.fault = Some(fault);
                return came;
            }
            Ok(None) => match chunks.next() {
                Some(Some(chunk)) => opener.give(chunk),
                Some(None) => opener.end(),
                None => return came,
            },
        }
    }
}

/// The body, cut at these places; then the end.
fn chunks(body: &[u8], cuts: &[usize]) -> Vec<Option<Bytes>> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut % (body.len() + 1)).chain([0, body.len()]).collect();
    places.sort_unstable();
    let pairs = places.windows(2).map(|pair| Some(Bytes::copy_from_slice(&body[pair[0]..pair[1]])));
    pairs.chain([None]).collect()
}

/// Some way to wrap a document: headers and body.
fn wrapped(way: usize, text: &str) -> (HeaderMap, Vec<u8>) {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let message = format!(
        "--old\r\nContent-Type: text/xml\r\n\r\n<?xml version=\"1.0\"?>{text}\r\n--old\r\nContent-Type: a/b\r\n\r\n\
         more\r\n--old--\r\n"
    );
    let (kind, coding, body) = match way {
        0 => ("text/xml", "identity", text.as_bytes().to_vec()),
        1 => ("text/xml", "gzip", packed(Coding::Gzip, text.as_bytes())),
        2 => ("text/xml", "br", packed(Coding::Brotli, text.as_bytes())),
        3 => ("text/xml", "zstd", packed(Coding::Zstd, text.as_bytes())),
        4 => ("text/xml", "deflate", zlib(text.as_bytes())),
        5 => {
            ("text/xml", "identity", utf16(&format!("\u{feff}<?xml version='1.0' encoding='utf-16'?>{text}")))
        }
        6 => (
            "text/xml; charset=utf-16le",
            "gzip, br",
            packed(Coding::Brotli, &packed(Coding::Gzip, &utf16(text))),
        ),
        7 => ("multipart/related; boundary=old; type=\"text/xml\"", "identity", message.into_bytes()),
        _ => (
            "multipart/related; boundary=old; type=\"text/xml\"",
            "zstd",
            packed(Coding::Zstd, message.as_bytes()),
        ),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_ENCODING, coding)];
    (headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect(), body)
}

const WAYS: usize = 9;

fn packed(coding: Coding, bytes: &[u8]) -> Vec<u8> {
    let mut packer = Packer::new(coding).unwrap();
    [packer.pack(bytes).unwrap(), packer.finish().unwrap()].concat()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #[test]
    fn a_whole_answer_is_opened_to_what_was_wrapped(
        way in 0..WAYS, inner in "[a-z\u{e9}\u{20ac}\u{1f600}<>\r\n-]{0,200}", cuts in prop::collection::vec(any::<usize>(), 0..6)
    ) {
        let text = format!("<a>{inner}</a>");
        let (headers, body) = wrapped(way, &text);
        let opened = opened(&headers, &body, &cuts);
        prop_assert_eq!(opened.fault, None);
        prop_assert_eq!(opened.documents, 1);
        let got = String::from_utf8(opened.text).unwrap();
        prop_assert!(got.ends_with(&text), "{}", got);
    }

    #[test]
    fn a_damaged_one_is_the_same_however_it_comes_and_has_no_end_without_its_document(
        way in 0..WAYS,
        inner in "[a-z\u{e9}\u{1f600}]{0,300}",
        damage in prop::collection::vec((any::<usize>(), any::<u8>()), 0..3),
        cut in prop::option::of(any::<usize>()),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let (headers, mut body) = wrapped(way, &format!("<a>{inner}</a>"));
        for (at, byte) in damage {
            let at = at % body.len();
            body[at] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut % (body.len() + 1));
        }
        let whole = opened(&headers, &body, &[]);
        let pieces = opened(&headers, &body, &cuts);
        prop_assert_eq!(whole.fault.is_some(), pieces.fault.is_some(), "{:?} {:?}", whole.fault, pieces.fault);
        if whole.fault.is_none() {
            prop_assert_eq!(&whole, &pieces);
            prop_assert_eq!(whole.documents, 1);
        }
    }
}
