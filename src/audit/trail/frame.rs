//! What makes a chain of lines: how each is framed, and what its hash is.
//!
//! ```text
//! {"v":1,"seq":7,<the record's own members>,"prev":"<hash of line 6>","hash":"<hash of this line>"}
//! ```
//!
//! `hash` is the SHA-256 of everything before `,"hash"`. That holds `prev`, so each hash covers all lines before
//! it, and `head -c` and `sha256sum` are enough to see it.

use std::io::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::line::hex;

/// A SHA-256.
pub type Hash = [u8; 32];

/// What stands before the first line.
pub const NOTHING: Hash = [0; 32];

/// With the version of the format.
const HEAD: &str = r#"{"v":1,"seq":"#;
const PREV: &str = r#","prev":""#;
const HASH: &str = r#"","hash":""#;
const END: &str = r#""}"#;
const HEX: usize = 64;

/// Appends the line with these members to `out`, without a line end; gives its hash.
pub fn frame(out: &mut Vec<u8>, seq: u64, members: &[u8], prev: &Hash) -> Hash {
    let start = out.len();
    // Writing to memory does not fail.
    let _ = write!(out, "{HEAD}{seq},");
    out.extend_from_slice(members);
    out.extend_from_slice(PREV.as_bytes());
    hex(out, prev);
    // The quote belongs to `prev`.
    out.push(b'"');
    let hash: Hash = Sha256::digest(&out[start..]).into();
    out.extend_from_slice(&HASH.as_bytes()[1..]);
    hex(out, &hash);
    out.extend_from_slice(END.as_bytes());
    hash
}

/// A line as found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framed<'l> {
    /// Its number.
    pub seq: u64,
    /// The record's own members.
    pub members: &'l str,
    /// What it says the hash of the line before is.
    pub prev: Hash,
    /// What it says its own hash is.
    pub hash: Hash,
    /// Whether that is so.
    pub holds: bool,
}

impl<'l> Framed<'l> {
    /// Reads a line, without its line end. `None` where it is no line of a trail at all.
    pub fn read(line: &'l [u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let rest = text.strip_prefix(HEAD)?;
        let (seq, rest) = rest.split_once(',')?;
        let rest = rest.strip_suffix(END)?;
        let (rest, hash) = split_hex(rest)?;
        let rest = rest.strip_suffix(HASH)?;
        let (members, prev) = split_hex(rest)?;
        let members = members.strip_suffix(PREV)?;
        let covered = line.len() - (HASH.len() - 1) - HEX - END.len();
        let own: Hash = Sha256::digest(&line[..covered]).into();
        // Only one spelling of a number: `007` is none.
        let number = seq.parse::<u64>().ok().filter(|number| number.to_string() == seq)?;
        Some(Self { seq: number, members, prev, hash, holds: own == hash })
    }

    /// The record's own members; none where they are no JSON.
    pub fn object(&self) -> Option<Map<String, Value>> {
        serde_json::from_str(&format!("{{{}}}", self.members)).ok()
    }

    /// What kind of record it is.
    pub fn kind(&self) -> &'l str {
        let rest = self.members.strip_prefix(r#""kind":""#);
        rest.and_then(|rest| rest.split_once('"')).map_or("", |(kind, _)| kind)
    }
}

fn split_hex(text: &str) -> Option<(&str, Hash)> {
    let at = text.len().checked_sub(HEX)?;
    let (rest, digits) = text.split_at_checked(at)?;
    Some((rest, unhex(digits)?))
}

/// The bytes of lower-case hexadecimal digits.
pub fn unhex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digits = digits.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Lower-case hexadecimal, as a text.
pub fn shown(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        use std::fmt::Write as _;
        // Writing to memory does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_framed_and_a_changed_one_does_not_hold() {
        let mut line = Vec::new();
        let hash = frame(&mut line, 7, br#""kind":"stop""#, &NOTHING);
        let read = Framed::read(&line).expect("a line");
        assert_eq!((read.seq, read.kind(), read.prev, read.hash), (7, "stop", NOTHING, hash));
        assert!(read.holds);
        for at in 0..line.len() {
            let mut changed = line.clone();
            changed[at] ^= 1;
            assert!(Framed::read(&changed).is_none_or(|read| !read.holds), "byte {at}");
        }
        assert_eq!(Framed::read(b"{}"), None);
    }
}
