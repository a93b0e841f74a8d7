//! Files whose time is over: what goes, what stays, and what a verifier makes of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use poortwachter::audit::reading::Reading;
use poortwachter::audit::retention::{Due, Kept, Retention, Retirement, Term, finished_before, survey};
use poortwachter::audit::trail::line::Line;
use poortwachter::audit::trail::segment::Why;
use poortwachter::audit::trail::segments;
use poortwachter::audit::verify::{Report, Terms, check};
use poortwachter::kernel::vocab::Day;
use poortwachter::text::Period;
use poortwachter::text::date::parse;

use crate::log::Log;
use crate::story::Story;

/// A file a day: what calls were in it, on 1, 2, 3 … October.
const DAYS: [&str; 5] = ["allowed", "refused", "allowed", "evaluation", "acts"];

fn time(day: usize, second: u32) -> String {
    format!("2026-10-{day:02}T10:00:{second:02}.000000Z")
}

/// The days' files, one for today, and in that one a tombstone for each of `dues`.
fn story(dues: &[&Due], terms: &Retention) -> Log {
    let mut story = Story::begin(&time(1, 0));
    for (before, kind) in DAYS.iter().enumerate() {
        let day = before + 1;
        if before > 0 {
            story.sign(&time(before, 9), Why::Segment);
            story.turn(&time(day, 0));
        }
        match *kind {
            "allowed" => {
                story.say(&time(day, 1), "call", r#""phase":"opened","trace":"t""#);
                story.say(&time(day, 2), "call", r#""phase":"closed","trace":"t""#);
            }
            "refused" => story.say(&time(day, 1), "call", r#""phase":"refused","trace":"u""#),
            "evaluation" => story.say(&time(day, 1), "evaluation", r#""decision":"deny""#),
            _ => story.say(&time(day, 1), "canary", r#""result":"passed""#),
        }
    }
    for (at, due) in dues.iter().enumerate() {
        let day = DAYS.len() + 1 + at;
        story.sign(&time(day - 1, 9), Why::Segment);
        story.turn(&time(day, 0));
        let mut members = Vec::new();
        due.write(terms, &mut Line::part(&mut members));
        story.say(&time(day, 1), "tombstone", std::str::from_utf8(&members).unwrap());
        story.sign(&time(day, 1), Why::Tombstone);
    }
    story.sign(&time(DAYS.len() + dues.len(), 9), Why::Segment);
    story.turn(&time(20, 0));
    story.say(&time(20, 1), "stop", "");
    story.sign(&time(20, 1), Why::Stop);
    story.log()
}

fn terms(allowed: &str, refused: &str, evaluations: &str, acts: &str) -> Retention {
    let term = |written| Period::parse(written).map_or(Term::Forever, Term::For);
    Retention { terms: [term(allowed), term(refused), term(evaluations), term(acts)] }
}

fn due(directory: &Path, terms: &Retention, today: &str) -> Due {
    Retirement::new(terms.clone()).due(directory, parse(today).unwrap(), u64::MAX).unwrap()
}

/// The days of the files that are due.
fn days(due: &Due) -> Vec<String> {
    due.names().map(|name| name.split_once('-').unwrap().1[6..8].to_owned()).collect()
}

/// Puts a trail in the place of another.
fn rewrite(directory: &Path, log: &Log) {
    fs::remove_dir_all(directory).unwrap();
    fs::create_dir(directory).unwrap();
    log.write(directory);
}

fn bury(directory: &Path, due: &Due) {
    due.names().for_each(|name| fs::remove_file(directory.join(name)).unwrap());
}

/// What both verifiers say; they must agree.
fn verified(directory: &Path, log: &Log) -> Report {
    let report = check(directory, &log.terms(), |_| {}).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit_verify.py");
    if let Ok(ran) = Command::new("python3").arg(script).arg(directory).output() {
        let told = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.success(), report.findings.is_empty(), "{told}{:?}", report.findings);
    }
    report
}

#[test]
fn a_file_goes_on_the_day_after_the_last_of_its_records_may_be_kept() {
    let directory = tempfile::tempdir().unwrap();
    let terms = terms("P1M", "P2W", "P1Y", "forever");
    story(&[], &terms).write(directory.path());
    let on = |today| days(&due(directory.path(), &terms, today));
    assert_eq!(on("2026-10-16"), [""; 0]);
    assert_eq!(on("2026-10-17"), ["02"]);
    assert_eq!(on("2026-11-01"), ["02"]);
    assert_eq!(on("2026-11-02"), ["01", "02"]);
    assert_eq!(on("2026-11-04"), ["01", "02", "03"]);
    assert_eq!(on("2027-10-05"), ["01", "02", "03", "04"]);
    assert_eq!(on("2099-01-01"), ["01", "02", "03", "04"]);
}

#[test]
fn what_is_gone_under_a_signed_tombstone_is_not_missed_and_all_else_is() {
    let terms = terms("P1M", "P2W", "P1Y", "forever");
    for today in ["2026-10-17", "2026-11-02", "2026-11-05", "2027-12-01"] {
        let directory = tempfile::tempdir().unwrap();
        story(&[], &terms).write(directory.path());
        let gone = due(directory.path(), &terms, today);
        let log = story(&[&gone], &terms);
        rewrite(directory.path(), &log);
        assert_eq!(verified(directory.path(), &log).retired, [], "still there");
        bury(directory.path(), &gone);
        let report = verified(directory.path(), &log);
        assert_eq!(report.findings, [], "{today}");
        assert!(!report.retired.is_empty());
        assert!(Reading::of(directory.path()).unwrap().all(|entry| entry.is_ok()));
        // One more than was said.
        for name in segments(directory.path()).unwrap() {
            let file = directory.path().join(&name);
            let kept = fs::read(&file).unwrap();
            fs::remove_file(&file).unwrap();
            assert_ne!(verified(directory.path(), &log).findings, [], "{today}, without {name}");
            fs::write(&file, kept).unwrap();
        }
    }
}

#[test]
fn a_tombstone_without_a_signature_behind_it_excuses_nothing() {
    let terms = terms("P1M", "P2W", "P1Y", "forever");
    let directory = tempfile::tempdir().unwrap();
    story(&[], &terms).write(directory.path());
    let gone = due(directory.path(), &terms, "2026-11-05");
    let mut log = story(&[&gone], &terms);
    // As somebody would write it who has no key: the end of the trail, not signed.
    let tombstone = log.files.iter().position(|(_, lines)| lines[1].contains("tombstone")).unwrap();
    log.files.truncate(tombstone + 1);
    log.files[tombstone].1.truncate(2);
    rewrite(directory.path(), &log);
    bury(directory.path(), &gone);
    let live = Terms { live: true, ..log.terms() };
    let report = check(directory.path(), &live, |_| {}).unwrap();
    let names: BTreeSet<_> = report.findings.iter().map(|finding| finding.what.name()).collect();
    assert_eq!(names, BTreeSet::from(["no-beginning"]), "{:?}", report.findings);
}

#[test]
fn what_tombstones_said_is_said_again_when_their_own_file_goes() {
    let terms = terms("P1M", "P2W", "P1M", "P1M");
    let directory = tempfile::tempdir().unwrap();
    story(&[], &terms).write(directory.path());
    let first = due(directory.path(), &terms, "2026-10-17");
    assert_eq!(days(&first), ["02"]);
    rewrite(directory.path(), &story(&[&first], &terms));
    bury(directory.path(), &first);
    // A month later the rest goes, and with it the file of the first tombstone, which holds no record of its own.
    let second = due(directory.path(), &terms, "2026-12-01");
    assert_eq!(days(&second), ["01", "03", "04", "05", "06"]);
    let log = story(&[&first, &second], &terms);
    rewrite(directory.path(), &log);
    bury(directory.path(), &first);
    bury(directory.path(), &second);
    let report = verified(directory.path(), &log);
    assert_eq!(report.findings, []);
    assert_eq!(report.retired.len(), 1, "{:?}", report.retired);
}

#[test]
fn nothing_goes_that_is_held_not_exported_damaged_or_not_understood() {
    let terms = terms("P1M", "P2W", "P1Y", "P1Y");
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let log = story(&[], &terms);
    log.write(here);
    let last_of_first = log.files[0].1.len() as u64;
    let exported = |seq| {
        let today = parse("2026-11-05").unwrap();
        days(&Retirement::new(terms.clone()).due(here, today, seq).unwrap())
    };
    assert_eq!(exported(last_of_first), ["01"]);
    assert_eq!(exported(last_of_first - 1), [""; 0]);

    fs::write(here.join("hold"), "").unwrap();
    assert_eq!(exported(u64::MAX), [""; 0]);
    fs::remove_file(here.join("hold")).unwrap();

    let (name, lines) = &log.files[1];
    let file = here.join(name);
    fs::write(&file, lines.join("\n").replace("refused", "refusee") + "\n").unwrap();
    assert_eq!(exported(u64::MAX), ["01", "03"]);

    let mut strange = Story::begin(&time(1, 0));
    strange.say(&time(1, 1), "miracle", "");
    let strange = strange.log();
    assert!(survey(&strange.bytes()[0].1, &strange.files[0].0).is_strange);
}

#[test]
fn the_file_that_is_written_stays_beside_one_that_claims_to_come_later() {
    let terms = terms("P1M", "P1M", "P1M", "P1M");
    let directory = tempfile::tempdir().unwrap();
    let log = story(&[], &terms);
    log.write(directory.path());
    fs::write(directory.path().join("999999999999-20990101T000000.000000Z.jsonl"), "").unwrap();
    let written = finished_before(&log.last());
    let today = parse("2027-01-01").unwrap();
    let due = |up_to| days(&Retirement::new(terms.clone()).due(directory.path(), today, up_to).unwrap());
    assert_eq!(due(u64::MAX), ["01", "02", "03", "04", "05", "20"]);
    assert_eq!(due(written), ["01", "02", "03", "04", "05"]);
    assert_eq!(finished_before("no checkpoint"), 0);
}

#[test]
fn a_file_that_tells_of_an_unfinished_one_stays_as_long_as_that_one() {
    let terms = terms("P1M", "P2W", "forever", "P1D");
    let mut story = Story::begin(&time(1, 0));
    story.say(&time(1, 1), "evaluation", r#""decision":"deny""#);
    // It ends there, as a crash leaves it.
    let unfinished = story.turn(&time(2, 0));
    let rest = format!(r#""cause":"unsealed","segment":"{unfinished}","lines":2"#);
    story.say(&time(2, 1), "recovery", &rest);
    story.sign(&time(2, 2), Why::Segment);
    story.turn(&time(3, 0));
    story.say(&time(3, 1), "canary", "");
    story.sign(&time(3, 2), Why::Segment);
    story.turn(&time(4, 0));
    let directory = tempfile::tempdir().unwrap();
    story.log().write(directory.path());
    assert_eq!(days(&due(directory.path(), &terms, "2027-01-01")), ["03"]);
    assert_eq!(Kept::ALL.map(Kept::name), ["allowed", "refused", "evaluations", "acts"]);
}

#[test]
fn a_tombstone_that_somebody_put_there_is_not_repeated_under_a_signature() {
    let terms = terms("P1M", "P2W", "P1M", "P1M");
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    story(&[], &terms).write(here);
    let first = due(here, &terms, "2026-10-17");
    let log = story(&[&first], &terms);
    rewrite(here, &log);
    bury(here, &first);
    let vouched = |checkpoint: Option<String>| {
        let mut due = due(here, &terms, "2026-12-01");
        let doubted = due.leave_out_unvouched(here, checkpoint).unwrap();
        (days(&due), doubted)
    };
    let all = ["01", "03", "04", "05", "06"].map(str::to_owned).to_vec();
    assert_eq!(vouched(Some(log.last())), (all, 0));
    let doubted = (["01", "03", "04", "05"].map(str::to_owned).to_vec(), 1);
    assert_eq!(vouched(None), doubted, "nothing is remembered");
    assert_eq!(vouched(Some(Log::new(crate::log::SMALL).last())), doubted, "another's end");

    // Whoever wants the file of today to go unseen writes a tombstone for it, in an old file, and waits.
    let (name, lines) = log.files.last().unwrap();
    let stretch = survey(&crate::log::joined(lines), name).buried.unwrap();
    let mut forged = Story::begin(&time(1, 0));
    let mut members = Vec::new();
    Line::part(&mut members).list("gone", |list| list.object(|line| stretch.gone.write(line)));
    let members = std::str::from_utf8(&members).unwrap();
    forged.say(&time(1, 1), "tombstone", &format!(r#""removed":[],{members}"#));
    forged.sign(&time(1, 1), Why::Segment);
    let forged = forged.log();
    let planted = forged.files[0].0.replace("T100000.000000", "T100000.000001");
    fs::write(here.join(planted), &forged.bytes()[0].1).unwrap();
    let unguarded = due(here, &terms, "2026-12-01");
    assert!(unguarded.files.iter().any(|file| file.tombstones.contains(&stretch.gone)), "it would be");
    assert_eq!(vouched(Some(log.last())).0, ["01", "03", "04", "05"]);
}

#[test]
fn the_trail_itself_says_what_day_it_has_come_to() {
    let directory = tempfile::tempdir().unwrap();
    let terms = terms("P1M", "P1M", "P1M", "P1M");
    let reached = || Retirement::new(terms.clone()).reached(directory.path()).unwrap();
    assert_eq!(reached(), Day::MIN);
    // The file of 20 October is not finished.
    story(&[], &terms).write(directory.path());
    assert_eq!(reached(), parse("2026-10-05").unwrap());
}
