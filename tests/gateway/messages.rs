//! Questions and answers as they go over the wire.

pub const PATH: &str = "/GeefOndernemingDienst-02.00/soap/WebService";
pub const FUNCTIES_PATH: &str = "/GeefFunctiesDienst-02.00/soap/WebService";
/// A path that states no service, as at the platform's mocks.
pub const ANY_PATH: &str = "/Magda-02.00/soap/WebService";

/// A functionholder nobody may see without a basis.
pub const INSZ: &str = "62680599650";
pub const NAME: &str = "Janssens-Geheim";

/// A question, changeable where a test needs it to differ.
#[derive(Clone, Debug)]
pub struct Question {
    pub root: &'static str,
    pub name: &'static str,
    pub version: &'static str,
    pub sender: &'static str,
    pub extra_context: &'static str,
    pub criteria: &'static str,
}

impl Question {
    pub fn from(sender: &'static str) -> Self {
        Self {
            root: "GeefOnderneming",
            name: "GeefOnderneming",
            version: "02.00.0000",
            sender,
            extra_context: "",
            criteria: "<Ondernemingsnummer>0123456749</Ondernemingsnummer>",
        }
    }

    pub fn named(self, service: &'static str) -> Self {
        Self { root: service, name: service, ..self }
    }

    pub fn xml(&self) -> String {
        let Self { root, name, version, sender, extra_context, criteria } = self;
        format!(
            "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Header/><soapenv:Body>\
             <web:{root} xmlns:web=\"http://webservice.{lower}dienst-02_00.onderneming-02_00.vip.vlaanderen.be\"><Verzoek>\
             <Context><Naam>{name}</Naam><Versie>{version}</Versie><Bericht><Type>VRAAG</Type>\
             <Tijdstip><Datum>2026-11-24</Datum><Tijd>10:00:00.000</Tijd></Tijdstip>\
             <Afzender><Identificatie>{sender}</Identificatie><Referte>vraag-1</Referte><Hoedanigheid>101</Hoedanigheid>\
             <Gebruiker>71690499880</Gebruiker></Afzender></Bericht></Context>{extra_context}\
             <Vragen><Vraag><Referte>vraag-1-a</Referte><Inhoud><Criteria>{criteria}</Criteria></Inhoud></Vraag></Vragen>\
             </Verzoek></web:{root}></soapenv:Body></soapenv:Envelope>",
            lower = root.to_lowercase(),
        )
    }
}

/// An answer to `service` with one functionholder in it.
pub fn answer(service: &str) -> String {
    with_content(service, &holders(1))
}

/// An answer of some length: `count` functionholders.
pub fn long_answer(count: usize) -> String {
    with_content("GeefOnderneming", &holders(count))
}

/// What is left of [`answer`] and [`long_answer`] without a basis.
pub fn stripped(count: usize) -> String {
    let holder = "<Functie><Aard>10006</Aard></Functie>";
    with_content("GeefOnderneming", &format!("<Functies>{}</Functies>", holder.repeat(count)))
}

fn holders(count: usize) -> String {
    let holder = format!(
        "<Functie><Aard>10006</Aard><Persoon><INSZ>{INSZ}</INSZ><VoorNaam>An</VoorNaam><AchterNaam>{NAME}</AchterNaam></Persoon></Functie>"
    );
    format!("<Functies>{}</Functies>", holder.repeat(count))
}

pub fn with_content(service: &str, content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <{service}Response xmlns=\"urn:x\"><Repliek xmlns=\"\"><Antwoorden><Antwoord><Inhoud><Onderneming>{content}</Onderneming>\
         </Inhoud></Antwoord></Antwoorden></Repliek></{service}Response></s:Body></s:Envelope>"
    )
}
