//! What leaves of the errors of a REST service: a few members that everyone knows, and no number in their text that
//! could be an INSZ (MAGDA wire notes, 2.2 and 3.3).
//!
//! An error is written anew instead of filtered: it is short, it does not follow the service's own shape, and text
//! cannot be judged by its place.

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use http_body::Frame;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use poortwachter_kernel::redact::digits::Digits;
use serde_json::{Map, Value, json};

use crate::proxy::departure::Trouble;
use crate::wire::{Opener, Piece};

/// Errors beside an answer: a JSON list of Uitzonderingen.
pub(in crate::proxy) const HEADER: HeaderName = HeaderName::from_static("x-magda-exceptions");
/// The type an error leaves with (RFC 9457).
pub(in crate::proxy) const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("application/problem+json; charset=utf-8");

/// Members that leave of an error in a body, where they are text.
const OF_BODY: [&str; 4] = ["type", "title", "detail", "instance"];
/// And of one in a header.
const OF_HEADER: [&str; 4] = ["Identificatie", "Oorsprong", "Type", "Diagnose"];
/// The longest text of a member, characters.
const LONGEST: usize = 1000;
/// The longest error that is read, bytes.
const LONGEST_BODY: usize = 64 << 10;
/// The longest header that is read, bytes, and the most errors of one.
const LONGEST_HEADER: usize = 8192;
const MOST: usize = 20;

/// Reads the text of an error whole; `seen` gets it as it came.
///
/// # Errors
/// [`Trouble`]: it cannot be read, or is longer than any error.
pub(in crate::proxy) async fn whole(
    mut incoming: Incoming,
    mut opener: Opener,
    mut seen: impl FnMut(&Bytes),
) -> Result<Vec<u8>, Trouble> {
    let mut text = Vec::new();
    let mut ended = false;
    loop {
        match opener.piece().map_err(|fault| Trouble::Withheld(fault.name()))? {
            Some(Piece::Text(more)) if text.len() + more.len() > LONGEST_BODY => {
                return Err(Trouble::Withheld(TOO_LONG));
            }
            Some(Piece::Text(more)) => text.extend_from_slice(&more),
            Some(_) => {}
            None if ended => return Ok(text),
            None => {
                let frame = incoming.frame().await.transpose().map_err(|_| Trouble::BrokenOff)?;
                ended = frame.is_none();
                if ended {
                    opener.end();
                } else if let Some(Ok(chunk)) = frame.map(Frame::into_data) {
                    seen(&chunk);
                    opener.give(chunk);
                }
            }
        }
    }
}

/// The reason to withhold an error that is no error.
const TOO_LONG: &str = "too-long";

/// An error as it leaves, and how many numbers were masked in it.
///
/// # Errors
/// [`Trouble`]: it is no JSON.
pub(in crate::proxy) fn rewritten(text: &[u8], status: StatusCode) -> Result<(Bytes, u32), Trouble> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let said: Value = serde_json::from_slice(text).map_err(|_| Trouble::Withheld("json-misplaced"))?;
    let mut masked = 0;
    let mut problem = said.as_object().map_or_else(Map::new, |said| kept(said, &OF_BODY, &mut masked));
    problem.insert("status".to_owned(), json!(status.as_u16()));
    let title = status.canonical_reason().unwrap_or("error");
    problem.entry("title").or_insert_with(|| json!(title));
    Ok((Value::Object(problem).to_string().into(), masked))
}

/// The errors in a header as they leave; `None` where they cannot be read.
pub(in crate::proxy) fn in_header(value: &HeaderValue) -> Option<HeaderValue> {
    let bytes = Some(value.as_bytes()).filter(|bytes| bytes.len() <= LONGEST_HEADER)?;
    let said: Vec<Map<String, Value>> = serde_json::from_slice(bytes).ok()?;
    let mut masked = 0;
    let errors: Vec<_> = said.iter().take(MOST).map(|error| kept(error, &OF_HEADER, &mut masked)).collect();
    let text = serde_json::to_string(&errors).ok()?;
    HeaderValue::try_from(in_ascii(&text)).ok()
}

/// The members that leave, numbers in them masked.
fn kept(said: &Map<String, Value>, names: &[&str], masked: &mut u32) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in said {
        let known = names.iter().find(|known| known.eq_ignore_ascii_case(name));
        if let (true, Value::String(text)) = (known.is_some(), value) {
            // Cut afterwards: half a number would pass, and its last digits follow from the first.
            let shown = without_numbers(text, masked).chars().take(LONGEST).collect();
            kept.insert(name.clone(), Value::String(shown));
        }
    }
    kept
}

/// The text with stars for the digits of whatever could be an INSZ, as the filter masks them in XML.
fn without_numbers(text: &str, masked: &mut u32) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut digits = Digits::default();
    for at in 0..=bytes.len() {
        let found = match bytes.get(at) {
            Some(byte) => digits.step(*byte),
            None => digits.boundary(),
        };
        if found {
            // It is told again while white space follows.
            digits = Digits::default();
            *masked = masked.saturating_add(1);
            let before = bytes[..at].iter_mut().rev().filter(|byte| byte.is_ascii_digit());
            before.take(INSZ).for_each(|digit| *digit = b'*');
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The digits of an INSZ.
const INSZ: usize = 11;

/// JSON in the characters that a header may have.
fn in_ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            text.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_leaves_in_members_everyone_knows_and_without_numbers() {
        let said = br#"{"title":"Source: KBO","status":"404","detail":"geen dossier voor 62.68.05-996.50 of 626805996\u0035\u0030","instance":"urn:x",
            "insz":"62680599650","errors":[{"detail":"62680599650"}]}"#;
        let (text, masked) = rewritten(said, StatusCode::NOT_FOUND).unwrap();
        let problem: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(masked, 2);
        assert_eq!(
            problem,
            json!({"title": "Source: KBO", "status": 404, "instance": "urn:x",
                   "detail": "geen dossier voor **.**.**-***.** of ***********"})
        );
        assert!(rewritten(b"<html>", StatusCode::BAD_GATEWAY).is_err());
        let (text, _) = rewritten(b"[1]", StatusCode::BAD_GATEWAY).unwrap();
        assert_eq!(text, r#"{"status":502,"title":"Bad Gateway"}"#);
    }

    #[test]
    fn errors_in_a_header_are_read_and_written_anew() {
        let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).unwrap();
        let said = "[{\"Identificatie\":\"30002\",\"Diagnose\":\"vervallen \u{e9}: 62680599650\",\"Bijlage\":{\"insz\":\"1\"}}]";
        let want = r#"[{"Diagnose":"vervallen \u00e9: ***********","Identificatie":"30002"}]"#;
        assert_eq!(in_header(&value(said)), Some(value(want)));
        for odd in ["62680599650", "[\"62680599650\"]", "{}", "[{]", ""] {
            assert_eq!(in_header(&value(odd)), None, "{odd}");
        }
    }
}
