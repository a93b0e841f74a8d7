//! What can be wrong with a trail, and where.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file; empty where it is about the trail as a whole.
    pub segment: String,
    /// Its line, counted from 1; 0: about the file as a whole.
    pub line: u64,
    /// The number of the line, where it has or should have one.
    pub seq: Option<u64>,
    /// What.
    pub what: What,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// There is no trail.
    Nothing,
    /// The line is none, or its hash is not that of its text.
    Changed,
    /// Lines are missing before it.
    Missing {
        /// How many.
        lines: u64,
    },
    /// It stood before, or should have.
    OutOfOrder,
    /// It does not continue the line before.
    Unchained,
    /// The first line is not the trail's first.
    NoBeginning,
    /// A tombstone cannot be read.
    WrongTombstone,
    /// The file does not begin with a header that fits it.
    WrongHeader,
    /// The checkpoint is not about the lines before it.
    WrongCheckpoint,
    /// The signature is not right.
    WrongSignature,
    /// It is signed with a key that was not given.
    UnknownKey,
    /// A line behind the end of its segment.
    AfterSeal,
    /// The segment ends without a checkpoint, and no later record says why.
    Unsealed,
    /// A record tells of an unfinished segment otherwise than it is.
    WrongRecovery,
    /// The trail ends without a seal: the gateway runs, or was killed, or lines were cut off.
    NoEnd {
        /// Bytes of half a line at the end.
        torn: u64,
    },
    /// The last segment says that another follows.
    NoNext,
    /// A checkpoint known from elsewhere is not in the trail.
    NotWitnessed,
}

impl What {
    /// A name for machines.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "no-trail",
            Self::Changed => "changed",
            Self::Missing { .. } => "missing",
            Self::OutOfOrder => "out-of-order",
            Self::Unchained => "unchained",
            Self::NoBeginning => "no-beginning",
            Self::WrongTombstone => "wrong-tombstone",
            Self::WrongHeader => "wrong-header",
            Self::WrongCheckpoint => "wrong-checkpoint",
            Self::WrongSignature => "wrong-signature",
            Self::UnknownKey => "unknown-key",
            Self::AfterSeal => "after-seal",
            Self::Unsealed => "unsealed",
            Self::WrongRecovery => "wrong-recovery",
            Self::NoEnd { .. } => "no-end",
            Self::NoNext => "no-next",
            Self::NotWitnessed => "not-witnessed",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.segment.is_empty() {
            write!(f, "{}", self.segment)?;
            if self.line > 0 {
                write!(f, ", line {}", self.line)?;
            }
            if let Some(seq) = self.seq {
                write!(f, ", seq {seq}")?;
            }
            f.write_str(": ")?;
        } else if let Some(seq) = self.seq {
            write!(f, "seq {seq}: ")?;
        }
        write!(f, "{}", self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { lines } => {
                write!(f, "{lines} lines are missing before this one, and no signed tombstone says why")
            }
            Self::NoEnd { torn: 0 } => f.write_str(
                "the trail ends without a seal: the gateway runs (then say --live), or was killed, or lines were cut off",
            ),
            Self::NoEnd { torn } => write!(
                f,
                "the trail ends in {torn} bytes that are no whole line: the gateway runs (then say --live), or was killed, or was tampered with"
            ),
            _ => f.write_str(self.words()),
        }
    }
}

impl What {
    const fn words(&self) -> &'static str {
        match self {
            Self::Nothing => "there is no trail here",
            Self::Changed => "the line is not as it was written",
            Self::OutOfOrder => "the line stands twice, or in another place than where it was written",
            Self::Unchained => {
                "the line does not continue the one before: one of the two was put there later"
            }
            Self::NoBeginning => {
                "the trail does not begin with its first line, and no signed tombstone says why"
            }
            Self::WrongTombstone => "the tombstone does not say what is gone",
            Self::WrongHeader => {
                "the file does not begin with a header that fits its name and the file before"
            }
            Self::WrongCheckpoint => "the checkpoint is not about the lines before it",
            Self::WrongSignature => "the checkpoint's signature is not right",
            Self::UnknownKey => "signed with a key that was not given",
            Self::AfterSeal => "the line stands behind the end of its segment",
            Self::Unsealed => "the segment ends without a seal, and no later record says why",
            Self::WrongRecovery => "the record tells of an unfinished segment otherwise than it is",
            Self::NoNext => "the last segment says that another follows, and there is none",
            Self::NotWitnessed => {
                "a checkpoint known from elsewhere is not in the trail: its end was cut off or rewritten"
            }
            Self::Missing { .. } | Self::NoEnd { .. } => "",
        }
    }
}
