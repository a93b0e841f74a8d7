//! Path, root, Naam and Versie must speak of one service.

use http::HeaderName;

use crate::house::{GEMEENTE, House, INSPECTIE, block_on, post};
use crate::messages::{ANY_PATH, FUNCTIES_PATH, PATH, Question, answer, stripped};
use crate::upstream::{always, ok};

fn refused(path: &str, question: &Question) -> String {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let refusal = house.consumer("gemeente").await.ask(path, question.xml()).await;
        assert!(house.upstream.asked().is_empty(), "nothing was forwarded");
        refusal.reason()
    })
}

#[test]
fn a_path_of_another_service_disagrees() {
    assert_eq!(refused(FUNCTIES_PATH, &Question::from(GEMEENTE)), "statements-disagree");
}

#[test]
fn a_root_of_another_service_disagrees() {
    let question = Question { root: "GeefFuncties", ..Question::from(GEMEENTE) };
    assert_eq!(refused(PATH, &question), "statements-disagree");
    assert_eq!(refused(ANY_PATH, &question), "statements-disagree", "Naam says otherwise");
}

#[test]
fn a_name_of_another_service_or_domain_disagrees() {
    for name in ["GeefFuncties", "Persoon.GeefOnderneming", "Onderneming.", "geefonderneming", "x"] {
        let question = Question { name, ..Question::from(GEMEENTE) };
        assert_eq!(refused(PATH, &question), "statements-disagree", "{name}");
    }
}

#[test]
fn a_version_that_differs_or_is_none_disagrees() {
    for version in ["02.01.0000", "03.00.0000", "02.00", "2.0.0", "x"] {
        let question = Question { version, ..Question::from(GEMEENTE) };
        assert_eq!(refused(PATH, &question), "statements-disagree", "{version}");
    }
}

#[test]
fn headers_of_rest_may_only_say_again_who_sends_in_which_capacity() {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let mut gemeente = house.consumer("gemeente").await;
        for (header, values, agrees) in [
            ("x-magda-sender-id", &[GEMEENTE][..], true),
            ("x-magda-sender-id", &[INSPECTIE], false),
            ("X-Magda-Sender-ID", &[GEMEENTE, INSPECTIE], false),
            ("x-magda-sender-id", &[""], false),
            ("x-magda-sender-qualitycode", &["101"], true),
            ("x-magda-sender-qualitycode", &["101", "101"], true),
            ("x-magda-sender-qualitycode", &["102"], false),
        ] {
            let mut request = post(PATH, Question::from(GEMEENTE).xml());
            for value in values {
                request
                    .headers_mut()
                    .append(HeaderName::from_bytes(header.as_bytes()).unwrap(), value.parse().unwrap());
            }
            let got = gemeente.send(request).await;
            assert_eq!(got.text().contains("Uitzondering"), !agrees, "{header} {values:?}: {}", got.text());
            assert!(agrees || got.reason() == "statements-disagree" && got.text().contains(">20005<"));
        }
    });
}

#[test]
fn a_path_a_root_or_a_version_nobody_knows_is_an_unknown_service() {
    let question = Question::from(GEMEENTE);
    for path in [
        "/",
        "/x",
        "//Magda-02.00/soap/WebService",
        &format!("{PATH}?wsdl"),
        &format!("{PATH}?"),
        &format!("{PATH}/"),
    ] {
        assert_eq!(refused(path, &question), "unknown-service", "{path}");
    }
    assert_eq!(refused(ANY_PATH, &question.clone().named("GeefOnbekend")), "unknown-service");
    let other_version = Question { version: "09.00.0000", ..question };
    assert_eq!(refused(ANY_PATH, &other_version), "unknown-service");
}

#[test]
fn the_domain_before_the_name_and_white_space_around_it_are_tolerated() {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefOnderneming"))));
        let mut gemeente = house.consumer("gemeente").await;
        for (path, name) in [(PATH, "Onderneming.GeefOnderneming"), (ANY_PATH, "\n GeefOnderneming\t")] {
            let question = Question { name, version: " 02.00.0000 ", ..Question::from(GEMEENTE) };
            assert_eq!(gemeente.ask(path, question.xml()).await.text(), stripped(1), "{name}");
        }
    });
}

#[test]
fn a_question_by_person_needs_a_basis() {
    block_on(async {
        let house = House::new(always(ok(&answer("GeefFuncties"))));
        let by_person = |uri| Question {
            criteria: "<Persoon><INSZ>62680599650</INSZ></Persoon>",
            ..Question::from(uri).named("GeefFuncties")
        };
        let refusal = house.consumer("gemeente").await.ask(FUNCTIES_PATH, by_person(GEMEENTE).xml()).await;
        assert_eq!(refusal.reason(), "basis-missing");
        assert!(!refusal.text().contains("62680599650"), "the criteria are not repeated");
        let allowed = house.consumer("inspectie").await.ask(FUNCTIES_PATH, by_person(INSPECTIE).xml()).await;
        assert!(!allowed.text().contains("Uitzondering"), "{}", allowed.text());
    });
}
