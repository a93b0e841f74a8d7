//! The filter for answers: never panics, gives the same whatever the chunks, and never lets out what a second run of it
//! would still take out.
#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use poortwachter_kernel::redact::program::{Holds, Path, Program};
use poortwachter_kernel::redact::xml::{Counts, Fault, Filter, Sink, Start};
use poortwachter_kernel::vocab::{Field, FieldSet};

const PROGRAM: Program<'_> = Program {
    root: "GeefOndernemingResponse",
    paths: &[
        Path { steps: &["Functies", "Functie", "Persoon"], holds: Holds::Person },
        Path { steps: &["Functies", "Functie", "INSZ"], holds: Holds::Insz },
    ],
    drift: &["INSZ", "VoorNaam", "AchterNaam"],
};

fuzz_target!(|data: &[u8]| {
    let Some((choice, document)) = data.split_first() else { return };
    let mut reveals = FieldSet::EMPTY;
    for (bit, field) in [Field::FunctionholderName, Field::FunctionholderInsz].into_iter().enumerate() {
        if choice & 1 << bit != 0 {
            reveals = reveals.with(field);
        }
    }
    let size = usize::from(choice >> 2) + 1;
    let whole = filter(reveals, &[document]);
    let pieces: Vec<&[u8]> = document.chunks(size).collect();
    assert_eq!(whole, filter(reveals, &pieces), "in chunks of {size}");
    if let Ok((kept, _)) = whole {
        let (again, removed) = filter(reveals, &[&kept]).expect("what the filter leaves, it reads");
        assert_eq!((again, removed), (kept, [0; Field::COUNT]), "nothing is left to take out");
    }
});

fn filter(reveals: FieldSet, chunks: &[&[u8]]) -> Result<(Vec<u8>, Counts), Fault> {
    let mut filter = Filter::new(Start::EnvelopeOrBody, reveals);
    let mut out = Vec::new();
    for chunk in chunks {
        filter.feed(&PROGRAM, chunk, &mut Kept { chunk, out: &mut out })?;
    }
    let removed = filter.finish()?;
    Ok((out, removed))
}

struct Kept<'a> {
    chunk: &'a [u8],
    out: &'a mut Vec<u8>,
}

impl Sink for Kept<'_> {
    fn keep(&mut self, range: Range<usize>) {
        self.out.extend_from_slice(&self.chunk[range]);
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }
}
