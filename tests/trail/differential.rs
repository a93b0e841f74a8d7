//! Both readers say the same of trails that nobody would think of: crashed, retired, damaged by chance.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use poortwachter::audit::trail::frame::{Framed, frame, shown};
use poortwachter::audit::trail::line::Line;
use poortwachter::audit::trail::merkle::{self, Tree};
use poortwachter::audit::trail::segment::Why;
use poortwachter::audit::trail::tombstone::Gone;
use poortwachter::audit::verify::{Terms, check};
use sha2::{Digest as _, Sha256};

use crate::log::Log;
use crate::story::Story;

/// Numbers that look like chance, and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % end.max(1) as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

fn time(second: usize) -> String {
    format!("2026-10-01T10:{:02}:{:02}.000000Z", second / 60, second % 60)
}

/// What the lines of a file span, some of it perhaps wrong.
fn stretch(lines: &[String], chance: &mut Chance) -> Option<Gone> {
    let framed: Option<Vec<_>> = lines.iter().map(|line| Framed::read(line.as_bytes())).collect();
    let framed = framed?;
    let (first, last) = (framed.first()?, framed.last()?);
    let mut gone = Gone { from: first.seq, to: last.seq, prev: first.prev, last: last.hash };
    match chance.below(12) {
        0 => gone.from += 1,
        1 => gone.to -= 1,
        2 => gone.prev[3] ^= 1,
        3 => gone.last[3] ^= 1,
        _ => {}
    }
    Some(gone)
}

/// What a recovery says of a file that ends in these lines, and in half of one.
fn recovery(name: &str, lines: &[String], torn: &[u8]) -> String {
    let mut tree = Tree::default();
    for line in lines {
        tree.add(merkle::leaf(line.as_bytes()));
    }
    let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    format!(
        r#""cause":"unsealed","segment":"{name}","lines":{},"bytes":{bytes},"root":"{}","torn_bytes":{},"torn_sha256":"{}""#,
        lines.len(),
        shown(&tree.root()),
        torn.len(),
        shown(&<[u8; 32]>::from(Sha256::digest(torn)))
    )
}

/// A trail of some files, some of which a crash ended, with tombstones that say this or that; and what of it is there.
fn trail(chance: &mut Chance) -> Log {
    let mut story = Story::begin(&time(0));
    let mut second = 0;
    for _ in 0..3 + chance.below(5) {
        for _ in 0..chance.below(4) {
            second += 1;
            story.say(&time(second), "canary", r#""result":"passed""#);
            if chance.one_in(4) {
                story.sign(&time(second), Why::Interval);
            }
        }
        let files = story.finished().to_vec();
        if chance.one_in(2) && !files.is_empty() {
            let mut all: Vec<Gone> = Vec::new();
            for _ in 0..=chance.below(4) {
                let (_, lines) = &files[chance.below(files.len())];
                all.extend(stretch(lines, chance));
            }
            let split = chance.below(all.len() + 1);
            let mut members = Vec::new();
            let mut line = Line::part(&mut members);
            for (key, part) in [("removed", &all[..split]), ("gone", &all[split..])] {
                line.list(key, |list| part.iter().for_each(|gone| list.object(|line| gone.write(line))));
            }
            story.say(&time(second), "tombstone", std::str::from_utf8(&members).unwrap());
            if !chance.one_in(5) {
                story.sign(&time(second), Why::Tombstone);
            }
        }
        let crashed = chance.one_in(4);
        if !crashed {
            story.sign(&time(second), if chance.one_in(2) { Why::Segment } else { Why::Stop });
        }
        second += 1;
        let name = story.turn(&time(second));
        if crashed && !chance.one_in(8) {
            let lines = story.finished().last().unwrap().1.clone();
            story.say(&time(second), "recovery", &recovery(&name, &lines, b""));
        }
    }
    story.say(&time(second), "stop", "");
    if !chance.one_in(4) {
        story.sign(&time(second), Why::Stop);
    }
    let mut log = story.log();
    for _ in 0..chance.below(4) {
        if log.files.len() > 1 {
            let most = log.files.len() - usize::from(!chance.one_in(6));
            log.files.remove(chance.below(most));
        }
    }
    log
}

/// Chains a file anew from a line on.
fn rechain(lines: &mut [String], from: usize) {
    for at in from.max(1)..lines.len() {
        let (before, now) = (lines[at - 1].clone(), lines[at].clone());
        let (Some(before), Some(now)) = (Framed::read(before.as_bytes()), Framed::read(now.as_bytes()))
        else {
            return;
        };
        let mut out = Vec::new();
        frame(&mut out, before.seq + 1, now.members.as_bytes(), &before.hash);
        lines[at] = String::from_utf8(out).unwrap();
    }
}

fn damage(log: &mut Log, chance: &mut Chance) {
    let file = chance.below(log.files.len());
    let others = log.files.clone();
    let lines = &mut log.files[file].1;
    if lines.is_empty() {
        return;
    }
    let at = chance.below(lines.len());
    match chance.below(11) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => {
            let with = chance.below(lines.len());
            lines.swap(at, with);
        }
        3 => lines[at] = lines[at].replace("passed", "passes"),
        4 => lines.truncate(at),
        5 => {
            lines.remove(at);
            rechain(lines, at);
        }
        6 | 7 => {
            // With a hash that fits, as anybody can make it.
            let old = lines[at].clone();
            let Some(framed) = Framed::read(old.as_bytes()) else { return };
            let changes = [
                ("\"key\":\"", "\"key\":\"0"),
                ("\"why\":\"stop\"", "\"why\":\"segment\""),
                ("passed", "passes"),
                ("\"previous\":\"0", "\"previous\":\"1"),
                ("\"segment\":\"0", "\"segment\":\"1"),
                ("\"size\":", "\"size\":1"),
                ("\"gone\":", "\"none\":"),
                ("\"from\":", "\"from\":1"),
                ("\"cause\":\"unsealed\"", "\"cause\":\"no-room\""),
                ("\"time\":", "\"x\":1,\"time\":"),
                ("\"signature\":\"", "\"signature\":\"zz"),
                ("\"trail\":\"0", "\"trail\":\"1"),
            ];
            let (from, to) = changes[chance.below(changes.len())];
            let mut out = Vec::new();
            frame(&mut out, framed.seq, framed.members.replace(from, to).as_bytes(), &framed.prev);
            lines[at] = String::from_utf8(out).unwrap();
            if chance.one_in(2) {
                rechain(lines, at + 1);
            }
        }
        8 => {
            let half = lines[at].len() / 2;
            lines[at].truncate(half);
        }
        9 => {
            // Another file's lines under this name.
            lines.clone_from(&others[chance.below(others.len())].1);
        }
        _ => lines.push("nothing".to_owned()),
    }
}

/// Says of each directory whether it finds it right.
const SECOND: &str = r"
import sys
sys.path.insert(0, sys.argv[1])
import audit_verify
key = audit_verify.key_of(sys.argv[2])
for directory in sys.stdin.read().split():
    told = []
    for live in (False, True):
        try:
            told.append(str(not audit_verify.check(directory, [key], set(), live)[0]))
        except Exception as cause:
            told.append('fell:' + repr(cause).replace(' ', '_'))
    print(*told)
";

#[test]
fn both_readers_say_the_same_of_trails_made_by_chance() {
    let rounds = std::env::var("POORTWACHTER_TRAILS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut chance = Chance(20_261_124);
    let here = tempfile::tempdir().unwrap();
    let (mut names, mut first) = (String::new(), Vec::new());
    for round in 0..rounds {
        let mut log = trail(&mut chance);
        for _ in 0..[0, 0, 0, 1, 1, 2][chance.below(6)] {
            damage(&mut log, &mut chance);
        }
        let directory = here.path().join(round.to_string());
        fs::create_dir(&directory).unwrap();
        log.write(&directory);
        if chance.one_in(6) {
            // Half a line.
            let file = directory.join(&log.files[chance.below(log.files.len())].0);
            let bytes = fs::read(&file).unwrap();
            fs::write(&file, &bytes[..bytes.len() - chance.below(bytes.len().min(300))]).unwrap();
        }
        let _ = writeln!(names, "{}", directory.display());
        let told = [false, true].map(|live| {
            let report = check(&directory, &Terms { live, ..log.terms() }, |_| {}).unwrap();
            (report.findings.is_empty(), report)
        });
        fs::write(here.path().join("key"), log.key().public().file()).unwrap();
        first.push(told);
    }
    assert!(first.iter().any(|told| told[0].0 && !told[0].1.retired.is_empty()));
    fs::write(here.path().join("names"), names).unwrap();
    let mut python = Command::new("python3");
    python.args(["-c", SECOND]).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs"));
    python.arg(here.path().join("key")).stdin(fs::File::open(here.path().join("names")).unwrap());
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    let Ok(ran) = python.output() else { return };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let second = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(second.lines().count(), first.len());
    let mut differ = String::new();
    for (round, (told, line)) in first.iter().zip(second.lines()).enumerate() {
        for ((is_right, report), second) in told.iter().zip(line.split(' ')) {
            let agreed = if *is_right { second == "True" } else { second == "False" };
            if !agreed {
                let _ = writeln!(differ, "{round}: {second}, but {:?}", report.findings);
            }
        }
    }
    if !differ.is_empty() {
        let kept = here.keep();
        panic!("{}\n{differ}", kept.display());
    }
}
