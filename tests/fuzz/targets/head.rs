//! What our own code reads of a request's head: no panic, and whatever passes is for one host, framed in one way, and of
//! one media type; what goes on holds nothing that would frame or name it otherwise.
#![no_main]

use http::{HeaderName, HeaderValue, Method, Request, Uri, Version};
use libfuzzer_sys::fuzz_target;
use poortwachter::audit::Trace;
use poortwachter::proxy::{framing, head};

/// A version, a target in the first line, then a header a line, with any bytes that the types let through.
fn request(data: &[u8]) -> Option<Request<()>> {
    let (version, rest) = data.split_first()?;
    let mut lines = rest.split(|byte| *byte == b'\n');
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.version_mut() = [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2][usize::from(version % 3)];
    *request.uri_mut() = Uri::try_from(lines.next()?).ok()?;
    for line in lines.take(200) {
        let at = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..at]).ok()?;
        request.headers_mut().append(name, HeaderValue::from_bytes(line[at + 1..].trim_ascii()).ok()?);
    }
    Some(request)
}

fuzz_target!(|data: &[u8]| {
    let Some(request) = request(data) else { return };
    let (parts, ()) = request.into_parts();
    if framing::check(&parts).is_err() {
        return;
    }
    let hosts: Vec<_> = parts.headers.get_all("host").iter().collect();
    let codings: Vec<_> = parts.headers.get_all("transfer-encoding").iter().collect();
    assert!(hosts.len() <= 1 && codings.len() <= 1);
    assert!(parts.version != Version::HTTP_11 || hosts.len() == 1);
    assert!(hosts.iter().all(|host| !host.as_bytes().iter().any(|byte| b"@/ ,?#".contains(byte))));
    assert!(codings.iter().all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")));
    let _ = head::language(&parts.headers);
    if head::check(&parts).is_err() {
        return;
    }
    let host = HeaderValue::from_static("upstream");
    let onward = head::onward(parts, Uri::from_static("/x"), &host, Trace::new(), ());
    let headers = onward.headers();
    for name in ["host", "content-type", "accept", "accept-encoding"] {
        assert_eq!(headers.get_all(name).iter().count(), 1, "{name}");
    }
    for name in ["transfer-encoding", "content-length", "connection", "te", "trailer", "upgrade", "expect", "forwarded"] {
        assert!(!headers.contains_key(name), "{name}");
    }
    assert_eq!((onward.method(), &headers["host"]), (&Method::POST, &host));
});
