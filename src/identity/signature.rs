//! How signatures are checked: `jsonwebtoken` asks, `ring` answers.
//!
//! The crate's own two backends would bring a second cryptographic library beside the one that TLS stands on, one
//! of them with an advisory that is open. Only checking is here: the gateway signs nothing.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind, new_error};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use signature::Verifier;

/// Lets `jsonwebtoken` check signatures, in the whole process. A program around the gateway that has chosen another
/// library before keeps it: what is checked is the same.
pub(super) fn install() {
    static RING: CryptoProvider = CryptoProvider {
        signer_factory: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
        verifier_factory: |algorithm, key| verifier(*algorithm, key),
        key_utils: KeyUtils::new_unimplemented(),
    };
    let _ = RING.install_default();
}

/// A signature algorithm with a key that is for it.
struct Check {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Rsa(&'static RsaParameters, RsaPublicKeyComponents<Vec<u8>>),
    Curve(UnparsedPublicKey<Vec<u8>>),
}

fn verifier(algorithm: Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if key.family() != algorithm.family() {
        return Err(new_error(ErrorKind::InvalidAlgorithm));
    }
    let key = match (algorithm, key.kind()) {
        (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            Key::Rsa(&RSA_PKCS1_2048_8192_SHA256, components(n, e))
        }
        (Algorithm::PS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            Key::Rsa(&RSA_PSS_2048_8192_SHA256, components(n, e))
        }
        (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => curve(&ECDSA_P256_SHA256_FIXED, point),
        (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(point)) => curve(&ED25519, point),
        _ => return Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    };
    Ok(Box::new(Check { algorithm, key }))
}

fn components(n: &[u8], e: &[u8]) -> RsaPublicKeyComponents<Vec<u8>> {
    RsaPublicKeyComponents { n: n.to_vec(), e: e.to_vec() }
}

fn curve(algorithm: &'static dyn VerificationAlgorithm, point: &[u8]) -> Key {
    Key::Curve(UnparsedPublicKey::new(algorithm, point.to_vec()))
}

impl Verifier<Vec<u8>> for Check {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let verified = match &self.key {
            Key::Rsa(parameters, components) => components.verify(parameters, message, signature),
            Key::Curve(key) => key.verify(message, signature),
        };
        verified.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Check {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
