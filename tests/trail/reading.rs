//! A trail in the hands of somebody who asks something of it.

use std::path::Path;

use poortwachter::audit::reading::{Entry, ReadError, Reading};

use crate::log::{Log, SMALL, joined};

fn read(directory: &Path) -> Result<Vec<Entry>, ReadError> {
    Reading::of(directory)?.collect()
}

#[test]
fn every_line_is_read_in_its_order() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::new(SMALL);
    log.write(directory.path());
    let entries = read(directory.path()).unwrap();
    let lines: Vec<_> = log.files.iter().flat_map(|(_, lines)| lines.clone()).collect();
    assert_eq!(entries.iter().map(|entry| entry.line.clone()).collect::<Vec<_>>(), lines);
    assert!(entries.iter().zip(1..).all(|(entry, seq)| entry.seq == seq));
    let calls: Vec<_> = entries.iter().filter(|entry| entry.kind() == "call").collect();
    assert_eq!(calls.len(), 60);
    assert!(calls.iter().all(|call| call.phase() == Some("opened") && call.time().is_some()));
    assert!(calls.iter().all(|call| call.text("consumer") == Some("gemeente")));
}

#[test]
fn reading_begins_at_any_number() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::new(SMALL);
    log.write(directory.path());
    let all = read(directory.path()).unwrap();
    for from in 1..=all.len() as u64 + 1 {
        let rest: Result<Vec<_>, _> = Reading::from(directory.path(), from).unwrap().collect();
        let first = usize::try_from(from).unwrap() - 1;
        assert_eq!(rest.unwrap(), all[first..], "from {from}");
    }
}

#[test]
fn no_answer_rests_on_a_changed_line() {
    let log = Log::new(SMALL);
    for (file, line, change) in [(0, 3, "gemeente"), (1, 0, "segment"), (2, 5, "opened")] {
        let directory = tempfile::tempdir().unwrap();
        let mut log = log.clone();
        let changed = log.files[file].1[line].replace(change, "anders");
        assert_ne!(changed, log.files[file].1[line]);
        log.files[file].1[line] = changed;
        log.write(directory.path());
        let told = read(directory.path()).unwrap_err().to_string();
        let place = format!("`{}`, line {}", log.files[file].0, line + 1);
        assert!(told.starts_with(&place), "{told}");
    }
    let mut gone = log;
    gone.files[1].1.remove(4);
    let directory = tempfile::tempdir().unwrap();
    gone.write(directory.path());
    assert!(matches!(read(directory.path()), Err(ReadError::Damaged { line: 5, .. })));
}

#[test]
fn half_a_line_at_an_end_is_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::new(SMALL);
    log.write(directory.path());
    let (name, lines) = log.files.last().unwrap();
    let whole = joined(lines);
    let last = lines.last().unwrap().len();
    std::fs::write(directory.path().join(name), &whole[..whole.len() - last / 2]).unwrap();
    let read = read(directory.path()).unwrap();
    let before: usize = log.files.iter().map(|(_, lines)| lines.len()).sum();
    assert_eq!(read.len(), before - 1);
}

#[test]
fn a_directory_without_a_trail_is_said_to_have_none() {
    let directory = tempfile::tempdir().unwrap();
    let told = read(directory.path()).unwrap_err();
    assert!(told.to_string().contains(&directory.path().display().to_string()), "{told}");
}
