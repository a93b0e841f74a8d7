//! The one spelling a request target may have.

use super::Unclear;

/// The longest path and the longest query, bytes.
const LONGEST: usize = 2048;
/// The most segments of a path.
const SEGMENTS: usize = 24;
/// The most pairs of a query.
const PAIRS: usize = 32;

/// The target of a request in its origin form (RFC 9112 §3.2.1), of which every byte stands where all readers see
/// the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    path: &'a str,
    query: &'a str,
}

impl<'a> Target<'a> {
    /// Reads a target: path, and query behind a question mark.
    ///
    /// # Errors
    /// [`Unclear`]: it could be read in two ways.
    pub fn read(written: &'a str) -> Result<Self, Unclear> {
        let (path, query) = match written.split_once('?') {
            None => (written, None),
            Some((path, query)) => (path, Some(query)),
        };
        check_path(path)?;
        query.map_or(Ok(()), check_query)?;
        Ok(Self { path, query: query.unwrap_or_default() })
    }

    /// The path, as it is written.
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// What stands between the slashes of a path.
    pub fn segments(path: &'a str) -> impl Iterator<Item = &'a str> + Clone {
        path.strip_prefix('/').unwrap_or(path).split('/')
    }

    /// Keys and values of the query, as they are written.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
        self.query.split('&').filter_map(|pair| pair.split_once('='))
    }
}

fn check_path(path: &str) -> Result<(), Unclear> {
    let segments = path.strip_prefix('/').ok_or(Unclear::NoPath)?;
    if segments.is_empty() {
        return Err(Unclear::NoPath);
    }
    if path.len() > LONGEST {
        return Err(Unclear::TooLong);
    }
    let mut count = 0;
    let mut rest = segments.split('/').peekable();
    while let Some(segment) = rest.next() {
        check_segment(segment, rest.peek().is_none())?;
        count += 1;
    }
    if count > SEGMENTS { Err(Unclear::TooLong) } else { Ok(()) }
}

fn check_segment(segment: &str, is_last: bool) -> Result<(), Unclear> {
    match segment {
        "" if is_last => return Err(Unclear::TrailingSlash),
        "" => return Err(Unclear::EmptySegment),
        "." | ".." => return Err(Unclear::DotSegment),
        _ => {}
    }
    segment.bytes().try_for_each(|byte| match byte {
        b'%' => Err(Unclear::EncodedPath),
        b';' => Err(Unclear::Semicolon),
        byte if is_unreserved(byte) => Ok(()),
        _ => Err(Unclear::Character),
    })
}

fn check_query(query: &str) -> Result<(), Unclear> {
    if query.len() > LONGEST {
        return Err(Unclear::TooLong);
    }
    for (at, pair) in query.split('&').enumerate() {
        if at == PAIRS {
            return Err(Unclear::TooLong);
        }
        let (key, value) = pair.split_once('=').ok_or(Unclear::EmptyPair)?;
        check_key(key)?;
        check_value(value)?;
        // Some take the first, some the last, some both.
        let earlier = query.split('&').take(at).filter_map(|pair| pair.split_once('='));
        if earlier.into_iter().any(|(other, _)| other.eq_ignore_ascii_case(key)) {
            return Err(Unclear::KeyTwice);
        }
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), Unclear> {
    if key.is_empty() {
        return Err(Unclear::EmptyPair);
    }
    key.bytes().try_for_each(|byte| match byte {
        b';' => Err(Unclear::Semicolon),
        byte if is_unreserved(byte) => Ok(()),
        _ => Err(Unclear::Character),
    })
}

/// A value may be encoded, once; what it says is the route's to ask.
fn check_value(value: &str) -> Result<(), Unclear> {
    for byte in value.bytes() {
        match byte {
            b'%' | b'+' | b'=' | b':' | b'@' | b'/' | b'?' | b',' | b'!' | b'$' | b'\'' | b'(' | b')'
            | b'*' => {}
            b';' => return Err(Unclear::Semicolon),
            byte if is_unreserved(byte) => {}
            _ => return Err(Unclear::Character),
        }
    }
    let mut buffer = [0; LONGEST];
    let decoded = decoded(value, &mut buffer)?;
    let again = decoded.as_bytes().windows(3);
    let mut again =
        again.filter(|three| three[0] == b'%' && hex(three[1]).is_some() && hex(three[2]).is_some());
    if again.next().is_some() { Err(Unclear::EncodedTwice) } else { Ok(()) }
}

/// The value, its percent signs resolved once and `+` read as a space, in `buffer`.
pub(super) fn decoded<'b>(value: &str, buffer: &'b mut [u8]) -> Result<&'b str, Unclear> {
    let mut bytes = value.bytes();
    let mut len = 0;
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let mut digit = || bytes.next().and_then(hex).ok_or(Unclear::BrokenEncoding);
                (digit()? << 4) | digit()?
            }
            b'+' => b' ',
            byte => byte,
        };
        if byte.is_ascii_control() {
            return Err(Unclear::BrokenEncoding);
        }
        *buffer.get_mut(len).ok_or(Unclear::TooLong)? = byte;
        len += 1;
    }
    core::str::from_utf8(&buffer[..len]).map_err(|_| Unclear::BrokenEncoding)
}

/// As long as any value that was read.
pub(super) const ROOM: usize = LONGEST;

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// RFC 3986 §2.3: what is never written in two ways.
pub(super) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
