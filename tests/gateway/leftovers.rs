//! What the filter does beside removing functionholders, as a consumer sees it: homes, errors, signatures, and what
//! a grant does not list.

use poortwachter::kernel::redact::Signed;

use crate::house::{House, Plan, block_on};
use crate::messages::{answer, with_content};
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
