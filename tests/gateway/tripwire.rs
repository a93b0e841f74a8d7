//! The second line of defence: an INSZ where the catalogue knows none.

use poortwachter::kernel::tripwire::Mode;

use crate::house::{BASIS, GEMEENTE, House, INSPECTIE, Plan, block_on, consumer, logged};
use crate::messages::{PATH, Question, with_content};
use crate::samples::OTHER_SOURCES;
use crate::upstream::{always, ok};

/// Of an invented person.
const NUMBER: &str = "62.68.05-996.50";

fn house(mode: Mode, answer: &str) -> House {
    House::planned(Plan::with(move |settings| settings.tripwire = mode), always(ok(answer)))
}

fn leaking() -> String {
    with_content("GeefOnderneming", &format!("<Nota>zaakvoerder {NUMBER}, sinds 2018</Nota>"))
}

/// More than is held back, with the number at the end.
fn long_leaking() -> String {
    let bulk = "<Nota>een regel zonder nummer</Nota>".repeat(20_000);
    with_content("GeefOnderneming", &format!("{bulk}<Nota>{NUMBER}</Nota>"))
}

#[test]
fn a_mask_hides_the_number_and_leaves_the_rest_of_the_answer() {
    block_on(async {
        for answer in [leaking(), long_leaking()] {
            let house = house(Mode::Mask, &answer);
            let got = house.ask().await;
            assert_eq!(got.status, 200);
            assert!(got.text() == answer.replace(NUMBER, "99.99.99-999.99"));
        }
    });
}

#[test]
fn a_report_changes_nothing_but_counts_logs_and_records_without_the_number() {
    block_on(async {
        let house = house(Mode::Report, &leaking());
        let got = house.ask().await;
        assert_eq!(got.text(), leaking());
        let line = "poortwachter_tripwire_total{operation=\"GeefOnderneming/02.00\",mode=\"report\"} 1";
        assert!(house.metrics().await.lines().any(|known| known == line));
        let trace = got.header("belgov-trace-id").unwrap();
        let log = logged();
        let lines: Vec<serde_json::Value> = log
            .lines()
            .filter(|line| line.contains(trace))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let [record, warning] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((&record["tripwire"], &record["tripwire_numbers"]), (&"report".into(), &1.into()));
        assert_eq!(
            (&warning["level"], &warning["operation"]),
            (&"WARN".into(), &"GeefOnderneming/02.00".into())
        );
        assert!(!log.contains(NUMBER));
    });
}

#[test]
fn a_withheld_number_makes_a_clean_502_of_a_short_answer_and_cuts_a_long_one() {
    block_on(async {
        let house = house(Mode::Withhold, &leaking());
        let got = house.ask().await;
        assert_eq!(got.status, 502);
        assert!(!got.text().contains(NUMBER));
        let metrics = house.metrics().await;
        for line in [
            "poortwachter_tripwire_total{operation=\"GeefOnderneming/02.00\",mode=\"withhold\"} 1",
            "poortwachter_answers_withheld_total{operation=\"GeefOnderneming/02.00\",fault=\"tripwire\"} 1",
        ] {
            assert!(metrics.lines().any(|known| known == line), "{line}\n{metrics}");
        }
    });
    block_on(async {
        let house = house(Mode::Withhold, &long_leaking());
        assert!(house.ask().await.body.is_err(), "it was cut");
    });
}

#[test]
fn a_basis_for_the_insz_switches_it_off() {
    block_on(async {
        let house = house(Mode::Withhold, &leaking());
        let got = house.consumer("inspectie").await.ask(PATH, Question::from(INSPECTIE).xml()).await;
        assert_eq!(got.text(), leaking());
    });
}

#[test]
fn a_basis_for_the_name_alone_does_not() {
    let plan = Plan {
        consumers: vec![(
            "gemeente",
            consumer(
                "gemeente",
                GEMEENTE,
                "ipdc1",
                "\"GeefOnderneming/02.00\"",
                &BASIS.replace(", \"functionholder-insz\"", ""),
            ),
        )],
        ..Plan::default()
    };
    block_on(async {
        let house = House::planned(plan, always(ok(&leaking())));
        assert_eq!(house.ask().await.text(), leaking().replace(NUMBER, "99.99.99-999.99"));
    });
}

#[test]
fn the_consumers_own_user_enterprise_and_telephone_numbers_pass() {
    block_on(async {
        let content = "<Gebruiker>62680599650</Gebruiker><FunctiehouderVan>62680599650</FunctiehouderVan>\
             <GSM>62680599650</GSM><Ondernemingsnummer>0999999943</Ondernemingsnummer><Datum>2026-11-24</Datum>";
        let answer = with_content("GeefOnderneming", content);
        let house = house(Mode::Withhold, &answer);
        assert_eq!(house.ask().await.text(), answer);
    });
}

#[test]
fn the_answers_of_other_sources_are_not_looked_at() {
    let plan = Plan {
        settings: Box::new(|settings| settings.tripwire = Mode::Withhold),
        consumers: vec![(
            "gemeente",
            consumer("gemeente", GEMEENTE, "ipdc1", "\"GeefSocialeSchuld/02.00\"", OTHER_SOURCES),
        )],
        ..Plan::default()
    };
    let answer = with_content("GeefSocialeSchuld", "<INSZ>62680599650</INSZ>");
    block_on(async {
        let house = House::planned(plan, always(ok(&answer)));
        let question = Question::from(GEMEENTE).named("GeefSocialeSchuld").xml();
        let path = "/GeefSocialeSchuldDienst-02.00/soap/WebService";
        assert_eq!(house.consumer("gemeente").await.ask(path, question).await.text(), answer);
    });
}
