//! The filter for answers: never panics, gives the same whatever the chunks, and leaves a document that it reads.
//!
//! The first byte chooses what is open and how large the chunks are.
#![no_main]

mod answer;

use answer::{Filtered, feed, program, terms};
use libfuzzer_sys::fuzz_target;
use poortwachter_kernel::redact::xml::{Filter, Start};

fuzz_target!(|data: &[u8]| {
    let Some((choice, document)) = data.split_first() else { return };
    let whole = filtered(*choice, &[document]);
    let size = usize::from(choice >> 2) + 1;
    let pieces: Vec<&[u8]> = document.chunks(size).collect();
    assert_eq!(whole, filtered(*choice, &pieces), "in chunks of {size}");
    if let Ok((kept, _)) = whole {
        filtered(*choice, &[&kept]).expect("what the filter leaves, it reads");
    }
});

fn filtered(choice: u8, chunks: &[&[u8]]) -> Filtered {
    let program = program();
    let mut filter = Filter::new(Start::EnvelopeOrBody, terms(choice));
    feed(chunks, |chunk, queue| match chunk {
        Some(chunk) => filter.feed(&program, chunk, queue).map(|()| None),
        None => filter.finish(queue).map(Some),
    })
}
