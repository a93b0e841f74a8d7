//! How fast the tripwire looks through an answer, beside the search for one byte and a regular expression that finds
//! no more than its plainest notations.
//!
//! `cargo bench --bench tripwire`.
#![allow(missing_docs, clippy::unwrap_used)]

mod harness;

use harness::{Case, Count, compare};
use poortwachter_kernel::tripwire::{Mode, Tripwire};
use regex::bytes::Regex;

/// A body is read from the network in pieces of this size.
const CHUNK: usize = 16 * 1024;

fn main() {
    for size in [64 * 1024, 1024 * 1024] {
        bench("KBO answer without functionholders", &answer(size, |_| String::new()));
        bench(
            "KBO answer with a number in 700 bytes",
            &answer(size, |at| format!("<INSZ>836708{at:05}</INSZ>")),
        );
        bench("text without digits", &b"een rapport zonder cijfers, ".repeat(size / 28));
        bench("nothing but dates", &b"<D>2026-11-24T10:00:00.000</D>".repeat(size / 30));
    }
}

fn bench(kind: &str, document: &[u8]) {
    let plain =
        Regex::new(r"(?-u)\b(?:\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}|\d{6}-\d{3}-\d{2}|\d{11})\b").unwrap();
    compare(
        kind,
        document.len(),
        vec![
            Case::new("tripwire, report", || tripwire(Mode::Report, document)),
            Case::new("tripwire, mask", || tripwire(Mode::Mask, document)),
            Case::new("regex, three notations, no check", || plain.find_iter(document).count()),
            Case::new("memchr for every `<`", || memchr::memchr_iter(b'<', document).count()),
            Case::new("memchr for a byte that is not there", || {
                usize::from(memchr::memchr(0, document).is_some())
            }),
            Case::new("core::str::from_utf8", || std::str::from_utf8(document).unwrap().len()),
        ],
    );
}

fn tripwire(mode: Mode, document: &[u8]) -> usize {
    let (mut tripwire, mut count) = (Tripwire::new(mode), Count(0));
    for chunk in document.chunks(CHUNK) {
        tripwire.feed(&["Gebruiker"], chunk, &mut count).unwrap();
    }
    tripwire.finish(&["Gebruiker"], &mut count).unwrap();
    count.0
}

fn answer(size: usize, extra: impl Fn(usize) -> String) -> Vec<u8> {
    let mut document = String::new();
    let mut at = 0;
    while document.len() < size {
        let extra = extra(at);
        let functie = format!(
            "\n                <Functie DatumBegin=\"2018-05-14\">\n                  <FunctiehouderVan>0999999943</FunctiehouderVan>\n                  <AardFunctie>\n                    <Code>{at}</Code>\n                    <Omschrijving>Bestuurder</Omschrijving>\n                  </AardFunctie>\n                  <Onderneming>\n                    <Ondernemingsnummer>0999999943</Ondernemingsnummer>\n                    <MaatschappelijkeNaam><Naam>Fictief België</Naam></MaatschappelijkeNaam>\n                  </Onderneming>{extra}\n                </Functie>"
        );
        document += &functie;
        at += 1;
    }
    document.into_bytes()
}
