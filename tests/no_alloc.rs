//! From the parsed head of a known consumer to verdict, counters, record, filtered chunk, and lines of the audit
//! trail that are written before the call goes on: nothing asks for memory.
//!
//! So does finding out whose a call is that brings a token which was verified before, by token and by certificate.
//!
//! The promise begins when head and body are in and ends when the filter has said what may leave. Outside
//! it, and once per call: the filter's own state, undoing a coding or another character set than UTF-8, the refusal's text, the answer's headers. Once per
//! process: the counter of each consumer, service and outcome, when it is first needed (the warm run).
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/issuer.rs"]
mod issuer;

use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allocation_counter::{measure, opt_out};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use poortwachter::audit::keys::{PseudonymKey, SigningKey};
use poortwachter::audit::trail::{Durability, Settings};
use poortwachter::audit::{self, Digests, Draft, Ending, Keeper, Outcome, Trail};
use poortwachter::catalogue::Catalogue;
use poortwachter::clock::Clock;
use poortwachter::config::Quota;
use poortwachter::identity::token::Rules;
use poortwachter::identity::{Certificate, KeySet, Keyring, Tokens};
use poortwachter::kernel::peek::soap;
use poortwachter::kernel::redact::Terms;
use poortwachter::kernel::redact::allow::Fate;
use poortwachter::kernel::redact::json::{Body, Form};
use poortwachter::kernel::tripwire::{Mode, Tripwire};
use poortwachter::kernel::vocab::{CapacityIx, ConsumerIx, Day, FieldSet, Sources};
use poortwachter::kernel::{Call, decide};
use poortwachter::law::Law;
use poortwachter::proxy::quota::{Allowance, Quotas, STRANGERS, Throttled};
use poortwachter::proxy::redactor::Redactor;
use poortwachter::proxy::{bearer, credentials, rest, trace, tripwire, verdict};
use poortwachter::registry::{self, Limits};
use poortwachter::telemetry::meters::{Calls, House};
use poortwachter::telemetry::trail::Meters;
use poortwachter::telemetry::{Generation, Recorder};
use poortwachter::text::Limit;
use poortwachter::wire::{Attachments, Budget, Opener, Piece, Wrapping};
use tempfile::TempDir;

const PATH: &str = "/GeefOndernemingDienst-02.00/soap/WebService";
/// 2026-11-24.
const TODAY: Day = Day(20_781);
/// Bytes of an answer fed at once.
const CHUNK: usize = 512;

/// 2026-11-24, nanoseconds since 1970.
const NOW: u64 = 1_795_478_400_000_000_000;
/// More than this test calls.
const PLENTY: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();
const QUOTA: Quota =
    Quota { calls_per_second: Limit::At(PLENTY), burst: Some(PLENTY), concurrent_calls: Limit::At(PLENTY) };

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
    quotas: Quotas,
    /// The head of a request that continues a trace.
    traced: HeaderMap,
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
        let calls =
            Calls::new(&recorder, &snapshot, Outcome::TABLE, &Clock::new(|| jiff::Timestamp::UNIX_EPOCH));
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
            quotas: Quotas::default(),
            traced: HeaderMap::from_iter([(
                HeaderName::from_static("traceparent"),
                HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            )]),
        }
    }

    /// One call down the line, as the proxy takes it; gives the reason it ended with.
    fn call(&self, case: &Case) -> &'static str {
        let snapshot = &self.generation.snapshot;
        let own = case.consumer.map(|consumer| snapshot.consumer(consumer));
        let (id, limits) = own.map_or((STRANGERS, Limits::default()), |known| (&known.id, known.limits));
        let allowance = Allowance::of(&QUOTA, &limits);
        let _share = self.quotas.enter(id, allowance, NOW).unwrap();
        let mut draft = Draft::begin(Arc::clone(&self.generation), &self.trail);
        let context = trace::continued(&self.traced).unwrap();
        draft.continues(context);
        draft.judged_under(&self.generation);
        draft.asked_by(case.consumer);
        let envelope = soap::read(case.body.as_bytes(), snapshot.catalogue().person_elements()).unwrap();
        let consumer = case.consumer;
        let capacity = consumer.map(|consumer| verdict::capacity(snapshot, consumer, &envelope));
        draft.asks(&envelope.persons, &envelope.enterprises, capacity.unwrap_or(CapacityIx::NONE));
        draft.sent_with(consumer.and_then(|consumer| verdict::sender(snapshot, consumer, &envelope)));
        let permit = match verdict::weigh(snapshot, consumer, case.path, &envelope, case.day) {
            Ok(permit) => permit,
            Err(against) => {
                let outcome = against.reason.outcome();
                let missing = against.missing(snapshot, case.consumer, case.day);
                draft.refused(against.operation, against.reason.rule(), missing);
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
        retention: None,
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

#[test]
fn a_call_over_its_consumer_s_limit_is_found_out_without_asking_for_memory() {
    let quotas = Quotas::default();
    let one = NonZeroU32::MIN;
    let slow = Quota { calls_per_second: Limit::At(one), burst: None, concurrent_calls: Limit::At(one) };
    let allowance = Allowance::of(&slow, &Limits::default());
    let under_way = quotas.enter("gemeente", allowance, NOW).unwrap();
    let asked = measure(|| {
        for _ in 0..1_000 {
            assert!(matches!(quotas.enter("gemeente", allowance, NOW), Err(Throttled::AtOnce { .. })));
        }
    });
    drop(under_way);
    let asked_again = measure(|| {
        for _ in 0..1_000 {
            assert!(matches!(quotas.enter("gemeente", allowance, NOW), Err(Throttled::Rate { .. })));
        }
    });
    assert_eq!((asked.count_total, asked_again.count_total), (0, 0));
}

#[test]
fn a_remembered_token_and_whose_it_is_ask_for_no_memory() {
    let now = 1_795_514_400;
    let signer = issuer::Signer::rsa("a", "RS256");
    let accepted = vec![jsonwebtoken::Algorithm::RS256];
    let (set, _) = KeySet::read(issuer::jwks([&signer]).as_bytes(), &accepted).unwrap();
    let ring = Keyring { set: Some(Arc::new(set)), good_until: now + 60, ..Keyring::default() };
    let tokens = Tokens::new(Rules {
        issuer: issuer::ISSUER.to_owned(),
        audience: vec![issuer::AUDIENCE.to_owned()],
        algorithms: accepted,
        types: vec!["at+jwt".to_owned()],
        client_claim: "client_id".to_owned(),
        required: Vec::new(),
        leeway: 30,
        longest: 8192,
        remembered: 10,
    });
    let directory = tempfile::tempdir().unwrap();
    let client = "clients = [\"gemeente-client\"]\ncredentials = \"both\"\n[[certificate]]";
    let text = consumer("gemeente", "").replacen("[[certificate]]", client, 1);
    std::fs::write(directory.path().join("gemeente.toml"), text).unwrap();
    let law = Arc::new(Law::parse("law", Law::BUILT_IN).unwrap());
    let catalogue = Arc::new(Catalogue::parse("catalogue", Catalogue::BUILT_IN).unwrap());
    let basis = registry::Basis { law, catalogue, disclaimer_grace: 30, keeps_near_functionholders: false };
    let snapshot = registry::load(directory.path(), &basis, None).unwrap().snapshot;
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "gemeente");
    let der = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec();
    let certificate = Certificate::read(&der).unwrap();
    let claims = issuer::but(issuer::claims("gemeente-client", now), "cnf", issuer::bound_to(&der));
    let written = signer.token(&claims);
    let request = http::Request::post(PATH).header("authorization", format!("Bearer {written}"));
    let (parts, ()) = request.body(()).unwrap().into_parts();
    tokens.verify(written.as_bytes(), &ring, now).unwrap();
    let whose = || {
        let written = bearer::presented(&parts).unwrap().unwrap();
        let token = tokens.recall(written, &ring, now).unwrap();
        assert!(!credentials::is_bound_elsewhere(&token, Some(&certificate)));
        credentials::caller(&snapshot, Some(&certificate), Some(&token))
    };
    let expected = Ok(snapshot.consumer_with_id("gemeente").unwrap());
    assert_eq!(whose(), expected);
    let asked = measure(|| {
        for _ in 0..1_000 {
            assert_eq!(whose(), expected);
        }
    });
    assert_eq!((asked.count_total, asked.bytes_total), (0, 0));
    let checked = measure(|| drop(tokens.verify(written.as_bytes(), &ring, now)));
    assert!(checked.count_total > 0, "checking a token is what remembering it saves");
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

#[test]
fn a_certificate_finds_its_consumer_without_asking_for_memory() {
    let directory = tempfile::tempdir().unwrap();
    let pins =
        "[[certificate]]\nsan = \"dns:gemeente.be\"\n[[certificate]]\nsan = \"spiffe://gemeente.be/a\"\n";
    std::fs::write(directory.path().join("gemeente.toml"), consumer("gemeente", "") + pins).unwrap();
    let law = Arc::new(Law::parse("law", Law::BUILT_IN).unwrap());
    let catalogue = Arc::new(Catalogue::parse("catalogue", Catalogue::BUILT_IN).unwrap());
    let basis = registry::Basis { law, catalogue, disclaimer_grace: 30, keeps_near_functionholders: false };
    let snapshot = registry::load(directory.path(), &basis, None).unwrap().snapshot;
    let certificates = [&["x.be", "gemeente.be"][..], &["gemeente.be"], &["x.be"], &[]].map(|hosts| {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let params = rcgen::CertificateParams::new(hosts).unwrap();
        let made = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        Certificate::read(made.der()).unwrap()
    });
    let known = snapshot.consumer_with_id("gemeente");
    let asked = measure(|| {
        for (certificate, consumer) in certificates.iter().zip([known, known, None, None]) {
            assert_eq!(certificate.valid_at(1_795_521_600), Ok(()));
            assert_eq!(snapshot.consumer_with_certificate(certificate), Ok(consumer));
        }
    });
    assert_eq!((asked.count_total, asked.bytes_total), (0, 0));
}

/// A service of an operator's own that gives in JSON what `GeefOnderneming` gives in XML.
const IN_JSON: &str = r#"
version = "proef"
extends = "built-in"
[[service]]
name = "proef.onderneming"
version = "01.00"
domain = "Proef"
dialect = "rest"
source = "kbo-vkbo"
contact = "c"
drift = ["INSZ", "VoorNaam", "AchterNaam"]
personal = [{ path = "Persoon", holds = "person" }]
person-question = { elements = ["insz"], needs = ["functionholder-insz"] }
routes = [
  { method = "GET", path = "/v1/proef/ondernemingen/{nummer:kbo-number}", query = ["taal", "q"] },
  { method = "POST", path = "/v1/proef/zoekingen" },
]
"#;

#[test]
fn a_rest_call_is_heard_decided_and_filtered_without_asking_for_memory() {
    let directory = tempfile::tempdir().unwrap();
    let registered = consumer("gemeente", "").replace("GeefOnderneming/02.00", "proef.onderneming/01.00");
    std::fs::write(directory.path().join("gemeente.toml"), registered).unwrap();
    let law = Arc::new(Law::parse("law", Law::BUILT_IN).unwrap());
    let catalogue = Arc::new(Catalogue::parse("catalogue", IN_JSON).unwrap());
    let basis = registry::Basis { law, catalogue, disclaimer_grace: 30, keeps_near_functionholders: false };
    let snapshot = registry::load(directory.path(), &basis, None).unwrap().snapshot;
    let gemeente = snapshot.consumer_with_id("gemeente");
    let below = [String::new(), "/rest".to_owned()];
    let one = "/rest/v1/proef/ondernemingen/0123456749?taal=nl&q=kring%20(x)";
    let requests = [
        ("GET", one, ""),
        ("POST", "/v1/proef/zoekingen", r#"{"naam":"x"}"#),
        ("POST", "/v1/proef/zoekingen", r#"{"insz":"1"}"#),
    ];
    let requests = requests.map(|(method, target, body)| {
        let request =
            http::Request::builder().method(method).uri(target).header("x-magda-sender-id", "gemeente.be");
        let request = request.header("x-correlation-id", "0f8fad5b-d9cb-469f-a165-7086772895fe");
        (request.header("content-type", "application/json").body(()).unwrap().into_parts().0, body)
    });
    let holder = r#"{"Functie":{"Aard":"10006","Persoon":{"INSZ":"62680599650","VoorNaam":"A"},"Nota":"62.68.05-996.50"}}"#;
    let answer = format!("[{}]", [holder; 40].join(","));
    let filter = || {
        let terms = Terms::revealing(FieldSet::EMPTY);
        let redactor =
            Redactor::of_json(Form::Document, Body::Bare, terms).watched(Some(Tripwire::new(Mode::Mask)));
        Box::new(redactor)
    };
    let call = |passes: &mut usize, filtered: &mut usize| {
        for (parts, body) in &requests {
            let heard =
                rest::hear(snapshot.catalogue(), &below, parts).unwrap().with_body(body.as_bytes()).unwrap();
            let Ok(permit) = rest::weigh(&snapshot, gemeente, &heard, TODAY) else { continue };
            *passes += 1;
            let program = snapshot.catalogue().program(permit.call().operation);
            let mut redactor = opt_out_of(filter);
            for chunk in answer.as_bytes().chunks(CHUNK) {
                redactor.feed(program, chunk).unwrap();
            }
            redactor.finish(program).unwrap();
            *filtered += redactor.tally().removed.iter().map(|count| *count as usize).sum::<usize>();
            opt_out(|| drop(redactor));
        }
    };
    let (mut passes, mut filtered) = (0, 0);
    call(&mut passes, &mut filtered);
    let asked = measure(|| (0..1_000).for_each(|_| call(&mut passes, &mut filtered)));
    assert_eq!((asked.count_total, asked.bytes_total), (0, 0));
    // Whoever asks by INSZ is refused; of each holder go the name and the number.
    assert_eq!((passes, filtered), (2 * 1_001, 2 * 40 * 2 * 1_001));
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
