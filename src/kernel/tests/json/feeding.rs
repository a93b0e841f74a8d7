//! Ways to feed a filter, all of which must come to the same.

use std::ops::Range;

use poortwachter_kernel::json::{Filter, Form, JsonFlaw, Question, Questions, Sink};

use crate::toy::{Fault, Rule, Toy};

/// A byte that was given, on which questions, and whether it is text of an error.
type Given = (u8, Questions, bool);

/// What came out of a filter, what its judge was told, and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    given: Vec<Given>,
    yes: Questions,
    settled: Vec<(Question, bool)>,
    pub(crate) told: String,
    pub(crate) end: Result<(), Fault>,
}

impl Outcome {
    /// What leaves in the end; a question without an answer counts as answered with no.
    pub(crate) fn text(&self) -> String {
        let numbers = || (0..Question::COUNT).filter_map(Question::new);
        let is_yes = |asked: Questions| numbers().all(|number| !asked.has(number) || self.yes.has(number));
        self.collect(|(_, asked, _)| is_yes(*asked))
    }

    /// What is text of an error.
    pub(crate) fn watched(&self) -> String {
        self.collect(|(_, _, watched)| *watched)
    }

    /// What leaves without a question.
    pub(crate) fn certain(&self) -> String {
        self.collect(|(_, asked, _)| *asked == Questions::NONE)
    }

    fn collect(&self, is_it: impl Fn(&Given) -> bool) -> String {
        let bytes = self.given.iter().filter(|given| is_it(given)).map(|given| given.0).collect();
        String::from_utf8(bytes).expect("what leaves is UTF-8 as what came")
    }

    /// What leaves, when nothing was wrong.
    #[track_caller]
    pub(crate) fn whole(&self) -> String {
        assert_eq!(self.end, Ok(()), "after {:?}", self.collect(|_| true));
        self.text()
    }

    #[track_caller]
    pub(crate) fn flaw(&self) -> JsonFlaw {
        match self.end {
            Err(Fault::Flaw(flaw)) => flaw,
            _ => panic!("{:?} after {:?}", self.end, self.collect(|_| true)),
        }
    }
}

/// How a document is read, and by which rules.
#[derive(Clone, Copy)]
pub(crate) struct Feeding<'a> {
    pub(crate) form: Form,
    pub(crate) rules: &'a [(&'a str, Rule)],
}

impl<'a> Feeding<'a> {
    pub(crate) const fn document(rules: &'a [(&'a str, Rule)]) -> Self {
        Self { form: Form::Document, rules }
    }

    pub(crate) const fn lines(rules: &'a [(&'a str, Rule)]) -> Self {
        Self { form: Form::Lines, rules }
    }

    pub(crate) fn chunks<'c>(&self, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
        let mut filter = Filter::new(self.form);
        let mut judge = Toy::new(self.rules);
        let mut collected = Collected::default();
        let mut end = Ok(());
        for chunk in chunks {
            end = filter.feed(&mut judge, chunk, &mut Collect { chunk, to: &mut collected });
            if end.is_err() {
                break;
            }
        }
        if end.is_ok() {
            end = filter.finish(&mut judge, &mut Collect { chunk: b"", to: &mut collected });
        }
        if let Err(fault) = end {
            assert_stays(&mut filter, &mut judge, fault);
        }
        let Collected { given, yes, settled, .. } = collected;
        Outcome { given, yes, settled, told: judge.told, end }
    }

    /// Whole, byte by byte, and split in two at every byte: the outcome must be the same. Before a
    /// fault more may leave when chunks are smaller, but only more of the same.
    #[track_caller]
    pub(crate) fn every_way(&self, document: impl AsRef<[u8]>) -> Outcome {
        self.many_ways(document.as_ref(), 1)
    }

    /// Likewise, split at every `step`-th byte.
    #[track_caller]
    pub(crate) fn many_ways(&self, document: &[u8], step: usize) -> Outcome {
        let finest = self.chunks(document.chunks(1));
        assert_like(&finest, &self.chunks([document]), "whole");
        for at in (0..=document.len()).step_by(step) {
            let (head, tail) = document.split_at(at);
            assert_like(&finest, &self.chunks([head, b"", tail]), &format!("split at byte {at}"));
        }
        finest
    }

    /// Cut into chunks of these sizes, over and over.
    #[track_caller]
    pub(crate) fn in_sizes(&self, document: &[u8], sizes: &[usize]) -> Outcome {
        let mut chunks = Vec::new();
        let mut rest = document;
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, later) = rest.split_at((*size).clamp(1, rest.len()));
            chunks.push(chunk);
            rest = later;
        }
        self.chunks(chunks)
    }
}

#[track_caller]
pub(crate) fn assert_like(finest: &Outcome, other: &Outcome, how: &str) {
    assert_eq!(other.end, finest.end, "{how}");
    assert_eq!(other.settled, finest.settled, "{how}");
    if finest.end.is_ok() {
        assert_eq!(other.text(), finest.text(), "{how}");
        assert_eq!(other.given, finest.given, "{how}");
        assert_eq!(other.told, finest.told, "{how}");
    } else {
        assert!(finest.given.starts_with(&other.given), "{how}");
    }
}

/// A filter that met a fault says so ever after and lets nothing out.
fn assert_stays(filter: &mut Filter<Fault>, judge: &mut Toy<'_>, fault: Fault) {
    let mut later = Collected::default();
    for chunk in [b"{}".as_slice(), b"\"", b""] {
        assert_eq!(filter.feed(judge, chunk, &mut Collect { chunk, to: &mut later }), Err(fault));
    }
    assert_eq!(filter.finish(judge, &mut Collect { chunk: b"", to: &mut later }), Err(fault));
    assert!(later.given.is_empty() && later.settled.is_empty());
}

#[derive(Default)]
struct Collected {
    given: Vec<Given>,
    asked: Questions,
    watch: bool,
    yes: Questions,
    settled: Vec<(Question, bool)>,
}

struct Collect<'a> {
    chunk: &'a [u8],
    to: &'a mut Collected,
}

impl Sink for Collect<'_> {
    fn keep(&mut self, range: Range<usize>) {
        assert!(!range.is_empty(), "nothing is not given");
        let bytes = &self.chunk[range];
        self.carried(bytes);
    }

    fn carried(&mut self, bytes: &[u8]) {
        let Collected { asked, watch, .. } = *self.to;
        self.to.given.extend(bytes.iter().map(|byte| (*byte, asked, watch)));
    }

    fn ask(&mut self, questions: Questions) {
        assert_ne!(questions, self.to.asked, "asked again");
        self.to.asked = questions;
    }

    fn settle(&mut self, question: Question, kept: bool) {
        self.to.settled.push((question, kept));
        if kept {
            self.to.yes = self.to.yes.with(question);
        }
    }

    fn watch(&mut self, on: bool) {
        assert_ne!(on, self.to.watch, "told again");
        self.to.watch = on;
    }
}
