//! Which route a path takes does not hang on their order, nor on capitals.

use poortwachter_kernel::peek::rest::{
    Asking, Form, Named, Question, Relation, Segment, Target, Template, Unclear, find, question,
};
use proptest::prelude::*;

const WORDS: [&str; 5] = ["kbo", "stop", "V0001001", "12", "0123456749"];
const FORMS: [Form; 5] = [Form::Word, Form::Digits, Form::KboNumber, Form::VCode, Form::Uuid];

fn segment() -> impl Strategy<Value = Segment<'static>> {
    prop_oneof![
        prop::sample::select(WORDS.to_vec()).prop_map(Segment::Literal),
        prop::sample::select(FORMS.to_vec()).prop_map(|form| Segment::Parameter { name: "x", form }),
    ]
}

fn template() -> impl Strategy<Value = Vec<Segment<'static>>> {
    prop::collection::vec(segment(), 1..4)
}

fn fits(segment: &Segment<'_>, word: &str) -> bool {
    match segment {
        Segment::Literal(known) => *known == word,
        Segment::Parameter { form, .. } => form.fits(word),
    }
}

/// Every path of some words that a template has.
fn paths(segments: &[Segment<'_>]) -> Vec<Vec<&'static str>> {
    let words = || WORDS.into_iter().chain(["zoeken", "7", "0f8fad5b-d9cb-469f-a165-7086772895fe"]);
    segments.iter().fold(vec![vec![]], |paths, segment| {
        let longer = |path: &Vec<&'static str>| {
            let fitting = words().filter(|word| fits(segment, word));
            fitting.map(|word| [&path[..], &[word]].concat()).collect::<Vec<_>>()
        };
        paths.iter().flat_map(longer).collect()
    })
}

proptest! {
    #[test]
    fn a_relation_says_how_the_paths_themselves_lie(one in template(), other in template()) {
        let (a, b) = (Template { segments: &one }, Template { segments: &other });
        let (of_a, of_b) = (paths(&one), paths(&other));
        let common = of_a.iter().any(|path| of_b.contains(path));
        let (within, around) = (of_a.iter().all(|path| of_b.contains(path)), of_b.iter().all(|path| of_a.contains(path)));
        match a.relation(&b) {
            Relation::Apart => prop_assert!(!common),
            Relation::Same => prop_assert!(within && around),
            Relation::Within => prop_assert!(within),
            Relation::Around => prop_assert!(around),
            // May be said of routes that only lie apart among these words.
            Relation::Crossing => {}
        }
        let back = match b.relation(&a) {
            Relation::Within => Relation::Around,
            Relation::Around => Relation::Within,
            other => other,
        };
        prop_assert_eq!(a.relation(&b), back);
    }

    #[test]
    fn the_order_of_routes_makes_no_difference(all in prop::collection::vec(template(), 1..6), turn in 0..6_usize) {
        let templates: Vec<_> = all.iter().map(|segments| Template { segments }).collect();
        let mut kept: Vec<Template<'_>> = Vec::new();
        for template in templates {
            let alone = |known: &Template<'_>| !matches!(template.relation(known), Relation::Same | Relation::Crossing);
            if kept.iter().all(alone) {
                kept.push(template);
            }
        }
        let mut turned = kept.clone();
        turned.rotate_left(turn % kept.len());
        for path in all.iter().flat_map(|segments| paths(segments)) {
            let written = format!("/{}", path.join("/"));
            let taken = |among: &[Template<'_>]| find(among, &written).map(|at| at.map(|at| format!("{:?}", among[at])));
            prop_assert_eq!(taken(&kept), taken(&turned));
            // The plainly right one: all others that match have more paths.
            if let Ok(Some(at)) = find(&kept, &written) {
                let matching = kept.iter().filter(|other| {
                    other.segments.len() == path.len() && other.segments.iter().zip(&path).all(|(segment, word)| fits(segment, word))
                });
                for other in matching {
                    prop_assert!(matches!(kept[at].relation(other), Relation::Same | Relation::Within));
                }
            }
        }
    }
}

#[test]
fn capitals_lead_to_no_other_route() {
    let word = [Segment::Parameter { name: "x", form: Form::Word }];
    let search = [Segment::Literal("zoeken")];
    let routes = [Template { segments: &word }, Template { segments: &search }];
    assert_eq!(find(&routes, "/zoeken"), Ok(Some(1)));
    assert_eq!(find(&routes, "/anders"), Ok(Some(0)));
    assert_eq!(find(&routes, "/Zoeken"), Err(Unclear::Case), "a reader without capitals would search");
    assert_eq!(find(&routes, "/zoeken/x"), Ok(None));
    let loud = [Segment::Literal("ZOEKEN")];
    assert_eq!(routes[1].relation(&Template { segments: &loud }), Relation::Crossing);
}

#[test]
fn a_parameter_looks_like_its_form() {
    for (form, right, wrong) in [
        (
            Form::Word,
            &["a", "A-1_b", "1.2", "V0001001"][..],
            &["", "a.json", "1.", ".1", "a.1", "a%", "a/b", "é"][..],
        ),
        (Form::Digits, &["0", "123"], &["", "1a", "-1", "1.0"]),
        (
            Form::KboNumber,
            &["0123456749", "0123.456.749"],
            &["123456749", "0123-456-749", "01234567490", "0123.4567.49"],
        ),
        (Form::VCode, &["V0001001"], &["v0001001", "V001001", "V00010011", "V000100a"]),
        (
            Form::Uuid,
            &["0f8fad5b-d9cb-469f-a165-7086772895fe"],
            &["0f8fad5bd9cb469fa1657086772895fe", "0f8fad5b-d9cb-469f-a165"],
        ),
    ] {
        for text in right {
            assert!(form.fits(text), "{form:?} {text}");
        }
        for text in wrong {
            assert!(!form.fits(text), "{form:?} {text}");
        }
    }
    assert!(!Form::Word.fits(&"a".repeat(65)) && !Form::Digits.fits(&"1".repeat(65)));
}

fn asked(target: &str) -> Result<Question<'_>, Unclear> {
    let segments = [Segment::Literal("a"), Segment::Parameter { name: "nummer", form: Form::Word }];
    let asking = Asking { keys: &["insz", "q", "bron"], persons: &["insz", "nummer"], source: Some("bron") };
    let target = Target::read(target)?;
    deciding(question(&target, target.path(), &Template { segments: &segments[..] }, &asking))
}

/// What decides of a question.
fn deciding<E>(asked: Result<Question<'_>, E>) -> Result<Question<'_>, E> {
    asked.map(|question| Question { named: Named::default(), ..question })
}

#[test]
fn a_question_tells_the_record_whom_it_is_about() {
    let kbo = Segment::Parameter { name: "nummer", form: Form::KboNumber };
    let segments = [Segment::Literal("a"), kbo];
    let keys = &["insz", "rrnr", "companyNr", "q"];
    let asking = Asking { keys, persons: &["insz"], source: None };
    let named = |written: &str| {
        let target = Target::read(written).unwrap();
        let asked = question(&target, target.path(), &Template { segments: &segments }, &asking).unwrap();
        let all = |numbers: &poortwachter_kernel::peek::soap::Numbers| {
            numbers
                .iter()
                .map(|number| number.digits().unwrap_or("-").to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        (all(&asked.named.persons), all(&asked.named.enterprises))
    };
    let pair = |persons: &str, enterprises: &str| (persons.to_owned(), enterprises.to_owned());
    assert_eq!(named("/a/0123.456.749"), pair("", "0123456749"));
    assert_eq!(named("/a/0123456749?insz=82641200757"), pair("82641200757", "0123456749"));
    assert_eq!(named("/a/0123456749?rrnr=82641200757"), pair("82641200757", "0123456749"), "once");
    assert_eq!(named("/a/0123456749?rrnr=1&companyNr=0200.000.045"), pair("1", "0123456749 0200000045"));
    assert_eq!(named("/a/0123456749?q=82.64.12-007.57"), pair("82641200757", "0123456749"));
    assert_eq!(named("/a/0123456749?q=12:82641200757"), pair("", "0123456749"), "which digits, nobody knows");
    assert_eq!(named("/a/0123456749?insz=&q=x"), pair("-", "0123456749"));
}

#[test]
fn a_question_names_a_person_by_parameter_key_or_value() {
    let segments = [Segment::Literal("a")];
    let asking = Asking { keys: &["insz", "q", "bron"], persons: &["insz"], source: Some("bron") };
    let plain = |written: &'static str| {
        let target = Target::read(written).unwrap();
        deciding(question(&target, target.path(), &Template { segments: &segments }, &asking))
    };
    assert_eq!(plain("/a?q=x"), Ok(Question::default()));
    assert_eq!(plain("/a?bron=RR"), Ok(Question { source: Some("RR"), ..Question::default() }));
    let ordinary = Question { names_person: true, names_other: true, ..Question::default() };
    let bis = Question { names_person: true, names_bis: true, ..Question::default() };
    assert_eq!(plain("/a?insz=82641200757"), Ok(ordinary));
    assert_eq!(plain("/a?insz=82441200763"), Ok(bis));
    let unknown = Question { names_other: true, ..bis };
    for list in ["/a?insz=", "/a?insz=82641200757,82441200763", "/a?insz=2410199601"] {
        assert_eq!(plain(list), Ok(unknown), "{list}");
    }
    for value in ["82641200757", "x:82641200757", "%382641200757", "82.64.12-007.57", "82+64+12+007+57"] {
        let written = format!("/a?q={value}");
        let target = Target::read(&written).unwrap();
        assert_eq!(
            deciding(question(&target, "/a", &Template { segments: &segments }, &asking)),
            Ok(unknown),
            "{value}"
        );
    }
    assert_eq!(plain("/a?insz=8264120075%37"), Err(Unclear::EncodedValue));
    assert_eq!(plain("/a?bron=%52R"), Err(Unclear::EncodedValue));
    assert_eq!(plain("/a?INSZ=1"), Err(Unclear::UnknownKey));
    assert_eq!(asked("/a/82441200763"), Ok(bis), "a parameter");
}
