//! Audit trails as somebody left them: never panic, and what no key has signed is never right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use poortwachter::audit::keys::PublicKey;
use poortwachter::audit::trail::frame::{Framed, frame};
use poortwachter::audit::verify::{Terms, check_files};

fuzz_target!(|data: &[u8]| {
    let terms = Terms { keys: vec![PublicKey([7; 32])], ..Terms::default() };
    let (first, second) = data.split_at(data.len() / 2);
    let names = ["000000000001-a.Z.jsonl", "000000000002-b.Z.jsonl"];
    let report = check_files(names.into_iter().zip([first, second]), &terms);
    assert!(!report.findings.is_empty());
    for line in data.split(|byte| *byte == b'\n') {
        if let Some(read) = Framed::read(line).filter(|read| read.holds) {
            let mut again = Vec::new();
            frame(&mut again, read.seq, read.members.as_bytes(), &read.prev);
            assert_eq!(again, line);
        }
    }
});
