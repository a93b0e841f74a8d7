//! Edges that no other test stood on: each was found because the code could be changed there unnoticed.

use poortwachter_kernel::json::JsonFlaw;
use poortwachter_kernel::redact::allow::{Allow, Node};
use poortwachter_kernel::redact::json::{Body, Filter, Form};
use poortwachter_kernel::redact::program::{Holds, Parts, Path, Program};
use poortwachter_kernel::redact::{Fault, PATIENCE, Terms};
use poortwachter_kernel::vocab::{FieldSet, Groups, Kind};
use poortwachter_kernel::xml::Flaw;

use crate::feeding::{Collect, Feeding, Outcome, Waiting};
use crate::programs::{EVERYTHING, GEEF_ONDERNEMING, NAME, NONE};

/// An answer of `GeefOnderneming` with something in its Repliek.
fn answer(content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><GeefOndernemingResponse><Repliek>{content}</Repliek></GeefOndernemingResponse></s:Body></s:Envelope>"
    )
}

fn filter(reveals: FieldSet, content: &str) -> Outcome {
    Feeding::revealing(&GEEF_ONDERNEMING, reveals).every_way(answer(content).as_bytes(), 1)
}

#[track_caller]
fn assert_leaves(reveals: FieldSet, content: &str, want: &str) {
    assert_eq!(String::from_utf8_lossy(filter(reveals, content).whole()), answer(want));
}

mod a_number_in_an_error {
    use super::*;

    fn error(content: &str) -> String {
        format!("<Uitzondering>{content}</Uitzondering>")
    }

    #[test]
    fn is_masked_behind_an_element_that_ends_with_more_digits() {
        for before in ["836708123991", "1.836708123991", "83670812399123456789"] {
            let content = |number| error(&format!("<A>{before}</A><B>{number}</B>"));
            assert_leaves(NONE, &content("83670812399"), &content("***********"));
        }
    }

    #[test]
    fn is_counted_in_a_comment_too() {
        let comment = |number: &str| error(&format!("<A><!-- {number} en {number}. --></A>"));
        let outcome = filter(NONE, &comment("83670812399"));
        assert_eq!(outcome.text(), answer(&comment("***********")));
        assert_eq!(outcome.end.unwrap().removed[Kind::ErrorText.at()], 2);
    }

    #[test]
    fn may_have_eight_bytes_between_two_groups_and_no_more() {
        let number = |gap: &str| error(&format!("83.67.08{gap}123.99"));
        let eight = " ".repeat(8);
        assert_leaves(NONE, &number(&eight), &error(&format!("**.**.**{eight}***.**")));
        let nine = number(&" ".repeat(9));
        assert_leaves(NONE, &nine, &nine);
    }
}

mod what_goes {
    use super::*;

    #[test]
    fn may_hold_references_that_nobody_knows() {
        let person =
            |number: &str| format!("<Functies><Functie><Persoon>{number}</Persoon></Functie></Functies>");
        assert_leaves(NONE, &person("<INSZ>&#;&lx;</INSZ>"), "<Functies><Functie></Functie></Functies>");
        assert_leaves(NAME, &person("<INSZ>&#;&lx;</INSZ>"), &person(""));
    }
}

mod what_is_skimmed {
    use super::*;

    #[test]
    fn may_be_nothing_but_bytes_at_which_something_might_stand() {
        for byte in [":", ";", "="] {
            let text = format!("<A>{}</A>", byte.repeat(2000));
            let feeding = Feeding::revealing(&GEEF_ONDERNEMING, NONE);
            let person = "<Functies><Functie><Persoon>Eva</Persoon></Functie></Functies>";
            let outcome = feeding.every_way(answer(&format!("{text}{person}")).as_bytes(), 61);
            assert_eq!(outcome.text(), answer(&format!("{text}<Functies><Functie></Functie></Functies>")));
        }
    }
}

mod an_attribute {
    use super::*;

    #[test]
    fn may_hold_what_only_looks_like_one_with_a_number() {
        for tag in ["<A b=\"nr. INSZ='1'\"/>", "<A b='x' c=' INSZ=1 '>INSZ=1</A>", "<A b=\">INSZ='1'\"/>"] {
            assert_leaves(NONE, tag, tag);
        }
        assert_eq!(filter(NONE, "<A b=\"INSZ='1'\" INSZ='1'/>").end, Err(Fault::Drift));
    }
}

mod a_damaged_tag {
    use super::*;

    #[test]
    fn is_a_fault_before_a_block_far_into_the_answer() {
        let before = "<A>1</A>".repeat(40);
        for damaged in ["<x ", "<x y='", "<x"] {
            let content = format!(
                "<Functies>{before}<Functie>{before}{damaged}<Persoon>Quispel</Persoon></Functie></Functies>"
            );
            let outcome = filter(NONE, &content);
            assert!(outcome.end.is_err() && !outcome.text().contains("Quispel"), "{}", outcome.text());
        }
    }
}

mod an_enterprise {
    use super::*;

    const ADDRESS: &str = "<Adressen><Adres><Straat>Lindendreef</Straat></Adres></Adressen>";

    #[test]
    fn has_its_form_in_the_code_alone_whatever_stands_beside_it() {
        let enterprise = |form: &str, address: &str| {
            answer(&format!(
                "<Onderneming><SoortOnderneming>{form}</SoortOnderneming>{address}</Onderneming>"
            ))
        };
        let left =
            |form| Feeding::revealing(&EVERYTHING, NONE).every_way(enterprise(form, ADDRESS).as_bytes(), 1);
        for company in [
            "<Code>2</Code><Omschrijving>Rechtspersoon</Omschrijving>",
            "<Omschrijving>1</Omschrijving><Code>2</Code>1",
            "<Code>2<Nieuw>1</Nieuw></Code>",
        ] {
            assert_eq!(left(company).text(), enterprise(company, ADDRESS));
        }
        for owner in [
            "<Code/><Omschrijving>2</Omschrijving>",
            "<Code></Code>2",
            "<Code><Nieuw>2</Nieuw></Code>",
            "<Nieuw><Code>2</Code></Nieuw>",
            "<Code>2</Code><Code>1</Code>",
            "<Code>2&#32;een code is nooit zo lang als deze hier</Code>",
        ] {
            assert_eq!(left(owner).text(), enterprise(owner, ""));
        }
    }

    /// Whoever may leave with a number where none is expected is not known before the form is.
    #[test]
    fn is_withheld_when_its_form_spares_a_block_with_a_number_in_it() {
        let enterprise = |code: u8, block: &str| {
            let form = format!("<SoortOnderneming><Code>{code}</Code></SoortOnderneming>");
            answer(&format!("<Onderneming>{block}{form}</Onderneming>"))
        };
        let left = |document: String| Feeding::revealing(&EVERYTHING, NONE).every_way(document.as_bytes(), 1);
        for number in ["<INSZ>83670812399</INSZ>", "<A insz='83670812399'/>", "&lt;INSZ>83670812399"] {
            let block = format!("<Adressen>{number}</Adressen>");
            assert_eq!(left(enterprise(2, &block)).end, Err(Fault::Drift));
            assert_eq!(left(enterprise(1, &block)).text(), enterprise(1, ""));
        }
    }

    #[test]
    fn keeps_its_name_where_the_terms_say_so_and_nothing_else() {
        let enterprise =
            |address: &str| answer(&format!("<Onderneming><Namen>Eva</Namen>{address}</Onderneming>"));
        let terms = Terms { owner_names: true, ..Terms::revealing(NONE) };
        let feeding = Feeding { terms, ..Feeding::revealing(&EVERYTHING, NONE) };
        let outcome = feeding.every_way(enterprise(ADDRESS).as_bytes(), 1);
        assert_eq!(outcome.text(), enterprise(""));
        let removed = outcome.end.unwrap().removed;
        assert_eq!(
            (removed[Kind::SoleProprietorName.at()], removed[Kind::SoleProprietorAddress.at()]),
            (0, 1)
        );
    }

    #[test]
    fn is_not_spared_by_the_form_of_one_before_it_that_had_nothing_to_spare() {
        let form = |code| format!("<SoortOnderneming><Code>{code}</Code></SoortOnderneming>");
        let two = |address: &str| {
            let (company, owner) = (form("2"), form("1"));
            answer(&format!(
                "<Onderneming>{company}</Onderneming><Onderneming>{address}{owner}</Onderneming>"
            ))
        };
        let document = two(ADDRESS);
        let outcome = Feeding::revealing(&EVERYTHING, NONE).every_way(document.as_bytes(), 1);
        assert_eq!(outcome.text(), two(""));
    }
}

mod a_request {
    use poortwachter_kernel::peek::soap::{self, read};

    fn asking(questions: &[&str]) -> String {
        let questions: Vec<String> =
            questions.iter().map(|inhoud| format!("<Vraag><Inhoud>{inhoud}</Inhoud></Vraag>")).collect();
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><GeefPersoon><Verzoek><Context>\
             <Naam>GeefPersoon</Naam><Versie>02.02.0000</Versie><Bericht><Afzender><Identificatie>a.be</Identificatie>\
             </Afzender></Bericht></Context><Vragen>{}</Vragen></Verzoek></GeefPersoon></s:Body></s:Envelope>",
            questions.concat()
        )
    }

    /// Whose data is asked decides on which basis: a second source must not hide behind the first.
    #[test]
    fn asks_one_source_however_often_it_names_it() {
        for (questions, source) in [
            (&["<Bron>KSZ</Bron>"][..], Some("KSZ")),
            (&["<Bron>KSZ</Bron>", "<Bron>KSZ</Bron>"], Some("KSZ")),
            (&["<Criteria/>", "<Bron>RR</Bron>"], None),
            (&["<Bron>RR</Bron>", "<Criteria/>"], None),
            (&["<Bron>RR</Bron><Bron>RR</Bron>", "<Criteria/>"], None),
            (&["<Criteria><Bron>RR</Bron></Criteria>"], None),
        ] {
            let request = asking(questions);
            let read = read(request.as_bytes(), &["INSZ"]).unwrap().source;
            assert_eq!(read.map(|source| source.decode(&mut []).unwrap()), source, "{questions:?}");
        }
        for questions in [
            &["<Bron>RR</Bron>", "<Bron>KSZ</Bron>"][..],
            &["<Bron>KSZ</Bron>", "<Bron>RR</Bron>"],
            &["<Bron>RR</Bron><Bron>KSZ</Bron>"],
            &["<Bron>RR</Bron>", "<Bron/>"],
            &["<Bron>RR</Bron>", "<Criteria/>", "<Bron>&#82;R</Bron>"],
        ] {
            let fault = read(asking(questions).as_bytes(), &["INSZ"]).unwrap_err().fault;
            assert_eq!(fault, soap::Fault::StatedTwice, "{questions:?}");
        }
    }

    #[test]
    fn shows_its_source_only_where_every_question_does() {
        const NUMBER: &str = "<INSZ>82641200757</INSZ>";
        const BIS: &str = "<INSZ>82441200763</INSZ>";
        for (questions, bis, other) in [
            (&[NUMBER][..], false, true),
            (&[NUMBER, BIS], true, true),
            (&[BIS, BIS], true, false),
            (&[NUMBER, "<Naam>x</Naam>"], false, false),
            (&["<Naam>x</Naam>", BIS], false, false),
            (&["<INSZ>82641200757</INSZ><INSZ>82641200757</INSZ>", "<Naam>x</Naam>"], false, false),
            (&[NUMBER, "<Bron>KSZ</Bron>"], false, false),
            (&["<Bron/><INSZ>82641200757</INSZ>", "<Bron/>"], false, false),
            (&["<Bron>RR</Bron><INSZ>82641200757</INSZ>", "<Bron>RR</Bron>"], false, true),
        ] {
            let request = asking(questions);
            let read = read(request.as_bytes(), &["INSZ"]).unwrap();
            assert_eq!((read.names_bis, read.names_other), (bis, other), "{questions:?}");
        }
    }
}

mod json {
    use super::*;

    /// A filter, and what left it.
    struct Fed {
        filter: Filter,
        waiting: Waiting,
    }

    impl Fed {
        fn new(terms: Terms) -> Self {
            Self { filter: Filter::new(Form::Document, Body::Framed, terms), waiting: Waiting::default() }
        }

        fn feed(&mut self, program: &Program<'_>, chunk: &[u8]) -> Result<(), Fault> {
            let fed = self.filter.feed(program, chunk, &mut Collect { chunk, waiting: &mut self.waiting });
            if fed.is_ok() {
                self.waiting.release();
            }
            fed
        }
    }

    #[test]
    fn counts_the_numbers_in_a_block_that_goes() {
        let mut fed = Fed::new(Terms::revealing(NONE));
        let persons = br#"{"Functies":{"Functie":{"Persoon":[{"INSZ":"1","VoorNaam":"Eva"},{"x":{"INSZ":["2","3"]}}]}}}"#;
        fed.feed(&GEEF_ONDERNEMING, persons).unwrap();
        let removed = fed.filter.tally().removed;
        let counts = [Kind::FunctionholderName, Kind::FunctionholderInsz].map(|kind| removed[kind.at()]);
        assert_eq!(counts, [2, 3]);
    }

    #[test]
    fn has_its_first_fault_for_good() {
        for (document, fault) in
            [(r#"{"A":1}x"#, Fault::Json(JsonFlaw::AfterValue)), (r#"{"INSZ":"1"}"#, Fault::Drift)]
        {
            let mut fed = Fed::new(Terms::revealing(NONE));
            assert_eq!(fed.feed(&GEEF_ONDERNEMING, document.as_bytes()), Err(fault));
            assert_eq!(fed.feed(&GEEF_ONDERNEMING, b" "), Err(fault));
            let sink = &mut Collect { chunk: b"", waiting: &mut fed.waiting };
            assert_eq!(fed.filter.finish(&GEEF_ONDERNEMING, sink), Err(fault));
        }
    }

    #[test]
    fn leaves_without_what_a_form_behind_more_than_can_wait_would_spare() {
        let enterprise = |address: &str| {
            let far = r#""tekst","#.repeat(30_000);
            format!(r#"{{"Onderneming":{{{address}"A":[{far}1],"SoortOnderneming":{{"Code":"2"}}}}}}"#)
        };
        let document = enterprise(r#""Adressen":{"Straat":"Lindendreef"},"#);
        let mut fed = Fed::new(Terms::revealing(NONE));
        for chunk in document.as_bytes().chunks(8192) {
            fed.feed(&EVERYTHING, chunk).unwrap();
        }
        assert!(String::from_utf8(fed.waiting.out).unwrap() == enterprise(""));
    }

    #[test]
    fn waits_no_longer_than_twice_its_patience_for_what_has_no_end() {
        let patience = usize::try_from(PATIENCE).unwrap();
        let mut fed = Fed::new(Terms::revealing(NONE));
        let start = br#"{"Onderneming":{"Adressen":{"Adres":""#;
        fed.feed(&EVERYTHING, start).unwrap();
        let chunk = vec![b'x'; patience / 4];
        let fault = (0..8).find_map(|_| fed.feed(&EVERYTHING, &chunk).err());
        assert_eq!(fault, None, "twice its patience");
        let fault = Err(Fault::Flaw(Flaw::TooLong));
        assert_eq!(fed.feed(&EVERYTHING, b"x"), fault);
        assert_eq!(fed.feed(&EVERYTHING, br#""}}}"#), fault);
        assert!(!String::from_utf8_lossy(&fed.waiting.out).contains("xx"));
    }
}

mod field_groups {
    use super::*;

    const SOME: Groups = Groups::NONE.with(1);
    const NODES: &[Node<'_>] = &[
        Node { name: "", first: 1, last: 2, through: SOME, whole: Groups::NONE.with(Groups::EVERYTHING) },
        Node { name: "A", first: 2, last: 2, through: Groups::NONE, whole: SOME },
    ];

    fn left(document: &str) -> String {
        left_by(Parts::only("GeefResponse"), document)
    }

    fn left_by(parts: Parts<'_>, document: &str) -> String {
        let program = Program::new(parts).unwrap().allowing(Allow::new(NODES));
        let mut waiting = Waiting::default();
        let terms = Terms { groups: SOME, ..Terms::revealing(NONE) };
        let mut filter = Filter::new(Form::Document, Body::Framed, terms);
        let chunk = document.as_bytes();
        filter.feed(&program, chunk, &mut Collect { chunk, waiting: &mut waiting }).unwrap();
        filter.finish(&program, &mut Collect { chunk: b"", waiting: &mut waiting }).unwrap();
        waiting.release();
        String::from_utf8(waiting.out).unwrap()
    }

    /// The content loses what no group names, and so does every place of the frame; the frame's own parts stay.
    #[test]
    fn leave_the_frame_of_messages_and_publications_and_nothing_else_beside_the_content() {
        for frame in [
            r#"{"Repliek":{"Context":{"X":1},"Antwoorden":{"Antwoord":{"Referte":"r","Inhoud":{"A":1?},"Uitzonderingen":{"X":1}?}?},"Uitzonderingen":{"X":2}?}?}"#,
            r#"{"Envelope":{"Body":{"GeefResponse":{"Repliek":{"Antwoorden":{"Antwoord":{"Inhoud":{"A":{"X":1}?}}}}?}?}?}?}"#,
            r#"{"Publicatie":{"Context":{"X":1},"Onderwerpen":{"Onderwerp":[{"Referte":"r","Inhoud":{"A":1?}?}]?}?}?}"#,
        ] {
            let document = frame.replace('?', r#","Nieuw":{"A":1}"#);
            assert_eq!(left(&document), frame.replace('?', ""));
        }
        // Each of them only where it belongs.
        for strange in
            ["Context", "Referte", "Inhoud", "Uitzonderingen", "Antwoord", "Onderwerp", "Onderwerpen"]
        {
            assert_eq!(left(&format!(r#"{{"{strange}":{{"A":1}}}}"#)), "{}");
        }
        for strange in ["Referte", "Inhoud", "Antwoord", "Publicatie", "GeefResponse"] {
            assert_eq!(left(&format!(r#"{{"Repliek":{{"{strange}":{{"A":1}}}}}}"#)), r#"{"Repliek":{}}"#);
        }
    }

    /// What a group allows whole may itself be a block that goes for another reason.
    #[test]
    fn open_nothing_that_is_closed_by_itself() {
        let block = Path { steps: &["A"], holds: Holds::Block(Kind::NearFunctionholder), conditional: false };
        let answer =
            |inhoud: &str| format!(r#"{{"Repliek":{{"Antwoorden":{{"Antwoord":{{"Inhoud":{inhoud}}}}}}}}}"#);
        let document = answer(r#"{"A":{"Naam":"Eva"},"B":1}"#);
        let parts = Parts::only("GeefResponse");
        assert_eq!(left_by(parts, &document), answer(r#"{"A":{"Naam":"Eva"}}"#));
        assert_eq!(left_by(Parts { paths: &[block], ..parts }, &document), answer("{}"));
    }

    #[test]
    fn count_what_a_tag_said_that_stays_without_it() {
        let program =
            Program::new(Parts::only("GeefOndernemingResponse")).unwrap().allowing(Allow::new(NODES));
        let terms = Terms { groups: SOME, ..Terms::revealing(NONE) };
        let feeding = Feeding { terms, ..Feeding::revealing(&program, NONE) };
        let content = |said: &str| {
            answer(&format!(
                "<Antwoorden><Antwoord><Inhoud{said}><A b='1'/></Inhoud></Antwoord></Antwoorden>"
            ))
        };
        let outcome = feeding.every_way(content(" van='Eva' tot='1'").as_bytes(), 1);
        assert_eq!(outcome.text(), content(""));
        assert_eq!(outcome.end.unwrap().removed[Kind::Disproportionate.at()], 1);
    }
}

#[test]
fn a_flaw_has_the_name_of_its_place() {
    assert_eq!(Flaw::Truncated.name(), Flaw::NAMES[Flaw::Truncated.at()]);
    assert_eq!(Flaw::NotUtf8.name(), "not-utf-8");
}
