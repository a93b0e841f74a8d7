//! Whatever is changed, left out, added, moved or cut off is found; what was not touched is not.

use poortwachter::audit::keys::SigningKey;
use poortwachter::audit::trail::frame::{Framed, NOTHING, frame};
use poortwachter::audit::verify::{Report, Terms, What};

use crate::log::{Log, SMALL, Size, check, joined};

const LARGE: Size = Size { lines: 100_000, per_segment: 20_000, per_checkpoint: 1_000 };

fn names(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.what.name()).collect()
}

#[test]
fn an_untouched_trail_is_right() {
    let log = Log::new(SMALL);
    let report = log.check();
    assert_eq!(report.findings, []);
    assert_eq!((report.segments, report.unsigned), (3, 0));
    assert_eq!(report.lines, log.files.iter().map(|(_, lines)| lines.len() as u64).sum::<u64>());
}

#[test]
fn every_flipped_byte_is_found_where_it_is() {
    let log = Log::new(SMALL);
    let files = log.bytes();
    for file in 0..files.len() {
        // Every byte of some lines, some bytes of every line.
        let all = files[file].1.len();
        for at in (0..all).filter(|at| *at < 1500 || at % 23 == 0 || *at + 700 > all) {
            let mut changed = files.clone();
            let old = changed[file].1[at];
            changed[file].1[at] ^= 1 << (at % 7);
            let line = files[file].1[..at].split(|byte| *byte == b'\n').count() as u64;
            let report = check(&changed, &log.terms());
            let here = |found: u64| found == line || found == line + 1 || old == b'\n';
            assert!(!report.findings.is_empty(), "byte {at} of {}", files[file].0);
            // A last line that cannot be read is an end that is missing.
            let at_end = report
                .findings
                .iter()
                .any(|finding| matches!(finding.what, What::NoEnd { .. } | What::Unsealed));
            assert!(
                at_end || report.findings.iter().any(|finding| here(finding.line)),
                "{:?}",
                report.findings
            );
        }
    }
}

#[test]
fn every_line_that_is_dropped_repeated_or_moved_is_found() {
    let log = Log::new(SMALL);
    for file in 0..log.files.len() {
        for line in 0..log.files[file].1.len() {
            let mut dropped = log.clone();
            dropped.files[file].1.remove(line);
            assert_ne!(names(&dropped.check()), [""; 0], "dropped {line} of {file}");

            let mut repeated = log.clone();
            let text = repeated.files[file].1[line].clone();
            repeated.files[file].1.insert(line, text);
            let found = names(&repeated.check());
            assert!(found.contains(&"out-of-order"), "repeated {line} of {file}: {found:?}");

            let mut moved = log.clone();
            let lines = &mut moved.files[file].1;
            if line + 1 < lines.len() {
                lines.swap(line, line + 1);
                assert_ne!(names(&moved.check()), [""; 0], "moved {line} of {file}");
            }
        }
    }
}

#[test]
fn a_tail_is_missed_wherever_it_was_cut() {
    let log = Log::new(SMALL);
    let mut files = log.bytes();
    let witnessed = Terms { witnessed: vec![log.last()], live: true, ..log.terms() };
    let live = Terms { live: true, ..log.terms() };
    while let Some((_, bytes)) = files.last_mut() {
        bytes.truncate(bytes.len().saturating_sub(37));
        if bytes.is_empty() {
            files.pop();
        }
        assert_ne!(names(&check(&files, &log.terms())), [""; 0]);
        assert_ne!(names(&check(&files, &witnessed)), [""; 0], "a witness sees it even of one that runs");
    }
    // Half a line at the end of a trail that may be being written is neither whole nor a fault.
    let mut files = log.bytes();
    let (last, behind) = (&log.files.last().unwrap().1, &mut files.last_mut().unwrap().1);
    *behind = joined(&last[..last.len() - 3]);
    behind.extend_from_slice(&last[last.len() - 3].as_bytes()[..100]);
    let report = check(&files, &live);
    assert_eq!(report.findings, []);
    assert_eq!(report.unsigned, 5);
}

#[test]
fn a_file_that_is_missing_foreign_or_in_another_place_is_found() {
    let log = Log::new(SMALL);
    for file in 0..log.files.len() {
        let mut fewer = log.clone();
        fewer.files.remove(file);
        assert_ne!(names(&fewer.check()), [""; 0], "without {file}");
        let mut other = log.clone();
        other.files[file] = Log::new(SMALL).files[file].clone();
        assert_ne!(names(&other.check()), [""; 0], "another trail's {file}");
    }
    let mut swapped = log.clone();
    let (a, b) = (swapped.files[1].1.clone(), swapped.files[2].1.clone());
    (swapped.files[1].1, swapped.files[2].1) = (b, a);
    assert_ne!(names(&swapped.check()), [""; 0]);
    assert_eq!(names(&check(&[], &log.terms())), ["no-trail"]);
}

/// Changes one record and chains everything behind it anew, as one could who has no key.
fn forged(log: &Log, key: Option<&SigningKey>) -> Vec<(String, Vec<u8>)> {
    let (mut prev, mut forged) = (NOTHING, Vec::new());
    for (name, lines) in &log.files {
        let mut out = Vec::new();
        for line in lines {
            let framed = Framed::read(line.as_bytes()).unwrap();
            let mut members = framed.members.replace("gemeente", "gemeende");
            if let Some(key) = key {
                let public = log.key().public();
                let own = key.public();
                let hex = poortwachter::audit::trail::frame::shown;
                members = members.replace(&hex(&public.0), &hex(&own.0)).replace(&public.id(), &own.id());
            }
            prev = frame(&mut out, framed.seq, members.as_bytes(), &prev);
            out.push(b'\n');
        }
        forged.push((name.clone(), out));
    }
    forged
}

#[test]
fn a_trail_that_was_chained_anew_is_found_by_its_signatures() {
    let log = Log::new(SMALL);
    assert!(names(&check(&forged(&log, None), &log.terms())).contains(&"wrong-checkpoint"));
    let other = SigningKey::parse(&SigningKey::generate().unwrap()).unwrap();
    let found = names(&check(&forged(&log, Some(&other)), &log.terms()));
    assert!(found.contains(&"unknown-key"), "{found:?}");
}

#[test]
fn another_keys_trail_is_whole_but_not_ours() {
    let (log, other) = (Log::new(SMALL), Log::new(SMALL));
    assert_eq!(check(&other.bytes(), &Terms::default()).findings, []);
    assert!(names(&check(&other.bytes(), &log.terms())).iter().all(|name| *name == "unknown-key"));
}

#[test]
fn a_witness_that_is_no_checkpoint_of_the_trail_is_found() {
    let log = Log::new(SMALL);
    for (line, right) in [(log.last(), true), (Log::new(SMALL).last(), false), ("{}".to_owned(), false)] {
        let terms = Terms { witnessed: vec![line], ..log.terms() };
        assert_eq!(check(&log.bytes(), &terms).findings.is_empty(), right);
    }
}

#[test]
fn in_a_hundred_thousand_records_one_is_enough() {
    let log = Log::new(LARGE);
    assert_eq!(log.check().findings, []);
    let mut files = log.bytes();
    for sample in 0..8 {
        let file = sample % files.len();
        let lines = &log.files[file].1;
        let at = (lines.len() * (2 * sample + 1)) / 20;
        let whole = files[file].1.clone();
        let mut changed = lines.clone();
        match sample % 4 {
            0 => drop(changed.remove(at)),
            1 => changed.insert(at, lines[at].clone()),
            2 => changed.swap(at, at + 1),
            _ => changed[at] = lines[at].replace("\"time\":\"2026", "\"time\":\"2027"),
        }
        files[file].1 = joined(&changed);
        let report = check(&files, &log.terms());
        let near = |line: u64| line.abs_diff(at as u64) <= 2;
        assert!(report.findings.iter().any(|finding| near(finding.line)), "{sample}: {:?}", report.findings);
        files[file].1 = whole;
    }
}
