//! Follows an answer element by element and says of each token whether it may leave.
//!
//! Outside every path of the program everything may, unless a name turns up there that stands at the
//! end of paths only ("drift"). Inside a person block, each child belongs to the INSZ, to the name, or
//! is unknown and goes with both. Knows nothing of bytes and chunks.

use super::program::{Holds, INSZ, NAME_CHILD_WITH_CHILDREN, NAME_CHILDREN, Program};
use super::xml::{Counts, Fault, Start};
use crate::vocab::{Field, FieldSet};
use crate::xml::envelope::{Envelope, Misbuilt, NAMESPACE, Part};
use crate::xml::{Open, Tag, Token, chars};

/// What may become of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It leaves.
    Keep,
    /// It leaves unless it holds an INSZ: text of an error.
    Watch,
    /// It does not leave.
    Drop,
    /// Only its white space leaves.
    KeepWhite,
}

/// Where in the answer the next token stands.
#[derive(Debug)]
pub(super) struct Place {
    start: Start,
    reveals: FieldSet,
    envelope: Envelope,
    signed: bool,
    /// The level of the error that is open; 0: none.
    error_level: usize,
    person: Option<Person>,
    leaf: Option<Leaf>,
    removed: Counts,
    released: Counts,
}

/// The person block that is open.
#[derive(Clone, Copy, Debug)]
struct Person {
    level: usize,
    has_insz: bool,
    has_name: bool,
    has_unknown: bool,
}

/// The child of a person block, or the INSZ outside one, that is open.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    level: usize,
    kept: bool,
    may_have_children: bool,
}

/// What a child of a person block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Child {
    Insz,
    Name,
    Unknown,
}

impl Place {
    pub(super) const fn new(start: Start, reveals: FieldSet) -> Self {
        let none = [0; Field::COUNT];
        Self {
            start,
            reveals,
            envelope: Envelope::new(),
            signed: false,
            error_level: 0,
            person: None,
            leaf: None,
            removed: none,
            released: none,
        }
    }

    pub(super) const fn removed(&self) -> Counts {
        self.removed
    }

    pub(super) const fn released(&self) -> Counts {
        self.released
    }

    /// Whether the Header holds a signature, which any removal breaks.
    pub(super) const fn is_signed(&self) -> bool {
        self.signed
    }

    /// Whether everything stays that stands here, on a basis for all of it.
    pub(super) const fn is_released(&self) -> bool {
        self.reveals_all() && (self.leaf.is_some() || self.person.is_some())
    }

    /// Says what may become of the next token; `open` are the elements it stands in.
    pub(super) fn meet(
        &mut self,
        program: &Program<'_>,
        token: &Token<'_>,
        open: &Open,
    ) -> Result<Fate, Fault> {
        match token {
            Token::Start(tag, level) => self.start(program, tag, *level, open),
            Token::End(level) => self.end(*level),
            Token::Text(text) => self.text(text),
            Token::Reference(_) | Token::CdataMark | Token::Cdata => self.disguised_text(),
            Token::Comment => Ok(self.whole()),
            Token::Preamble => Ok(Fate::Keep),
        }
    }

    fn start(
        &mut self,
        program: &Program<'_>,
        tag: &Tag<'_>,
        level: usize,
        open: &Open,
    ) -> Result<Fate, Fault> {
        self.enter(program, tag, level, open)?;
        let fate = self.tag_fate(level);
        if fate != Fate::Drop {
            self.check_attributes(program, tag)?;
        }
        if tag.empty {
            self.leave(level)?;
        }
        Ok(fate)
    }

    fn end(&mut self, level: usize) -> Result<Fate, Fault> {
        let fate = self.tag_fate(level);
        self.leave(level)?;
        Ok(fate)
    }

    /// A reference, or CDATA: never white space.
    fn disguised_text(&mut self) -> Result<Fate, Fault> {
        if self.envelope.holds_text() { Ok(self.whole()) } else { Err(Fault::Misbuilt) }
    }

    fn text(&mut self, text: &[u8]) -> Result<Fate, Fault> {
        let in_person = self.leaf.is_none() && self.person.is_some();
        if (in_person || !self.envelope.holds_text()) && !chars::all_white(text) {
            if !in_person {
                return Err(Fault::Misbuilt);
            }
            self.note_unknown();
        }
        Ok(self.text_fate())
    }

    /// What becomes of a comment, a reference or CDATA.
    fn whole(&mut self) -> Fate {
        self.note_unknown();
        match self.text_fate() {
            Fate::KeepWhite => Fate::Drop,
            fate => fate,
        }
    }

    /// Something stands here that is neither an element nor white space.
    fn note_unknown(&mut self) {
        if let (Some(person), None) = (&mut self.person, self.leaf) {
            person.has_unknown = true;
        }
    }

    /// What becomes of text that stands here.
    fn text_fate(&self) -> Fate {
        match (self.leaf, self.person) {
            (Some(Leaf { kept: false, .. }), _) => Fate::Drop,
            (None, Some(_)) if !self.reveals_any() => Fate::Drop,
            (None, Some(_)) if !self.reveals_all() => Fate::KeepWhite,
            _ if self.error_level > 0 && !self.reveals.has(Field::FunctionholderInsz) => Fate::Watch,
            _ => Fate::Keep,
        }
    }

    /// What becomes of the tag of an element that is open at `level`.
    fn tag_fate(&self, level: usize) -> Fate {
        match self.text_fate() {
            Fate::KeepWhite if self.person.is_some_and(|person| person.level == level) => Fate::Keep,
            Fate::KeepWhite => Fate::Drop,
            fate => fate,
        }
    }

    const fn reveals_all(&self) -> bool {
        self.reveals.contains(PERSON)
    }

    const fn reveals_any(&self) -> bool {
        !self.reveals.intersection(PERSON).is_empty()
    }
}

/// What stands in a person block.
const PERSON: FieldSet = FieldSet::EMPTY.with(Field::FunctionholderName).with(Field::FunctionholderInsz);

/// Into and out of elements.
impl Place {
    fn enter(
        &mut self,
        program: &Program<'_>,
        tag: &Tag<'_>,
        level: usize,
        open: &Open,
    ) -> Result<(), Fault> {
        let local = tag.name.local();
        if level == 1 {
            self.open_document(program, local)?;
        }
        match self.envelope.enter(local)? {
            Part::Opened if tag.binds(tag.name.prefix()) != Some(NAMESPACE) => return Err(Fault::NotSoap11),
            Part::Header if program.is_drift(local) => return Err(Fault::Drift),
            Part::Header => self.signed |= matches!(local, b"Signature" | b"Security"),
            Part::Content if level == self.envelope.content_level() => {
                self.enter_content(program, local, level)?;
            }
            Part::Content => self.enter_element(program, tag, level, open)?,
            _ => {}
        }
        Ok(())
    }

    fn open_document(&mut self, program: &Program<'_>, local: &[u8]) -> Result<(), Fault> {
        match local {
            b"Envelope" => Ok(()),
            _ if self.start == Start::EnvelopeOrBody && is_root(program, local) => {
                self.envelope = Envelope::without();
                Ok(())
            }
            _ => Err(Fault::UnexpectedRoot),
        }
    }

    fn enter_content(&mut self, program: &Program<'_>, local: &[u8], level: usize) -> Result<(), Fault> {
        if !is_root(program, local) {
            return Err(Fault::UnexpectedRoot);
        }
        if local != program.root.as_bytes() {
            self.enter_error(program, level);
        }
        Ok(())
    }

    fn enter_error(&mut self, program: &Program<'_>, level: usize) {
        if self.error_level == 0 && !program.is_empty() {
            self.error_level = level;
        }
    }

    fn enter_element(
        &mut self,
        program: &Program<'_>,
        tag: &Tag<'_>,
        level: usize,
        open: &Open,
    ) -> Result<(), Fault> {
        let local = tag.name.local();
        if local == b"Uitzondering" {
            self.enter_error(program, level);
        }
        match (self.leaf, self.person) {
            (Some(leaf), _) => self.enter_below_leaf(leaf, program, local, level, open),
            (None, Some(_)) => self.enter_child(tag, level),
            (None, None) => match program.holds(local, level, self.envelope.content_level(), open) {
                Some(Holds::Person) => self.enter_person(tag, level),
                Some(Holds::Insz) => self.enter_leaf(Child::Insz, tag, level),
                None if program.is_drift(local) => Err(Fault::Drift),
                None => Ok(()),
            },
        }
    }

    fn enter_person(&mut self, tag: &Tag<'_>, level: usize) -> Result<(), Fault> {
        self.person = Some(Person { level, has_insz: false, has_name: false, has_unknown: false });
        self.check_silent(tag)
    }

    fn enter_child(&mut self, tag: &Tag<'_>, level: usize) -> Result<(), Fault> {
        let child = Child::of(tag.name.local());
        if let Some(person) = &mut self.person {
            match child {
                Child::Insz => person.has_insz = true,
                Child::Name => person.has_name = true,
                Child::Unknown => person.has_unknown = true,
            }
        }
        self.enter_leaf(child, tag, level)
    }

    fn enter_leaf(&mut self, child: Child, tag: &Tag<'_>, level: usize) -> Result<(), Fault> {
        let kept = match child {
            Child::Insz => self.reveals.has(Field::FunctionholderInsz),
            Child::Name => self.reveals.has(Field::FunctionholderName),
            Child::Unknown => self.reveals_all(),
        };
        if child == Child::Insz {
            self.count(kept, Field::FunctionholderInsz);
        }
        let may_have_children = tag.name.local() == NAME_CHILD_WITH_CHILDREN.as_bytes();
        self.leaf = Some(Leaf { level, kept, may_have_children });
        if kept { self.check_silent(tag) } else { Ok(()) }
    }

    /// Below something kept on the basis of one field, nothing may hide that belongs to the other.
    fn enter_below_leaf(
        &self,
        leaf: Leaf,
        program: &Program<'_>,
        local: &[u8],
        level: usize,
        open: &Open,
    ) -> Result<(), Fault> {
        if !leaf.kept || self.reveals_all() {
            return Ok(());
        }
        let root_level = self.envelope.content_level();
        let personal = program.is_drift(local) || program.holds(local, level, root_level, open).is_some();
        if personal || !leaf.may_have_children { Err(Fault::Drift) } else { Ok(()) }
    }

    /// The tag of something kept in part must not say anything itself.
    fn check_silent(&self, tag: &Tag<'_>) -> Result<(), Fault> {
        let in_part = self.reveals_any() && !self.reveals_all();
        if in_part && tag.says_something() { Err(Fault::Drift) } else { Ok(()) }
    }

    /// An attribute by the name of personal data is as much a new place for it as an element is.
    fn check_attributes(&self, program: &Program<'_>, tag: &Tag<'_>) -> Result<(), Fault> {
        if !self.is_released() && tag.says(|name| program.is_drift(name)) {
            Err(Fault::Drift)
        } else {
            Ok(())
        }
    }

    fn leave(&mut self, level: usize) -> Result<(), Fault> {
        if self.leaf.is_some_and(|leaf| leaf.level == level) {
            self.leaf = None;
        }
        if let Some(person) = self.person.filter(|person| person.level == level) {
            self.leave_person(person);
        }
        if self.error_level == level {
            self.error_level = 0;
        }
        Ok(self.envelope.leave(level)?)
    }

    /// A name was removed, or released, where anything but the INSZ was; and a block removed whole
    /// counts even when it was empty, so that no removal goes uncounted.
    fn leave_person(&mut self, person: Person) {
        self.person = None;
        let Person { has_insz, has_name, has_unknown, .. } = person;
        let name_open = self.reveals.has(Field::FunctionholderName);
        let empty_and_gone = !self.reveals_any() && !has_insz;
        if has_name && !name_open || has_unknown && !self.reveals_all() || empty_and_gone {
            self.count(false, Field::FunctionholderName);
        }
        if has_name && name_open || has_unknown && self.reveals_all() {
            self.count(true, Field::FunctionholderName);
        }
    }

    fn count(&mut self, kept: bool, field: Field) {
        let counts = if kept { &mut self.released } else { &mut self.removed };
        counts[field.at()] = counts[field.at()].saturating_add(1);
    }
}

impl Child {
    fn of(local: &[u8]) -> Self {
        if local == INSZ.as_bytes() {
            return Self::Insz;
        }
        let is_name = NAME_CHILDREN.iter().any(|name| name.as_bytes() == local);
        if is_name { Self::Name } else { Self::Unknown }
    }
}

impl From<Misbuilt> for Fault {
    fn from(Misbuilt: Misbuilt) -> Self {
        Self::Misbuilt
    }
}

fn is_root(program: &Program<'_>, local: &[u8]) -> bool {
    local == program.root.as_bytes() || local == b"Fault"
}
