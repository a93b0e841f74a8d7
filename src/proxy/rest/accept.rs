//! Types of documents: what a REST consumer sends, what it accepts, and what is asked of the upstream.

use http::header::{self, HeaderMap, HeaderValue};

use super::is_spoken_in;
use crate::audit::Clearance;
use crate::proxy::departure::Fault;

/// What is asked for where the consumer does not say which JSON it wants.
const READ: &str = "application/json, application/problem+json;q=0.9, application/x-ndjson;q=0.8";

/// A document a line.
const LINES: [&str; 2] = ["application/x-ndjson", "application/ndjson"];

/// The longest `Accept` that is passed on as it is, bytes.
const LONGEST: usize = 256;

/// Whether the consumer accepts JSON at all.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Fault> {
    let says_nothing = !headers.contains_key(header::ACCEPT);
    let accepts = says_nothing || ranges(headers).any(|range| is_json(range) || is_open(range));
    if accepts { Ok(()) } else { Err(Fault::NotAcceptable) }
}

/// What the upstream is asked for in a REST call: what the consumer accepts, where all of it is JSON.
pub(in crate::proxy) fn accept(clearance: &Clearance, headers: &HeaderMap) -> Option<HeaderValue> {
    if !is_spoken_in(clearance) {
        return None;
    }
    let mut said = headers.get_all(header::ACCEPT).iter();
    let own = said.next().filter(|own| said.next().is_none() && own.len() <= LONGEST && own.to_str().is_ok());
    let own = own.filter(|_| ranges(headers).all(is_json));
    Some(own.cloned().unwrap_or(HeaderValue::from_static(READ)))
}

/// The media ranges of `Accept` that are not refused by a weight of nothing (RFC 9110 §12.5.1).
fn ranges(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::ACCEPT).iter().map(|value| value.to_str().unwrap_or_default());
    values.flat_map(|value| value.split(',')).filter(|range| !is_unwanted(range)).map(essence)
}

fn is_unwanted(range: &str) -> bool {
    let mut parameters = range.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    parameters.any(|(name, weight)| {
        name.trim().eq_ignore_ascii_case("q") && weight.trim().bytes().all(|byte| matches!(byte, b'0' | b'.'))
    })
}

fn essence(range: &str) -> &str {
    range.split(';').next().unwrap_or_default().trim()
}

fn is_open(range: &str) -> bool {
    range == "*/*" || range.eq_ignore_ascii_case("application/*")
}

fn is_json(essence: &str) -> bool {
    let known = || LINES.iter().chain(&["application/json"]);
    let ends = |suffix: &str| {
        essence
            .len()
            .checked_sub(suffix.len())
            .and_then(|at| essence.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    };
    let of_its_own = essence.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("application/"));
    known().any(|known| essence.eq_ignore_ascii_case(known)) || of_its_own && ends("+json")
}

/// Whether the request's body is one JSON document in UTF-8, or it says nothing of one.
pub(super) fn is_json_or_nothing(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(one) = types.next() else { return true };
    let Some(text) = one.to_str().ok().filter(|_| types.next().is_none()) else { return false };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    // Lines are no document, and no request of these services has any.
    is_json(essence)
        && !LINES.iter().any(|lines| essence.eq_ignore_ascii_case(lines))
        && parts.all(crate::proxy::head::is_harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_consumer_that_accepts_no_json_is_told_so() {
        for value in
            ["application/json", "*/*", "text/xml, */*;q=0.1", "application/*", "Application/LD+json;q=0.5"]
        {
            assert_eq!(check(&said(header::ACCEPT, value)), Ok(()), "{value}");
        }
        for value in ["text/xml", "text/html, image/*", "application/json;q=0", "text/xml, */*; q=0.000"] {
            assert_eq!(check(&said(header::ACCEPT, value)), Err(Fault::NotAcceptable), "{value}");
        }
        assert_eq!(check(&HeaderMap::new()), Ok(()));
    }

    #[test]
    fn a_body_is_json_in_utf_8() {
        for value in ["application/json", "application/merge-patch+json; charset=utf-8", "Application/JSON"] {
            assert!(is_json_or_nothing(&said(header::CONTENT_TYPE, value)), "{value}");
        }
        for value in
            ["text/json", "application/json; charset=utf-16", "application/x-ndjson", "text/xml", "+json"]
        {
            assert!(!is_json_or_nothing(&said(header::CONTENT_TYPE, value)), "{value}");
        }
        assert!(is_json_or_nothing(&HeaderMap::new()));
    }
}
