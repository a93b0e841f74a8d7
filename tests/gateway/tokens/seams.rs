//! Tokens where they meet hops, revocations and REST.

use super::*;
use crate::hops::{client_cert_from, passed_on};
use crate::rest;

impl Issuer {
    /// A house behind a trusted hop, in which both consumers have a client and that rule.
    fn house_behind(&self, rule: &str) -> House {
        let consumers = vec![
            ("gemeente", with_client(&gemeente(), "gemeente-client", rule)),
            ("inspectie", with_client(&inspectie(), "inspectie-client", rule)),
        ];
        let tokens = self.settings();
        let settings = Box::new(move |settings: &mut config::Gateway| {
            settings.tokens = Some(tokens);
            settings.listener.hop = Some(client_cert_from("127.0.0.1/32"));
        });
        House::planned(
            Plan { settings, consumers, ..Plan::default() },
            always(ok(&answer("GeefOnderneming"))),
        )
    }
}

#[test]
fn a_hop_s_call_is_from_whom_certificate_and_token_both_name() {
    block_on(async {
        for (rule, alone) in [("either", ""), ("both", "credentials-missing")] {
            let issuer = Issuer::new();
            let house = issuer.house_behind(rule);
            let (hop, who) = (house.identity("hop"), house.identity("gemeente"));
            let plain = issuer.token("gemeente-client");
            let other = issuer.token("inspectie-client");
            let bound = issuer.token_with("gemeente-client", "cnf", bound_to(&der(&who)));
            let to_hop = issuer.token_with("gemeente-client", "cnf", bound_to(&der(&hop)));
            let mut hop = known(&house, &hop).await;
            let header = passed_on(&who);
            for (what, headers, token, want) in [
                ("both", vec![&header], &plain, alone),
                ("bound", vec![&header], &bound, ""),
                ("another's token", vec![&header], &other, "credentials-disagree"),
                ("token alone", vec![], &plain, alone),
                ("bound to nobody here", vec![], &bound, "401"),
                ("bound to the hop", vec![], &to_hop, "401"),
                ("bound to the hop, for another", vec![&header], &to_hop, "401"),
                ("two certificates", vec![&header, &header], &plain, "unknown-consumer"),
            ] {
                let mut request = request(GEMEENTE, Some(token));
                for header in headers {
                    request.headers_mut().append("client-cert", header.parse().unwrap());
                }
                let got = hop.send(request).await;
                let got = match got.status.as_u16() {
                    200 if is_answered(&got) => String::new(),
                    200 => got.reason(),
                    status => status.to_string(),
                };
                assert_eq!(got, want, "{rule}: {what}");
            }
        }
    });
}

#[test]
fn a_token_does_not_make_up_for_a_certificate_that_was_revoked() {
    block_on(async {
        const SERIAL: u64 = 4712;
        let issuer = Issuer::new();
        let (tokens, due) = (issuer.settings(), "2026-11-30T12:00:00Z");
        let plan = Plan {
            consumers: vec![("gemeente", with_client(&gemeente(), "gemeente-client", "either"))],
            papers: Box::new(move |authority, settings| {
                settings.tokens = Some(tokens);
                settings.registry.max_age = Duration::from_hours(9999);
                let Door::Mutual(tls) = &mut settings.listener.door else { panic!("a plain door") };
                tls.certificate_is_optional = true;
                tls.clients.revocations = vec![authority.file("client.crl", authority.revoke(&[], due))];
            }),
            ..Plan::default()
        };
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let made = |name: &str, serial: u64| {
            house
                .authority
                .issue_changed(name, "gemeente", |params| params.serial_number = Some(serial.into()))
        };
        let (listed, other) = (made("listed", SERIAL), made("other", SERIAL + 1));
        let token = issuer.token("gemeente-client");
        let (mut one, mut two) = (known(&house, &listed).await, known(&house, &other).await);
        assert!(is_answered(&ask(&mut one, &token).await) && is_answered(&ask(&mut two, &token).await));
        house.authority.file("client.crl", house.authority.revoke(&[SERIAL], due));
        house.running().reload().await;
        assert_eq!(ask(&mut one, &token).await.reason(), "unknown-consumer");
        assert!(is_answered(&ask(&mut two, &token).await));
        assert_eq!(house.upstream.asked().len(), 3);
    });
}

#[test]
fn authorization_stays_at_the_gateway_in_rest_over_both_versions_of_http() {
    block_on(async {
        let issuer = Issuer::new();
        let tokens = issuer.settings();
        let mut plan = rest::plan();
        let bases = plan.settings;
        plan.settings = Box::new(move |settings| {
            bases(settings);
            settings.tokens = Some(tokens);
        });
        let burger = &mut plan.consumers.iter_mut().find(|(id, _)| *id == "burger").unwrap().1;
        *burger = with_client(burger, "burger-client", "both");
        let house = House::planned(plan, always(rest::json("{}")));
        let who = house.identity("burger");
        let bound = issuer.token_with("burger-client", "cnf", bound_to(&der(&who)));
        let mut old = known(&house, &who).await;
        let mut new = Consumer::over_h2(house.tls(&who, &["h2"]).await.unwrap()).await;
        let with = |target: &str, token: &str| {
            let mut request = rest::get(target);
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
            request
        };
        let mut named = with(rest::DETAIL, &bound);
        named
            .headers_mut()
            .insert("connection", "authorization, x-magda-sender-id, content-type".parse().unwrap());
        assert_eq!(old.send(named).await.status, 200);
        let mut request = with(&format!("https://localhost{}", rest::DETAIL), &bound);
        request.headers_mut().remove("host");
        assert_eq!(new.send(request).await.status, 200);
        let asked = house.upstream.asked();
        assert_eq!(asked.len(), 2);
        for asked in asked {
            assert_eq!(asked.header("authorization"), None);
            assert_eq!(asked.header("x-magda-sender-id"), Some(rest::BURGER));
        }
        let refused = old.send(with(rest::DETAIL, &issuer.token("burger-client"))).await;
        assert_eq!(refused.status, 403);
        assert_eq!(rest::problem(&refused)["reason"], "credentials-missing");
        let wrong = old.send(with(rest::DETAIL, &format!("{bound}x"))).await;
        assert_eq!(wrong.status, 401);
        assert_eq!(rest::problem(&wrong)["type"], "urn:problem-type:belgif:invalidAccessToken");
        let mut query = rest::get(&format!("{}?access_token={bound}", rest::DETAIL));
        query.headers_mut().remove("authorization");
        assert_eq!(old.send(query).await.status, 400);
        assert_eq!(old.send(rest::get(rest::DETAIL)).await.status, 403);
        assert!(!logged().contains(&bound));
    });
}
