//! Planted secrets: a million damaged answers through the filters, and no secret in what leaves.
//!
//! Every case follows from the seed and its number. `POORTWACHTER_PLANTED` asks for more outputs,
//! `POORTWACHTER_PLANTED_SEED` for others, `POORTWACHTER_PLANTED_CASE` for one case alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod answers;
mod chance;
mod damage;
mod feeding;
#[allow(dead_code, reason = "the other tests' programs, of which these need some")]
#[path = "../wire/programs.rs"]
mod programs;
mod secrets;
mod writing;

use poortwachter_kernel::redact::Terms;
use poortwachter_kernel::vocab::Field;

use crate::answers::Answer;
use crate::chance::Chance;
use crate::damage::{Format, damaged};
use crate::feeding::{Cutting, left};
use crate::programs::{BOTH, NONE};
use crate::writing::{Document, json, xml};

/// Outputs in the ordinary suite, of both formats together.
const OUTPUTS: u64 = 1_000_000;
/// Outputs of one document: the whole of it at once, and in chunks.
const WAYS: [usize; 4] = [usize::MAX, 400, 60, 9];

fn asked(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("`{name}` is a number, not `{value}`")))
}

fn written(answer: &Answer, format: Format, chance: &mut Chance) -> Document {
    match format {
        Format::Xml => xml(answer, chance),
        Format::Json => json(answer, chance),
    }
}

/// Filters one case every way; gives how many ways came to the end.
fn run(format: Format, seed: u64, case: u64) -> u64 {
    let mut chance = Chance::of(seed, case);
    let answer = Answer::random(&mut chance);
    let document = written(&answer, format, &mut chance);
    let bytes = damaged(&answer, document, format, &mut chance);
    let mut whole = 0;
    for (way, most) in WAYS.into_iter().enumerate() {
        let most = if most == 9 { chance.pick(&[1, 2, 9, 9]) } else { most };
        let cutting = Cutting { most, seed: seed ^ case ^ way as u64 };
        let chunks = cutting.chunks(&bytes);
        let (out, end) = left(answer.service, format, Terms::revealing(NONE), &chunks);
        if let Some(secret) = answer.secrets.found_in(&out) {
            let secret = String::from_utf8_lossy(secret);
            panic!(
                "`{secret}` left ({end:?}) of {format:?} {:?}, POORTWACHTER_PLANTED_SEED={seed} POORTWACHTER_PLANTED_CASE={case}, {cutting:?}:\n{}\nleft: {}",
                answer.service,
                bytes.escape_ascii(),
                out.escape_ascii(),
            );
        }
        whole += u64::from(end.is_ok());
    }
    whole
}

fn keeps_secrets(format: Format) {
    let seed = asked("POORTWACHTER_PLANTED_SEED").unwrap_or(2026);
    if let Some(case) = asked("POORTWACHTER_PLANTED_CASE") {
        run(format, seed, case);
        return;
    }
    let outputs = asked("POORTWACHTER_PLANTED").unwrap_or(OUTPUTS).div_ceil(2);
    let cases = outputs.div_ceil(WAYS.len() as u64);
    let whole: u64 = (0..cases).map(|case| run(format, seed, case)).sum();
    // Were all of them refused at once, nothing would be proved.
    assert!(whole * 5 > outputs, "only {whole} of {outputs} were read to their end");
}

#[test]
fn no_secret_leaves_an_xml_answer_however_it_is_written_damaged_and_cut() {
    keeps_secrets(Format::Xml);
}

#[test]
fn no_secret_leaves_a_json_answer_however_it_is_written_damaged_and_cut() {
    keeps_secrets(Format::Json);
}

#[test]
fn the_search_finds_every_kind_of_secret_where_all_is_open() {
    let open = Terms::revealing(BOTH.with(Field::SoleProprietorAddress));
    for format in [Format::Xml, Format::Json] {
        let (mut found, mut whole) = (0, 0);
        for case in 0..1000 {
            let mut chance = Chance::of(7, case);
            let answer = Answer::random(&mut chance);
            let bytes = written(&answer, format, &mut chance).bytes;
            let (out, end) = left(answer.service, format, open, &[&bytes]);
            whole += usize::from(end.is_ok());
            found += usize::from(end.is_ok() && answer.secrets.found_in(&out).is_some());
        }
        assert!(whole > 500 && found == whole, "{found} of {whole}");
    }
}
