//! The filter for JSON answers: the same program, the same rules, told by keys.
//!
//! A member is an element by the name of its key, an array so many elements of one name: what is personal in
//! a SOAP answer is personal in the JSON of the same content. How JSON is read, and which commas go, is
//! [`crate::json`]'s. Where XML and JSON differ: an error that quotes a number goes whole, for a string
//! cannot be masked before all of it is known; and a value where the program expects an object is withheld.

use core::ops::Range;

use super::digits::Digits;
use super::fault::{Fault, Tally};
use super::place::{Place, Within};
use super::program::Program;
use super::sink::{PATIENCE, PatientSink, Question, Questions};
use super::terms::Terms;
use crate::json::{self, Fate, Judge, Key, Verdict};
use crate::xml::Flaw;

pub use crate::json::Form;

/// What stands in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// The frame of MAGDA's messages, as in SOAP: `Repliek/Antwoorden/Antwoord/Inhoud`.
    Framed,
    /// The content itself, as in REST.
    Bare,
}

/// The state between two chunks.
#[derive(Debug)]
pub struct Filter {
    reader: json::Filter<Fault>,
    reading: Reading,
    told: Told,
    fault: Option<Fault>,
    /// Bytes read so far.
    read: u64,
    /// How many had been read when a question was last asked that is still open.
    since: Option<u64>,
}

/// What is followed through the document.
#[derive(Debug)]
struct Reading {
    place: Place,
    body: Body,
    /// Of the text of an error.
    digits: Digits,
    asked: Questions,
}

impl Filter {
    /// A filter for an answer that leaves on these terms.
    pub fn new(form: Form, body: Body, terms: Terms) -> Self {
        let reading =
            Reading { place: Place::new(terms), body, digits: Digits::default(), asked: Questions::NONE };
        let told = Told { on: Questions::NONE, settled: false };
        Self { reader: json::Filter::new(form), reading, told, fault: None, read: 0, since: None }
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
        self.check()?;
        let mut judge = Telling { program, reading: &mut self.reading };
        let fed = self.reader.feed(&mut judge, chunk, &mut Adapted { sink, told: &mut self.told });
        self.read += chunk.len() as u64;
        let result = fed.and_then(|()| self.check_patience());
        self.remember(result)
    }

    /// Says that the document has ended.
    ///
    /// # Errors
    /// A [`Fault`] when it is not whole.
    pub fn finish(&mut self, program: &Program<'_>, sink: &mut impl PatientSink) -> Result<Tally, Fault> {
        self.check()?;
        let mut judge = Telling { program, reading: &mut self.reading };
        let result = self.reader.finish(&mut judge, &mut Adapted { sink, told: &mut self.told });
        self.remember(result)?;
        Ok(self.tally())
    }

    /// What was removed and released so far.
    pub fn tally(&self) -> Tally {
        *self.reading.place.tally()
    }

    fn check(&self) -> Result<(), Fault> {
        self.fault.map_or(Ok(()), Err)
    }

    fn remember(&mut self, result: Result<(), Fault>) -> Result<(), Fault> {
        self.fault = result.err();
        result
    }

    /// A question open for too long is answered with no at the next name; one that even then has no end is
    /// too much to wait for.
    fn check_patience(&mut self) -> Result<(), Fault> {
        if self.reading.asked.is_empty() {
            self.since = None;
            return Ok(());
        }
        let waited = self.read - *self.since.get_or_insert(self.read);
        if waited > PATIENCE {
            for question in Question::ALL {
                self.reading.place.give_up(question);
            }
        }
        if waited > 2 * PATIENCE { Err(Fault::Flaw(Flaw::TooLong)) } else { Ok(()) }
    }
}

/// The program's judgement, name by name.
struct Telling<'t, 'p> {
    program: &'t Program<'p>,
    reading: &'t mut Reading,
}

impl Judge for Telling<'_, '_> {
    type Fault = Fault;

    fn enter(&mut self, key: Key<'_>) -> Result<Verdict, Fault> {
        let Reading { place, body, asked, digits } = &mut *self.reading;
        if digits.boundary() {
            place.taint_error();
        }
        *digits = Digits::default();
        let name = match key {
            Key::Read(name) => local(self.program, name),
            Key::TooLong => b"",
        };
        if place.is_outside() {
            place.enter_document(self.program, *body == Body::Framed)?;
        } else {
            place.enter(self.program, name, true)?;
        }
        let within = match place.within() {
            Within::Nothing => json::Within::Nothing,
            Within::Names => json::Within::Elements,
            Within::All => json::Within::All,
        };
        if place.is_gone() {
            return Ok(Verdict { fate: Fate::Drop, within });
        }
        let questions = place.questions();
        for question in Question::ALL.into_iter().filter(|question| questions.has(*question)) {
            *asked = asked.with(question);
        }
        let fate = if questions.is_empty() { Fate::Keep } else { Fate::Depends(theirs(questions)) };
        Ok(Verdict { fate, within })
    }

    fn leave(&mut self) -> Result<(), Fault> {
        if self.reading.digits.boundary() {
            self.reading.place.taint_error();
        }
        self.reading.place.leave(self.program)
    }

    fn text(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let Reading { place, digits, .. } = &mut *self.reading;
        if !place.holds_text() {
            return place.drift();
        }
        place.read(self.program, piece);
        if place.is_in_error() && piece.iter().any(|byte| digits.step(*byte)) {
            place.taint_error();
        }
        Ok(())
    }

    fn settled(&mut self) -> Option<(json::Question, bool)> {
        let Reading { place, asked, .. } = &mut *self.reading;
        Question::ALL.into_iter().find_map(|question| {
            let yes = place.answer(question)?;
            let was_asked = asked.has(question);
            *asked = asked.without(question);
            Some((number(question)?, yes)).filter(|_| was_asked)
        })
    }
}

/// A key as a name: without a prefix, and without JSON-LD's mark unless the program knows it with it.
fn local<'k>(program: &Program<'_>, key: &'k [u8]) -> &'k [u8] {
    let local = key.rsplit(|byte| *byte == b':').next().unwrap_or(key);
    match local {
        [b'@', name @ ..]
            if program.names().find(local).is_none() && !program.parts().person.stays(local) =>
        {
            name
        }
        _ => local,
    }
}

/// The kernel's questions as the JSON reader numbers them.
fn number(question: Question) -> Option<json::Question> {
    json::Question::new(question as u8)
}

fn theirs(questions: Questions) -> json::Questions {
    let asked = Question::ALL.into_iter().filter(|question| questions.has(*question));
    asked.filter_map(number).fold(json::Questions::NONE, json::Questions::with)
}

fn ours(questions: json::Questions) -> Questions {
    let asked =
        Question::ALL.into_iter().filter(|ours| number(*ours).is_some_and(|theirs| questions.has(theirs)));
    asked.fold(Questions::NONE, Questions::with)
}

/// What the sink was told last.
#[derive(Debug)]
struct Told {
    on: Questions,
    /// A question was settled since. For the sink, it is then asked no more; for the reader, what it asked stands.
    settled: bool,
}

/// A sink as the JSON reader knows them.
struct Adapted<'s, S> {
    sink: &'s mut S,
    told: &'s mut Told,
}

impl<S: PatientSink> Adapted<'_, S> {
    fn ask_anew(&mut self) {
        if core::mem::take(&mut self.told.settled) {
            self.sink.ask(self.told.on);
        }
    }
}

impl<S: PatientSink> json::Sink for Adapted<'_, S> {
    fn keep(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.ask_anew();
            self.sink.keep(range);
        }
    }

    fn carried(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.ask_anew();
            self.sink.carried(bytes);
        }
    }

    fn ask(&mut self, questions: json::Questions) {
        self.told.on = ours(questions);
        self.told.settled = false;
        self.sink.ask(self.told.on);
    }

    fn settle(&mut self, question: json::Question, kept: bool) {
        let ours = Question::ALL.into_iter().find(|ours| number(*ours) == Some(question));
        if let Some(ours) = ours {
            self.sink.settle(ours, kept);
            self.told.settled = true;
        }
    }

    /// Errors depend on a question instead.
    fn watch(&mut self, _on: bool) {}
}
