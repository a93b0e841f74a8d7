//! The head of a request: what it must be, and what of it goes on to the upstream.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Uri};

use crate::audit::Trace;
use crate::law::telling::Language;
use crate::proxy::departure::Fault;
use crate::proxy::{rest, trace};

/// Headers that speak of this connection, of a part of the answer, or of an identity the consumer may not
/// claim for itself.
const KEPT_HERE: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
    "host",
    "content-length",
    "accept-encoding",
    "range",
    "client-cert",
    "client-cert-chain",
    "x-forwarded-client-cert",
    Trace::HEADER,
    trace::PARENT,
    trace::STATE,
];

/// Checks what can be checked before the body is read.
///
/// # Errors
/// [`Fault`].
pub fn check(parts: &Parts) -> Result<(), Fault> {
    if parts.method != Method::POST {
        return Err(Fault::Method);
    }
    if !is_xml(&parts.headers) {
        return Err(Fault::Media("Content-Type must be text/xml, in UTF-8"));
    }
    if !is_plain(&parts.headers) {
        return Err(Fault::Media("a Content-Encoding other than `identity` is not read"));
    }
    Ok(())
}

/// Whether there is one Content-Type, of XML as MAGDA writes it, in UTF-8.
pub(super) fn is_xml(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = one.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    let known = ["text/xml", "application/xml", "application/soap+xml"];
    known.iter().any(|known| media.eq_ignore_ascii_case(known)) && parts.all(is_harmless)
}

/// The language a refusal is read in: Dutch, unless English is preferred to it (RFC 9110 §12.5.4).
pub fn language(headers: &HeaderMap) -> Language {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    let wanted = |language: &str| {
        let weights = ranges.iter().filter_map(|range| weight(range, language));
        weights.max().unwrap_or(0)
    };
    if wanted("en") > wanted("nl") { Language::English } else { Language::Dutch }
}

/// The weight, in thousandths, that a language range gives a language; `None` where it speaks of another.
fn weight(range: &str, language: &str) -> Option<u16> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?.split('-').next()?;
    if !tag.eq_ignore_ascii_case(language) {
        return None;
    }
    let weight = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
    let (whole, thousandths) = weight.split_once('.').unwrap_or((weight, ""));
    match whole {
        "1" => Some(1000),
        "0" => format!("{thousandths:0<3}").get(..3)?.parse().ok(),
        _ => None,
    }
}

/// Whether no coding stands between the bytes and the document.
pub(super) fn is_plain(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.all(|coding| coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
}

/// A parameter of a media type that does not say "not UTF-8".
pub(super) fn is_harmless(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let (name, value) = (name.trim(), value.trim().trim_matches('"'));
    // `charset*` and `charset*0` are RFC 2231's ways to say the same.
    let speaks = name.get(..CHARSET.len()).is_some_and(|start| start.eq_ignore_ascii_case(CHARSET));
    !speaks || name.len() == CHARSET.len() && value.eq_ignore_ascii_case("utf-8")
}

const CHARSET: &str = "charset";

/// The request as it goes to the upstream: method and body as they came, the headers that concern it.
pub fn onward<B>(parts: Parts, target: Uri, host: &HeaderValue, trace: Trace, body: B) -> Request<B> {
    let mut request = Request::new(body);
    *request.method_mut() = parts.method;
    *request.uri_mut() = target;
    *request.headers_mut() = passed_on(parts.headers);
    let headers = request.headers_mut();
    headers.insert(header::HOST, host.clone());
    headers.insert(header::ACCEPT, HeaderValue::from_static(READ));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(Trace::HEADER, trace_value(trace));
    request
}

/// The call's number as a header value.
pub(super) fn trace_value(trace: Trace) -> HeaderValue {
    HeaderValue::from_str(&trace.to_string()).unwrap_or(HeaderValue::from_static("-"))
}

/// What the gateway can filter, which is all it asks for. Coded answers it copes with, and asks for none.
const READ: &str = "text/xml, application/xml;q=0.9, application/soap+xml;q=0.9, multipart/related;q=0.8";

fn passed_on(mut headers: HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    // What was checked of the head stays true of it.
    let decides = |name: &HeaderName| *name == header::CONTENT_TYPE || rest::DECIDE.contains(&name.as_str());
    for name in named.into_iter().filter(|name| !decides(name)) {
        headers.remove(name);
    }
    let others: Vec<_> = headers.keys().filter(|name| stays_here(name.as_str())).cloned().collect();
    for name in others {
        headers.remove(name);
    }
    for name in KEPT_HERE {
        headers.remove(*name);
    }
    headers
}

/// Three kinds of header, however they are spelt; CGI knows no dash, so `_` is one.
///
/// Conditions and wishes about the answer: with them a consumer could have the upstream send less than a document, a
/// difference to another one (RFC 3229), another representation or language of bytes (RFC 9110 §12, RFC 7240), or
/// validators and digests of what it may not see (RFC 9530). What servers are known to take from the proxy before
/// them: the client's address and certificate. And another target or method than the request line's.
fn stays_here(name: &str) -> bool {
    const STARTS: [&str; 14] = [
        "accept-",
        "available-dictionary",
        "if-",
        "range-",
        "sec-",
        "surrogate-",
        "want-",
        "x-accel-",
        "x-accept-",
        "x-forwarded-",
        "x-http-method",
        "x-original-",
        "x-rewrite-",
        "x-sendfile",
    ];
    const WHOLE: [&str; 13] = [
        "a-im",
        "accept",
        "cache-control",
        "dictionary-id",
        "forwarded",
        "im",
        "negotiate",
        "pragma",
        "prefer",
        "range",
        "tcn",
        "x-method-override",
        "x-real-ip",
    ];
    const WITHIN: [&str; 4] = ["client-cert", "clientcert", "client-dn", "ssl-client"];
    let name = name.replace('_', "-");
    if name == header::ACCEPT_LANGUAGE.as_str() {
        return false;
    }
    WHOLE.contains(&name.as_str())
        || STARTS.iter().any(|start| name.starts_with(start))
        || WITHIN.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))])
    }

    #[test]
    fn xml_in_utf_8_is_read_however_it_is_written() {
        for value in [
            "text/xml",
            "text/xml;charset=UTF-8",
            "application/soap+xml; charset=utf-8; action=\"x\"",
            "Application/XML; Charset=\"utf-8\"",
        ] {
            assert!(is_xml(&typed(value)), "{value}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for value in [
            "text/html",
            "text/xml; charset=utf-16",
            "text/xml;charset=",
            "text/xml; charset*=us-ascii''utf-7",
            "text/xml; charset=utf-8; Charset*0=utf-16",
            "text/xml; charset=utf-8; charset=utf-16",
            "application/json",
            "multipart/related",
            "",
        ] {
            assert!(!is_xml(&typed(value)), "{value}");
        }
        let mut twice = typed("text/xml");
        twice.append(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        assert!(!is_xml(&twice), "two content types");
        assert!(!is_xml(&HeaderMap::new()), "none");
    }

    #[test]
    fn refusals_are_dutch_unless_english_is_preferred() {
        let language = |value: &'static str| {
            language(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(value))]))
        };
        for value in
            ["", "nl", "nl-BE, en;q=0.9", "fr", "en;q=0", "en, nl", "*", "en;q=x", "en;q=0.5,nl;q=0.51"]
        {
            assert_eq!(language(value), Language::Dutch, "{value}");
        }
        for value in ["en", "en-GB,nl;q=0.5", "fr, en;q=0.2", "nl;q=0.1, en;q=0.15", "EN"] {
            assert_eq!(language(value), Language::English, "{value}");
        }
        assert_eq!(super::language(&HeaderMap::new()), Language::Dutch);
    }

    #[test]
    fn headers_of_the_connection_and_borrowed_identities_stay_here() {
        let mut headers = HeaderMap::new();
        for name in KEPT_HERE.iter().chain(&["if-none-match", "if-range", "x-hop", "soapaction", "cookie"]) {
            headers.insert(*name, HeaderValue::from_static("x"));
        }
        for name in ["accept-language", "authorization", "x-correlation-id"] {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        headers.insert("connection", HeaderValue::from_static("close, X-Hop"));
        let mut left: Vec<_> = passed_on(headers).keys().map(ToString::to_string).collect();
        left.sort();
        assert_eq!(left, ["accept-language", "authorization", "cookie", "soapaction", "x-correlation-id"]);
    }

    #[test]
    fn wishes_about_the_answer_stay_here() {
        for name in [
            "A-IM",
            "IM",
            "Accept",
            "Accept-Charset",
            "Accept-Datetime",
            "Accept-Features",
            "Accept-Signature",
            "Accept_Encoding",
            "Available-Dictionary",
            "Cache-Control",
            "Dictionary-ID",
            "If-Match",
            "If_Range",
            "Negotiate",
            "Prefer",
            "Range",
            "Sec-Fetch-Mode",
            "TCN",
            "Want-Content-Digest",
            "Want-Digest",
            "Want-Repr-Digest",
            "X-Accel-Redirect",
            "X-Accept-Encoding",
            "X-HTTP-Method-Override",
        ] {
            assert!(stays_here(&name.to_ascii_lowercase()), "{name}");
        }
    }
}
