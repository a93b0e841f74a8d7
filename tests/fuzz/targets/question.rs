//! Questions about access: never panic, and every fault says what is wrong without repeating what was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use poortwachter::evaluation::Questions;

fuzz_target!(|data: &[u8]| {
    for read in [Questions::one(data), Questions::batch(data)] {
        match read {
            Ok(questions) => assert!((1..=100).contains(&questions.all.len())),
            Err(fault) => assert!(!fault.problem.nl.is_empty() && !fault.problem.en.is_empty()),
        }
    }
});
