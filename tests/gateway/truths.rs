//! What HTTP says around an answer is true of the answer that leaves, or is not said; and no request header makes the
//! upstream send what the filter does not see.

use std::fmt::Write as _;
use std::sync::Arc;

use http::HeaderMap;

use crate::house::{Answer, GEMEENTE, House, block_on, post};
use crate::messages::{INSZ, NAME, PATH, Question, answer, long_answer, stripped};
use crate::upstream::{Script, Step, always, ok, with_head};

const XML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";

async fn asked_with(house: &House, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = post(PATH, Question::from(GEMEENTE).xml());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    house.consumer("gemeente").await.send(request).await
}

fn names(headers: &HeaderMap) -> Vec<String> {
    let mut names: Vec<_> = headers.keys().map(ToString::to_string).collect();
    names.sort();
    names
}

/// Every header that speaks of the bytes, the time or the place of the upstream's own answer.
const OF_THE_UPSTREAM: [(&str, &str); 21] = [
    ("Accept-Ranges", "bytes"),
    ("Age", "60"),
    ("Allow", "GET"),
    ("Alt-Svc", "h3=\":443\""),
    ("Content-Digest", "sha-256=:AAAA:"),
    ("Content-Disposition", "attachment; filename=\"Janssens-Geheim.xml\""),
    ("Content-Location", "/62680599650"),
    ("Content-MD5", "AAAA"),
    ("Content-Range", "bytes 0-9/10"),
    ("Delta-Base", "\"x\""),
    ("Digest", "sha-256=AAAA"),
    ("ETag", "\"x\""),
    ("Expires", "Tue, 24 Nov 2026 10:00:00 GMT"),
    ("IM", "feed"),
    ("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT"),
    ("Link", "</62680599650>; rel=\"next\""),
    ("Location", "/62680599650"),
    ("Repr-Digest", "sha-256=:AAAA:"),
    ("Server-Timing", "db;desc=\"Janssens-Geheim\""),
    ("Warning", "199 - \"Janssens-Geheim\""),
    ("X-Magda-Exceptions", "[\"Janssens-Geheim\"]"),
];

#[test]
fn what_is_true_of_the_upstreams_answer_alone_does_not_leave_whether_it_is_short_or_long() {
    let mut head =
        XML.replace("\r\nContent-Type", "\r\nVary: *\r\nCache-Control: public, max-age=60\r\nContent-Type");
    for (name, value) in OF_THE_UPSTREAM {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    for (count, body) in [(1, answer("GeefOnderneming")), (20_000, long_answer(20_000))] {
        block_on(async {
            let house = House::new(always(with_head(&head, &body)));
            let got = asked_with(&house, &[]).await;
            assert_eq!(got.text(), stripped(count));
            for (name, _) in OF_THE_UPSTREAM {
                assert_eq!(got.header(name), None, "{name}");
            }
            assert_eq!(got.header("cache-control"), Some("no-store"));
            assert_eq!(got.header("vary"), Some("accept-encoding"));
            let length = (count == 1).then(|| stripped(1).len().to_string());
            assert_eq!(got.header("content-length"), length.as_deref());
        });
    }
}

#[test]
fn trailers_do_not_leave() {
    block_on(async {
        let body = answer("GeefOnderneming");
        let sent = format!(
            "{XML}Transfer-Encoding: chunked\r\nTrailer: Content-Digest\r\n\r\n{:x}\r\n{body}\r\n0\r\nContent-Digest: {INSZ}\r\n\r\n",
            body.len()
        );
        let house = House::new(always(vec![Step::Send(sent.into_bytes())]));
        let got = asked_with(&house, &[("te", "trailers")]).await;
        assert_eq!(got.text(), stripped(1));
        assert_eq!((got.header("trailer"), got.header("content-digest")), (None, None));
    });
}

#[test]
fn an_answer_without_a_body_passes_as_204_and_with_nothing_else() {
    block_on(async {
        let head = format!(
            "HTTP/1.1 204 No Content\r\nETag: \"{INSZ}\"\r\nContent-Type: text/xml\r\nX-Name: {NAME}\r\n\r\n"
        );
        let house = House::new(always(vec![Step::Send(head.into_bytes())]));
        let got = asked_with(&house, &[]).await;
        assert_eq!((got.status.as_u16(), got.text().as_str()), (204, ""));
        let want = [
            "belgov-trace-id",
            "cache-control",
            "date",
            "poortwachter-removes",
            "poortwachter-retention",
            "vary",
        ];
        assert_eq!(names(&got.headers), want);
        let metrics = house.metrics().await;
        assert!(metrics.contains("verdict=\"allowed\",reason=\"none\"} 1"), "{metrics}");
    });
}

#[test]
fn what_an_upstream_sends_behind_a_204_is_nobodys() {
    block_on(async {
        let script: Script = Arc::new(|asked| match asked.connection {
            0 => {
                let body = answer("GeefOnderneming");
                let head = format!("HTTP/1.1 204 No Content\r\nContent-Length: {}\r\n\r\n", body.len());
                vec![Step::Send([head, body].concat().into_bytes())]
            }
            _ => ok(&answer("GeefOnderneming")),
        });
        let house = House::new(script);
        let mut gemeente = house.consumer("gemeente").await;
        let first = gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await;
        assert_eq!((first.status.as_u16(), first.text().as_str()), (204, ""));
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
    });
}

#[test]
fn statuses_that_are_no_whole_answer_are_withheld() {
    let body = answer("GeefOnderneming");
    for line in [
        "206 Partial Content",
        "205 Reset Content",
        "226 IM Used",
        "300 Multiple Choices",
        "301 Moved",
        "302 Found",
        "303 See Other",
        "304 Not Modified",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        block_on(async {
            let head = format!("HTTP/1.1 {line}\r\nContent-Type: text/xml\r\nLocation: /{INSZ}\r\n");
            let house = House::new(always(with_head(&head, &body)));
            let got = asked_with(&house, &[]).await;
            assert_eq!(got.status, 502, "{line}");
            assert_eq!(got.header("location"), None, "{line}");
            let metrics = house.metrics().await;
            assert!(metrics.contains("fault=\"status\"} 1\n"), "{line}: {metrics}");
        });
    }
}

#[test]
fn no_wish_about_the_answers_bytes_reaches_the_upstream() {
    let wishes = [
        ("a-im", "diffe, feed"),
        ("accept", "application/json"),
        ("accept-charset", "utf-7"),
        ("accept-datetime", "Tue, 24 Nov 2020 10:00:00 GMT"),
        ("accept-encoding", "compress, br"),
        ("accept-signature", "sig1=()"),
        ("cache-control", "only-if-cached"),
        ("if-match", "\"x\""),
        ("if-modified-since", "Tue, 24 Nov 2026 10:00:00 GMT"),
        ("if-none-match", "*"),
        ("if-range", "\"x\""),
        ("im", "feed"),
        ("negotiate", "trans"),
        ("pragma", "no-cache"),
        ("prefer", "return=minimal"),
        ("range", "bytes=100-"),
        ("te", "trailers, gzip"),
        ("want-content-digest", "sha-256=1"),
        ("want-digest", "sha-256"),
        ("want-repr-digest", "sha-256=1"),
        ("x-http-method-override", "HEAD"),
        ("x-sendfile-type", "X-Accel-Redirect"),
    ];
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        assert_eq!(asked_with(&house, &wishes).await.text(), stripped(1));
        let asked = &house.upstream.asked()[0];
        for (name, value) in wishes {
            let got = asked.header(name);
            match name {
                "accept-encoding" => assert_eq!(got, Some("identity")),
                "accept" => assert!(got.is_some_and(|got| got != value && got.contains("text/xml"))),
                _ => assert_eq!(got, None, "{name}"),
            }
        }
    });
}

#[test]
fn the_calls_number_comes_back_and_no_other_text_in_its_place() {
    let uuid = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let other = "0f8fad5b-d9cb-469f-a165-7086772895fe";
    for (own, told, want) in [
        (uuid, uuid, Some(uuid)),
        (uuid, other, Some(other)),
        ("vraag-7", "vraag-7", Some("vraag-7")),
        ("vraag-7", "vraag-8", None),
        ("vraag-7", NAME, None),
        (INSZ, INSZ, None),
        (uuid, "7c9e6679-7425-40de-944b-62680599650a", None),
        (uuid, "62.68.05-996.50", None),
    ] {
        for name in ["x-correlation-id", "x-request-id"] {
            block_on(async {
                let head = format!("{XML}{name}: {told}\r\n");
                let house = House::new(always(with_head(&head, &answer("GeefOnderneming"))));
                let got = asked_with(&house, &[(name, own)]).await;
                assert_eq!(got.header(name), want, "{name}: {own} {told}");
                assert_eq!(house.upstream.asked()[0].header(name), Some(own));
            });
        }
    }
}

#[test]
fn headers_that_pass_pass_only_as_what_they_are() {
    block_on(async {
        let head = format!(
            "{XML}Content-Language: {NAME}\r\nRetry-After: {INSZ}\r\nDate: {NAME}\r\nX-Request-Id: {NAME}\r\nX-Request-Id: {NAME}\r\n"
        );
        let house = House::new(always(with_head(&head, &answer("GeefOnderneming"))));
        let got = asked_with(&house, &[]).await;
        let said = format!("{:?}", got.headers);
        assert!(!said.contains(NAME) && !said.contains(INSZ), "{said}");
        let head = format!(
            "{XML}Content-Language: nl-BE\r\nRetry-After: 120\r\nDate: Tue, 24 Nov 2026 09:00:00 GMT\r\n"
        );
        let house = House::new(always(with_head(&head, &answer("GeefOnderneming"))));
        let got = asked_with(&house, &[]).await;
        for (name, value) in
            [("content-language", "nl-BE"), ("retry-after", "120"), ("date", "Tue, 24 Nov 2026 09:00:00 GMT")]
        {
            assert_eq!(got.header(name), Some(value));
        }
    });
}
