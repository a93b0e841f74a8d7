//! The real binary, killed at any moment: whatever a consumer saw of an answer has its record.
//!
//! `POORTWACHTER_CRASH_ROUNDS` says how often (docs/testing.md).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::Command;
use std::sync::{Arc, Mutex};

use poortwachter::audit::count::Part;
use poortwachter::audit::keys::PublicKey;
use poortwachter::audit::reading::Reading;
use poortwachter::audit::trail::frame::Framed;
use poortwachter::audit::trail::segments;
use poortwachter::audit::verify::prove::{Wanted, prove};
use poortwachter::kernel::vocab::Day;

use crate::agreement::counted;
use crate::house::{GEMEENTE, INSPECTIE, block_on};
use crate::messages::{PATH, Question, long_answer};
use crate::process::{Process, configured};
use crate::trail::Kept;
use crate::upstream::{Upstream, always, ok};

/// What a consumer saw of a call: whether its answer was whole.
type Seen = Arc<Mutex<BTreeMap<String, bool>>>;

fn rounds() -> u64 {
    std::env::var("POORTWACHTER_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20)
}

/// Numbers that look like chance, and are the same each time.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn killed_at_any_moment_no_answer_was_seen_without_its_record() {
    // Some answers are held back whole, some are streamed, some are refusals.
    let upstream = Upstream::start(always(ok(&long_answer(800))), None);
    let (directory, authority) = configured(upstream.address);
    let here = directory.path();
    let kept = Kept::new();
    let keys = kept.directory.path().display();
    let text = std::fs::read_to_string(here.join("gateway.toml")).unwrap();
    let audit = format!(
        "[canary]\ninterval = \"off\"\n[audit]\ndirectory = \"{keys}/audit\"\ncheckpoint-key = \"{keys}/checkpoint.key\"\n\
         pseudonym-key = \"{keys}/pseudonym.key\"\ndurability = \"written\"\nsegment-bytes = 65536\ncheckpoint-interval = \"20ms\"\n"
    );
    let text = text.replace("[audit]\ntrail = \"off\"\n", &audit);
    std::fs::write(here.join("gateway.toml"), text).unwrap();
    let seen = Seen::default();
    let (mut chance, mut read) = (20_261_124, BTreeSet::new());
    for round in 0..rounds() {
        let mut process = Process::start(here);
        seen.lock().unwrap().clear();
        let until = usize::try_from(next(&mut chance) % 40).unwrap();
        block_on(async {
            let mut calls = Vec::new();
            for number in 0..4 {
                let mut consumer = process.consumer(&authority, here).await;
                let seen = Arc::clone(&seen);
                let sender = if number == 0 { INSPECTIE } else { GEMEENTE };
                calls.push(tokio::spawn(async move {
                    while let Ok(got) = consumer.try_ask(PATH, Question::from(sender).xml()).await {
                        let trace = got.header("belgov-trace-id").unwrap().to_owned();
                        seen.lock().unwrap().insert(trace, got.body.is_ok());
                    }
                }));
            }
            while seen.lock().unwrap().len() < until {
                tokio::task::yield_now().await;
            }
            // Somewhere within the next calls, not always between two.
            for _ in 0..next(&mut chance) % 2_000 {
                tokio::task::yield_now().await;
            }
            process.kill();
            for call in calls {
                call.await.unwrap();
            }
        });
        if round % 3 == 1 {
            // What a write that was under way can leave.
            let name = segments(&kept.trail()).unwrap().pop().unwrap();
            let mut file = OpenOptions::new().append(true).open(kept.trail().join(name)).unwrap();
            file.write_all(br#"{"v":1,"seq":9,"kind":"call","time":"20"#).unwrap();
        }
        compare(&kept, &seen.lock().unwrap(), &mut read);
    }
    let mut process = Process::start(here);
    process.signal("TERM");
    assert_eq!(process.ended(), Some(0));
    let report = kept.check();
    assert_eq!(report.findings, []);
    assert!(report.recovered.len() as u64 >= rounds(), "{:?}", report.recovered);
    assert!(report.recovered.iter().any(|told| told.contains("39 bytes torn")));
    proven(&kept);
    numbered(&kept);
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit_verify.py");
    let key = kept.directory.path().join("checkpoint.pub");
    let ran = Command::new("python3").arg(script).arg(kept.trail()).arg("--key").arg(key).output();
    assert!(ran.is_err() || ran.as_ref().is_ok_and(|ran| ran.status.success()), "{ran:?}");
}

/// What is counted knows of the calls that were cut off.
fn numbered(kept: &Kept) {
    let mut open = BTreeSet::new();
    for entry in Reading::of(&kept.trail()).unwrap().map(Result::unwrap) {
        let trace = entry.text("trace").unwrap_or_default().to_owned();
        match entry.phase() {
            Some("opened") => open.insert(trace),
            Some("closed") => open.remove(&trace),
            _ => false,
        };
    }
    let counted = counted(kept, Part::Days(Day::MIN, Day::MAX));
    assert_eq!((counted.unended, counted.started), (open.len() as u64, true));
}

/// The last line that the first run wrote was behind its last checkpoint, or was one: the record that sealed its
/// segment stands in for what it did not live to sign.
fn proven(kept: &Kept) {
    let keys = [PublicKey::load(&kept.directory.path().join("checkpoint.pub")).unwrap()];
    let mut by_recovery = 0;
    for name in segments(&kept.trail()).unwrap() {
        let text = std::fs::read_to_string(kept.trail().join(name)).unwrap();
        let Some(last) = text.lines().filter_map(|line| Framed::read(line.as_bytes())).next_back() else {
            continue;
        };
        let Ok(proofs) = prove(&kept.trail(), &Wanted::Seq(last.seq)) else { continue };
        assert_eq!(proofs[0].check(&keys).unwrap().seq, last.seq);
        by_recovery += usize::from(proofs[0].to_json()["recovery"].is_object());
        if by_recovery > 3 {
            return;
        }
    }
    assert!(by_recovery > 0);
}

/// Everything that was seen of a round is on record in its files, and its end if it was seen whole.
fn compare(kept: &Kept, seen: &BTreeMap<String, bool>, read: &mut BTreeSet<String>) {
    let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
    let names = segments(&kept.trail()).unwrap().into_iter().filter(|name| read.insert(name.clone()));
    let text: String =
        names.map(|name| std::fs::read_to_string(kept.trail().join(name)).unwrap() + "\n").collect();
    for line in text.lines().filter(|line| line.ends_with('}')) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(trace) = record["trace"].as_str() else { continue };
        let phase = record["phase"].as_str().unwrap();
        if phase != "opened" {
            ended.insert(trace.to_owned());
        }
        begun.insert(trace.to_owned());
    }
    for (trace, whole) in seen {
        assert!(begun.contains(trace), "{trace} was seen and is not on record");
        assert!(!whole || ended.contains(trace), "{trace} was seen whole and its end is not on record");
    }
}
