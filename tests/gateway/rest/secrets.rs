//! What a target or a header holds of a person reaches no log line, no label and no refusal.

use std::fmt::Write as _;

use super::{DETAIL, SEARCH, ask, ask_with_basis, get, send, serving};
use crate::house::{block_on, logged};

/// Numbers no other test of this process uses, each in a place of its own.
const SECRETS: [&str; 8] = [
    "62680599749",
    "62680599848",
    "62680599947",
    "62.68.06-000.43",
    "62680600142",
    "geheime-zoekterm",
    "V7777777",
    "geheim-kenmerk",
];

#[test]
fn nothing_of_a_question_is_logged_counted_or_said() {
    block_on(async {
        let house = serving("{\"insz\":\"62680600142\"}");
        let [query, path, body, grouped, _, word, code, reference] = SECRETS;
        let calls = || {
            let mut with_user = get(&format!("{SEARCH}/{code}"));
            with_user.headers_mut().insert("x-magda-enduser-id", query.parse().unwrap());
            let mut wrong = get(DETAIL);
            wrong.headers_mut().insert("x-correlation-id", reference.parse().unwrap());
            let mut sender = get(DETAIL);
            sender.headers_mut().insert("x-magda-sender-qualitycode", reference.parse().unwrap());
            vec![
                get(&format!("{SEARCH}?insz={query}")),
                get(&format!("{SEARCH}?insz={query}&insz={query}")),
                get(&format!("{SEARCH}?{query}")),
                get(&format!("{SEARCH}?onbekend={word}")),
                get(&format!("{SEARCH}?q={word}")),
                get(&format!("{SEARCH}?q={grouped}")),
                get(&format!("{SEARCH}/{path}")),
                get(&format!("{SEARCH}/{path}/")),
                get(&format!("/v1/proef/personen/{path}")),
                get(&format!("/onbekend/{path}?{word}")),
                send("POST", "/v1/proef/zoekingen", &format!("{{\"insz\":\"{body}\"}}")),
                send("POST", "/v1/proef/zoekingen", &format!("{{\"insz\":\"{body}\"")),
                send("PUT", &format!("{SEARCH}/{code}"), body),
                with_user,
                wrong,
                sender,
            ]
        };
        let mut said = String::new();
        for call in calls() {
            let answer = ask(&house, call).await;
            if answer.status != 200 {
                let _ = writeln!(said, "{:?} {}", answer.headers, answer.text());
            }
        }
        for call in calls() {
            let _ = ask_with_basis(&house, call).await;
        }
        let metrics = house.metrics().await;
        assert!(metrics.contains("organisaties.verenigingen/01.00"), "calls are counted by service");
        let log = logged();
        assert!(log.contains("organisaties.verenigingen/01.00"), "and recorded");
        for secret in SECRETS {
            for (place, text) in [("the log", &log), ("metrics", &metrics), ("refusals", &said)] {
                assert!(!text.contains(secret), "`{secret}` stands in {place}");
            }
        }
        for text in [&log, &metrics, &said] {
            assert!(!text.contains("/v1/organisaties") && !text.contains("/v1/proef"), "a path");
        }
    });
}
