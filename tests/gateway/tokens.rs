//! Who a call is from, when tokens have a say in it.

mod seams;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Request;
use http_body_util::Full;
use jsonwebtoken::Algorithm;
use poortwachter::config::{self, Door, Jwks};
use poortwachter::identity::token::Rules;
use rcgen::{CertificateParams, DistinguishedName, DnType};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::house::server_tls;
use crate::house::{
    Answer, Authority, Consumer, GEMEENTE, House, INSPECTIE, Identity, Plan, block_on, client_config,
    gemeente, inspectie, logged, post,
};
use crate::issuer::{AUDIENCE, ISSUER, Signer, bound_to, but, claims, jwks};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{Gate, Step, Upstream, always, bytes_below, ok, with_head};

/// 2026-11-24T10:00:00Z, which it is in every house.
const NOW: i64 = 1_795_514_400;

/// An issuer of tokens with an https server that publishes its keys.
pub struct Issuer {
    signer: Signer,
    server: Upstream,
    says: Arc<Mutex<Vec<Step>>>,
    directory: TempDir,
}

impl Issuer {
    pub fn new() -> Self {
        Self::saying(|signer| ok(&jwks([signer])))
    }

    fn saying(first: impl Fn(&Signer) -> Vec<Step>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Authority::new(directory.path(), "issuer").issue("server");
        let mut tls = server_tls(server, directory.path().join("issuer.ca.pem"), true);
        tls.alpn_protocols.clear();
        let signer = Signer::edwards("a");
        let says = Arc::new(Mutex::new(first(&signer)));
        let script = Arc::clone(&says);
        let server = Upstream::start(Arc::new(move |_| script.lock().unwrap().clone()), Some(Arc::new(tls)));
        Self { signer, server, says, directory }
    }

    fn says(&self, steps: Vec<Step>) {
        *self.says.lock().unwrap() = steps;
    }

    fn asked(&self) -> usize {
        self.server.asked().len()
    }

    pub fn settings(&self) -> config::Tokens {
        config::Tokens {
            rules: Rules {
                issuer: ISSUER.to_owned(),
                audience: vec![AUDIENCE.to_owned()],
                algorithms: vec![Algorithm::EdDSA],
                types: vec!["at+jwt".to_owned()],
                client_claim: "client_id".to_owned(),
                required: Vec::new(),
                leeway: 30,
                longest: 8192,
                remembered: 100,
            },
            forward: false,
            jwks: Jwks::Url {
                host: "localhost".to_owned(),
                port: self.server.address.port(),
                path: "/op/v1/keys".to_owned(),
                ca: self.directory.path().join("issuer.ca.pem"),
            },
            refresh: Duration::from_mins(20),
            refetch: Duration::from_micros(1),
            keep: Duration::from_mins(30),
            timeout: Duration::from_secs(20),
        }
    }

    fn house(&self) -> House {
        self.house_with(|_| {})
    }

    fn house_with(&self, change: impl FnOnce(&mut config::Tokens) + 'static) -> House {
        self.house_of(change, "either")
    }

    /// A house in which both consumers have a client, and that rule.
    fn house_of(&self, change: impl FnOnce(&mut config::Tokens) + 'static, rule: &str) -> House {
        let mut tokens = self.settings();
        change(&mut tokens);
        let consumers = vec![
            ("gemeente", with_client(&gemeente(), "gemeente-client", rule)),
            ("inspectie", with_client(&inspectie(), "inspectie-client", rule)),
        ];
        let settings = Box::new(move |settings: &mut config::Gateway| {
            settings.tokens = Some(tokens);
            settings.evaluation.for_consumers = true;
            let Door::Mutual(tls) = &mut settings.listener.door else { panic!("a plain door") };
            tls.certificate_is_optional = true;
        });
        House::planned(
            Plan { settings, consumers, ..Plan::default() },
            always(ok(&answer("GeefOnderneming"))),
        )
    }

    pub fn token(&self, client: &str) -> String {
        self.signer.token(&claims(client, NOW))
    }

    fn token_with(&self, client: &str, claim: &str, value: Value) -> String {
        self.signer.token(&but(claims(client, NOW), claim, value))
    }
}

pub fn with_client(consumer: &str, client: &str, rule: &str) -> String {
    let keys = format!("clients = [\"{client}\"]\ncredentials = \"{rule}\"\n[[certificate]]");
    consumer.replacen("[[certificate]]", &keys, 1)
}

/// A connection without a certificate.
pub async fn anonymous(house: &House) -> Consumer {
    let config = client_config(&house.directory.path().join("client.ca.pem"), None);
    let socket = TcpStream::connect(house.address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    Consumer::over(connector.connect("localhost".try_into().unwrap(), socket).await.unwrap()).await
}

async fn known(house: &House, who: &Identity) -> Consumer {
    Consumer::over(house.tls(who, &["http/1.1"]).await.unwrap()).await
}

pub fn request(uri: &'static str, token: Option<&str>) -> Request<Full<bytes::Bytes>> {
    let mut request = post(PATH, Question::from(uri).xml());
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", value);
    }
    request
}

async fn ask(consumer: &mut Consumer, token: &str) -> Answer {
    consumer.send(request(GEMEENTE, Some(token))).await
}

fn is_answered(answer: &Answer) -> bool {
    answer.status == 200 && answer.text() == stripped(1)
}

/// The error of a challenge, after holding it against its status and form.
fn challenge(answer: &Answer) -> (u16, Option<String>) {
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer realm=\"poortwachter\""), "{challenge}");
    assert!(answer.text().contains("<faultcode>soapenv:Client</faultcode>"), "{}", answer.text());
    let error = challenge.split("error=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    (answer.status.as_u16(), error)
}

fn is_wrong(answer: &Answer) -> bool {
    challenge(answer) == (401, Some("invalid_token".to_owned()))
}

fn is_unverifiable(answer: &Answer) -> bool {
    let fault = answer.text().contains("<faultcode>soapenv:Server</faultcode>");
    assert_eq!(answer.header("www-authenticate"), None);
    answer.status == 503 && answer.header("retry-after") == Some("5") && fault
}

/// Returns when the issuer's keys have come, and the call with them.
pub async fn answered_at_last(consumer: &mut Consumer, token: &str) {
    loop {
        let answer = ask(consumer, token).await;
        if is_answered(&answer) {
            return;
        }
        assert!(is_unverifiable(&answer));
    }
}

#[test]
fn a_token_alone_makes_its_consumer_known_and_stays_at_the_gateway() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let token = issuer.token("gemeente-client");
        let mut somebody = anonymous(&house).await;
        for _ in 0..3 {
            assert!(is_answered(&ask(&mut somebody, &token).await));
        }
        let other = somebody.send(request(INSPECTIE, Some(&token))).await;
        assert_eq!(other.reason(), "sender-not-registered", "the token is not the inspectorate's");
        let asked = house.upstream.asked();
        assert_eq!(asked.len(), 3);
        assert!(asked.iter().all(|asked| asked.header("authorization").is_none()));
        let metrics = house.metrics().await;
        for line in [
            "poortwachter_token_checks_total{result=\"verified\"} 1\n",
            "poortwachter_token_checks_total{result=\"remembered\"} 3\n",
            "poortwachter_jwks_fetches_total{result=\"swapped\"} 1\n",
            "poortwachter_jwks_keys 1\n",
            "poortwachter_jwks_confirmed_timestamp_seconds 1795514400\n",
        ] {
            assert!(metrics.contains(line), "{line}{metrics}");
        }
        assert!(!logged().contains(&token) && !metrics.contains("gemeente-client"));
    });
}

#[test]
fn a_token_goes_on_to_the_upstream_where_that_is_configured() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house_with(|tokens| tokens.forward = true);
        let token = issuer.token("gemeente-client");
        assert!(is_answered(&ask(&mut anonymous(&house).await, &token).await));
        assert_eq!(
            house.upstream.asked()[0].header("authorization"),
            Some(format!("Bearer {token}").as_str())
        );
    });
}

#[test]
fn a_wrong_token_is_told_so_and_costs_its_certificate_s_consumer_the_call() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let mut gemeente = house.consumer("gemeente").await;
        for (claim, value, flaw) in [
            ("exp", json!(NOW - 100), "expired"),
            ("aud", json!("https://elsewhere.example"), "audience"),
            ("iss", json!("https://evil.example"), "issuer"),
        ] {
            let refused = ask(&mut gemeente, &issuer.token_with("gemeente-client", claim, value)).await;
            assert!(is_wrong(&refused), "{flaw}");
            let metrics = house.metrics().await;
            assert!(
                metrics.contains(&format!("poortwachter_token_checks_total{{result=\"{flaw}\"}} 1\n")),
                "{metrics}"
            );
        }
        assert!(house.upstream.asked().is_empty());
        let metrics = house.metrics().await;
        assert!(metrics.contains("verdict=\"refused\",reason=\"bad-token\"} 3\n"), "{metrics}");
        assert!(
            is_answered(&gemeente.send(request(GEMEENTE, None)).await),
            "without it, the certificate is enough"
        );
    });
}

#[test]
fn no_token_spares_a_certificate_s_consumer_its_own_allowance() {
    block_on(async {
        let issuer = Issuer::new();
        let wrong = issuer.token_with("gemeente-client", "aud", json!("https://elsewhere.example"));
        let other = issuer.token("inspectie-client");
        for (what, path, token) in [
            ("wrong", PATH, &wrong),
            ("another's", PATH, &other),
            ("wrong, asking whether", "/access/v1/evaluation", &wrong),
            ("another's, asking whether", "/access/v1/evaluation", &other),
        ] {
            let house = issuer.house();
            let slow = "limits = { calls-per-second = 1, burst = 2 }\nclients";
            let entry = with_client(&gemeente(), "gemeente-client", "either").replacen("clients", slow, 1);
            house.write_consumer("gemeente", &entry);
            house.running().reload().await;
            let mut gemeente = house.consumer("gemeente").await;
            let mut seen = Vec::new();
            for _ in 0..3 {
                let mut request = request(GEMEENTE, Some(token));
                if path != PATH {
                    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
                    *request.uri_mut() = path.parse().unwrap();
                }
                seen.push(gemeente.send(request).await.status.as_u16());
            }
            assert!(!seen[..2].contains(&429) && seen[2] == 429, "{what}: {seen:?}");
        }
    });
}

#[test]
fn who_brings_nothing_is_asked_for_a_token_and_read_no_further() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let mut somebody = anonymous(&house).await;
        let refused = somebody.ask(PATH, "no envelope at all").await;
        assert_eq!(challenge(&refused), (401, None), "RFC 6750 §3.1: no error where there was no token");
        let mut basic = request(GEMEENTE, None);
        basic.headers_mut().insert("authorization", "Basic Z2VtZWVudGU6eA==".parse().unwrap());
        assert_eq!(challenge(&somebody.send(basic).await), (401, None));
        assert!(house.metrics().await.contains("reason=\"no-credentials\"} 2\n"));
    });
}

#[test]
fn a_token_stands_once_and_in_one_place() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let token = issuer.token("gemeente-client");
        let mut somebody = anonymous(&house).await;
        let mut twice = request(GEMEENTE, Some(&token));
        twice.headers_mut().append("authorization", format!("Bearer {token}").parse().unwrap());
        let mut empty = request(GEMEENTE, None);
        empty.headers_mut().insert("authorization", "Bearer ".parse().unwrap());
        let mut query = request(GEMEENTE, Some(&token));
        *query.uri_mut() = format!("{PATH}?x=1&access_token={token}").parse().unwrap();
        for odd in [twice, empty, query] {
            assert_eq!(challenge(&somebody.send(odd).await), (400, Some("invalid_request".to_owned())));
        }
        let mut form = request(GEMEENTE, None);
        form.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        *form.body_mut() = Full::from(format!("access_token={token}"));
        assert_eq!(somebody.send(form).await.status, 415);
        let mut listed = request(GEMEENTE, None);
        listed
            .headers_mut()
            .insert("authorization", format!("Bearer {token}, Bearer {token}").parse().unwrap());
        assert!(is_wrong(&somebody.send(listed).await));
        let mut lower = request(GEMEENTE, None);
        lower.headers_mut().insert("authorization", format!("bearer   {token}").parse().unwrap());
        assert!(is_answered(&somebody.send(lower).await));
        assert!(!logged().contains(&token));
    });
}

#[test]
fn one_consumer_s_certificate_with_another_s_token_is_refused() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let mut gemeente = house.consumer("gemeente").await;
        for client in ["inspectie-client", "nobody-s-client"] {
            let refused = ask(&mut gemeente, &issuer.token(client)).await;
            assert_eq!(
                (refused.status.as_u16(), refused.reason().as_str()),
                (200, "credentials-disagree"),
                "{client}"
            );
        }
        assert!(is_answered(&ask(&mut gemeente, &issuer.token("gemeente-client")).await));
        let stranger = ask(&mut anonymous(&house).await, &issuer.token("nobody-s-client")).await;
        assert_eq!(stranger.reason(), "unknown-consumer");
        assert_eq!(house.upstream.asked().len(), 1);
        assert!(house.metrics().await.contains("verdict=\"refused\",reason=\"credentials-disagree\"} 2\n"));
    });
}

#[test]
fn each_rule_lets_pass_what_it_says_and_nothing_else() {
    // What came: certificate alone, token alone, both, and both with a token bound to the certificate.
    let missing = "credentials-missing";
    for (rule, expected) in [
        ("certificate", ["", missing, "", ""]),
        ("token", [missing, "", "", ""]),
        ("either", ["", "", "", ""]),
        ("both", [missing, missing, missing, ""]),
    ] {
        block_on(async {
            let issuer = Issuer::new();
            let house = issuer.house_of(|_| {}, rule);
            let who = house.identity("gemeente");
            let (mut named, mut unnamed) = (known(&house, &who).await, anonymous(&house).await);
            let token = issuer.token("gemeente-client");
            let bound = issuer.token_with("gemeente-client", "cnf", bound_to(&der(&who)));
            let answers = [
                named.send(request(GEMEENTE, None)).await,
                ask(&mut unnamed, &token).await,
                ask(&mut named, &token).await,
                ask(&mut named, &bound).await,
            ];
            let reasons =
                answers.map(|answer| if is_answered(&answer) { String::new() } else { answer.reason() });
            assert_eq!(reasons, expected, "{rule}");
            assert!(
                is_wrong(&ask(&mut unnamed, &bound).await),
                "{rule}: a bound token without its certificate"
            );
        });
    }
}

fn der(who: &Identity) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(&who.certificate).unwrap()
}

#[test]
fn a_bound_token_is_good_on_its_certificate_s_connections_alone() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house_of(|_| {}, "certificate");
        let first = house.identity("gemeente");
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in [
            (DnType::CountryName, "BE"),
            (DnType::OrganizationName, "Proef"),
            (DnType::CommonName, "gemeente"),
        ] {
            params.distinguished_name.push(kind, value);
        }
        let second = house.authority.issue_with("gemeente-2", &params);
        assert!(is_answered(&known(&house, &second).await.send(request(GEMEENTE, None)).await));
        let bound = issuer.token_with("gemeente-client", "cnf", bound_to(&der(&first)));
        assert!(is_answered(&ask(&mut known(&house, &first).await, &bound).await));
        let stolen = ask(&mut known(&house, &second).await, &bound).await;
        assert!(is_wrong(&stolen), "another certificate of the same consumer, remembered token or not");
        let digest = ring::digest::digest(&ring::digest::SHA256, &der(&first));
        let hexadecimal = poortwachter::text::words::hexadecimal(digest.as_ref());
        for cnf in [json!({ "x5t#S256": hexadecimal }), json!({ "jkt": "x" })] {
            let odd = issuer.token_with("gemeente-client", "cnf", cnf);
            assert!(is_wrong(&ask(&mut known(&house, &first).await, &odd).await));
        }
    });
}

#[test]
fn taking_a_client_away_ends_its_remembered_token_at_once() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let mut somebody = anonymous(&house).await;
        let token = issuer.token("gemeente-client");
        assert!(is_answered(&ask(&mut somebody, &token).await));
        house.write_consumer("gemeente", &gemeente());
        house.running().reload().await;
        assert_eq!(ask(&mut somebody, &token).await.reason(), "unknown-consumer");
    });
}

#[test]
fn a_remembered_token_ends_when_it_expires() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let mut somebody = anonymous(&house).await;
        let token = issuer.token("gemeente-client");
        assert!(is_answered(&ask(&mut somebody, &token).await));
        house.time.set("2026-11-24T10:05:29Z");
        assert!(is_answered(&ask(&mut somebody, &token).await), "within the leeway");
        house.time.set("2026-11-24T10:05:30Z");
        assert!(is_wrong(&ask(&mut somebody, &token).await));
    });
}

#[test]
fn a_new_key_is_fetched_when_a_token_names_it_and_the_old_one_s_tokens_end() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let mut somebody = anonymous(&house).await;
        let old = issuer.token("gemeente-client");
        assert!(is_answered(&ask(&mut somebody, &old).await));
        let successor = Signer::edwards("b");
        issuer.says(ok(&jwks([&successor])));
        let new = successor.token(&claims("gemeente-client", NOW));
        assert!(is_answered(&ask(&mut somebody, &new).await));
        assert!(is_wrong(&ask(&mut somebody, &old).await), "its key is gone");
        let metrics = house.metrics().await;
        assert!(
            metrics.contains("poortwachter_tokens_remembered 1\n"),
            "the old one is forgotten: {metrics}"
        );
    });
}

#[test]
fn twenty_tokens_with_a_new_key_cost_one_fetch() {
    block_on(async {
        let gate = Gate::default();
        let issuer = Issuer::new();
        let house = issuer.house_with(|tokens| tokens.timeout = Duration::from_mins(1));
        assert!(is_answered(&ask(&mut anonymous(&house).await, &issuer.token("gemeente-client")).await));
        let successor = Signer::edwards("b");
        issuer.says([vec![Step::Await(gate.clone())], ok(&jwks([&successor]))].concat());
        let mut calls = Vec::new();
        for number in 0..20 {
            let mut somebody = anonymous(&house).await;
            let token = successor.token(&but(claims("gemeente-client", NOW), "jti", json!(number)));
            calls.push(tokio::spawn(async move { is_answered(&ask(&mut somebody, &token).await) }));
        }
        gate.reached(1).await;
        // All are in, and none has been answered.
        while !house.metrics().await.contains("poortwachter_calls_in_flight 20\n") {
            tokio::task::yield_now().await;
        }
        gate.open();
        for call in calls {
            assert!(call.await.unwrap());
        }
        assert_eq!(issuer.asked(), 2);
    });
}

#[test]
fn made_up_key_names_are_no_way_to_flood_the_issuer() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house_with(|tokens| tokens.refetch = Duration::from_mins(30));
        let mut somebody = anonymous(&house).await;
        assert!(is_answered(&ask(&mut somebody, &issuer.token("gemeente-client")).await));
        let forger = Signer::edwards("made-up");
        for _ in 0..5 {
            assert!(is_wrong(&ask(&mut somebody, &forger.token(&claims("gemeente-client", NOW))).await));
        }
        assert_eq!(issuer.asked(), 1);
    });
}

#[test]
fn without_keys_it_is_the_gateway_s_trouble_and_passes_when_they_come() {
    block_on(async {
        let issuer = Issuer::saying(|_| vec![Step::Close]);
        let house = issuer.house();
        let token = issuer.token("gemeente-client");
        let mut somebody = anonymous(&house).await;
        assert!(is_unverifiable(&ask(&mut somebody, &token).await));
        assert!(is_answered(&house.ask().await), "certificates are enough as ever");
        issuer.says(ok(&jwks([&issuer.signer])));
        answered_at_last(&mut somebody, &token).await;
        let metrics = house.metrics().await;
        assert!(metrics.contains("poortwachter_jwks_fetches_total{result=\"broke-off\"}"), "{metrics}");
        assert!(metrics.contains("verdict=\"failed\",reason=\"token-unverifiable\"} "), "{metrics}");
    });
}

#[test]
fn keys_outlive_an_outage_for_as_long_as_configured() {
    block_on(async {
        let issuer = Issuer::new();
        let house = issuer.house();
        let long = issuer.token_with("gemeente-client", "exp", json!(NOW + 100_000));
        let mut somebody = anonymous(&house).await;
        assert!(is_answered(&ask(&mut somebody, &long).await));
        issuer.says(vec![Step::Close]);
        let unknown = Signer::edwards("b").token(&claims("gemeente-client", NOW));
        assert!(is_unverifiable(&ask(&mut somebody, &unknown).await), "whether it is wrong nobody can tell");
        house.time.set("2026-11-24T10:29:59Z");
        assert!(is_answered(&ask(&mut somebody, &long).await));
        house.time.set("2026-11-24T10:30:00Z");
        assert!(is_unverifiable(&ask(&mut somebody, &long).await), "remembered or not");
        issuer.says(ok(&jwks([&issuer.signer])));
        answered_at_last(&mut somebody, &long).await;
    });
}

type Says<'a> = Box<dyn Fn(&Signer) -> Vec<Step> + 'a>;

#[test]
fn an_issuer_that_is_slow_long_winded_or_sends_elsewhere_gives_no_keys() {
    let never = Gate::default();
    let huge = [&vec![b' '; 256 << 10][..], b"{\"keys\":[]}"].concat();
    let coded = |signer: &Signer| bytes_below("Content-Encoding: gzip\r\n", jwks([signer]).as_bytes());
    let secret = |signer: &Signer| {
        let mut key = signer.jwk();
        key["d"] = json!("AQ");
        ok(&json!({ "keys": [signer.jwk(), key] }).to_string())
    };
    let cases: Vec<(&str, Says<'_>)> = vec![
        ("too-slow", Box::new(|_| vec![Step::Await(never.clone())])),
        ("too-long", Box::new(|_| bytes_below("", &huge))),
        ("coded", Box::new(coded)),
        (
            "redirected",
            Box::new(|_| with_head("HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n", "")),
        ),
        ("status", Box::new(|signer| with_head("HTTP/1.1 500 No\r\n", &jwks([signer])))),
        ("status", Box::new(|signer| with_head("HTTP/1.1 203 Changed\r\n", &jwks([signer])))),
        ("broke-off", Box::new(|_| vec![Step::Send(b"no http\r\n\r\n".to_vec())])),
        ("unusable", Box::new(|_| ok("<html>"))),
        ("unusable", Box::new(secret)),
    ];
    for (kind, says) in cases {
        block_on(async {
            let issuer = Issuer::saying(says);
            let slow = kind == "too-slow";
            let house = issuer.house_with(move |tokens| {
                if slow {
                    tokens.timeout = Duration::from_millis(50);
                }
            });
            let refused = ask(&mut anonymous(&house).await, &issuer.token("gemeente-client")).await;
            assert!(is_unverifiable(&refused), "{kind}");
            let label = format!("poortwachter_jwks_fetches_total{{result=\"{kind}\"}}");
            while !house.metrics().await.contains(&label) {
                tokio::task::yield_now().await;
            }
        });
    }
    never.open();
    assert!(logged().contains("whoever has read the set can forge tokens"));
}

#[test]
fn the_keys_server_must_be_vouched_for_by_the_configured_authorities() {
    block_on(async {
        let (issuer, other) = (Issuer::new(), Issuer::new());
        let ca = other.directory.path().join("issuer.ca.pem");
        let house = issuer.house_with(move |tokens| {
            let Jwks::Url { ca: configured, .. } = &mut tokens.jwks else { panic!("a file") };
            *configured = ca;
        });
        assert!(is_unverifiable(&ask(&mut anonymous(&house).await, &issuer.token("gemeente-client")).await));
        assert!(house.metrics().await.contains("poortwachter_jwks_fetches_total{result=\"tls\"}"));
    });
}

#[test]
fn keys_can_be_in_a_file_that_is_replaced() {
    block_on(async {
        let issuer = Issuer::new();
        let file = issuer.directory.path().join("jwks.json");
        std::fs::write(&file, jwks([&issuer.signer])).unwrap();
        let path = file.clone();
        let house = issuer.house_with(move |tokens| tokens.jwks = Jwks::File(path));
        let mut somebody = anonymous(&house).await;
        let old = issuer.token("gemeente-client");
        assert!(is_answered(&ask(&mut somebody, &old).await));
        let successor = Signer::edwards("b");
        std::fs::write(&file, jwks([&successor])).unwrap();
        let new = successor.token(&claims("gemeente-client", NOW));
        assert!(is_answered(&ask(&mut somebody, &new).await));
        assert!(is_wrong(&ask(&mut somebody, &old).await));
        std::fs::remove_file(&file).unwrap();
        assert!(is_answered(&ask(&mut somebody, &new).await), "kept through the outage");
        assert_eq!(issuer.asked(), 0);
    });
}

#[test]
fn where_no_tokens_are_configured_authorization_is_the_upstream_s_business() {
    block_on(async {
        let issuer = Issuer::new();
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let token = issuer.token_with("inspectie-client", "exp", json!(0));
        assert!(is_answered(&ask(&mut house.consumer("gemeente").await, &token).await));
        assert_eq!(
            house.upstream.asked()[0].header("authorization"),
            Some(format!("Bearer {token}").as_str())
        );
    });
}
