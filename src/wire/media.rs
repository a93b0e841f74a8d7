//! A media type and its parameters (RFC 9110 §8.3.1), read so strictly that no two readers differ about it.

use std::borrow::Cow;

use super::{Charset, Fault};

/// A media type as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Media<'a> {
    /// Type and subtype.
    essence: &'a str,
    parameters: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Media<'a> {
    /// Reads one; a parameter twice, or one in pieces or in another character set (RFC 2231), is a fault.
    ///
    /// # Errors
    /// [`Fault::MediaType`].
    pub(super) fn read(written: &'a str) -> Result<Self, Fault> {
        let mut rest = Rest(written.trim_matches(WHITE));
        let essence = rest.until(|c| c == ';' || WHITE.contains(&c));
        let (kind, subtype) = essence.split_once('/').ok_or(Fault::MediaType)?;
        if !is_token(kind) || !is_token(subtype) {
            return Err(Fault::MediaType);
        }
        let mut media = Self { essence, parameters: Vec::new() };
        while let Some((name, value)) = rest.parameter()? {
            if !is_token(name) || name.contains('*') || media.parameter(name).is_some() {
                return Err(Fault::MediaType);
            }
            media.parameters.push((name, value));
        }
        // A reader that looks for the word alone would find it elsewhere.
        let said = written.to_ascii_lowercase().matches("charset").count();
        let named = usize::from(media.parameter("charset").is_some());
        if said == named { Ok(media) } else { Err(Fault::MediaType) }
    }

    /// Type and subtype, as they are written.
    pub(super) const fn essence(&self) -> &'a str {
        self.essence
    }

    /// Whether it is this type.
    pub(super) fn is(&self, essence: &str) -> bool {
        self.essence.eq_ignore_ascii_case(essence)
    }

    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The character set it names.
    pub(super) fn charset(&self) -> Result<Option<Charset>, Fault> {
        self.parameter("charset").map(Charset::named).transpose()
    }
}

const WHITE: [char; 2] = [' ', '\t'];

/// What was not read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn until(&mut self, ends: impl FnMut(char) -> bool) -> &'a str {
        let (read, rest) = self.0.split_at(self.0.find(ends).unwrap_or(self.0.len()));
        self.0 = rest;
        read
    }

    fn skip(&mut self, mark: char) -> bool {
        let rest = self.0.strip_prefix(mark);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn white(&mut self) {
        self.0 = self.0.trim_start_matches(WHITE);
    }

    /// The next `; name=value`; empty ones are allowed and none.
    fn parameter(&mut self) -> Result<Option<(&'a str, Cow<'a, str>)>, Fault> {
        loop {
            self.white();
            if self.0.is_empty() {
                return Ok(None);
            }
            if !self.skip(';') {
                return Err(Fault::MediaType);
            }
            self.white();
            if self.0.is_empty() || self.0.starts_with(';') {
                continue;
            }
            let name = self.until(|c| c == '=' || c == ';');
            if !self.skip('=') {
                return Err(Fault::MediaType);
            }
            return Ok(Some((name, self.value()?)));
        }
    }

    fn value(&mut self) -> Result<Cow<'a, str>, Fault> {
        if self.skip('"') {
            return self.quoted();
        }
        let value = self.until(|c| c == ';' || WHITE.contains(&c));
        if is_token(value) { Ok(value.into()) } else { Err(Fault::MediaType) }
    }

    fn quoted(&mut self) -> Result<Cow<'a, str>, Fault> {
        let plain = self.until(|c| c == '"' || c == '\\');
        if self.skip('"') {
            return Ok(plain.into());
        }
        let mut value = plain.to_owned();
        while self.skip('\\') {
            let mut escaped = self.0.chars();
            value.push(escaped.next().ok_or(Fault::MediaType)?);
            self.0 = escaped.as_str();
            value.push_str(self.until(|c| c == '"' || c == '\\'));
        }
        if self.skip('"') { Ok(value.into()) } else { Err(Fault::MediaType) }
    }
}

/// `token` of RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_quoted_or_not() {
        let media = Media::read("Multipart/Related ;; boundary=\"a;b\\\"c\" ; type = x").map(|_| ());
        assert_eq!(media, Err(Fault::MediaType), "white space around `=`");
        let media = Media::read("Multipart/Related ;; boundary=\"a;b\\\"c\" ; type=x;").unwrap();
        assert!(media.is("multipart/related"));
        assert_eq!(media.parameter("BOUNDARY"), Some("a;b\"c"));
        assert_eq!(media.parameter("type"), Some("x"));
        assert_eq!(media.charset(), Ok(None));
    }

    #[test]
    fn what_two_readers_could_read_differently_is_none() {
        for written in [
            "",
            "text",
            "text/xml, text/html",
            "text/xml; charset=",
            "text/xml; charset=utf-8; charset=utf-8",
            "text/xml; charset*=us-ascii''utf-7",
            "text/xml; charset*0=utf-; charset*1=16",
            "text/xml; x=\"a; charset=utf-16\"",
            "text/xml; x=\"a",
            "text/xml; charset=\"utf-8\"utf-16",
            "text/xml charset=utf-8",
            "text/xml; charset",
        ] {
            assert_eq!(Media::read(written).map(|_| ()), Err(Fault::MediaType), "{written}");
        }
    }
}
