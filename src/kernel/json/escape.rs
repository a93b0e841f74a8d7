//! Escapes in strings (RFC 8259 §7), a byte at a time.

use super::JsonFlaw;

/// What has been read of an escape, its `\` included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// The `\` alone.
    Begun,
    /// `\u` and so many digits.
    Unit { digits: u8, value: u16 },
    /// The first half of a pair: the second must follow.
    High { high: u16 },
    /// The first half, and a `\`.
    HighBegun { high: u16 },
    /// The first half, `\u` and so many digits.
    Low { high: u16, digits: u8, value: u16 },
}

/// What one byte more makes of an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    More(Escape),
    Whole(char),
}

impl Escape {
    pub(super) fn step(self, byte: u8) -> Result<Step, JsonFlaw> {
        match self {
            Self::Begun if byte == b'u' => Ok(Step::More(Self::Unit { digits: 0, value: 0 })),
            Self::Begun => simple(byte).map(Step::Whole),
            Self::Unit { digits, value } => unit(digits + 1, value << 4 | hex(byte)?),
            Self::High { high } if byte == b'\\' => Ok(Step::More(Self::HighBegun { high })),
            Self::HighBegun { high } if byte == b'u' => {
                Ok(Step::More(Self::Low { high, digits: 0, value: 0 }))
            }
            Self::High { .. } | Self::HighBegun { .. } => Err(JsonFlaw::LoneSurrogate),
            Self::Low { high, digits, value } => low(high, digits + 1, value << 4 | hex(byte)?),
        }
    }
}

fn simple(byte: u8) -> Result<char, JsonFlaw> {
    Ok(match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\x08',
        b'f' => '\x0c',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return Err(JsonFlaw::BrokenEscape),
    })
}

fn hex(byte: u8) -> Result<u16, JsonFlaw> {
    match byte {
        b'0'..=b'9' => Ok(u16::from(byte - b'0')),
        b'a'..=b'f' => Ok(u16::from(byte - b'a' + 10)),
        b'A'..=b'F' => Ok(u16::from(byte - b'A' + 10)),
        _ => Err(JsonFlaw::BrokenEscape),
    }
}

fn unit(digits: u8, value: u16) -> Result<Step, JsonFlaw> {
    match value {
        _ if digits < 4 => Ok(Step::More(Escape::Unit { digits, value })),
        0xd800..=0xdbff => Ok(Step::More(Escape::High { high: value })),
        _ => whole(u32::from(value)),
    }
}

fn low(high: u16, digits: u8, value: u16) -> Result<Step, JsonFlaw> {
    match value {
        _ if digits < 4 => Ok(Step::More(Escape::Low { high, digits, value })),
        0xdc00..=0xdfff => whole(0x1_0000 + (u32::from(high & 0x3ff) << 10) + u32::from(value & 0x3ff)),
        _ => Err(JsonFlaw::LoneSurrogate),
    }
}

fn whole(value: u32) -> Result<Step, JsonFlaw> {
    char::from_u32(value).map(Step::Whole).ok_or(JsonFlaw::LoneSurrogate)
}
