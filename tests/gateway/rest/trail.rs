//! The audit trail of REST calls: the same records as of SOAP, and no answer without one.

use poortwachter::audit::keys::{Numbered, PseudonymKey};
use poortwachter::audit::trail::frame::shown;
use sha2::Digest as _;

use super::{DETAIL, NUMBER, SEARCH, ask, ask_with_basis, get, json, plan, problem, request, send};
use crate::house::{House, Plan, block_on};
use crate::trail::{FULL, Fault, Kept};
use crate::upstream::{Step, always, with_head};

const PERSON: &str = "62680599650";
const ENTERPRISE: &str = "0123456749";

/// The plan of REST with that trail.
fn kept(audited: Plan) -> Plan {
    let rest = plan();
    Plan {
        settings: Box::new(move |settings| {
            (rest.settings)(settings);
            (audited.settings)(settings);
        }),
        disk: audited.disk,
        consumers: rest.consumers,
        catalogue: rest.catalogue,
        ..Plan::default()
    }
}

fn digest(text: &str) -> String {
    shown(&sha2::Sha256::digest(text))
}

#[test]
fn a_call_leaves_who_asked_what_about_whom_and_what_became_of_it() {
    let trail = Kept::new();
    let body = "{\"naam\":\"x\"}";
    let mut house = House::planned(kept(trail.plan()), always(json(body)));
    block_on(async {
        let enterprise = format!("/v1/proef/ondernemingen/{ENTERPRISE}");
        assert_eq!(ask(&house, get(&enterprise)).await.status, 200);
        let search = send("POST", "/v1/proef/zoekingen", &format!("{{\"insz\":\"{PERSON}\"}}"));
        assert_eq!(ask_with_basis(&house, search).await.status, 200);
        let refused = get(&format!("{SEARCH}?insz={PERSON}"));
        assert_eq!(ask(&house, refused).await.status, 403);
        assert_eq!(ask(&house, get(&format!("{SEARCH}?onbekend=1"))).await.status, 400);
        let mut numberless = get(DETAIL);
        numberless.headers_mut().remove("x-correlation-id");
        assert_eq!(ask(&house, numberless).await.status, 400);
        house.shutdown().await;
    });
    let calls = trail.calls();
    let phases: Vec<_> = calls.iter().map(|call| call["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["opened", "closed", "opened", "closed", "refused", "refused", "refused"]);
    let key = PseudonymKey::load(&trail.directory.path().join("pseudonym.key")).unwrap();
    let pseudonym = |of, digits| shown(&key.pseudonym(of, digits));
    assert_eq!((&calls[0]["consumer"], &calls[0]["known_by"]), (&"burger".into(), &"certificate".into()));
    assert_eq!((&calls[0]["sender"], &calls[0]["purpose"]), (&super::BURGER.into(), &"ipdc7".into()));
    assert_eq!(calls[0]["operation"], "proef.onderneming/01.00");
    assert_eq!(calls[0]["enterprises"][0], pseudonym(Numbered::Enterprise, ENTERPRISE));
    assert!(calls[0]["sources"][0] == "kbo-vkbo" && calls[0]["subjects"].is_null());
    assert_eq!((&calls[1]["trace"], &calls[1]["verdict"]), (&calls[0]["trace"], &"allowed".into()));
    assert_eq!(calls[1]["answer_before"], digest(body));
    assert_eq!(calls[2]["subjects"][0], pseudonym(Numbered::Person, PERSON));
    assert_eq!((&calls[4]["status"], &calls[4]["consumer"]), (&403.into(), &"burger".into()));
    assert_eq!(calls[4]["subjects"][0], pseudonym(Numbered::Person, PERSON), "of a refused call, too");
    assert!(calls[4]["sources"].is_array() && calls[4]["rule"].is_string(), "{}", calls[4]);
    assert!(calls[5..].iter().all(|call| call["verdict"] == "unreadable"));
    let text = trail.text();
    for secret in [PERSON, ENTERPRISE, "onbekend", "/v1/", NUMBER] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(trail.check().findings, []);
    trail.is_as_the_schema_says();
}

#[test]
fn heads_alone_nothing_and_errors_are_on_record_before_they_leave() {
    let trail = Kept::new();
    let error = "{\"title\":\"fout\",\"detail\":\"62.68.05-996.50\"}";
    let script = std::sync::Arc::new(move |asked: &crate::upstream::Asked| -> Vec<Step> {
        let head = |status: &str| format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n");
        match asked.head.split(' ').next() {
            Some("HEAD") => vec![Step::Send(format!("{}Content-Length: 9\r\n\r\n", head("200 OK")).into())],
            Some("DELETE") => vec![Step::Send(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())],
            _ => with_head(&head("404 Not Found"), error),
        }
    });
    let mut house = House::planned(kept(trail.plan()), script);
    block_on(async {
        for (method, status) in [("HEAD", 200), ("DELETE", 204), ("GET", 404)] {
            let asked = request(method, DETAIL).body(http_body_util::Full::default()).unwrap();
            let answer = ask(&house, asked).await;
            assert_eq!(answer.status, status, "{method}");
            let calls = trail.calls();
            let last = calls.last().unwrap();
            assert_eq!((&last["phase"], &last["status"]), (&"closed".into(), &status.into()), "{method}");
            if method == "GET" {
                assert_eq!(last["answer_before"], digest(error));
                assert_eq!(last["answer_after"], digest(&answer.text()));
                assert_eq!(last["removed"]["error-text"], 1, "{last}");
            }
        }
        house.shutdown().await;
    });
    assert_eq!(trail.calls().len(), 6);
    assert_eq!(trail.check().findings, []);
    trail.is_as_the_schema_says();
}

#[test]
fn without_a_record_there_is_no_answer() {
    let trail = Kept::new();
    let disk = Fault::default();
    let mut house = House::planned(kept(trail.plan_on(&disk)), always(json("{}")));
    block_on(async {
        disk.set(FULL);
        // A lawful one, a refusal, and one that cannot be read.
        for asked in [get(DETAIL), get(&format!("{SEARCH}?insz={PERSON}")), get("/v1/niets")] {
            let refused = ask(&house, asked).await;
            assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("5")));
            let said = problem(&refused);
            assert_eq!(said["type"], "urn:problem-type:belgif:serviceUnavailable");
            assert_eq!(said["reason"], "unrecorded");
        }
        assert_eq!(house.upstream.asked().len(), 0, "nothing was forwarded");
        disk.set(0);
        while ask(&house, get(DETAIL)).await.status != 200 {
            tokio::task::yield_now().await;
        }
        house.shutdown().await;
    });
    assert_eq!(trail.check().findings, []);
    trail.is_as_the_schema_says();
}
