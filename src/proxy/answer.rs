//! The head of an answer: what of the upstream's stays true of it once it was filtered.
//!
//! An allow-list. What is not on it — validators, digests, lengths, ranges, ages, links, cookies, trailers and
//! whatever will be invented — speaks of bytes the consumer does not get, or could hold some of them. What is on it
//! must look like what it is.

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use poortwachter_kernel::vocab::Field;

use crate::audit::{Clearance, Trace};
use crate::proxy::head;
use crate::proxy::rest::{self, errors};
use crate::wire::Accept;

/// What the answer to a request depends on of its head.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The codings the consumer accepts.
    pub(super) accept: Accept,
    /// Its own numbers for the call, in the order of [`NUMBERS`].
    numbers: [Option<HeaderValue>; 2],
    /// Only the head of the answer (RFC 9110 §9.3.2).
    pub(super) head_only: bool,
}

/// Numbers by which consumer and upstream know a call.
const NUMBERS: [HeaderName; 2] =
    [HeaderName::from_static("x-correlation-id"), HeaderName::from_static("x-request-id")];

/// Names the kinds of fields that were removed, or would have been if they were there.
const REMOVES: HeaderName = HeaderName::from_static("poortwachter-removes");
/// How long the grant lets the consumer keep the answer.
const RETENTION: HeaderName = HeaderName::from_static("poortwachter-retention");
/// Says that the upstream had signed the answer and the filter broke the signature, which was taken out.
const SIGNATURE: HeaderName = HeaderName::from_static("poortwachter-signature");

impl Asked {
    pub(super) fn of(request: &Parts) -> Self {
        let headers = &request.headers;
        let numbers = NUMBERS.map(|name| headers.get(name).cloned());
        Self { accept: Accept::of(headers), numbers, head_only: request.method == Method::HEAD }
    }
}

/// Whether a value looks like what its field says.
type Check = fn(&str) -> bool;

/// The head of a filtered answer, but for what only its body tells.
pub(super) fn headers(upstream: &HeaderMap, asked: &Asked, clearance: &Clearance) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let checks: [(HeaderName, Check); 3] = [
        (header::CONTENT_LANGUAGE, are_languages),
        (header::DATE, is_date),
        (header::RETRY_AFTER, |value| is_seconds(value) || is_date(value)),
    ];
    for (name, check) in checks {
        if let Some(value) = only(upstream, &name).filter(|value| value.to_str().is_ok_and(check)) {
            headers.insert(name, value.clone());
        }
    }
    for (name, own) in NUMBERS.into_iter().zip(&asked.numbers) {
        if let Some(value) = only(upstream, &name).filter(|value| is_number(value, own.as_ref())) {
            headers.insert(name, value.clone());
        }
    }
    if rest::is_spoken_in(clearance) {
        let [number, _] = &asked.numbers;
        let errors = only(upstream, &errors::HEADER).and_then(errors::in_header);
        for (name, value) in [(rest::CORRELATION, number.clone()), (errors::HEADER, errors)] {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(Trace::HEADER, head::trace_value(clearance.trace()));
    tell_grant(&mut headers, clearance);
    headers
}

/// Says that a broken signature was taken out. To be called before the head leaves.
pub(super) fn tell_signature(headers: &mut HeaderMap) {
    headers.insert(SIGNATURE, HeaderValue::from_static("removed"));
}

/// What the grant makes of the answer, for the consumer's own administration.
fn tell_grant(headers: &mut HeaderMap, clearance: &Clearance) {
    let removes = clearance.permit().removes();
    let names: Vec<_> = removes.iter().map(Field::name).collect();
    if let (false, Ok(value)) = (removes.is_empty(), HeaderValue::from_str(&names.join(", "))) {
        headers.insert(REMOVES, value);
    }
    let grant = clearance.snapshot().grant(clearance.permit().grant());
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(grant.retention.clone())) {
        headers.insert(RETENTION, value);
    }
}

/// The value of a field that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Whether it is a number for the call: a UUID, or the consumer's own number come back. Other text could be any
/// other, and eleven digits in a row could be an INSZ; in the consumer's own UUID they are its own.
fn is_number(value: &HeaderValue, own: Option<&HeaderValue>) -> bool {
    let Ok(text) = value.to_str() else { return false };
    let is_own = own == Some(value);
    match (is_uuid(text), is_own) {
        (true, true) => true,
        // Its own dashes do not stand for those of a number.
        (true, false) => !holds_long_number(text, b""),
        (false, true) => !holds_long_number(text, b".-/ "),
        (false, false) => false,
    }
}

/// `8-4-4-4-12` (RFC 9562 §4).
fn is_uuid(text: &str) -> bool {
    let groups =
        text.split('-').map(|group| (group.len(), group.bytes().all(|byte| byte.is_ascii_hexdigit())));
    groups.eq([8, 4, 4, 4, 12].map(|len| (len, true)))
}

/// As many digits in a row as an INSZ has, counted across such marks.
fn holds_long_number(text: &str, across: &[u8]) -> bool {
    let mut row = 0;
    text.bytes().any(|byte| {
        row = match byte {
            b'0'..=b'9' => row + 1,
            mark if across.contains(&mark) => row,
            _ => 0,
        };
        row >= 11
    })
}

/// Language tags (RFC 5646 §2.1, as far as answers have them): `nl`, `nl-BE`, a list of such.
fn are_languages(value: &str) -> bool {
    let is_tag = |tag: &str| {
        let mut parts = tag.trim().split('-');
        let primary = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && is_alphabetic(part));
        primary && parts.all(|part| (2..=4).contains(&part.len()) && is_alphabetic(part))
    };
    value.split(',').all(is_tag)
}

fn is_alphabetic(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// `IMF-fixdate` of RFC 9110 §5.6.7, in shape.
fn is_date(value: &str) -> bool {
    const SHAPE: &[u8] = b"aaa, 00 aaa 0000 00:00:00 GMT";
    let fits = |(shape, byte): (&u8, u8)| match shape {
        b'a' => byte.is_ascii_alphabetic(),
        b'0' => byte.is_ascii_digit(),
        _ => byte == *shape,
    };
    value.len() == SHAPE.len() && SHAPE.iter().zip(value.bytes()).all(fits)
}

/// At most as many digits as a week has seconds.
fn is_seconds(value: &str) -> bool {
    (1..=6).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_the_call_passes_and_another_number_does_not() {
        let value = |text: &'static str| HeaderValue::from_static(text);
        let uuid = "0f8fad5b-d9cb-469f-a165-7086772895fe";
        let digits = "0f8fad5b-d9cb-469f-a165-626805996501";
        for (text, own, want) in [
            (uuid, None, true),
            (uuid, Some("other"), true),
            (digits, None, false),
            (digits, Some(digits), true),
            ("call-7", None, false),
            ("call-7", Some("call-7"), true),
            ("62680599650", Some("62680599650"), false),
            ("62.68.05-996.50", Some("62.68.05-996.50"), false),
            ("0f8fad5b-d9cb-469f-a165", None, false),
            ("Janssens-Geheim", None, false),
        ] {
            assert_eq!(is_number(&value(text), own.map(value).as_ref()), want, "{text} {own:?}");
        }
    }

    #[test]
    fn what_passes_looks_like_what_it_is() {
        for value in ["nl", "nl-BE", "nl, fr-BE", "zh-Hans"] {
            assert!(are_languages(value), "{value}");
        }
        for value in ["", "62680599650", "nl-62680599", "Janssens", "nl-Janssens"] {
            assert!(!are_languages(value), "{value}");
        }
        assert!(is_date("Tue, 24 Nov 2026 10:00:00 GMT"));
        assert!(!is_date("Tue, 24 Nov 2026 10:00:00 GMT; 62680599650"));
        assert!(is_seconds("120") && !is_seconds("62680599650") && !is_seconds(""));
    }

    #[test]
    fn a_signature_that_was_taken_out_is_told() {
        let mut headers = HeaderMap::new();
        tell_signature(&mut headers);
        assert_eq!(headers.get("poortwachter-signature").unwrap(), "removed");
    }
}
