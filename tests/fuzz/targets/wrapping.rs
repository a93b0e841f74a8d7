//! The opener of answers: never panics, stays within its budget, and opens the same however the bytes come.
//!
//! The first byte chooses the head, the second where the body is cut.
#![no_main]

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use poortwachter::wire::{Attachments, Budget, Fault, Opener, Piece, Wrapping};

const BUDGET: Budget = Budget { decoded: 1 << 20, ratio: 100_000 };

const TYPES: [&str; 4] = [
    "text/xml",
    "text/xml; charset=iso-8859-1",
    "application/xml; charset=utf-16le",
    "multipart/related; boundary=b; type=\"text/xml\"",
];

const CODINGS: [&str; 6] = ["identity", "gzip", "deflate", "br", "zstd", "gzip, zstd"];

fn opened(wrapping: &Wrapping, chunks: &[&[u8]]) -> Result<(Vec<u8>, bool), Fault> {
    let mut opener = Opener::new(wrapping, BUDGET, Attachments::Pass, "new")?;
    let (mut text, mut whole) = (Vec::new(), false);
    for (at, chunk) in chunks.iter().enumerate() {
        opener.give(Bytes::copy_from_slice(chunk));
        if at + 1 == chunks.len() {
            opener.end();
        }
        while let Some(piece) = opener.piece()? {
            match piece {
                Piece::Text(more) => text.extend_from_slice(&more),
                Piece::DocumentEnd => whole = true,
                Piece::Aside(_) | Piece::Pause => {}
            }
        }
    }
    Ok((text, whole))
}

fuzz_target!(|data: &[u8]| {
    let [head, cut, body @ ..] = data else { return };
    let (kind, coding) = (TYPES[usize::from(head % 4)], CODINGS[usize::from(head / 4 % 6)]);
    let headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CONTENT_ENCODING, HeaderValue::from_static(coding)),
    ]);
    let wrapping = Wrapping::of(&headers).unwrap();
    let whole = opened(&wrapping, &[body]);
    let cut = usize::from(*cut).min(body.len());
    let pieces = opened(&wrapping, &[&body[..cut], &body[cut..]]);
    assert_eq!(whole.is_ok(), pieces.is_ok());
    if let Ok((text, ended)) = whole {
        // Wide text becomes at most half as long again as its bytes, within the budget of these.
        assert!(ended && text.len() <= 2 << 20);
        assert_eq!(pieces, Ok((text, ended)));
    }
});
