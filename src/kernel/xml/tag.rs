//! A start tag, read whole: `<name attribute="value">` or `<name/>`.

use memchr::{memchr, memchr3};

use super::attribute::{Attribute, Attributes};
use super::name::Name;
use super::{Flaw, chars};

/// The most attributes one tag may have, namespace declarations included.
pub(crate) const MAX_ATTRIBUTES: usize = 64;

/// A start tag whose grammar has been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    /// The element's name.
    pub(crate) name: Name<'a>,
    /// Whether it is an empty-element tag, so that no end tag follows.
    pub(crate) empty: bool,
    attributes: &'a [u8],
}

impl<'a> Tag<'a> {
    /// Reads `<…>`: `written` is everything between the angle brackets.
    pub(crate) fn read(written: &'a [u8]) -> Result<Self, Flaw> {
        let (inner, empty) = match written {
            [inner @ .., b'/'] => (inner, true),
            inner => (inner, false),
        };
        let name = Name::read(inner)?;
        let attributes = &inner[name.whole().len()..];
        check(attributes)?;
        Ok(Self { name, empty, attributes })
    }

    /// A tag that is nothing but its name.
    pub(crate) const fn bare(name: Name<'a>) -> Self {
        Self { name, empty: false, attributes: b"" }
    }

    /// Its attributes, namespace declarations included.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> {
        Attributes::new(self.attributes).map_while(Result::ok)
    }

    /// The namespace this very tag binds to `prefix`, as written.
    pub(crate) fn binds(&self, prefix: &[u8]) -> Option<&'a [u8]> {
        self.attributes().find(|attribute| attribute.declares() == Some(prefix)).map(|found| found.value)
    }

    /// Whether it has an attribute that is not a namespace declaration.
    pub(crate) fn says_something(&self) -> bool {
        self.says(|_| true)
    }

    /// Whether the local name of an attribute that is not a namespace declaration is one of `names`.
    pub(crate) fn says(&self, names: impl Fn(&[u8]) -> bool) -> bool {
        self.attributes().any(|attribute| attribute.declares().is_none() && names(attribute.name.local()))
    }
}

/// Where the tag at the start of `bytes` ends: at the first `>` outside quotes.
pub(crate) fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr3(b'>', b'"', b'\'', &bytes[at..])?;
        if bytes[at] == b'>' {
            return Some(at);
        }
        at += 2 + memchr(bytes[at], &bytes[at + 1..])?;
    }
}

fn check(attributes: &[u8]) -> Result<(), Flaw> {
    if chars::all_white(attributes) {
        return Ok(());
    }
    let mut names: [&[u8]; MAX_ATTRIBUTES] = [b""; MAX_ATTRIBUTES];
    for (count, attribute) in Attributes::new(attributes).enumerate() {
        let attribute = attribute?;
        let name = attribute.name.whole();
        attribute.check_value()?;
        if names[..count].contains(&name) {
            return Err(Flaw::DuplicateAttribute);
        }
        *names.get_mut(count).ok_or(Flaw::TooManyAttributes)? = name;
    }
    Ok(())
}
