//! A question about an invented company, and the answer with the values planted in it.

use std::fmt;

use super::Value;
use super::holder::Holder;
use super::line::Answer;
use crate::catalogue::Service;

/// The services whose answers can be made up here.
pub(super) const KNOWN: [&str; 3] = ["GeefOnderneming", "ZoekOnderneming", "GeefFuncties"];

/// How long an answer is, which decides how it is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Held back until its end has been seen.
    Short,
    /// Longer than is held back, so that it is streamed; so many bytes at least.
    Long(usize),
}

/// One service's question and answer.
#[derive(Debug)]
pub(super) struct Message {
    /// The service's label.
    pub(super) label: String,
    /// Where it is called.
    pub(super) path: String,
    name: String,
    version: String,
    context_name: String,
    request_root: String,
    holders: [Holder; 2],
}

/// The invented company of the short and of the long answer.
const COMPANIES: [&str; 2] = ["1876543291", "1876543390"];
/// What stands in every answer and is nobody's: proof that it came through.
const MARK: &str = "Kanariekwekerij Verzonnen";
/// The last thing in an answer.
const TAIL: &str = "</s:Envelope>";
/// Beyond this much held back, the long answer would be a burden.
const LONGEST: usize = 4 << 20;

impl Length {
    /// Both, unless so much is held back that the long one is not worth it.
    pub(super) fn within(held_back: usize) -> Vec<Self> {
        let long = (held_back <= LONGEST).then(|| Self::Long(held_back + (64 << 10)));
        [Self::Short].into_iter().chain(long).collect()
    }

    fn company(self) -> &'static str {
        COMPANIES[usize::from(self != Self::Short)]
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Short { "held back whole" } else { "streamed" })
    }
}

impl Message {
    pub(super) fn is_known(service: &Service) -> bool {
        KNOWN.contains(&service.name.as_str())
    }

    pub(super) fn about(service: &Service) -> Self {
        Self {
            label: service.label.clone(),
            path: service.paths.first().cloned().unwrap_or_default(),
            name: service.name.clone(),
            version: service.version.clone(),
            context_name: service.context_name.clone(),
            request_root: service.request_root.clone(),
            holders: [Holder::invent(), Holder::invent()],
        }
    }

    /// What must not come out, or must.
    pub(super) fn planted(&self) -> impl Iterator<Item = (Value, &str)> {
        let numbers = self.holders.iter().map(|holder| (Value::Insz, holder.insz.as_str()));
        // GeefFuncties gives no names.
        let person = self.holders.first().filter(|_| self.name != "GeefFuncties");
        let names = person.into_iter().flat_map(|holder| {
            [(Value::FirstName, holder.first_name.as_str()), (Value::LastName, holder.last_name.as_str())]
        });
        names.chain(numbers)
    }

    /// The body of an answer that was delivered, whole.
    ///
    /// # Errors
    /// Why it was not.
    pub(super) fn delivered(length: Length, answer: Answer) -> Result<String, String> {
        let Answer { status, body } = answer;
        let refusal =
            body.split_once("<Naam>reden</Naam><Waarde>").and_then(|(_, rest)| rest.split('<').next());
        if let Some(reason) = refusal {
            return Err(format!("the call was refused: {reason}"));
        }
        if status != 200 {
            return Err(format!("HTTP status {status}"));
        }
        let whole = body.contains(MARK) && body.contains(length.company()) && body.trim_end().ends_with(TAIL);
        if whole { Ok(body) } else { Err("what came back is not the upstream's answer".to_owned()) }
    }

    pub(super) fn question(&self, length: Length, sender: &str) -> String {
        let Self { context_name, version, request_root, .. } = self;
        let company = length.company();
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><w:{request_root} xmlns:w=\"urn:canary\">\
             <Verzoek><Context><Naam>{context_name}</Naam><Versie>{version}.0000</Versie><Bericht><Type>VRAAG</Type>\
             <Tijdstip><Datum>2026-01-15</Datum><Tijd>09:00:00.000</Tijd></Tijdstip><Afzender>\
             <Identificatie>{sender}</Identificatie><Referte>kanarie</Referte></Afzender></Bericht></Context>\
             <Vragen><Vraag><Referte>kanarie</Referte><Inhoud><Criteria><Ondernemingsnummer>{company}</Ondernemingsnummer>\
             </Criteria></Inhoud></Vraag></Vragen></Verzoek></w:{request_root}></s:Body></s:Envelope>"
        )
    }

    /// The answer to the question with that body; `None`: it is none of this service's.
    pub(super) fn answer_to(&self, question: &[u8], lengths: &[Length]) -> Option<String> {
        let asks = |company: &str| question.windows(company.len()).any(|part| part == company.as_bytes());
        lengths.iter().find(|length| asks(length.company())).map(|length| self.answer(*length))
    }

    fn answer(&self, length: Length) -> String {
        let (name, company) = (&self.name, length.company());
        let note = "<Activiteit><Omschrijving>Kweken van vogels</Omschrijving></Activiteit>";
        let bulk = match length {
            Length::Short => 0,
            Length::Long(bytes) => bytes.div_ceil(note.len()),
        };
        let head = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
             <w:{name}Response xmlns:w=\"urn:canary\"><Repliek><Antwoorden><Antwoord><Inhoud>"
        );
        let tail = format!("</Inhoud></Antwoord></Antwoorden></Repliek></w:{name}Response></s:Body>{TAIL}");
        let company = format!("<Ondernemingsnummer>{company}</Ondernemingsnummer><Naam>{MARK}</Naam>");
        let functions = self.functions();
        // Functionholders on both sides of what is held back.
        let content =
            format!("{company}{functions}<Activiteiten>{}</Activiteiten>{functions}", note.repeat(bulk));
        let content = match name.as_str() {
            "GeefFuncties" => content,
            "ZoekOnderneming" => {
                format!("<Ondernemingen><Onderneming>{content}</Onderneming></Ondernemingen>")
            }
            _ => format!("<Onderneming>{content}</Onderneming>"),
        };
        [head, content, tail].concat()
    }

    fn functions(&self) -> String {
        let [one, other] = &self.holders;
        let Holder { first_name, last_name, insz } = one;
        let person = if self.name == "GeefFuncties" {
            format!("<INSZ>{insz}</INSZ>")
        } else {
            format!(
                "<Persoon><INSZ>{insz}</INSZ><VoorNaam>{first_name}</VoorNaam><AchterNaam>{last_name}</AchterNaam></Persoon>"
            )
        };
        let number = format!("<INSZ>{}</INSZ>", other.insz);
        let number =
            if self.name == "GeefFuncties" { number } else { format!("<Persoon>{number}</Persoon>") };
        let kind = "<AardFunctie><Code>10002</Code></AardFunctie>";
        format!("<Functies><Functie>{kind}{person}</Functie><Functie>{kind}{number}</Functie></Functies>")
    }
}
