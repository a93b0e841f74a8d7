//! `&amp;`, `&#233;`, `&#xE9;`: the only references there are without a DOCTYPE (XML 1.0 §4.1, §4.6).

use super::{Flaw, chars};

/// The longest reference that is read, with `&` and `;`; leading zeros included.
pub(crate) const LONGEST: usize = 32;

/// The reference at the start of `bytes` (which is `&`): the character and the length. `None`: it
/// does not end in `bytes`.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<(char, usize)>, Flaw> {
    let window = &bytes[..bytes.len().min(LONGEST)];
    // What comes first decides, so that a broken reference is one before all of it is there.
    match memchr::memchr3(b';', b'<', b'&', &window[1..]).map(|at| at + 1) {
        Some(end) if window[end] == b';' => Ok(Some((resolve(&window[1..end])?, end + 1))),
        None if window.len() < LONGEST => Ok(None),
        _ => Err(Flaw::UnknownReference),
    }
}

/// Whether every `&` in `text` starts a reference that can be resolved.
pub(crate) fn check_all(mut text: &[u8]) -> Result<(), Flaw> {
    while let Some(at) = memchr::memchr(b'&', text) {
        let (_, len) = read(&text[at..])?.ok_or(Flaw::UnknownReference)?;
        text = &text[at + len..];
    }
    Ok(())
}

/// The characters of a text in which every reference resolves. What is not ASCII comes as its bytes do.
pub(crate) fn resolved(mut text: &[u8]) -> impl Iterator<Item = char> {
    core::iter::from_fn(move || {
        let first = *text.first()?;
        let reference = if first == b'&' { read(text).ok().flatten() } else { None };
        let (char, len) = reference.unwrap_or((char::from(first), 1));
        text = &text[len..];
        Some(char)
    })
}

fn resolve(name: &[u8]) -> Result<char, Flaw> {
    match name {
        b"amp" => Ok('&'),
        b"lt" => Ok('<'),
        b"gt" => Ok('>'),
        b"quot" => Ok('"'),
        b"apos" => Ok('\''),
        [b'#', b'x', digits @ ..] => numeric(digits, 16),
        [b'#', digits @ ..] => numeric(digits, 10),
        _ => Err(Flaw::UnknownReference),
    }
}

fn numeric(digits: &[u8], radix: u32) -> Result<char, Flaw> {
    let number = number(digits, radix).ok_or(Flaw::UnknownReference)?;
    char::from_u32(number).filter(|char| chars::is_allowed(*char)).ok_or(Flaw::ForbiddenCharacter)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let (first, later) = digits.split_first()?;
    let digit = |byte: u8| char::from(byte).to_digit(radix);
    later
        .iter()
        .try_fold(digit(*first)?, |number, byte| number.checked_mul(radix)?.checked_add(digit(*byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_resolved_character_by_character() {
        let cases = [
            ("", ""),
            (";", ";"),
            (";&#59;;", ";;;"),
            ("a&amp;#49;&#x31;", "a&#49;1"),
            ("&;", "&;"),
            ("&", "&"),
        ];
        for (text, want) in cases {
            assert!(resolved(text.as_bytes()).eq(want.chars()), "{text}");
        }
    }

    #[test]
    fn the_five_names_and_numbers_resolve_and_nothing_else_does() {
        let cases = [
            ("&amp;", Ok(Some(('&', 5)))),
            ("&#49;1", Ok(Some(('1', 5)))),
            ("&#x1F600;", Ok(Some(('\u{1f600}', 9)))),
            ("&#0000000000000000000000049;", Ok(Some(('1', 28)))),
            ("&am", Ok(None)),
            ("&am<b>;", Err(Flaw::UnknownReference)),
            ("&&amp;", Err(Flaw::UnknownReference)),
            ("&nbsp;", Err(Flaw::UnknownReference)),
            ("&;", Err(Flaw::UnknownReference)),
            ("&#;", Err(Flaw::UnknownReference)),
            ("&#+49;", Err(Flaw::UnknownReference)),
            ("&#X31;", Err(Flaw::UnknownReference)),
            ("&#0;", Err(Flaw::ForbiddenCharacter)),
            ("&#xD800;", Err(Flaw::ForbiddenCharacter)),
            ("&#xFFFE;", Err(Flaw::ForbiddenCharacter)),
            ("& a sentence that just goes on;;", Err(Flaw::UnknownReference)),
        ];
        for (text, want) in cases {
            assert_eq!(read(text.as_bytes()), want, "{text}");
        }
    }
}
