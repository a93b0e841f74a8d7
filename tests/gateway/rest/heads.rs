//! Headers: who calls, in which capacity, by which number. What decides stands once, and reaches the upstream.

use super::{BURGER, DETAIL, NUMBER, SEARCH, ask, ask_with_basis, get, problem, request, send, serving};
use crate::house::{GEMEENTE, block_on};
use http_body_util::Full;

#[test]
fn a_lawful_call_reaches_the_upstream_with_its_headers_and_comes_back_with_its_number() {
    block_on(async {
        let house = serving("{\"vCode\":\"V0001001\"}");
        let mut call = get(DETAIL);
        for (name, value) in [
            ("x-magda-sender-qualitycode", "1300"),
            ("x-magda-enduser-id", "71690499880"),
            ("accept", "application/json"),
            ("connection", "x-magda-sender-id, x-correlation-id, x-hop"),
            ("x-hop", "1"),
            ("if-none-match", "\"a\""),
            ("range", "bytes=0-1"),
        ] {
            call.headers_mut().insert(name, value.parse().unwrap());
        }
        let answer = ask(&house, call).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), "{\"vCode\":\"V0001001\"}");
        assert_eq!(answer.header("x-correlation-id"), Some(NUMBER));
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let asked = house.upstream.asked().pop().unwrap();
        for (name, value) in [
            ("x-magda-sender-id", Some(BURGER)),
            ("x-magda-sender-qualitycode", Some("1300")),
            ("x-magda-enduser-id", Some("71690499880")),
            ("x-correlation-id", Some(NUMBER)),
            ("accept", Some("application/json")),
            ("accept-encoding", Some("identity")),
            ("x-hop", None),
            ("if-none-match", None),
            ("range", None),
            ("content-length", None),
            ("transfer-encoding", None),
        ] {
            assert_eq!(asked.header(name), value, "{name}");
        }
    });
}

/// What is tried, with which headers more, and which less.
type Call = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

#[test]
fn a_header_that_decides_is_there_once_or_the_call_is_refused() {
    block_on(async {
        let house = serving("{}");
        let calls: [Call; 13] = [
            ("no sender", &[], &["x-magda-sender-id"]),
            ("two senders", &[("x-magda-sender-id", GEMEENTE)], &[]),
            ("the same sender twice", &[("x-magda-sender-id", BURGER)], &[]),
            ("a sender for CGI", &[("x_magda_sender_id", GEMEENTE)], &[]),
            ("a sender half for CGI", &[("x-magda_sender-id", BURGER)], &[]),
            (
                "two capacities",
                &[("x-magda-sender-qualitycode", "1"), ("x-magda-sender-qualitycode", "2")],
                &[],
            ),
            ("no number", &[], &["x-correlation-id"]),
            ("two numbers", &[("x-correlation-id", NUMBER)], &[]),
            ("another method", &[("x-http-method-override", "DELETE")], &[]),
            ("another method, shorter", &[("x-http-method", "DELETE")], &[]),
            ("another method, otherwise", &[("x-method-override", "DELETE")], &[]),
            ("another method for CGI", &[("x_http_method_override", "DELETE")], &[]),
            ("a number for CGI", &[("x_correlation_id", NUMBER)], &[]),
        ];
        for (what, more, less) in calls {
            let mut call = get(DETAIL);
            for name in less {
                call.headers_mut().remove(*name);
            }
            for (name, value) in more {
                call.headers_mut().append(http::HeaderName::from_static(name), value.parse().unwrap());
            }
            let answer = ask(&house, call).await;
            assert_eq!(answer.status, 400, "{what}");
            assert_eq!(problem(&answer)["type"], "urn:problem-type:belgif:badRequest", "{what}");
        }
        for number in ["1", "", "0f8fad5b", "0f8fad5b-d9cb-469f-a165-7086772895fg", "62680599650"] {
            let call = request("GET", DETAIL).header("x", "y").body(Full::default());
            let mut call = call.unwrap();
            call.headers_mut().insert("x-correlation-id", number.parse().unwrap());
            assert_eq!(ask(&house, call).await.status, 400, "`{number}`");
        }
        assert!(house.upstream.asked().is_empty());
        let metrics = house.metrics().await;
        assert!(metrics.contains("reason=\"statements-disagree\""), "contradictions are counted: {metrics}");
    });
}

#[test]
fn a_sender_is_byte_for_byte_one_of_the_consumers() {
    block_on(async {
        let house = serving("{}");
        for sender in [
            GEMEENTE,
            "Burger.be/ipdc7",
            "burger.be/ipdc7/",
            "burger.be/ipdc7, gemeente.be/ipdc1",
            "toezicht.be/ipdc8",
        ] {
            let mut call = get(DETAIL);
            call.headers_mut().insert("x-magda-sender-id", sender.parse().unwrap());
            let answer = ask(&house, call).await;
            assert_eq!(answer.status, 403, "{sender}");
            let problem = problem(&answer);
            assert_eq!(problem["type"], "urn:problem-type:poortwachter:senderNotRegistered");
            assert_eq!(problem["reason"], "sender-not-registered");
        }
        assert!(house.upstream.asked().is_empty());
        assert!(house.metrics().await.contains("reason=\"sender-not-registered\""));
    });
}

#[test]
fn a_capacity_decides_as_in_soap() {
    let limited = |capacity: &str| {
        let mut plan = super::plan();
        let text = plan.consumers[0].1.replace(
            "purpose = \"ipdc7\"\nvalid-from",
            &format!("purpose = \"ipdc7\"\n{capacity}\nvalid-from"),
        );
        plan.consumers[0].1 = text;
        crate::house::House::planned(plan, crate::upstream::always(super::json("{}")))
    };
    block_on(async {
        let house = limited("capacity = \"1300\"");
        let with = |capacity: Option<&str>| {
            let mut call = get(DETAIL);
            if let Some(capacity) = capacity {
                call.headers_mut().insert("x-magda-sender-qualitycode", capacity.parse().unwrap());
            }
            call
        };
        assert_eq!(ask(&house, with(Some("1300"))).await.status, 200);
        for other in [None, Some("1301"), Some("")] {
            let answer = ask(&house, with(other)).await;
            assert_eq!(
                (answer.status.as_u16(), &problem(&answer)["reason"]),
                (403, &"wrong-capacity".into()),
                "{other:?}"
            );
        }
    });
}

#[test]
fn a_body_goes_on_as_it_came_after_it_was_read_once() {
    block_on(async {
        let house = serving("{}");
        let body =
            "{ \"naam\" : \"Kring\\u00e9\" ,\n\t\"vertegenwoordigers\":[{\"insz\":\"1\"},{\"insz\":\"2\"}]}";
        assert_eq!(ask(&house, send("PATCH", DETAIL, body)).await.status, 200);
        let asked = house.upstream.asked().pop().unwrap();
        assert!(asked.head.starts_with(&format!("PATCH {DETAIL} HTTP/1.1\r\n")));
        assert_eq!(String::from_utf8(asked.body.clone()).unwrap(), body);
        assert_eq!(asked.header("content-length"), Some(body.len().to_string().as_str()));
        assert_eq!(ask(&house, send("DELETE", DETAIL, "")).await.status, 200);

        for (what, body) in [
            ("no JSON", "naam=x"),
            ("a comma too many", "{\"a\":1,}"),
            ("two documents", "{}{}"),
            ("half a document", "{\"a\":"),
            ("a mark before it", "\u{feff}{}"),
            ("not a number", "{\"a\":NaN}"),
            ("too deep", &"[".repeat(100)),
        ] {
            assert_eq!(ask(&house, send("PATCH", DETAIL, body)).await.status, 400, "{what}");
        }
        let twice = [
            "{\"insz\":\"1\",\"insz\":\"2\"}",
            "{\"insz\":\"1\",\"INSZ\":\"2\"}",
            "{\"insz\":\"1\",\"in\\u0073z\":\"2\"}",
        ];
        for body in twice {
            assert_eq!(ask(&house, send("POST", "/v1/proef/zoekingen", body)).await.status, 400, "{body}");
        }
        for method in ["GET", "HEAD", "DELETE"] {
            assert_eq!(ask(&house, send(method, DETAIL, "{}")).await.status, 400, "{method} with a body");
        }
        let mut xml = send("PATCH", DETAIL, "{}");
        xml.headers_mut().insert("content-type", "text/xml".parse().unwrap());
        assert_eq!(ask(&house, xml).await.status, 415);
        let mut coded = send("PATCH", DETAIL, "{}");
        coded.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        assert_eq!(ask(&house, coded).await.status, 415);
        // By its length, before it is read.
        let long = "content-type: application/json\r\ncontent-length: 70000\r\nexpect: 100-continue\r\n";
        let refused = super::targets::raw_with(&house, "PATCH", DETAIL.as_bytes(), long).await;
        assert!(
            refused.starts_with("HTTP/1.1 413 ") && refused.contains("belgif:payloadTooLarge"),
            "{refused}"
        );
        assert_eq!(house.upstream.asked().len(), 2);
    });
}

#[test]
fn who_asks_by_insz_needs_a_basis_wherever_the_number_stands() {
    block_on(async {
        let house = serving("{}");
        let insz = "62680599650";
        let calls = || {
            vec![
                ("query", get(&format!("{SEARCH}?insz={insz}&includeKboVerenigingen=true"))),
                ("query, without enterprises", get(&format!("{SEARCH}?insz={insz}"))),
                ("query, empty", get(&format!("{SEARCH}?insz="))),
                ("free text", get(&format!("{SEARCH}?q=vertegenwoordigers.insz:{insz}"))),
                ("free text, encoded", get(&format!("{SEARCH}?q=%36268059965%30"))),
                ("free text, in groups", get(&format!("{SEARCH}?q=62.68.05-996.50"))),
                ("free text, with spaces", get(&format!("{SEARCH}?q=62+68+05+996+50"))),
                ("path", get(&format!("/v1/proef/personen/{insz}"))),
                ("another service's query", get(&format!("/v1/proef/ondernemingen?insz={insz}"))),
                (
                    "body",
                    send("POST", "/v1/proef/zoekingen", &format!("{{\"a\":[{{\"INSZ\":\"{insz}\"}}]}}")),
                ),
                (
                    "body, escaped",
                    send("POST", "/v1/proef/zoekingen", "{\"rijksregister\\u006eummer\":null}"),
                ),
            ]
        };
        for (what, call) in calls() {
            let answer = ask(&house, call).await;
            assert_eq!(answer.status, 403, "{what}");
            assert_eq!(problem(&answer)["reason"], "basis-missing", "{what}");
        }
        assert!(house.upstream.asked().is_empty());
        for (what, call) in calls() {
            assert_eq!(ask_with_basis(&house, call).await.status, 200, "{what}");
        }
        for target in ["?q=kring&limit=10", "?q=0123456749", "?includeKboVerenigingen=true"] {
            assert_eq!(ask(&house, get(&format!("{SEARCH}{target}"))).await.status, 200, "{target}");
        }
        assert_eq!(ask(&house, send("POST", "/v1/proef/zoekingen", "{\"naam\":\"x\"}")).await.status, 200);
    });
}

#[test]
fn the_source_asked_decides_and_none_asks_all() {
    block_on(async {
        let house = serving("{}");
        for (query, want) in
            [("?bron=KSZ", 200), ("?bron=RR", 403), ("", 403), ("?bron=", 403), ("?bron=ksz", 403)]
        {
            let answer = ask(&house, get(&format!("/v1/proef/bron{query}"))).await;
            assert_eq!(answer.status, want, "{query}");
        }
        assert_eq!(ask(&house, get("/v1/proef/bron?bron=%4BSZ")).await.status, 400, "one spelling");
    });
}
