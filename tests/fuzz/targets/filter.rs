//! The filter for answers: never panics, gives the same whatever the chunks, and leaves a document that it reads.
//!
//! The first byte chooses what is open and how large the chunks are.
#![no_main]

mod answer;

use answer::{Filtered, feed, holds, program, terms};
use libfuzzer_sys::fuzz_target;
use poortwachter_kernel::redact::xml::{Filter, Start};

fuzz_target!(|data: &[u8]| {
    let Some((choice, document)) = data.split_first() else { return };
    let size = usize::from(choice >> 2) + 1;
    holds(document, size, |chunks| filtered(*choice, chunks));
});

fn filtered(choice: u8, chunks: &[&[u8]]) -> Filtered {
    let program = program();
    let mut filter = Filter::new(Start::EnvelopeOrBody, terms(choice));
    feed(chunks, |chunk, queue| match chunk {
        Some(chunk) => filter.feed(&program, chunk, queue).map(|()| None),
        None => filter.finish(queue).map(Some),
    })
}
