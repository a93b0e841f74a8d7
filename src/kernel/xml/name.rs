//! Names of elements and attributes: `local` or `prefix:local`.

use super::Flaw;

/// The longest name that is read, in bytes.
pub(crate) const LONGEST: usize = 256;

/// A qualified name (XML 1.0 §2.3 `Name`; Namespaces in XML §4: at most one colon, inside).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a> {
    whole: &'a [u8],
    local_at: usize,
}

impl<'a> Name<'a> {
    /// The name at the start of `bytes`.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let (len, seen) = run(bytes);
        let whole = &bytes[..len];
        if len > LONGEST {
            return Err(Flaw::TooLong);
        }
        let local_at = if seen & COLON == 0 { 0 } else { after_colon(whole) };
        let name = Self { whole, local_at };
        if name.is_proper(seen) { Ok(name) } else { Err(Flaw::BrokenMarkup) }
    }

    /// As written.
    pub(crate) const fn whole(self) -> &'a [u8] {
        self.whole
    }

    /// Where the local part starts.
    pub(crate) const fn local_at(self) -> usize {
        self.local_at
    }

    /// The part after the colon, or all of it.
    pub(crate) fn local(self) -> &'a [u8] {
        &self.whole[self.local_at..]
    }

    /// The part before the colon; empty where there is none.
    pub(crate) fn prefix(self) -> &'a [u8] {
        &self.whole[..self.local_at.saturating_sub(1)]
    }

    fn is_proper(self, seen: u8) -> bool {
        let starts = |part: &[u8]| part.first().is_some_and(|byte| CLASS[usize::from(*byte)] & START != 0);
        starts(self.whole)
            && (seen & COLON == 0 || starts(self.local()) && !self.local().contains(&b':'))
            && (seen & HIGH == 0 || is_proper_unicode(self.prefix()) && is_proper_unicode(self.local()))
    }
}

/// How many bytes may belong to a name, and the classes of all of them together.
fn run(bytes: &[u8]) -> (usize, u8) {
    let mut seen = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let class = CLASS[usize::from(*byte)];
        if class == 0 {
            return (at, seen);
        }
        seen |= class;
    }
    (bytes.len(), seen)
}

fn after_colon(name: &[u8]) -> usize {
    memchr::memchr(b':', name).map_or(0, |colon| colon + 1)
}

/// The rare name with letters outside ASCII: each must be of XML 1.0 §2.3.
fn is_proper_unicode(part: &[u8]) -> bool {
    let Ok(part) = core::str::from_utf8(part) else { return false };
    part.chars().next().is_none_or(is_start) && part.chars().all(|char| is_start(char) || is_later(char))
}

/// `NameStartChar` without the colon.
const fn is_start(char: char) -> bool {
    matches!(char,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

/// What `NameChar` adds to `NameStartChar`.
const fn is_later(char: char) -> bool {
    matches!(char, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

const START: u8 = 1;
const LATER: u8 = 2;
const COLON: u8 = 4;
/// A byte of a character outside ASCII, to be looked at as a character.
const HIGH: u8 = 8;

/// The classes of every byte; 0: ends a name.
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b':' => COLON,
            0x80.. => HIGH | START,
            ascii if is_start(ascii as char) => START,
            ascii if is_later(ascii as char) => LATER,
            _ => 0,
        };
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_at_most_one_colon_and_both_its_parts_start_with_a_letter() {
        for good in ["a", "_", "web:GeefFuncties", "\u{eb}n", "a\u{b7}-.9", "p:\u{e9}"] {
            assert_eq!(Name::read(good.as_bytes()).map(Name::whole), Ok(good.as_bytes()), "{good}");
        }
        for bad in ["", ":", ":a", "a:", "a:b:c", "9", "-a", "a:9", "\u{d7}", "p:\u{b7}", "\u{2028}"] {
            assert_eq!(Name::read(bad.as_bytes()).map(Name::whole), Err(Flaw::BrokenMarkup), "{bad}");
        }
    }

    #[test]
    fn prefix_and_local_part_are_told_apart() {
        let parts =
            |text: &'static str| Name::read(text.as_bytes()).map(|name| (name.prefix(), name.local()));
        assert_eq!(parts("web:Persoon xmlns=''"), Ok((&b"web"[..], &b"Persoon"[..])));
        assert_eq!(parts("Persoon>"), Ok((&b""[..], &b"Persoon"[..])));
    }
}
