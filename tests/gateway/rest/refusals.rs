//! Refusals as REST consumers read them.

use serde_json::json;

use super::{DETAIL, NUMBER, SEARCH, ask, get, house, problem, serving};
use crate::house::{House, Plan, block_on};
use crate::upstream::{Step, always};

#[test]
fn a_refusal_says_what_is_missing_by_which_rule_and_whom_to_ask() {
    block_on(async {
        let house = serving("{}");
        let call = || get(&format!("{SEARCH}?insz=62680599650"));
        let answer = ask(&house, call()).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.header("x-correlation-id"), Some(NUMBER));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-language"), Some("nl"));
        let said = problem(&answer);
        assert_eq!(said["type"], "urn:problem-type:belgif:missingPermission");
        assert_eq!(said["status"], 403);
        assert_eq!(said["instance"], format!("urn:uuid:{NUMBER}"));
        assert_eq!((&said["reason"], &said["rule"]), (&json!("basis-missing"), &json!("1g-3")));
        assert_eq!(said["traceId"].as_str(), answer.header("belgov-trace-id"));
        for member in ["href", "title", "detail", "contact"] {
            assert!(said[member].is_string(), "{member}: {said}");
        }
        assert!(said["href"].as_str().unwrap().starts_with("https://"), "{said}");
        assert!(
            said["detail"]
                .as_str()
                .unwrap()
                .starts_with("Geen toegang tot organisaties.verenigingen/01.00 voor burger.be/ipdc7: ")
        );
        assert!(!answer.text().contains("62680599650") && !answer.text().contains("/v1/organisaties"));

        let mut english = call();
        english.headers_mut().insert("accept-language", "en".parse().unwrap());
        let said = problem(&ask(&house, english).await);
        assert_eq!(said["title"], "No permission for the service");
        assert!(said["detail"].as_str().unwrap().starts_with("No access to "));
    });
}

#[test]
fn every_departure_has_its_own_type_and_number() {
    block_on(async {
        let house = serving("{}");
        let mut unread = super::send("PATCH", DETAIL, "{}");
        unread.headers_mut().insert("content-type", "text/csv".parse().unwrap());
        let mut elsewhere = get(DETAIL);
        elsewhere.headers_mut().insert("accept", "text/xml".parse().unwrap());
        for (call, status, name) in [
            (get("/v1/onbekend"), 404, "belgif:resourceNotFound"),
            (
                get("/v1/onderneming/ondernemingen/adressenLocaties/0123456749"),
                404,
                "belgif:resourceNotFound",
            ),
            (super::send("PUT", DETAIL, ""), 405, "poortwachter:methodNotAllowed"),
            (elsewhere, 406, "poortwachter:notAcceptable"),
            (unread, 415, "poortwachter:unsupportedMediaType"),
            (super::send("PATCH", DETAIL, "{"), 400, "belgif:badRequest"),
            (get("/v1/socZek/handicap/volledigeDossiers?rrnr=19421120002"), 403, "belgif:missingPermission"),
        ] {
            let target = call.uri().clone();
            let answer = ask(&house, call).await;
            let said = problem(&answer);
            assert_eq!(answer.status, status, "{target}");
            assert_eq!(said["type"], format!("urn:problem-type:{name}"), "{target}");
            assert_eq!(said["status"], status, "{target}");
            assert_eq!(said["instance"], format!("urn:uuid:{NUMBER}"));
        }
        let stranger = house.consumer("vreemd").await.send(get(DETAIL)).await;
        assert_eq!(stranger.status, 403);
        assert_eq!(problem(&stranger)["type"], "urn:problem-type:poortwachter:unknownConsumer");
        assert!(house.upstream.asked().is_empty());

        let mut unnumbered = get(DETAIL);
        unnumbered.headers_mut().remove("x-correlation-id");
        let answer = ask(&house, unnumbered).await;
        let said = problem(&answer);
        assert_eq!(said["instance"], format!("urn:uuid:{}", answer.header("belgov-trace-id").unwrap()));
        assert_eq!(answer.header("x-correlation-id"), None);
    });
}

#[test]
fn our_own_outage_is_never_the_consumers_doing() {
    block_on(async {
        let closed = house(always(vec![Step::Close]));
        let answer = ask(&closed, get(DETAIL)).await;
        assert_eq!(
            (answer.status.as_u16(), &problem(&answer)["type"]),
            (502, &json!("urn:problem-type:belgif:badGateway"))
        );

        let house = serving("{}");
        house.time.set("2026-11-25T10:00:00Z");
        let answer = ask(&house, get(DETAIL)).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, Some("5")));
        assert_eq!(problem(&answer)["type"], "urn:problem-type:belgif:serviceUnavailable");

        let mut plan = super::plan();
        let settings = plan.settings;
        plan.settings = Box::new(|gateway| {
            settings(gateway);
            gateway.upstream.total = std::time::Duration::from_millis(50);
        });
        let gate = crate::upstream::Gate::default();
        let slow = House::planned(Plan { ..plan }, always(vec![Step::Await(gate.clone())]));
        let answer = ask(&slow, get(DETAIL)).await;
        gate.open();
        assert_eq!(
            (answer.status.as_u16(), &problem(&answer)["type"]),
            (504, &json!("urn:problem-type:poortwachter:gatewayTimeout"))
        );
    });
}
