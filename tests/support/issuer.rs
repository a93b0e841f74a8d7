//! An issuer of tokens, with a key of every kind; what it signs can be wrong in every way.
#![allow(dead_code, unreachable_pub)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

pub const ISSUER: &str = "https://issuer.example/op";
pub const AUDIENCE: &str = "https://gateway.example";

/// A key with its name and algorithm.
pub struct Signer {
    pub kid: &'static str,
    pub alg: &'static str,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Curve(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

impl Signer {
    pub fn rsa(kid: &'static str, alg: &'static str) -> Self {
        let der = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("issuer-rsa.pem")).unwrap();
        Self { kid, alg, pair: Pair::Rsa(RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap()) }
    }

    pub fn curve(kid: &'static str) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &SystemRandom::new()).unwrap();
        Self { kid, alg: "ES256", pair: Pair::Curve(pair) }
    }

    pub fn edwards(kid: &'static str) -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { kid, alg: "EdDSA", pair: Pair::Edwards(Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap()) }
    }

    /// One of every kind.
    pub fn all() -> Vec<Self> {
        vec![Self::rsa("rs", "RS256"), Self::rsa("ps", "PS256"), Self::curve("es"), Self::edwards("ed")]
    }

    pub fn jwk(&self) -> Value {
        let mut key = match &self.pair {
            Pair::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({ "kty": "RSA", "n": BASE64URL.encode(n), "e": BASE64URL.encode(e) })
            }
            Pair::Curve(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": BASE64URL.encode(x), "y": BASE64URL.encode(y) })
            }
            Pair::Edwards(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64URL.encode(pair.public_key()) })
            }
        };
        key["kid"] = self.kid.into();
        key["alg"] = self.alg.into();
        key["use"] = "sig".into();
        key
    }

    pub fn header(&self) -> Value {
        json!({ "alg": self.alg, "kid": self.kid, "typ": "at+jwt" })
    }

    /// The token in which these texts stand, signed with this key whatever they say.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let padding: &dyn ring::signature::RsaEncoding =
                    if self.alg == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
                signature
            }
            Pair::Curve(pair) => {
                pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
            }
            Pair::Edwards(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", BASE64URL.encode(signature))
    }

    pub fn token(&self, claims: &Value) -> String {
        self.sign(&self.header().to_string(), &claims.to_string())
    }
}

/// The set in which these keys are published.
pub fn jwks<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> String {
    json!({ "keys": signers.into_iter().map(Signer::jwk).collect::<Vec<_>>() }).to_string()
}

/// What a good token for a client claims, from ten seconds before to five minutes after `now`.
pub fn claims(client: &str, now: i64) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "client_id": client, "sub": client,
        "iat": now - 10, "nbf": now - 10, "exp": now + 300, "jti": "1",
    })
}

/// `claims` with one of them changed, or taken out where it becomes null.
pub fn but(mut claims: Value, claim: &str, value: Value) -> Value {
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(claim);
    } else {
        claims[claim] = value;
    }
    claims
}

/// `cnf` of a token bound to the certificate with that DER (RFC 8705 §3.1).
pub fn bound_to(der: &[u8]) -> Value {
    json!({ "x5t#S256": BASE64URL.encode(ring::digest::digest(&ring::digest::SHA256, der)) })
}
