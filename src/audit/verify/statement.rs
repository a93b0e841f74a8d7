//! What the lines say on which checking turns: headers, checkpoints, recoveries.

use serde_json::{Map, Value};

use crate::audit::keys::PublicKey;
use crate::audit::trail::Unsealed;
use crate::audit::trail::frame::{Framed, Hash, unhex};
use crate::audit::trail::segment::Statement;
use crate::audit::trail::tombstone::Gone;

/// The members of a line; none where they are no JSON.
pub(super) struct Members(Map<String, Value>);

/// What a checkpoint says, besides what is signed of its line.
pub(super) struct Checkpoint {
    pub(super) trail: String,
    pub(super) segment: String,
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) why: String,
    pub(super) key: String,
    pub(super) time: String,
    signature: [u8; 64],
}

impl Members {
    pub(super) fn of(framed: &Framed<'_>) -> Option<Self> {
        framed.object().map(Self)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    fn owned(&self, key: &str) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    pub(super) fn hex<const N: usize>(&self, key: &str) -> Option<[u8; N]> {
        unhex(self.text(key)?)
    }

    pub(super) fn checkpoint(&self) -> Option<Checkpoint> {
        Some(Checkpoint {
            trail: self.owned("trail")?,
            segment: self.owned("segment")?,
            size: self.number("size")?,
            root: self.hex("root")?,
            why: self.owned("why")?,
            key: self.owned("key")?,
            time: self.owned("time")?,
            signature: self.hex("signature")?,
        })
    }

    /// The unfinished segment that a `recovery` tells of; none: it is about something else.
    pub(super) fn unsealed(&self) -> Option<Unsealed> {
        Some(Unsealed {
            segment: self.owned("segment").filter(|_| self.text("cause") == Some("unsealed"))?,
            lines: self.number("lines")?,
            bytes: self.number("bytes")?,
            root: self.hex("root")?,
            torn_bytes: self.number("torn_bytes")?,
            torn_sha256: self.hex("torn_sha256")?,
        })
    }

    /// The stretches that a tombstone says are gone.
    pub(super) fn tombstone(&self) -> Option<Vec<Gone>> {
        Gone::all(&self.0)
    }
}

impl Checkpoint {
    /// Whether it ends its segment.
    pub(super) fn seals(&self) -> bool {
        matches!(self.why.as_str(), "segment" | "stop")
    }

    /// Whether it was signed with that key, as the line that it is.
    pub(super) fn is_signed(&self, line: &Framed<'_>, key: &PublicKey) -> bool {
        let Self { trail, segment, size, root, why, time, signature, .. } = self;
        let (seq, prev, size) = (line.seq, &line.prev, *size);
        let stated = Statement { trail, segment, seq, prev, size, root, time, why };
        key.has_signed(stated.text().as_bytes(), signature)
    }
}
