//! Targets: what is matched is what is forwarded, and what could be read in two ways is not forwarded at all.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{BURGER, DETAIL, NUMBER, SEARCH, ask, get, problem, send, serving};
use crate::house::{House, block_on};

/// Everything the gateway writes in reply to a request line and the headers of a lawful call.
async fn raw(house: &House, method: &str, target: &[u8]) -> String {
    raw_with(house, method, target, "").await
}

/// The same, with more headers, each with its line end.
pub(super) async fn raw_with(house: &House, method: &str, target: &[u8], more: &str) -> String {
    let mut stream = house.tls(&house.identity("burger"), &["http/1.1"]).await.unwrap();
    let head = format!(
        " HTTP/1.1\r\nhost: x\r\nx-correlation-id: {NUMBER}\r\nx-magda-sender-id: {BURGER}\r\nconnection: close\r\n{more}\r\n"
    );
    let request = [method.as_bytes(), b" ", target, head.as_bytes()].concat();
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_target_goes_on_byte_for_byte_below_every_base() {
    block_on(async {
        let house = serving("{}");
        for target in [
            DETAIL.to_owned(),
            format!("/rest{DETAIL}"),
            format!("/Magda-v1/rest{DETAIL}"),
            format!("{SEARCH}?q=naam:kring*%20(x)&limit=10&offset=0"),
            format!("{SEARCH}?q=100%25+puur"),
            format!("{DETAIL}/historiek"),
        ] {
            assert_eq!(ask(&house, get(&target)).await.status, 200, "{target}");
            let asked = house.upstream.asked().pop().unwrap();
            assert!(asked.head.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{}", asked.head);
        }
    });
}

#[test]
fn a_target_that_could_be_read_in_two_ways_is_refused() {
    let detail = |from: &str, to: &str| DETAIL.replacen(from, to, 1);
    let query = |query: &str| format!("{SEARCH}?{query}");
    let traps: Vec<(&str, String, &str)> = vec![
        ("dot segment", detail("/v1", "/./v1"), "dot-segment"),
        ("two dots", detail("/v1", "/x/../v1"), "dot-segment"),
        ("dots at the end", format!("{DETAIL}/.."), "dot-segment"),
        ("encoded dots", detail("/v1", "/x/%2e%2e/v1"), "encoded-path"),
        ("half encoded dots", detail("/v1", "/x/.%2E/v1"), "encoded-path"),
        ("doubly encoded dots", detail("/v1", "/x/%252e%252e/v1"), "encoded-path"),
        ("encoded slash", detail("organisaties/", "organisaties%2F"), "encoded-path"),
        ("doubly encoded slash", detail("organisaties/", "organisaties%252F"), "encoded-path"),
        ("overlong slash", detail("organisaties/", "organisaties%C0%AF"), "encoded-path"),
        ("encoded letter", detail("V0001001", "%560001001"), "encoded-path"),
        ("encoded NUL", format!("{DETAIL}%00"), "encoded-path"),
        ("encoded line break", format!("{DETAIL}%0d%0aX-A:%20b"), "encoded-path"),
        ("matrix parameter", format!("{DETAIL};x=y"), "semicolon"),
        ("matrix parameter within", detail("/v1", "/v1;insz=1"), "semicolon"),
        ("path parameter that hides dots", detail("/v1", "/..;/v1"), "semicolon"),
        ("capitals", detail("/organisaties", "/Organisaties"), "case"),
        ("slash at the end", format!("{DETAIL}/"), "trailing-slash"),
        ("empty segment", detail("/v1/", "/v1//"), "empty-segment"),
        ("empty segment first", format!("/{DETAIL}"), "empty-segment"),
        ("another host", "//elders.example/v1".to_owned(), "empty-segment"),
        ("tilde and at", detail("/v1", "/v1@"), "character"),
        ("colon", format!("{DETAIL}:stop"), "character"),
        ("too long", format!("{SEARCH}/{}", "a".repeat(2100)), "too-long"),
        ("too deep", format!("/v1{}", "/a".repeat(30)), "too-long"),
        ("unknown key", query("fields=alles"), "unknown-key"),
        ("unknown key in capitals", query("INSZ=62680599650"), "unknown-key"),
        ("method in the query", query("_method=DELETE"), "unknown-key"),
        ("key twice", query("q=a&q=b"), "key-twice"),
        ("key twice, in capitals", query("q=a&Q=b"), "key-twice"),
        ("key without value", query("q"), "empty-pair"),
        ("empty query", query(""), "empty-pair"),
        ("empty pair", query("q=a&&limit=1"), "empty-pair"),
        ("no key", query("=a"), "empty-pair"),
        ("semicolon between pairs", query("q=a;insz=62680599650"), "semicolon"),
        ("encoded key", query("%71=a"), "character"),
        ("array key", query("q[]=a"), "character"),
        ("doubly encoded value", query("q=%2541"), "encoded-twice"),
        ("broken encoding", query("q=%4"), "broken-encoding"),
        ("no hexadecimal", query("q=%zz"), "broken-encoding"),
        ("overlong character", query("q=%c0%ae"), "broken-encoding"),
        ("encoded NUL in a value", query("q=a%00"), "broken-encoding"),
        ("encoded line break in a value", query("q=a%0d%0a"), "broken-encoding"),
        ("encoded INSZ", query("insz=6268059965%30"), "encoded-value"),
        (
            "too many pairs",
            query(&(0..40).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join("&")),
            "too-long",
        ),
    ];
    block_on(async {
        let house = serving("{}");
        for (what, target, why) in traps {
            let answer = raw(&house, "GET", target.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{what}: {answer}");
            assert!(answer.contains("urn:problem-type:belgif:badRequest"), "{what}: {answer}");
            assert!(answer.contains(&format!("({why})")), "{what}: {answer}");
        }
        assert!(house.upstream.asked().is_empty(), "nothing was forwarded");
    });
}

#[test]
fn what_is_no_request_target_is_refused_before_it_is_matched() {
    block_on(async {
        let house = serving("{}");
        for (what, method, target) in [
            ("backslash", "GET", DETAIL.replacen("/v1", "/x\\..\\v1", 1).into_bytes()),
            ("tab", "GET", format!("{SEARCH}?q=a\tb").into_bytes()),
            ("NUL", "GET", format!("{DETAIL}\0").into_bytes()),
            ("control", "GET", format!("{DETAIL}\x01").into_bytes()),
            ("latin-1", "GET", format!("{SEARCH}/caf").into_bytes().into_iter().chain([0xe9]).collect()),
            ("UTF-8", "GET", format!("{SEARCH}/caf\u{e9}").into_bytes()),
            ("full-width letters", "GET", format!("{SEARCH}/\u{ff36}0001001").into_bytes()),
            ("quotes", "GET", format!("{SEARCH}?q=\"a\"").into_bytes()),
            ("absolute form", "GET", format!("http://elders.example{DETAIL}").into_bytes()),
            ("absolute form of this host", "GET", format!("https://x{DETAIL}").into_bytes()),
            ("asterisk", "OPTIONS", b"*".to_vec()),
            ("asterisk to read", "GET", b"*".to_vec()),
            ("authority", "CONNECT", b"elders.example:443".to_vec()),
            ("no slash", "GET", DETAIL.as_bytes()[1..].to_vec()),
            ("nothing", "GET", Vec::new()),
            ("root", "GET", b"/".to_vec()),
        ] {
            let answer = raw(&house, method, &target).await;
            let refused = answer.starts_with("HTTP/1.1 400 ") || answer.is_empty();
            assert!(refused, "{what}: {answer}");
        }
        assert!(house.upstream.asked().is_empty(), "nothing was forwarded");
    });
}

#[test]
fn a_fragment_stays_here() {
    block_on(async {
        let house = serving("{}");
        let answer = raw(&house, "GET", format!("{DETAIL}#/../historiek").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let asked = house.upstream.asked().pop().unwrap();
        assert!(asked.head.starts_with(&format!("GET {DETAIL} HTTP/1.1\r\n")), "{}", asked.head);
    });
}

#[test]
fn a_parameter_that_does_not_look_like_one_is_no_route() {
    block_on(async {
        let house = serving("{}");
        for path in ["V0001001.json", "v0001001", "V000100", "zoeken", "V0001001*", "kbo"] {
            let answer = ask(&house, get(&format!("{SEARCH}/{path}"))).await;
            assert!([400, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
        }
        for path in [
            "/v2/organisaties/verenigingen/verenigingen",
            "/v1",
            "/rest/rest/v1/proef/bron",
            "/Rest/v1/proef/bron",
        ] {
            let answer = ask(&house, get(path)).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(problem(&answer)["type"], "urn:problem-type:belgif:resourceNotFound");
        }
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn another_method_is_told_which_there_are() {
    block_on(async {
        let house = serving("{}");
        for (method, path, allow) in [
            ("PUT", DETAIL, "GET, HEAD, PATCH, DELETE"),
            ("OPTIONS", DETAIL, "GET, HEAD, PATCH, DELETE"),
            ("TRACE", SEARCH, "GET, HEAD"),
            ("POST", SEARCH, "GET, HEAD"),
            ("get", SEARCH, "GET, HEAD"),
            ("HEAD", "/v1/proef/zoekingen", "POST"),
        ] {
            let answer = ask(&house, send(method, path, "")).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("allow")),
                (405, Some(allow)),
                "{method} {path}"
            );
        }
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn soap_is_soap_whatever_comes_to_its_path_and_rest_is_off_unless_a_setting_says_where() {
    block_on(async {
        let house = serving("{}");
        let answer = ask(&house, get(crate::messages::PATH)).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("POST")));
        assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
        let xml = crate::house::post("/onbekend", "<x/>");
        assert_eq!(ask(&house, xml).await.header("content-type"), Some("text/xml; charset=utf-8"));

        let off = House::planned(
            crate::house::Plan { settings: Box::new(|_| {}), ..super::plan() },
            crate::upstream::always(super::json("{}")),
        );
        let answer = ask(&off, get(DETAIL)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (405, Some("text/xml; charset=utf-8"))
        );
        assert!(off.upstream.asked().is_empty());
    });
}
