//! What a trail answers: searches, recalls, reports, as they are typed.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::golden::is_golden;
use crate::log::Log;
use crate::story::{self, HOSTILE, INSPECTIE, INSZ, KBO, Story, TOEZICHT, WHOLE};

struct Said {
    code: i32,
    out: String,
    err: String,
}

/// A directory with a trail and keys for pseudonyms.
struct House(tempfile::TempDir);

impl House {
    fn of(log: &Log) -> Self {
        let here = tempfile::tempdir().unwrap();
        std::fs::create_dir(here.path().join("trail")).unwrap();
        log.write(&here.path().join("trail"));
        std::fs::write(here.path().join("old.key"), story::pseudonyms("1")).unwrap();
        std::fs::write(here.path().join("new.key"), story::pseudonyms("2")).unwrap();
        Self(here)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn audit(&self, args: &str) -> Said {
        self.typed(args, "")
    }

    /// With that on standard input.
    fn typed(&self, args: &str, input: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
        command.arg("audit").args(args.split_whitespace()).current_dir(self.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who does not read it need not.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let ran = child.wait_with_output().unwrap();
        let said = Said {
            code: ran.status.code().unwrap(),
            out: String::from_utf8(ran.stdout).unwrap(),
            err: String::from_utf8(ran.stderr).unwrap(),
        };
        let all = said.out.clone() + &said.err;
        assert!(!all.contains(INSZ) && !all.contains("62.68.05"), "{args}: the number is told");
        assert!(!all.contains('\u{1b}') || args.contains("json"), "{args}: a terminal is told what to do");
        said
    }

    /// The numbers of the calls that are found.
    fn found(&self, args: &str) -> Vec<u32> {
        let said = self.audit(&format!("search trail {args}"));
        assert_eq!(said.code, 0, "{args}: {}", said.err);
        calls(&said.out)
    }
}

fn calls(out: &str) -> Vec<u32> {
    let traces = out.lines().filter_map(|line| line.split_once("-0000-4000-8000-"));
    traces.map(|(before, _)| u32::from_str_radix(&before[before.len() - 8..], 16).unwrap()).collect()
}

/// All kinds of records that there are.
fn kinds() -> Vec<String> {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/audit-record.schema.json")).unwrap();
    serde_json::from_value(schema["properties"]["kind"]["enum"].clone()).unwrap()
}

#[test]
fn answers_are_as_they_stand_in_git() {
    let house = House::of(&story::story());
    let goldens = [
        ("trail-search.txt", "search trail --kind all"),
        ("trail-search.csv", "search trail"),
        ("trail-magda.xml", "search trail --format magda"),
        ("trail-recall.txt", "recall trail --grant inspectie/toezicht"),
        ("trail-recall.csv", "recall trail --consumer inspectie --to 2026-11-30 --format csv"),
        ("trail-recall.jsonl", "recall trail --consumer gemeente --format json"),
        ("trail-report.md", "report trail --period 2026"),
        ("trail-report.html", "report trail --period 2026-Q4 --format html"),
        ("trail-report.json", "report trail --period 2026-11 --format json"),
        ("trail-report-one.md", "report trail --period 2027-01 --consumer inspectie"),
    ];
    for (name, args) in goldens {
        let format = if name == "trail-search.csv" { " --format csv" } else { "" };
        let said = house.audit(&format!("{args}{format}"));
        assert_eq!(said.code, 0, "{}", said.err);
        is_golden(name, &said.out);
    }
}

#[test]
fn a_call_is_one_row_whatever_files_it_stands_in_and_one_without_an_end_says_so() {
    let house = House::of(&story::story());
    assert_eq!(house.found(""), [2, 3, 1, 4, 5, 6, 7]);
    assert_eq!(house.found("--verdict not-ended"), [5]);
    let json = house.audit("search trail --consumer gemeente --verdict allowed --format json").out;
    let lines: Vec<&str> = json.lines().collect();
    let all: Vec<String> = story::story().files.into_iter().flat_map(|(_, lines)| lines).collect();
    assert_eq!(lines.len(), 2, "its beginning and its end, of two files");
    assert!(lines.iter().all(|line| all.iter().any(|other| other == line)), "as they stand in the trail");
}

#[test]
fn every_condition_must_hold() {
    let house = House::of(&story::story());
    for (args, wanted) in [
        ("--consumer gemeente", &[3, 1][..]),
        ("--consumer gemeen", &[]),
        ("--purpose toezicht", &[2, 5, 6, 7]),
        ("--rule 1g-1", &[1]),
        ("--grant inspectie/toezicht --reason withheld", &[6]),
        ("--grant gemeente/toezicht", &[]),
        ("--grant toegang", &[1]),
        ("--instrument disclaimer", &[1]),
        ("--instrument v1", &[1]),
        ("--operation GeefOnderneming/02.00 --verdict refused", &[3]),
        ("--trace 00000002-0000-4000-8000-000000000000", &[2]),
        ("--from 2026-11-25 --to 2026-11-25", &[6]),
        ("--to 2026-12-31", &[2, 3, 1, 4, 5, 6]),
        ("--from 2027-01-01", &[7]),
        ("--from 2026-11-24T10:03:00Z --to 2026-11-24T11:09:00+01:00", &[3, 4]),
        ("--limit 2", &[2, 3]),
        ("--kind evaluation", &[9]),
        ("--kind evaluation --consumer inspectie", &[]),
    ] {
        assert_eq!(house.found(args), wanted, "{args}");
    }
    assert_eq!(house.audit("search trail --kind recovery").out.lines().count(), 3);
    for kind in kinds() {
        assert_eq!(house.audit(&format!("search trail --kind {kind}")).code, 0, "{kind}");
    }
    for (args, code) in [
        ("search trail --from gisteren", 64),
        ("search trail --from 2026-11-25 --to 2026-11-24", 64),
        ("recall trail --consumer gemeente --from 2026-11-25 --to 2026-11-24", 64),
        ("count trail --from 2026-11-25 --to 2026-11-24", 64),
        ("search trail --verdict alowed", 64),
        ("search trail --kind revocations", 64),
        ("search trail --grant a/b --consumer c", 64),
        ("search nowhere", 66),
        ("search trail --insz-prompt", 64),
        ("search trail --kbo 0123456748 --pseudonym-key old.key", 64),
        ("search trail --kbo 0123456749 --pseudonym-key trail", 66),
        ("recall trail --grant toezicht", 64),
        ("recall trail", 64),
        ("report trail --period 2026-Q5", 64),
        ("report trail --period 2026 --output trail", 74),
    ] {
        assert_eq!(house.audit(args).code, code, "{args}");
    }
}

#[test]
fn a_person_is_found_by_a_number_that_nobody_sees_and_what_could_not_be_searched_is_told() {
    let house = House::of(&story::story());
    let ask = |keys: &str, number: &str| house.typed(&format!("search trail --insz-prompt {keys}"), number);
    let both = ask("--pseudonym-key old.key --pseudonym-key new.key", "62.68.05-996.50\n");
    assert_eq!((both.code, calls(&both.out)), (0, vec![2, 5, 6, 7]), "{}", both.err);
    let old = ask("--pseudonym-key old.key", INSZ);
    assert_eq!((old.code, calls(&old.out)), (1, vec![2, 5]));
    assert!(old.err.contains("not searched: 2 calls whose pseudonyms are of key "), "{}", old.err);
    let until = ask("--pseudonym-key old.key --to 2026-11-24", INSZ);
    assert_eq!(until.code, 0, "the other key does not occur there: {}", until.err);
    for wrong in ["62680599651\n", "\n", "Jan 62680599650 Peeters"] {
        let refused = ask("--pseudonym-key old.key", wrong);
        assert_eq!((refused.code, refused.out.as_str()), (64, ""));
        assert!(!refused.err.contains("Jan") && !refused.err.contains("6805"), "{}", refused.err);
    }
    let firm = house.audit(&format!("search trail --kbo {KBO} --pseudonym-key old.key --to 2026-11-24"));
    assert_eq!((firm.code, calls(&firm.out)), (0, vec![1]), "{}", firm.err);
}

#[test]
fn who_may_be_among_more_than_a_record_holds_is_not_said_not_to_be() {
    let mut story = Story::begin("2026-11-24T10:00:00.000000Z");
    let about = story::person("1").replace(",\"pseudonym_key\"", ",\"subjects_beyond\":2,\"pseudonym_key\"");
    story.opened("2026-11-24T10:00:01.000000Z", 1, INSPECTIE, &about, TOEZICHT);
    story.closed("2026-11-24T10:00:02.000000Z", 1, "inspectie", WHOLE);
    let house = House::of(&story.log());
    let said = house.typed("search trail --insz-prompt --pseudonym-key old.key", "62 68 05 998 48");
    assert_eq!((said.code, calls(&said.out)), (1, vec![]), "{}", said.err);
    assert!(said.err.contains("1 calls that asked for more numbers than a record holds"), "{}", said.err);
}

#[test]
fn a_call_is_found_by_the_trace_that_other_systems_know() {
    let mut story = Story::begin("2026-11-24T10:00:00.000000Z");
    let call = |phase: &str, more: &str| format!(r#""phase":"{phase}","trace":"t-1"{more}"#);
    let continued = r#","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","consumer":"gemeente""#;
    story.say("2026-11-24T10:00:01.000000Z", "call", &call("opened", continued));
    story.say("2026-11-24T10:00:02.000000Z", "call", &call("closed", r#","verdict":"allowed""#));
    let house = House::of(&story.log());
    for (trace, found) in [("4BF92F3577B34DA6A3CE929D0E0E4736", "1 found"), ("4bf9", "0 found")] {
        let said = house.audit(&format!("search trail --trace-id {trace}"));
        assert!(said.err.contains(found), "{trace}: {}", said.err);
    }
}

#[test]
fn a_call_whose_beginning_was_retired_is_never_left_out() {
    let log = story::story();
    let gone = Log { files: log.files[1..].to_vec(), ..log };
    let house = House::of(&gone);
    let said = house.audit("search trail --grant toegang");
    assert_eq!((said.code, calls(&said.out)), (1, vec![]));
    assert!(said.err.contains("1 calls whose beginning is in files"), "{}", said.err);
    assert_eq!(house.found("--consumer gemeente"), [1]);
    let recall = house.audit("recall trail --grant gemeente/toegang");
    assert!(recall.out.contains("unknown: 1 calls"), "{}", recall.out);
    let missing = "note: records 1 to ";
    assert!(said.err.contains(missing) && recall.err.contains(missing), "{}{}", said.err, recall.err);
    let later = house.audit("recall trail --consumer gemeente --from 2027-01-01");
    assert!(!later.err.contains(missing), "what is gone was before: {}", later.err);
    assert!(later.err.contains("no call that was let pass is of gemeente"), "{}", later.err);
    let report = house.audit("report trail --period 2026-11").out;
    assert!(report.contains("does not reach back to the beginning of the period"), "{report}");
    assert!(report.contains("lapses cannot be told from this trail"), "{report}");
    // Its end says when it ended and how long it took: it may have begun on either side of an instant in between.
    for edge in ["--to", "--from"] {
        let said =
            house.audit(&format!("search trail --consumer gemeente {edge} 2026-11-24T10:06:59.999995Z"));
        assert_eq!((said.code, calls(&said.out).len()), (1, 0), "{edge}: {}", said.err);
        assert!(said.err.contains("1 calls whose beginning is in files"), "{edge}: {}", said.err);
    }
    let until = "--to 2026-11-24T10:06:59.999995Z";
    let recall = house.audit(&format!("recall trail --grant gemeente/toegang {until}"));
    assert!(recall.out.contains("unknown: 1 calls"), "{}", recall.out);
    let middle = Log { files: [&gone.files[..1], &gone.files[2..]].concat(), ..gone };
    let house = House::of(&middle);
    let said = house.audit("search trail --from 2027-01-01");
    assert!(said.err.contains("note: records ") && !said.err.contains(missing), "{}", said.err);
    let report = house.audit("report trail --period 2026-11").out;
    assert!(report.contains("are in files that are not there any more"), "{report}");
}

#[test]
fn a_report_is_the_same_whatever_is_written_behind_its_checkpoint() {
    let log = story::story();
    let (all, moved) = (House::of(&log), House::of(&log));
    let ran = |house: &House, format: &str| {
        house.audit(&format!("report trail --period 2026-11 --format {format}")).out
    };
    for format in ["markdown", "html", "json"] {
        let first = ran(&all, format);
        assert_eq!(first, ran(&all, format));
        assert_eq!(first, ran(&moved, format), "wherever it lies");
    }
    let first = ran(&all, "markdown");
    let mut shorter = log.clone();
    shorter.files.last_mut().unwrap().1.truncate(2);
    assert_eq!(first, ran(&House::of(&shorter), "markdown"));
    let output = all.audit("report trail --period 2026-11 --output report.md");
    assert_eq!((output.code, output.out.as_str()), (0, ""));
    assert_eq!(std::fs::read_to_string(all.path().join("report.md")).unwrap(), first);
}

#[test]
fn a_period_that_may_not_be_over_says_so() {
    let house = House::of(&story::story());
    let over = |period: &str| {
        !house.audit(&format!("report trail --period {period}")).out.contains("may not be over")
    };
    assert!(over("2026") && over("2026-Q4") && over("2026-11-24") && over("2026-12-31"));
    assert!(!over("2027-01-01") && !over("2027") && !over("2028-02-29"));
}

#[test]
fn no_answer_is_given_on_a_changed_trail() {
    let mut log = story::story();
    log.files[1].1[1] = log.files[1].1[1].replace("gemeente", "gemeende");
    let house = House::of(&log);
    for args in ["search trail --trace x", "recall trail --consumer inspectie", "report trail --period 2026"]
    {
        let said = house.audit(args);
        assert_eq!(said.code, 65, "{args}");
        assert!(said.err.contains("line 2: not as it was written"), "{}", said.err);
    }
}

#[test]
fn foreign_text_never_becomes_markup_or_a_formula() {
    let house = House::of(&story::story());
    let html = house.audit("report trail --period 2026 --format html").out;
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("url("));
    let markdown = house.audit("report trail --period 2026").out;
    assert!(!markdown.contains("<script") && markdown.contains("=cmd\\|"));
    let csv = house.audit("search trail --format csv").out;
    assert_eq!(csv.lines().count(), 8, "a line feed in a name makes no line");
    assert!(csv.contains("'=cmd|") && !csv.contains(",=cmd"));
    assert!(!house.audit("search trail").out.contains(HOSTILE));
    let said = house.audit("search trail --format json").out;
    let names = said.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    assert_eq!(names.filter(|record| record["consumer"] == HOSTILE).count(), 1);
}

#[test]
fn the_page_and_the_xml_are_well_formed() {
    let house = House::of(&story::story());
    for (file, args) in [
        ("page.html", "report trail --period 2026 --format html"),
        ("calls.xml", "search trail --format magda"),
    ] {
        std::fs::write(house.path().join(file), house.audit(args).out).unwrap();
        let mut lint = Command::new("xmllint");
        lint.args(if file == "page.html" { &["--noout", "--html"][..] } else { &["--noout"] });
        let Ok(ran) = lint.arg(house.path().join(file)).output() else { continue };
        // This reader knows HTML 4: elements that are newer are not a fault of the page.
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        let faults = told.lines().filter(|line| line.contains("error") && !line.contains("Tag "));
        assert_eq!(faults.collect::<Vec<_>>(), Vec::<&str>::new(), "{file}");
    }
}

/// Types the number once it is asked for, on a terminal of its own, and prints all that the terminal showed.
const TERMINAL: &str = r"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown, typed = b'', False
while True:
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break
    if not read:
        break
    shown += read
    if b'number: ' in shown and not typed:
        typed = True
        os.write(terminal, b'62680599650\n')
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

#[test]
fn a_number_that_is_typed_on_a_terminal_is_not_shown() {
    let house = House::of(&story::story());
    let mut python = Command::new("python3");
    python.args([
        "-c",
        TERMINAL,
        env!("CARGO_BIN_EXE_poortwachter"),
        "audit",
        "search",
        "trail",
        "--insz-prompt",
    ]);
    python.args(["--pseudonym-key", "old.key", "--pseudonym-key", "new.key"]).current_dir(house.path());
    let Ok(ran) = python.output() else { return };
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{shown}{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(calls(&shown), [2, 5, 6, 7], "{shown}");
    assert!(!shown.contains(INSZ) && !shown.contains("6268"), "{shown}");
}

/// Types half a number, then gives up as the argument says, and prints the exit code, whether the terminal shows again what
/// is typed, and how many bytes wait there for whoever reads next.
const GIVEN_UP: &str = r"
import array, fcntl, os, pty, signal, subprocess, sys, termios
def own():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
terminal, theirs = pty.openpty()
ran = subprocess.Popen(sys.argv[2:], stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=own)
shown = b''
while b'number: ' not in shown:
    shown += os.read(terminal, 4096)
os.write(terminal, b'626805')
if sys.argv[1] == 'ctrl-c':
    os.write(terminal, b'\x03')
else:
    ran.send_signal(getattr(signal, sys.argv[1]))
code = ran.wait()
left = array.array('i', [0])
fcntl.ioctl(theirs, termios.FIONREAD, left)
print(code, bool(termios.tcgetattr(theirs)[3] & termios.ECHO), left[0])
";

#[test]
fn whoever_gives_up_typing_gets_the_terminal_back() {
    let house = House::of(&story::story());
    for (how, code) in [("ctrl-c", 130), ("SIGTERM", 143), ("SIGHUP", 129), ("SIGQUIT", 131)] {
        let mut python = Command::new("python3");
        python.args(["-c", GIVEN_UP, how, env!("CARGO_BIN_EXE_poortwachter"), "audit", "search", "trail"]);
        python.args(["--insz-prompt", "--pseudonym-key", "old.key"]).current_dir(house.path());
        let Ok(ran) = python.output() else { return };
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert_eq!(said, format!("{code} True 0\n"), "{how}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}
