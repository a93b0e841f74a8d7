//! How fast a request is read, beside quick-xml reading the same values.
//!
//! `cargo bench --bench peek`. The peer checks less: no duplicates, no namespaces but the Body's
//! element's, no attribute but what it meets.
#![allow(missing_docs, clippy::unwrap_used)]

mod harness;

use harness::{Case, compare};
use poortwachter_kernel::peek::soap;
use quick_xml::NsReader;
use quick_xml::events::Event;

fn main() {
    for (kind, request) in [("plain request", plain()), ("signed request", signed())] {
        assert_eq!(peek(request.as_bytes()), quick_xml(request.as_bytes()), "they must agree");
        compare(
            kind,
            request.len(),
            vec![
                Case::new("peek", || peek(request.as_bytes())),
                Case::new("quick-xml, the same values", || quick_xml(request.as_bytes())),
                Case::new("core::str::from_utf8", || std::str::from_utf8(request.as_bytes()).unwrap().len()),
            ],
        );
    }
}

/// The lengths of all values together.
fn peek(request: &[u8]) -> usize {
    let envelope = soap::read(request, &["INSZ"]).unwrap();
    let len = |value: soap::Value<'_>| value.decode(&mut []).unwrap().len();
    let optional = [envelope.capacity, envelope.reference, envelope.question_reference];
    envelope.root.len()
        + [envelope.name, envelope.version, envelope.sender].map(len).iter().sum::<usize>()
        + optional.map(|value| value.map_or(0, len)).iter().sum::<usize>()
        + usize::from(envelope.names_person)
}

fn quick_xml(request: &[u8]) -> usize {
    let mut reader = NsReader::from_reader(request);
    let mut open: Vec<String> = Vec::new();
    let mut sum = 0;
    loop {
        match reader.read_resolved_event().unwrap() {
            (_, Event::Start(tag)) => {
                let local = tag.local_name().as_ref().to_owned();
                sum += usize::from(local.eq_ignore_ascii_case("INSZ"));
                open.push(local);
                if open.len() == 3 && open[1] == "Body" {
                    sum += open[2].len();
                }
            }
            (_, Event::Text(text)) if is_wanted(&open) => sum += text.len(),
            (_, Event::End(_)) => drop(open.pop()),
            (_, Event::Eof) => return sum,
            _ => {}
        }
    }
}

fn is_wanted(open: &[String]) -> bool {
    let path: Vec<&str> = open.iter().skip(3).map(String::as_str).collect();
    matches!(
        path.as_slice(),
        ["Verzoek", "Context", "Naam" | "Versie"]
            | ["Verzoek", "Context", "Bericht", "Afzender", "Identificatie" | "Hoedanigheid" | "Referte"]
            | ["Verzoek", "Vragen", "Vraag", "Referte"]
    )
}

fn plain() -> String {
    request("")
}

/// With a header of the size that a signature by certificate has.
fn signed() -> String {
    let token = "MIIFfictiefXcertificaatZonderInhoud0".repeat(92);
    request(&format!(
        "<wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\" s:mustUnderstand=\"1\"><wsse:BinarySecurityToken ValueType=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509PKIPathv1\">{token}</wsse:BinarySecurityToken><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo><ds:Reference URI=\"#id-1\"><ds:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:DigestValue></ds:Reference></ds:SignedInfo></ds:Signature></wsse:Security>"
    ))
}

fn request(header: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:web="http://webservice.geefondernemingdienst-02_00.onderneming-02_00.vip.vlaanderen.be">
  <s:Header>{header}</s:Header>
  <s:Body Id="id-1">
    <web:GeefOnderneming>
      <Verzoek>
        <Context>
          <Naam>GeefOnderneming</Naam>
          <Versie>02.00.0000</Versie>
          <Bericht>
            <Type>VRAAG</Type>
            <Tijdstip><Datum>2026-01-15</Datum><Tijd>09:30:00.000</Tijd></Tijdstip>
            <Afzender>
              <Identificatie>voorbeeldstad.be/ipdc0000-aip</Identificatie>
              <Referte>5d0a4d0e-4f0b-4a55-9a53-0a5b0f3a7c11</Referte>
              <Hoedanigheid>1300</Hoedanigheid>
            </Afzender>
          </Bericht>
        </Context>
        <Vragen>
          <Vraag>
            <Referte>5d0a4d0e-4f0b-4a55-9a53-0a5b0f3a7c11</Referte>
            <Inhoud>
              <Criteria>
                <Ondernemingsnummer>0999999943</Ondernemingsnummer>
                <Basisgegevens>1</Basisgegevens>
                <Functies><Aanduiding>1</Aanduiding></Functies>
                <Datums><Periode><Begin>2025-01-01</Begin><Einde>2026-01-01</Einde></Periode></Datums>
              </Criteria>
              <Taal>nl</Taal>
            </Inhoud>
          </Vraag>
        </Vragen>
      </Verzoek>
    </web:GeefOnderneming>
  </s:Body>
</s:Envelope>
"#
    )
}
