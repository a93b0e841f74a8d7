//! Looks for quoted markup: a document inside a text, as `&lt;VoorNaam>` or in CDATA or a comment.
//!
//! A service that passes its source's own message on puts it there whole. Only the names of personal
//! elements are looked for; any other text that looks like markup is text.

use super::program::Program;
use crate::xml::Token;

/// The longest name that is looked at, prefix included.
const LONGEST: usize = 64;

/// The tag that is being read in a text.
#[derive(Debug)]
pub(super) struct Quoted {
    name: [u8; LONGEST],
    /// So many bytes of its name were read; `None`: the text is in no tag's name.
    len: Option<usize>,
}

impl Quoted {
    pub(super) const fn new() -> Self {
        Self { name: [0; LONGEST], len: None }
    }

    /// Whether the text is in no tag's name.
    pub(super) const fn is_idle(&self) -> bool {
        self.len.is_none()
    }

    /// A tag follows: the text ends.
    pub(super) const fn clear(&mut self) {
        self.len = None;
    }

    /// Reads a token that is kept; true: it quotes a tag by the name of personal data.
    pub(super) fn meet(&mut self, program: &Program<'_>, token: &Token<'_>, bytes: &[u8]) -> bool {
        match token {
            Token::Text(_) if self.len.is_none() => false,
            Token::Text(_) | Token::Cdata(_) | Token::Comment => {
                bytes.iter().any(|byte| self.character(program, *byte))
            }
            Token::Reference(char) => self.character(program, u8::try_from(*char).unwrap_or(u8::MAX)),
            Token::CdataMark => false,
            Token::Start(..) | Token::End(_) | Token::Preamble => {
                self.clear();
                false
            }
        }
    }

    fn character(&mut self, program: &Program<'_>, byte: u8) -> bool {
        match (byte, self.len) {
            (b'<', _) => self.len = Some(0),
            (_, None) | (b'/', Some(0)) => {}
            (byte, Some(len)) if is_of_name(byte) && len < LONGEST => {
                self.name[len] = byte;
                self.len = Some(len + 1);
            }
            (_, Some(len)) => {
                self.len = None;
                let name = &self.name[..len];
                let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
                return program.is_drift(local);
            }
        }
        false
    }
}

/// Whether a byte may belong to the name of a tag.
const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.' | 0x80..)
}
