//! Which bytes and characters may stand in a document at all.

use memchr::memchr_iter;

use super::Flaw;

/// How far bytes can be read without a second look at their encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clean {
    /// So many bytes are whole characters, each allowed by XML 1.0 §2.2.
    pub(crate) len: usize,
    /// What ends them.
    pub(crate) end: End,
}

/// What ends a run of clean bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing: all bytes are clean.
    Whole,
    /// The first one to three bytes of a character that may go on elsewhere.
    Split,
    /// Bytes that no document may hold.
    Flaw(Flaw),
}

/// The longest clean start of `bytes`. What comes first decides, so that the answer is the same
/// wherever chunks were cut.
pub(crate) fn clean(bytes: &[u8]) -> Clean {
    let (len, end) = match core::str::from_utf8(bytes) {
        Ok(_) => (bytes.len(), End::Whole),
        Err(error) if error.error_len().is_none() => (error.valid_up_to(), End::Split),
        Err(error) => (error.valid_up_to(), End::Flaw(Flaw::NotUtf8)),
    };
    match forbidden(&bytes[..len]) {
        Some(at) => Clean { len: at, end: End::Flaw(Flaw::ForbiddenCharacter) },
        None => Clean { len, end },
    }
}

/// Whether a character may stand in a document (XML 1.0 §2.2 `Char`).
pub(crate) const fn is_allowed(char: char) -> bool {
    !matches!(char, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

/// White space (XML 1.0 §2.3 `S`).
pub(crate) const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether there is nothing but white space.
pub(crate) fn all_white(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is_white(*byte))
}

/// What remains without white space at the start.
pub(crate) fn trim_start(bytes: &[u8]) -> &[u8] {
    let white = bytes.iter().take_while(|byte| is_white(**byte)).count();
    &bytes[white..]
}

/// Where the first character outside `Char` stands. UTF-8 has no surrogates, so two kinds remain.
fn forbidden(text: &[u8]) -> Option<usize> {
    let control = first_control(text);
    let noncharacter = first_noncharacter(&text[..control.unwrap_or(text.len())]);
    noncharacter.or(control)
}

/// Block by block without an early exit inside, which compiles to vector instructions.
fn first_control(text: &[u8]) -> Option<usize> {
    const BLOCK: usize = 64;
    let block =
        text.chunks(BLOCK).position(|block| block.iter().fold(false, |any, b| any | is_control(*b)))?;
    let start = block * BLOCK;
    text[start..].iter().position(|byte| is_control(*byte)).map(|at| start + at)
}

const fn is_control(byte: u8) -> bool {
    byte < b' ' && byte != b'\t' && byte != b'\n' && byte != b'\r'
}

/// U+FFFE and U+FFFF: `EF BF BE` and `EF BF BF`.
fn first_noncharacter(text: &[u8]) -> Option<usize> {
    memchr_iter(0xEF, text).find(|at| matches!(text[*at..], [0xEF, 0xBF, 0xBE | 0xBF, ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_decides_where_clean_text_ends() {
        let flaw = |len, flaw| Clean { len, end: End::Flaw(flaw) };
        assert_eq!(clean("caf\u{e9}\t\r\n".as_bytes()), Clean { len: 8, end: End::Whole });
        assert_eq!(clean(b"ab\xc3"), Clean { len: 2, end: End::Split });
        assert_eq!(clean(b"ab\xff\x00"), flaw(2, Flaw::NotUtf8));
        assert_eq!(clean(b"a\x00b\xff"), flaw(1, Flaw::ForbiddenCharacter));
        assert_eq!(clean(b"\xef\xbf\xbf\x01"), flaw(0, Flaw::ForbiddenCharacter));
        assert_eq!(clean("\u{fffd}\u{ff21}".as_bytes()), Clean { len: 6, end: End::Whole });
    }

    #[test]
    fn a_control_character_is_found_wherever_it_stands() {
        for at in 0..200 {
            let mut text = [b'x'; 200];
            text[at] = 0x1b;
            assert_eq!(clean(&text).len, at);
        }
    }
}
