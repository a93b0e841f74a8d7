//! Makes UTF-8 of a document, and its XML declaration true.
//!
//! The character set is what header, byte order mark and declaration say together; they may not contradict each
//! other, and a document about which none speaks is in UTF-8 (XML 1.0 §4.3.3). What is in UTF-8 already passes
//! uncopied, mark and declaration as they are; whether it is well-formed is its reader's to say.

use bytes::{Bytes, BytesMut};

use super::charset::Order;
use super::declaration::{self, Seen};
use super::{Charset, Fault};

/// From bytes in some character set to UTF-8, chunk by chunk.
#[derive(Debug)]
pub struct Transcoder {
    /// What the document's media type says.
    said: Option<Charset>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Not enough was seen to know the character set; what was seen waits here.
    Start(BytesMut),
    Known(Reader),
}

/// Reads the bytes behind the start.
#[derive(Clone, Copy, Debug)]
enum Reader {
    Utf8,
    Ascii,
    Latin1,
    Utf16(Units),
}

/// UTF-16 between two chunks.
#[derive(Clone, Copy, Debug)]
struct Units {
    order: Order,
    /// The first byte of a unit.
    odd: Option<u8>,
    /// The first unit of a pair.
    high: Option<u16>,
}

/// Byte order marks.
const MARKS: [(&[u8], Charset); 3] = [
    (b"\xef\xbb\xbf", Charset::Utf8),
    (b"\xff\xfe", Charset::Utf16(Some(Order::Little))),
    (b"\xfe\xff", Charset::Utf16(Some(Order::Big))),
];

/// What a declaration says once the document is in UTF-8.
const TRUE_NAME: &[u8] = b"UTF-8";

impl Transcoder {
    /// For a document whose media type names that character set, or none.
    pub fn new(said: Option<Charset>) -> Self {
        Self { said, stage: Stage::Start(BytesMut::new()) }
    }

    /// The next chunk in UTF-8; empty where too little was seen to know how to read it.
    ///
    /// # Errors
    /// A [`Fault`]: the document cannot be read.
    pub fn read(&mut self, chunk: Bytes) -> Result<Bytes, Fault> {
        match &mut self.stage {
            Stage::Known(reader) => reader.read(chunk),
            Stage::Start(held) if held.is_empty() => self.begin(chunk, false),
            Stage::Start(held) => {
                held.extend_from_slice(&chunk);
                let seen = held.split().freeze();
                self.begin(seen, false)
            }
        }
    }

    /// The rest, now that the document has ended.
    ///
    /// # Errors
    /// A [`Fault`]: the document cannot be read.
    pub fn finish(&mut self) -> Result<Bytes, Fault> {
        let rest = match &mut self.stage {
            Stage::Known(_) => Bytes::new(),
            Stage::Start(held) => {
                let seen = held.split().freeze();
                self.begin(seen, true)?
            }
        };
        match &self.stage {
            Stage::Known(Reader::Utf16(Units { odd: None, high: None, .. })) => Ok(rest),
            Stage::Known(Reader::Utf16(_)) => Err(Fault::BrokenCharset),
            _ => Ok(rest),
        }
    }

    /// Looks whether what was `seen` of the document tells its character set; reads it if so.
    fn begin(&mut self, seen: Bytes, ended: bool) -> Result<Bytes, Fault> {
        let Some(start) = Start::of(&seen, self.said, ended)? else {
            self.stage = Stage::Start(BytesMut::from(seen));
            return Ok(Bytes::new());
        };
        let mut reader = Reader::of(start.charset()?)?;
        let text = start.read(&mut reader, seen);
        self.stage = Stage::Known(reader);
        text
    }
}

/// What the start of a document says of its character set.
struct Start {
    /// What media type and byte order mark say.
    outside: Option<Charset>,
    /// The length of the mark, bytes.
    mark: usize,
    /// The bytes of a character of the declaration.
    width: usize,
    /// Where the declaration names a character set, in characters behind the mark, and which.
    encoding: Option<(std::ops::Range<usize>, Charset)>,
}

impl Start {
    /// `None`: too little was seen.
    fn of(held: &[u8], said: Option<Charset>, ended: bool) -> Result<Option<Self>, Fault> {
        let may_be_mark = MARKS.iter().any(|(mark, _)| mark.len() > held.len() && mark.starts_with(held));
        if may_be_mark && !ended {
            return Ok(None);
        }
        let marked = MARKS.iter().find(|(mark, _)| held.starts_with(mark));
        let mark = marked.map_or(0, |(mark, _)| mark.len());
        let outside = match (said, marked) {
            (Some(said), Some((_, marked))) => Some(said.agreed(*marked)?),
            (said, marked) => said.or(marked.map(|(_, charset)| *charset)),
        };
        let wide = outside.and_then(|charset| match charset {
            Charset::Utf16(order) => Some(order.ok_or(Fault::NoByteOrder)),
            _ => None,
        });
        let body = &held[mark..];
        let Some(order) = wide.transpose()? else {
            let Some(encoding) = declared(body, ended)? else { return Ok(None) };
            return Ok(Some(Self { outside, mark, width: 1, encoding }));
        };
        let text: Vec<u8> =
            body.chunks_exact(2).take(declaration::LONGEST + 1).map(|two| narrow(order, two)).collect();
        let Some(encoding) = declared(&text, ended)? else { return Ok(None) };
        Ok(Some(Self { outside, mark, width: 2, encoding }))
    }

    /// What was seen, with a true declaration.
    fn read(&self, reader: &mut Reader, seen: Bytes) -> Result<Bytes, Fault> {
        let Self { mark, width, .. } = *self;
        if matches!(reader, Reader::Utf8) {
            return Ok(seen);
        }
        let Some((at, _)) = &self.encoding else { return reader.read(seen.slice(mark..)) };
        let before = reader.read(seen.slice(mark..mark + at.start * width))?;
        let after = reader.read(seen.slice(mark + at.end * width..))?;
        Ok([&before[..], TRUE_NAME, &after[..]].concat().into())
    }

    /// What all of it says together.
    fn charset(&self) -> Result<Charset, Fault> {
        let Some((_, declared)) = self.encoding else { return Ok(self.outside.unwrap_or(Charset::Utf8)) };
        // A declaration read as one-byte characters is not in UTF-16, whatever it says.
        if declared.is_wide() != (self.width == 2) {
            return Err(Fault::CharsetContradiction);
        }
        self.outside.map_or(Ok(declared), |outside| outside.agreed(declared))
    }
}

type Named = Option<(std::ops::Range<usize>, Charset)>;

/// What the declaration names, and where; `None`: it may not be whole.
fn declared(text: &[u8], ended: bool) -> Result<Option<Named>, Fault> {
    match declaration::seen(text, ended)? {
        Seen::Unclear => Ok(None),
        Seen::None | Seen::Declared(None) => Ok(Some(None)),
        Seen::Declared(Some(at)) => {
            let name = str::from_utf8(&text[at.clone()]).map_err(|_| Fault::BrokenDeclaration)?;
            Ok(Some(Some((at, Charset::named(name)?))))
        }
    }
}

/// A unit as a byte where it is ASCII, and as no ASCII where not.
fn narrow(order: Order, two: &[u8]) -> u8 {
    match (order, two) {
        (Order::Little, [low, 0]) | (Order::Big, [0, low]) => *low,
        _ => 0xff,
    }
}

impl Reader {
    fn of(charset: Charset) -> Result<Self, Fault> {
        match charset {
            Charset::Utf8 => Ok(Self::Utf8),
            Charset::Ascii => Ok(Self::Ascii),
            Charset::Latin1 => Ok(Self::Latin1),
            Charset::Utf16(None) => Err(Fault::NoByteOrder),
            Charset::Utf16(Some(order)) => Ok(Self::Utf16(Units { order, odd: None, high: None })),
        }
    }

    fn read(&mut self, chunk: Bytes) -> Result<Bytes, Fault> {
        match self {
            Self::Utf8 => Ok(chunk),
            Self::Ascii | Self::Latin1 if chunk.is_ascii() => Ok(chunk),
            Self::Ascii => Err(Fault::BrokenCharset),
            Self::Latin1 => Ok(chunk.iter().map(|byte| char::from(*byte)).collect::<String>().into()),
            Self::Utf16(units) => units.read(&chunk),
        }
    }
}

impl Units {
    fn read(&mut self, chunk: &[u8]) -> Result<Bytes, Fault> {
        let mut text = String::with_capacity(chunk.len());
        let mut rest = chunk;
        if let (Some(first), [second, later @ ..]) = (self.odd, rest) {
            self.odd = None;
            rest = later;
            self.push(self.unit([first, *second]), &mut text)?;
        }
        let mut pairs = rest.chunks_exact(2);
        for two in &mut pairs {
            self.push(self.unit([two[0], two[1]]), &mut text)?;
        }
        if let [odd] = pairs.remainder() {
            self.odd = Some(*odd);
        }
        Ok(text.into())
    }

    fn unit(self, two: [u8; 2]) -> u16 {
        match self.order {
            Order::Little => u16::from_le_bytes(two),
            Order::Big => u16::from_be_bytes(two),
        }
    }

    fn push(&mut self, unit: u16, text: &mut String) -> Result<(), Fault> {
        let char = match self.high.take() {
            None if is_high(unit) => {
                self.high = Some(unit);
                return Ok(());
            }
            None => char::from_u32(unit.into()),
            Some(high) => char::decode_utf16([high, unit]).next().and_then(Result::ok),
        };
        text.push(char.ok_or(Fault::BrokenCharset)?);
        Ok(())
    }
}

const fn is_high(unit: u16) -> bool {
    unit & 0xfc00 == 0xd800
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text, and every way to cut the bytes in two says the same.
    fn read(said: Option<Charset>, bytes: &[u8]) -> Result<String, Fault> {
        let cut = |at: usize| {
            let mut transcoder = Transcoder::new(said);
            let mut out = transcoder.read(Bytes::copy_from_slice(&bytes[..at]))?.to_vec();
            out.extend(transcoder.read(Bytes::copy_from_slice(&bytes[at..]))?);
            out.extend(transcoder.finish()?);
            Ok(out)
        };
        let whole = cut(0);
        for at in 1..=bytes.len() {
            assert_eq!(cut(at), whole, "cut at {at}");
        }
        whole.map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    fn utf16(text: &str, to_bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    const PLAIN: &str = "<a>caf\u{e9} \u{1f600} \u{20ac}</a>";

    #[test]
    fn utf_8_passes_as_it_came() {
        for text in [
            PLAIN.to_owned(),
            format!("\u{feff}{PLAIN}"),
            format!("<?xml version='1.0' encoding='utf-8'?>{PLAIN}"),
            format!("\u{feff}<?xml version='1.0'?>{PLAIN}"),
            "<".to_owned(),
            String::new(),
        ] {
            assert_eq!(read(None, text.as_bytes()), Ok(text.clone()));
            assert_eq!(read(Some(Charset::Utf8), text.as_bytes()), Ok(text));
        }
        let chunk = Bytes::from_static(b"<a>long enough to be a document</a>");
        let mut transcoder = Transcoder::new(None);
        transcoder.read(Bytes::from_static(b"<root>")).unwrap();
        assert_eq!(transcoder.read(chunk.clone()).unwrap().as_ptr(), chunk.as_ptr(), "uncopied");
    }

    #[test]
    fn utf_16_is_read_by_mark_or_by_name() {
        for (said, mark) in [
            (None, "\u{feff}"),
            (Some(Charset::Utf16(None)), "\u{feff}"),
            (Some(Charset::Utf16(Some(Order::Little))), "\u{feff}"),
            (Some(Charset::Utf16(Some(Order::Little))), ""),
        ] {
            let bytes = utf16(&format!("{mark}{PLAIN}"), u16::to_le_bytes);
            assert_eq!(read(said, &bytes), Ok(PLAIN.to_owned()), "{said:?} {mark:?}");
        }
        let bytes = utf16(PLAIN, u16::to_be_bytes);
        assert_eq!(read(Some(Charset::Utf16(Some(Order::Big))), &bytes), Ok(PLAIN.to_owned()));
    }

    #[test]
    fn the_declaration_of_what_was_transcoded_is_made_true() {
        let declared =
            |name: &str| format!("<?xml version=\"1.0\" encoding='{name}' standalone='yes'?>{PLAIN}");
        for name in ["UTF-16", "utf-16BE"] {
            let bytes = utf16(&format!("\u{feff}{}", declared(name)), u16::to_be_bytes);
            assert_eq!(read(None, &bytes), Ok(declared("UTF-8")), "{name}");
        }
        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>caf\xe9 \x80</a>";
        let want = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>caf\u{e9} \u{80}</a>".to_owned();
        assert_eq!(read(None, latin), Ok(want.clone()));
        assert_eq!(read(Some(Charset::Latin1), latin), Ok(want));
        assert_eq!(read(Some(Charset::Latin1), b"<a>\xe9</a>"), Ok("<a>\u{e9}</a>".to_owned()));
        let ascii = b"<?xml version=\"1.0\" encoding=\"us-ascii\"?><a/>";
        assert_eq!(read(None, ascii), Ok("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>".to_owned()));
    }

    #[test]
    fn contradictions_are_faults() {
        let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?><a/>").into_bytes();
        let marked = |text: &[u8]| [b"\xef\xbb\xbf", text].concat();
        let little = |text: &str| utf16(&format!("\u{feff}{text}"), u16::to_le_bytes);
        for (what, said, bytes) in [
            ("header and declaration", Some(Charset::Utf8), declared("ISO-8859-1")),
            ("declaration and header", Some(Charset::Latin1), declared("UTF-8")),
            ("mark and declaration", None, marked(&declared("ISO-8859-1"))),
            ("mark and header", Some(Charset::Latin1), marked(b"<a/>")),
            ("one byte and utf-16", None, declared("UTF-16LE")),
            ("one byte and utf-16 without an order", None, declared("UTF-16")),
            ("utf-16 and utf-8", None, little(&String::from_utf8(declared("UTF-8")).unwrap())),
            ("order and declaration", None, little(&String::from_utf8(declared("UTF-16BE")).unwrap())),
            ("order and header", Some(Charset::Utf16(Some(Order::Big))), little("<a/>")),
            ("utf-16 and header", Some(Charset::Utf8), little("<a/>")),
        ] {
            assert_eq!(read(said, &bytes), Err(Fault::CharsetContradiction), "{what}");
        }
    }

    #[test]
    fn what_is_no_text_in_its_character_set_is_a_fault() {
        let little = Some(Charset::Utf16(Some(Order::Little)));
        for (what, said, bytes) in [
            ("an odd byte", little, &b"<\0a"[..]),
            ("half a pair", little, b"<\0\x3d\xd8"),
            ("the second half alone", little, b"<\0\x00\xde"),
            ("the first half twice", little, b"\x3d\xd8\x3d\xd8\x00\xde"),
            ("more than ascii", Some(Charset::Ascii), b"<a>\xe9</a>"),
        ] {
            assert_eq!(read(said, bytes), Err(Fault::BrokenCharset), "{what}");
        }
        assert_eq!(read(Some(Charset::Utf16(None)), b"<\0a\0"), Err(Fault::NoByteOrder));
        let unknown = b"<?xml version=\"1.0\" encoding=\"windows-1252\"?><a/>";
        assert_eq!(read(None, unknown), Err(Fault::UnknownCharset));
    }

    #[test]
    fn utf_16_that_nobody_announces_is_read_as_it_was_announced() {
        let bytes = utf16("<a/>", u16::to_le_bytes);
        assert_eq!(read(None, &bytes), Ok("<\0a\0/\0>\0".to_owned()), "for the reader to refuse");
    }
}
