//! The filter for JSON answers, with a service's program: never panics, gives the same whatever the chunks, and
//! leaves a document that it reads.
//!
//! The first byte chooses what is open, one document or lines, and how large the chunks are.
#![no_main]

mod answer;

use answer::{Filtered, feed, program, terms};
use libfuzzer_sys::fuzz_target;
use poortwachter_kernel::redact::json::{Body, Filter, Form};

fuzz_target!(|data: &[u8]| {
    let Some((choice, document)) = data.split_first() else { return };
    let whole = filtered(*choice, &[document]);
    let size = usize::from(choice >> 3) + 1;
    let pieces: Vec<&[u8]> = document.chunks(size).collect();
    assert_eq!(whole, filtered(*choice, &pieces), "in chunks of {size}");
    if let Ok((kept, _)) = whole {
        filtered(*choice, &[&kept]).expect("what the filter leaves, it reads");
    }
});

fn filtered(choice: u8, chunks: &[&[u8]]) -> Filtered {
    let program = program();
    let form = if choice & 4 == 0 { Form::Document } else { Form::Lines };
    let mut filter = Filter::new(form, Body::Framed, terms(choice));
    feed(chunks, |chunk, queue| match chunk {
        Some(chunk) => filter.feed(&program, chunk, queue).map(|()| None),
        None => filter.finish(&program, queue).map(Some),
    })
}
