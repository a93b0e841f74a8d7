//! What stands between a tag's name and its end.

use memchr::{memchr, memchr2};

use super::name::Name;
use super::{Flaw, chars, reference};

/// One `name="value"` (XML 1.0 §3.1 `Attribute`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute<'a> {
    /// Its name.
    pub(crate) name: Name<'a>,
    /// What stands between the quotes, as written.
    pub(crate) value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// The prefix it binds, if it declares a namespace; empty for `xmlns` itself.
    pub(crate) fn declares(&self) -> Option<&'a [u8]> {
        match (self.name.prefix(), self.name.local()) {
            (b"", b"xmlns") => Some(b""),
            (b"xmlns", prefix) => Some(prefix),
            _ => None,
        }
    }

    /// Where its value starts in the tag it was read from.
    pub(crate) fn value_in(&self, tag: &[u8]) -> usize {
        self.value.as_ptr().addr().saturating_sub(tag.as_ptr().addr()).min(tag.len())
    }

    /// Where it ends there, its closing quote included.
    pub(crate) fn end_in(&self, tag: &[u8]) -> usize {
        (self.value_in(tag) + self.value.len() + 1).min(tag.len())
    }

    /// Whether the value is one (XML 1.0 §2.3 `AttValue`).
    pub(crate) fn check_value(&self) -> Result<(), Flaw> {
        match memchr2(b'<', b'&', self.value) {
            None => Ok(()),
            Some(_) if self.value.contains(&b'<') => Err(Flaw::BrokenMarkup),
            Some(_) => reference::check_all(self.value),
        }
    }
}

/// The attributes written in some bytes, in order; white space must precede each.
#[derive(Debug)]
pub(crate) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn read(&mut self, start: &'a [u8]) -> Result<Attribute<'a>, Flaw> {
        if start.len() == self.rest.len() {
            return Err(Flaw::BrokenMarkup);
        }
        let name = Name::read(start)?;
        let quoted = chars::trim_start(equals(chars::trim_start(&start[name.whole().len()..]))?);
        let (value, rest) = unquote(quoted)?;
        self.rest = rest;
        Ok(Attribute { name, value })
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Flaw>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = chars::trim_start(self.rest);
        if start.is_empty() { None } else { Some(self.read(start)) }
    }
}

fn equals(bytes: &[u8]) -> Result<&[u8], Flaw> {
    bytes.strip_prefix(b"=").ok_or(Flaw::BrokenMarkup)
}

/// What stands between the quotes at the start, and what follows them.
fn unquote(bytes: &[u8]) -> Result<(&[u8], &[u8]), Flaw> {
    let (quote, inner) = match bytes {
        [quote @ (b'"' | b'\''), inner @ ..] => (*quote, inner),
        _ => return Err(Flaw::BrokenMarkup),
    };
    let end = memchr(quote, inner).ok_or(Flaw::BrokenMarkup)?;
    Ok((&inner[..end], &inner[end + 1..]))
}
