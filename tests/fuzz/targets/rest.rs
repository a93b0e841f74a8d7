//! The head and body of a REST request: never a panic, and a request that was heard has a target that every other reader
//! sees as it is.
//!
//! The first line is method and target, the next ones are headers, an empty one comes before the body.
#![no_main]

use std::sync::LazyLock;

use http::{HeaderName, HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use poortwachter::catalogue::Catalogue;
use poortwachter::proxy::rest;
use poortwachter_kernel::peek::rest::Target;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::parse("catalogue.toml", Catalogue::BUILT_IN).expect("the shipped file is right")
});

fuzz_target!(|data: &[u8]| {
    let (head, body) = match data.windows(2).position(|two| two == b"\n\n") {
        Some(end) => (&data[..end], &data[end + 2..]),
        None => (data, &data[data.len()..]),
    };
    let Ok(head) = std::str::from_utf8(head) else { return };
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap_or_default().split_once(' ').unwrap_or_default();
    if let Ok(target) = Target::read(target) {
        assert!(!target.path().contains(['%', ';', '\\', '?', '#']) && !target.path().contains("//"));
        assert!(Target::segments(target.path()).all(|segment| !["", ".", ".."].contains(&segment)));
    }
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            request = request.header(name, value);
        }
    }
    let Ok((parts, ())) = request.body(()).map(Request::into_parts) else { return };
    let bases = ["".to_owned(), "/rest".to_owned()];
    if let Ok(heard) = rest::hear(&CATALOGUE, &bases, &parts) {
        let forwarded = parts.uri.path_and_query().expect("it was heard").as_str();
        assert!(Target::read(forwarded).is_ok());
        let _ = heard.with_body(body);
    }
});
