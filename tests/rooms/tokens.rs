//! What makes a bearer token good, and every way in which one is not.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jsonwebtoken::Algorithm;
use poortwachter::identity::token::{Flaw, Rules, Unverified};
use poortwachter::identity::{KeySet, Keyring, Tokens};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::issuer::{AUDIENCE, ISSUER, Signer, bound_to, but, claims, jwks};

const NOW: i64 = 1_795_514_400;
const ALL: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

fn rules() -> Rules {
    Rules {
        issuer: ISSUER.to_owned(),
        audience: vec!["https://other.example".to_owned(), AUDIENCE.to_owned()],
        algorithms: ALL.to_vec(),
        types: vec!["at+jwt".to_owned()],
        client_claim: "client_id".to_owned(),
        required: vec!["jti".to_owned()],
        leeway: 30,
        longest: 4096,
        remembered: 3,
    }
}

fn ring<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Keyring {
    let (set, skipped) = KeySet::read(jwks(signers).as_bytes(), &ALL).unwrap();
    assert!(skipped.is_empty(), "{skipped:?}");
    Keyring { set: Some(Arc::new(set)), good_until: NOW + 10_000, ..Keyring::default() }
}

fn good() -> Value {
    claims("gemeente-client", NOW)
}

/// What is wrong with a token, at a gateway with that one key.
fn flaw_of(signer: &Signer, token: &str) -> Option<Flaw> {
    match Tokens::new(rules()).verify(token.as_bytes(), &ring([signer]), NOW) {
        Ok(_) => None,
        Err(Unverified::Wrong(flaw)) => Some(flaw),
        Err(other) => panic!("{other:?}"),
    }
}

fn flaw_of_header(change: impl Fn(&mut Value)) -> Option<Flaw> {
    let signer = Signer::edwards("ed");
    let mut header = signer.header();
    change(&mut header);
    flaw_of(&signer, &signer.sign(&header.to_string(), &good().to_string()))
}

#[test]
fn a_token_signed_with_a_key_of_any_kind_names_its_client() {
    let signers = Signer::all();
    let (tokens, ring) = (Tokens::new(rules()), ring(&signers));
    for signer in &signers {
        let token = tokens.verify(signer.token(&good()).as_bytes(), &ring, NOW).unwrap();
        assert_eq!((token.client(), token.bound_to()), ("gemeente-client", None), "{}", signer.alg);
    }
}

#[test]
fn no_key_verifies_a_signature_of_another_algorithm_than_its_own() {
    let signers = Signer::all();
    let (tokens, ring) = (Tokens::new(rules()), ring(&signers));
    for signer in &signers {
        for other in signers.iter().filter(|other| other.kid != signer.kid) {
            for (alg, kid) in [(other.alg, signer.kid), (other.alg, other.kid)] {
                let header = json!({ "alg": alg, "kid": kid, "typ": "at+jwt" }).to_string();
                let forged = signer.sign(&header, &good().to_string());
                let refused = tokens.verify(forged.as_bytes(), &ring, NOW).unwrap_err();
                let expected = if kid == signer.kid { Flaw::Algorithm } else { Flaw::Signature };
                assert_eq!(refused, Unverified::Wrong(expected), "{} as {alg} {kid}", signer.alg);
            }
        }
    }
}

#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    let signer = Signer::rsa("rs", "RS256");
    let secret = serde_json::to_string(&signer.jwk()).unwrap();
    let message = format!(
        "{}.{}",
        BASE64URL.encode(r#"{"alg":"HS256","kid":"rs","typ":"at+jwt"}"#),
        BASE64URL.encode(good().to_string())
    );
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let forged = format!("{message}.{}", BASE64URL.encode(ring::hmac::sign(&key, message.as_bytes())));
    assert_eq!(flaw_of(&signer, &forged), Some(Flaw::Algorithm));
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({ "alg": none, "kid": "rs", "typ": "at+jwt" }).to_string();
        let unsigned = format!("{}.{}.", BASE64URL.encode(header), BASE64URL.encode(good().to_string()));
        assert_eq!(flaw_of(&signer, &unsigned), Some(Flaw::Algorithm), "{none}");
    }
}

#[test]
fn an_algorithm_that_is_not_configured_is_refused_even_where_there_is_a_key_for_it() {
    let signer = Signer::edwards("ed");
    let tokens = Tokens::new(Rules { algorithms: vec![Algorithm::RS256], ..rules() });
    let refused = tokens.verify(signer.token(&good()).as_bytes(), &ring([&signer]), NOW).unwrap_err();
    assert_eq!(refused, Unverified::Wrong(Flaw::Algorithm));
}

#[test]
fn a_token_that_brings_its_own_key_or_must_be_understood_is_refused() {
    let own = Signer::edwards("ed").jwk();
    for (member, value) in [
        ("jwk", own),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("enc", json!("A128GCM")),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        assert_eq!(flaw_of_header(|header| header[member] = value.clone()), Some(Flaw::Header), "{member}");
    }
    assert_eq!(flaw_of_header(|header| header["x5t"] = json!("unknown members are ignored")), None);
}

#[test]
fn only_an_access_token_s_type_will_do() {
    for kind in [json!("at+jwt"), json!("AT+JWT"), json!("application/at+jwt")] {
        assert_eq!(flaw_of_header(|header| header["typ"] = kind.clone()), None, "{kind}");
    }
    for kind in ["JWT", "", "at+jwt ", "logout+jwt", "application/application/at+jwt"] {
        assert_eq!(flaw_of_header(|header| header["typ"] = json!(kind)), Some(Flaw::Type), "{kind}");
    }
    let absent = |header: &mut Value| drop(header.as_object_mut().unwrap().remove("typ"));
    assert_eq!(flaw_of_header(absent), Some(Flaw::Type));
    assert_eq!(flaw_of_header(|header| header["typ"] = json!(1)), Some(Flaw::Malformed));
}

#[test]
fn claims_are_held_against_the_configuration() {
    let signer = Signer::edwards("ed");
    let refused = |claim: &str, value: Value| flaw_of(&signer, &signer.token(&but(good(), claim, value)));
    for (claim, value, expected) in [
        ("iss", json!("https://issuer.example/op/"), Some(Flaw::Issuer)),
        ("iss", json!([ISSUER]), Some(Flaw::Issuer)),
        ("iss", Value::Null, Some(Flaw::Issuer)),
        ("aud", json!("https://elsewhere.example"), Some(Flaw::Audience)),
        ("aud", json!([]), Some(Flaw::Audience)),
        ("aud", json!([AUDIENCE, 3]), Some(Flaw::Audience)),
        ("aud", Value::Null, Some(Flaw::Audience)),
        ("aud", json!(["https://elsewhere.example", AUDIENCE]), None),
        ("exp", json!(NOW - 29), None),
        ("exp", json!(NOW - 30), Some(Flaw::Expired)),
        ("exp", Value::Null, Some(Flaw::Claim)),
        ("exp", json!((NOW + 300).to_string()), Some(Flaw::Claim)),
        ("exp", json!(1e300), Some(Flaw::Claim)),
        ("nbf", json!(NOW + 30), None),
        ("nbf", json!(NOW + 31), Some(Flaw::NotYetValid)),
        ("nbf", json!("soon"), Some(Flaw::Claim)),
        ("nbf", Value::Null, None),
        ("jti", Value::Null, Some(Flaw::Claim)),
        ("client_id", Value::Null, Some(Flaw::Client)),
        ("client_id", json!(""), Some(Flaw::Client)),
        ("client_id", json!(["gemeente-client"]), Some(Flaw::Client)),
        ("client_id", json!("c".repeat(257)), Some(Flaw::Client)),
        ("setbyclient_client_id", json!("inspectie"), None),
        ("cnf", json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }), Some(Flaw::Confirmation)),
        ("cnf", json!("x"), Some(Flaw::Confirmation)),
    ] {
        assert_eq!(refused(claim, value.clone()), expected, "{claim}: {value}");
    }
}

#[test]
fn a_claim_or_header_that_stands_twice_is_refused() {
    let signer = Signer::edwards("ed");
    let (header, claims) = (signer.header().to_string(), good().to_string());
    let twice = |json: &str, member: &str| json.replacen('{', &format!("{{{member},"), 1);
    for (header, claims) in [
        (header.clone(), twice(&claims, r#""client_id":"inspectie""#)),
        (header.clone(), twice(&claims, r#""\u0065xp":99999999999"#)),
        (header.clone(), twice(&claims, r#""cnf":{"jkt":"a","jkt":"b"}"#)),
        (twice(&header, r#""alg":"EdDSA""#), claims.clone()),
    ] {
        assert_eq!(
            flaw_of(&signer, &signer.sign(&header, &claims)),
            Some(Flaw::Malformed),
            "{header} {claims}"
        );
    }
}

#[test]
fn what_is_not_three_parts_of_json_is_malformed() {
    let signer = Signer::edwards("ed");
    let token = signer.token(&good());
    let (head, rest) = token.split_once('.').unwrap();
    for odd in [
        String::new(),
        "..".to_owned(),
        "a.b".to_owned(),
        rest.to_owned(),
        format!("{token}.x"),
        format!("{token}.x.y"),
        format!("{token}="),
        format!(" {token}"),
        format!("{head}=.{rest}"),
        token.replace('.', ","),
        signer.sign("[]", &good().to_string()),
        signer.sign(&signer.header().to_string(), "[]"),
        signer.sign(&signer.header().to_string(), "\"eyJhbGciOiJub25lIn0..\""),
        signer.sign(&signer.header().to_string(), ""),
        signer.sign(&signer.header().to_string(), &format!("{}{}", "[".repeat(400), "]".repeat(400))),
    ] {
        assert_eq!(flaw_of(&signer, &odd), Some(Flaw::Malformed), "{odd}");
    }
    let long = signer.token(&but(good(), "scope", json!("s".repeat(4096))));
    assert_eq!(flaw_of(&signer, &long), Some(Flaw::TooLong));
}

#[test]
fn a_key_that_is_not_there_is_asked_for_and_one_too_old_not_relied_on() {
    let (old, new) = (Signer::edwards("old"), Signer::edwards("new"));
    let (tokens, keys) = (Tokens::new(rules()), ring([&old]));
    let written = new.token(&good());
    assert_eq!(tokens.verify(written.as_bytes(), &keys, NOW).unwrap_err(), Unverified::UnknownKey);
    assert_eq!(tokens.verify(written.as_bytes(), &Keyring::default(), NOW).unwrap_err(), Unverified::NoKeys);
    let stale = Keyring { good_until: NOW, ..ring([&new]) };
    assert_eq!(tokens.verify(written.as_bytes(), &stale, NOW).unwrap_err(), Unverified::NoKeys);
    let nameless = json!({ "alg": "EdDSA", "typ": "at+jwt" }).to_string();
    let nameless = new.sign(&nameless, &good().to_string());
    assert!(tokens.verify(nameless.as_bytes(), &ring([&new]), NOW).is_ok(), "the only key for its algorithm");
    let several = tokens.verify(nameless.as_bytes(), &ring([&old, &new]), NOW).unwrap_err();
    assert_eq!(several, Unverified::Wrong(Flaw::Key));
}

#[test]
fn a_remembered_token_ends_with_its_time_its_key_and_the_trust_in_the_keys() {
    let (signer, other) = (Signer::edwards("ed"), Signer::edwards("ed"));
    let (tokens, keys) = (Tokens::new(rules()), ring([&signer]));
    let written = signer.token(&good());
    let written = written.as_bytes();
    assert!(tokens.recall(written, &keys, NOW).is_none(), "nobody is remembered before");
    tokens.verify(written, &keys, NOW).unwrap();
    assert_eq!(tokens.recall(written, &keys, NOW).unwrap().client(), "gemeente-client");
    assert!(tokens.recall(written, &keys, NOW + 329).is_some());
    assert!(tokens.recall(written, &keys, NOW + 330).is_none());
    assert!(tokens.recall(written, &keys, NOW - 60).is_none(), "the clock was set back");
    assert!(tokens.recall(written, &ring([&other]), NOW).is_none(), "another key by the same name");
    assert!(tokens.recall(written, &Keyring { good_until: NOW, ..keys.clone() }, NOW).is_none());
    assert!(tokens.recall(written, &Keyring::default(), NOW).is_none());
    tokens.tidy(&keys, NOW);
    assert_eq!(tokens.remembered(), 1);
    tokens.tidy(&ring([&other]), NOW);
    assert_eq!(tokens.remembered(), 0);
}

#[test]
fn only_verified_tokens_are_remembered_and_never_more_than_there_is_room_for() {
    let signer = Signer::edwards("ed");
    let (tokens, keys) = (Tokens::new(rules()), ring([&signer]));
    let numbered = |number: u32| signer.token(&but(good(), "jti", json!(number)));
    for number in 0..5 {
        let forged = numbered(number) + "A";
        assert!(tokens.verify(forged.as_bytes(), &keys, NOW).is_err());
    }
    assert_eq!(tokens.remembered(), 0);
    let written: Vec<String> = (0..4).map(numbered).collect();
    for token in written.iter().chain(&written[..1]).chain(&written) {
        tokens.verify(token.as_bytes(), &keys, NOW).unwrap();
    }
    assert_eq!(tokens.remembered(), 3);
    let recalled: Vec<bool> =
        written.iter().map(|token| tokens.recall(token.as_bytes(), &keys, NOW).is_some()).collect();
    assert_eq!(recalled, [false, true, true, true], "the first to come went first");
    let forgetful = Tokens::new(Rules { remembered: 0, ..rules() });
    forgetful.verify(written[0].as_bytes(), &keys, NOW).unwrap();
    assert!(forgetful.recall(written[0].as_bytes(), &keys, NOW).is_none());
}

#[test]
fn a_bound_token_names_the_certificate_of_the_rfc() {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    // RFC 8705, appendix A: a certificate and its confirmation claim.
    let der = CertificateDer::from_pem_slice(RFC_8705.as_bytes()).unwrap();
    let cnf = json!({ "x5t#S256": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0" });
    assert_eq!(bound_to(&der), cnf);
    let signer = Signer::edwards("ed");
    let written = signer.token(&but(good(), "cnf", cnf));
    let token = Tokens::new(rules()).verify(written.as_bytes(), &ring([&signer]), NOW).unwrap();
    let certificate = poortwachter::identity::Certificate::read(&der).unwrap();
    assert_eq!(token.bound_to(), Some(certificate.sha256()));
    assert!(!poortwachter::proxy::credentials::is_bound_elsewhere(&token, Some(&certificate)));
    assert!(poortwachter::proxy::credentials::is_bound_elsewhere(&token, None));
}

#[test]
fn what_a_consumer_must_bring_follows_from_what_its_entry_has_where_it_does_not_say() {
    use poortwachter::registry::Consumer;
    use poortwachter::registry::consumer::Credentials;
    let head = "id = \"a\"\norganisation = \"A\"\nkind = \"federal-agency\"\nnetwork = \"none\"\n";
    let clients = "clients = [\"a-client\"]\n";
    let certificate = "[[certificate]]\nsubject = \"CN=a\"\n";
    for (text, expected) in [
        (head.to_owned(), Credentials::Certificate),
        (format!("{head}{certificate}"), Credentials::Certificate),
        (format!("{head}{clients}"), Credentials::Token),
        (format!("{head}{clients}credentials = \"both\"\n{certificate}"), Credentials::Both),
    ] {
        assert_eq!(Consumer::parse("a.toml", &text).unwrap().credentials, expected, "{text}");
    }
    assert!(Consumer::parse("a.toml", &format!("{head}{clients}{certificate}")).is_err());
}

const RFC_8705: &str = "-----BEGIN CERTIFICATE-----
MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx
ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ
/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV
bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=
-----END CERTIFICATE-----
";

/// Tokens of every algorithm, with the gateway that takes them.
fn scene() -> &'static (Tokens, Keyring, Vec<String>) {
    static SCENE: std::sync::OnceLock<(Tokens, Keyring, Vec<String>)> = std::sync::OnceLock::new();
    SCENE.get_or_init(|| {
        let signers = Signer::all();
        let written = signers.iter().map(|signer| signer.token(&good())).collect();
        (Tokens::new(rules()), ring(&signers), written)
    })
}

proptest! {
    #[test]
    fn a_token_of_which_any_byte_is_changed_is_refused(which in 0..4usize, at: prop::sample::Index, to: u8) {
        let (tokens, keys, written) = scene();
        let mut changed = written[which].clone().into_bytes();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != to);
        changed[at] = to;
        prop_assert!(tokens.verify(&changed, keys, NOW).is_err());
        prop_assert!(tokens.recall(&changed, keys, NOW).is_none());
    }

    #[test]
    fn a_token_cut_short_or_carried_on_is_refused(which in 0..4usize, at: prop::sample::Index, more in "[A-Za-z0-9_.-]{1,4}") {
        let (tokens, keys, written) = scene();
        let whole = &written[which];
        prop_assert!(tokens.verify(&whole.as_bytes()[..at.index(whole.len())], keys, NOW).is_err());
        prop_assert!(tokens.verify((whole.clone() + &more).as_bytes(), keys, NOW).is_err());
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes: Vec<u8>, header in ".{0,60}", payload in ".{0,60}") {
        let (tokens, keys, _) = scene();
        let shaped = format!("{}.{}.{}", BASE64URL.encode(header), BASE64URL.encode(payload), BASE64URL.encode(&bytes));
        for text in [&bytes[..], shaped.as_bytes()] {
            prop_assert!(tokens.verify(text, keys, NOW).is_err());
            let _ = KeySet::read(text, &ALL);
        }
    }
}
