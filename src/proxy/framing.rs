//! What the standard forbids in a request's head and the HTTP library lets pass: more than one reading of where the request
//! is for, or where it ends.
//!
//! The library has already refused what cannot be framed at all. Where `Transfer-Encoding` and `Content-Length` stand
//! together it goes by the first and drops the other, as RFC 9112 §6.3 allows; nothing of either goes on.

use http::header::{self, HeaderValue};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Version};

use crate::proxy::departure::Fault;

/// Checks that a request is for one host, and framed in the one way that everybody reads.
///
/// # Errors
/// [`Fault::Malformed`]; nothing that follows on the connection can be trusted.
pub fn check(parts: &Parts) -> Result<(), Fault> {
    if !is_for_one_host(parts) {
        return Err(Fault::Malformed("one Host, a name or an address with or without a port, is demanded"));
    }
    if !is_chunked_at_most(&parts.headers) {
        return Err(Fault::Malformed("the only Transfer-Encoding that is read is `chunked`, once"));
    }
    Ok(())
}

/// RFC 9112 §3.2: a server answers 400 where there is no Host, more than one, or one that is none. Over HTTP/2 the
/// `:authority` stands for it, and one beside it says the same (RFC 9113 §8.3.1).
fn is_for_one_host(parts: &Parts) -> bool {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    let host = host.map(HeaderValue::as_bytes);
    let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    let named = match (parts.version, host, authority) {
        (Version::HTTP_2, Some(host), Some(authority)) => host.eq_ignore_ascii_case(authority),
        (Version::HTTP_2, None, None) | (Version::HTTP_11, None, _) => false,
        _ => true,
    };
    // What an absolute target names over HTTP/1 is passed over, as all of it but the path is.
    let authority = authority.filter(|_| parts.version == Version::HTTP_2);
    named && another.is_none() && [host, authority].into_iter().flatten().all(is_host)
}

/// `uri-host [":" port]`, or nothing (RFC 9110 §7.2).
fn is_host(written: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(written) else { return written.is_empty() };
    let is_without_port = authority.as_str() == authority.host();
    !written.contains(&b'@') && (is_without_port || authority.port_u16().is_some())
}

/// Other codings are not undone, and of several one might go by the first (RFC 9112 §6.1).
fn is_chunked_at_most(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        _ => false,
    }
}
