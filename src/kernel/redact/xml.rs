//! The filter for SOAP answers: fed chunks, yields the ranges that may leave.
//!
//! Checks that the answer is a SOAP 1.1 message with the element the program is for (or a Fault), and lets
//! out every byte of it but the personal ones. White space around something removed stays. Where nothing
//! turns on it, content is skimmed (`skim`); what is read is read exactly. Where the chunks are cut changes
//! neither the bytes nor the counts nor the fault (skimmed tags longer than `MAX_TOKEN` aside, which pass only
//! in one piece); it may change how many bytes left before a fault.
//! Deliberately not here: namespaces other than the envelope's own: answers go by local names.

use super::fault::{Fault, Tally};
use super::out::{Out, Piece};
use super::place::{Fate, Place};
use super::program::{self, Program};
use super::quoted::Quoted;
use super::sink::{PATIENCE, PatientSink, Question, Questions};
use super::skim::{Spots, Stop};
use super::terms::{Signed, Terms};
use super::watch::Watch;
use crate::carry::Carry;
use crate::xml::chars::{self, End};
use crate::xml::envelope::{Envelope, NAMESPACE, Part};
use crate::xml::{Flaw, MAX_TOKEN, Reader, Tag, Token};

/// What the document may start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A SOAP envelope only: what a gateway accepts.
    Envelope,
    /// A SOAP envelope, or the Body's content alone.
    EnvelopeOrBody,
}

/// The state between two chunks; its size, some 16 KiB, does not depend on the document.
#[derive(Debug)]
pub struct Filter {
    fault: Option<Fault>,
    /// The start of a character that the last chunk cut.
    character: Carry<4>,
    /// The start of a token that the last chunk cut.
    token: Carry<MAX_TOKEN>,
    course: Course,
}

impl Filter {
    /// A filter for an answer that leaves on these terms.
    pub fn new(start: Start, terms: Terms) -> Self {
        Self { fault: None, character: Carry::new(), token: Carry::new(), course: Course::new(start, terms) }
    }

    /// Reads the next chunk and gives `sink` what may leave.
    ///
    /// # Errors
    /// A [`Fault`]: nothing more of this answer may leave, nor what the sink was given of this chunk or still
    /// waits for an answer. Every later call gives it again.
    pub fn feed(
        &mut self,
        program: &Program<'_>,
        chunk: &[u8],
        sink: &mut impl PatientSink,
    ) -> Result<(), Fault> {
        let mut out = Out::new(sink, self.course.on);
        self.check()?;
        let result = self.read_chunk(program, chunk, &mut out);
        self.remember(result)?;
        out.flush();
        Ok(())
    }

    /// Says that the document has ended; answers the questions that are still open.
    ///
    /// # Errors
    /// A [`Fault`] when it is not whole.
    pub fn finish(&mut self, sink: &mut impl PatientSink) -> Result<Tally, Fault> {
        self.check()?;
        let whole = self.character.is_empty() && self.token.is_empty();
        let end = if whole { self.course.reader.finish() } else { Err(Flaw::Truncated) };
        self.remember(end.map_err(Fault::Flaw))?;
        self.course.keep_signature(&mut Out::new(sink, Questions::NONE));
        Ok(self.tally())
    }

    /// What was removed and released so far.
    pub fn tally(&self) -> Tally {
        Tally { unsigned: self.course.signature == Signature::Removed, ..*self.course.place.tally() }
    }

    fn check(&self) -> Result<(), Fault> {
        self.fault.map_or(Ok(()), Err)
    }

    fn remember(&mut self, result: Result<(), Fault>) -> Result<(), Fault> {
        self.fault = result.err();
        result
    }
}

/// From chunks to clean text, and from clean text to tokens.
impl Filter {
    fn read_chunk<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        chunk: &[u8],
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        let start = self.finish_character(program, chunk, out)?;
        let rest = &chunk[start..];
        let clean = chars::clean(rest);
        self.read_text(program, Piece { bytes: &rest[..clean.len], at: Some(start) }, out)?;
        self.course.give_up_in_time(out)?;
        match clean.end {
            End::Whole => Ok(()),
            End::Split => Ok(self.character.push(&rest[clean.len..])?),
            End::Flaw(flaw) => Err(Fault::Flaw(flaw)),
        }
    }

    /// Completes the character that the last chunk cut; gives how many bytes of this one that took.
    fn finish_character<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        chunk: &[u8],
        out: &mut Out<'_, S>,
    ) -> Result<usize, Fault> {
        let mut taken = 0;
        while !self.character.is_empty() && taken < chunk.len() {
            self.character.push(&chunk[taken..=taken])?;
            taken += 1;
            match chars::clean(self.character.bytes()).end {
                End::Whole => self.read_character(program, out)?,
                End::Split => {}
                End::Flaw(flaw) => return Err(Fault::Flaw(flaw)),
            }
        }
        Ok(taken)
    }

    fn read_character<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        let character = core::mem::replace(&mut self.character, Carry::new());
        self.read_text(program, Piece { bytes: character.bytes(), at: None }, out)
    }

    fn read_text<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        text: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        let mut at = self.finish_token(program, text.bytes, out)?;
        let mut spots = Spots::new();
        while at < text.bytes.len() {
            let read = self.course.advance(program, text, at, &mut spots, out)?;
            if read == at {
                break;
            }
            at = read;
        }
        Ok(self.token.push(&text.bytes[at..])?)
    }

    /// Completes the token that the last text cut; gives how many bytes of this one that took.
    fn finish_token<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        text: &[u8],
        out: &mut Out<'_, S>,
    ) -> Result<usize, Fault> {
        let mut taken = 0;
        while !self.token.is_empty() {
            let piece = Piece { bytes: self.token.bytes(), at: None };
            let read = self.course.advance(program, piece, 0, &mut Spots::new(), out)?;
            if read > 0 {
                self.token.shift(read);
                taken -= self.give_back(taken);
            } else if taken < text.len() {
                taken += self.take_some(&text[taken..])?;
            } else {
                break;
            }
        }
        Ok(taken)
    }

    /// Lets the carried bytes go if all of them are among the last `taken`, which can be read in place.
    fn give_back(&mut self, taken: usize) -> usize {
        let left = self.token.len();
        if left > taken {
            return 0;
        }
        self.token.clear();
        left
    }

    fn take_some(&mut self, text: &[u8]) -> Result<usize, Fault> {
        const STEP: usize = 64;
        let some = text.len().min(STEP).min(MAX_TOKEN - self.token.len());
        if some == 0 {
            return Err(Fault::Flaw(Flaw::TooLong));
        }
        self.token.push(&text[..some])?;
        Ok(some)
    }
}

/// What follows the answer, skimming or token by token.
#[derive(Debug)]
struct Course {
    start: Start,
    reader: Reader,
    envelope: Envelope,
    place: Place,
    watch: Watch,
    quoted: Quoted,
    signature: Signature,
    /// What the sink was told last.
    on: Questions,
    /// Bytes read so far.
    read: u64,
    /// By question: how far the answer was read when it was asked.
    asked: [Option<u64>; Question::COUNT],
}

/// The signature in the Header, which any removal breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signature {
    /// None was met.
    Absent,
    /// The element at this level is one.
    Open(usize),
    /// It waits for the end of the answer, or the first removal.
    Waiting,
    /// It left.
    Left,
    /// It was removed.
    Removed,
}

impl Course {
    fn new(start: Start, terms: Terms) -> Self {
        Self {
            start,
            reader: Reader::new(),
            envelope: Envelope::new(),
            place: Place::new(terms),
            watch: Watch::new(),
            quoted: Quoted::new(),
            signature: Signature::Absent,
            on: Questions::NONE,
            read: 0,
            asked: [None; Question::COUNT],
        }
    }

    /// Reads on in `text` from `at`; gives how far. No further: what stands there does not end in it.
    fn advance<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        text: Piece<'_>,
        mut at: usize,
        spots: &mut Spots,
        out: &mut Out<'_, S>,
    ) -> Result<usize, Fault> {
        if !self.quoted.is_idle() && self.may_skim() && text.bytes[at] == b'<' {
            match text.bytes.get(at + 1) {
                None => return Ok(at),
                Some(b'!') => {}
                Some(_) => self.quoted.clear(),
            }
        }
        if self.quoted.is_idle() && self.may_skim() {
            let skimmed = self.place.skim(program).over(text.bytes, at, spots);
            self.place.count_skimmed(skimmed.met);
            if skimmed.stop == Stop::Drift && !self.place.expects_anything() {
                self.place.drift()?;
            }
            self.pass_over(text.part(at..skimmed.to), out)?;
            at = skimmed.to;
            if skimmed.stop != Stop::Markup {
                return Ok(at);
            }
        }
        // By reference: moving tokens costs more than reading them.
        match &self.reader.next(&text.bytes[at..])? {
            Some(read) => {
                self.read += read.len as u64;
                let end = at + read.len;
                self.pass(program, &read.token, text.part(at..end), out)?;
                Ok(end)
            }
            None => Ok(at),
        }
    }

    /// Whether content may be skimmed here, if no tag is being quoted.
    #[inline]
    fn may_skim(&self) -> bool {
        self.envelope.part() == Part::Content && self.reader.is_in_content() && self.place.skims()
    }

    fn pass_over<S: PatientSink>(&mut self, piece: Piece<'_>, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if piece.bytes.is_empty() {
            return Ok(());
        }
        self.read += piece.bytes.len() as u64;
        self.reader.passed_over();
        if self.place.is_gone() {
            return self.remove(out);
        }
        self.ask(out);
        out.keep(piece);
        Ok(())
    }

    /// Lets a token out, or not.
    fn pass<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        token: &Token<'_>,
        piece: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        let is_tag = matches!(token, Token::Start(..) | Token::End(_));
        if is_tag && !self.watch.is_idle() {
            self.flush_watch(out)?;
        }
        match token {
            Token::Start(tag, level) => {
                self.enter(program, tag, *level)?;
                self.check_attributes(program, tag)?;
                let fate = self.place.mark_fate();
                self.give(program, fate, token, piece, out)?;
                if tag.empty { self.leave(program, *level, out) } else { Ok(()) }
            }
            Token::End(level) => {
                let fate = self.place.mark_fate();
                self.give(program, fate, token, piece, out)?;
                self.leave(program, *level, out)
            }
            Token::Preamble => self.give(program, Fate::Keep, token, piece, out),
            _ => {
                let fate = self.meet_text(program, token)?;
                self.give(program, fate, token, piece, out)
            }
        }
    }

    /// What becomes of a text, a reference, CDATA or a comment.
    fn meet_text(&mut self, program: &Program<'_>, token: &Token<'_>) -> Result<Fate, Fault> {
        let white =
            matches!(token, Token::Text(text) if chars::all_white(text)) || matches!(token, Token::Comment);
        if !white && !self.envelope.holds_text() {
            return Err(Fault::Misbuilt);
        }
        match token {
            Token::Text(text) | Token::Cdata(text) => self.place.read(program, text),
            Token::Reference(char) => self.place.read(program, char.encode_utf8(&mut [0; 4]).as_bytes()),
            _ => {}
        }
        Ok(match self.place.text_fate() {
            Fate::KeepWhite if !matches!(token, Token::Text(_)) => Fate::Drop,
            fate => fate,
        })
    }

    fn give<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        fate: Fate,
        token: &Token<'_>,
        piece: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        self.ask(out);
        let leaves = matches!(fate, Fate::Keep | Fate::Watch) && !self.place.expects_anything();
        if leaves && self.quoted.meet(program, token, piece.bytes) {
            self.place.drift()?;
        }
        if let Token::Start(tag, _) = token
            && self.place.is_through()
            && tag.says_something()
        {
            self.place.count_silenced();
            self.remove(out)?;
            keep_silenced(tag, piece, out);
            return Ok(());
        }
        match fate {
            Fate::Keep => out.keep(piece),
            Fate::Watch => {
                let masked = self.watch.pass(token, piece, out)?;
                self.note_masked(masked, out)?;
            }
            Fate::Drop => self.remove(out)?,
            Fate::KeepWhite => self.keep_white(piece, out)?,
        }
        Ok(())
    }

    fn flush_watch<S: PatientSink>(&mut self, out: &mut Out<'_, S>) -> Result<(), Fault> {
        let masked = self.watch.boundary(out);
        self.note_masked(masked, out)
    }

    fn note_masked<S: PatientSink>(&mut self, masked: u32, out: &mut Out<'_, S>) -> Result<(), Fault> {
        for _ in 0..masked {
            self.place.count_masked();
            self.remove(out)?;
        }
        Ok(())
    }

    fn keep_white<S: PatientSink>(
        &mut self,
        mut piece: Piece<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        while let Some(&first) = piece.bytes.first() {
            let white = chars::is_white(first);
            let same = piece.bytes.iter().take_while(|byte| chars::is_white(**byte) == white).count();
            let (run, later) = piece.split(same);
            if white {
                out.keep(run);
            } else {
                self.remove(out)?;
            }
            piece = later;
        }
        Ok(())
    }
}

/// Into and out of elements.
impl Course {
    fn enter(&mut self, program: &Program<'_>, tag: &Tag<'_>, level: usize) -> Result<(), Fault> {
        let local = tag.name.local();
        if level == 1 {
            self.open_document(program, local)?;
        }
        match self.envelope.enter(local)? {
            Part::Opened if tag.binds(tag.name.prefix()) != Some(NAMESPACE) => return Err(Fault::NotSoap11),
            Part::Header if program.is_drift(local) => return Err(Fault::Drift),
            Part::Header => self.meet_header(program, local, level),
            Part::Content if level == self.envelope.content_level() => {
                return self.enter_root(program, local);
            }
            Part::Content => return self.place.enter(program, local, !tag.says_something()),
            _ => {}
        }
        self.place.enter_unruled()
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

    fn enter_root(&mut self, program: &Program<'_>, local: &[u8]) -> Result<(), Fault> {
        if !is_root(program, local) {
            return Err(Fault::UnexpectedRoot);
        }
        self.place.enter_root(program, local != program.parts().root.as_bytes())
    }

    fn meet_header(&mut self, program: &Program<'_>, local: &[u8], level: usize) {
        let signs = matches!(local, b"Signature" | b"Security");
        if signs && matches!(self.signature, Signature::Absent | Signature::Waiting) && !program.is_empty() {
            self.signature = Signature::Open(level);
        }
    }

    /// An attribute by the name of personal data is as much a new place for it as an element is.
    fn check_attributes(&mut self, program: &Program<'_>, tag: &Tag<'_>) -> Result<(), Fault> {
        let drift = || tag.says(|name| program.is_drift(name));
        if !self.place.expects_anything() && drift() { self.place.drift() } else { Ok(()) }
    }

    fn leave<S: PatientSink>(
        &mut self,
        program: &Program<'_>,
        level: usize,
        out: &mut Out<'_, S>,
    ) -> Result<(), Fault> {
        self.place.leave(program)?;
        self.envelope.leave(level)?;
        if self.signature == Signature::Open(level) {
            self.signature = Signature::Waiting;
        }
        if !self.is_asked() {
            self.place.forget_answers();
            return Ok(());
        }
        self.settle(out)?;
        self.give_up_in_time(out)
    }
}

/// Questions, and their answers.
impl Course {
    /// Tells the sink what the next bytes depend on.
    #[inline]
    fn ask<S: PatientSink>(&mut self, out: &mut Out<'_, S>) {
        let mut on = self.place.questions();
        if matches!(self.signature, Signature::Open(_)) {
            on = on.with(Question::Signature);
        }
        if on != self.on {
            self.note_asked(on);
            out.ask(on);
        }
    }

    /// Whether something waits for an answer.
    #[inline]
    const fn is_asked(&self) -> bool {
        !matches!(self.asked, [None, None, None])
    }

    fn note_asked(&mut self, on: Questions) {
        self.on = on;
        for question in Question::ALL.into_iter().filter(|question| on.has(*question)) {
            self.asked[question.at()].get_or_insert(self.read);
        }
    }

    fn settle<S: PatientSink>(&mut self, out: &mut Out<'_, S>) -> Result<(), Fault> {
        for question in [Question::Enterprise, Question::Error] {
            let Some(yes) = self.place.answer(question) else { continue };
            if self.asked[question.at()].take().is_none() {
                continue;
            }
            if !yes {
                self.remove(out)?;
            }
            self.on = self.on.without(question);
            out.settle(question, yes);
        }
        Ok(())
    }

    /// Something is removed: a signature would no longer be true.
    #[inline]
    fn remove<S: PatientSink>(&mut self, out: &mut Out<'_, S>) -> Result<(), Fault> {
        match self.signature {
            Signature::Absent | Signature::Removed => Ok(()),
            _ => self.break_signature(out),
        }
    }

    fn break_signature<S: PatientSink>(&mut self, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if self.place.terms().signed == Signed::Withheld || self.signature == Signature::Left {
            return Err(Fault::SignedAnswer);
        }
        self.answer_signature(false, Signature::Removed, out);
        Ok(())
    }

    fn keep_signature<S: PatientSink>(&mut self, out: &mut Out<'_, S>) {
        if self.signature == Signature::Waiting {
            self.answer_signature(true, Signature::Left, out);
        }
    }

    fn answer_signature<S: PatientSink>(&mut self, yes: bool, then: Signature, out: &mut Out<'_, S>) {
        self.signature = then;
        self.asked[Question::Signature.at()] = None;
        self.on = self.on.without(Question::Signature);
        out.settle(Question::Signature, yes);
    }

    /// Answers questions that have been open for too long.
    fn give_up_in_time<S: PatientSink>(&mut self, out: &mut Out<'_, S>) -> Result<(), Fault> {
        for question in Question::ALL {
            let since = self.asked[question.at()];
            if since.is_some_and(|since| self.read - since > PATIENCE) {
                self.give_up(question, out)?;
            }
        }
        Ok(())
    }

    fn give_up<S: PatientSink>(&mut self, question: Question, out: &mut Out<'_, S>) -> Result<(), Fault> {
        if question == Question::Signature {
            let withheld = self.place.terms().signed == Signed::Withheld;
            let then = if withheld { Signature::Left } else { Signature::Removed };
            self.answer_signature(withheld, then, out);
            return Ok(());
        }
        if !self.watch.is_idle() {
            self.flush_watch(out)?;
        }
        self.place.give_up(question);
        self.settle(out)
    }
}

/// Keeps of a tag its name and its namespaces.
fn keep_silenced<S: PatientSink>(tag: &Tag<'_>, piece: Piece<'_>, out: &mut Out<'_, S>) {
    let mut read = 1 + tag.name.whole().len();
    out.keep(piece.part(0..read));
    for attribute in tag.attributes() {
        let end = attribute.end_in(piece.bytes);
        if attribute.declares().is_some() {
            out.keep(piece.part(read..end));
        }
        read = end;
    }
    out.keep(piece.part(read..piece.bytes.len()));
}

fn is_root(program: &Program<'_>, local: &[u8]) -> bool {
    local == program.parts().root.as_bytes() || local == program::FAULT.as_bytes()
}
