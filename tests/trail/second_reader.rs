//! `docs/audit_verify.py`, which shares no code with the gateway, comes to the same.

use std::path::Path;
use std::process::Command;

use poortwachter::audit::trail::frame::{Framed, frame};
use poortwachter::audit::verify::check;

use crate::log::{Log, SMALL};

/// Whether it finds the trail right; `None`: there is no Python here.
fn second(directory: &Path, key: &Path) -> Option<bool> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit_verify.py");
    let ran = Command::new("python3").arg(script).arg(directory).arg("--key").arg(key).output().ok()?;
    match ran.status.code() {
        Some(0) => Some(true),
        Some(1) => Some(false),
        _ => panic!("{}", String::from_utf8_lossy(&ran.stderr)),
    }
}

/// What somebody does to a trail.
type Tampering = fn(&mut Log);

/// Changes the last line, and its hash with it, as anybody can.
fn in_last(log: &mut Log, from: &str, to: &str) {
    let last = log.files.last_mut().unwrap().1.last_mut().unwrap();
    let old = last.clone();
    let framed = Framed::read(old.as_bytes()).unwrap();
    let mut out = Vec::new();
    frame(&mut out, framed.seq, framed.members.replace(from, to).as_bytes(), &framed.prev);
    *last = String::from_utf8(out).unwrap();
}

#[test]
fn both_readers_agree() {
    let log = Log::new(SMALL);
    let here = tempfile::tempdir().unwrap();
    let key = here.path().join("checkpoint.pub");
    std::fs::write(&key, log.key().public().file()).unwrap();
    let tampered: [(&str, Tampering); 11] = [
        ("nothing", |_| {}),
        ("a changed record", |log| {
            let line = &mut log.files[1].1[7];
            *line = line.replace("gemeente", "gemeende");
        }),
        ("a dropped record", |log| drop(log.files[1].1.remove(7))),
        ("a repeated record", |log| {
            let line = log.files[1].1[7].clone();
            log.files[1].1.insert(7, line);
        }),
        ("two swapped records", |log| log.files[1].1.swap(7, 8)),
        ("a dropped header", |log| drop(log.files[1].1.remove(0))),
        ("a dropped checkpoint", |log| drop(log.files[2].1.pop())),
        ("a dropped file", |log| drop(log.files.remove(1))),
        ("another key's name in the last checkpoint", |log| in_last(log, "\"key\":\"", "\"key\":\"0")),
        ("a tombstone that lacks a list", |log| {
            let last = log.files.last_mut().unwrap();
            last.1.pop();
            in_last(log, "\"kind\":\"call\"", "\"kind\":\"tombstone\",\"removed\":[]");
        }),
        ("a dropped last file", |log| drop(log.files.pop())),
    ];
    for (name, change) in tampered {
        let mut changed = log.clone();
        change(&mut changed);
        let directory = here.path().join(name);
        std::fs::create_dir(&directory).unwrap();
        changed.write(&directory);
        let first = check(&directory, &log.terms(), |_| {}).unwrap().findings.is_empty();
        assert_eq!(first, name == "nothing", "{name}");
        let Some(second) = second(&directory, &key) else { return };
        assert_eq!(second, first, "{name}");
    }
}
