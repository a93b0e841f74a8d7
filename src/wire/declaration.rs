//! The XML declaration (XML 1.0 §2.8), as far as it names a character set.

use std::ops::Range;

use super::Fault;

/// The longest one that is read, in characters. Real ones have about 40.
pub(super) const LONGEST: usize = 1024;

const OPENS: &[u8] = b"<?xml";
const CLOSES: &[u8] = b"?>";

/// What is known of the start of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It may become a declaration.
    Unclear,
    /// It is none.
    None,
    /// It is one; says where in it the value of `encoding` stands, if it has one.
    Declared(Option<Range<usize>>),
}

/// Looks for a declaration at the start of `text`, of which no more will follow if it has `ended`.
///
/// # Errors
/// [`Fault::BrokenDeclaration`].
pub(super) fn seen(text: &[u8], ended: bool) -> Result<Seen, Fault> {
    let text = &text[..text.len().min(LONGEST + 1)];
    let start = &text[..text.len().min(OPENS.len())];
    if *start != OPENS[..start.len()] {
        return Ok(Seen::None);
    }
    match text.get(OPENS.len()) {
        // The document is a stump; whoever reads it says so.
        None if ended => return Ok(Seen::None),
        None => return Ok(Seen::Unclear),
        // Another processing instruction, `<?xml-stylesheet`.
        Some(byte) if !is_white(*byte) => return Ok(Seen::None),
        Some(_) => {}
    }
    match memchr::memmem::find(text, CLOSES) {
        Some(end) => Ok(Seen::Declared(encoding(&text[..end])?)),
        None if ended || text.len() > LONGEST => Err(Fault::BrokenDeclaration),
        None => Ok(Seen::Unclear),
    }
}

/// Where the value of `encoding` stands in a declaration without its `?>`.
fn encoding(declaration: &[u8]) -> Result<Option<Range<usize>>, Fault> {
    let mut at = OPENS.len();
    let mut found = None;
    loop {
        let white = run(declaration, at, is_white);
        if white.end == declaration.len() {
            return Ok(found);
        }
        let name = run(declaration, white.end, |byte| byte.is_ascii_alphabetic());
        let equals = run(declaration, name.end, is_white).end;
        let quote = run(declaration, equals + 1, is_white).end;
        let marks = (declaration.get(equals), declaration.get(quote));
        let (Some(b'='), Some(mark @ (b'"' | b'\''))) = marks else { return Err(Fault::BrokenDeclaration) };
        let value = run(declaration, quote + 1, |byte| byte != *mark);
        let whole = !white.is_empty() && !name.is_empty() && value.end < declaration.len();
        if !whole || !declaration[value.clone()].is_ascii() {
            return Err(Fault::BrokenDeclaration);
        }
        at = value.end + 1;
        if declaration[name] == *b"encoding" && found.replace(value).is_some() {
            return Err(Fault::BrokenDeclaration);
        }
    }
}

/// The bytes from `start` on that are all of a kind.
fn run(bytes: &[u8], start: usize, is: impl Fn(u8) -> bool) -> Range<usize> {
    let start = start.min(bytes.len());
    let len = bytes[start..].iter().take_while(|byte| is(**byte)).count();
    start..start + len
}

const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Result<Option<&str>, Fault> {
        match seen(text.as_bytes(), true)? {
            Seen::Declared(at) => Ok(at.map(|at| &text[at])),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_encoding_is_found_however_it_is_written() {
        assert_eq!(named("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>"), Ok(Some("UTF-8")));
        assert_eq!(
            named("<?xml\nversion = '1.0'\tencoding = 'latin1' standalone='yes' ?>"),
            Ok(Some("latin1"))
        );
        assert_eq!(named("<?xml version='encoding=\"x\"'?>"), Ok(None));
    }

    #[test]
    fn a_declaration_that_two_readers_could_read_differently_is_broken() {
        for text in [
            "<?xml version=\"1.0\" encoding=\"a\" encoding=\"b\"?>",
            "<?xml version=\"1.0\"encoding=\"a\"?>",
            "<?xml encoding=a?>",
            "<?xml encoding=\"a?>",
            "<?xml encoding?>",
            "<?xml version=\"1.0\" = \"x\"?>",
            "<?xml version=\"\u{e9}\"?>",
            "<?xml version=\"1.0\"",
        ] {
            assert_eq!(named(text), Err(Fault::BrokenDeclaration), "{text}");
        }
    }

    #[test]
    fn what_may_become_a_declaration_waits_and_what_cannot_does_not() {
        for text in ["", "<", "<?xm", "<?xml", "<?xml ", "<?xml version=\"1.0\" ?"] {
            assert_eq!(seen(text.as_bytes(), false), Ok(Seen::Unclear), "{text}");
        }
        for text in ["<a", " <?xml ", "<?xml-stylesheet", "<?xmlx ?>"] {
            assert_eq!(seen(text.as_bytes(), false), Ok(Seen::None), "{text}");
        }
        let long = format!("<?xml {}", " ".repeat(LONGEST));
        assert_eq!(seen(long.as_bytes(), false), Err(Fault::BrokenDeclaration));
    }
}
