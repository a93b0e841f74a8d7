//! A target that is read is one that no reader would change before it looks.

use std::collections::BTreeSet;

use poortwachter_kernel::peek::rest::{Target, Unclear};
use proptest::prelude::*;

/// Everything that servers, proxies and frameworks are known to do to a path before they route it, each done as plainly
/// as can be.
fn tidied(path: &str) -> Vec<String> {
    let decoded = |path: &str| -> String {
        let mut bytes = Vec::new();
        let mut rest = path.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            let digits = behind.get(..2).and_then(|two| std::str::from_utf8(two).ok());
            let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%');
            bytes.push(byte.unwrap_or(*first));
            rest = if byte.is_some() { &behind[2..] } else { behind };
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    // RFC 3986 §5.2.4, by a stack.
    let without_dots = |path: &str| -> String {
        let mut kept: Vec<&str> = Vec::new();
        for segment in path.split('/') {
            match segment {
                "." => {}
                ".." => drop(kept.pop()),
                other => kept.push(other),
            }
        }
        kept.join("/")
    };
    let without_empty = |path: &str| -> String {
        let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        format!("/{}", segments.join("/"))
    };
    let without_parameters = |path: &str| -> String {
        let segments = path.split('/').map(|segment| segment.split(';').next().unwrap_or_default());
        segments.collect::<Vec<_>>().join("/")
    };
    let ascii: String = path.chars().filter(char::is_ascii_graphic).collect();
    vec![
        decoded(path),
        decoded(&decoded(path)),
        without_dots(path),
        without_dots(&decoded(path)),
        without_empty(path),
        without_parameters(path),
        path.replace('\\', "/"),
        path.trim_end_matches('/').to_owned(),
        ascii,
        path.split(['?', '#', '\0']).next().unwrap_or_default().to_owned(),
        path.split_whitespace().collect(),
    ]
}

/// Pairs of a query as different readers cut them.
fn cut(query: &str, between: &[char], first_wins: bool) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in query.split(between).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = pairs.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key));
        match known {
            Some(_) if first_wins => {}
            Some((_, old)) => value.clone_into(old),
            None => pairs.push((key.to_owned(), value.to_owned())),
        }
    }
    pairs
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![
            "/", "a", "v1", ".", "..", "%2e", "%2F", "%252e", ";", "=", "\\", "//", "%", "%41", "~", "-", "_", "A", "9",
            "?", "&", "#", " ", "\t", "\0", "é", "+", "%00", "%c0%af", "*", ":", "@", ",", "\"", "key=", "k",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn whoever_tidies_a_target_that_was_read_finds_nothing_to_do(rest in pieces()) {
        let written = format!("/{rest}");
        if let Ok(target) = Target::read(&written) {
            let (path, query) = written.split_once('?').unwrap_or((&written, ""));
            prop_assert_eq!(target.path(), path);
            for other in tidied(path) {
                prop_assert_eq!(&other, path);
            }
            let read: Vec<_> = target.pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            for between in [&['&'][..], &['&', ';']] {
                for first_wins in [true, false] {
                    prop_assert_eq!(&cut(query, between, first_wins), &read);
                }
            }
        }
    }

    #[test]
    fn what_is_written_plainly_is_read(
        segments in prop::collection::vec("[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,8}", 1..8),
        values in prop::collection::vec("[A-Za-z0-9._~:@/?,!$'()*+=-]{0,8}", 0..5),
    ) {
        let path = format!("/{}", segments.join("/"));
        let query: Vec<String> = values.iter().enumerate().map(|(at, value)| format!("k{at}={value}")).collect();
        let written = if query.is_empty() { path.clone() } else { format!("{path}?{}", query.join("&")) };
        let target = Target::read(&written).expect("plain");
        prop_assert_eq!(Target::segments(target.path()).collect::<Vec<_>>(), segments);
        prop_assert_eq!(target.pairs().map(|(_, value)| value).collect::<Vec<_>>(), values);
    }
}

#[test]
fn every_fault_has_a_name_and_a_target_that_shows_it() {
    let long = "/a".repeat(25);
    let cases = [
        ("*", Unclear::NoPath),
        ("", Unclear::NoPath),
        ("/", Unclear::NoPath),
        ("a/b", Unclear::NoPath),
        ("http://x/a", Unclear::NoPath),
        (long.as_str(), Unclear::TooLong),
        ("/a/../b", Unclear::DotSegment),
        ("/a//b", Unclear::EmptySegment),
        ("/a/", Unclear::TrailingSlash),
        ("/%61", Unclear::EncodedPath),
        ("/a;b", Unclear::Semicolon),
        ("/a\\b", Unclear::Character),
        ("/a?", Unclear::EmptyPair),
        ("/a?b=1&B=2", Unclear::KeyTwice),
        ("/a?b=%ff", Unclear::BrokenEncoding),
        ("/a?b=%2541", Unclear::EncodedTwice),
    ];
    let mut met: BTreeSet<_> = cases.iter().map(|(_, why)| why.name()).collect();
    for (target, why) in cases {
        assert_eq!(Target::read(target), Err(why), "{target}");
    }
    // What only a route can tell.
    met.extend([Unclear::Case, Unclear::UnknownKey, Unclear::EncodedValue].map(Unclear::name));
    assert_eq!(met, Unclear::NAMES.into_iter().collect());
}
