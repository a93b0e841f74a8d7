//! Each trap that breaks a naive filter, by name.

use poortwachter_kernel::redact::program::{Holds, Parts, Path, Program};
use poortwachter_kernel::redact::xml::Start;
use poortwachter_kernel::redact::{Counts, Fault, PATIENCE, Signed, Tally, Terms};
use poortwachter_kernel::vocab::{Field, FieldSet, Groups, Kind};
use poortwachter_kernel::xml::Flaw;

use crate::feeding::{Feeding, Outcome};
use crate::oracle::holds_insz;
use crate::programs::{BOTH, EVERYTHING, GEEF_FUNCTIES, GEEF_ONDERNEMING, INSZ_ONLY, NAME, NONE, REVEALS};

const OPEN: &str = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>";
const CLOSE: &str = "</s:Body></s:Envelope>";

/// An answer of `GeefOnderneming` with something in its Repliek.
fn answer(content: &str) -> String {
    format!(
        "{OPEN}<w:GeefOndernemingResponse xmlns:w='urn:w'><Repliek>{content}</Repliek></w:GeefOndernemingResponse>{CLOSE}"
    )
}

/// An answer with something in a Functie.
fn functie(content: &str) -> String {
    answer(&format!("<Functies><Functie>{content}</Functie></Functies>"))
}

fn filter(reveals: FieldSet, document: impl AsRef<[u8]>) -> Outcome {
    Feeding::revealing(&GEEF_ONDERNEMING, reveals).every_way(document.as_ref(), 1)
}

#[track_caller]
fn assert_leaves(reveals: FieldSet, document: &str, want: &str) {
    assert_eq!(String::from_utf8_lossy(filter(reveals, document).whole()), want);
}

/// What leaves when every byte is a chunk, so that no fault is met before it must be.
fn left_byte_by_byte(reveals: FieldSet, document: &str) -> String {
    Feeding::revealing(&EVERYTHING, reveals).byte_by_byte(document.as_bytes()).text()
}

#[track_caller]
fn assert_removed(reveals: FieldSet, document: &str, names: u32, numbers: u32) {
    let Tally { removed, .. } = filter(reveals, document).end.unwrap();
    assert_eq!(removed, functionholders(names, numbers));
}

/// Counts of names and numbers of functionholders.
fn functionholders(names: u32, numbers: u32) -> Counts {
    let mut counts = [0; Kind::COUNT];
    counts[Kind::FunctionholderName.at()] = names;
    counts[Kind::FunctionholderInsz.at()] = numbers;
    counts
}

/// Names and numbers removed, and those released.
fn tally(removed: (u32, u32), released: (u32, u32)) -> Tally {
    let counts = |(names, numbers)| functionholders(names, numbers);
    Tally { removed: counts(removed), released: counts(released), unsigned: false }
}

#[track_caller]
fn assert_fault(document: impl AsRef<[u8]>, fault: Fault) {
    assert_eq!(filter(NONE, document).end, Err(fault));
}

mod the_block {
    use super::*;

    const FULL: &str = "<Persoon>\n <INSZ>83670812399</INSZ>\n <VoorNaam>Eva</VoorNaam><AchterNaam>Quispel</AchterNaam> <Straat><Naam>Dorp</Naam></Straat></Persoon>";

    #[test]
    fn goes_whole_and_leaves_the_white_space_around_it() {
        let document = functie(&format!("<A/>\n  {FULL}\r\n\t<B>1</B>"));
        assert_leaves(NONE, &document, &functie("<A/>\n  \r\n\t<B>1</B>"));
        assert_removed(NONE, &document, 1, 1);
    }

    #[test]
    fn stays_byte_for_byte_with_everything_open() {
        assert_leaves(BOTH, &functie(FULL), &functie(FULL));
        assert_eq!(filter(BOTH, functie(FULL)).end, Ok(tally((0, 0), (1, 1))));
    }

    #[test]
    fn keeps_its_insz_alone_where_the_insz_alone_is_open() {
        assert_leaves(
            INSZ_ONLY,
            &functie(FULL),
            &functie("<Persoon>\n <INSZ>83670812399</INSZ>\n  </Persoon>"),
        );
        assert_eq!(filter(INSZ_ONLY, functie(FULL)).end, Ok(tally((1, 0), (0, 1))));
    }

    #[test]
    fn keeps_its_name_alone_where_the_name_alone_is_open() {
        let want = FULL.replace("<INSZ>83670812399</INSZ>", "");
        assert_leaves(NAME, &functie(FULL), &functie(&want));
        assert_eq!(filter(NAME, functie(FULL)).end, Ok(tally((0, 1), (1, 0))));
    }

    #[test]
    fn loses_what_the_schema_does_not_know_with_either_field() {
        let grown = "<Persoon><Geboorte>1983</Geboorte>Eva&amp;<![CDATA[Q]]><!-- Eva --> <INSZ>1</INSZ><VoorNaam>E</VoorNaam></Persoon>";
        assert_leaves(INSZ_ONLY, &functie(grown), &functie("<Persoon> <INSZ>1</INSZ></Persoon>"));
        assert_leaves(NAME, &functie(grown), &functie("<Persoon> <VoorNaam>E</VoorNaam></Persoon>"));
        assert_eq!(filter(NAME, functie(grown)).end, Ok(tally((0, 1), (1, 0))));
    }

    #[test]
    fn is_found_by_path_whatever_its_prefix_attributes_and_form() {
        for block in [
            "<Persoon/>",
            "<Persoon />",
            "<p:Persoon xmlns:p=\"urn:p\"/>",
            "<Persoon\n a='>' b=\"/Persoon>\"\t>Quispel</Persoon >",
            "<Persoon><![CDATA[</Persoon>]]><!-- </Persoon> --></Persoon>",
            "<Persoon><Persoon><Persoon/></Persoon></Persoon>",
        ] {
            assert_leaves(NONE, &functie(block), &functie(""));
        }
    }

    #[test]
    fn is_not_taken_for_one_elsewhere() {
        for decoy in [
            "<Persoon><Naam>x</Naam></Persoon>",
            "<Functie><Persoon/></Functie>",
            "<Functies><Persoon/></Functies>",
            "<Functie><Functies><Persoon/></Functies></Functie>",
            "<Functies><Functie/><Persoon/></Functies>",
            "<Functies><Functie><persoon/></Functie></Functies>",
            "<Functies><Functie>&lt;Persoon&gt;<!-- <Persoon> --><![CDATA[<Persoon>]]></Functie></Functies>",
        ] {
            assert_leaves(NONE, &answer(decoy), &answer(decoy));
        }
    }

    #[test]
    fn is_found_behind_a_new_wrapper_too() {
        let wrapped = |block| {
            answer(&format!(
                "<x:Functies xmlns:x='urn:x'><A><Functie><B><C/>{block}</B></Functie></A></x:Functies>"
            ))
        };
        assert_leaves(NONE, &wrapped("<Persoon>Eva</Persoon>"), &wrapped(""));
    }

    #[test]
    fn counts_as_a_name_and_every_insz_in_it_as_a_number() {
        assert_removed(NONE, &functie("<Persoon/>"), 1, 0);
        assert_removed(
            NONE,
            &functie("<Persoon> <INSZ/>\n<p:INSZ\n xmlns:p='urn:p'>1</p:INSZ> </Persoon>"),
            1,
            2,
        );
        assert_removed(NONE, &functie("<Persoon><x><INSZ/></x><!-- <INSZ/> --><INSZ2/></Persoon>"), 1, 1);
        assert_removed(INSZ_ONLY, &functie("<Persoon/>"), 1, 0);
    }

    #[test]
    fn does_not_end_before_the_children_that_are_open_in_it() {
        let known = ["<VoorNaam>", "<q:AchterNaam>", "<INSZ>", "<Straat>", "<p:x/><INSZ a='>'>"];
        let unknown = ["<x>", "<p:x a='/>'>", "<y/><x\n>", "<y></y><x>", "<x><y/>"];
        for child in known.into_iter().chain(unknown) {
            let damaged = functie(&format!("<Persoon>{child}</Persoon>Quispel</x></Persoon>"));
            assert_fault(&damaged, Fault::Flaw(Flaw::MismatchedTag));
            assert!(!left_byte_by_byte(NONE, &damaged).contains("Quispel"), "{child}");
        }
        let early = functie("<Persoon></VoorNaam></Persoon>");
        assert_fault(early, Fault::Flaw(Flaw::MismatchedTag));
        let fine = functie(
            "<Persoon><INSZ/><VoorNaam a='/>'>x</VoorNaam><Straat><Naam/></Straat ><x a='/>' ><p:y /></x></Persoon>",
        );
        assert_leaves(NONE, &fine, &functie(""));
    }

    #[test]
    fn is_judged_alike_wherever_a_tag_with_another_in_it_is_cut() {
        for damage in ["W<e\"<R<>", "<e '<x/><y a='1'>", "<a><b \"<x>\" <y>"] {
            assert!(filter(INSZ_ONLY, functie(&format!("<Persoon><VoorNaam>{damage}"))).end.is_err());
            assert!(filter(NONE, functie(&format!("<Persoon>{damage}"))).end.is_err());
        }
    }

    #[test]
    fn may_have_no_tag_within_a_tag() {
        for tag in ["<q:INSZ a='<x>1'>", "<INSZ a='<q:x/>1'>", "<x a='</x>'>", "<x <y/>>", "</x <y>>"] {
            let document = functie(&format!("<Persoon>{tag}1</INSZ></Persoon>"));
            assert!(matches!(filter(NONE, &document).end, Err(Fault::Flaw(_))), "{tag}");
            assert!(!left_byte_by_byte(NONE, &document).contains('1'), "{tag}");
        }
    }

    #[test]
    fn may_be_cut_in_a_tag_that_is_passed_over_once_it_is_whole() {
        for reveals in [NONE, BOTH] {
            filter(reveals, functie("<Persoon><x INSZ='1' <Persoon b='2'><INSZ/></Persoon>"));
        }
    }

    #[test]
    fn is_withheld_when_what_stays_of_it_may_hold_the_other_part() {
        for (reveals, block) in [
            (NAME, "<Persoon nummer='83670812399'/>"),
            (INSZ_ONLY, "<Persoon naam='Eva'/>"),
            (INSZ_ONLY, "<Persoon><INSZ naam='Eva'>1</INSZ></Persoon>"),
            (INSZ_ONLY, "<Persoon><INSZ><VoorNaam/></INSZ></Persoon>"),
            (INSZ_ONLY, "<Persoon><INSZ><Houder>Eva</Houder></INSZ></Persoon>"),
            (NAME, "<Persoon><VoorNaam><Nummer>1</Nummer></VoorNaam></Persoon>"),
            (NAME, "<Persoon><Straat><insz/></Straat></Persoon>"),
        ] {
            assert_eq!(filter(reveals, functie(block)).end, Err(Fault::Drift), "{block}");
        }
        assert!(filter(NAME, functie("<Persoon xmlns='' xmlns:a='urn:a'/>")).end.is_ok());
    }
}

mod the_number_without_a_block {
    use super::*;

    fn functies(content: &str) -> String {
        format!(
            "{OPEN}<GeefFunctiesResponse><Functies><Functie>{content}</Functie></Functies></GeefFunctiesResponse>{CLOSE}"
        )
    }

    fn filter(reveals: FieldSet, content: &str) -> Outcome {
        let feeding = Feeding::revealing(&GEEF_FUNCTIES, reveals);
        feeding.every_way(functies(content).as_bytes(), 1)
    }

    #[test]
    fn goes_unless_it_is_open() {
        let content = "<INSZ>\n83670812399\n</INSZ><p:INSZ xmlns:p='urn:p'/><VolgNummer>1</VolgNummer>";
        for reveals in [NONE, NAME] {
            let outcome = filter(reveals, content);
            assert_eq!(outcome.text(), functies("<VolgNummer>1</VolgNummer>"));
            assert_eq!(outcome.end, Ok(tally((0, 2), (0, 0))));
        }
        for reveals in [INSZ_ONLY, BOTH] {
            assert_eq!(filter(reveals, content).whole(), functies(content).as_bytes());
        }
    }

    #[test]
    fn stays_when_it_is_the_consumers_own_user() {
        let content = "<Gebruiker>83670812399</Gebruiker>";
        assert_eq!(filter(NONE, content).whole(), functies(content).as_bytes());
    }
}

mod drift {
    use super::*;

    #[test]
    fn withholds_an_answer_that_grew_a_place_for_personal_data() {
        for grown in [
            "<Bestuurders><Bestuurder><INSZ>1</INSZ></Bestuurder></Bestuurders>",
            "<x:VoorNaam xmlns:x='urn:x'/>",
            "<Voornaam/>",
            "<insz/>",
            "<Functies><Functie><INSZ/></Functie></Functies>",
            "<Functies><functie><Persoon><AchterNaam/></Persoon></functie></Functies>",
            "<Uitzondering><Diagnose><INSZ/></Diagnose></Uitzondering>",
        ] {
            for reveals in REVEALS {
                assert_eq!(filter(reveals, answer(grown)).end, Err(Fault::Drift), "{grown}");
            }
        }
    }

    #[test]
    fn withholds_an_answer_that_puts_personal_data_in_attributes() {
        for grown in [
            functie("<Aard INSZ='83670812399'>10002</Aard>"),
            functie("<A/>").replace("<Functie>", "<Functie DatumBegin='2019-04-01' voornaam=\"Eva\">"),
            answer("<Persoon x:AchterNaam='Quispel' xmlns:x='urn:x'/>"),
            answer("").replace("<Repliek>", "<Repliek insz=''>"),
            answer("").replace("<w:GeefOndernemingResponse ", "<w:GeefOndernemingResponse INSZ='1' "),
            answer("").replace("<s:Body>", "<s:Body INSZ='1'>"),
            answer("").replace("<s:Body>", "<s:Header><h INSZ='1'/></s:Header><s:Body>"),
        ] {
            for reveals in REVEALS {
                assert_eq!(filter(reveals, &grown).end, Err(Fault::Drift), "{grown}");
            }
        }
        let kept = functie("<Persoon><Straat><Naam INSZ='83670812399'>Dorp</Naam></Straat></Persoon>");
        assert_eq!(filter(NAME, &kept).end, Err(Fault::Drift));
        assert_leaves(BOTH, &kept, &kept);
        assert_leaves(NONE, &functie("<Persoon INSZ='83670812399'/>"), &functie(""));
        let declared = answer("<A xmlns:INSZ='urn:x' xmlns:VoorNaam='urn:y'/>");
        assert_leaves(NONE, &declared, &declared);
    }

    #[test]
    fn withholds_an_answer_that_quotes_a_document_with_personal_data() {
        for text in [
            "&lt;Persoon&gt;&lt;VoorNaam&gt;Eva&lt;/VoorNaam&gt;",
            "&#60;p:INSZ&#x3e;83670812399",
            "<![CDATA[<Functie><Persoon><AchterNaam xml:lang='nl'>Quispel]]>",
            "&lt;Achter<![CDATA[Naam]]>/>",
            "Quispel&lt;/insz>",
            "<!-- <INSZ>83670812399</INSZ> -->",
        ] {
            for document in [
                functie(&format!("<Aard>{text}</Aard>")),
                answer(&format!("<Uitzondering>{text}</Uitzondering>")),
            ] {
                assert_eq!(filter(NONE, &document).end, Err(Fault::Drift), "{text}");
            }
            let released = functie(&format!("<Persoon><Straat>{text}</Straat></Persoon>"));
            assert_leaves(BOTH, &released, &released);
            assert_leaves(NONE, &released, &functie(""));
        }
        let other = answer(
            "<a>1 &lt; INSZ, &lt;Naam> &amp;lt;INSZ> &lt;INSZ2> &lt;INSZ</a><b>&gt; <!-- INSZ --></b>",
        );
        assert_leaves(NONE, &other, &other);
    }

    #[test]
    fn is_seen_in_the_header_too_where_a_damaged_end_tag_would_put_the_body() {
        let names =
            answer("<Functies><Functie><Persoon><VoorNaam>Eva</VoorNaam></Persoon></Functie></Functies>");
        assert_fault(names.replace("<s:Body>", "<s:Header> /s:Header><s:Body>"), Fault::Drift);
        assert_fault(answer("").replace("<s:Body>", "<s:Header><INSZ/></s:Header><s:Body>"), Fault::Drift);
    }

    #[test]
    fn says_nothing_of_names_that_only_look_alike() {
        let names = answer("<INSZ2/><Voornamen/><Naam/><Gebruiker>83670812399</Gebruiker>");
        assert_leaves(NONE, &names, &names);
    }

    #[test]
    fn is_unknown_to_a_program_that_knows_nothing_personal() {
        let program = Program::new(Parts::only("GeefPersoonResponse")).unwrap();
        let document = format!(
            "{OPEN}<GeefPersoonResponse><INSZ>83670812399</INSZ><Uitzondering>83670812399</Uitzondering></GeefPersoonResponse>{CLOSE}"
        );
        let feeding = Feeding::revealing(&program, NONE);
        assert_eq!(feeding.every_way(document.as_bytes(), 1).whole(), document.as_bytes());
    }
}

mod errors {
    use super::*;

    fn diagnose(text: &str) -> String {
        answer(&format!(
            "<Uitzonderingen><Uitzondering><Diagnose>{text}</Diagnose></Uitzondering></Uitzonderingen>"
        ))
    }

    #[test]
    fn that_quote_an_insz_leave_with_its_digits_masked_however_it_is_written() {
        for (text, want) in [
            ("Geen dossier voor 83670812399.", "Geen dossier voor ***********."),
            ("83.67.08-123.99", "**.**.**-***.**"),
            ("INSZ:836708-123-99", "INSZ:******-***-**"),
            ("8367&#48;8123&#x39;9", "***********"),
            ("8367<!-- x -->0812<![CDATA[39]]>9", "****<!-- x -->****<![CDATA[**]]>*"),
            ("<![CDATA[83670812399]]>", "<![CDATA[***********]]>"),
            ("83 67 08 123 99", "** ** ** *** **"),
            ("83.67.08 &#8211; 123.99", "**.**.** &#8211; ***.**"),
            ("dossier<!-- 83670812399 -->1", "dossier<!-- *********** -->1"),
            ("<!--83.67.08-123.99-->", "<!--**.**.**-***.**-->"),
            ("<Waarde van='nr. 83670812399' a=\"1\"/>", "<Waarde van='nr. ***********' a=\"1\"/>"),
            ("83670812399 en 71640241100", "*********** en ***********"),
        ] {
            assert_leaves(NONE, &diagnose(text), &diagnose(want));
            assert!(filter(INSZ_ONLY, diagnose(text)).end.is_ok(), "{text}");
            assert_leaves(INSZ_ONLY, &diagnose(text), &diagnose(text));
        }
        let twice = filter(NONE, diagnose("83670812399 en 71640241100")).end.unwrap();
        assert_eq!(twice.removed[Kind::ErrorText.at()], 2);
    }

    #[test]
    fn that_hide_an_insz_in_the_references_of_an_attribute_are_withheld() {
        let hidden = diagnose("<Waarde x:nummer='836708&#45;123-9&#57;' xmlns:x='urn:x'/>");
        assert_fault(hidden, Fault::PersonalInError);
    }

    #[test]
    fn let_no_digit_of_an_insz_go_before_it_is_complete() {
        for text in ["Geen dossier voor 836708<!-- x -->12399", "<!-- van 836708123"] {
            let document = diagnose(text);
            let cut_off =
                &document.as_bytes()[..document.find("99").unwrap_or(document.find("123").unwrap() + 3)];
            let left = Feeding::revealing(&GEEF_ONDERNEMING, NONE).byte_by_byte(cut_off).text();
            assert!(!left.contains("836708"), "{left}");
        }
    }

    #[test]
    fn that_point_at_something_removed_go_with_it() {
        let error = |xpath: &str| {
            format!(
                "<Uitzondering><Identificatie>1</Identificatie><Diagnose>Eva</Diagnose><ElementReferenties>\
                 <ElementReferentie>/a:Onderneming</ElementReferentie><ElementReferentie>{xpath}</ElementReferentie>\
                 </ElementReferenties></Uitzondering>"
            )
        };
        for xpath in [
            "Functies/Functie/Persoon",
            "/Onderneming/Functies/Functie[2]/o:Persoon[1]/VoorNaam",
            "//Functies/x/Functie / Persoon ",
            "//INSZ",
            "//@insz",
            "&#47;/Adressen",
        ] {
            let document = answer(&format!("<A/>{}<B/>", error(xpath)));
            assert_leaves(NONE, &document, &answer("<A/><B/>"));
            let removed = filter(NONE, &document).end.unwrap().removed;
            assert_eq!(removed[Kind::ErrorText.at()], 1);
        }
        let long = answer(&format!("<A/>{}<B/>", error(&"x/".repeat(400))));
        assert_leaves(NONE, &long, &answer("<A/><B/>"));
        let other = answer(&error("/Onderneming/Rechtsvormen/Rechtsvorm"));
        assert_leaves(NONE, &other, &other);
        let open = answer(&error("Functies/Functie/Persoon"));
        assert_leaves(BOTH, &open, &open);
    }

    #[test]
    fn longer_than_can_wait_for_what_they_point_at_are_removed() {
        let error = |len: usize| {
            let text = "tekst ".repeat(len / 6);
            answer(&format!("<A/><Uitzondering><Diagnose>{text}</Diagnose></Uitzondering><B/>"))
        };
        let feeding = Feeding::revealing(&GEEF_ONDERNEMING, NONE);
        let patience = usize::try_from(PATIENCE).unwrap();
        let (short, long) = (error(patience - 100), error(2 * patience));
        assert_eq!(feeding.every_way(short.as_bytes(), 9973).text(), short);
        assert_eq!(feeding.every_way(long.as_bytes(), 9973).text(), answer("<A/><B/>"));
    }

    #[test]
    fn may_hold_every_other_number() {
        for text in [
            "Onderneming 0999999943 (0999.999.943) onbekend op 2026-01-15 om 09:30:00.000",
            "836708123991 is te lang, 1.2.3.4.5.6 een versie",
            "836708 12399",
            "836708<b/>12399",
            "5d0a4d0e-4f0b-4a55-9a53-0a5b0f3a7c11",
            "8<!-- 3670812399 -->9<!-- 1 --><Waarde a='836708' b='12399'/>",
            "a&lt;b<!-- c --><![CDATA[d]]>\u{eb}",
        ] {
            assert_leaves(NONE, &diagnose(text), &diagnose(text));
        }
    }

    #[test]
    fn hold_no_number_that_goes_on_in_the_next_element() {
        let document =
            answer("<Uitzondering><A>836708</A><B>12399</B><C>8367081239912</C><D>399</D></Uitzondering>");
        assert_leaves(NONE, &document, &document);
    }

    #[test]
    fn are_soap_faults_too() {
        let fault = |text: &str| {
            format!(
                "{OPEN}<s:Fault><faultcode>s:Server</faultcode><faultstring>{text}</faultstring></s:Fault>{CLOSE}"
            )
        };
        assert_leaves(NONE, &fault("99995 - Te veel"), &fault("99995 - Te veel"));
        assert_leaves(NONE, &fault("onbekend: 83670812399"), &fault("onbekend: ***********"));
        assert_fault(fault("</faultstring><INSZ/><faultstring>"), Fault::Drift);
    }

    #[test]
    fn still_lose_their_person_blocks() {
        let document = answer(
            "<Uitzondering>1<Functies><Functie><Persoon>83670812399</Persoon></Functie></Functies></Uitzondering>",
        );
        assert_leaves(NONE, &document, &document.replace("<Persoon>83670812399</Persoon>", ""));
    }

    #[test]
    fn end_where_they_end() {
        let document =
            answer("<Uitzondering><Fout>1</Fout></Uitzondering><Gebruiker>83670812399</Gebruiker>");
        assert_leaves(NONE, &document, &document);
    }

    #[test]
    fn that_bury_digits_beyond_what_can_wait_are_withheld() {
        let buried = diagnose(&format!("8<!-- {} -->3", "x".repeat(600)));
        assert_fault(buried, Fault::PersonalInError);
    }
}

mod signatures {
    use super::*;

    fn signed(header: &str, document: &str) -> String {
        document.replace("<s:Body>", &format!("<s:Header>{header}</s:Header><s:Body>"))
    }

    #[test]
    fn leave_unbroken_where_nothing_is_removed() {
        for header in
            ["<d:Signature xmlns:d='urn:d'/>", "<w:Security xmlns:w='urn:w'><Signature/></w:Security>"]
        {
            let document = signed(header, &functie("<A/>"));
            assert_leaves(NONE, &document, &document);
            let document = signed(header, &functie("<Persoon>x</Persoon>"));
            assert_leaves(BOTH, &document, &document);
        }
    }

    #[test]
    fn go_where_they_would_be_broken() {
        for (header, left) in [
            ("<a><Security>x</Security></a>", "<a></a>"),
            ("<Security/><d:Signature xmlns:d='urn:d'><a/></d:Signature><To/>", "<To/>"),
        ] {
            let document = signed(header, &functie("<Persoon>Eva</Persoon>"));
            assert_leaves(NONE, &document, &signed(left, &functie("")));
            assert!(filter(NONE, &document).end.unwrap().unsigned);
        }
        let masked = answer("<Uitzondering>83670812399</Uitzondering>");
        assert_leaves(
            NONE,
            &signed("<Signature/>", &masked),
            &signed("", &masked.replace("83670812399", "***********")),
        );
        let form = answer("<Inhoud><Adressen/></Inhoud>");
        assert_leaves(NONE, &signed("<Signature/>", &form), &signed("", &answer("<Inhoud></Inhoud>")));
        let in_part = signed("<Signature/>", &functie("<Persoon><VoorNaam>E</VoorNaam>Q</Persoon>"));
        assert_leaves(NAME, &in_part, &signed("", &functie("<Persoon><VoorNaam>E</VoorNaam></Persoon>")));
    }

    #[test]
    fn withhold_an_answer_that_would_break_them_where_the_terms_say_so() {
        let terms = Terms { signed: Signed::Withheld, ..Terms::revealing(NONE) };
        let feeding = Feeding { program: &GEEF_ONDERNEMING, start: Start::Envelope, terms };
        let broken = signed("<Signature/>", &functie("<Persoon/>"));
        assert_eq!(feeding.every_way(broken.as_bytes(), 1).end, Err(Fault::SignedAnswer));
        let whole = signed("<Signature/>", &functie("<A/>"));
        assert_eq!(feeding.every_way(whole.as_bytes(), 1).text(), whole);
    }

    #[test]
    fn cannot_wait_for_the_end_of_a_long_answer() {
        let long =
            |block: &str| signed("<Signature/>", &functie(&format!("{}{block}", "<A/>".repeat(20_000))));
        let feeding = Feeding::revealing(&GEEF_ONDERNEMING, NONE);
        let unchanged = feeding.every_way(long("").as_bytes(), 9973);
        assert_eq!(unchanged.text(), long("").replace("<Signature/>", ""));
        assert!(unchanged.end.unwrap().unsigned);

        let terms = Terms { signed: Signed::Withheld, ..Terms::revealing(NONE) };
        let feeding = Feeding { terms, ..feeding };
        assert_eq!(feeding.every_way(long("").as_bytes(), 9973).text(), long(""));
        assert_eq!(feeding.every_way(long("<Persoon/>").as_bytes(), 9973).end, Err(Fault::SignedAnswer));
    }

    #[test]
    fn in_the_body_are_the_services_own() {
        let document = functie("<Signature/><Persoon/>");
        assert_leaves(NONE, &document, &functie("<Signature/>"));
    }
}

mod the_envelope {
    use super::*;

    #[test]
    fn may_be_written_in_every_way_soap_1_1_allows() {
        let plain = functie("");
        for document in [
            plain.clone(),
            plain.replace("<s:", "<").replace("</s:", "</").replace("xmlns:s=", "xmlns="),
            plain
                .replace("<s:", "<SOAP-ENV:")
                .replace("</s:", "</SOAP-ENV:")
                .replace("xmlns:s=", "xmlns:SOAP-ENV="),
            format!("\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<!-- x -->{plain}\n<!-- y -->\n"),
            format!("\n  {plain}"),
            plain
                .replace("<s:Body>", "<t:Body xmlns:t='http://schemas.xmlsoap.org/soap/envelope/'>")
                .replace("/s:B", "/t:B"),
            plain.replace("<s:Body>", "<s:Header/>\n<!-- x --><s:Body>\n"),
            plain.replace("<s:Body>", "<s:Header>text<a>&amp;</a></s:Header><s:Body>"),
        ] {
            assert_leaves(NONE, &document, &document);
        }
    }

    #[test]
    fn must_be_one_of_soap_1_1() {
        assert_fault(
            functie("").replace(
                "http://schemas.xmlsoap.org/soap/envelope/",
                "http://www.w3.org/2003/05/soap-envelope",
            ),
            Fault::NotSoap11,
        );
        assert_fault(functie("").replace("xmlns:s=", "xmlns:t="), Fault::NotSoap11);
        assert_fault(
            functie("")
                .replace("<s:Envelope", "<s:Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'")
                .replace("xmlns:s=\"http", "xmlns:s=\"ttp"),
            Fault::NotSoap11,
        );
    }

    #[test]
    fn must_hold_one_known_element() {
        for (from, to, fault) in [
            ("GeefOndernemingResponse", "GeefPersoonResponse", Fault::UnexpectedRoot),
            ("GeefOndernemingResponse", "geefOndernemingResponse", Fault::UnexpectedRoot),
            ("s:Envelope", "s:Envelop", Fault::UnexpectedRoot),
            ("s:Body", "s:Bode", Fault::Misbuilt),
            ("</s:Body>", "<x/></s:Body>", Fault::Misbuilt),
            ("</s:Body>", "</s:Body><s:Body/>", Fault::Misbuilt),
            ("</s:Body>", "</s:Body><x/>", Fault::Misbuilt),
            ("<s:Body>", "<s:Header/><s:Header/><s:Body>", Fault::Misbuilt),
            ("<s:Body>", "Eva<s:Body>", Fault::Misbuilt),
            ("<s:Body>", "<s:Body>&#65;", Fault::Misbuilt),
            ("</s:Body>", "<![CDATA[]]></s:Body>", Fault::Misbuilt),
        ] {
            assert_fault(functie("").replace(from, to), fault);
        }
        assert_fault(format!("{OPEN}{CLOSE}"), Fault::Misbuilt);
        assert_fault("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"/>", Fault::Misbuilt);
        assert_fault(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/></s:Envelope>",
            Fault::Misbuilt,
        );
    }

    #[test]
    fn may_be_absent_only_where_the_body_alone_was_asked_for() {
        let document = "<w:GeefOndernemingResponse xmlns:w='urn:w'><Functies><Functie><Persoon/></Functie></Functies></w:GeefOndernemingResponse>";
        assert_fault(document, Fault::UnexpectedRoot);
        let alone = Feeding { start: Start::EnvelopeOrBody, ..Feeding::revealing(&GEEF_ONDERNEMING, NONE) };
        let outcome = alone.every_way(document.as_bytes(), 1);
        assert_eq!(outcome.text(), document.replace("<Persoon/>", ""));
        assert!(alone.whole(b"<Fault><faultstring>1</faultstring></Fault>").end.is_ok());
        assert_eq!(alone.whole(b"<Fault>83670812399</Fault>").text(), "<Fault>***********</Fault>");
        assert_eq!(alone.whole(b"<Body/>").end, Err(Fault::UnexpectedRoot));
        assert!(alone.whole(functie("").as_bytes()).end.is_ok());
    }
}

mod well_formedness {
    use super::*;

    /// What is read to its last detail: an error.
    fn read(content: &str) -> String {
        answer(&format!("<Uitzondering>{content}</Uitzondering>"))
    }

    #[test]
    fn is_demanded_in_every_detail_of_what_is_read() {
        for (content, flaw) in [
            ("<a></b>", Flaw::MismatchedTag),
            ("<a></A>", Flaw::MismatchedTag),
            ("<p:a></a>", Flaw::MismatchedTag),
            ("<a></aa>", Flaw::MismatchedTag),
            ("<a></ a>", Flaw::MismatchedTag),
            ("< a/>", Flaw::BrokenMarkup),
            ("<1/>", Flaw::BrokenMarkup),
            ("<a:b:c/>", Flaw::BrokenMarkup),
            ("<>", Flaw::BrokenMarkup),
            ("<a b/>", Flaw::BrokenMarkup),
            ("<a b=c/>", Flaw::BrokenMarkup),
            ("<a b='1'c='2'/>", Flaw::BrokenMarkup),
            ("<a b='<'/>", Flaw::BrokenMarkup),
            ("<a/ >", Flaw::BrokenMarkup),
            ("<!ELEMENT a>", Flaw::BrokenMarkup),
            ("<a b='1' b=\"1\"/>", Flaw::DuplicateAttribute),
            ("<a b='&x;'/>", Flaw::UnknownReference),
            ("<a b='&'/>", Flaw::UnknownReference),
            ("&nbsp;", Flaw::UnknownReference),
            ("&#1;", Flaw::ForbiddenCharacter),
            ("a & b; c", Flaw::UnknownReference),
            ("]]>", Flaw::CdataEndInText),
            ("x]]]>", Flaw::CdataEndInText),
            ("<!-- a -- b -->", Flaw::BrokenComment),
            ("<!-- a --->", Flaw::BrokenComment),
            ("<?xml version='1.0'?>", Flaw::ProcessingInstruction),
            ("<?php x ?>", Flaw::ProcessingInstruction),
            ("\u{1}", Flaw::ForbiddenCharacter),
            ("\u{ffff}", Flaw::ForbiddenCharacter),
            ("<a\u{0}/>", Flaw::ForbiddenCharacter),
        ] {
            assert_fault(read(content), Fault::Flaw(flaw));
        }
    }

    #[test]
    fn is_demanded_of_what_is_skimmed_as_far_as_something_could_hide_in_it() {
        for (content, flaw) in [
            ("<Functies></Functie>", Flaw::MismatchedTag),
            ("<Functies></p:Functies>", Flaw::MismatchedTag),
            ("</Functies>", Flaw::MismatchedTag),
            ("<Functies><Functie><Persoon></Functie></Persoon></Functies>", Flaw::MismatchedTag),
            ("<Functies a='1' a='2'/>", Flaw::DuplicateAttribute),
            ("<Functies b=c/>", Flaw::BrokenMarkup),
            ("< a/>", Flaw::BrokenMarkup),
            ("<1/>", Flaw::BrokenMarkup),
            ("<>", Flaw::BrokenMarkup),
            ("<!ELEMENT a>", Flaw::BrokenMarkup),
            ("<!-- a -- b -->", Flaw::BrokenComment),
            ("<?php x ?>", Flaw::ProcessingInstruction),
            ("<!DOCTYPE x>", Flaw::Doctype),
            ("&#1;", Flaw::ForbiddenCharacter),
            ("\u{1}", Flaw::ForbiddenCharacter),
            ("\u{ffff}", Flaw::ForbiddenCharacter),
            ("<a\u{0}/>", Flaw::ForbiddenCharacter),
        ] {
            assert_fault(answer(content), Fault::Flaw(flaw));
        }
    }

    #[test]
    fn is_judged_alike_wherever_a_damaged_tag_is_cut() {
        for damaged in
            ["<Rep&liek x=''/>", "<Rep&liek>tekst zonder einde aan het teken</Rep&liek>", "<a <b>&c</a>"]
        {
            assert_leaves(NONE, &answer(damaged), &answer(damaged));
        }
    }

    #[test]
    fn is_the_reading_consumers_to_judge_where_nothing_could_hide() {
        for content in ["<a></b>", "<a b/>", "<a b='1' b='2'/>", "&nbsp;", "a & b", "]]>", "<a:b:c/>", "<x>"]
        {
            assert_leaves(NONE, &answer(content), &answer(content));
        }
        assert_leaves(NONE, &functie("<Persoon><a></b>&nbsp;</Persoon>"), &functie(""));
    }

    #[test]
    fn allows_what_only_looks_wrong() {
        let fine = "]] ><!----><!-- - -->]]<!-- -->><![CDATA[]]]]><![CDATA[>]]]><a b='>]]>\"' c = \"'\"\n/>&#x10FFFF;";
        assert_leaves(NONE, &read(fine), &read(fine));
        assert_leaves(NONE, &answer(fine), &answer(fine));
    }

    #[test]
    fn is_demanded_around_the_root() {
        for (document, flaw) in [
            (String::new(), Flaw::Truncated),
            (" \n".to_owned(), Flaw::Truncated),
            ("x".to_owned() + &answer(""), Flaw::OutsideRoot),
            (answer("") + "x", Flaw::OutsideRoot),
            (answer("") + "&#32;", Flaw::OutsideRoot),
            (answer("") + "<a/>", Flaw::OutsideRoot),
            (answer("") + "<![CDATA[]]>", Flaw::OutsideRoot),
            (answer("") + "</a>", Flaw::MismatchedTag),
            (answer("") + "<!-- ", Flaw::Truncated),
            (answer("") + "<", Flaw::Truncated),
            ("\u{feff}\u{feff}".to_owned() + &answer(""), Flaw::OutsideRoot),
            ("<!DOCTYPE x>".to_owned() + &answer(""), Flaw::Doctype),
            (" <?xml version='1.0'?>".to_owned() + &answer(""), Flaw::ProcessingInstruction),
            ("<?xml-stylesheet href='x'?>".to_owned() + &answer(""), Flaw::ProcessingInstruction),
        ] {
            assert_fault(document, Fault::Flaw(flaw));
        }
    }

    #[test]
    fn accepts_the_declaration_of_utf_8_and_version_1_0_alone() {
        for (attributes, flaw) in [
            ("version='1.1'", Flaw::ForeignVersion),
            ("version='1.0' encoding='ISO-8859-1'", Flaw::ForeignEncoding),
            ("version='1.0' encoding=\"UTF-16\"", Flaw::ForeignEncoding),
            ("encoding='UTF-8'", Flaw::BrokenMarkup),
            ("encoding='UTF-8' version='1.0'", Flaw::BrokenMarkup),
            ("version='1.0' standalone='maybe'", Flaw::BrokenMarkup),
            ("version='1.0' version='1.0'", Flaw::BrokenMarkup),
            ("version='1.0' x='1'", Flaw::BrokenMarkup),
        ] {
            assert_fault(format!("<?xml {attributes}?>{}", answer("")), Fault::Flaw(flaw));
        }
    }

    #[test]
    fn accepts_no_other_encoding() {
        let utf_16: Vec<u8> = answer("").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_fault(&utf_16, Fault::Flaw(Flaw::ForbiddenCharacter));
        assert_fault([b"\xff\xfe", &utf_16[..]].concat(), Fault::Flaw(Flaw::NotUtf8));
        let latin_1 = [answer("").as_bytes(), b"\xeb"].concat();
        assert_eq!(filter(NONE, latin_1).end, Err(Fault::Flaw(Flaw::Truncated)), "half a character");
        assert_fault([answer("").as_bytes(), b"\xeb "].concat(), Fault::Flaw(Flaw::NotUtf8));
        assert_fault([answer("").as_bytes(), b"\xc0\x80"].concat(), Fault::Flaw(Flaw::NotUtf8));
    }

    #[test]
    fn ends_at_the_limits() {
        let nested = |levels: usize| read(&("<a>".repeat(levels) + &"</a>".repeat(levels)));
        let attributes = |count: u32| {
            let written = (0..count).fold(String::new(), |all, at| all + &format!(" a{at}=''"));
            read(&format!("<a{written}/>"))
        };
        let named = |len: usize| read(&format!("<{}/>", "a".repeat(len)));
        let tag = |len: usize| read(&format!("<a b='{}'/>", "x".repeat(len)));
        for (within, beyond, flaw) in [
            (nested(60), nested(61), Flaw::TooDeep),
            (attributes(64), attributes(65), Flaw::TooManyAttributes),
            (named(256), named(257), Flaw::TooLong),
            (tag(8183), tag(8184), Flaw::TooLong),
        ] {
            let feeding = Feeding::revealing(&GEEF_ONDERNEMING, NONE);
            assert_eq!(feeding.every_way(within.as_bytes(), 97).whole(), within.as_bytes());
            assert_eq!(feeding.every_way(beyond.as_bytes(), 97).end, Err(Fault::Flaw(flaw)));
        }
        let long_names = read(&format!("<{}>", "n".repeat(250)).repeat(20));
        let feeding = Feeding::revealing(&GEEF_ONDERNEMING, NONE);
        assert_eq!(feeding.every_way(long_names.as_bytes(), 97).end, Err(Fault::Flaw(Flaw::TooLong)));
    }

    #[test]
    fn is_unfinished_wherever_the_document_is_cut_off() {
        let document = functie("<Persoon a='1'>\u{eb}</Persoon><!-- x --><![CDATA[y]]>&amp;");
        for at in 0..document.len() {
            let feeding = Feeding::revealing(&GEEF_ONDERNEMING, NONE);
            let cut_off = &document.as_bytes()[..at];
            assert_eq!(feeding.whole(cut_off).end, Err(Fault::Flaw(Flaw::Truncated)), "at byte {at}");
        }
    }
}

#[test]
fn every_fault_has_a_name_of_its_own() {
    let mut names = Fault::NAMES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Fault::COUNT);
    assert_eq!(Fault::Flaw(Flaw::Truncated).name(), "truncated");
    assert_eq!(Fault::NotSoap11.name(), "not-soap-1.1");
    assert_eq!(Fault::SignedAnswer.name(), "signed-answer");
}

#[test]
fn the_filter_is_of_one_small_size() {
    assert!(size_of::<poortwachter_kernel::redact::xml::Filter>() < 20 * 1024);
}

mod the_enterprises_form {
    use super::*;

    const ADDRESS: &str = "<Adressen><Adres><Straat><Naam>Dorp</Naam></Straat><Descripties><Descriptie><Adres/><Contact><GSM>0475</GSM></Contact></Descriptie></Descripties></Adres></Adressen>";

    fn form(code: &str) -> String {
        format!("<SoortOnderneming><Code Beschrijving='x'>{code}</Code></SoortOnderneming>")
    }

    fn enterprise(parts: &[&str]) -> String {
        answer(&format!("<Inhoud><Onderneming><A/>{}</Onderneming></Inhoud>", parts.concat()))
    }

    #[test]
    fn spares_the_address_of_a_legal_person_wherever_it_stands() {
        for parts in [[&form("2"), ADDRESS], [ADDRESS, &form("2")]] {
            assert_leaves(NONE, &enterprise(&parts), &enterprise(&parts));
        }
        for written in [" 2\n", "&#50;", "<![CDATA[2]]>", "<!-- 1 -->2"] {
            let document = enterprise(&[ADDRESS, &form(written)]);
            assert_leaves(NONE, &document, &document);
        }
    }

    #[test]
    fn takes_the_address_of_a_natural_person_wherever_it_stands() {
        for code in ["1", "3", "", "22", "two"] {
            for parts in [[form(code), ADDRESS.to_owned()], [ADDRESS.to_owned(), form(code)]] {
                let document = enterprise(&[&parts[0], &parts[1]]);
                assert_leaves(NONE, &document, &document.replace(ADDRESS, ""));
                let removed = filter(NONE, &document).end.unwrap().removed;
                assert_eq!(removed[Kind::SoleProprietorAddress.at()], 1, "{code}");
            }
        }
    }

    #[test]
    fn takes_it_too_where_it_is_not_stated() {
        let document = enterprise(&[ADDRESS, "<Bijhuis><Adres/></Bijhuis>"]);
        assert_leaves(NONE, &document, &enterprise(&[]));
        let elsewhere =
            enterprise(&[&format!("<Onderneming><Adressen>{}</Adressen></Onderneming>", form("2"))]);
        assert_leaves(NONE, &elsewhere, &enterprise(&["<Onderneming></Onderneming>"]));
        let outside = answer(&format!("{}{ADDRESS}<Inhoud></Inhoud>", form("2")));
        assert_leaves(NONE, &outside, &outside.replace(ADDRESS, ""));
    }

    #[test]
    fn ends_no_block_before_the_children_that_are_open_in_it() {
        for (before, after) in [(form("1"), String::new()), (String::new(), form("1")), Default::default()] {
            for child in ["<x>", "<Straat><x/>", "<p:x a='/>'>"] {
                let block = format!("<Adressen><Adres>{child}</Adres></Adressen>Dorp 1</x></Adressen>");
                let damaged = enterprise(&[&before, &block, &after]);
                assert_fault(&damaged, Fault::Flaw(Flaw::MismatchedTag));
                assert!(!left_byte_by_byte(NONE, &damaged).contains("Dorp"), "{damaged}");
            }
        }
        let wrapped = "<Adressen><x><Functies><Functie><Persoon><y/></Persoon></Functie></Functies></x><z></z></Adressen>";
        assert_leaves(NONE, &enterprise(&[wrapped, &form("1")]), &enterprise(&[&form("1")]));
    }

    #[test]
    fn leaves_everything_where_the_address_is_open() {
        let address = FieldSet::EMPTY.with(Field::SoleProprietorAddress);
        let document = enterprise(&[ADDRESS, &form("1")]);
        assert_leaves(address, &document, &document);
        let released = filter(address, &document).end.unwrap().released;
        assert_eq!(released[Kind::SoleProprietorAddress.at()], 1);
    }

    #[test]
    fn counts_for_its_own_enterprise_alone() {
        let two = |first: &str, second: &str| {
            answer(&format!(
                "<Onderneming>{ADDRESS}{first}</Onderneming><Onderneming>{second}{ADDRESS}</Onderneming>"
            ))
        };
        let feeding = Feeding::revealing(&EVERYTHING, NONE);
        let (spared, taken) = (form("2"), form("1"));
        let document = two(&spared, &taken);
        let want = answer(&format!(
            "<Onderneming>{ADDRESS}{spared}</Onderneming><Onderneming>{taken}</Onderneming>"
        ));
        assert_eq!(feeding.every_way(document.as_bytes(), 1).text(), want);
    }

    #[test]
    fn does_not_spare_an_enterprise_within_the_enterprise() {
        let (company, owner) = (form("2"), form("1"));
        let nested = |address: &str| {
            answer(&format!(
                "<Onderneming>{company}<Onderneming>{owner}{address}</Onderneming>{ADDRESS}</Onderneming>"
            ))
        };
        let feeding = Feeding::revealing(&EVERYTHING, NONE);
        let outcome = feeding.every_way(nested(ADDRESS).as_bytes(), 1);
        assert_eq!(outcome.text(), nested(""));
    }

    #[test]
    fn spares_no_enterprise_within_a_person_that_it_spares() {
        let conditional = Path { steps: &["Persoon"], holds: Holds::Person, conditional: true };
        let parts = Parts { paths: &[conditional], ..*EVERYTHING.parts() };
        let program = Program::new(parts).unwrap();
        let enterprise = |inner: &str| {
            let (form, person) = (form("2"), format!("<Persoon><VoorNaam>Eva</VoorNaam>{inner}</Persoon>"));
            [format!("{form}{person}"), format!("{person}{form}")]
                .map(|content| answer(&format!("<Onderneming>{content}</Onderneming>")))
        };
        let within = "<Ouder><Onderneming><Persoon><INSZ>83670812399</INSZ></Persoon></Onderneming></Ouder>";
        for reveals in [NONE, NAME, INSZ_ONLY] {
            let feeding = Feeding::revealing(&program, reveals);
            for (document, want) in enterprise(within).iter().zip(enterprise("<Ouder></Ouder>")) {
                let outcome = feeding.every_way(document.as_bytes(), 1);
                assert_eq!(outcome.text(), want);
            }
        }
        let feeding = Feeding::revealing(&program, BOTH);
        for document in enterprise(within) {
            assert_eq!(feeding.every_way(document.as_bytes(), 1).text(), document);
        }
    }

    #[test]
    fn stated_twice_is_not_believed() {
        for (first, second) in [("2", "2"), ("2", "1"), ("1", "2")] {
            assert_fault(enterprise(&[&form(first), ADDRESS, &form(second)]), Fault::Drift);
        }
    }

    #[test]
    fn comes_too_late_behind_more_than_can_wait() {
        let far = "<A>tekst</A>".repeat(6000);
        let document = enterprise(&[ADDRESS, &far, &form("2"), ADDRESS]);
        let feeding = Feeding::revealing(&GEEF_ONDERNEMING, NONE);
        let outcome = feeding.every_way(document.as_bytes(), 9973);
        assert_eq!(outcome.text(), enterprise(&[&far, &form("2"), ADDRESS]));
    }

    #[test]
    fn decides_while_a_long_block_is_still_open() {
        let long = format!("<Adressen>{}</Adressen>", "<Adres><INSZ2/></Adres>".repeat(6000));
        let document = enterprise(&[&long, &form("2")]);
        let feeding = Feeding::revealing(&GEEF_ONDERNEMING, NONE);
        let outcome = feeding.every_way(document.as_bytes(), 9973);
        assert_eq!(outcome.text(), enterprise(&[&form("2")]));
    }
}

mod near_functionholders {
    use super::*;

    #[test]
    fn go_unless_the_grant_names_them() {
        let document = answer("<Curatoren><A/><Curator><Naam>Q</Naam></Curator></Curatoren>");
        let feeding = |groups| Feeding {
            terms: Terms { groups, ..Terms::revealing(BOTH) },
            ..Feeding::revealing(&EVERYTHING, BOTH)
        };
        let closed = feeding(Groups::ORDINARY).every_way(document.as_bytes(), 1);
        assert_eq!(closed.text(), answer("<Curatoren><A/></Curatoren>"));
        assert_eq!(feeding(Groups::ALL).every_way(document.as_bytes(), 1).text(), document);
    }
}

#[test]
fn masked_numbers_are_none_any_more() {
    let document = answer("<Uitzondering>12.83.67.08-123.99 &#56;3670812399</Uitzondering>");
    assert!(holds_insz(&document.replace("&#56;", "8")));
    assert!(!holds_insz(&filter(NONE, document).text()));
}
