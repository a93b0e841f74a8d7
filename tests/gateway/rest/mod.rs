//! REST services through a running gateway.

mod answers;
mod clients;
mod heads;
mod refusals;
mod secrets;
mod targets;
mod trail;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::Value;

use crate::house::{Answer, House, Plan, consumer};
use crate::upstream::{Script, Step, always, with_head};

pub const BURGER: &str = "burger.be/ipdc7";
pub const NUMBER: &str = "0f8fad5b-d9cb-469f-a165-7086772895fe";
pub const DETAIL: &str = "/v1/organisaties/verenigingen/verenigingen/V0001001";
pub const SEARCH: &str = "/v1/organisaties/verenigingen/verenigingen";

/// Associations, which need a protocol beside the disclaimer.
const PROTOCOL: &str = "[[grant.instrument]]\ntype = \"protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"w\"\ndated = 2025-06-02\n";

/// A statutory basis for functionholders beside it.
const OPENS: &str = "opens = [\"functionholder-name\", \"functionholder-insz\"]\n";
const STATUTE: &str = "[[grant.instrument]]\ntype = \"statutory-basis\"\ncitation = \"Decreet, artikel 12\"\ndated = 2020-01-01\n";

/// An operator's own services: the KBO's content in JSON, as its program stands in the built-in catalogue for SOAP.
pub const CATALOGUE: &str = r#"
version = "proef"
extends = "built-in"

[[service]]
name = "proef.onderneming"
version = "01.00"
domain = "Proef"
dialect = "rest"
source = "kbo-vkbo"
contact = "https://proef.example/meldpunt"
drift = ["INSZ", "VoorNaam", "AchterNaam"]
form = { scope = "Onderneming", sign = "SoortOnderneming/Code", spares = ["2"] }
personal = [
  { path = "Persoon", holds = "person" },
  { path = "Adressen", holds = "sole-proprietor-address" },
]
person-question = { elements = ["insz", "rijksregisternummer"], needs = ["functionholder-insz"] }
routes = [
  { method = "GET", path = "/v1/proef/ondernemingen/{nummer:kbo-number}", query = ["taal"] },
  { method = "GET", path = "/v1/proef/personen/{insz:digits}" },
  { method = "GET", path = "/v1/proef/ondernemingen", query = ["insz", "q"] },
  { method = "POST", path = "/v1/proef/zoekingen" },
]

[[service]]
name = "proef.bron"
version = "01.00"
domain = "Proef"
dialect = "rest"
source = "national-register"
by-bron = { rr = "national-register", ksz = "kbo-vkbo" }
source-key = "bron"
contact = "https://proef.example/meldpunt"
routes = [{ method = "GET", path = "/v1/proef/bron", query = ["bron"] }]
"#;

pub fn plan() -> Plan {
    let services = "\"organisaties.verenigingen/01.00\", \"organisaties.verenigingen.beheer/01.00\"";
    let kbo = "\"proef.onderneming/01.00\", \"proef.bron/01.00\", \"GeefOnderneming/02.00\"";
    let burger = consumer("burger", BURGER, "ipdc7", services, PROTOCOL);
    let more = |services: &str, rest: &str| {
        format!(
            "\n[[grant]]\nid = \"kbo\"\nservices = [{services}]\npurpose = \"ipdc7\"\nvalid-from = 2026-02-01\nvalid-until = 2027-12-31\nretention = \"P5Y\"\n{rest}"
        )
    };
    let toezicht =
        consumer("toezicht", "toezicht.be/ipdc8", "ipdc7", services, &format!("{OPENS}{PROTOCOL}{STATUTE}"));
    Plan {
        settings: Box::new(|settings| {
            settings.rest.bases = ["", "/Magda-v1/rest", "/rest"].map(str::to_owned).to_vec();
        }),
        consumers: vec![
            ("burger", burger + &more(kbo, "")),
            ("toezicht", toezicht + &more(kbo, &format!("{OPENS}{STATUTE}"))),
            ("gemeente", crate::house::gemeente()),
        ],
        catalogue: Some(CATALOGUE.to_owned()),
        ..Plan::default()
    }
}

pub fn house(script: Script) -> House {
    House::planned(plan(), script)
}

pub fn serving(body: &str) -> House {
    house(always(json(body)))
}

/// A whole answer in JSON.
pub fn json(body: &str) -> Vec<Step> {
    with_head("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", body)
}

/// A request as a consumer's client writes it.
pub fn request(method: &str, target: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(target)
        .header("host", "gateway.example")
        .header("x-correlation-id", NUMBER)
        .header("x-magda-sender-id", BURGER)
}

pub fn get(target: &str) -> Request<Full<Bytes>> {
    request("GET", target).body(Full::default()).unwrap()
}

pub fn send(method: &str, target: &str, body: &str) -> Request<Full<Bytes>> {
    let request = request(method, target).header("content-type", "application/json");
    request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()
}

pub async fn ask(house: &House, request: Request<Full<Bytes>>) -> Answer {
    house.consumer("burger").await.send(request).await
}

/// The same, as who has a statutory basis.
pub async fn ask_with_basis(house: &House, mut request: Request<Full<Bytes>>) -> Answer {
    request.headers_mut().insert("x-magda-sender-id", "toezicht.be/ipdc8".parse().unwrap());
    house.consumer("toezicht").await.send(request).await
}

/// What a refusal says, as JSON.
pub fn problem(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/problem+json; charset=utf-8"));
    serde_json::from_str(&answer.text()).unwrap()
}
