//! The readers of the files that people write: never panic, and every fault has a place and a remedy.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use poortwachter::catalogue::Catalogue;
use poortwachter::config;
use poortwachter::law::Law;
use poortwachter::registry::Consumer;
use poortwachter::text::Faults;

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let faults = match choice % 4 {
        0 => Consumer::parse("f", text).err(),
        1 => config::parse("f", text, Path::new(".")).err(),
        2 => Law::parse("f", text).err(),
        // A catalogue keeps its names for the life of the process: only short ones here.
        _ if text.len() < 2_000 => Catalogue::parse("f", text).err(),
        _ => None,
    };
    for fault in faults.unwrap_or_else(Faults::default).iter() {
        assert!(!fault.problem.is_empty() && !fault.remedy.is_empty());
    }
});
