//! Calls that end before any verdict, and calls by token, have their records, too.

use poortwachter::config::{self, Door};
use serde_json::Value;

use crate::house::{GEMEENTE, House, INSPECTIE, Plan, block_on, gemeente, inspectie, post};
use crate::messages::{PATH, Question, answer, stripped};
use crate::tokens::{Issuer, anonymous, answered_at_last, request, with_client};
use crate::trail::{FULL, Fault, Kept};
use crate::upstream::{always, ok};

/// A house in which the municipality has a client, too, and may call three times.
fn house(issuer: &Issuer, kept: &Kept, disk: &Fault) -> House {
    let tokens = issuer.settings();
    let audited = kept.plan_on(disk);
    let settings = Box::new(move |settings: &mut config::Gateway| {
        (audited.settings)(settings);
        settings.tokens = Some(tokens);
        let Door::Mutual(tls) = &mut settings.listener.door else { panic!("a plain door") };
        tls.certificate_is_optional = true;
    });
    let limits = "limits = { calls-per-second = 1, burst = 3 }\nclients =";
    let gemeente = with_client(&gemeente(), "gemeente-client", "either").replacen("clients =", limits, 1);
    let consumers = vec![("gemeente", gemeente), ("inspectie", inspectie())];
    let plan = Plan { settings, consumers, disk: audited.disk, ..Plan::default() };
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

#[test]
fn whatever_ends_a_call_is_on_record_before_it_is_said() {
    let (issuer, kept, disk) = (Issuer::new(), Kept::new(), Fault::default());
    let mut house = house(&issuer, &kept, &disk);
    let token = issuer.token("gemeente-client");
    block_on(async {
        let mut nobody = anonymous(&house).await;
        // Until the issuer's keys are in.
        answered_at_last(&mut nobody, &token).await;
        let before = kept.calls().len();
        let last = || kept.calls().pop().unwrap();
        let told = |call: &Value| format!("{} {} {}", call["phase"], call["reason"], call["status"]);

        let called = last();
        assert_eq!((&called["consumer"], &called["phase"]), (&"gemeente".into(), &"closed".into()));
        let opened = kept.calls().into_iter().find(|call| call["trace"] == called["trace"]).unwrap();
        assert_eq!(opened["known_by"], "token");

        assert_eq!(nobody.send(request(GEMEENTE, None)).await.status, 401);
        assert_eq!(told(&last()), "\"refused\" \"no-credentials\" 401");
        assert_eq!(anonymous(&house).await.send(request(GEMEENTE, Some("a.b.c"))).await.status, 401);
        assert_eq!(told(&last()), "\"refused\" \"bad-token\" 401");

        let mut both = house.consumer("gemeente").await;
        assert_eq!(both.send(request(GEMEENTE, Some(&token))).await.text(), stripped(1));
        let calls = kept.calls();
        assert_eq!(calls[calls.len() - 2]["known_by"], "certificate-and-token");
        assert_eq!(both.ask(PATH, Question::from(GEMEENTE).xml()).await.status, 200);
        assert_eq!(both.ask(PATH, Question::from(GEMEENTE).xml()).await.status, 429);
        let throttled = last();
        assert_eq!(told(&throttled), "\"refused\" \"calls-per-second\" 429");
        assert_eq!(
            (&throttled["consumer"], &throttled["verdict"]),
            (&"gemeente".into(), &"throttled".into())
        );

        let mut twice = post(PATH, Question::from(INSPECTIE).xml());
        twice.headers_mut().append("host", "elders".parse().unwrap());
        assert_eq!(house.consumer("inspectie").await.send(twice).await.status, 400);
        assert_eq!(told(&last()), "\"refused\" \"malformed-head\" 400");
        assert_eq!(kept.calls().len(), before + 2 + 2 * 2 + 2, "one each, or two of a call that passed");

        // And without a record none of that is said.
        disk.set(FULL);
        let unsaid = anonymous(&house).await.send(request(GEMEENTE, None)).await;
        assert_eq!((unsaid.status.as_u16(), unsaid.header("www-authenticate")), (503, None));
        let unsaid = both.ask(PATH, Question::from(GEMEENTE).xml()).await;
        assert_eq!((unsaid.status.as_u16(), unsaid.header("ratelimit")), (503, None));
        disk.set(0);
        house.shutdown().await;
    });
    assert_eq!(kept.check().findings, []);
    kept.is_as_the_schema_says();
    assert!(!kept.text().contains(&token[..20]), "no part of a token");
}
