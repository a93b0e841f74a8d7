//! Refusals, word for word: see `tests/golden/`, renewed with `UPDATE_GOLDEN=1`.

use std::path::Path;

use crate::house::{Answer, GEMEENTE, House, INSPECTIE, Plan, block_on, consumer, post};
use crate::messages::{FUNCTIES_PATH, PATH, Question, answer};
use crate::upstream::{always, ok};

fn house(plan: Plan) -> House {
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

/// Compares with the file of that name; what differs per call is normalised.
fn is_golden(name: &str, answer: &Answer) {
    let trace = answer.header("belgov-trace-id").unwrap();
    let text = without_uuids(&answer.text().replace(trace, "{trace}")).replace("><", ">\n<");
    let said = format!("HTTP {}\n{text}", answer.status.as_u16());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &said).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(said, known, "{name}");
}

fn without_uuids(text: &str) -> String {
    let is_uuid = |part: &str| part.len() == 36 && part.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let parts = text.split_inclusive(['<', '>', ' ']);
    let normal = |part: &str| match part.strip_suffix('<') {
        Some(bare) if is_uuid(bare) => "{uuid}<".to_owned(),
        _ => part.to_owned(),
    };
    parts.map(normal).collect()
}

#[test]
fn never_granted() {
    block_on(async {
        let house = house(Plan::default());
        let path = "/GeefAdressenLocatiesDienst-02.00/soap/WebService";
        let question = Question::from(GEMEENTE).named("GeefAdressenLocaties");
        is_golden("never-granted.xml", &house.consumer("gemeente").await.ask(path, question.xml()).await);
    });
}

#[test]
fn lapsed() {
    block_on(async {
        let house = house(Plan::default());
        // The first moment of 2028 in Brussels.
        house.time.set("2027-12-31T23:00:00Z");
        house.running().reload().await;
        is_golden("lapsed.xml", &house.ask().await);
    });
}

#[test]
fn basis_missing() {
    block_on(async {
        let house = house(Plan::default());
        let question =
            Question { criteria: "<Persoon><INSZ>62680599650</INSZ></Persoon>", ..Question::from(GEMEENTE) };
        let answer =
            house.consumer("gemeente").await.ask(FUNCTIES_PATH, question.named("GeefFuncties").xml()).await;
        is_golden("basis-missing.xml", &answer);
    });
}

#[test]
fn disclaimer_missing_repeated_in_the_answer() {
    block_on(async {
        let text = consumer("gemeente", GEMEENTE, "ipdc1", "\"GeefOnderneming/02.00\"", "");
        let (before, rest) = text.split_once("[disclaimer]").unwrap();
        let (_, after) = rest.split_once("[[grant]]").unwrap();
        let plan = Plan {
            consumers: vec![("gemeente", format!("{before}[[grant]]{after}"))],
            settings: Box::new(|settings| settings.refusal.repeat_in_answer = true),
            ..Plan::default()
        };
        is_golden("disclaimer-missing-repeated.xml", &house(plan).ask().await);
    });
}

#[test]
fn sender_not_registered_with_a_hostile_sender() {
    block_on(async {
        let house = house(Plan::default());
        let sender = "&lt;/Identificatie&gt;&lt;Persoon a=\"'&amp;";
        let answer = house.consumer("gemeente").await.ask(PATH, Question::from(sender).xml()).await;
        roxmltree::Document::parse(&answer.text()).unwrap();
        is_golden("sender-not-registered.xml", &answer);
    });
}

#[test]
fn unknown_consumer() {
    block_on(async {
        let house = house(Plan::default());
        is_golden(
            "unknown-consumer.xml",
            &house.consumer("vreemde").await.ask(PATH, Question::from(INSPECTIE).xml()).await,
        );
    });
}

#[test]
fn unknown_service() {
    block_on(async {
        let house = house(Plan::default());
        let question = Question::from(GEMEENTE).named("GeefOnbekend");
        is_golden("unknown-service.xml", &house.consumer("gemeente").await.ask(PATH, question.xml()).await);
    });
}

#[test]
fn statements_disagree() {
    block_on(async {
        let house = house(Plan::default());
        let question = Question { name: "GeefFuncties", ..Question::from(GEMEENTE) };
        is_golden(
            "statements-disagree.xml",
            &house.consumer("gemeente").await.ask(PATH, question.xml()).await,
        );
    });
}

#[test]
fn unreadable() {
    block_on(async {
        let house = house(Plan::default());
        is_golden("unreadable.xml", &house.consumer("gemeente").await.ask(PATH, "geen xml").await);
    });
}

#[test]
fn withheld() {
    block_on(async {
        is_golden("withheld.xml", &House::new(always(ok("<<<"))).ask().await);
    });
}

#[test]
fn a_refusal_is_one_well_formed_document_that_names_no_end_user() {
    block_on(async {
        let house = house(Plan::default());
        let answer = house.consumer("vreemde").await.ask(PATH, Question::from(GEMEENTE).xml()).await;
        let text = answer.text();
        let document = roxmltree::Document::parse(&text).unwrap();
        let value =
            |name| document.descendants().find(|node| node.has_tag_name(name)).and_then(|node| node.text());
        assert_eq!(value("Oorsprong"), Some("PWA"));
        assert!(!text.contains("71690499880"), "Gebruiker");
        assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
        let root = document.root_element().first_element_child().unwrap().first_element_child().unwrap();
        assert_eq!(root.tag_name().name(), "GeefOndernemingResponse");
        assert_eq!(
            root.tag_name().namespace(),
            Some("http://webservice.geefondernemingdienst-02_00.onderneming-02_00.vip.vlaanderen.be")
        );
        assert!(root.descendants().skip(1).all(|node| node.tag_name().namespace().is_none()));
    });
}

#[test]
fn a_consumer_that_prefers_english_is_refused_in_english() {
    block_on(async {
        let house = house(Plan::default());
        let mut gemeente = house.consumer("gemeente").await;
        let question = Question { sender: "stad.be/ipdc9", ..Question::from(GEMEENTE) };
        let mut request = post(PATH, question.xml());
        request.headers_mut().insert("accept-language", "en, nl;q=0.5".parse().unwrap());
        let answer = gemeente.send(request).await;
        assert_eq!(answer.header("content-language"), Some("en"));
        assert!(
            answer.text().contains("No access to GeefOnderneming/02.00 for stad.be/ipdc9: "),
            "{}",
            answer.text()
        );

        let mut request = post(PATH, "no envelope");
        request.headers_mut().insert("accept-language", "en".parse().unwrap());
        assert!(gemeente.send(request).await.text().contains("the request is not one SOAP 1.1 envelope"));
    });
}
