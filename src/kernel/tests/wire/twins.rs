//! The same content in XML and in JSON loses the same; and the traps that only JSON has.

use poortwachter_kernel::json::JsonFlaw;
use poortwachter_kernel::redact::json::{Body, Filter, Form};
use poortwachter_kernel::redact::program::{Condition, Holds, Parts, Path, Person, Program};
use poortwachter_kernel::redact::{Fault, Tally, Terms};
use poortwachter_kernel::vocab::{Field, FieldSet, Groups, Kind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::feeding::{Collect, Feeding, Outcome, Waiting};
use crate::programs::{BOTH, EVERYTHING, GEEF_ONDERNEMING, NONE, REVEALS};

/// JSON fed whole, byte by byte and in two at every byte: the same each time.
fn filter(program: &Program<'_>, terms: Terms, document: &str) -> Outcome {
    let fed = |chunks: &mut dyn Iterator<Item = &[u8]>| {
        let mut filter = Filter::new(Form::Document, Body::Framed, terms);
        let mut waiting = Waiting::default();
        for chunk in chunks {
            if let Err(fault) = filter.feed(program, chunk, &mut Collect { chunk, waiting: &mut waiting }) {
                return Outcome { out: waiting.out, end: Err(fault) };
            }
            waiting.release();
        }
        let end = filter.finish(program, &mut Collect { chunk: b"", waiting: &mut waiting });
        waiting.release();
        Outcome { out: waiting.out, end }
    };
    let bytes = document.as_bytes();
    let finest = fed(&mut bytes.chunks(1));
    let step = 1 + bytes.len() / 97;
    for at in (0..=bytes.len()).step_by(step) {
        let (head, tail) = bytes.split_at(at);
        let other = fed(&mut [head, tail].into_iter());
        assert_eq!(other.end, finest.end, "split at byte {at} of {document}");
        assert!(finest.end.is_err() || other.out == finest.out, "split at byte {at} of {document}");
    }
    finest
}

#[track_caller]
fn assert_leaves(program: &Program<'_>, terms: Terms, document: &str, want: &str) -> Tally {
    let outcome = filter(program, terms, document);
    assert_eq!(String::from_utf8_lossy(outcome.whole()), want);
    outcome.end.unwrap()
}

fn strict() -> Terms {
    Terms::revealing(NONE)
}

/// Content that can be written both ways.
#[derive(Clone, Debug)]
enum Node {
    Text(&'static str),
    Members(Vec<(&'static str, Node)>),
}

impl Node {
    fn xml(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Members(members) => {
                let written: Vec<_> =
                    members.iter().map(|(name, node)| format!("<{name}>{}</{name}>", node.xml())).collect();
                written.concat()
            }
        }
    }

    /// Equal names that follow one another become an array, as converters write them.
    fn json(&self) -> String {
        let Self::Members(members) = self else {
            let Self::Text(text) = self else { unreachable!() };
            return format!("\"{text}\"");
        };
        let mut written: Vec<String> = Vec::new();
        for same in members.chunk_by(|(one, _), (other, _)| one == other) {
            let values: Vec<String> = same.iter().map(|(_, node)| node.json()).collect();
            let value =
                if let [one] = values.as_slice() { one.clone() } else { format!("[{}]", values.join(",")) };
            written.push(format!("\"{}\":{value}", same[0].0));
        }
        format!("{{{}}}", written.join(","))
    }
}

fn nodes() -> impl Strategy<Value = Node> {
    let text = select(vec!["Quispel", "83670812399", "2", "1", "", "tekst", "geen dossier voor 83670812399"]);
    let name = || {
        select(vec![
            "Functies",
            "Functie",
            "Persoon",
            "Onderneming",
            "Adressen",
            "Namen",
            "Curatoren",
            "Curator",
            "A",
            "B",
            "Uitzondering",
            "Diagnose",
            "VolgNummer",
        ])
    };
    let person = vec(select(vec!["INSZ", "VoorNaam", "AchterNaam", "Geboorte"]), 0..4).prop_map(|names| {
        let members = names.into_iter().map(|name| (name, Node::Text("Quispel"))).collect();
        ("Persoon", Node::Members(members))
    });
    let form = select(vec!["1", "2", "3"])
        .prop_map(|code| ("SoortOnderneming", Node::Members(vec![("Code", Node::Text(code))])));
    let leaf = (name(), text).prop_filter_map("a block is no text", |(name, text)| {
        (name != "Persoon").then_some((name, Node::Text(text)))
    });
    let tree = prop_oneof![4 => leaf.boxed(), 2 => person.boxed(), 1 => form.boxed()].boxed().prop_recursive(
        5,
        24,
        4,
        move |inner| {
            (name(), vec(inner, 0..4))
                .prop_filter_map("a block holds what blocks hold", |(name, members)| {
                    (name != "Persoon").then_some((name, Node::Members(members)))
                })
                .boxed()
        },
    );
    vec(tree, 0..4).prop_map(Node::Members)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn xml_and_json_of_the_same_content_lose_and_keep_the_same(node in nodes()) {
        for reveals in REVEALS {
            let terms = Terms::revealing(reveals);
            let feeding = Feeding { terms, ..Feeding::revealing(&EVERYTHING, reveals) };
            let xml = feeding.whole(
                format!(
                    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
                     <GeefOndernemingResponse>{}</GeefOndernemingResponse></s:Body></s:Envelope>",
                    node.xml()
                )
                .as_bytes(),
            );
            let json = filter(&EVERYTHING, terms, &format!("{{\"GeefOndernemingResponse\":{}}}", node.json()));
            match (xml.end, json.end) {
                (Ok(xml), Ok(json)) => {
                    let kinds = |tally: Tally| Kind::ALL.map(|kind| {
                        let counts = (tally.removed[kind.at()], tally.released[kind.at()]);
                        // An error that quotes a number is masked in XML and goes whole in JSON, with what is in it.
                        if kind == Kind::ErrorText { (0, 0) } else { counts }
                    });
                    prop_assert_eq!(kinds(xml), kinds(json), "{}", node.json());
                }
                // A text where a block is expected is withheld in JSON alone.
                (xml, json) => prop_assert!(
                    xml.err() == json.err() || json == Err(Fault::Drift),
                    "{xml:?} {json:?} {}", node.json()
                ),
            }
        }
    }
}

#[test]
fn keys_are_read_whatever_escapes_and_prefixes_they_are_written_with() {
    for block in [
        r#""Persoon":{"INSZ":"1"}"#,
        r#""\u0050ersoon":{"VoorNaam":"Eva"}"#,
        r#""Persoon":"Eva","Persoon":{"a":[1,{"b":null}]}"#,
        r#""Persoon" : { "x" : "}\"{" }"#,
    ] {
        let document = format!(r#"{{"Functies":{{"Functie":[{{"A":1,{block},"B":2}}]}}}}"#);
        assert_leaves(&GEEF_ONDERNEMING, strict(), &document, r#"{"Functies":{"Functie":[{"A":1,"B":2}]}}"#);
        assert_leaves(&GEEF_ONDERNEMING, Terms::revealing(FieldSet::ALL), &document, &document);
    }
    let many = r#"{"Functies":{"Functie":{"o:Persoon":[{"INSZ":"1"},"Eva",[{"INSZ":"2"}]]}}}"#;
    let left = filter(&GEEF_ONDERNEMING, strict(), many).text();
    assert!(!left.contains("Eva") && !left.contains("INSZ"), "{left}");
}

#[test]
fn a_key_of_personal_data_in_a_new_place_withholds_the_answer() {
    for grown in [
        r#"{"Bestuurders":[{"INSZ":"1"}]}"#,
        r#"{"x":{"voornaam":1}}"#,
        r#"{"@insz":1}"#,
        r#"{"\u0049NSZ":1}"#,
    ] {
        assert_eq!(filter(&GEEF_ONDERNEMING, strict(), grown).end, Err(Fault::Drift), "{grown}");
    }
}

#[test]
fn the_enterprises_form_counts_before_and_behind_the_address() {
    let form = |code: &str| format!(r#""SoortOnderneming":{{"Code":"{code}"}}"#);
    let address = r#""Adressen":{"Adres":[{"Straat":"Dorp"}]}"#;
    let document =
        |parts: [&str; 2]| format!(r#"{{"Inhoud":{{"Onderneming":{{"A":1,{}}}}}}}"#, parts.join(","));
    for (code, stays) in [("2", true), ("1", false), (" 2 ", true), ("", false)] {
        for parts in [[form(code).as_str(), address], [address, form(code).as_str()]] {
            let written = document(parts);
            let want = if stays {
                written.clone()
            } else {
                format!(r#"{{"Inhoud":{{"Onderneming":{{"A":1,{}}}}}}}"#, form(code))
            };
            assert_leaves(&GEEF_ONDERNEMING, strict(), &written, &want);
        }
    }
    let unsaid = format!(r#"{{"Inhoud":{{"Onderneming":{{{address},"B":2}}}}}}"#);
    assert_leaves(&GEEF_ONDERNEMING, strict(), &unsaid, r#"{"Inhoud":{"Onderneming":{"B":2}}}"#);
}

#[test]
fn an_error_that_quotes_an_insz_or_points_at_something_removed_goes_whole() {
    let document =
        |error: &str| format!(r#"{{"Uitzonderingen":{{"Uitzondering":[{{"Identificatie":"1"}},{error}]}}}}"#);
    for error in [
        r#"{"Diagnose":"geen dossier voor 836708\u002d123-99"}"#,
        r#"{"Diagnose":"83670812399"}"#,
        r#"{"Diagnose":83670812399}"#,
        r#"{"ElementReferenties":{"ElementReferentie":"/Functies/Functie/Persoon"}}"#,
    ] {
        let tally = assert_leaves(
            &GEEF_ONDERNEMING,
            strict(),
            &document(error),
            r#"{"Uitzonderingen":{"Uitzondering":[{"Identificatie":"1"}]}}"#,
        );
        assert_eq!(tally.removed[Kind::ErrorText.at()], 1, "{error}");
        assert_leaves(&GEEF_ONDERNEMING, Terms::revealing(BOTH), &document(error), &document(error));
    }
    let other = document(r#"{"Diagnose":"onderneming 0999999943 onbekend"}"#);
    assert_leaves(&GEEF_ONDERNEMING, strict(), &other, &other);
}

/// Representatives in the associations register (MAGDA wire notes, 5.3).
fn representatives() -> Program<'static> {
    Program::new(Parts {
        paths: &[Path { steps: &["vertegenwoordigers"], holds: Holds::Person, conditional: true }],
        condition: Some(Condition {
            scope: &["vertegenwoordigers"],
            sign: &["bron"],
            spares: &["Initiator"],
        }),
        person: Person {
            insz: &["insz"],
            names: &["voornaam", "achternaam", "roepnaam"],
            nested: &[],
            stays: &["@id", "@type", "vertegenwoordigerId", "rol", "isPrimair", "bron"],
        },
        ..Parts::only("")
    })
    .unwrap()
}

/// Who stated a representative does not speak for one within it.
#[test]
fn a_representative_within_one_that_kbo_does_not_have_is_a_functionholder() {
    let program = representatives();
    let removed = |tally: Tally| {
        [Kind::FunctionholderName, Kind::FunctionholderInsz].map(|kind| tally.removed[kind.at()])
    };
    for bron in ["KBO", "Initiator"] {
        let within = |inner: &str| format!(r#""vertegenwoordigers":[{{"bron":"{bron}"{inner}}}]"#);
        let inner = within(r#","insz":"83670812399","voornaam":"Eva""#);
        let outer = |rest: &str| {
            let (stated, rest) = (r#""bron":"Initiator""#, format!(r#""insz":"83670812399"{rest}"#));
            [format!("{stated},{rest}"), format!("{rest},{stated}")]
                .map(|person| format!(r#"{{"vertegenwoordigers":[{{{person}}}]}}"#))
        };
        let in_what_stays = |inner: &str| outer(&format!(r#","rol":{{{inner}}}"#));
        let in_what_is_spared = |inner: &str| outer(&format!(r#","contact":{{{inner}}}"#));
        let as_a_child = |inner: &str| outer(&format!(",{inner}"));
        // Of an array whose items go the brackets stay.
        let nobody = r#""vertegenwoordigers":[]"#;

        for (document, want) in in_what_stays(&inner).iter().zip(&in_what_stays(&within(""))) {
            assert_eq!(removed(assert_leaves(&program, strict(), document, want)), [1, 1]);
            assert_leaves(&program, Terms::revealing(BOTH), document, document);
        }
        for (document, want) in in_what_is_spared(&inner).iter().zip(&in_what_is_spared(nobody)) {
            assert_eq!(removed(assert_leaves(&program, strict(), document, want)), [1, 0]);
            assert_leaves(&program, Terms::revealing(BOTH), document, document);
        }
        for (document, want) in as_a_child(&inner).iter().zip(&as_a_child(nobody)) {
            assert_leaves(&program, strict(), document, want);
            assert_leaves(&program, Terms::revealing(BOTH), document, document);
        }
    }
}

/// A block that no condition is for stays closed whatever another one's condition says.
#[test]
fn a_condition_is_for_its_own_block_alone() {
    let person = |steps, conditional| Path { steps, holds: Holds::Person, conditional };
    let paths = [person(&["eigenaars"], true), person(&["bestuurders"], false)];
    let program = Program::new(Parts {
        paths: &paths,
        condition: Some(Condition { scope: &["onderneming"], sign: &["vorm"], spares: &["2"] }),
        person: Person { stays: &["rol"], ..Person::KBO },
        ..Parts::only("")
    })
    .unwrap();
    let document = |bestuurder: &str| {
        format!(
            r#"{{"onderneming":{{"vorm":"2","eigenaars":{{"VoorNaam":"Eva"}},"bestuurders":{{"rol":"1"{bestuurder}}}}}}}"#
        )
    };
    assert_leaves(&program, strict(), &document(r#","VoorNaam":"Eva""#), &document(""));
}

#[test]
fn representatives_that_a_register_has_from_kbo_are_functionholders() {
    let program = representatives();
    let person = |bron: &str, first: bool| {
        let bron = format!(r#""bron":"{bron}""#);
        let rest = r#""@id":"1","insz":"83670812399","voornaam":"Eva","e-mail":"e@x","rol":"voorzitter""#;
        if first { format!("{{{bron},{rest}}}") } else { format!("{{{rest},{bron}}}") }
    };
    for first in [true, false] {
        let document = format!(
            r#"{{"vereniging":{{"vertegenwoordigers":[{},{}]}}}}"#,
            person("Initiator", first),
            person("KBO", first)
        );
        let kept = if first {
            r#"{"bron":"KBO","@id":"1","rol":"voorzitter"}"#
        } else {
            r#"{"@id":"1","rol":"voorzitter","bron":"KBO"}"#
        };
        let want = document.replace(&person("KBO", first), kept);
        let tally = assert_leaves(&program, strict(), &document, &want);
        assert_eq!(
            (tally.removed[Kind::FunctionholderName.at()], tally.removed[Kind::FunctionholderInsz.at()]),
            (1, 1)
        );
        assert_leaves(&program, Terms::revealing(BOTH), &document, &document);
        let name = Terms::revealing(FieldSet::EMPTY.with(Field::FunctionholderName));
        let named = filter(&program, name, &document).text();
        assert!(
            named.contains(r#""voornaam":"Eva""#) && named.matches("83670812399").count() == 1,
            "{named}"
        );
    }
}

#[test]
fn only_the_field_groups_of_a_grant_stay() {
    use poortwachter_kernel::redact::allow::{Allow, Node};
    const IDENTITY: Groups = Groups::NONE.with(1);
    const ADDRESS: Groups = Groups::NONE.with(2);
    const NODES: &[Node<'_>] = &[
        Node { name: "", first: 1, last: 2, through: IDENTITY.union(ADDRESS), whole: Groups::NONE.with(0) },
        Node { name: "Persoon", first: 2, last: 4, through: IDENTITY.union(ADDRESS), whole: Groups::NONE },
        Node { name: "Adres", first: 4, last: 4, through: Groups::NONE, whole: ADDRESS },
        Node { name: "INSZ", first: 4, last: 4, through: Groups::NONE, whole: IDENTITY },
    ];
    let program = Program::new(Parts::only("GeefPersoonResponse")).unwrap().allowing(Allow::new(NODES));
    let terms = |groups| Terms { groups, ..strict() };
    let json = |persoon: &str| {
        format!(
            r#"{{"Repliek":{{"Context":{{"Naam":"x"}},"Antwoorden":{{"Antwoord":{{"Referte":"1","Inhoud":{{"Persoon":{persoon}}}}}}}}}}}"#
        )
    };
    let document = json(
        r#"{"INSZ":"1","Naam":{"Voornaam":"Eva"},"Adres":{"Straat":"Dorp","Nieuw":[1,2]},"Datum":null}"#,
    );
    assert_leaves(&program, terms(IDENTITY), &document, &json(r#"{"INSZ":"1"}"#));
    assert_leaves(&program, terms(ADDRESS), &document, &json(r#"{"Adres":{"Straat":"Dorp","Nieuw":[1,2]}}"#));
    assert_leaves(&program, terms(Groups::ORDINARY), &document, &document);
    assert_eq!(filter(&program, terms(IDENTITY), &json("\"Eva\"")).end, Err(Fault::Drift));

    let open = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><w:GeefPersoonResponse xmlns:w='urn:w'><Repliek>";
    let close = "</Repliek></w:GeefPersoonResponse></s:Body></s:Envelope>";
    let xml = |extra: &str, inhoud: &str| {
        format!(
            "{open}<Context>1</Context>{extra}<Antwoorden>\n<Antwoord><Referte>1</Referte><Inhoud>{inhoud}</Inhoud></Antwoord></Antwoorden>{close}"
        )
    };
    let document = xml(
        "<Nieuw>1</Nieuw>",
        "<Persoon DatumBegin='1' xmlns:p='urn:p'>\n Eva<INSZ a='1'>1</INSZ>&amp;<Naam><Voornaam>Eva</Voornaam></Naam><!-- x --><p:Adres><Straat/></p:Adres></Persoon>",
    );
    let feeding = |groups| Feeding { terms: terms(groups), ..Feeding::revealing(&program, NONE) };
    let left = |groups| feeding(groups).every_way(document.as_bytes(), 1).text();
    assert_eq!(left(IDENTITY), xml("", "<Persoon xmlns:p='urn:p'>\n <INSZ a='1'>1</INSZ></Persoon>"));
    assert_eq!(left(ADDRESS), xml("", "<Persoon xmlns:p='urn:p'>\n <p:Adres><Straat/></p:Adres></Persoon>"));
    assert_eq!(left(Groups::ORDINARY), document);
}

#[test]
fn json_that_is_none_is_withheld_and_lines_are_read_one_by_one() {
    for (document, flaw) in [
        (r#"{"a":1"#, JsonFlaw::Truncated),
        (r#"{"a":01}"#, JsonFlaw::BrokenNumber),
        (r#"{"a":1}x"#, JsonFlaw::AfterValue),
        ("", JsonFlaw::Truncated),
    ] {
        assert_eq!(filter(&GEEF_ONDERNEMING, strict(), document).end, Err(Fault::Json(flaw)), "{document}");
    }
    // What is wrong first is told first, wherever the document is cut.
    let terms = Terms::revealing(FieldSet::EMPTY.with(Field::FunctionholderName));
    for value in ["n0", "nul0", "1.x", "12e", "\"x\\q\"", "\"x\u{1}\"", "true0"] {
        let document = format!("{{\"Functies\":{{\"Functie\":{{\"Persoon\":{value}}}}}}}");
        assert_eq!(filter(&GEEF_ONDERNEMING, terms, &document).end, Err(Fault::Drift), "{document}");
    }
    let lines = "{\"Functies\":{\"Functie\":{\"Persoon\":1}}}\n\n{\"A\":2}\n";
    let mut filter = Filter::new(Form::Lines, Body::Framed, strict());
    let mut waiting = Waiting::default();
    let chunk = lines.as_bytes();
    filter.feed(&GEEF_ONDERNEMING, chunk, &mut Collect { chunk, waiting: &mut waiting }).unwrap();
    filter.finish(&GEEF_ONDERNEMING, &mut Collect { chunk: b"", waiting: &mut waiting }).unwrap();
    waiting.release();
    assert_eq!(String::from_utf8(waiting.out).unwrap(), "{\"Functies\":{\"Functie\":{}}}\n\n{\"A\":2}\n");
}
