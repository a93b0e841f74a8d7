//! The binary as a shell sees it: words, exit codes, JSON.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::golden::is_golden;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn poortwachter(args: &[&str]) -> Ran {
    fed(args, b"")
}

fn fed(args: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_poortwachter"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // A verb that reads no input may be gone already.
    let _ = child.stdin.take().expect("piped").write_all(input);
    let output = child.wait_with_output().expect("ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn help_says_what_it_said() {
    let mut said = String::new();
    for verb in ["", "run", "demo", "check", "explain", "advise", "grants", "grants lapsing", "redact"] {
        let args: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let ran = poortwachter(&args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let _ = write!(said, "$ poortwachter {}\n{}\n", args.join(" "), ran.out);
    }
    is_golden("help.txt", &said);
}

#[test]
fn wrong_words_are_usage() {
    for args in [
        &[][..],
        &["frobnicate"],
        &["check"],
        &["check", "--config"],
        &["explain", "--consumer", "a"],
        &["redact", "--operation", "A/02.00", "--reveal", "name"],
    ] {
        let ran = poortwachter(args);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{args:?}");
        assert!(!ran.err.is_empty());
    }
}

/// A gateway's files on disk.
struct House(TempDir);

impl House {
    fn new(consumers: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        fs::create_dir(directory.path().join("registry")).expect("made");
        for (name, text) in consumers {
            fs::write(directory.path().join("registry").join(name), text).expect("written");
        }
        let gateway = "[listener]\naddress = \"127.0.0.1:0\"\nplain-consumer = \"gemeente\"\n\
                       [upstream]\nurl = \"http://127.0.0.1:1\"\n[registry]\ndirectory = \"registry\"\n[audit]\ntrail = \"off\"\n";
        fs::write(directory.path().join("gateway.toml"), gateway).expect("written");
        Self(directory)
    }

    fn place(&self) -> String {
        self.0.path().display().to_string()
    }

    fn check(&self, more: &[&str]) -> Ran {
        let config = self.0.path().join("gateway.toml").display().to_string();
        let mut ran = poortwachter(&[&["check", "--config", &config], more].concat());
        ran.out = ran.out.replace(&self.place(), "/etc/poortwachter");
        ran
    }

    fn explain(&self, args: &str) -> Ran {
        let registry = self.0.path().join("registry").display().to_string();
        let args: Vec<&str> =
            ["explain", "--registry", &registry].into_iter().chain(args.split_whitespace()).collect();
        poortwachter(&args)
    }
}

const GEMEENTE: &str = r#"
id = "gemeente"
organisation = "Gemeente"
kind = "provincial-or-local"
network = "none"
[[certificate]]
subject = "CN=gemeente"
[[sender]]
uri = "gemeente.be/p1"
purpose = "p1"
[[sender]]
uri = "gemeente.be/p2"
purpose = "p2"
[disclaimer]
version = "2024-1"
accepted-by = "directeur"
accepted-on = 2026-01-15
[[grant]]
id = "vergunningen"
services = ["GeefOnderneming/02.00", "GeefFuncties/02.00"]
purpose = "p1"
valid-from = 2026-01-01
valid-until = 2026-12-31
retention = "P5Y"
[[grant]]
id = "toezicht"
services = ["ZoekOnderneming/02.00"]
purpose = "p1"
capacity = "1300"
valid-from = 2026-02-01
opens = ["functionholder-name"]
retention = "P2Y"
[[grant.instrument]]
type = "statutory-basis"
citation = "decreet, artikel 12"
dated = 2020-01-01
"#;

fn house() -> House {
    House::new(&[("gemeente.toml", GEMEENTE)])
}

const ENTERPRISE: &str = "--consumer gemeente --operation GeefOnderneming/02.00";
const SEARCH: &str = "--consumer gemeente --operation ZoekOnderneming/02.00 --purpose p1";

/// A name and the words after `explain --registry DIR` for every outcome.
fn questions() -> Vec<(&'static str, String)> {
    let functions = "--consumer gemeente --operation GeefFuncties/02.00 --purpose p1";
    vec![
        (
            "allowed, one field stays and one is removed",
            format!("{SEARCH} --capacity 1300 --date 2026-06-01"),
        ),
        ("allowed, all removed", format!("{ENTERPRISE} --purpose p1 --date 2026-12-31")),
        (
            "never granted",
            "--consumer gemeente --operation GeefAdressenLocaties/02.00 --purpose p1 --date 2026-06-01"
                .to_owned(),
        ),
        ("wrong purpose", format!("{ENTERPRISE} --purpose p2 --date 2026-06-01")),
        ("wrong capacity", format!("{SEARCH} --date 2026-06-01")),
        ("not yet valid", format!("{SEARCH} --capacity 1300 --date 2026-01-31")),
        ("lapsed", format!("{ENTERPRISE} --purpose p1 --date 2027-01-01")),
        ("disclaimer missing", format!("{ENTERPRISE} --purpose p1 --date 2026-01-14")),
        ("basis missing", format!("{functions} --names-person --date 2026-06-01")),
    ]
}

#[test]
fn explain_tells_every_outcome_with_its_reasons() {
    let house = house();
    let mut said = String::new();
    for (name, args) in questions() {
        let ran = house.explain(&args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{name}");
        let _ = write!(said, "-- {name}\n{}\n", ran.out);
    }
    is_golden("explain.txt", &said);
}

#[test]
fn explain_answers_one_json_object_too() {
    let house = house();
    let mut said = String::new();
    for (name, args) in questions() {
        let ran = house.explain(&format!("{args} --format json"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{name}");
        let mut answer: Value = serde_json::from_str(&ran.out).expect("JSON");
        let digest = answer["registry"].as_str().map(str::len);
        assert_eq!(digest, Some(64));
        answer["registry"] = "…".into();
        let _ = write!(said, "-- {name}\n{answer:#}\n\n");
    }
    is_golden("explain-json.txt", &said);
}

#[test]
fn explain_asks_back_where_the_question_is_unclear() {
    let house = house();
    let refused = |args: &str| {
        let ran = house.explain(args);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{args}");
        ran.err
    };
    let several = refused(&format!("{ENTERPRISE} --date 2026-06-01"));
    assert!(several.contains("has several purposes; name one with --purpose: `p1` or `p2`"), "{several}");
    let other = refused(&format!("{ENTERPRISE} --purpose p3"));
    assert!(other.contains("no URI of `gemeente` stands for purpose `p3`; write `p1` or `p2`"), "{other}");
    let slip = refused("--consumer gemeente --operation GeefOndernemign/02.00");
    assert!(slip.contains("did you mean `GeefOnderneming/02.00`?"), "{slip}");
    let far = refused("--consumer gemeente --operation x");
    assert!(far.contains("the catalogue has GeefOnderneming/02.00, "), "{far}");
    let stranger = refused("--consumer stad --operation GeefOnderneming/02.00");
    assert!(stranger.contains("no consumer `stad` in the registry; there are `gemeente`"), "{stranger}");
    let day = refused(&format!("{ENTERPRISE} --purpose p1 --date 2026-02-30"));
    assert!(day.contains("write a day as 2026-01-31"), "{day}");
}

#[test]
fn explain_on_a_faulty_registry_is_a_matter_of_configuration() {
    let ran = House::new(&[("a.toml", "id = 3")]).explain(ENTERPRISE);
    assert_eq!((ran.code, ran.out.as_str()), (78, ""));
    assert!(ran.err.contains("a.toml:1:6: `id`: is not a text"), "{}", ran.err);
}

#[test]
fn an_answer_that_nobody_reads_is_no_panic() {
    let house = house();
    let binary = env!("CARGO_BIN_EXE_poortwachter");
    let place = house.place();
    for words in [
        format!("explain --registry {place}/registry {ENTERPRISE} --purpose p1 --date 2026-06-01"),
        format!("explain --registry {place}/registry {ENTERPRISE} --purpose p1 --format json"),
        format!("check --config {place}/gateway.toml"),
        format!("check --config {place}/gateway.toml --format json"),
        "demo --once --listen 127.0.0.1:0".to_owned(),
        "--help".to_owned(),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ran = Command::new(binary).args(words.split(' ')).stdout(writer).output().expect("runs");
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{words}");
        assert_ne!(ran.status.code(), Some(101), "{words}");
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_told() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("opens");
    let house = house();
    let config = house.place() + "/gateway.toml";
    let ran = Command::new(env!("CARGO_BIN_EXE_poortwachter"))
        .args(["check", "--config", &config])
        .stdout(full)
        .output();
    assert_eq!(ran.expect("runs").status.code(), Some(74));
}

#[test]
fn check_says_that_all_is_right() {
    let ran = house().check(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "ok: 1 consumer and 2 grants\n"));
    let json: Value = serde_json::from_str(&house().check(&["--format", "json"]).out).expect("JSON");
    assert_eq!((&json["ok"], &json["consumers"], &json["grants"]), (&true.into(), &1.into(), &2.into()));
    assert_eq!((&json["faults"], &json["warnings"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    assert_eq!(json["digest"].as_str().map(str::len), Some(64));
}

#[test]
fn check_tells_every_fault_with_its_place() {
    let house = House::new(&[(
        "gemeente.toml",
        &GEMEENTE.replace("flemish", "x").replace("provincial-or-local", "gemeente"),
    )]);
    let ran = house.check(&[]);
    assert_eq!(ran.code, 1);
    let wanted = "fault: /etc/poortwachter/registry/gemeente.toml:4:8: `kind`: `gemeente` is not known here; write \
                  `flemish-agency`, `provincial-or-local` or `federal-agency`\n1 fault\n";
    assert_eq!(ran.out, wanted);
    let ran = house.check(&["--format", "json"]);
    assert_eq!(ran.code, 1);
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    let fault = &json["faults"][0];
    assert_eq!((&json["ok"], &fault["line"], &fault["column"]), (&false.into(), &4.into(), &8.into()));
    for key in ["file", "key", "problem", "remedy"] {
        assert!(fault[key].is_string(), "{key}");
    }
}

#[test]
fn check_tells_warnings_and_passes() {
    let bare = GEMEENTE.split_once("[disclaimer]").expect("has one").0;
    let ran = House::new(&[("gemeente.toml", &(bare.to_owned() + "[[grant]]\nid = \"g\"\nservices = [\"GeefOnderneming/02.00\"]\npurpose = \"p1\"\nvalid-from = 2026-01-01\nretention = \"P1Y\"\n")), ("notes.txt", "")]).check(&[]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("`grant[0]`: no call of `gemeente` for `kbo-vkbo` data can pass: the VKBO disclaimer has not been accepted (rule 1g-1)"), "{}", ran.out);
    assert!(ran.out.contains("warning: /etc/poortwachter/registry/notes.txt: is passed over"), "{}", ran.out);
}

#[test]
fn check_misses_the_consumer_of_the_plain_door_and_the_configuration_itself() {
    let ran =
        House::new(&[("other.toml", &GEMEENTE.replace("id = \"gemeente\"", "id = \"other\""))]).check(&[]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("has no consumer `gemeente`, which `listener.plain-consumer` names"),
        "{}",
        ran.out
    );
    let ran = poortwachter(&["check", "--config", "/nowhere/gateway.toml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("name the gateway's file with --config"), "{}", ran.out);
}

const ANSWER: &str = "<GeefOndernemingResponse><Functies><Functie><Persoon><INSZ>00000000097</INSZ><VoorNaam>An</VoorNaam>\
                      <AchterNaam>Peeters</AchterNaam></Persoon><Code>1</Code></Functie></Functies></GeefOndernemingResponse>";

fn envelope() -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{ANSWER}</s:Body></s:Envelope>"
    )
}

const REDACT: [&str; 3] = ["redact", "--operation", "GeefOnderneming/02.00"];

#[test]
fn redact_removes_from_an_envelope_and_from_a_body_alone() {
    for input in [ANSWER.to_owned(), envelope()] {
        let ran = fed(&REDACT, input.as_bytes());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        for gone in ["97", "An<", "Peeters"] {
            assert!(!ran.out.contains(gone), "{}", ran.out);
        }
        assert!(ran.out.contains("<Functie><Code>1</Code></Functie>"), "{}", ran.out);
    }
}

#[test]
fn redact_reveals_what_is_named_and_reports_counts() {
    let ran =
        fed(&[&REDACT[..], &["--reveal", "functionholder-name", "--report"]].concat(), ANSWER.as_bytes());
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("<VoorNaam>An</VoorNaam>") && !ran.out.contains("00000000097"), "{}", ran.out);
    let report: Value = serde_json::from_str(&ran.err).expect("JSON");
    assert_eq!(report["operation"], "GeefOnderneming/02.00");
    assert_eq!(report["removed"]["functionholder-insz"], 1);
    assert_eq!(report["removed"]["functionholder-name"], 0);
    let both = ["--reveal", "functionholder-name,functionholder-insz"];
    let ran = fed(&[&REDACT[..], &both].concat(), ANSWER.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, ANSWER));
}

#[test]
fn redact_withholds_what_it_cannot_read_and_writes_none_of_it() {
    let cut = &envelope()[..envelope().len() - 20];
    let other = ANSWER.replace("GeefOnderneming", "GeefPersoon");
    for odd in [b"".as_slice(), b"{", b"\xff\xfe", cut.as_bytes(), other.as_bytes(), b"<a/>"] {
        let ran = fed(&REDACT, odd);
        assert_eq!((ran.code, ran.out.as_str()), (65, ""), "{}", String::from_utf8_lossy(odd));
        assert!(ran.err.contains("withheld as GeefOnderneming/02.00"), "{}", ran.err);
        assert!(!ran.err.contains("Peeters") && !ran.err.contains("00000000097"), "{}", ran.err);
    }
}

#[test]
fn redact_reads_other_character_sets_and_writes_utf_8_that_says_so() {
    let named = |name: &str, text: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{text}");
    let text = ANSWER.replace("<Code>1</Code>", "<Code>\u{e9}</Code>");
    let latin: Vec<u8> = named("ISO-8859-1", &text).chars().map(|char| char as u8).collect();
    let wide: Vec<u8> = named("UTF-16", &text).encode_utf16().fold(vec![0xfe, 0xff], |mut bytes, unit| {
        bytes.extend(unit.to_be_bytes());
        bytes
    });
    for input in [latin, wide] {
        let ran = fed(&REDACT, &input);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(ran.out.starts_with(&named("UTF-8", "<")), "{}", ran.out);
        assert!(ran.out.contains("<Functie><Code>\u{e9}</Code></Functie>"), "{}", ran.out);
    }
    let ran = fed(&REDACT, named("windows-1252", &text).as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (65, ""));
    assert!(ran.err.contains(": unknown-charset"), "{}", ran.err);
}

#[test]
fn redact_reads_a_file_and_says_when_there_is_none() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("answer.xml");
    fs::write(&file, envelope()).expect("written");
    let path = |path: &Path| path.display().to_string();
    let ran = poortwachter(&[&REDACT[..], &[&path(&file)]].concat());
    assert!(ran.code == 0 && !ran.out.contains("Peeters"));
    let ran = poortwachter(&[&REDACT[..], &[&path(&directory.path().join("gone.xml"))]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (66, ""));
    let ran = poortwachter(&["redact", "--operation", "GeefOndernemin/02.00"]);
    assert_eq!((ran.code, ran.out.as_str()), (64, ""));
    assert!(ran.err.contains("did you mean `GeefOnderneming/02.00`?"), "{}", ran.err);
}

const ROWS: [&str; 5] = ["redact", "--operation", "PubliceerOndernemingVKBO/02.00", "--format", "csv"];
const PUBLICATION: &str = "DatumModificatie;Ondernemingsnummer;SoortOndernemingCode;AchterNaam;\"Adres.Straat\"\r\n\
                           2026-11-24;0123456749;1;Peeters;\"Kerk;straat\"\r\n2026-11-24;0234567873;2;;Dorp\r\n";

#[test]
fn redact_empties_the_personal_cells_of_a_publication_in_rows() {
    let ran = fed(&[&ROWS[..], &["--report"]].concat(), PUBLICATION.as_bytes());
    let want = PUBLICATION.replace("Peeters", "").replace("\"Kerk;straat\"", "");
    assert_eq!((ran.code, ran.out.as_str()), (0, want.as_str()));
    let report: Value = serde_json::from_str(&ran.err).expect("JSON");
    assert_eq!(report["removed"]["functionholder-name"], 1);
    assert_eq!(report["removed"]["sole-proprietor-address"], 1);
    let open = ["--reveal", "functionholder-name,sole-proprietor-address"];
    let ran = fed(&[&ROWS[..], &open].concat(), PUBLICATION.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, PUBLICATION));
}

#[test]
fn redact_reads_rows_in_utf_16_with_a_mark_and_writes_utf_8() {
    let wide = PUBLICATION.encode_utf16().fold(vec![0xff, 0xfe], |mut bytes, unit| {
        bytes.extend(unit.to_le_bytes());
        bytes
    });
    let ran = fed(&ROWS, &wide);
    let want = PUBLICATION.replace("Peeters", "").replace("\"Kerk;straat\"", "");
    assert_eq!((ran.code, ran.out.trim_start_matches('\u{feff}')), (0, want.as_str()), "{}", ran.err);
}

#[test]
fn redact_withholds_rows_it_cannot_split_and_names_the_line_and_not_the_cell() {
    for (more, fault) in [
        ("1;2;3\r\n", "line 4: cell-count"),
        ("2026;1;2;Pee\"ters;x\r\n", "line 4: bare-quote"),
        ("2026;62660599933;2;Peeters;x\r\n", "line 4: tripwire"),
    ] {
        let ran = fed(&ROWS, format!("{PUBLICATION}{more}").as_bytes());
        assert_eq!((ran.code, ran.out.as_str()), (65, ""), "{fault}");
        let want = format!("standard input: withheld as PubliceerOndernemingVKBO/02.00: {fault}\n");
        assert!(ran.err.ends_with(&want), "{}", ran.err);
    }
    let ran = fed(&ROWS, &[PUBLICATION.as_bytes(), b"\xff"].concat());
    assert!(ran.code == 65 && ran.err.ends_with(": line 4: broken-charset\n"), "{}", ran.err);
}

#[test]
fn redact_reads_rows_of_publications_alone_and_knows_no_field_groups_in_them() {
    let ran = fed(&[&REDACT[..], &["--format", "csv"]].concat(), PUBLICATION.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (64, ""));
    assert!(ran.err.contains("`GeefOnderneming/02.00` is no publication"), "{}", ran.err);
    let ran = fed(&[&ROWS[..], &["--fields", "everything"]].concat(), PUBLICATION.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
}
