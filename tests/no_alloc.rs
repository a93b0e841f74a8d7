//! From the parsed head of a known consumer to verdict, counters, record, filtered chunk, and lines of the audit
//! trail that are written before the call goes on: nothing asks for memory.
//!
//! The promise begins when head and body are in and ends when the filter has said what may leave. Outside
//! it, and once per call: the filter's own state, undoing a coding or another character set than UTF-8, the refusal's text, the answer's headers. Once per
//! process: the counter of each consumer, service and outcome, when it is first needed (the warm run).
#![allow(clippy::unwrap_used, clippy::panic)]

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allocation_counter::{measure, opt_out};
use bytes::Bytes;
use poortwachter::audit::keys::{PseudonymKey, SigningKey};
use poortwachter::audit::trail::{Durability, Settings};
use poortwachter::audit::{self, Digests, Draft, Ending, Keeper, Outcome, Trail};
use poortwachter::catalogue::Catalogue;
use poortwachter::clock::Clock;
use poortwachter::kernel::peek::soap;
use poortwachter::kernel::redact::Terms;
use poortwachter::kernel::redact::allow::Fate;
use poortwachter::kernel::tripwire::Mode;
use poortwachter::kernel::vocab::{CapacityIx, ConsumerIx, Day, Sources};
use poortwachter::kernel::{Call, decide};
use poortwachter::law::Law;
use poortwachter::proxy::redactor::Redactor;
use poortwachter::proxy::{tripwire, verdict};
use poortwachter::registry;
use poortwachter::telemetry::meters::{Calls, House};
use poortwachter::telemetry::trail::Meters;
use poortwachter::telemetry::{Generation, Recorder};
use poortwachter::wire::{Attachments, Budget, Opener, Piece, Wrapping};
use tempfile::TempDir;

const PATH: &str = "/GeefOndernemingDienst-02.00/soap/WebService";
/// 2026-11-24.
const TODAY: Day = Day(20_781);
/// Bytes of an answer fed at once.
const CHUNK: usize = 512;

const BUDGET: Budget = Budget { decoded: 1 << 20, ratio: 100 };

/// One kind of call and how it must end.
struct Case {
    consumer: Option<ConsumerIx>,
    path: &'static str,
    body: String,
    day: Day,
    outcome: &'static str,
}

struct Scene {
    generation: Arc<Generation>,
    cases: Vec<Case>,
    answer: Bytes,
    wrapping: Wrapping,
    trail: Trail,
    /// Dropped after the trail was used, with the directory it is in.
    _kept: (Keeper, TempDir),
}

impl Scene {
    fn set() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (id, extra) in [("gemeente", ""), ("inspectie", BASIS)] {
            std::fs::write(directory.path().join(format!("{id}.toml")), consumer(id, extra)).unwrap();
        }
        let law = Arc::new(Law::parse("law", Law::BUILT_IN).unwrap());
        let catalogue = Arc::new(Catalogue::parse("catalogue", Catalogue::BUILT_IN).unwrap());
        let basis =
            registry::Basis { law, catalogue, disclaimer_grace: 30, keeps_near_functionholders: false };
        let snapshot = Arc::new(registry::load(directory.path(), &basis, None).unwrap().snapshot);
        let recorder = Arc::new(Recorder::default());
        let _described = House::new(&recorder, "test");
        let calls = Calls::new(&recorder, &snapshot, Outcome::TABLE);
        let gemeente = snapshot.consumer_with_id("gemeente");
        let inspectie = snapshot.consumer_with_id("inspectie");
        let case = |consumer, path, uri: &str, day, outcome| Case {
            consumer,
            path,
            body: question(uri),
            day,
            outcome,
        };
        let cases = vec![
            case(gemeente, PATH, "gemeente.be", TODAY, "none"),
            case(inspectie, PATH, "inspectie.be", TODAY, "none"),
            case(inspectie, "/soap", "inspectie.be", TODAY, "none"),
            case(gemeente, PATH, "inspectie.be", TODAY, "sender-not-registered"),
            case(gemeente, "/x", "gemeente.be", TODAY, "unknown-service"),
            case(
                gemeente,
                "/GeefFunctiesDienst-02.00/soap/WebService",
                "gemeente.be",
                TODAY,
                "statements-disagree",
            ),
            case(gemeente, PATH, "gemeente.be", Day(30_000), "lapsed"),
            case(None, PATH, "gemeente.be", TODAY, "unknown-consumer"),
        ];
        let answer = Bytes::from_static(answer().leak().as_bytes());
        let plain = [(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/xml"))];
        let wrapping = Wrapping::of(&plain.into_iter().collect()).unwrap();
        let kept = keep_trail(&recorder);
        Self {
            trail: kept.0.trail().clone(),
            _kept: kept,
            generation: Arc::new(Generation { snapshot, calls, rehearsal: false }),
            cases,
            answer,
            wrapping,
        }
    }

    /// One call down the line, as the proxy takes it; gives the reason it ended with.
    fn call(&self, case: &Case) -> &'static str {
        let snapshot = &self.generation.snapshot;
        let mut draft = Draft::begin(Arc::clone(&self.generation), &self.trail);
        draft.judged_under(&self.generation);
        draft.asked_by(case.consumer);
        let envelope = soap::read(case.body.as_bytes(), snapshot.catalogue().person_elements()).unwrap();
        let consumer = case.consumer;
        let capacity = consumer.map(|consumer| verdict::capacity(snapshot, consumer, &envelope));
        draft.asks(&envelope, capacity.unwrap_or(CapacityIx::NONE));
        draft.sent_with(consumer.and_then(|consumer| verdict::sender(snapshot, consumer, &envelope)));
        let permit = match verdict::weigh(snapshot, consumer, case.path, &envelope, case.day) {
            Ok(permit) => permit,
            Err(against) => {
                let outcome = against.reason.outcome();
                draft.refused(against.operation, against.reason.rule());
                let ending = Ending::unanswered(outcome, 200, 0, None);
                awaited(draft.settle(ending)).unwrap();
                draft.close(ending);
                return outcome.reason();
            }
        };
        let mut clearance = awaited(audit::open(permit, &mut draft)).unwrap();
        let redactor = opt_out_of(|| {
            let watched = tripwire::over(&clearance, Mode::Mask);
            Box::new(Redactor::new(Terms::revealing(clearance.permit().reveals())).watched(watched))
        });
        let opener = opt_out_of(|| Opener::new(&self.wrapping, BUDGET, Attachments::Refuse, "").unwrap());
        let ending = self.filter(opener, redactor, &clearance);
        clearance.hashed(&Digests { before: [1; 32], after: [2; 32] });
        awaited(clearance.settle(ending)).unwrap();
        clearance.close(ending);
        ending.outcome.reason()
    }

    fn filter(
        &self,
        mut opener: Opener,
        mut redactor: Box<Redactor>,
        clearance: &audit::Clearance,
    ) -> Ending {
        let program = clearance.snapshot().catalogue().program(clearance.permit().call().operation);
        for start in (0..self.answer.len()).step_by(CHUNK) {
            opener.give(self.answer.slice(start..self.answer.len().min(start + CHUNK)));
            while let Some(piece) = opener.piece().unwrap() {
                let Piece::Text(text) = piece else { panic!("{piece:?}") };
                redactor.feed(program, &text).unwrap();
            }
        }
        opener.end();
        assert_eq!(opener.piece(), Ok(Some(Piece::DocumentEnd)));
        redactor.finish(program).unwrap();
        let closed = clearance.permit().reveals().is_empty();
        assert_eq!(redactor.alarm().map(|alarm| alarm.numbers), closed.then_some(40));
        let tally = redactor.tally();
        opt_out(|| drop((redactor, opener)));
        Ending { outcome: Outcome::Allowed, status: 200, bytes: 0, tally, fault: None }
    }

    fn run(&self, calls: usize) {
        for case in self.cases.iter().cycle().take(calls) {
            assert_eq!(self.call(case), case.outcome);
        }
    }
}

/// A trail in a directory of its own, whose lines are written by a thread of its own.
fn keep_trail(recorder: &Arc<Recorder>) -> (Keeper, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::write(here.join("checkpoint.key"), SigningKey::generate().unwrap()).unwrap();
    std::fs::write(here.join("pseudonym.key"), PseudonymKey::generate().unwrap()).unwrap();
    let settings = Settings {
        directory: here.join("audit"),
        checkpoint_key: here.join("checkpoint.key"),
        pseudonym_key: here.join("pseudonym.key"),
        durability: Durability::Written,
        segment_bytes: 1 << 20,
        segment_age: Duration::from_hours(1),
        checkpoint_interval: Duration::from_hours(1),
        answer_digests: true,
        calls: 8,
    };
    let clock = Clock::new(|| jiff::Timestamp::UNIX_EPOCH);
    (Keeper::open(&settings, &clock, Meters::new(recorder), |_| {}).unwrap(), directory)
}

/// Waits for what another thread does, on a thread that has nothing else to do.
fn awaited<W: Future>(work: W) -> W::Output {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

#[test]
fn the_counter_counts() {
    let scene = Scene::set();
    scene.run(scene.cases.len());
    let asked = measure(|| {
        scene.run(1);
        drop(std::hint::black_box(Box::new(7)));
    });
    assert_eq!(asked.count_total, 1);
}

#[test]
fn ten_thousand_mixed_calls_ask_for_no_memory() {
    let scene = Scene::set();
    scene.run(scene.cases.len());
    let asked = measure(|| scene.run(10_000));
    assert_eq!((asked.count_total, asked.bytes_total), (0, 0));
}

const SCHOOL: &str = r#"
id = "school"
organisation = "Proef"
kind = "flemish-agency"
network = "none"
[[sender]]
uri = "school.be"
purpose = "p"
[[grant]]
id = "toegang"
services = ["GeefHistoriekInschrijving/02.01"]
purpose = "p"
valid-from = 2026-02-01
fields = ["enrolment"]
retention = "P5Y"
[[grant.instrument]]
type = "protocol"
parties = ["Onderwijs", "School"]
legal-text = "decreet"
dated = 2025-01-01
"#;

#[test]
fn field_groups_are_decided_and_walked_without_asking_for_memory() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("school.toml"), SCHOOL).unwrap();
    let law = Arc::new(Law::parse("law", Law::BUILT_IN).unwrap());
    let catalogue = Arc::new(Catalogue::parse("catalogue", Catalogue::BUILT_IN).unwrap());
    let basis = registry::Basis { law, catalogue, disclaimer_grace: 30, keeps_near_functionholders: false };
    let snapshot = registry::load(directory.path(), &basis, None).unwrap().snapshot;
    let operation = snapshot.catalogue().labelled("GeefHistoriekInschrijving/02.01").unwrap();
    let call = Call {
        consumer: snapshot.consumer_with_id("school").unwrap(),
        operation,
        sources: Sources::first(1),
        purpose: snapshot.purpose_named("p").unwrap(),
        capacity: CapacityIx::NONE,
        names_person: false,
        day: TODAY,
    };
    let fate = |last: &str| {
        let groups = decide(&snapshot.view(), call).unwrap().groups();
        let allow = snapshot.catalogue().allow(operation);
        let path = ["Inschrijvingen", "Inschrijving", "HogerOnderwijs", last];
        let end = path.iter().try_fold(allow.root(), |at, name| allow.child(at, name.as_bytes()));
        end.map(|end| allow.fate(end, groups))
    };
    let asked = measure(|| {
        for _ in 0..1_000 {
            assert_eq!(fate("Opleiding"), Some(Fate::Whole));
            assert_eq!(fate("Studiepunten"), Some(Fate::Gone));
            assert_eq!(fate("Nieuw"), None);
        }
    });
    assert_eq!((asked.count_total, asked.bytes_total), (0, 0));
}

/// Does what happens once per call and is not part of the promise.
fn opt_out_of<T>(work: impl FnOnce() -> T) -> T {
    let mut made = None;
    opt_out(|| made = Some(work()));
    made.unwrap()
}

const BASIS: &str = r#"
opens = ["functionholder-name", "functionholder-insz"]
[[grant.instrument]]
type = "statutory-basis"
citation = "Decreet van 1 januari 2020, artikel 12"
dated = 2020-01-01
"#;

fn consumer(id: &str, extra: &str) -> String {
    format!(
        r#"
id = "{id}"
organisation = "Proef"
kind = "flemish-agency"
network = "none"
[[certificate]]
subject = "CN={id}"
[[sender]]
uri = "{id}.be"
purpose = "{id}"
[disclaimer]
version = "2024-1"
accepted-by = "iemand"
accepted-on = 2026-01-15
[[grant]]
id = "toegang"
services = ["GeefOnderneming/02.00"]
purpose = "{id}"
valid-from = 2026-02-01
valid-until = 2027-12-31
retention = "P5Y"
{extra}"#
    )
}

fn question(uri: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><w:GeefOnderneming xmlns:w=\"urn:w\">\
         <Verzoek><Context><Naam>Onderneming.GeefOnderneming</Naam><Versie> 02.00.0000 </Versie><Bericht><Afzender>\
         <Identificatie>{uri}</Identificatie><Referte>1</Referte><Hoedanigheid>101</Hoedanigheid></Afzender></Bericht>\
         </Context><Vragen><Vraag><Inhoud><Criteria><Ondernemingsnummer>1</Ondernemingsnummer></Criteria></Inhoud>\
         </Vraag></Vragen></Verzoek></w:GeefOnderneming></e:Body></e:Envelope>"
    )
}

fn answer() -> String {
    let holder = "<Functie><Aard>10006</Aard><Persoon><INSZ>62680599650</INSZ><VoorNaam>A</VoorNaam></Persoon>\
                  <Nota>62.68.05-996.50</Nota></Functie>";
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><GeefOndernemingResponse><Repliek>\
         <Functies>{}</Functies></Repliek></GeefOndernemingResponse></e:Body></e:Envelope>",
        holder.repeat(40)
    )
}
