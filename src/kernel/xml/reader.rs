//! Cuts a document into tokens and checks, token by token, that it is well-formed.
//!
//! Takes bytes that [`super::chars::clean`] has passed. Text, comments and CDATA come in as many
//! pieces as the bytes do; tags, references and the declaration come whole. Where one of these does
//! not end in the bytes at hand, the caller must come back with the same bytes and more. Nothing is
//! said about such a token before it is whole, so that the verdict does not depend on where the
//! bytes were cut.

use memchr::{memchr, memchr3};

use super::attribute::Attributes;
use super::name::Name;
use super::{Flaw, Open, Tag, chars, reference};

/// The longest tag or declaration that is read, in bytes.
pub(crate) const MAX_TOKEN: usize = 8192;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const COMMENT: &[u8] = b"<!--";
const CDATA: &[u8] = b"<![CDATA[";
const CDATA_END: &[u8] = b"]]>";
const DOCTYPE: &[u8] = b"<!DOCTYPE";
const DECLARATION: &[u8] = b"<?xml";

/// A piece of the document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Token<'a> {
    /// The byte order mark or the XML declaration.
    Preamble,
    /// A start tag or empty-element tag, and the level of its element (the root's is 1).
    Start(Tag<'a>, usize),
    /// An end tag, and the level of its element.
    End(usize),
    /// A piece of text without references.
    Text(&'a [u8]),
    /// A reference in text, and the character it stands for.
    Reference(char),
    /// `<![CDATA[` or `]]>`.
    CdataMark,
    /// A piece of what stands between them.
    Cdata(&'a [u8]),
    /// A piece of a comment, its marks included.
    Comment,
}

/// A token and how many bytes it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read<'a> {
    pub(crate) token: Token<'a>,
    pub(crate) len: usize,
}

impl<'a> Read<'a> {
    const fn new(token: Token<'a>, len: usize) -> Self {
        Self { token, len }
    }
}

/// `None`: the token does not end in these bytes.
type Next<'a> = Result<Option<Read<'a>>, Flaw>;

/// The state between two tokens.
#[derive(Debug)]
pub(crate) struct Reader {
    open: Open,
    stage: Stage,
    inside: Inside,
    /// How many `]` text ends with so far; 2 stands for more, too.
    brackets: u8,
    scan: Scan,
}

/// How far the document has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    AfterMark,
    Prolog,
    Root,
    Epilog,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Content,
    /// A comment that ends, so far, with this many dashes.
    Comment {
        dashes: u8,
    },
    Cdata,
}

impl Reader {
    pub(crate) const fn new() -> Self {
        Self {
            open: Open::new(),
            stage: Stage::Start,
            inside: Inside::Content,
            brackets: 0,
            scan: Scan::new(),
        }
    }

    /// The elements that are open.
    pub(crate) const fn open(&self) -> &Open {
        &self.open
    }

    /// Whether the next byte belongs to the content of an element, and to no comment or CDATA in it.
    pub(crate) fn is_in_content(&self) -> bool {
        self.stage == Stage::Root && self.inside == Inside::Content
    }

    /// Says that content up to the next token was passed over, one that it had begun to read among it.
    pub(crate) const fn passed_over(&mut self) {
        self.brackets = 0;
        self.scan = Scan::new();
    }

    /// The next token of `rest`, which starts where the last one ended and is not empty.
    pub(crate) fn next<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        match self.inside {
            Inside::Content => self.content(rest),
            Inside::Comment { dashes } => self.comment(dashes, rest),
            Inside::Cdata => Ok(self.cdata(rest)),
        }
    }

    /// Says that no more bytes follow the last token.
    pub(crate) fn finish(&self) -> Result<(), Flaw> {
        let whole = self.stage == Stage::Epilog && self.inside == Inside::Content;
        if whole { Ok(()) } else { Err(Flaw::Truncated) }
    }

    fn content<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        match rest {
            [b'<', later @ ..] => self.markup(later.first().copied(), rest),
            [b'&', ..] => self.reference(rest),
            _ if self.stage == Stage::Root => self.text(rest),
            _ => self.outside(rest),
        }
    }

    fn markup<'a>(&mut self, second: Option<u8>, rest: &'a [u8]) -> Next<'a> {
        self.brackets = 0;
        match second {
            None => Ok(None),
            Some(b'/') => self.end(rest),
            Some(b'!') => self.bang(rest),
            Some(b'?') => self.declaration(rest),
            Some(_) => self.start(rest),
        }
    }

    fn start<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        if let Some(name) = self.scan.plain_name(rest) {
            return self.element(Tag::bare(name), name.whole().len() + 2);
        }
        let Some(len) = self.scan.tag(rest)? else { return Ok(None) };
        let tag = Tag::read(&rest[1..len - 1])?;
        self.element(tag, len)
    }

    fn element<'a>(&mut self, tag: Tag<'a>, len: usize) -> Next<'a> {
        if self.stage == Stage::Epilog {
            return Err(Flaw::OutsideRoot);
        }
        self.stage = Stage::Root;
        self.open.push(tag.name)?;
        let depth = self.open.depth();
        if tag.empty {
            self.close();
        }
        Ok(Some(Read::new(Token::Start(tag, depth), len)))
    }

    fn end<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        let name = self.open.innermost().unwrap_or(b"");
        let expected = rest[2..].strip_prefix(name).is_some_and(|after| after.first() == Some(&b'>'));
        let Some(len) = self.scan.end_tag(expected.then_some(name.len() + 3), rest)? else { return Ok(None) };
        let closes = rest[2..len - 1].strip_prefix(name).is_some_and(chars::all_white);
        if !closes || name.is_empty() {
            return Err(Flaw::MismatchedTag);
        }
        let depth = self.open.depth();
        self.close();
        Ok(Some(Read::new(Token::End(depth), len)))
    }

    fn close(&mut self) {
        self.open.pop();
        if self.open.depth() == 0 {
            self.stage = Stage::Epilog;
        }
    }

    /// `<!`: a comment, CDATA, or what may not be.
    fn bang<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        if rest.starts_with(COMMENT) {
            self.inside = Inside::Comment { dashes: 0 };
            self.leave_start();
            return Ok(Some(Read::new(Token::Comment, COMMENT.len())));
        }
        if rest.starts_with(CDATA) {
            self.inside = Inside::Cdata;
            return self.in_root(Token::CdataMark, CDATA.len());
        }
        if rest.starts_with(DOCTYPE) {
            return Err(Flaw::Doctype);
        }
        let may_become = [COMMENT, CDATA, DOCTYPE].iter().any(|mark| mark.starts_with(rest));
        if may_become { Ok(None) } else { Err(Flaw::BrokenMarkup) }
    }

    /// `<?`: only the XML declaration (XML 1.0 §2.8), and only at the very start.
    fn declaration<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        if !matches!(self.stage, Stage::Start | Stage::AfterMark) {
            return Err(Flaw::ProcessingInstruction);
        }
        if DECLARATION.starts_with(rest) {
            return Ok(None);
        }
        if !rest.starts_with(DECLARATION) || !chars::is_white(rest[DECLARATION.len()]) {
            return Err(Flaw::ProcessingInstruction);
        }
        let Some(len) = self.scan.declaration(rest)? else { return Ok(None) };
        check_declaration(&rest[DECLARATION.len()..len - 2])?;
        self.stage = Stage::Prolog;
        Ok(Some(Read::new(Token::Preamble, len)))
    }

    fn reference<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        self.brackets = 0;
        match reference::read(rest)? {
            Some((char, len)) => self.in_root(Token::Reference(char), len),
            None => Ok(None),
        }
    }

    fn text<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        if rest[0] == b']' {
            self.brackets = 2.min(self.brackets + 1);
            return Ok(Some(Read::new(Token::Text(&rest[..1]), 1)));
        }
        if rest[0] == b'>' && self.brackets == 2 {
            return Err(Flaw::CdataEndInText);
        }
        self.brackets = 0;
        let len = memchr3(b'<', b'&', b']', rest).unwrap_or(rest.len());
        Ok(Some(Read::new(Token::Text(&rest[..len]), len)))
    }

    /// Text before or after the root element: white space, and a byte order mark at the very start.
    fn outside<'a>(&mut self, rest: &'a [u8]) -> Next<'a> {
        if self.stage == Stage::Start && rest.starts_with(BYTE_ORDER_MARK) {
            self.stage = Stage::AfterMark;
            return Ok(Some(Read::new(Token::Preamble, BYTE_ORDER_MARK.len())));
        }
        self.leave_start();
        match rest.iter().position(|byte| !chars::is_white(*byte)) {
            Some(0) => Err(Flaw::OutsideRoot),
            Some(len) => Ok(Some(Read::new(Token::Text(&rest[..len]), len))),
            None => Ok(Some(Read::new(Token::Text(rest), rest.len()))),
        }
    }

    fn comment<'a>(&mut self, dashes: u8, rest: &'a [u8]) -> Next<'a> {
        let (inside, len) = match (dashes, rest[0]) {
            (2, b'>') => (Inside::Content, 1),
            (2, _) => return Err(Flaw::BrokenComment),
            (_, b'-') => (Inside::Comment { dashes: dashes + 1 }, 1),
            _ => (Inside::Comment { dashes: 0 }, memchr(b'-', rest).unwrap_or(rest.len())),
        };
        self.inside = inside;
        Ok(Some(Read::new(Token::Comment, len)))
    }

    fn cdata<'a>(&mut self, rest: &'a [u8]) -> Option<Read<'a>> {
        if rest.starts_with(CDATA_END) {
            self.inside = Inside::Content;
            return Some(Read::new(Token::CdataMark, CDATA_END.len()));
        }
        if CDATA_END.starts_with(rest) {
            return None;
        }
        let len = memchr(b']', &rest[1..]).map_or(rest.len(), |at| at + 1);
        Some(Read::new(Token::Cdata(&rest[..len]), len))
    }

    /// Gives what may stand inside the root element alone.
    fn in_root<'a>(&self, token: Token<'a>, len: usize) -> Next<'a> {
        if self.stage == Stage::Root { Ok(Some(Read::new(token, len))) } else { Err(Flaw::OutsideRoot) }
    }

    fn leave_start(&mut self) {
        if matches!(self.stage, Stage::Start | Stage::AfterMark) {
            self.stage = Stage::Prolog;
        }
    }
}

/// `version`, then perhaps `encoding`, then perhaps `standalone`.
fn check_declaration(written: &[u8]) -> Result<(), Flaw> {
    let mut names: [&[u8]; 3] = [b"version", b"encoding", b"standalone"];
    let mut expected = &mut names[..];
    for attribute in Attributes::new(written) {
        let attribute = attribute?;
        let name = attribute.name.whole();
        let at = expected.iter().position(|known| *known == name).ok_or(Flaw::BrokenMarkup)?;
        if expected.len() == 3 && at != 0 {
            return Err(Flaw::BrokenMarkup);
        }
        expected = &mut expected[at + 1..];
        match (name, attribute.value) {
            (b"version", b"1.0") | (b"standalone", b"yes" | b"no") => {}
            (b"encoding", value) if value.eq_ignore_ascii_case(b"UTF-8") => {}
            (b"encoding", _) => return Err(Flaw::ForeignEncoding),
            (b"version", _) => return Err(Flaw::ForeignVersion),
            _ => return Err(Flaw::BrokenMarkup),
        }
    }
    if expected.len() == 3 { Err(Flaw::BrokenMarkup) } else { Ok(()) }
}

/// How far an unfinished token has been searched for its end, so that no byte is searched twice.
#[derive(Debug)]
struct Scan {
    seen: usize,
    /// The quote that is open; 0: none.
    quote: u8,
}

impl Scan {
    const fn new() -> Self {
        Self { seen: 0, quote: 0 }
    }

    /// The name of a tag that is nothing else, as most are: `<Code>`.
    fn plain_name<'a>(&self, rest: &'a [u8]) -> Option<Name<'a>> {
        if self.seen != 0 {
            return None;
        }
        let name = Name::read(&rest[1..]).ok()?;
        (rest.get(name.whole().len() + 1) == Some(&b'>')).then_some(name)
    }

    /// The length of the tag at the start of `rest`: up to the first `>` outside quotes.
    fn tag(&mut self, rest: &[u8]) -> Result<Option<usize>, Flaw> {
        let window = &rest[..rest.len().min(MAX_TOKEN)];
        while let Some(at) = self.find(&window[self.seen..]) {
            self.seen += at + 1;
            match (self.quote, window[self.seen - 1]) {
                (0, b'>') => return Ok(Some(self.reset())),
                (0, quote) => self.quote = quote,
                _ => self.quote = 0,
            }
        }
        self.seen = window.len();
        self.unfinished()
    }

    /// The length of an end tag: known where it is the `expected` one, searched for where not.
    fn end_tag(&mut self, expected: Option<usize>, rest: &[u8]) -> Result<Option<usize>, Flaw> {
        match expected {
            None => self.tag(rest),
            Some(len) => {
                self.reset();
                Ok(Some(len))
            }
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self.quote {
            0 => memchr3(b'>', b'"', b'\'', bytes),
            quote => memchr(quote, bytes),
        }
    }

    /// The length of the declaration at the start of `rest`: up to the first `?>`.
    fn declaration(&mut self, rest: &[u8]) -> Result<Option<usize>, Flaw> {
        let window = &rest[..rest.len().min(MAX_TOKEN)];
        while let Some(at) = memchr(b'>', &window[self.seen..]) {
            self.seen += at + 1;
            if window[..self.seen].ends_with(b"?>") {
                return Ok(Some(self.reset()));
            }
        }
        self.seen = window.len();
        self.unfinished()
    }

    fn unfinished(&self) -> Result<Option<usize>, Flaw> {
        if self.seen < MAX_TOKEN { Ok(None) } else { Err(Flaw::TooLong) }
    }

    fn reset(&mut self) -> usize {
        core::mem::replace(self, Self::new()).seen
    }
}
