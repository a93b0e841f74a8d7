//! The issuer's public keys: read from a JWK Set (RFC 7517), each for one algorithm.
//!
//! Deliberately not here: where the set comes from, and when it is fetched again.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::strict::Strict;

/// By what a key is told from every other: a digest over its name, its algorithm and itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark([u8; 32]);

/// A public key, for one algorithm.
#[derive(Debug)]
pub(super) struct Key {
    name: Option<Box<str>>,
    algorithm: Algorithm,
    pub(super) mark: Mark,
    pub(super) decoding: DecodingKey,
    /// For signature and form alone: what a token claims is judged by [`super::token`].
    pub(super) validation: Validation,
}

/// The keys of an issuer that can be used. At least one.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// A key that is passed over: its place in the set, from 0, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The place.
    pub at: usize,
    /// Why, for people.
    pub reason: &'static str,
}

/// Why a whole set cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no JWK Set.
    #[error("it is not a JSON object with a list `keys` in which no member stands twice")]
    NoSet,
    /// It publishes a secret.
    #[error(
        "key {at} holds a private or secret part: whoever has read the set can forge tokens; have the issuer revoke that key"
    )]
    Secret {
        /// The key's place, from 0.
        at: usize,
    },
    /// None of its keys can be used.
    #[error("it holds no key for the configured algorithms")]
    NoKey,
}

impl KeySet {
    /// Reads a JWK Set. Keys that are not for one of the accepted algorithms, are weak, or stand twice are passed over.
    ///
    /// # Errors
    /// [`Unusable`], whatever good keys there are beside a secret.
    pub fn read(text: &[u8], accepted: &[Algorithm]) -> Result<(Self, Vec<Skipped>), Unusable> {
        let set: Strict = serde_json::from_slice(text).map_err(|_| Unusable::NoSet)?;
        let listed = set.0.get("keys").and_then(Value::as_array).ok_or(Unusable::NoSet)?;
        if let Some(at) = listed.iter().position(is_secret) {
            return Err(Unusable::Secret { at });
        }
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        for (at, written) in listed.iter().enumerate() {
            let key = written.as_object().ok_or("is no JSON object").and_then(|jwk| key(jwk, accepted));
            match key.and_then(|key| fit(key, &keys)) {
                Ok(key) => keys.push(key),
                Err(reason) => skipped.push(Skipped { at, reason }),
            }
        }
        if keys.is_empty() { Err(Unusable::NoKey) } else { Ok((Self { keys }, skipped)) }
    }

    /// How many keys can be used.
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// Whether both hold the same keys.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.keys.iter().map(|key| key.mark).eq(other.keys.iter().map(|key| key.mark))
    }

    pub(super) fn holds(&self, mark: Mark) -> bool {
        self.keys.iter().any(|key| key.mark == mark)
    }

    /// The key that a token names. One that names none means the only key for its algorithm.
    pub(super) fn find(&self, name: Option<&str>, algorithm: Algorithm) -> Found<'_> {
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
        match name {
            Some(name) => match fitting.find(|key| key.name.as_deref() == Some(name)) {
                Some(key) => Found::Key(key),
                None if self.keys.iter().any(|key| key.name.as_deref() == Some(name)) => {
                    Found::ForAnotherAlgorithm
                }
                None => Found::Nothing,
            },
            None => match (fitting.next(), fitting.next()) {
                (Some(key), None) => Found::Key(key),
                (Some(_), Some(_)) => Found::Several,
                (None, _) => Found::Nothing,
            },
        }
    }
}

/// What there is by a name and an algorithm.
pub(super) enum Found<'a> {
    Key(&'a Key),
    ForAnotherAlgorithm,
    Several,
    Nothing,
}

/// The keys in service, and when they were last confirmed. Published whole.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    /// The last set that could be used.
    pub set: Option<Arc<KeySet>>,
    /// Until when it may be relied on, seconds since 1970.
    pub good_until: i64,
    /// Whether the last look at its source led to a set that can be used; `None`: nobody looked yet.
    pub reached: Option<bool>,
    /// When that look ended.
    pub looked: Option<Instant>,
}

impl Keyring {
    /// The keys, unless there are none or they are too old.
    pub fn at(&self, now: i64) -> Option<&KeySet> {
        self.set.as_deref().filter(|_| now < self.good_until)
    }
}

/// The members of a private key (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2) and of a symmetric one (§6.4).
fn is_secret(key: &Value) -> bool {
    const SECRET: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    let symmetric = key.get("kty").and_then(Value::as_str) == Some("oct");
    symmetric || SECRET.iter().any(|member| key.get(member).is_some())
}

fn key(jwk: &Map<String, Value>, accepted: &[Algorithm]) -> Result<Key, &'static str> {
    let text =
        |member: &str| jwk.get(member).map(|value| value.as_str().ok_or("has a member that is no text"));
    let name = text("kid").transpose()?.map(Box::from);
    if text("use").transpose()?.is_some_and(|purpose| purpose != "sig") {
        return Err("is not for signatures (`use`)");
    }
    let operations = jwk.get("key_ops").map(|value| value.as_array().map_or(&[][..], Vec::as_slice));
    if operations.is_some_and(|all| !all.iter().any(|one| one == "verify")) {
        return Err("is not for verifying (`key_ops`)");
    }
    let Material { suits, parts, key: decoding } = material(jwk)?;
    let algorithm = match text("alg").transpose()? {
        Some(written) => written.parse().map_err(|_| "is for an algorithm that is not known (`alg`)")?,
        None => only(suits, accepted)?,
    };
    if !accepted.contains(&algorithm) {
        return Err("is for an algorithm that is not configured");
    }
    if !suits.contains(&algorithm) {
        return Err("is of another type than its `alg` needs");
    }
    let mark = mark(name.as_deref(), algorithm, &parts);
    Ok(Key { name, algorithm, mark, decoding, validation: form_alone(algorithm) })
}

/// A key's own part of its entry.
struct Material {
    suits: &'static [Algorithm],
    parts: [Vec<u8>; 2],
    key: DecodingKey,
}

fn material(jwk: &Map<String, Value>) -> Result<Material, &'static str> {
    let bytes = |member: &str| {
        let text = jwk.get(member).and_then(Value::as_str).ok_or("lacks a part of the key")?;
        BASE64URL.decode(text).map_err(|_| "has a part that is not base64url")
    };
    let curve = jwk.get("crv").and_then(Value::as_str);
    match (jwk.get("kty").and_then(Value::as_str), curve) {
        (Some("RSA"), _) => {
            let (n, e) = (unsigned(bytes("n")?), unsigned(bytes("e")?));
            rsa_is_strong(&n, &e)?;
            let key = DecodingKey::from_rsa_raw_components(&n, &e);
            Ok(Material { suits: &[Algorithm::RS256, Algorithm::PS256], parts: [n, e], key })
        }
        (Some("EC"), Some("P-256")) => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            if x.len() != 32 || y.len() != 32 {
                return Err("is no point of P-256");
            }
            let key = DecodingKey::from_ec_der(&[&[4], x.as_slice(), &y].concat());
            Ok(Material { suits: &[Algorithm::ES256], parts: [x, y], key })
        }
        (Some("OKP"), Some("Ed25519")) => {
            let x = bytes("x")?;
            if x.len() != 32 {
                return Err("is no point of Ed25519");
            }
            let key = DecodingKey::from_ed_der(&x);
            Ok(Material { suits: &[Algorithm::EdDSA], parts: [x, Vec::new()], key })
        }
        _ => Err("is of a type or on a curve that is not known"),
    }
}

/// Without the zeros that some writers put before a number, against RFC 7518 §2.
fn unsigned(mut number: Vec<u8>) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.drain(..zeros);
    number
}

/// 2048 to 8192 bits, an odd modulus, and an odd exponent from 65537 up to what `ring` takes.
fn rsa_is_strong(n: &[u8], e: &[u8]) -> Result<(), &'static str> {
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    match bits {
        ..2048 => Err("is shorter than 2048 bits"),
        8193.. => Err("is longer than 8192 bits"),
        _ if !odd(n) || !odd(e) || !(3..=4).contains(&e.len()) => {
            Err("has a modulus or exponent that is unsafe")
        }
        _ => Ok(()),
    }
}

/// What a key without `alg` is for: the one configured algorithm that it suits.
fn only(suits: &[Algorithm], accepted: &[Algorithm]) -> Result<Algorithm, &'static str> {
    let mut both = suits.iter().filter(|algorithm| accepted.contains(algorithm));
    match (both.next(), both.next()) {
        (Some(one), None) => Ok(*one),
        (Some(_), Some(_)) => Err("has no `alg`, and suits two that are configured"),
        (None, _) => Err("is for an algorithm that is not configured"),
    }
}

/// Most keys that a set may have beside each other.
const MOST: usize = 64;

fn fit(key: Key, others: &[Key]) -> Result<Key, &'static str> {
    if others
        .iter()
        .any(|other| other.name == key.name && other.algorithm == key.algorithm && key.name.is_some())
    {
        return Err("has the name (`kid`) of a key before it");
    }
    if others.iter().any(|other| other.mark == key.mark) {
        return Err("stands in the set already");
    }
    if others.len() >= MOST { Err("comes after as many as are read") } else { Ok(key) }
}

fn mark(name: Option<&str>, algorithm: Algorithm, parts: &[Vec<u8>; 2]) -> Mark {
    let mut hash = Sha256::new();
    let algorithm = format!("{algorithm:?}");
    let [first, second] = parts;
    for part in [name.unwrap_or_default().as_bytes(), algorithm.as_bytes(), first, second] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Mark(hash.finalize().into())
}

fn form_alone(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    validation
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

    /// An RSA key whose modulus has that many bytes; a set does not tell a modulus from another odd number.
    fn rsa(name: &str, bytes: usize, more: &str) -> String {
        let n = BASE64URL.encode([&vec![0xab; bytes - 1][..], &[1]].concat());
        format!(r#"{{"kty":"RSA","kid":"{name}","n":"{n}","e":"AQAB"{more}}}"#)
    }

    fn edwards(name: &str) -> String {
        format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{name}","x":"{}"}}"#, BASE64URL.encode([7; 32]))
    }

    fn read(keys: &[String], accepted: &[Algorithm]) -> Result<(KeySet, Vec<Skipped>), Unusable> {
        KeySet::read(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes(), accepted)
    }

    fn reason(key: String, accepted: &[Algorithm]) -> &'static str {
        let (_, skipped) = read(&[edwards("good"), key], accepted).unwrap();
        assert_eq!(skipped[0].at, 1);
        skipped[0].reason
    }

    #[test]
    fn weak_odd_and_foreign_keys_are_passed_over_with_their_reason() {
        for (key, expected) in [
            (rsa("a", 255, r#","alg":"RS256""#), "is shorter than 2048 bits"),
            (rsa("a", 1025, r#","alg":"RS256""#), "is longer than 8192 bits"),
            (rsa("a", 256, ""), "has no `alg`, and suits two that are configured"),
            (rsa("a", 256, r#","alg":"RS512""#), "is for an algorithm that is not configured"),
            (rsa("a", 256, r#","alg":"HS256""#), "is for an algorithm that is not configured"),
            (rsa("a", 256, r#","alg":"ES256""#), "is of another type than its `alg` needs"),
            (rsa("a", 256, r#","alg":"none""#), "is for an algorithm that is not known (`alg`)"),
            (rsa("a", 256, r#","alg":"RS256","use":"enc""#), "is not for signatures (`use`)"),
            (rsa("a", 256, r#","alg":"RS256","key_ops":["encrypt"]"#), "is not for verifying (`key_ops`)"),
            (
                rsa("a", 256, r#","alg":"RS256""#).replace("AQAB", "Aw"),
                "has a modulus or exponent that is unsafe",
            ),
            (rsa("a", 256, r#","alg":"RS256""#).replace("AQAB", "A+A"), "has a part that is not base64url"),
            (rsa("a", 256, r#","alg":7"#), "has a member that is no text"),
            (edwards("good"), "has the name (`kid`) of a key before it"),
            (edwards("a").replace("Ed25519", "Ed448"), "is of a type or on a curve that is not known"),
            ("3".to_owned(), "is no JSON object"),
        ] {
            assert_eq!(reason(key.clone(), &ALL), expected, "{key}");
        }
        let unconfigured = reason(rsa("a", 256, r#","alg":"RS256""#), &[Algorithm::EdDSA]);
        assert_eq!(unconfigured, "is for an algorithm that is not configured");
    }

    #[test]
    fn a_key_without_an_algorithm_is_for_the_only_one_configured_that_it_suits() {
        let (set, skipped) = read(&[rsa("a", 256, "")], &[Algorithm::PS256]).unwrap();
        assert!(skipped.is_empty());
        assert!(matches!(set.find(Some("a"), Algorithm::PS256), Found::Key(_)));
        assert!(matches!(set.find(None, Algorithm::PS256), Found::Key(_)));
        assert!(matches!(set.find(Some("a"), Algorithm::RS256), Found::ForAnotherAlgorithm));
        assert!(matches!(set.find(Some("b"), Algorithm::PS256), Found::Nothing));
    }

    #[test]
    fn a_set_that_publishes_a_secret_is_refused_whole() {
        for secret in [
            rsa("a", 256, r#","alg":"RS256","d":"AQ""#),
            r#"{"kty":"oct","k":"AQ","alg":"HS256"}"#.to_owned(),
            r#"{"kty":"oct"}"#.to_owned(),
        ] {
            assert_eq!(read(&[edwards("good"), secret], &ALL).unwrap_err(), Unusable::Secret { at: 1 });
        }
    }

    #[test]
    fn what_is_no_set_or_holds_nothing_usable_is_unusable() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
            assert_eq!(KeySet::read(text.as_bytes(), &ALL).unwrap_err(), Unusable::NoSet, "{text}");
        }
        assert_eq!(read(&[], &ALL).unwrap_err(), Unusable::NoKey);
        assert_eq!(read(&[edwards("a")], &[Algorithm::ES256]).unwrap_err(), Unusable::NoKey);
    }

    #[test]
    fn the_same_key_under_another_name_or_algorithm_is_another() {
        let set = |key| read(&[key], &ALL).unwrap().0;
        let a = set(edwards("a"));
        assert!(a.is_same_as(&set(edwards("a"))));
        assert!(!a.is_same_as(&set(edwards("b"))));
        let (rs, ps) = (rsa("a", 256, r#","alg":"RS256""#), rsa("a", 256, r#","alg":"PS256""#));
        assert!(!set(rs).is_same_as(&set(ps)));
    }

    #[test]
    fn keys_that_are_too_old_are_as_good_as_none() {
        let set = Some(Arc::new(read(&[edwards("a")], &ALL).unwrap().0));
        let ring = Keyring { set, good_until: 100, ..Keyring::default() };
        assert!(ring.at(99).is_some());
        assert!(ring.at(100).is_none());
        assert!(Keyring::default().at(-1).is_none());
    }
}
