//! Bearer tokens and the keys they are checked with: never panic, and nothing passes that the rules do not say.
#![no_main]

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jsonwebtoken::Algorithm;
use libfuzzer_sys::fuzz_target;
use poortwachter::identity::token::Rules;
use poortwachter::identity::{KeySet, Keyring, Tokens};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

const ALL: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
const NOW: i64 = 1_795_514_400;

struct Scene {
    tokens: Tokens,
    ring: Keyring,
    key: Ed25519KeyPair,
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
        let x = BASE64URL.encode(key.public_key());
        let jwks = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"a","x":"{x}"}}]}}"#);
        let (set, _) = KeySet::read(jwks.as_bytes(), &ALL).expect("a set");
        let tokens = Tokens::new(Rules {
            issuer: "i".to_owned(),
            audience: vec!["a".to_owned()],
            algorithms: ALL.to_vec(),
            types: vec!["at+jwt".to_owned(), String::new()],
            client_claim: "client_id".to_owned(),
            required: Vec::new(),
            leeway: 0,
            longest: 8192,
            remembered: 16,
        });
        Scene { tokens, ring: Keyring { set: Some(Arc::new(set)), good_until: NOW + 1, ..Keyring::default() }, key }
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let Scene { tokens, ring, key } = scene();
    match choice % 3 {
        0 => drop(KeySet::read(rest, &ALL)),
        // Nobody signs by chance.
        1 => assert!(tokens.verify(rest, ring, NOW).is_err()),
        // The issuer signs whatever it is given: header, a line's end, claims.
        _ => {
            let Some(at) = rest.iter().position(|byte| *byte == b'\n') else { return };
            let (header, claims) = (&rest[..at], &rest[at + 1..]);
            let message = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
            let written = format!("{message}.{}", BASE64URL.encode(key.sign(message.as_bytes())));
            if let Ok(token) = tokens.verify(written.as_bytes(), ring, NOW) {
                assert!(!token.client().is_empty());
                assert!(claims.windows(11).any(|window| window == b"\"client_id\"") || claims.contains(&b'\\'));
                assert_eq!(tokens.recall(written.as_bytes(), ring, NOW), Some(token));
            }
        }
    }
});
