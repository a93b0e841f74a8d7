//! Ways to feed a filter, all of which must come to the same.

use std::ops::Range;

use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::xml::{Filter, Start};
use poortwachter_kernel::redact::{Fault, PatientSink, Question, Questions, Sink, Tally, Terms};
use poortwachter_kernel::vocab::FieldSet;

/// What came out of a filter, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) out: Vec<u8>,
    pub(crate) end: Result<Tally, Fault>,
}

impl Outcome {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// What came out, when nothing was wrong.
    #[track_caller]
    pub(crate) fn whole(&self) -> &[u8] {
        assert!(self.end.is_ok(), "{:?} after {}", self.end, self.text());
        &self.out
    }
}

/// What is filtered for whom.
#[derive(Clone, Copy)]
pub(crate) struct Feeding<'a> {
    pub(crate) program: &'a Program<'a>,
    pub(crate) start: Start,
    pub(crate) terms: Terms,
}

impl<'a> Feeding<'a> {
    /// A whole envelope for someone to whom these fields are open.
    pub(crate) fn revealing(program: &'a Program<'a>, reveals: FieldSet) -> Self {
        Self { program, start: Start::Envelope, terms: Terms::revealing(reveals) }
    }

    pub(crate) fn chunks<'c>(&self, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
        let mut filter = Filter::new(self.start, self.terms);
        let mut waiting = Waiting::default();
        for chunk in chunks {
            let fed = filter.feed(self.program, chunk, &mut Collect { chunk, waiting: &mut waiting });
            match fed {
                Ok(()) => waiting.release(),
                Err(fault) => {
                    assert_stays(&mut filter, self.program, fault);
                    return Outcome { out: waiting.out, end: Err(fault) };
                }
            }
        }
        let end = filter.finish(&mut Collect { chunk: b"", waiting: &mut waiting });
        if end.is_ok() {
            waiting.release();
            assert!(waiting.parts.is_empty(), "a question was left open");
        }
        Outcome { out: waiting.out, end }
    }

    pub(crate) fn whole(&self, document: &[u8]) -> Outcome {
        self.chunks([document])
    }

    pub(crate) fn byte_by_byte(&self, document: &[u8]) -> Outcome {
        self.chunks(document.chunks(1))
    }

    /// Whole, byte by byte, and split in two at every `step`-th byte: the outcome must be the same.
    /// Before a fault more may leave when chunks are smaller, but only more of the same.
    #[track_caller]
    pub(crate) fn every_way(&self, document: &[u8], step: usize) -> Outcome {
        let finest = self.byte_by_byte(document);
        self.assert_like(&finest, &self.whole(document), "whole");
        for at in (0..=document.len()).step_by(step) {
            let (head, tail) = document.split_at(at);
            self.assert_like(&finest, &self.chunks([head, tail]), &format!("split at byte {at}"));
        }
        finest
    }

    #[track_caller]
    pub(crate) fn assert_like(&self, finest: &Outcome, other: &Outcome, how: &str) {
        assert_eq!(other.end, finest.end, "{how}, {:?}", self.terms);
        if finest.end.is_ok() {
            assert_eq!(other.text(), finest.text(), "{how}, {:?}", self.terms);
        } else {
            assert!(finest.out.starts_with(&other.out), "{how}, {:?}", self.terms);
        }
    }
}

/// A filter that met a fault says so ever after and lets nothing out.
fn assert_stays(filter: &mut Filter, program: &Program<'_>, fault: Fault) {
    let mut later = Waiting::default();
    let chunk = b"</Persoon>";
    let mut collect = Collect { chunk, waiting: &mut later };
    assert_eq!(filter.feed(program, chunk, &mut collect), Err(fault));
    assert_eq!(filter.finish(&mut collect), Err(fault));
    assert!(later.parts.is_empty());
}

/// What left, and what waits for answers.
#[derive(Default)]
pub(crate) struct Waiting {
    pub(crate) out: Vec<u8>,
    parts: Vec<(Questions, Vec<u8>)>,
    on: Questions,
}

impl Waiting {
    pub(crate) fn release(&mut self) {
        let free = self.parts.iter().take_while(|(on, _)| on.is_empty()).count();
        for (_, bytes) in self.parts.drain(..free) {
            self.out.extend(bytes);
        }
    }
}

/// Copies what leaves at once.
pub(crate) struct Copy<'a> {
    pub(crate) chunk: &'a [u8],
    pub(crate) out: &'a mut Vec<u8>,
}

impl Sink for Copy<'_> {
    fn keep(&mut self, range: Range<usize>) {
        self.out.extend_from_slice(&self.chunk[range]);
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }
}

/// Copies what may leave, now or later.
pub(crate) struct Collect<'a> {
    pub(crate) chunk: &'a [u8],
    pub(crate) waiting: &'a mut Waiting,
}

impl Sink for Collect<'_> {
    fn keep(&mut self, range: Range<usize>) {
        self.carried(&self.chunk[range]);
    }

    fn carried(&mut self, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "nothing was given");
        self.waiting.parts.push((self.waiting.on, bytes.to_vec()));
    }
}

impl PatientSink for Collect<'_> {
    fn ask(&mut self, on: Questions) {
        self.waiting.on = on;
    }

    fn settle(&mut self, question: Question, yes: bool) {
        let asked = |(on, _): &mut (Questions, Vec<u8>)| {
            let depends = on.has(question);
            *on = on.without(question);
            yes || !depends
        };
        self.waiting.parts.retain_mut(asked);
        self.waiting.on = self.waiting.on.without(question);
    }
}
