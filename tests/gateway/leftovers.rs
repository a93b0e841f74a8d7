//! What the filter does beside removing functionholders, as a consumer sees it: homes, errors, signatures, and what
//! a grant does not list.

use poortwachter::kernel::redact::Signed;

use crate::house::{GEMEENTE, House, Plan, block_on, consumer};
use crate::messages::{Question, answer, with_content};
use crate::upstream::{always, ok};

fn signed(answer: &str) -> String {
    answer.replacen("<s:Body>", "<s:Header><Security>abc</Security></s:Header><s:Body>", 1)
}

#[test]
fn the_home_of_a_sole_proprietor_goes_and_a_companys_seat_stays() {
    let content = |code: &str| {
        with_content(
            "GeefOnderneming",
            &format!(
                "<Adressen><Adres>Dorp 1</Adres></Adressen><SoortOnderneming><Code>{code}</Code></SoortOnderneming>"
            ),
        )
    };
    block_on(async {
        let company = House::new(always(ok(&content("2")))).ask().await;
        assert_eq!(company.text(), content("2"));
        let house = House::new(always(ok(&content("1"))));
        let owner = house.ask().await;
        assert!(!owner.text().contains("Dorp 1"), "{}", owner.text());
        let line = "poortwachter_fields_removed_total{consumer=\"gemeente\",operation=\"GeefOnderneming/02.00\",field=\"sole-proprietor-address\"} 1";
        assert!(house.metrics().await.lines().any(|known| known == line));
    });
}

#[test]
fn a_number_in_an_error_is_masked() {
    let error = |text: &str| {
        with_content(
            "GeefOnderneming",
            &format!("<Uitzondering><Diagnose>geen dossier voor {text}</Diagnose></Uitzondering>"),
        )
    };
    block_on(async {
        let got = House::new(always(ok(&error("62.68.05-996.50")))).ask().await;
        assert_eq!(got.text(), error("**.**.**-***.**"));
    });
}

#[test]
fn a_signature_that_would_be_broken_goes_and_the_answer_says_so() {
    block_on(async {
        let house = House::new(always(ok(&signed(&answer("GeefOnderneming")))));
        let got = house.ask().await;
        assert!(!got.text().contains("Security") && !got.text().contains("Persoon"), "{}", got.text());
        assert_eq!(got.header("poortwachter-signature"), Some("removed"));
        let line = "poortwachter_signatures_removed_total{operation=\"GeefOnderneming/02.00\"} 1";
        assert!(house.metrics().await.lines().any(|known| known == line));

        let whole = signed(&with_content("GeefOnderneming", "<Naam>x</Naam>"));
        let got = House::new(always(ok(&whole))).ask().await;
        assert_eq!((got.text(), got.header("poortwachter-signature")), (whole, None));
    });
}

#[test]
fn a_signature_withholds_its_answer_where_the_gateway_is_told_so() {
    block_on(async {
        let plan = Plan::with(|settings| settings.filter.signed = Signed::Withheld);
        let house = House::planned(plan, always(ok(&signed(&answer("GeefOnderneming")))));
        assert_eq!(house.ask().await.status, 502);
    });
}

#[test]
fn of_a_person_only_the_field_groups_of_the_grant_leave() {
    let authorization = "[[grant.instrument]]\ntype = \"ministerial-authorization\"\nreference = \"RR 1/2024\"\ndated = 2024-01-01\n";
    let grant = format!("fields = [\"identity\", \"birth\"]\n{authorization}");
    let registered =
        vec![("gemeente", consumer("gemeente", GEMEENTE, "ipdc1", "\"GeefPersoon/02.02\"", &grant))];
    let envelope = |persoon: &str| {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><GeefPersoonResponse xmlns=\"urn:x\">\
             <Repliek xmlns=\"\"><Context><Naam>GeefPersoon</Naam></Context><Antwoorden><Antwoord><Referte>1</Referte><Inhoud>\
             {persoon}</Inhoud></Antwoord></Antwoorden></Repliek></GeefPersoonResponse></s:Body></s:Envelope>"
        )
    };
    let stays =
        "<INSZ>62680599650</INSZ><Naam><Voornamen><Voornaam>An</Voornaam></Voornamen></Naam><Geboorte/>";
    let upstream = envelope(&format!(
        "<Persoon DatumModificatie=\"2020-01-01\">{stays}<Adressen><Adres>Dorp 1</Adres></Adressen><Nieuw>geheim</Nieuw></Persoon>"
    ));
    block_on(async {
        let plan = Plan { consumers: registered, ..Plan::default() };
        let house = House::planned(plan, always(ok(&upstream)));
        let question = Question {
            version: "02.02.0000",
            criteria: "<INSZ>62680599650</INSZ>",
            ..Question::from(GEMEENTE)
        };
        let question = Question { criteria: "<INSZ>62680599650</INSZ>", ..question }.named("GeefPersoon");
        let path = "/GeefPersoonDienst-02.02/soap/WebService";
        let got = house.consumer("gemeente").await.ask(path, question.xml()).await;
        assert_eq!(got.text(), envelope(&format!("<Persoon>{stays}</Persoon>")));
        let counted = "field=\"disproportionate\"} 3";
        assert!(house.metrics().await.lines().any(|line| line.ends_with(counted)), "tag, address, news");
    });
}
