//! Gathers what a request states while it is read, and refuses what is stated twice.
//!
//! The one table of paths is [`Stated::at`]. Local names count, whatever their prefix: a second
//! `Context` in a namespace of its own would be a second meaning all the same.

use super::namespaces::Namespaces;
use super::numbers::Numbers;
use super::soap::{Envelope, Fault};
use super::spread::Spread;
use super::value::Value;
use crate::xml::envelope::{self, Misbuilt, Part};
use crate::xml::{Flaw, Open, Tag, Token, chars};

/// What the elements below the Body's own can state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stated {
    /// An element that holds others and may stand once.
    Holder(Holder),
    /// `Verzoek/Vragen/Vraag`; several may stand.
    Question,
    /// A leaf whose text is wanted.
    Leaf(Leaf),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Request,
    Context,
    Message,
    Sender,
    Questions,
}

impl Holder {
    const COUNT: usize = 5;

    /// What it is when there are two.
    const fn twice(self) -> Fault {
        match self {
            Self::Request => Fault::SecondRequest,
            Self::Context => Fault::SecondContext,
            Self::Message | Self::Sender | Self::Questions => Fault::StatedTwice,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaf {
    Name,
    Version,
    Sender,
    Capacity,
    Reference,
    QuestionReference,
    Source,
    /// An INSZ, wherever it stands.
    Person,
}

impl Stated {
    /// What the element at the end of a path below the Body's element states (MAGDA schema of the
    /// request context, `Context-02.00`).
    fn at(path: &[&[u8]]) -> Option<Self> {
        Some(match path {
            [b"Verzoek"] => Self::Holder(Holder::Request),
            [b"Verzoek", b"Context"] => Self::Holder(Holder::Context),
            [b"Verzoek", b"Context", b"Naam"] => Self::Leaf(Leaf::Name),
            [b"Verzoek", b"Context", b"Versie"] => Self::Leaf(Leaf::Version),
            [b"Verzoek", b"Context", b"Bericht"] => Self::Holder(Holder::Message),
            [b"Verzoek", b"Context", b"Bericht", b"Afzender"] => Self::Holder(Holder::Sender),
            [b"Verzoek", b"Context", b"Bericht", b"Afzender", leaf] => Self::Leaf(Leaf::of_sender(leaf)?),
            [b"Verzoek", b"Vragen"] => Self::Holder(Holder::Questions),
            [b"Verzoek", b"Vragen", b"Vraag"] => Self::Question,
            [b"Verzoek", b"Vragen", b"Vraag", b"Referte"] => Self::Leaf(Leaf::QuestionReference),
            [b"Verzoek", b"Vragen", b"Vraag", b"Inhoud", b"Bron"] => Self::Leaf(Leaf::Source),
            _ => return None,
        })
    }
}

/// What holds the number of an enterprise, wherever it stands in the Body (MAGDA wire notes, 2).
const ENTERPRISE: &[u8] = b"Ondernemingsnummer";

/// The longest path of [`Stated::at`].
const LONGEST_PATH: usize = 5;

impl Leaf {
    const COUNT: usize = 8;

    fn of_sender(local: &[u8]) -> Option<Self> {
        match local {
            b"Identificatie" => Some(Self::Sender),
            b"Hoedanigheid" => Some(Self::Capacity),
            b"Referte" => Some(Self::Reference),
            _ => None,
        }
    }
}

/// A token, and where it starts and ends.
pub(super) struct At<'t, 'a> {
    pub(super) token: &'t Token<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What has been read of the request.
pub(super) struct Question<'a, 'p> {
    text: &'a str,
    person_names: &'p [&'p str],
    envelope: envelope::Envelope,
    namespaces: Namespaces<'a>,
    root: (&'a str, &'a str),
    holders: [bool; Holder::COUNT],
    questions: usize,
    values: [Option<Value<'a>>; Leaf::COUNT],
    /// The leaf that is open, and where its text starts.
    leaf: Option<(Leaf, usize)>,
    names_person: bool,
    names_bis: bool,
    names_other: bool,
    /// The questions that state their source, and those that name a person.
    sources: Spread,
    persons: Spread,
    person_numbers: Numbers,
    enterprise_numbers: Numbers,
    /// Where the text of an enterprise's number starts, while nothing else came.
    enterprise: Option<usize>,
}

impl<'a, 'p> Question<'a, 'p> {
    pub(super) const fn new(text: &'a str, person_names: &'p [&'p str]) -> Self {
        Self {
            text,
            person_names,
            envelope: envelope::Envelope::new(),
            namespaces: Namespaces::new(),
            root: ("", ""),
            holders: [false; Holder::COUNT],
            questions: 0,
            values: [None; Leaf::COUNT],
            leaf: None,
            names_person: false,
            names_bis: false,
            names_other: false,
            sources: Spread::NOWHERE,
            persons: Spread::NOWHERE,
            person_numbers: Numbers::NONE,
            enterprise_numbers: Numbers::NONE,
            enterprise: None,
        }
    }

    /// Takes in the next token; `open` are the elements it stands in.
    pub(super) fn meet(&mut self, at: &At<'_, 'a>, open: &Open) -> Result<(), Fault> {
        match at.token {
            Token::Start(tag, level) => {
                self.enter(tag, *level, at.end, open)?;
                if tag.empty { self.leave(*level, at.end) } else { Ok(()) }
            }
            Token::End(level) => self.leave(*level, at.start),
            Token::Text(text) if chars::all_white(text) => Ok(()),
            Token::Text(_) | Token::Reference(_) | Token::CdataMark | Token::Cdata(_) => self.check_text(),
            Token::Comment if self.leaf.is_some() => Err(Fault::UnclearValue),
            Token::Comment => {
                self.enterprise = None;
                Ok(())
            }
            Token::Preamble => Ok(()),
        }
    }

    /// What the whole request states.
    pub(super) fn conclude(self) -> Result<Envelope<'a>, Fault> {
        if !self.holders[Holder::Request as usize] {
            return Err(Fault::NoRequest);
        }
        if !self.holders[Holder::Context as usize] {
            return Err(Fault::NoContext);
        }
        let shows_source = self.shows_source();
        let value = |leaf: Leaf| self.values[leaf as usize].filter(|value| !value.is_blank());
        Ok(Envelope {
            root: self.root.0,
            namespace: self.root.1,
            name: value(Leaf::Name).ok_or(Fault::NameMissing)?,
            version: value(Leaf::Version).ok_or(Fault::VersionMissing)?,
            sender: value(Leaf::Sender).ok_or(Fault::SenderMissing)?,
            capacity: value(Leaf::Capacity),
            reference: value(Leaf::Reference),
            question_reference: value(Leaf::QuestionReference),
            source: value(Leaf::Source).filter(|_| shows_source),
            names_person: self.names_person,
            names_bis: self.names_bis && shows_source,
            names_other: self.names_other && shows_source,
            persons: self.person_numbers,
            enterprises: self.enterprise_numbers,
        })
    }

    /// Whether the signs of the source speak for all questions: where one of several has none, it must not pass for what
    /// the others ask.
    const fn shows_source(&self) -> bool {
        let signs = if self.sources.questions() > 0 { self.sources } else { self.persons };
        self.questions <= 1 || signs.questions() == self.questions
    }

    fn check_text(&self) -> Result<(), Fault> {
        if self.envelope.holds_text() { Ok(()) } else { Err(Fault::Misbuilt) }
    }

    fn enter(&mut self, tag: &Tag<'a>, level: usize, end: usize, open: &Open) -> Result<(), Fault> {
        let namespace = self.namespaces.enter(tag, level)?;
        let before = self.envelope.part();
        let part = self.envelope.enter(tag.name.local())?;
        match (before, part) {
            (Part::Before | Part::Opened | Part::AfterHeader, _) => check_namespace(namespace),
            (Part::Body, _) => self.enter_root(tag, namespace),
            (_, Part::Content) => self.enter_element(tag, level, end, open),
            (Part::Header, _) if is_second_message(tag.name.local()) => Err(Fault::Misbuilt),
            _ => Ok(()),
        }
    }

    fn enter_root(&mut self, tag: &Tag<'a>, namespace: &'a [u8]) -> Result<(), Fault> {
        self.root = (as_str(tag.name.local())?, as_str(namespace)?);
        if tag.name.local() == b"Context" { Err(Fault::SecondContext) } else { Ok(()) }
    }

    fn enter_element(&mut self, tag: &Tag<'a>, level: usize, end: usize, open: &Open) -> Result<(), Fault> {
        if self.leaf.is_some() {
            return Err(Fault::UnclearValue);
        }
        let local = tag.name.local();
        // No part of the verdict: one with something else in it is not read, and not refused.
        self.enterprise = local.eq_ignore_ascii_case(ENTERPRISE).then_some(end);
        let stated = self.stated(local, level, open);
        if local == b"Context" && stated != Some(Stated::Holder(Holder::Context)) {
            return Err(Fault::SecondContext);
        }
        if self.is_person_name(local) {
            self.names_person = true;
            self.leaf = Some((Leaf::Person, end));
            return Ok(());
        }
        stated.map_or(Ok(()), |stated| self.note(stated, end))
    }

    fn is_person_name(&self, local: &[u8]) -> bool {
        self.person_names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(local))
    }

    fn stated(&self, local: &[u8], level: usize, open: &Open) -> Option<Stated> {
        let root = self.envelope.content_level();
        let mut path: [&[u8]; LONGEST_PATH] = [b""; LONGEST_PATH];
        let path = path.get_mut(..level - root)?;
        let (last, outer) = path.split_last_mut()?;
        for (step, level) in outer.iter_mut().zip(root + 1..) {
            *step = open.local(level);
        }
        *last = local;
        Stated::at(path)
    }

    fn note(&mut self, stated: Stated, end: usize) -> Result<(), Fault> {
        match stated {
            Stated::Holder(holder) => {
                let twice = core::mem::replace(&mut self.holders[holder as usize], true);
                if twice { Err(holder.twice()) } else { Ok(()) }
            }
            Stated::Question => {
                self.questions += 1;
                Ok(())
            }
            Stated::Leaf(Leaf::QuestionReference) if self.questions > 1 => Ok(()),
            // Several questions may ask the same source; two sources are told apart in `state`.
            Stated::Leaf(leaf @ Leaf::Source) => {
                self.leaf = Some((leaf, end));
                Ok(())
            }
            Stated::Leaf(leaf) if self.values[leaf as usize].is_some() => Err(Fault::StatedTwice),
            Stated::Leaf(leaf) => {
                self.leaf = Some((leaf, end));
                Ok(())
            }
        }
    }

    fn leave(&mut self, level: usize, start: usize) -> Result<(), Fault> {
        if let Some((leaf, from)) = self.leaf.take() {
            self.state(leaf, Value::new(&self.text[from..start]))?;
        }
        // An empty tag ends where it starts.
        if let Some(number) = self.enterprise.take().and_then(|from| self.text.get(from..start)) {
            self.enterprise_numbers.add(Value::new(number));
        }
        self.namespaces.leave(level);
        Ok(self.envelope.leave(level)?)
    }
}

impl<'a> Question<'a, '_> {
    fn state(&mut self, leaf: Leaf, value: Value<'a>) -> Result<(), Fault> {
        match leaf {
            Leaf::Person => {
                self.persons.note(self.questions);
                self.person_numbers.add(value);
            }
            Leaf::Source if !value.is_blank() => self.sources.note(self.questions),
            _ => {}
        }
        match leaf {
            Leaf::Person if is_bis_number(value) => self.names_bis = true,
            Leaf::Person => self.names_other = true,
            Leaf::Source if self.values[leaf as usize].is_some_and(|other| other.raw() != value.raw()) => {
                return Err(Fault::StatedTwice);
            }
            _ => self.values[leaf as usize] = Some(value),
        }
        Ok(())
    }
}

/// A BIS number has 20 or 40 added to the month of birth (KSZ; months 21 to 32 and 41 to 52, 20 and 40
/// where the month is unknown). The check digits do not matter here: a mistyped number asks the same
/// register.
fn is_bis_number(value: Value<'_>) -> bool {
    let (mut seen, mut month) = (0_usize, 0);
    value.each_byte(|byte| {
        if byte.is_ascii_digit() {
            seen = seen.saturating_add(1);
            if matches!(seen, 3 | 4) {
                month = month * 10 + (byte - b'0');
            }
        }
    });
    seen >= 4 && matches!(month, 20..=32 | 40..=52)
}

/// In the Header, an element that a reader which looks for it anywhere would find before the real one, as in
/// a signature wrapped around another message.
fn is_second_message(local: &[u8]) -> bool {
    matches!(local, b"Envelope" | b"Body" | b"Verzoek")
}

/// Envelope, Header and Body are SOAP 1.1's own, by whatever prefixes.
fn check_namespace(namespace: &[u8]) -> Result<(), Fault> {
    if namespace == envelope::NAMESPACE { Ok(()) } else { Err(Fault::NotSoap11) }
}

/// Parts of a text that is UTF-8 are too, as they are cut at ASCII characters.
fn as_str(bytes: &[u8]) -> Result<&str, Fault> {
    core::str::from_utf8(bytes).map_err(|_| Fault::Flaw(Flaw::NotUtf8))
}

impl From<Misbuilt> for Fault {
    fn from(Misbuilt: Misbuilt) -> Self {
        Self::Misbuilt
    }
}
