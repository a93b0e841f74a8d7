//! The place of a call in a distributed trace: the values of `traceparent` and `tracestate`, as bytes.
//!
//! W3C Trace Context, Recommendation (Level 1); of Level 2 the random-trace-id flag and the plainer grammar of keys, both
//! of which Level 1 reads. Strict: what is not written as the specification says is no trace, and a new one begins.
//!
//! Thirty-two hexadecimal digits have room for a National Register number. A context in which one stands is not
//! continued, so that it is neither kept nor sent on. Of random trace ids that is one in some two thousand, which then
//! begin anew, as the specification allows. Deliberately not here: header fields, and who gets which.

use core::fmt;
use core::str;

use crate::tripwire;

/// Where a call stands: the trace it belongs to, and what was decided about recording it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    id: TraceId,
    flags: u8,
}

/// What all calls of one trace have in common. Never all zero.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceId([u8; 16]);

/// The only version that is written.
const VERSION: &[u8] = b"00";
/// Whoever called may have recorded it.
const SAMPLED: u8 = 0b01;
/// The last seven bytes of the trace id are random (Level 2).
const RANDOM: u8 = 0b10;

impl Context {
    /// Bytes of a `traceparent` as it is written: `00-` trace id `-` parent id `-` flags.
    pub const WRITTEN: usize = 55;

    /// A trace that begins with a call, by the 16 bytes of its random UUID (version 4). Not sampled, which is what the
    /// specification (3.2.2.5.1) gives for who records no spans; whoever is called next may still decide otherwise.
    pub const fn begun(uuid: [u8; 16]) -> Self {
        Self { id: TraceId(uuid), flags: RANDOM }
    }

    /// Reads the value of the one `traceparent`. `None`: it is none to be continued.
    pub fn read(value: &[u8]) -> Option<Self> {
        let (known, more) = value.split_at_checked(Self::WRITTEN)?;
        let [b'-', id @ .., b'-'] = &known[2..36] else { return None };
        let [parent @ .., b'-'] = &known[36..53] else { return None };
        let [version] = bytes(&known[..2])?;
        // What later versions mean by other flags is not known.
        let understood = match version {
            0 if more.is_empty() => SAMPLED | RANDOM,
            0 | 0xff => return None,
            _ if more.first().is_none_or(|next| *next == b'-') => SAMPLED,
            _ => return None,
        };
        let (id, parent) = (bytes::<16>(id)?, bytes::<8>(parent)?);
        let [flags] = bytes(&known[53..])?;
        if id == [0; 16] || parent == [0; 8] || tripwire::has_insz(known) {
            return None;
        }
        Some(Self { id: TraceId(id), flags: flags & understood })
    }

    /// The trace.
    pub const fn id(&self) -> TraceId {
        self.id
    }

    /// The `traceparent` of a call within it, by that call's own number: the last eight bytes of its UUID, which are never
    /// all zero.
    pub fn write(&self, uuid: [u8; 16]) -> [u8; Self::WRITTEN] {
        let mut written = [b'-'; Self::WRITTEN];
        written[..2].copy_from_slice(VERSION);
        hex(&self.id.0, &mut written[3..35]);
        hex(&uuid[8..], &mut written[36..52]);
        hex(&[self.flags], &mut written[53..]);
        written
    }
}

impl TraceId {
    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        hex(&self.0, &mut digits);
        f.write_str(str::from_utf8(&digits).unwrap_or_default())
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A `tracestate`, put together of its fields: what tracing systems note for each other beside the context.
#[derive(Clone, Debug)]
pub struct State {
    text: [u8; Self::LONGEST],
    len: usize,
    members: usize,
}

/// Not a `tracestate` as the specification says, too long, or with an INSZ in it: none of it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

impl Default for State {
    fn default() -> Self {
        Self { text: [0; Self::LONGEST], len: 0, members: 0 }
    }
}

impl State {
    /// What must be passed on at least, and is at most; bytes.
    pub const LONGEST: usize = 512;
    /// The most list-members.
    pub const MOST: usize = 32;

    /// Adds the value of the next field, in the order in which they came. Spaces around members, and empty ones, are left
    /// out.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn add(&mut self, value: &[u8]) -> Result<(), Unfit> {
        let members = value.split(|byte| *byte == b',').map(trimmed);
        members.filter(|member| !member.is_empty()).try_for_each(|member| self.push(member))
    }

    /// All of it, as one field.
    pub fn written(&self) -> &[u8] {
        &self.text[..self.len]
    }

    fn push(&mut self, member: &[u8]) -> Result<(), Unfit> {
        let key = key(member).ok_or(Unfit)?;
        let stated = self.written().split(|byte| *byte == b',');
        let is_new = stated.filter_map(self::key).all(|other| other != key);
        if !is_new || self.members == Self::MOST || tripwire::has_insz(member) {
            return Err(Unfit);
        }
        let start = if self.len == 0 { 0 } else { self.len + 1 };
        let end = start + member.len();
        self.text.get_mut(start..end).ok_or(Unfit)?.copy_from_slice(member);
        if start > 0 {
            self.text[start - 1] = b',';
        }
        (self.len, self.members) = (end, self.members + 1);
        Ok(())
    }
}

/// The key of a list-member; `None` where it is none.
fn key(member: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 256;
    let at = member.iter().position(|byte| *byte == b'=')?;
    let (key, value) = (&member[..at], &member[at + 1..]);
    let (first, rest) = key.split_first()?;
    let begins = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let of_key = begins(first) && rest.iter().all(|byte| begins(byte) || b"_-*/@".contains(byte));
    let of_value = value.iter().all(|byte| matches!(byte, 0x20..=0x7e) && *byte != b'=');
    // Its last character is no space: those were trimmed away.
    let is_whole = !value.is_empty() && key.len() <= LONGEST && value.len() <= LONGEST;
    (of_key && of_value && is_whole).then_some(key)
}

/// Without optional white space (RFC 9110 §5.6.3).
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Bytes of lower-case hexadecimal digits, exactly so many.
fn bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let pairs: &[_; N] = pairs.try_into().ok()?;
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8], digits: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, [high, low]) in bytes.iter().zip(digits.as_chunks_mut().0) {
        (*high, *low) = (DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]);
    }
}
