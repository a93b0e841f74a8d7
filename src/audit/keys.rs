//! The two keys of a trail: one signs its checkpoints, the other makes pseudonyms.
//!
//! Each stands in a text file of one line, `poortwachter-…-key-v1` and hexadecimal digits. Ed25519 and HMAC are
//! `ring`'s, which TLS brings along.

use std::fmt;
use std::path::Path;

use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use ring::{digest, hmac};

use super::trail::frame::{Hash, shown, unhex};

/// Signs checkpoints.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

/// Checks the signatures of checkpoints; for everybody to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

/// Turns the numbers of persons and enterprises into pseudonyms: the same for the same number, and for nobody
/// without the key a way back.
#[derive(Clone)]
pub struct PseudonymKey {
    key: hmac::Key,
    id: String,
}

/// Whose number is made a pseudonym of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbered {
    /// A natural person, by INSZ.
    Person,
    /// An enterprise, by its number.
    Enterprise,
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is not there.
    #[error(
        "there is no key file `{file}`; put the trail's key there, or make new ones with `poortwachter audit keygen`"
    )]
    Missing {
        /// Which.
        file: String,
    },
    /// It cannot be read.
    #[error("cannot read the key file `{file}`")]
    Unreadable {
        /// Which.
        file: String,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// It is something else.
    #[error("`{file}` is no {wanted}; `poortwachter audit keygen` makes one")]
    Misshapen {
        /// Which.
        file: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

const SIGNING: &str = "poortwachter-checkpoint-key-v1";
const PUBLIC: &str = "poortwachter-checkpoint-public-key-v1";
const PSEUDONYM: &str = "poortwachter-pseudonym-key-v1";

impl SigningKey {
    /// The text of a new key file.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate() -> Result<String, KeyError> {
        Ok(format!("{SIGNING} {}\n", shown(&random()?)))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// It cannot be read, or is something else.
    pub fn load(file: &Path) -> Result<Self, KeyError> {
        let text = read(file)?;
        Self::parse(&text).ok_or_else(|| misshapen(file, "key for checkpoints"))
    }

    /// The key in a key file's text.
    pub fn parse(text: &str) -> Option<Self> {
        let seed = secret(text, SIGNING)?;
        Some(Self { pair: Ed25519KeyPair::from_seed_unchecked(&seed).ok()? })
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        let mut public = [0; 32];
        public.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(public)
    }

    /// The signature of a text.
    pub fn sign(&self, text: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(text).as_ref());
        signature
    }
}

impl PublicKey {
    /// Reads the file with a public key.
    ///
    /// # Errors
    /// It cannot be read, or is something else.
    pub fn load(file: &Path) -> Result<Self, KeyError> {
        secret(&read(file)?, PUBLIC).map(Self).ok_or_else(|| misshapen(file, "public key for checkpoints"))
    }

    /// The text of its file.
    pub fn file(&self) -> String {
        format!("{PUBLIC} {}\n", shown(&self.0))
    }

    /// What a checkpoint calls the key it was signed with.
    pub fn id(&self) -> String {
        id(&self.0)
    }

    /// Whether a text was signed with its other half.
    pub fn has_signed(&self, text: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(text, signature).is_ok()
    }
}

impl PseudonymKey {
    /// The text of a new key file.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate() -> Result<String, KeyError> {
        Ok(format!("{PSEUDONYM} {}\n", shown(&random()?)))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// It cannot be read, or is something else.
    pub fn load(file: &Path) -> Result<Self, KeyError> {
        Self::parse(&read(file)?).ok_or_else(|| misshapen(file, "key for pseudonyms"))
    }

    /// The key in a key file's text.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = secret(text, PSEUDONYM)?;
        Some(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &secret), id: id(&secret) })
    }

    /// What records call it; nothing of the key can be learnt from it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The pseudonym of a number, given by its digits: HMAC-SHA-256 over `insz:…` or `kbo:…`. An enterprise's
    /// number is ten digits; older ones of nine get a nought before them.
    pub fn pseudonym(&self, of: Numbered, digits: &str) -> Hash {
        let mut context = hmac::Context::with_key(&self.key);
        match of {
            Numbered::Person => context.update(b"insz:"),
            Numbered::Enterprise if digits.len() == 9 => context.update(b"kbo:0"),
            Numbered::Enterprise => context.update(b"kbo:"),
        }
        context.update(digits.as_bytes());
        let mut pseudonym = [0; 32];
        pseudonym.copy_from_slice(context.sign().as_ref());
        pseudonym
    }
}

/// Sixteen digits; the hash's input is set apart from any other use of the key.
fn id(key: &[u8; 32]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"poortwachter key id\n");
    context.update(key);
    shown(&context.finish().as_ref()[..8])
}

fn random() -> Result<[u8; 32], KeyError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

fn secret(text: &str, label: &str) -> Option<[u8; 32]> {
    unhex(text.trim_end().strip_prefix(label)?.strip_prefix(' ')?)
}

fn read(file: &Path) -> Result<String, KeyError> {
    std::fs::read_to_string(file).map_err(|cause| {
        let file = file.display().to_string();
        if cause.kind() == std::io::ErrorKind::NotFound {
            KeyError::Missing { file }
        } else {
            KeyError::Unreadable { file, cause }
        }
    })
}

fn misshapen(file: &Path, wanted: &'static str) -> KeyError {
    KeyError::Misshapen { file: file.display().to_string(), wanted }
}

/// Says which, never what.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PseudonymKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_its_keys_and_its_texts() {
        let text = SigningKey::generate().expect("random numbers");
        let key = SigningKey::parse(&text).expect("a key");
        let signature = key.sign(b"text");
        assert!(key.public().has_signed(b"text", &signature));
        assert!(!key.public().has_signed(b"Text", &signature));
        assert!(SigningKey::parse(&PseudonymKey::generate().expect("random numbers")).is_none());
        assert!(!format!("{key:?}").contains(text.split(' ').nth(1).expect("digits").trim()));
    }

    #[test]
    fn a_number_has_one_pseudonym_and_a_persons_is_not_an_enterprises() {
        let key = PseudonymKey::parse(&format!("{PSEUDONYM} {}\n", "11".repeat(32))).expect("a key");
        let of = |of, digits| key.pseudonym(of, digits);
        assert_eq!(of(Numbered::Enterprise, "123456749"), of(Numbered::Enterprise, "0123456749"));
        assert_ne!(of(Numbered::Person, "0123456749"), of(Numbered::Enterprise, "0123456749"));
    }
}
