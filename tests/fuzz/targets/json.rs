//! The filter for JSON answers, with a service's program: never panics, gives the same whatever the chunks, and
//! leaves a document that it reads.
//!
//! The first byte chooses what is open, one document or lines, and how large the chunks are.
#![no_main]

mod answer;

use answer::{Filtered, feed, holds, program, terms};
use libfuzzer_sys::fuzz_target;
use poortwachter_kernel::redact::json::{Body, Filter, Form};

fuzz_target!(|data: &[u8]| {
    let Some((choice, document)) = data.split_first() else { return };
    let size = usize::from(choice >> 3) + 1;
    holds(document, size, |chunks| filtered(*choice, chunks));
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
