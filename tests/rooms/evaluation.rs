//! Questions about access: the verdict is `decide`'s and `explain`'s, holds as long as it says, and is told whole.

use std::fmt::Write as _;
use std::path::Path;

use poortwachter::config;
use poortwachter::evaluation::report::{self, Manner};
use poortwachter::evaluation::{Audience, Case, Questions, Semantic, Verdict};
use poortwachter::kernel::Denial;
use poortwachter::kernel::vocab::Day;
use poortwachter::law::telling::Language;
use poortwachter::registry::explain::Allowed;
use poortwachter::registry::{Snapshot, load};
use poortwachter::text::date::show;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::golden::is_golden;
use crate::makers::{Ask, BUILT_IN_LAW, RESTLESS_LAW, basis, d, registries, snapshot};
use crate::tellings::ways;

const MANNER: Manner = Manner { language: Language::Dutch, audience: Audience::Operators, owner_names: true };

fn document(ask: &Ask) -> Vec<u8> {
    let mut context = json!({
        "purpose": ask.purpose, "names_person": ask.names_person, "date": show(ask.day),
    });
    if let Some(capacity) = ask.capacity {
        context["capacity"] = capacity.into();
    }
    json!({
        "subject": { "type": "consumer", "id": ask.consumer },
        "action": { "name": "ask" },
        "resource": { "type": "service", "id": ask.service },
        "context": context,
    })
    .to_string()
    .into_bytes()
}

fn evaluated(snapshot: &Snapshot, ask: &Ask) -> Verdict {
    let questions = Questions::one(&document(ask)).unwrap_or_else(|fault| panic!("{fault:?}"));
    let case = Case::of(snapshot, &questions.all[0], d(0)).unwrap_or_else(|fault| panic!("{fault:?}"));
    case.decide(snapshot)
}

/// Without the days on which it holds; `None`: the consumer does not exist.
fn said(verdict: Verdict) -> Option<Result<Allowed, Denial>> {
    match verdict {
        Verdict::Allowed { allowed, .. } => Some(Ok(allowed)),
        Verdict::Denied { denial, .. } => Some(Err(denial)),
        Verdict::Unknown(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn a_question_gets_the_verdict_that_the_call_would(writers in registries()) {
        for law in [&*BUILT_IN_LAW, &*RESTLESS_LAW] {
            let snapshot = snapshot(&writers, law);
            for ask in Ask::every().filter(|ask| ask.day.0 % 2 == 0) {
                // The registries' purposes that no grant names are known by the consumers' URIs alone.
                let verdict = said(evaluated(&snapshot, &ask));
                prop_assert_eq!(&verdict, &ask.decided(&snapshot), "{:?} under {}", ask, law.version());
                prop_assert_eq!(verdict, ask.explained(&snapshot), "{:?} under {}", ask, law.version());
            }
        }
    }

    #[test]
    fn a_verdict_holds_on_the_days_it_says_and_on_no_day_beside_them(writers in registries(), on in 0..13_i32) {
        for law in [&*BUILT_IN_LAW, &*RESTLESS_LAW] {
            let snapshot = snapshot(&writers, law);
            for ask in Ask::every().filter(|ask| ask.day == d(on)) {
                let verdict = evaluated(&snapshot, &ask);
                let holds = match &verdict {
                    Verdict::Allowed { holds, .. } | Verdict::Denied { holds, .. } => *holds,
                    Verdict::Unknown(_) => continue,
                };
                let verdict = said(verdict);
                let same = |day: Day| said(evaluated(&snapshot, &Ask { day, ..ask.clone() })) == verdict;
                prop_assert!(holds.covers(ask.day));
                for day in (-4..=24).map(d).filter(|day| holds.covers(*day)) {
                    prop_assert!(same(day), "{:?} holds {:?} and not on {}", ask, holds, show(day));
                }
                if holds.first != Day::MIN {
                    prop_assert!(!same(holds.first.previous()), "{:?} holds longer than from {:?}", ask, holds);
                }
                if holds.last != Day::MAX {
                    prop_assert!(!same(holds.last.next()), "{:?} holds longer than to {:?}", ask, holds);
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (Questions::one(&bytes), Questions::batch(&bytes));
    }

    #[test]
    fn no_damage_to_a_question_makes_reading_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = document(&Ask::on(d(0)));
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = (Questions::one(&bytes), Questions::batch(&bytes));
    }
}

/// One question of every way to be refused, as operators read it, and what the consumer reads of the first.
#[test]
fn every_reason_is_told_to_who_asks() {
    let mut told = String::new();
    let mut met = Vec::new();
    for way in ways() {
        // A grant for another mediation than the service's does not load.
        let Ok(snapshot) = way.snapshot() else {
            met.push(way.reason);
            continue;
        };
        let operation = snapshot.catalogue().labelled(way.service).expect("there");
        let origin = &snapshot.catalogue().service(operation).origin;
        let mut question = json!({
            "subject": { "type": "consumer", "id": "a" },
            "action": { "name": "ask" },
            "resource": { "type": "service", "id": way.service },
            "context": { "sender": "a.be/p", "date": "2026-01-10", "names_person": way.reason == "basis-missing" },
        });
        if let Some(place) = way.source {
            question["context"]["sources"] = json!([origin.sources[place].name()]);
        }
        let questions = Questions::one(question.to_string().as_bytes()).expect("a question");
        let case = Case::of(&snapshot, &questions.all[0], d(0)).expect("a case");
        let verdict = case.decide(&snapshot);
        assert_eq!((verdict.is_permit(), verdict.reason()), (false, way.reason));
        let answer = report::answer(&snapshot, &case, &verdict, MANNER);
        assert_eq!((&answer["decision"], &answer["context"]["reason"]), (&false.into(), &way.reason.into()));
        if met.is_empty() {
            let manner = Manner { audience: Audience::Consumer, ..MANNER };
            let own = report::answer(&snapshot, &case, &verdict, manner);
            let _ = writeln!(told, "-- {}, to the consumer\n{own:#}\n", way.reason);
        }
        met.push(way.reason);
        let _ = writeln!(told, "-- {}\n{answer:#}\n", way.reason);
    }
    met.dedup();
    assert_eq!(met, Denial::NAMES);
    is_golden("evaluations.txt", &told);
}

/// What is wrong with a document, in English.
fn fault(document: &str) -> String {
    let fault = Questions::batch(document.as_bytes()).expect_err(document);
    for text in [&fault.problem.nl, &fault.problem.en] {
        assert!(!text.contains("geheim") && !text.contains("62680599650"), "{text}");
    }
    format!("{} {}", fault.place, fault.problem.en).trim().to_owned()
}

#[test]
fn what_is_no_question_is_told_by_place_and_not_repeated() {
    let whole = String::from_utf8(document(&Ask::on(d(0)))).expect("text");
    let with = |context: &str| {
        let mut question: Value = serde_json::from_str(&whole).expect("JSON");
        question["context"] = serde_json::from_str(context).expect("JSON");
        question.to_string()
    };
    let edit = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        whole.replace(from, to)
    };
    let deep = |depth: usize| {
        format!("{{\"subject\":{{\"properties\":{}{}}}}}", "[".repeat(depth), "]".repeat(depth))
    };
    let items = |count: usize| {
        edit("{\"action\"", &format!("{{\"evaluations\":[{}],\"action\"", vec!["{}"; count].join(",")))
    };
    let insz = "looks like an INSZ";
    for (document, told) in [
        (String::new(), "not one JSON document"),
        ("[]".to_owned(), "no object"),
        ("\"geheim\"".to_owned(), "no object"),
        (whole.clone() + "{}", "not one JSON document"),
        (whole.clone() + " geheim", "not one JSON document"),
        (whole[..whole.len() - 1].to_owned(), "not one JSON document"),
        (edit("{\"action\"", "{\"action\":{},\"action\""), "stands there twice"),
        (
            edit("\"names_person\":false", "\"names_person\":false,\"names_\\u0070erson\":true"),
            "stands there twice",
        ),
        (deep(31), "nested too deeply"),
        (deep(100_000), "nested too deeply"),
        (edit("\"subject\"", "\"subjekt\""), "has an unknown member; there are `subject`"),
        (edit("\"type\":\"consumer\"", "\"type\":\"geheim\""), "subject.type must be `consumer`"),
        (edit("\"type\":\"service\"", "\"type\":3"), "resource.type is no text"),
        (edit("\"name\":\"ask\"", "\"name\":\"geheim\""), "action.name must be `ask`"),
        (edit("\"id\":\"a\"", "\"id\":\"\""), "subject.id is no text"),
        (edit("\"id\":\"a\"", &format!("\"id\":\"{}\"", "é".repeat(257))), "subject.id is no text"),
        (edit("\"id\":\"a\"", "\"id\":\"a\\u0000\""), "subject.id is no text"),
        (edit("\"id\":\"a\",", ""), "subject.id is missing"),
        (with("[]"), "context is no object"),
        (with("null"), "context is no object"),
        (with(r#"{"geheim":1}"#), "context has an unknown member"),
        (with(r#"{"datum":"2026-01-01"}"#), "is `date` meant?"),
        (with(r#"{"nameS_person":true}"#), "is `names_person` meant?"),
        (with(r#"{"names_person":"true"}"#), "context.names_person is not `true` or `false`"),
        (with(r#"{"names_person":null}"#), "context.names_person is not"),
        (with(r#"{"date":"24/11/2026"}"#), "context.date is no day"),
        (with(r#"{"date":20261124}"#), "context.date is no text"),
        (with(r#"{"date":"2026-02-30"}"#), "context.date is no day"),
        (with(r#"{"sources":[]}"#), "context.sources is no list"),
        (with(r#"{"sources":"kbo-vkbo"}"#), "context.sources is no list"),
        (with(r#"{"sources":["geheim"]}"#), "context.sources is no list"),
        (with(r#"{"purpose":"p0","sender":"a.be/p0"}"#), "context.sender and `purpose` exclude each other"),
        (with(r#"{"purpose":"62680599650"}"#), insz),
        (with(r#"{"capacity":"62.68.05-996.50"}"#), insz),
        (with(r#"{"sender":62680599650}"#), insz),
        (with(r#"{"sender":62680599650.0}"#), insz),
        (with(r#"{"62680599650":true}"#), insz),
        (
            edit("{\"action\"", "{\"options\":{\"evaluations_semantic\":\"geheim\"},\"action\""),
            "options.evaluations_semantic is unknown; write `execute_all`",
        ),
        (
            edit("{\"action\"", "{\"options\":{\"semantic\":\"execute_all\"},\"action\""),
            "options has an unknown member",
        ),
        (edit("{\"action\"", "{\"evaluations\":{},\"action\""), "evaluations is no list"),
        (edit("{\"action\"", "{\"evaluations\":[{},3],\"action\""), "evaluations[1] is no object"),
        (
            edit("{\"action\"", "{\"evaluations\":[{\"context\":{\"datum\":1}}],\"action\""),
            "evaluations[0].context has",
        ),
        (
            edit("{\"action\"", "{\"evaluations\":[{\"evaluations\":[]}],\"action\""),
            "evaluations[0] has an unknown member",
        ),
        ("{\"evaluations\":[{}]}".to_owned(), "evaluations[0].subject is missing"),
        (items(101), "evaluations holds more than 100 questions"),
    ] {
        let said = fault(&document);
        assert!(
            said.contains(told),
            "{said}, not {told}: {}",
            document.chars().take(200).collect::<String>()
        );
    }
    assert_eq!(Questions::batch(items(100).as_bytes()).expect("fits").all.len(), 100);
}

#[test]
fn properties_are_passed_over_and_parts_are_inherited_whole() {
    let whole = String::from_utf8(document(&Ask::on(d(0)))).expect("text");
    let mut question: Value = serde_json::from_str(&whole).expect("JSON");
    for part in ["subject", "action", "resource"] {
        question[part]["properties"] = json!({ "date": [1, { "x": null }] });
    }
    let plain = Questions::one(whole.as_bytes()).expect("a question");
    assert_eq!(Questions::one(question.to_string().as_bytes()), Ok(plain.clone()));
    // Without `evaluations`, or with none, a batch is a single question.
    assert_eq!(Questions::batch(whole.as_bytes()), Ok(plain.clone()));
    question["evaluations"] = json!([]);
    assert_eq!(Questions::batch(question.to_string().as_bytes()), Ok(plain));

    question["evaluations"] = json!([{}, { "context": { "date": "2026-01-02" } }]);
    question["options"] = json!({ "evaluations_semantic": "deny_on_first_deny" });
    let Questions { all, batch } = Questions::batch(question.to_string().as_bytes()).expect("a batch");
    assert_eq!(batch, Some(Semantic::DenyOnFirstDeny));
    let said: Vec<_> = all.iter().map(|asked| (asked.day, asked.purpose.as_deref())).collect();
    // AuthZEN: a part of an item takes the place of the whole part at the top.
    assert_eq!(said, [(Some(d(0)), Some("p0")), (Some(d(1)), None)]);
}

#[test]
fn operators_may_ask_on_loopback_and_beyond_it_where_that_is_written() {
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/gateway.toml")).unwrap();
    let (before, rest) = shipped.split_once("[evaluation]").unwrap();
    let (_, after) = rest.split_once("[filter]").unwrap();
    let bare = format!("{before}[filter]{after}");
    let may = |text: &str| {
        let settings =
            config::parse("gateway.toml", text, Path::new("/etc")).unwrap_or_else(|f| panic!("{f}"));
        (settings.evaluation.for_operators, settings.evaluation.for_consumers)
    };
    let open = bare.replace("127.0.0.1:9464", "0.0.0.0:9464");
    assert_eq!((may(&shipped), may(&bare), may(&open)), ((true, false), (true, false), (false, false)));
    assert_eq!(may(&(open + "\n[evaluation]\nfor-operators = true\nfor-consumers = true\n")), (true, true));
}

/// What the papers tell to ask is answered as they say, by the shipped registry.
#[test]
fn the_examples_in_the_papers_are_true() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded =
        load(&here.join("config/registry"), &basis(&BUILT_IN_LAW), None).unwrap_or_else(|f| panic!("{f}"));
    let answered = |paper: &str| {
        let text = std::fs::read_to_string(here.join(paper)).unwrap();
        let (_, rest) = text.split_once("/access/v1/evaluation -H").unwrap();
        let (_, rest) = rest.split_once("-d '").unwrap();
        let (document, rest) = rest.split_once('\'').unwrap();
        let questions = Questions::one(document.as_bytes()).unwrap();
        let case = Case::of(&loaded.snapshot, &questions.all[0], d(327)).unwrap();
        let manner = Manner { language: Language::English, ..MANNER };
        let answer = report::answer(&loaded.snapshot, &case, &case.decide(&loaded.snapshot), manner);
        let shown = rest.split_once('\n').unwrap().1.split_once("\n```").unwrap().0;
        (answer, serde_json::from_str::<Value>(shown).unwrap())
    };
    let (answer, shown) = answered("docs/evaluation.md");
    let context = &answer["context"];
    assert_eq!(
        json!({ "decision": answer["decision"], "holds": context["holds"], "removes": context["removes"] }),
        shown
    );
    let (answer, shown) = answered("README.md");
    assert_eq!(answer["context"]["reason_user"]["en"], shown);
}
