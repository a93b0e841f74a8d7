//! What a refusal repeats of the request: its own header, no longer than the schema allows.

use poortwachter_kernel::peek::soap::{Envelope, Value};

use crate::proxy::verdict::trimmed;

/// What a request states of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Echo {
    /// Local name of the request's root.
    pub root: String,
    /// Its namespace, as written.
    pub namespace: String,
    /// `Context/Naam`.
    pub name: String,
    /// `Context/Versie`.
    pub version: String,
    /// `Afzender/Identificatie`.
    pub sender: String,
    /// `Afzender/Referte`.
    pub reference: Option<String>,
    /// `Afzender/Hoedanigheid`.
    pub capacity: Option<String>,
    /// `Vraag/Referte`.
    pub question: Option<String>,
}

/// What an answer to a request without a readable version says of it.
const NO_VERSION: &str = "00.00.0000";

impl Echo {
    /// What this envelope states.
    pub fn of(envelope: &Envelope<'_>) -> Self {
        let version = text(&envelope.version, 10);
        let shaped = version.len() == 10 && version.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
        Self {
            root: limited(envelope.root, 120),
            namespace: envelope.namespace.to_owned(),
            name: text(&envelope.name, 48),
            version: if shaped { version } else { NO_VERSION.to_owned() },
            sender: text(&envelope.sender, 120),
            reference: envelope.reference.as_ref().map(|value| text(value, 36)),
            capacity: envelope.capacity.as_ref().map(|value| text(value, 24)),
            question: envelope.question_reference.as_ref().map(|value| text(value, 36)),
        }
    }
}

impl Echo {
    /// What a REST request states of itself: who sends it.
    pub fn of_sender(sender: &str) -> Self {
        Self { sender: limited(sender, 120), ..Self::default() }
    }
}

/// The value, of at most that many characters; nothing where it is absurdly long.
fn text(value: &Value<'_>, most: usize) -> String {
    let mut buffer = [0; 1024];
    limited(value.decode(&mut buffer).map_or("", trimmed), most)
}

fn limited(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
