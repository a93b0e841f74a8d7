//! Feeds a filter in chunks and takes down what left it, also before a fault.

use std::ops::Range;

use poortwachter_kernel::redact::json::{self, Body, Form};
use poortwachter_kernel::redact::xml::{self, Start};
use poortwachter_kernel::redact::{Fault, PatientSink, Question, Questions, Sink, Terms};

use crate::answers::Service;
use crate::chance::Chance;
use crate::damage::Format;

/// Where a document is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cutting {
    /// The largest chunk, in bytes.
    pub(crate) most: usize,
    pub(crate) seed: u64,
}

impl Cutting {
    pub(crate) fn chunks(self, mut bytes: &[u8]) -> Vec<&[u8]> {
        let mut chance = Chance::of(self.seed, 0);
        let mut chunks = Vec::new();
        while !bytes.is_empty() {
            let size = if self.most >= bytes.len() { bytes.len() } else { 1 + chance.below(self.most) };
            let (chunk, rest) = bytes.split_at(size);
            chunks.push(chunk);
            bytes = rest;
        }
        chunks
    }
}

/// What leaves of a document, and whether it was whole.
pub(crate) fn left(
    service: Service,
    format: Format,
    terms: Terms,
    chunks: &[&[u8]],
) -> (Vec<u8>, Result<(), Fault>) {
    let program = service.program();
    match format {
        Format::Xml => {
            let mut filter = xml::Filter::new(Start::Envelope, terms);
            feed(chunks, |chunk, sink| match chunk {
                Some(chunk) => filter.feed(program, chunk, sink),
                None => filter.finish(sink).map(drop),
            })
        }
        Format::Json => {
            let mut filter = json::Filter::new(Form::Document, Body::Framed, terms);
            feed(chunks, |chunk, sink| match chunk {
                Some(chunk) => filter.feed(program, chunk, sink),
                None => filter.finish(program, sink).map(drop),
            })
        }
    }
}

fn feed(
    chunks: &[&[u8]],
    mut step: impl FnMut(Option<&[u8]>, &mut Queue<'_>) -> Result<(), Fault>,
) -> (Vec<u8>, Result<(), Fault>) {
    let mut queue = Queue::default();
    for chunk in chunks.iter().map(|chunk| Some(*chunk)).chain([None]) {
        queue.chunk = chunk.unwrap_or_default();
        if let Err(fault) = step(chunk, &mut queue) {
            return (queue.out, Err(fault));
        }
        queue.release();
    }
    (queue.out, Ok(()))
}

/// Lets go what may leave once it is known to.
#[derive(Default)]
struct Queue<'c> {
    chunk: &'c [u8],
    out: Vec<u8>,
    waiting: Vec<u8>,
    /// What waits, in order: how many bytes, and for which answers.
    runs: Vec<(usize, Questions)>,
    on: Questions,
}

impl Queue<'_> {
    fn release(&mut self) {
        let free = self.runs.iter().take_while(|(_, on)| on.is_empty()).count();
        let length: usize = self.runs.drain(..free).map(|(length, _)| length).sum();
        self.out.extend(self.waiting.drain(..length));
    }
}

impl Sink for Queue<'_> {
    fn keep(&mut self, range: Range<usize>) {
        let bytes = &self.chunk[range];
        self.carried(bytes);
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
        match self.runs.last_mut() {
            Some((length, on)) if *on == self.on => *length += bytes.len(),
            _ => self.runs.push((bytes.len(), self.on)),
        }
    }
}

impl PatientSink for Queue<'_> {
    fn ask(&mut self, on: Questions) {
        self.on = on;
    }

    fn settle(&mut self, question: Question, yes: bool) {
        let mut at = 0;
        for (length, on) in &mut self.runs {
            if on.has(question) && !yes {
                self.waiting.drain(at..at + *length);
                *length = 0;
            }
            *on = on.without(question);
            at += *length;
        }
        self.on = self.on.without(question);
    }
}
