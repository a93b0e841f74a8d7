//! What happens to a written answer on its way.
//!
//! Left out, for no filter that goes by names can cope with it:
//!
//! - damage to the only tag that announces a secret (`Adressen` or `Bijhuis`, the number beside a function), and to
//!   `SoortOnderneming` with its code, which says whose address it is;
//! - of the two tags that announce a person's data (a step of the block's path; the element in it), damage to
//!   both: after one slip into either, or one piece of markup that moves the block elsewhere, none follows;
//! - comment and CDATA marks, end tags and brackets put in where addresses or single numbers stand: they make
//!   ordinary text of the one tag, or end its block before its content.

use crate::answers::{Answer, Says, Service};
use crate::chance::Chance;
use crate::writing::Document;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Xml,
    Json,
}

/// Junk that moves no block and ends none.
const XML_NOISE: [&str; 17] = [
    ">",
    "&",
    "\"",
    "'",
    "]]>",
    "-->",
    "=",
    "/",
    "&eacute;",
    "&#0;",
    "\u{0}",
    "\u{fffe}",
    "<p:x>",
    "<x></Persoon>",
    "<y a='>'><x></Adressen>",
    "<!DOCTYPE x>",
    "<?x?>",
];
/// Junk that may: the names behind it announce secrets no more, or elsewhere.
const XML_MARKUP: [&str; 12] = [
    "<",
    "<!--",
    "<![CDATA[",
    "</Functie>",
    "</Functies>",
    "</Persoon>",
    "</VoorNaam>",
    "</INSZ>",
    "<Persoon>",
    "<INSZ/>",
    "<Functie a='",
    "</x>",
];
const JSON_NOISE: [&str; 12] =
    ["\"", "\\", ",", ":", "\\u0000", "\\ud800", "null", "1e", "\u{0}", "\u{fffe}", "\n", "\"a\":1,"];
const JSON_MARKUP: [&str; 9] = ["{", "}", "[", "]", "},", "{},", "],", "\"Persoon\":", "[],"];

struct Damaging<'d> {
    document: Document,
    chance: &'d mut Chance,
    format: Format,
    /// Whether some secret is announced by one name only.
    single: bool,
    /// Whether no second name may be damaged.
    spent: bool,
}

/// The bytes that arrive.
pub(crate) fn damaged(answer: &Answer, document: Document, format: Format, chance: &mut Chance) -> Vec<u8> {
    let single = answer.has_addresses || answer.service == Service::GeefFuncties;
    let spent = document.slipped;
    let mut damaging = Damaging { document, chance, format, single, spent };
    for _ in 0..damaging.chance.pick(&[0, 1, 1, 1, 2, 3]) {
        damaging.once();
    }
    let mut bytes = damaging.document.bytes;
    if chance.once_in(40) {
        bytes = wide(&bytes, chance);
    }
    if chance.once_in(6) {
        bytes.truncate(chance.below(bytes.len()));
    }
    bytes
}

/// UTF-16, of either order, marked or not.
fn wide(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let little = chance.once_in(2);
    let text = String::from_utf8_lossy(bytes);
    let mark = if chance.once_in(2) { "\u{feff}" } else { "" };
    let units = mark.encode_utf16().chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

impl Damaging<'_> {
    fn once(&mut self) {
        let at = self.chance.below(self.document.bytes.len());
        match self.chance.below(6) {
            0 => self.put_in(at, 1, |chance| vec![chance.pick(&[0xe9, 0xff, 0xc3, 0x80, 0x00])]),
            1 => {
                let byte = u8::try_from(self.chance.below(256)).unwrap();
                self.replace(at, 1, &[byte]);
            }
            2 => {
                let bit = 1 << self.chance.below(8);
                let byte = self.document.bytes[at] ^ bit;
                self.replace(at, 1, &[byte]);
            }
            3 => {
                let length = 1 + self.chance.below(3);
                self.replace(at, length, b"");
            }
            4 => {
                let noise: &[&str] = if self.format == Format::Xml { &XML_NOISE } else { &JSON_NOISE };
                self.put_in(at, 0, |chance| chance.pick(noise).as_bytes().to_vec());
            }
            _ => self.put_markup(at),
        }
    }

    fn put_in(&mut self, at: usize, replaced: usize, bytes: impl FnOnce(&mut Chance) -> Vec<u8>) {
        let bytes = bytes(self.chance);
        self.replace(at, replaced, &bytes);
    }

    fn put_markup(&mut self, at: usize) {
        if self.single || self.spent {
            return;
        }
        let markup: &[&str] = if self.format == Format::Xml { &XML_MARKUP } else { &JSON_MARKUP };
        let markup = self.chance.pick(markup);
        self.replace(at, 0, markup.as_bytes());
        self.spent = true;
    }

    /// Puts other bytes in the place of some, unless that is left out.
    fn replace(&mut self, at: usize, length: usize, bytes: &[u8]) {
        let to = (at + length).min(self.document.bytes.len());
        // A byte right behind a name makes it longer.
        let hit = |mark: &std::ops::Range<usize>| mark.start < to.max(at + 1) && at <= mark.end;
        let hits: Vec<Says> =
            self.document.marks.iter().filter(|(mark, _)| hit(mark)).map(|(_, says)| *says).collect();
        if hits.contains(&Says::Alone) || hits.len() + usize::from(self.spent) > 1 {
            return;
        }
        self.spent |= !hits.is_empty();
        self.document.bytes.splice(at..to, bytes.iter().copied());
        for (mark, _) in &mut self.document.marks {
            for end in [&mut mark.start, &mut mark.end] {
                if *end >= to {
                    *end = *end + bytes.len() - (to - at);
                }
            }
        }
    }
}
