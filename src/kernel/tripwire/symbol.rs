//! One written character: plain, as a character reference of XML, or as an escape of JSON.
//!
//! What a symbol is depends on its own bytes alone, so that reading can begin anywhere between two. (After a
//! backslash that is itself escaped, `\u0036` is no escape in JSON; it is taken for one.)

/// A character, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    /// 0 to 9.
    Digit(u8),
    /// May stand between the groups of a number.
    Gap,
    /// Anything else.
    Other,
    /// Depends on what follows the text.
    Cut,
}

/// The longest symbol, bytes: `&#x00039;` and one zero more.
pub(super) const LONGEST: usize = 10;

/// The symbol at that place, and its length in bytes.
pub(super) fn read(text: &[u8], at: usize, ended: bool) -> (Symbol, usize) {
    let rest = &text[at..];
    let Some(&first) = rest.first() else { return (Symbol::Cut, 0) };
    let known = match first {
        b'0'..=b'9' => return (Symbol::Digit(first - b'0'), 1),
        b'.' | b'-' | b'/' | b'_' | b' ' | b'\t' | b'\r' | b'\n' => return (Symbol::Gap, 1),
        b'&' => reference(rest),
        b'\\' => escape(rest),
        0xC2..=0xEF => utf8(rest),
        _ => Known::No,
    };
    match known {
        Known::Char(code, len) => (meaning(code), len),
        Known::Cut if !ended => (Symbol::Cut, rest.len()),
        Known::No | Known::Cut => (Symbol::Other, 1),
    }
}

/// Where the symbol begins that holds the byte at `inside`; not before `from`.
pub(super) fn start(text: &[u8], from: usize, inside: usize) -> usize {
    let reach = inside.saturating_sub(LONGEST - 1).max(from);
    let lead = text[reach..inside].iter().rposition(|byte| matches!(byte, b'&' | b'\\'));
    lead.map_or(inside, |lead| reach + lead)
}

/// Makes every digit a nine, each in its own notation.
pub(super) fn mask(number: &mut [u8]) {
    let mut at = 0;
    while at < number.len() {
        let (symbol, len) = read(number, at, true);
        if matches!(symbol, Symbol::Digit(_)) {
            mask_digit(&mut number[at..at + len]);
        }
        at += len.max(1);
    }
}

fn mask_digit(symbol: &mut [u8]) {
    match symbol {
        [b'0'..=b'9'] => symbol[0] = b'9',
        // U+FF10 to U+FF19.
        [0xEF, _, last] => *last = 0x99,
        [b'\\', .., last] | [b'&', b'#', b'x' | b'X', .., last, b';'] => *last = b'9',
        // 65296 to 65305.
        [b'&', .., a @ (b'2' | b'3'), b, c, _] => (*a, *b, *c) = (b'3', b'0', b'5'),
        // 48 to 57.
        [b'&', .., tens, last, b';'] => (*tens, *last) = (b'5', b'7'),
        _ => {}
    }
}

enum Known {
    /// A code point and the bytes it takes.
    Char(u32, usize),
    No,
    /// The text ends too early to tell.
    Cut,
}

fn meaning(code: u32) -> Symbol {
    match code {
        0x30..=0x39 => digit(code - 0x30),
        0xFF10..=0xFF19 => digit(code - 0xFF10),
        // Space, tab, line ends, `-`, `.`, `/`, `_`.
        0x20 | 0x09 | 0x0A | 0x0D | 0x2D | 0x2E | 0x2F | 0x5F
        // No-break space, soft hyphen, middle dot; spaces, invisible marks and dashes of all widths.
        | 0xA0 | 0xAD | 0xB7 | 0x2000..=0x2015 | 0x202F | 0x205F | 0x2060 | 0x2212 | 0x3000 | 0xFEFF
        // Full-width `-`, `.`, `/`.
        | 0xFF0D..=0xFF0F => Symbol::Gap,
        _ => Symbol::Other,
    }
}

fn digit(value: u32) -> Symbol {
    u8::try_from(value).map_or(Symbol::Other, Symbol::Digit)
}

/// `&#…;` of at most [`LONGEST`] bytes.
fn reference(rest: &[u8]) -> Known {
    let (radix, start) = match rest {
        [_] | [_, b'#'] => return Known::Cut,
        [_, b'#', b'x' | b'X', ..] => (16, 3),
        [_, b'#', ..] => (10, 2),
        _ => return Known::No,
    };
    let mut code = 0;
    for at in start..LONGEST {
        match rest.get(at) {
            None => return Known::Cut,
            Some(b';') if at > start => return Known::Char(code, at + 1),
            Some(byte) => match char::from(*byte).to_digit(radix) {
                Some(value) => code = code * radix + value,
                None => return Known::No,
            },
        }
    }
    Known::No
}

/// `\uXXXX`, or one of JSON's short ones.
fn escape(rest: &[u8]) -> Known {
    match rest {
        [_] => Known::Cut,
        [_, b'n' | b't' | b'r' | b'/', ..] => Known::Char(0x20, 2),
        [_, b'u', hex @ ..] => {
            let mut code = 0;
            for at in 0..4 {
                match hex.get(at).map(|byte| char::from(*byte).to_digit(16)) {
                    None => return Known::Cut,
                    Some(None) => return Known::No,
                    Some(Some(value)) => code = code * 16 + value,
                }
            }
            Known::Char(code, 6)
        }
        _ => Known::No,
    }
}

fn utf8(rest: &[u8]) -> Known {
    let len = if rest[0] < 0xE0 { 2 } else { 3 };
    if let Some(bytes) = rest.get(..len) {
        let char = core::str::from_utf8(bytes).ok().and_then(|text| text.chars().next());
        return char.map_or(Known::No, |char| Known::Char(char.into(), len));
    }
    let continues = rest[1..].iter().all(|byte| matches!(byte, 0x80..=0xBF));
    if continues { Known::Cut } else { Known::No }
}
