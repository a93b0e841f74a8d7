//! When a certificate is valid, by which of its names a consumer is known, and a change of certificates.

use std::time::Duration;

use rcgen::{CertificateParams, SanType};

use crate::house::{Answer, Consumer, GEMEENTE, House, Identity, Plan, block_on, gemeente, logged};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{always, ok};

/// A gateway that knows the municipality by these pins, instead of its subject.
fn pinned(pins: &str) -> House {
    let subject = "[[certificate]]\nsubject = \"CN=gemeente,O=Proef,C=BE\"\n";
    let text = gemeente();
    assert!(text.contains(subject));
    let plan = Plan {
        consumers: vec![("gemeente", text.replace(subject, pins))],
        settings: Box::new(|settings| settings.registry.max_age = Duration::from_hours(9999)),
        ..Plan::default()
    };
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

fn san(name: &str) -> String {
    format!("[[certificate]]\nsan = \"{name}\"\n")
}

async fn ask(consumer: &mut Consumer) -> Answer {
    consumer.ask(PATH, Question::from(GEMEENTE).xml()).await
}

async fn ask_as(house: &House, who: &Identity) -> Answer {
    ask(&mut house.consumer_as(who).await).await
}

fn uri(name: &str) -> SanType {
    SanType::URI(name.try_into().unwrap())
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

#[test]
fn a_certificate_that_is_not_valid_yet_or_no_longer_ends_the_handshake() {
    block_on(async {
        let house = pinned(&san("dns:gemeente.be"));
        let valid = |params: &mut CertificateParams, (from, to): (u8, u8)| {
            params.subject_alt_names = vec![dns("gemeente.be")];
            params.not_before = rcgen::date_time_ymd(2026, 11, from);
            params.not_after = rcgen::date_time_ymd(2026, 11, to);
        };
        let issue = |file, days| house.authority.issue_changed(file, "x", |params| valid(params, days));
        assert!(house.turns_away(&issue("past", (20, 23))).await);
        assert!(house.turns_away(&issue("future", (25, 30))).await);
        assert_eq!(ask_as(&house, &issue("now", (20, 30))).await.text(), stripped(1));
        for reason in ["expired", "not-yet-valid"] {
            house
                .measured(&format!("poortwachter_certificates_refused_total{{reason=\"{reason}\"}} 1"))
                .await;
        }
    });
}

#[test]
fn a_clock_set_back_before_a_certificate_s_first_second_ends_its_connections() {
    block_on(async {
        let house = pinned(&san("dns:gemeente.be"));
        let who = house.authority.issue_changed("new", "x", |params| {
            params.subject_alt_names = vec![dns("gemeente.be")];
            params.not_before = rcgen::date_time_ymd(2026, 11, 24);
        });
        let mut open = house.consumer_as(&who).await;
        assert_eq!(ask(&mut open).await.text(), stripped(1));
        house.time.set("2026-11-23T23:59:59Z");
        assert_eq!(ask(&mut open).await.reason(), "unknown-consumer");
        open.closed().await;
    });
}

#[test]
fn a_consumer_is_known_by_its_host_name_or_uri() {
    block_on(async {
        let house = pinned(&(san("dns:Diensten.gemeente.BE") + &san("uri:https://gemeente.be/Dienst")));
        for (names, known) in [
            (vec![dns("diensten.GEMEENTE.be")], true),
            (vec![dns("andere.be"), uri("https://gemeente.be/Dienst")], true),
            (vec![dns("gemeente.be"), dns("*.gemeente.be"), dns("x.diensten.gemeente.be")], false),
            (vec![uri("https://gemeente.be/dienst"), uri("https://gemeente.be/Dienst/")], false),
            (vec![], false),
        ] {
            let told = format!("{names:?}");
            // The subject is what the pin of another day said; now it is nobody's.
            let who =
                house.authority.issue_changed("named", "gemeente", |params| params.subject_alt_names = names);
            let got = ask_as(&house, &who).await;
            if known {
                assert_eq!(got.text(), stripped(1), "{told}");
            } else {
                assert_eq!(got.reason(), "unknown-consumer", "{told}");
            }
        }
    });
}

#[test]
fn a_workload_is_known_by_its_spiffe_id_and_only_by_a_whole_one() {
    block_on(async {
        let house = pinned(&san("spiffe://gemeente.be/ns/burgerzaken/sa/vergunning"));
        let id = "spiffe://gemeente.be/ns/burgerzaken/sa/vergunning";
        let svid = |file: &str, uris: &[&str]| {
            house.authority.issue_changed(file, "x", |params| {
                params.distinguished_name = rcgen::DistinguishedName::new();
                params.subject_alt_names = uris.iter().map(|name| uri(name)).collect();
            })
        };
        assert_eq!(ask_as(&house, &svid("svid", &[id])).await.text(), stripped(1));
        for others in [
            &[id, "https://gemeente.be/"][..],
            &[id, id],
            &["spiffe://gemeente.be/ns/burgerzaken/sa/vergunning/x"],
            &["spiffe://gemeente.be/ns/burgerzaken"],
            &["spiffe://Gemeente.be/ns/burgerzaken/sa/vergunning"],
            &["spiffe://gemeente.be:8443/ns/burgerzaken/sa/vergunning"],
            &["spiffe://gemeente.be/ns/burgerzaken/sa/vergunning?x"],
        ] {
            let got = ask_as(&house, &svid("svid", others)).await;
            assert_eq!(got.reason(), "unknown-consumer", "{others:?}");
        }
    });
}

#[test]
fn a_certificate_that_pins_of_two_consumers_fit_is_nobody_s_and_the_log_says_so() {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        house.write_consumer(
            "inspectie",
            &crate::house::inspectie().replace("[[sender]]", &(san("dns:inspectie.be") + "[[sender]]")),
        );
        house.running().reload().await;
        let who = house.authority.issue_changed("both", "gemeente", |params| {
            params.subject_alt_names = vec![dns("inspectie.be")];
        });
        assert_eq!(ask_as(&house, &who).await.reason(), "unknown-consumer");
        assert!(house.upstream.asked().is_empty());
        assert!(logged().contains("two-consumers"), "the log tells why");
        assert!(house.metrics().await.contains("certificates_refused_total{reason=\"two-consumers\"} 1\n"));
    });
}

#[test]
fn old_and_new_certificates_overlap_and_the_old_one_ends_with_its_pin() {
    block_on(async {
        let print = |house: &House, who: &Identity| {
            let pem = std::fs::read(&who.certificate).unwrap();
            let der = rustls::pki_types::pem::PemObject::from_pem_slice(&pem).unwrap();
            let der: rustls::pki_types::CertificateDer<'_> = der;
            let _ = house;
            let fingerprint = poortwachter::identity::Certificate::read(&der).unwrap().fingerprint();
            format!("[[certificate]]\nsha256 = \"{fingerprint}\"\n")
        };
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let (old, new) = (house.identity("oud"), house.identity("nieuw"));
        let subject = "[[certificate]]\nsubject = \"CN=gemeente,O=Proef,C=BE\"\n";
        let with = |pins: &str| gemeente().replace(subject, pins);
        house.write_consumer("gemeente", &with(&(print(&house, &old) + &print(&house, &new))));
        house.running().reload().await;
        let (mut before, mut after) = (house.consumer_as(&old).await, house.consumer_as(&new).await);
        assert_eq!(ask(&mut before).await.text(), stripped(1));
        assert_eq!(ask(&mut after).await.text(), stripped(1));
        house.write_consumer("gemeente", &with(&print(&house, &new)));
        house.running().reload().await;
        assert_eq!(ask(&mut before).await.reason(), "unknown-consumer");
        assert_eq!(ask(&mut after).await.text(), stripped(1));
    });
}

#[test]
fn operators_see_when_the_certificate_a_consumer_uses_expires() {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let until = |file: &str, year| {
            house.authority.issue_changed(file, "gemeente", |params| {
                params.not_after = rcgen::date_time_ymd(year, 1, 1);
            })
        };
        let series = "poortwachter_consumer_certificate_expiry_timestamp_seconds{consumer=\"gemeente\"}";
        assert!(!house.metrics().await.contains(series), "none was seen");
        ask_as(&house, &until("old", 2027)).await;
        assert!(house.metrics().await.contains(&format!("{series} 1798761600\n")));
        ask_as(&house, &until("new", 2028)).await;
        assert!(house.metrics().await.contains(&format!("{series} 1830297600\n")));
        house.consumer("onbekend").await.ask(PATH, Question::from(GEMEENTE).xml()).await;
        std::fs::remove_file(house.directory.path().join("registry/gemeente.toml")).unwrap();
        house.running().reload().await;
        assert!(!house.metrics().await.contains("poortwachter_consumer_certificate_expiry"), "no stranger's");
    });
}
