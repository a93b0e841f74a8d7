//! The audit trail of a gateway that runs: every answer has its record before it leaves, or is not given.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::{fs, io};

use poortwachter::audit::keys::{Numbered, PseudonymKey, PublicKey, SigningKey};
use poortwachter::audit::retention::{Retention, Term};
use poortwachter::audit::trail::disk::{Directory, Disk};
use poortwachter::audit::trail::{Durability, Settings, segments};
use poortwachter::audit::verify::{Report, Terms, check};
use poortwachter::clock::Clock;
use poortwachter::config;
use poortwachter::text::Period;
use serde_json::Value;

use crate::house::{GEMEENTE, House, INSPECTIE, Plan, block_on, logged};
use crate::messages::{FUNCTIES_PATH, INSZ, NAME, PATH, Question, answer, long_answer, stripped};
use crate::scanner;
use crate::upstream::{Gate, Script, Step, always, ok};

/// A directory with keys, for a trail in it.
pub struct Kept {
    pub directory: tempfile::TempDir,
}

impl Kept {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path();
        let key = SigningKey::generate().unwrap();
        fs::write(here.join("checkpoint.pub"), SigningKey::parse(&key).unwrap().public().file()).unwrap();
        fs::write(here.join("checkpoint.key"), key).unwrap();
        fs::write(here.join("pseudonym.key"), PseudonymKey::generate().unwrap()).unwrap();
        Self { directory }
    }

    pub fn trail(&self) -> std::path::PathBuf {
        self.directory.path().join("audit")
    }

    pub fn settings(&self) -> Settings {
        let here = self.directory.path();
        Settings {
            directory: self.trail(),
            checkpoint_key: here.join("checkpoint.key"),
            pseudonym_key: here.join("pseudonym.key"),
            durability: Durability::Fsync,
            segment_bytes: 64 << 20,
            segment_age: std::time::Duration::from_hours(24),
            checkpoint_interval: std::time::Duration::from_hours(1),
            answer_digests: true,
            retention: None,
            calls: 100,
        }
    }

    pub fn plan(&self) -> Plan {
        let audit = self.settings();
        Plan::with(move |settings| settings.audit = Some(audit))
    }

    pub fn plan_on(&self, fault: &Fault) -> Plan {
        let directory = Directory::open(&self.trail()).unwrap();
        let disk: Box<dyn Disk> = Box::new(Faulty { directory, fault: fault.clone() });
        Plan { disk: Some(disk), ..self.plan() }
    }

    pub fn check(&self) -> Report {
        let key = PublicKey::load(&self.directory.path().join("checkpoint.pub")).unwrap();
        check(&self.trail(), &Terms { keys: vec![key], ..Terms::default() }, |_| {}).unwrap()
    }

    pub fn text(&self) -> String {
        let names = segments(&self.trail()).unwrap();
        let read = |name| {
            let text = fs::read_to_string(self.trail().join(name)).unwrap();
            if text.ends_with('\n') { text } else { text + "\n" }
        };
        names.iter().map(read).collect()
    }

    fn records(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn calls(&self) -> Vec<Value> {
        self.records().into_iter().filter(|record| record["kind"] == "call").collect()
    }

    /// By somebody else's reader of schemas, where there is one.
    pub fn is_as_the_schema_says(&self) {
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit-record.schema.json");
        let script = "import json,sys\ntry:\n import jsonschema\nexcept ImportError: sys.exit(3)\n\
            v=jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))\n\
            bad=[(l,e.message) for l in sys.stdin for e in v.iter_errors(json.loads(l))]\n\
            print(bad[:3]); sys.exit(1 if bad else 0)";
        let mut python = std::process::Command::new("python3");
        python.args(["-c", script]).arg(&schema);
        let input = self.directory.path().join("all.jsonl");
        fs::write(&input, self.text()).unwrap();
        let Ok(ran) = python.stdin(fs::File::open(&input).unwrap()).output() else { return };
        assert!(matches!(ran.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&ran.stdout));
    }

    fn kinds(&self) -> Vec<String> {
        self.records().iter().map(|record| record["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// Whatever a test was about: nothing personal stands in a trail, be it a killed gateway's.
impl Drop for Kept {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            scanner::look_through(&self.trail());
        }
    }
}

/// What is wrong with a disk just now.
#[derive(Clone, Default)]
pub struct Fault(Arc<AtomicU8>);

pub const FULL: u8 = 1;
const HALF: u8 = 2;
pub const UNSYNCED: u8 = 3;

impl Fault {
    pub fn set(&self, fault: u8) {
        self.0.store(fault, SeqCst);
    }
}

struct Faulty {
    directory: Directory,
    fault: Fault,
}

impl Disk for Faulty {
    fn create(&mut self, name: &str) -> io::Result<()> {
        self.directory.create(name)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.fault.0.load(SeqCst) {
            FULL => Err(io::ErrorKind::StorageFull.into()),
            HALF => {
                self.directory.append(&bytes[..bytes.len() / 2])?;
                Err(io::Error::other("EIO"))
            }
            _ => self.directory.append(bytes),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.fault.0.load(SeqCst) == UNSYNCED {
            Err(io::Error::other("EIO"))
        } else {
            self.directory.sync()
        }
    }

    fn rewind(&mut self, length: u64) -> io::Result<()> {
        self.directory.rewind(length)
    }
}

fn by_person() -> String {
    let criteria = "<Persoon><INSZ>62.68.05-996.50</INSZ></Persoon>";
    Question { criteria, ..Question::from(INSPECTIE).named("GeefFuncties") }.xml()
}

#[test]
fn a_call_leaves_who_asked_what_about_whom_and_what_became_of_it() {
    let kept = Kept::new();
    let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
    block_on(async {
        assert_eq!(house.ask().await.text(), stripped(1));
        let mut inspectie = house.consumer("inspectie").await;
        inspectie.ask(PATH, Question::from(INSPECTIE).xml()).await;
        inspectie.ask(FUNCTIES_PATH, by_person()).await;
        assert_eq!(
            inspectie.ask(PATH, Question::from(GEMEENTE).xml()).await.reason(),
            "sender-not-registered"
        );
        assert_eq!(inspectie.ask(PATH, "geen xml").await.status, 500);
        house.shutdown().await;
    });
    let calls = kept.calls();
    let phases: Vec<_> = calls.iter().map(|call| call["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["opened", "closed", "opened", "closed", "opened", "closed", "refused", "refused"]);

    let key = PseudonymKey::load(&kept.directory.path().join("pseudonym.key")).unwrap();
    let pseudonym = |of, digits| poortwachter::audit::trail::frame::shown(&key.pseudonym(of, digits));
    let opened = &calls[0];
    assert_eq!(opened["consumer"], "gemeente");
    assert_eq!((&opened["sender"], &opened["purpose"]), (&GEMEENTE.into(), &"ipdc1".into()));
    assert_eq!(opened["operation"], "GeefOnderneming/02.00");
    assert_eq!(opened["sources"][0], "kbo-vkbo");
    assert_eq!(opened["enterprises"][0], pseudonym(Numbered::Enterprise, "0123456749"));
    assert_eq!(opened["subjects"], Value::Null);
    assert_eq!(opened["grants"][0], "toegang");
    assert_eq!(opened["instruments"][0]["type"], "disclaimer");
    assert_eq!(opened["registry"].as_str().unwrap().len(), 64);
    let closed = &calls[1];
    assert_eq!((&closed["trace"], &closed["verdict"]), (&opened["trace"], &"allowed".into()));
    assert_eq!(closed["removed"]["functionholder-insz"], 1);
    assert_eq!(closed["bytes"], stripped(1).len());
    let digest = |text: &str| {
        use sha2::Digest as _;
        poortwachter::audit::trail::frame::shown(&sha2::Sha256::digest(text))
    };
    assert_eq!(closed["answer_before"], digest(&answer("GeefOnderneming")));
    assert_eq!(closed["answer_after"], digest(&stripped(1)));
    assert_eq!(calls[2]["instruments"][0]["reference"], "Decreet van 1 januari 2020, artikel 12");
    assert_eq!(calls[4]["subjects"][0], pseudonym(Numbered::Person, INSZ));
    assert_eq!((&calls[6]["reason"], &calls[6]["status"]), (&"sender-not-registered".into(), &200.into()));
    assert_eq!(calls[6]["sources"][0], "kbo-vkbo");
    assert_eq!(calls[7]["reason"], "unreadable");

    let text = kept.text();
    for secret in [INSZ, NAME, "62.68.05", "0123456749", "71690499880", "vraag-1"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let report = kept.check();
    assert_eq!((report.findings, report.unsigned), (vec![], 0));
    let kinds = kept.kinds();
    assert_eq!((kinds[0].as_str(), kinds[1].as_str()), ("segment", "start"));
    assert_eq!(kinds[kinds.len() - 2..], ["stop", "checkpoint"]);

    // Both checkpoints are in the log, whole, for a witness to keep.
    let said = logged();
    let told = said.lines().filter(|line| line.contains("poortwachter::checkpoint"));
    let told: BTreeSet<String> = told
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["line"].as_str().unwrap().to_owned())
        .collect();
    let checkpoints: Vec<&str> =
        text.lines().filter(|line| line.contains("\"kind\":\"checkpoint\"")).collect();
    assert_eq!(checkpoints.len(), 2);
    assert!(checkpoints.iter().all(|line| told.contains(*line)));
}

#[test]
fn records_are_as_their_schema_says() {
    let kept = Kept::new();
    let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
    block_on(async {
        house.ask().await;
        house.consumer("inspectie").await.ask(FUNCTIES_PATH, by_person()).await;
        house.consumer("vreemd").await.ask(PATH, Question::from(GEMEENTE).xml()).await;
        house.running().reload().await;
        house.write_consumer("gemeente", "kapot");
        house.running().reload().await;
        house.shutdown().await;
    });
    kept.is_as_the_schema_says();
}

/// An upstream that answers once the gate is open.
fn behind(gate: &Gate) -> Script {
    let waits = gate.clone();
    Arc::new(move |_: &_| {
        let mut steps = vec![Step::Await(waits.clone())];
        steps.extend(ok(&answer("GeefOnderneming")));
        steps
    })
}

#[test]
fn the_record_is_there_before_the_call_is_forwarded_and_the_end_before_the_answer_leaves() {
    let kept = Kept::new();
    let gate = Gate::default();
    let house = House::planned(kept.plan(), behind(&gate));
    block_on(async {
        let mut consumer = house.consumer("gemeente").await;
        let call = tokio::spawn(async move { consumer.ask(PATH, Question::from(GEMEENTE).xml()).await });
        gate.reached(1).await;
        assert_eq!(kept.calls().len(), 1, "opened, and the upstream has only just been asked");
        gate.open();
        let answer = call.await.unwrap();
        let calls = kept.calls();
        assert_eq!(calls[1]["phase"], "closed");
        assert_eq!(answer.header("belgov-trace-id").unwrap(), calls[1]["trace"].as_str().unwrap());
    });
}

#[test]
fn without_a_record_there_is_no_answer_and_when_there_is_room_again_there_are_answers() {
    for fault in [FULL, HALF, UNSYNCED] {
        let kept = Kept::new();
        let disk = Fault::default();
        let mut house = House::planned(kept.plan_on(&disk), always(ok(&answer("GeefOnderneming"))));
        block_on(async {
            let mut gemeente = house.consumer("gemeente").await;
            let question = || Question::from(GEMEENTE).xml();
            assert_eq!(gemeente.ask(PATH, question()).await.status, 200);
            disk.set(fault);
            for _ in 0..3 {
                let refused = gemeente.ask(PATH, question()).await;
                assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("5")));
                assert!(refused.text().contains("niets optekenen"));
            }
            // A refusal is an answer, too.
            let foreign = gemeente.ask(PATH, Question::from(INSPECTIE).xml()).await;
            assert_eq!(foreign.status, 503);
            assert_eq!(
                house.page("/readyz").await,
                (503.try_into().unwrap(), "not ready: audit trail cannot be written\n".to_owned())
            );
            assert!(house.metrics().await.contains("poortwachter_audit_failing 1"));
            assert_eq!(house.upstream.asked().len(), 1, "nothing was forwarded");
            disk.set(0);
            while gemeente.ask(PATH, question()).await.status != 200 {
                tokio::task::yield_now().await;
            }
            assert_eq!(house.page("/readyz").await.0, 200);
            house.shutdown().await;
        });
        assert_eq!(kept.check().findings, [], "{fault}");
        let told = kept.records().into_iter().find(|record| record["kind"] == "recovery").unwrap();
        assert_eq!(told["cause"], "write-failed");
        assert!(told["refused"].as_u64().unwrap() >= 4, "{told}");
    }
}

#[test]
fn an_answer_whose_end_cannot_be_recorded_is_not_given_and_that_is_recorded_later() {
    let kept = Kept::new();
    let (disk, gate) = (Fault::default(), Gate::default());
    let mut house = House::planned(kept.plan_on(&disk), behind(&gate));
    block_on(async {
        let mut consumer = house.consumer("gemeente").await;
        let call = tokio::spawn(async move { consumer.ask(PATH, Question::from(GEMEENTE).xml()).await });
        gate.reached(1).await;
        disk.set(FULL);
        gate.open();
        assert_eq!(call.await.unwrap().status, 503);
        disk.set(0);
        house.shutdown().await;
    });
    assert_eq!(kept.check().findings, []);
    let calls = kept.calls();
    let told: Vec<_> = calls.iter().map(|call| (&call["phase"], &call["reason"], &call["status"])).collect();
    assert_eq!(told[1], (&"closed".into(), &"unrecorded".into(), &503.into()));
    assert_eq!(calls.len(), 2);
}

#[test]
fn more_calls_than_there_are_places_for_are_refused_and_the_next_record_says_how_many() {
    let kept = Kept::new();
    let gate = Gate::default();
    // Sixty-four places: each call holds one, and needs another for a moment.
    let audit = Settings { calls: 0, ..kept.settings() };
    let mut house = House::planned(Plan::with(move |settings| settings.audit = Some(audit)), behind(&gate));
    block_on(async {
        let mut calls = Vec::new();
        for _ in 0..63 {
            let mut consumer = house.consumer("gemeente").await;
            let call = async move { consumer.ask(PATH, Question::from(GEMEENTE).xml()).await.status };
            calls.push(tokio::spawn(call));
            gate.reached(calls.len()).await;
        }
        // The last place serves a refusal, or the beginning of a call, but not both.
        assert_eq!(house.ask().await.status, 503);
        assert_eq!(house.page("/readyz").await.0, 200, "the disk is well");
        gate.open();
        for call in calls {
            assert_eq!(call.await.unwrap(), 200);
        }
        assert_eq!(house.ask().await.status, 200);
        house.shutdown().await;
    });
    assert_eq!(kept.check().findings, []);
    let recorded = kept.calls().iter().any(|call| call["reason"] == "unrecorded");
    let told =
        kept.records().iter().any(|record| record["kind"] == "recovery" && record["cause"] == "no-room");
    assert!(recorded || told);
}

#[test]
fn a_streamed_answer_whose_end_cannot_be_recorded_is_cut() {
    let kept = Kept::new();
    let (disk, gate) = (Fault::default(), Gate::default());
    let waits = gate.clone();
    let long = long_answer(4_000);
    let script = Arc::new(move |_: &_| {
        let mut whole = Vec::new();
        for step in ok(&long) {
            match step {
                Step::Send(bytes) => whole.extend(bytes),
                other => drop(other),
            }
        }
        let end = whole.split_off(whole.len() - 100);
        vec![Step::Send(whole), Step::Await(waits.clone()), Step::Send(end)]
    });
    let mut house = House::planned(kept.plan_on(&disk), script);
    block_on(async {
        let mut consumer = house.consumer("gemeente").await;
        let call = tokio::spawn(async move { consumer.ask(PATH, Question::from(GEMEENTE).xml()).await });
        gate.reached(1).await;
        disk.set(FULL);
        gate.open();
        let got = call.await.unwrap();
        assert!(got.body.is_err(), "it did not end well");
        disk.set(0);
        house.shutdown().await;
    });
    assert_eq!(kept.check().findings, []);
    assert_eq!(kept.calls().len(), 2, "opened and closed");
}

#[test]
fn a_gateway_that_starts_again_carries_the_chain_on() {
    let kept = Kept::new();
    for _ in 0..3 {
        let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
        block_on(async {
            house.ask().await;
            house.shutdown().await;
        });
    }
    let report = kept.check();
    assert_eq!((report.segments, report.findings), (3, vec![]));
    let trails: BTreeSet<_> =
        kept.records().iter().filter_map(|r| r["trail"].as_str().map(str::to_owned)).collect();
    assert_eq!(trails.len(), 1);
}

#[test]
fn full_segments_are_sealed_and_followed() {
    let kept = Kept::new();
    let audit = Settings { segment_bytes: 10_000, ..kept.settings() };
    let plan = Plan::with(move |settings: &mut config::Gateway| settings.audit = Some(audit));
    let mut house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
    block_on(async {
        let mut gemeente = house.consumer("gemeente").await;
        for _ in 0..20 {
            gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await;
        }
        house.shutdown().await;
    });
    let report = kept.check();
    assert_eq!(report.findings, []);
    assert!(report.segments > 2 && report.checkpoints > report.segments, "{report:?}");
    assert_eq!(kept.calls().len(), 40);
}

#[test]
fn two_gateways_do_not_write_one_trail_and_a_damaged_one_is_not_carried_on() {
    let kept = Kept::new();
    let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
    assert!(Directory::open(&kept.trail()).unwrap_err().to_string().contains("another gateway"));
    block_on(async {
        house.ask().await;
        house.shutdown().await;
    });
    let name = segments(&kept.trail()).unwrap().remove(0);
    let text = fs::read_to_string(kept.trail().join(&name)).unwrap();
    fs::write(kept.trail().join(&name), text.replacen("gemeente", "gemeende", 1)).unwrap();
    let clock = poortwachter::clock::Clock::new(|| jiff::Timestamp::UNIX_EPOCH);
    let meters = poortwachter::telemetry::trail::Meters::new(&Arc::default());
    let refused = poortwachter::audit::Keeper::open(&kept.settings(), &clock, meters, |_| {}).unwrap_err();
    assert!(refused.to_string().contains("line 4, as no crash would leave it"), "{refused}");
}

#[test]
fn a_question_about_access_leaves_its_verdict() {
    let kept = Kept::new();
    let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
    let asked = r#"{"subject":{"type":"consumer","id":"gemeente"},"action":{"name":"ask"},"resource":{"type":"service","id":"GeefOnderneming/02.00"},"context":{"purpose":"ipdc1"}}"#;
    block_on(async {
        let socket = tokio::net::TcpStream::connect(house.admin).await.unwrap();
        let mut operator = crate::house::Consumer::over(socket).await;
        let request = http::Request::post("/access/v1/evaluation")
            .header("host", "admin")
            .header("content-type", "application/json")
            .body(http_body_util::Full::new(bytes::Bytes::from(asked)))
            .unwrap();
        let answer = operator.send(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        house.shutdown().await;
    });
    let told = kept.records().into_iter().find(|record| record["kind"] == "evaluation").unwrap();
    assert_eq!((&told["consumer"], &told["listener"]), (&"gemeente".into(), &"admin".into()));
    assert_eq!(kept.check().findings, []);
}

/// A real full disk, where the system lets us make a small one.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_refuses_calls_until_there_is_room() {
    let kept = Kept::new();
    fs::create_dir(kept.trail()).unwrap();
    let mount =
        |args: &[&str]| std::process::Command::new(args[0]).args(&args[1..]).arg(kept.trail()).output();
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs"]).is_ok_and(|ran| ran.status.success()) {
        return;
    }
    let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
    block_on(async {
        let mut gemeente = house.consumer("gemeente").await;
        let mut answered = 0;
        while gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.status == 200 {
            answered += 1;
        }
        assert!(answered > 3, "{answered}");
        let grown = mount(&["mount", "-o", "remount,size=1m"]).unwrap();
        assert!(grown.status.success());
        while gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.status != 200 {
            tokio::task::yield_now().await;
        }
        house.shutdown().await;
    });
    let (report, kinds) = (kept.check(), kept.kinds());
    mount(&["umount"]).unwrap();
    assert_eq!(report.findings, []);
    assert!(kinds.iter().any(|kind| kind == "recovery"));
}

#[test]
fn files_whose_time_is_over_go_under_a_tombstone() {
    let kept = Kept::new();
    let month = || Term::For(Period::parse("P1M").unwrap());
    let run = |at: &'static str, expired: usize| {
        let audit = Settings {
            retention: Some(Retention { terms: [month(), month(), month(), month()] }),
            ..kept.settings()
        };
        let mut plan = Plan::with(move |settings: &mut config::Gateway| settings.audit = Some(audit));
        // Their grants have no last day.
        plan.clock = Some(Box::new(move |time| {
            time.set(at);
            Clock::new(move || time.now())
        }));
        let before: Vec<_> = segments(&kept.trail()).unwrap_or_default();
        let mut house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        block_on(async {
            house.ask().await;
            for name in &before[..expired] {
                let file = kept.trail().join(name);
                while file.exists() {
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
            }
            // A file is counted when it is gone.
            let counted = format!("\npoortwachter_audit_segments_retired_total {expired}\n");
            while !house.metrics().await.contains(&counted) {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            house.shutdown().await;
        });
        assert_eq!(kept.check().findings, []);
        segments(&kept.trail()).unwrap().len()
    };
    assert_eq!(run("2040-06-01T10:00:00Z", 0), 1);
    assert_eq!(run("2040-06-20T10:00:00Z", 0), 2);
    // The trail has not come to that day yet: it could be a wrong clock.
    assert_eq!(run("2040-07-02T10:00:00Z", 0), 3);
    assert_eq!(run("2040-07-03T10:00:00Z", 1), 3);
    assert_eq!(run("2041-01-01T10:00:00Z", 0), 4);
    // What the first tombstone said is not in its file only.
    assert_eq!(run("2041-01-02T10:00:00Z", 3), 2);
    kept.is_as_the_schema_says();
    let tombstones = kept.records().iter().filter(|record| record["kind"] == "tombstone").count();
    assert_eq!(tombstones, 1);
    assert_eq!(kept.check().retired.len(), 1);
}

#[test]
fn a_revocation_and_new_certificates_are_on_the_trail() {
    let kept = Kept::new();
    let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
    block_on(async {
        let all = crate::house::gemeente();
        house.write_consumer("gemeente", all.split_once("[[grant]]").unwrap().0);
        house.running().reload().await;
        house.write_consumer("gemeente", &all);
        house.running().reload().await;
        house.write_consumer("gemeente", &all.replace("valid-from = 2026-02-01", "valid-from = 2027-12-01"));
        house.identity("gateway");
        house.running().reload().await;
        house.shutdown().await;
    });
    kept.is_as_the_schema_says();
    let revoked: Vec<_> =
        kept.records().into_iter().filter(|record| record["kind"] == "revocation").collect();
    let told = |at: usize| ["consumer", "grant", "reason"].map(|key| revoked[at][key].as_str().unwrap());
    assert_eq!(revoked.len(), 2, "{revoked:?}");
    assert_eq!((told(0)[0], told(0)[2]), ("gemeente", "removed"));
    assert_eq!((told(1)[0], told(1)[2]), ("gemeente", "not-lawful-any-more"));
    let tls: Vec<_> = kept.records().into_iter().filter(|record| record["kind"] == "tls").collect();
    assert_eq!(tls.len(), 1);
    assert_eq!((&tls[0]["files"], &tls[0]["result"]), (&"listener".into(), &"swapped".into()));
}

#[test]
fn a_clock_that_was_set_back_does_not_put_a_file_before_the_one_that_a_crash_left_empty() {
    let kept = Kept::new();
    fs::create_dir(kept.trail()).unwrap();
    fs::write(kept.trail().join("000000000001-20991231T000000.000000Z.jsonl"), "{\"v\":1,").unwrap();
    for files in 2..=3 {
        let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
        block_on(async {
            house.ask().await;
            house.shutdown().await;
        });
        assert_eq!(kept.check().findings, []);
        assert_eq!(segments(&kept.trail()).unwrap().len(), files);
    }
}
