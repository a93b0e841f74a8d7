//! Where a number is known to be no leak: directly in an element, or behind a JSON key, with a known name.
//!
//! Goes by the bytes right before the number, so that nothing has to be followed meanwhile: `<x:Gebruiker a="b">`
//! with white space after it, or `"Gebruiker": "`. A name further away than [`REACH`] does not count, nor a number
//! in the middle of a text.

/// How far the name may begin before the number, bytes.
const REACH: usize = 128;

/// The last bytes before what is being looked at.
pub(super) struct Before {
    bytes: [u8; REACH],
    len: usize,
}

impl Before {
    pub(super) const fn nothing() -> Self {
        Self { bytes: [0; REACH], len: 0 }
    }

    /// Moves on over so many bytes.
    pub(super) fn push(&mut self, passed: &[u8]) {
        let passed = &passed[passed.len().saturating_sub(REACH)..];
        let kept = self.len.min(REACH - passed.len());
        self.bytes.copy_within(self.len - kept..self.len, 0);
        self.bytes[kept..kept + passed.len()].copy_from_slice(passed);
        self.len = kept + passed.len();
    }

    /// Whether what comes right after `head`, itself right after these bytes, stands at a place with such a name.
    pub(super) fn is_innocent(&self, head: &[u8], names: &[&str]) -> bool {
        let mut before = Self { bytes: self.bytes, len: self.len };
        before.push(head);
        let before = &before.bytes[..before.len];
        let name = element(before).or_else(|| key(before));
        name.is_some_and(|name| names.iter().any(|known| known.as_bytes() == name))
    }
}

/// The local name of the element that has just been opened.
fn element(before: &[u8]) -> Option<&[u8]> {
    let tag = before.trim_ascii_end().strip_suffix(b">")?;
    let tag = &tag[tag.iter().rposition(|byte| *byte == b'<')? + 1..];
    if tag.ends_with(b"/") {
        return None;
    }
    let name = tag.split(u8::is_ascii_whitespace).next()?;
    name.rsplit(|byte| *byte == b':').next()
}

/// The JSON key whose value begins.
fn key(before: &[u8]) -> Option<&[u8]> {
    let before = before.strip_suffix(b"\"").unwrap_or(before).trim_ascii_end();
    let key = before.strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?;
    let start = key.iter().rposition(|byte| *byte == b'"')? + 1;
    Some(&key[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn innocent(before: &str) -> bool {
        let mut nothing = Before::nothing();
        nothing.push(b"<a>");
        nothing.is_innocent(before.as_bytes(), &["Gebruiker"])
    }

    #[test]
    fn the_name_is_that_of_the_element_or_key_right_before() {
        for place in [
            "<Gebruiker>",
            "<x:Gebruiker a=\"b>\">\n  ",
            "</A><Gebruiker >",
            "{\"Gebruiker\":",
            "{\"Gebruiker\" : \"",
        ] {
            assert!(innocent(place), "{place}");
        }
        for place in [
            "<Gebruiker>x ",
            "<Gebruiker/>",
            "</Gebruiker>",
            "<GebruikerX>",
            "<Gebruiker><A>",
            "Gebruiker",
            "\"Gebruiker\"",
            "\"Gebruiker\": [",
            "<A Gebruiker=\"",
            "",
        ] {
            assert!(!innocent(place), "{place}");
        }
    }

    #[test]
    fn a_name_too_far_away_does_not_count() {
        assert!(innocent(&std::format!("<Gebruiker{}>", " ".repeat(100))));
        assert!(!innocent(&std::format!("<Gebruiker{}>", " ".repeat(200))));
    }
}
