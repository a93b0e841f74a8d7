//! Behind a hop that ends its consumers' TLS and passes their certificates on in a header.

use http::Request;
use http_body_util::Full;
use poortwachter::config::{Clients, Door, Hop};
use poortwachter::identity::Certificate;
use poortwachter::identity::forwarded::client_cert;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpStream;

use crate::house::{
    Answer, Authority, Consumer, GEMEENTE, House, INSPECTIE, Identity, Plan, block_on, logged, post,
};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{always, ok};

const FROM_HERE: &str = "127.0.0.1/32";
const FROM_ELSEWHERE: &str = "10.0.0.7/32";

/// `[listener.forwarded]`, as it is written.
fn forwarded(header: &str, from: &str) -> Hop {
    let text = format!(
        "[listener]\naddress = \"127.0.0.1:0\"\nclient-ca = \"c\"\n[listener.forwarded]\n{header}\nfrom = [\"{from}\"]\n\
         [upstream]\nurl = \"http://a\"\n[registry]\ndirectory = \"r\"\n[audit]\ntrail = \"off\"\n"
    );
    let meant = poortwachter::config::parse("gateway.toml", &text, std::path::Path::new("/"));
    meant.unwrap_or_else(|faults| panic!("{faults}")).listener.hop.unwrap()
}

pub fn client_cert_from(from: &str) -> Hop {
    forwarded("header = \"client-cert\"", from)
}

fn house(hop: Hop, change: impl FnOnce(&Authority, &mut poortwachter::config::Gateway) + 'static) -> House {
    let plan = Plan {
        papers: Box::new(|authority, settings| {
            settings.listener.hop = Some(hop);
            change(authority, settings);
        }),
        ..Plan::default()
    };
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

fn der(who: &Identity) -> Vec<u8> {
    CertificateDer::from_pem_file(&who.certificate).unwrap().to_vec()
}

pub fn passed_on(who: &Identity) -> String {
    client_cert::value(&der(who))
}

fn question(headers: &[(&str, &str)], sender: &'static str) -> Request<Full<bytes::Bytes>> {
    let mut request = post(PATH, Question::from(sender).xml());
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request
}

async fn ask(hop: &mut Consumer, headers: &[(&str, &str)]) -> Answer {
    hop.send(question(headers, GEMEENTE)).await
}

fn assert_nobody(got: &Answer) {
    assert_eq!((got.status.as_u16(), got.reason().as_str()), (200, "unknown-consumer"));
}

#[test]
fn whose_call_it_is_stands_in_the_header_and_a_hop_is_nobody() {
    block_on(async {
        let house = house(client_cert_from(FROM_HERE), |_, _| {});
        let (gemeente, inspectie) = (house.identity("gemeente"), house.identity("inspectie"));
        // The hop's own certificate is one of a consumer: that must not help it.
        let mut hop = house.consumer("inspectie").await;
        assert_eq!(ask(&mut hop, &[("client-cert", &passed_on(&gemeente))]).await.text(), stripped(1));
        let open = hop.send(question(&[("client-cert", &passed_on(&inspectie))], INSPECTIE)).await;
        assert_eq!(open.text(), answer("GeefOnderneming"));
        assert_nobody(&hop.send(question(&[], INSPECTIE)).await);
        assert_nobody(&hop.send(question(&[("x-forwarded-client-cert", "Hash=00")], INSPECTIE)).await);
        assert_nobody(&hop.send(question(&[("client_cert", &passed_on(&inspectie))], INSPECTIE)).await);
        let other = hop.send(question(&[("client-cert", &passed_on(&gemeente))], INSPECTIE)).await;
        assert_eq!(other.reason(), "sender-not-registered");
        assert_eq!(house.upstream.asked().len(), 2);
        for asked in house.upstream.asked() {
            assert_eq!((asked.header("client-cert"), asked.header("client-cert-chain")), (None, None));
        }
        assert!(house.metrics().await.contains("certificates_refused_total{reason=\"not-forwarded\"} 3\n"));
    });
}

#[test]
fn over_http_2_every_call_has_its_own_consumer() {
    block_on(async {
        let house = house(client_cert_from(FROM_HERE), |_, _| {});
        let who = house.identity("gemeente");
        let mut hop = Consumer::over_h2(house.tls(&house.identity("hop"), &["h2"]).await.unwrap()).await;
        let uri: http::Uri = format!("https://localhost{PATH}").parse().unwrap();
        for (headers, known) in [(vec![("client-cert", passed_on(&who))], true), (vec![], false)] {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let mut request = question(&headers, GEMEENTE);
            *request.uri_mut() = uri.clone();
            let got = hop.send(request).await;
            if known { assert_eq!(got.text(), stripped(1)) } else { assert_nobody(&got) }
        }
    });
}

#[test]
fn from_anybody_else_the_header_says_nothing_and_goes_no_further() {
    block_on(async {
        let house = house(client_cert_from(FROM_ELSEWHERE), |_, _| {});
        let inspectie = house.identity("inspectie");
        let mut gemeente = house.consumer("gemeente").await;
        let headers = [("client-cert", passed_on(&inspectie))];
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(ask(&mut gemeente, &headers).await.text(), stripped(1));
        let borrowed = gemeente.send(question(&headers, INSPECTIE)).await;
        assert_eq!(borrowed.reason(), "sender-not-registered");
        assert_nobody(&ask(&mut house.consumer("nieuweling").await, &headers).await);
        assert!(house.upstream.asked().iter().all(|asked| asked.header("client-cert").is_none()));
    });
}

#[test]
fn a_hop_is_known_by_its_certificate_and_by_both_where_both_are_asked() {
    block_on(async {
        for (from, trusted) in [(None, true), (Some(FROM_HERE), true), (Some(FROM_ELSEWHERE), false)] {
            let house = house(client_cert_from(from.unwrap_or(FROM_HERE)), move |authority, settings| {
                let hop = authority.issue("hop");
                let pin = *Certificate::read(&der(&hop)).unwrap().sha256();
                let configured = settings.listener.hop.as_mut().unwrap();
                configured.certificates = vec![pin];
                if from.is_none() {
                    configured.from.clear();
                }
            });
            let value = passed_on(&house.identity("gemeente"));
            let at = |name: &str| house.directory.path().join(name);
            let pinned = Identity { certificate: at("hop.crt"), key: at("hop.key") };
            let got = ask(&mut house.consumer_as(&pinned).await, &[("client-cert", &value)]).await;
            if trusted {
                assert_eq!(got.text(), stripped(1), "{from:?}");
            } else {
                assert_nobody(&got);
            }
            // The same subject in another certificate.
            assert_nobody(&ask(&mut house.consumer("hop").await, &[("client-cert", &value)]).await);
        }
    });
}

#[test]
fn what_is_passed_on_is_verified_as_if_it_had_come_in_a_handshake() {
    block_on(async {
        let house = house(client_cert_from(FROM_HERE), |authority, settings| {
            settings.registry.max_age = std::time::Duration::from_hours(9999);
            let Door::Mutual(tls) = &mut settings.listener.door else { panic!("mutual") };
            let list = authority.revoke(&[13], "2027-12-01T00:00:00Z");
            tls.clients.revocations = vec![authority.file("client.crl", list)];
        });
        let issue = |file: &str, change: &dyn Fn(&mut rcgen::CertificateParams)| {
            passed_on(&house.authority.issue_changed(file, "gemeente", change))
        };
        let elsewhere = tempfile::tempdir().unwrap();
        let stranger = passed_on(&Authority::new(elsewhere.path(), "client").issue("gemeente"));
        let server = issue("server", &|params| {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        });
        let mut hop = house.consumer("hop").await;
        let good = issue("good", &|params| {
            params.serial_number = Some(14u64.into());
            params.not_after = rcgen::date_time_ymd(2026, 12, 1);
        });
        for (value, reason) in [
            (issue("past", &|params| params.not_after = rcgen::date_time_ymd(2026, 1, 1)), "expired"),
            (
                issue("future", &|params| params.not_before = rcgen::date_time_ymd(2027, 1, 1)),
                "not-yet-valid",
            ),
            (issue("revoked", &|params| params.serial_number = Some(13u64.into())), "revoked"),
            (stranger, "unverified"),
            (server, "unverified"),
            (":AQID:".to_owned(), "unverified"),
        ] {
            assert_nobody(&ask(&mut hop, &[("client-cert", &value)]).await);
            let counted = format!("certificates_refused_total{{reason=\"{reason}\"}}");
            assert!(house.metrics().await.contains(&counted), "{counted}");
            assert_eq!(ask(&mut hop, &[("client-cert", &good)]).await.text(), stripped(1), "the hop stays");
        }
        // What was found right is remembered, and still looked at: its days, its generation.
        house.time.set("2026-12-01T00:00:01Z");
        assert_nobody(&ask(&mut hop, &[("client-cert", &good)]).await);
        house.time.set("2026-11-24T10:00:00Z");
        assert_eq!(ask(&mut hop, &[("client-cert", &good)]).await.text(), stripped(1));
        house.authority.file("client.crl", house.authority.revoke(&[14], "2027-12-01T00:00:00Z"));
        house.running().reload().await;
        assert_nobody(&ask(&mut hop, &[("client-cert", &good)]).await);
    });
}

#[test]
fn a_hop_whose_own_certificate_is_revoked_speaks_for_nobody() {
    block_on(async {
        let house = house(client_cert_from(FROM_HERE), |authority, settings| {
            let Door::Mutual(tls) = &mut settings.listener.door else { panic!("mutual") };
            let list = authority.revoke(&[], "2027-12-01T00:00:00Z");
            tls.clients.revocations = vec![authority.file("client.crl", list)];
        });
        let hop =
            house.authority.issue_changed("hop", "hop", |params| params.serial_number = Some(15u64.into()));
        let mut hop = house.consumer_as(&hop).await;
        let headers = passed_on(&house.identity("gemeente"));
        assert_eq!(ask(&mut hop, &[("client-cert", &headers)]).await.text(), stripped(1));
        house.authority.file("client.crl", house.authority.revoke(&[15], "2027-12-01T00:00:00Z"));
        house.running().reload().await;
        assert_nobody(&ask(&mut hop, &[("client-cert", &headers)]).await);
        hop.closed().await;
    });
}

#[test]
fn a_header_that_could_be_read_in_two_ways_is_nobody_s() {
    block_on(async {
        let house = house(client_cert_from(FROM_HERE), |_, _| {});
        let (gemeente, inspectie) =
            (passed_on(&house.identity("gemeente")), passed_on(&house.identity("inspectie")));
        let mut hop = house.consumer("hop").await;
        let long = format!(":{}:", "AAAA".repeat(3000));
        for headers in [
            vec![("client-cert", gemeente.as_str()), ("client-cert", &gemeente)],
            vec![("client-cert", &inspectie), ("Client-Cert", &gemeente)],
            vec![("client-cert", &format!("{inspectie}, {gemeente}"))],
            vec![("client-cert", &format!("{gemeente};a=1"))],
            vec![("client-cert", gemeente.trim_matches(':'))],
            vec![("client-cert", "")],
            vec![("client-cert", &long)],
        ] {
            assert_nobody(&ask(&mut hop, &headers).await);
        }
        assert!(logged().contains("malformed-header"));
        assert!(house.upstream.asked().is_empty());
    });
}

/// An element as Envoy writes it.
fn element(who: &Identity) -> String {
    let pem = std::fs::read_to_string(&who.certificate).unwrap();
    let encoded: String = pem
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let hash = Certificate::read(&der(who)).unwrap().fingerprint();
    format!(
        "By=spiffe://mesh/gateway;Hash={hash};Cert=\"{encoded}\";Subject=\"CN=x,O=\\\"Proef, BE\\\"\";URI="
    )
}

#[test]
fn envoy_s_header_is_read_as_envoy_was_told_to_write_it() {
    block_on(async {
        let only = house(forwarded("header = \"xfcc\"", FROM_HERE), |_, _| {});
        let last = house(forwarded("header = \"xfcc\"\nappended = true", FROM_HERE), |_, _| {});
        for (house, appended) in [(only, false), (last, true)] {
            let (gemeente, inspectie) = (house.identity("gemeente"), house.identity("inspectie"));
            let (own, forged) = (element(&gemeente), element(&inspectie));
            let mut hop = house.consumer("hop").await;
            let mut ask = async |value: &str| ask(&mut hop, &[("x-forwarded-client-cert", value)]).await;
            assert_eq!(ask(&own).await.text(), stripped(1));
            let both = ask(&format!("{forged},{own}")).await;
            if appended {
                assert_eq!(both.text(), stripped(1));
            } else {
                assert_nobody(&both);
            }
            let hash = Certificate::read(&der(&gemeente)).unwrap().fingerprint();
            for value in [
                format!("Hash={hash}"),
                format!("Hash={hash};Subject=\"CN=gemeente,O=Proef,C=BE\""),
                own.replace(&hash, &"0".repeat(64)),
                format!("{own};Cert=\"\""),
                own.replace("Cert=\"", "Cert="),
                format!("{own},{forged},"),
            ] {
                assert_nobody(&ask(&value).await);
            }
            assert!(
                house.upstream.asked().iter().all(|asked| asked.header("x-forwarded-client-cert").is_none())
            );
        }
    });
}

#[test]
fn a_subject_with_a_quote_in_it_cannot_write_a_certificate_of_its_own() {
    block_on(async {
        let house = house(forwarded("header = \"xfcc\"", FROM_HERE), |_, _| {});
        let stolen = element(&house.identity("inspectie"));
        let (_, stolen) = stolen.split_once("Cert=\"").unwrap();
        let (stolen, _) = stolen.split_once('"').unwrap();
        // CN=x";Cert=…;Subject=" in RFC 2253, where a quote has a backslash before it; then as Envoy quotes it.
        let subject = format!("CN=x\\\\\";Cert=\\\\\"{stolen}\\\\\";Subject=\\\\\"");
        let mut hop = house.consumer("hop").await;
        let value = format!("By=x;Subject=\"{subject}\"");
        assert_nobody(&hop.send(question(&[("x-forwarded-client-cert", &value)], INSPECTIE)).await);
        assert!(
            house.metrics().await.contains("certificates_refused_total{reason=\"malformed-header\"} 1\n")
        );
    });
}

#[test]
fn without_tls_of_its_own_only_the_configured_address_is_heard() {
    block_on(async {
        let behind = |from| {
            house(client_cert_from(from), |_, settings| {
                let Door::Mutual(tls) = settings.listener.door.clone() else { panic!("mutual") };
                settings.listener.door = Door::Behind(Clients::of(tls.clients.authorities));
            })
        };
        let house = behind(FROM_HERE);
        let value = passed_on(&house.identity("gemeente"));
        let mut hop = Consumer::over(TcpStream::connect(house.address).await.unwrap()).await;
        assert_eq!(ask(&mut hop, &[("client-cert", &value)]).await.text(), stripped(1));
        assert_nobody(&ask(&mut hop, &[]).await);
        let elsewhere = behind(FROM_ELSEWHERE);
        let value = passed_on(&elsewhere.identity("gemeente"));
        let mut other = Consumer::over(TcpStream::connect(elsewhere.address).await.unwrap()).await;
        let _ = value;
        assert!(other.try_ask(PATH, Question::from(GEMEENTE).xml()).await.is_err(), "closed");
    });
}

#[test]
fn at_a_door_that_stands_for_one_consumer_the_header_says_nothing() {
    block_on(async {
        let plan = Plan::with(|settings| {
            settings.listener.door = Door::Plain { consumer: "gemeente".to_owned() };
        });
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let value = passed_on(&house.identity("inspectie"));
        let mut anyone = Consumer::over(TcpStream::connect(house.address).await.unwrap()).await;
        let got = anyone.send(question(&[("client-cert", &value)], INSPECTIE)).await;
        assert_eq!(got.reason(), "sender-not-registered");
        assert_eq!(ask(&mut anyone, &[("client-cert", &value)]).await.text(), stripped(1));
    });
}

#[test]
fn who_asks_about_access_is_told_by_the_header_too() {
    block_on(async {
        let house =
            house(client_cert_from(FROM_HERE), |_, settings| settings.evaluation.for_consumers = true);
        let value = passed_on(&house.identity("gemeente"));
        let question = r#"{"subject":{"type":"consumer","id":"gemeente"},"action":{"name":"ask"},
            "resource":{"type":"service","id":"GeefOnderneming/02.00"}}"#;
        let mut hop = house.consumer("gemeente").await;
        let mut ask = async |headers: &[(&str, &str)]| {
            let mut request = post("/access/v1/evaluation", question);
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
            for (name, value) in headers {
                let name: http::HeaderName = name.parse().unwrap();
                request.headers_mut().append(name, value.parse().unwrap());
            }
            hop.send(request).await.text()
        };
        assert!(ask(&[("client-cert", &value)]).await.contains(r#""decision":true"#));
        let nobody = ask(&[]).await;
        assert!(!nobody.contains(r#""decision":true"#), "{nobody}");
    });
}
