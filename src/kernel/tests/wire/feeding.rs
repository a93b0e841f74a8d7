//! Ways to feed a filter, all of which must come to the same.

use std::ops::Range;

use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::xml::{Counts, Fault, Filter, Sink, Start};
use poortwachter_kernel::vocab::FieldSet;

/// What came out of a filter, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) out: Vec<u8>,
    pub(crate) end: Result<(Counts, Counts), Fault>,
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
    pub(crate) reveals: FieldSet,
}

impl Feeding<'_> {
    pub(crate) fn chunks<'c>(&self, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
        let mut filter = Filter::new(self.start, self.reveals);
        let mut out = Vec::new();
        for chunk in chunks {
            let mut bytes = Collect { chunk, out: &mut out };
            if let Err(fault) = filter.feed(self.program, chunk, &mut bytes) {
                assert_stays(&mut filter, self.program, fault);
                return Outcome { out, end: Err(fault) };
            }
        }
        let end = filter.finish().map(|removed| (removed, filter.released()));
        Outcome { out, end }
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
        assert_eq!(other.end, finest.end, "{how}, {:?}", self.reveals);
        if finest.end.is_ok() {
            assert_eq!(other.text(), finest.text(), "{how}, {:?}", self.reveals);
        } else {
            assert!(finest.out.starts_with(&other.out), "{how}, {:?}", self.reveals);
        }
    }
}

/// A filter that met a fault says so ever after and lets nothing out.
fn assert_stays(filter: &mut Filter, program: &Program<'_>, fault: Fault) {
    let mut later = Vec::new();
    let chunk = b"</Persoon>";
    assert_eq!(filter.feed(program, chunk, &mut Collect { chunk, out: &mut later }), Err(fault));
    assert_eq!(filter.finish(), Err(fault));
    assert!(later.is_empty());
}

/// Copies what may leave.
pub(crate) struct Collect<'a> {
    pub(crate) chunk: &'a [u8],
    pub(crate) out: &'a mut Vec<u8>,
}

impl Sink for Collect<'_> {
    fn keep(&mut self, range: Range<usize>) {
        self.out.extend_from_slice(&self.chunk[range]);
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }
}
