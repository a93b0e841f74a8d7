//! A bearer token becomes the client it was issued to: JWT (RFC 7519) as an access token (RFC 9068), verified.
//!
//! Two things must agree on a token's algorithm before its signature is looked at: the configuration, and the key,
//! which is for one algorithm only. What a token says of how to verify it (`jwk`, `jku`, `x5u`, `x5c`) is never asked.
//!
//! Deliberately not here: where keys come from ([`super::keys`]), and which consumer a client is.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jsonwebtoken::Algorithm;
use jsonwebtoken::errors::ErrorKind;
use serde_json::{Map, Value};

use super::keys::{Found, Key, KeySet, Keyring, Mark};
use super::seen::{self, Seen};
use super::signature;
use super::strict::Strict;

/// How tokens are verified.
#[derive(Clone, Debug)]
pub struct Rules {
    /// `iss`, byte for byte.
    pub issuer: String,
    /// One of these must be in `aud`.
    pub audience: Vec<String>,
    /// The algorithms a token may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// What `typ` may be, in lower case; an empty text stands for a token that has none.
    pub types: Vec<String>,
    /// The claim that names the client, whose values consumers list in `clients`.
    pub client_claim: String,
    /// Claims that must be there besides `iss`, `aud`, `exp` and that one.
    pub required: Vec<String>,
    /// How far the clocks of issuer and gateway may be apart, seconds.
    pub leeway: i64,
    /// The longest a token may be, bytes.
    pub longest: usize,
    /// How many verified tokens are remembered, over all workers.
    pub remembered: usize,
}

/// What a verified token says.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    client: Box<str>,
    /// Seconds since 1970, leeway included; `until` is the first at which it is no longer good.
    from: i64,
    until: i64,
    bound: Option<[u8; 32]>,
    key: Mark,
}

impl Token {
    /// The value of the identity claim.
    pub fn client(&self) -> &str {
        &self.client
    }

    /// The SHA-256 of the client certificate it is bound to (RFC 8705 §3.1), if it is bound.
    pub fn bound_to(&self) -> Option<&[u8; 32]> {
        self.bound.as_ref()
    }

    fn flaw_at(&self, now: i64) -> Option<Flaw> {
        if now >= self.until {
            Some(Flaw::Expired)
        } else if now < self.from {
            Some(Flaw::NotYetValid)
        } else {
            None
        }
    }
}

/// Why a token was not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unverified {
    /// The token is wrong.
    Wrong(Flaw),
    /// It names a key that is not among those in service. The issuer may have a new one.
    UnknownKey,
    /// There are no keys to verify it with, or only such as are too old.
    NoKeys,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No JWS of three parts with JSON in which no member stands twice.
    Malformed,
    /// Longer than a token may be.
    TooLong,
    /// A header that brings its own key, must be understood and is not, or speaks of another token within.
    Header,
    /// `typ` says that it is something else.
    Type,
    /// An algorithm that is not configured, or not its key's.
    Algorithm,
    /// It names a key that the issuer does not have, or none where there are several.
    Key,
    /// The signature does not verify.
    Signature,
    /// `iss` is another.
    Issuer,
    /// `aud` does not name this gateway.
    Audience,
    /// It has expired.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// A claim is missing or of the wrong kind.
    Claim,
    /// The claim that names the client is missing, or no text.
    Client,
    /// `cnf` binds it in a way that is not checked, or cannot be read.
    Confirmation,
    /// It is bound to another certificate than that of the connection.
    Binding,
}

impl Flaw {
    /// Each with its name in metrics, and what it says to whoever sent the token.
    pub const ALL: [(Self, &'static str, &'static str); 15] = [
        (
            Self::Malformed,
            "malformed",
            "the token is not one JWS in compact form, or a member stands in it twice",
        ),
        (Self::TooLong, "too-long", "the token is longer than is read"),
        (Self::Header, "header", "the token's header has a member that is not accepted"),
        (Self::Type, "type", "the token's typ is not that of an access token"),
        (Self::Algorithm, "algorithm", "the token's algorithm is not accepted, or not its key's"),
        (Self::Key, "key", "the token names no key of the issuer"),
        (Self::Signature, "signature", "the token's signature does not verify"),
        (Self::Issuer, "issuer", "the token is of another issuer"),
        (Self::Audience, "audience", "the token is for another audience"),
        (Self::Expired, "expired", "the token has expired"),
        (Self::NotYetValid, "not-yet-valid", "the token is not valid yet"),
        (Self::Claim, "claim", "a claim of the token is missing or of the wrong kind"),
        (Self::Client, "client", "the token does not name its client"),
        (Self::Confirmation, "confirmation", "the token is bound in a way that is not accepted"),
        (Self::Binding, "binding", "the token is bound to another client certificate"),
    ];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        self.told().1
    }

    /// What it says to whoever sent the token: ASCII, without quotes, so that it fits a header.
    pub fn description(self) -> &'static str {
        self.told().2
    }

    fn told(self) -> (Self, &'static str, &'static str) {
        Self::ALL[self as usize]
    }
}

/// Verifies tokens and remembers them. One for all workers.
#[derive(Debug)]
pub struct Tokens {
    rules: Rules,
    seen: Seen,
}

impl Tokens {
    /// Verification by these rules.
    pub fn new(rules: Rules) -> Self {
        signature::install();
        let seen = Seen::new(rules.remembered);
        Self { rules, seen }
    }

    /// The token, if it was verified before and is still good: its key is in service, and its time has not passed.
    /// Asks for no memory.
    pub fn recall(&self, written: &[u8], ring: &Keyring, now: i64) -> Option<Arc<Token>> {
        let keys = ring.at(now)?;
        if written.len() > self.rules.longest {
            return None;
        }
        let token = self.seen.find(&seen::digest(written))?;
        (keys.holds(token.key) && token.flaw_at(now).is_none()).then_some(token)
    }

    /// Verifies a token, and remembers it.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn verify(&self, written: &[u8], ring: &Keyring, now: i64) -> Result<Arc<Token>, Unverified> {
        let token = Arc::new(verified(&self.rules, written, ring.at(now), now)?);
        self.seen.remember(seen::digest(written), Arc::clone(&token));
        Ok(token)
    }

    /// Forgets the tokens that have expired, and those whose key is gone.
    pub fn tidy(&self, ring: &Keyring, now: i64) {
        let holds = |token: &Token| ring.set.as_ref().is_some_and(|keys| keys.holds(token.key));
        self.seen.keep(|token| holds(token) && token.flaw_at(now) != Some(Flaw::Expired));
    }

    /// How many are remembered.
    pub fn remembered(&self) -> usize {
        self.seen.count()
    }
}

fn verified(rules: &Rules, written: &[u8], keys: Option<&KeySet>, now: i64) -> Result<Token, Unverified> {
    let wrong = Unverified::Wrong;
    let header = header(rules, written).map_err(wrong)?;
    let algorithm = algorithm(rules, &header).map_err(wrong)?;
    let name = match header.get("kid") {
        None => None,
        Some(name) => Some(name.as_str().ok_or(wrong(Flaw::Malformed))?),
    };
    let key = match keys.ok_or(Unverified::NoKeys)?.find(name, algorithm) {
        Found::Key(key) => key,
        Found::ForAnotherAlgorithm => return Err(wrong(Flaw::Algorithm)),
        Found::Several => return Err(wrong(Flaw::Key)),
        Found::Nothing => return Err(Unverified::UnknownKey),
    };
    let claims = signed(written, key).map_err(wrong)?;
    let token = claimed(rules, &claims, key.mark).map_err(wrong)?;
    token.flaw_at(now).map_or(Ok(token), |flaw| Err(wrong(flaw)))
}

/// The header of a token in three parts, where nothing in it speaks against looking further.
fn header(rules: &Rules, written: &[u8]) -> Result<Map<String, Value>, Flaw> {
    /// Members by which a token would bring its own key; must be understood (`crit`, and `b64` with it); or is
    /// encrypted, packed, or holds another token.
    const REFUSED: [&str; 9] = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "enc", "zip", "cty"];
    if written.len() > rules.longest {
        return Err(Flaw::TooLong);
    }
    let mut parts = written.split(|byte| *byte == b'.');
    let (Some(head), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Flaw::Malformed);
    };
    let json = BASE64URL.decode(head).map_err(|_| Flaw::Malformed)?;
    let Ok(Strict(Value::Object(header))) = serde_json::from_slice(&json) else {
        return Err(Flaw::Malformed);
    };
    if REFUSED.iter().any(|member| header.contains_key(*member)) {
        return Err(Flaw::Header);
    }
    // RFC 9068 §2.1: `at+jwt`, with or without `application/` before it; compared as media types are.
    let kind = header.get("typ").map_or(Some(""), Value::as_str).ok_or(Flaw::Malformed)?.to_ascii_lowercase();
    let kind = kind.strip_prefix("application/").unwrap_or(&kind);
    if rules.types.iter().any(|known| known == kind) { Ok(header) } else { Err(Flaw::Type) }
}

fn algorithm(rules: &Rules, header: &Map<String, Value>) -> Result<Algorithm, Flaw> {
    let written = header.get("alg").and_then(Value::as_str).ok_or(Flaw::Malformed)?;
    let known = written.parse().map_err(|_| Flaw::Algorithm)?;
    if rules.algorithms.contains(&known) { Ok(known) } else { Err(Flaw::Algorithm) }
}

/// The claims, if the signature over them is the key's.
fn signed(written: &[u8], key: &Key) -> Result<Map<String, Value>, Flaw> {
    match jsonwebtoken::decode::<Strict>(written, &key.decoding, &key.validation) {
        Ok(decoded) => match decoded.claims.0 {
            Value::Object(claims) => Ok(claims),
            _ => Err(Flaw::Malformed),
        },
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidSignature => Flaw::Signature,
            ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Flaw::Algorithm,
            _ => Flaw::Malformed,
        }),
    }
}

fn claimed(rules: &Rules, claims: &Map<String, Value>, key: Mark) -> Result<Token, Flaw> {
    if claims.get("iss").and_then(Value::as_str) != Some(&rules.issuer) {
        return Err(Flaw::Issuer);
    }
    if !is_for(&rules.audience, claims.get("aud")) {
        return Err(Flaw::Audience);
    }
    let until = moment(claims.get("exp").ok_or(Flaw::Claim)?)? + rules.leeway;
    let from = claims.get("nbf").map(moment).transpose()?.map_or(i64::MIN, |from| from - rules.leeway);
    let is_there = |claim: &String| claims.get(claim).is_some_and(|value| !value.is_null());
    if !rules.required.iter().all(is_there) {
        return Err(Flaw::Claim);
    }
    let client = client(claims, &rules.client_claim)?;
    let bound = claims.get("cnf").map(confirmation).transpose()?;
    Ok(Token { client, from, until, bound, key })
}

/// `aud`: one text, or a list of texts (RFC 7519 §4.1.3).
fn is_for(audience: &[String], written: Option<&Value>) -> bool {
    let known = |value: &Value| value.as_str().is_some_and(|one| audience.iter().any(|known| known == one));
    match written {
        Some(Value::Array(list)) => list.iter().all(Value::is_string) && list.iter().any(known),
        Some(one) => known(one),
        None => false,
    }
}

/// A NumericDate (RFC 7519 §2) up to the year 9999, seconds since 1970; parts of a second are left off.
fn moment(written: &Value) -> Result<i64, Flaw> {
    const LAST: i64 = 253_402_300_799;
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit becomes a bound, beyond the last")]
    let second = written.as_i64().or_else(|| written.as_f64().map(|seconds| seconds as i64));
    second.filter(|second| (0..=LAST).contains(second)).ok_or(Flaw::Claim)
}

/// Claims that start so are the client's own words about itself, whoever signed the token (ACM/IDM,
/// `claims_setbyclient`): they identify nobody.
const OWN_WORDS: &str = "setbyclient_";

fn client(claims: &Map<String, Value>, claim: &str) -> Result<Box<str>, Flaw> {
    const LONGEST: usize = 256;
    let named = claims.get(claim).and_then(Value::as_str).filter(|_| !claim.starts_with(OWN_WORDS));
    let named = named.filter(|named| !named.is_empty() && named.len() <= LONGEST);
    named.map(Box::from).ok_or(Flaw::Client)
}

/// `cnf`: a certificate's SHA-256 (RFC 8705 §3.1), and nothing beside it. Another way to bind (`jkt`, `jwk`) is one
/// that is not checked here, and a token bound by it is no bearer's.
fn confirmation(written: &Value) -> Result<[u8; 32], Flaw> {
    let members = written.as_object().filter(|members| members.len() == 1).ok_or(Flaw::Confirmation)?;
    let thumbprint = members.get("x5t#S256").and_then(Value::as_str).ok_or(Flaw::Confirmation)?;
    let bytes = BASE64URL.decode(thumbprint).map_err(|_| Flaw::Confirmation)?;
    bytes.try_into().map_err(|_| Flaw::Confirmation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flaw_stands_at_its_place_and_fits_a_header() {
        for (at, (flaw, name, description)) in Flaw::ALL.into_iter().enumerate() {
            assert_eq!((flaw as usize, flaw.name()), (at, name));
            assert!(
                description.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
            );
        }
    }

    #[test]
    fn moments_are_numbers_up_to_the_year_9999() {
        let of = |text: &str| moment(&serde_json::from_str(text).unwrap());
        assert_eq!(of("1500"), Ok(1500));
        assert_eq!(of("1500.9"), Ok(1500));
        for odd in
            ["-1", "1e300", "-1e300", "18446744073709551615", "253402300800", "\"1500\"", "null", "[1500]"]
        {
            assert_eq!(of(odd), Err(Flaw::Claim), "{odd}");
        }
    }

    #[test]
    fn a_thumbprint_is_base64url_of_32_bytes_and_alone() {
        let of = |json: &str| confirmation(&serde_json::from_str(json).unwrap());
        // RFC 8705, appendix A.
        let rfc = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0";
        assert_eq!(of(&format!(r#"{{"x5t#S256":"{rfc}"}}"#)).unwrap()[..3], [0x03, 0x80, 0xed]);
        let hexadecimal = "0380ed2f626650c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd";
        for odd in [
            format!(r#"{{"x5t#S256":"{hexadecimal}"}}"#),
            format!(r#"{{"x5t#S256":"{rfc}="}}"#),
            format!(r#"{{"x5t#S256":"{}"}}"#, rfc.replace('4', "+")),
            format!(r#"{{"x5t#S256":["{rfc}"]}}"#),
            format!(r#"{{"x5t#S256":"{rfc}","jkt":"{rfc}"}}"#),
            format!(r#"{{"jkt":"{rfc}"}}"#),
            format!("\"{rfc}\""),
            "{}".to_owned(),
            "null".to_owned(),
        ] {
            assert_eq!(of(&odd), Err(Flaw::Confirmation), "{odd}");
        }
    }

    #[test]
    fn a_claim_set_by_the_client_names_nobody() {
        let claims = serde_json::from_str(r#"{"setbyclient_id":"gemeente","client_id":"gemeente"}"#).unwrap();
        assert_eq!(client(&claims, "setbyclient_id"), Err(Flaw::Client));
        assert_eq!(client(&claims, "client_id").as_deref(), Ok("gemeente"));
    }
}
