//! The text of a leaf element, resolved piece by piece.

use core::fmt;

use memchr::{memchr2, memmem};

use crate::xml::{chars, reference};

const CDATA: &str = "<![CDATA[";
const CDATA_END: &str = "]]>";

/// The text of a leaf element: no elements and no comments in it, references and CDATA perhaps.
///
/// Line ends and white space are as written.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    raw: &'a str,
}

impl<'a> Value<'a> {
    /// `raw` has been read, so every reference in it resolves and every CDATA section ends.
    pub(super) const fn new(raw: &'a str) -> Self {
        Self { raw }
    }

    /// As written.
    pub(super) const fn raw(&self) -> &'a str {
        self.raw
    }

    /// The text with references and CDATA resolved, in `buffer` where it differs from what was
    /// written. `None` when it does not fit.
    pub fn decode<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b str>
    where
        'a: 'b,
    {
        if memchr2(b'&', b'<', self.raw.as_bytes()).is_none() {
            return Some(self.raw);
        }
        let mut len = 0;
        for piece in self.pieces() {
            let mut encoded = [0; 4];
            let text = piece.text(&mut encoded).as_bytes();
            buffer.get_mut(len..len + text.len())?.copy_from_slice(text);
            len += text.len();
        }
        core::str::from_utf8(&buffer[..len]).ok()
    }

    /// Whether the resolved text is `text`, byte for byte.
    pub fn is<'t>(&self, text: &'t str) -> bool {
        let strip = |rest: &'t str, piece: Piece<'a>| rest.strip_prefix(piece.text(&mut [0; 4]));
        self.pieces().try_fold(text, strip) == Some("")
    }

    /// The same without the white space that is written at its ends. White space by reference stays.
    #[must_use]
    pub fn trimmed(self) -> Self {
        Self { raw: self.raw.trim_matches([' ', '\t', '\r', '\n']) }
    }

    /// Whether the resolved text is nothing, or white space alone.
    pub fn is_blank(&self) -> bool {
        self.pieces().all(|piece| chars::all_white(piece.text(&mut [0; 4]).as_bytes()))
    }

    /// Gives every byte of the resolved text, however long it is.
    pub(super) fn each_byte(&self, mut take: impl FnMut(u8)) {
        for piece in self.pieces() {
            piece.text(&mut [0; 4]).bytes().for_each(&mut take);
        }
    }

    fn pieces(&self) -> Pieces<'a> {
        Pieces { rest: self.raw }
    }
}

/// Says how long it is, never what: a reference is free text, and may be personal.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({} bytes)", self.raw.len())
    }
}

/// A part of a text: as it stands, or what a reference stands for.
#[derive(Clone, Copy, Debug)]
enum Piece<'a> {
    Text(&'a str),
    Char(char),
}

impl<'a> Piece<'a> {
    fn text<'b>(self, encoded: &'b mut [u8; 4]) -> &'b str
    where
        'a: 'b,
    {
        match self {
            Self::Text(text) => text,
            Self::Char(char) => char.encode_utf8(encoded),
        }
    }
}

struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken
    }

    fn cdata(&mut self) -> Option<Piece<'a>> {
        self.take(CDATA.len());
        let text = self.take(memmem::find(self.rest.as_bytes(), CDATA_END.as_bytes())?);
        self.take(CDATA_END.len());
        Some(Piece::Text(text))
    }

    fn reference(&mut self) -> Option<Piece<'a>> {
        let (char, len) = reference::read(self.rest.as_bytes()).ok()??;
        self.take(len);
        Some(Piece::Char(char))
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = memchr2(b'&', b'<', self.rest.as_bytes()).unwrap_or(self.rest.len());
        match self.rest.as_bytes().get(end) {
            Some(b'&') if end == 0 => self.reference(),
            Some(b'<') if end == 0 => self.cdata(),
            _ if end > 0 => Some(Piece::Text(self.take(end))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "a&amp;<![CDATA[<&]x]]>&#233;&#x20;z";
    const MEANT: &str = "a&<&]x\u{e9} z";

    #[test]
    fn references_and_cdata_are_resolved() {
        let mut buffer = [0; 32];
        assert_eq!(Value::new(WRITTEN).decode(&mut buffer), Some(MEANT));
        assert!(Value::new(WRITTEN).is(MEANT));
    }

    #[test]
    fn a_text_without_either_needs_no_buffer() {
        assert_eq!(Value::new("gent.be/ipdc2858").decode(&mut []), Some("gent.be/ipdc2858"));
    }

    #[test]
    fn a_text_that_does_not_fit_is_none() {
        assert_eq!(Value::new(WRITTEN).decode(&mut [0; 4]), None);
    }

    #[test]
    fn only_the_same_bytes_are_the_same() {
        for other in ["", "a", "a&<&]x\u{e9} ", "a&<&]x\u{e9} z ", "A&<&]x\u{e9} z"] {
            assert!(!Value::new(WRITTEN).is(other), "{other}");
        }
        assert!(Value::new("<![CDATA[]]>").is(""));
    }

    #[test]
    fn only_white_space_that_is_written_is_trimmed() {
        assert!(Value::new("\r\n\t GeefFuncties ").trimmed().is("GeefFuncties"));
        assert!(Value::new(" &#32;a\u{a0} ").trimmed().is(" a\u{a0}"));
    }

    #[test]
    fn a_value_is_not_told_to_whoever_logs_it() {
        assert_eq!(std::format!("{:?}", Value::new("83670812399")), "Value(11 bytes)");
    }

    #[test]
    fn white_space_is_blank_however_it_is_written() {
        assert!(Value::new(" \n&#32;<![CDATA[\t]]>").is_blank());
        assert!(!Value::new(" &#233; ").is_blank());
    }
}
