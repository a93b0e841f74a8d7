//! Whose data a question asks decides by which instrument it is lawful (MAGDA: `Bron`, BIS numbers).

use crate::house::{GEMEENTE, House, Plan, block_on, consumer};
use crate::messages::answer;
use crate::upstream::{always, ok};

pub const PATH: &str = "/GeefPersoonDienst-02.02/soap/WebService";

/// For the National Register, and for nothing else.
pub const REGISTER: &str = r#"
[[grant.instrument]]
type = "ministerial-authorization"
reference = "RR-2025/1"
dated = 2025-01-01
"#;

/// For the BIS register too: the deliberation, beside the authorization it builds on.
const BIS: &str = r#"
[[grant.instrument]]
type = "deliberation"
chamber = "social-security-health"
number = "25/1"
dated = 2025-01-01
"#;

pub fn question(name: &str, version: &str, content: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><w:{name} xmlns:w=\"urn:w\"><Verzoek>\
         <Context><Naam>{name}</Naam><Versie>{version}.0000</Versie><Bericht><Type>VRAAG</Type><Afzender>\
         <Identificatie>{GEMEENTE}</Identificatie><Referte>r</Referte></Afzender></Bericht></Context><Vragen><Vraag>\
         <Referte>r</Referte><Inhoud>{content}</Inhoud></Vraag></Vragen></Verzoek></w:{name}></e:Body></e:Envelope>"
    )
}

fn house(services: &str, instruments: &str, root: &str) -> House {
    let plan = Plan {
        consumers: vec![("gemeente", consumer("gemeente", GEMEENTE, "ipdc1", services, instruments))],
        ..Plan::default()
    };
    House::planned(plan, always(ok(&answer(root))))
}

/// Whether a GeefPersoon question passes: `Ok`, or the reason why not.
fn asked(instruments: &str, content: &str) -> Result<(), String> {
    block_on(async {
        let house = house("\"GeefPersoon/02.02\"", instruments, "GeefPersoon");
        let body = question("GeefPersoon", "02.02", content);
        let text = house.consumer("gemeente").await.ask(PATH, body).await.text();
        if text == answer("GeefPersoon") {
            return Ok(());
        }
        let reason = text.split_once("<Naam>reden</Naam><Waarde>").unwrap().1.split_once('<').unwrap().0;
        Err(reason.to_owned())
    })
}

pub const ORDINARY: &str = "<Criteria><INSZ>82641200757</INSZ></Criteria>";
const BIS_NUMBER: &str = "<Criteria><INSZ>82441200763</INSZ></Criteria>";

#[test]
fn a_number_of_the_national_register_asks_that_register_alone() {
    assert_eq!(asked(REGISTER, ORDINARY), Ok(()));
    assert_eq!(asked(REGISTER, &format!("<Bron>RR</Bron>{ORDINARY}")), Ok(()));
}

#[test]
fn a_bis_number_asks_the_bis_register_whatever_bron_says() {
    let refused = Err("instrument-missing".to_owned());
    assert_eq!(asked(REGISTER, BIS_NUMBER), refused);
    assert_eq!(asked(REGISTER, &format!("<Bron>RR</Bron>{BIS_NUMBER}")), refused);
    assert_eq!(asked(REGISTER, &format!("{ORDINARY}{BIS_NUMBER}")), refused);
    assert_eq!(asked(&format!("{REGISTER}{BIS}"), BIS_NUMBER), Ok(()));
}

#[test]
fn bron_ksz_asks_the_bis_register() {
    let content = format!("<Bron>KSZ</Bron>{ORDINARY}");
    assert_eq!(asked(REGISTER, &content), Err("instrument-missing".to_owned()));
    assert_eq!(asked(&format!("{REGISTER}{BIS}"), &content), Ok(()));
}

#[test]
fn a_question_that_does_not_show_it_must_be_lawful_for_every_source() {
    for content in ["<Criteria/>", "<Bron>XX</Bron><Criteria/>", &format!("<Bron>rr</Bron>{ORDINARY}")] {
        assert_eq!(asked(REGISTER, content), Err("instrument-missing".to_owned()), "{content}");
        assert_eq!(asked(&format!("{REGISTER}{BIS}"), content), Ok(()), "{content}");
    }
}

#[test]
fn a_technical_service_needs_a_grant_and_no_instrument() {
    block_on(async {
        let house = house("\"RegistreerInschrijving/02.01\"", "", "RegistreerInschrijving");
        let path = "/RegistreerInschrijvingDienst-02.01/soap/WebService";
        let body = question("RegistreerInschrijving", "02.01", ORDINARY);
        let passed = house.consumer("gemeente").await.ask(path, body).await;
        assert_eq!(passed.text(), answer("RegistreerInschrijving"));
        assert_eq!(passed.header("poortwachter-removes"), None);
        let other = question("RegistreerUitschrijving", "02.01", ORDINARY);
        let path = "/RegistreerUitschrijvingDienst-02.01/soap/WebService";
        assert!(house.consumer("gemeente").await.ask(path, other).await.text().contains("never-granted"));
    });
}
