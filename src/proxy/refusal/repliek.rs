//! A refusal in MAGDA's own form: a Repliek with Uitzondering 13001.

use jiff::Timestamp;
use uuid::Uuid;

use super::words::Words;
use super::xml::Xml;
use crate::config;
use crate::proxy::departure::Refused;
use crate::proxy::verdict::{Reason, Statement};

/// "Geen machtiging van de afzender in deze hoedanigheid voor de gevraagde dienst".
const CODE: &str = "13001";
/// "Identificatie en hoedanigheid komen niet overeen": who sends is not who says so.
const OTHER_SENDER: &str = "20005";
/// Who says so: not MAGDA.
const ORIGIN: &str = "PWA";
/// `Afzender/Naam`.
const NAME: &str = "Poortwachter";
/// The longest Diagnose and the longest value of an Annotatie that are written, characters.
const LONGEST: usize = 1000;

/// Writes the refusal.
pub(super) fn write(refused: &Refused, words: &Words, settings: &config::Refusal, now: Timestamp) -> String {
    let echo = &refused.echo;
    let moment = Moment::of(now);
    let mut xml = Xml::envelope();
    xml.root(&format!("{}Response", echo.root), &echo.namespace, |xml| {
        xml.within("Repliek", |xml| {
            context(xml, refused, settings, &moment);
            if settings.repeat_in_answer {
                xml.within("Antwoorden", |xml| {
                    xml.within("Antwoord", |xml| answer(xml, refused, words, &moment));
                });
            }
            exceptions(xml, refused, words, &moment);
        });
    });
    xml.finish()
}

fn context(xml: &mut Xml, refused: &Refused, settings: &config::Refusal, moment: &Moment) {
    let echo = &refused.echo;
    xml.within("Context", |xml| {
        xml.leaf("Naam", &echo.name);
        xml.leaf("Versie", &echo.version);
        xml.within("Bericht", |xml| {
            xml.leaf("Type", "ANTWOORD");
            moment.write(xml);
            xml.within("Afzender", |xml| {
                xml.leaf("Identificatie", &settings.gateway_uri);
                xml.leaf("Naam", NAME);
                xml.leaf("Referte", &Uuid::new_v4().to_string());
            });
            xml.within("Ontvanger", |xml| {
                xml.leaf("Identificatie", &echo.sender);
                echo.reference.iter().for_each(|reference| xml.leaf("Referte", reference));
                echo.capacity.iter().for_each(|capacity| xml.leaf("Hoedanigheid", capacity));
            });
        });
    });
}

fn answer(xml: &mut Xml, refused: &Refused, words: &Words, moment: &Moment) {
    let own = || Uuid::new_v4().to_string();
    xml.leaf("Referte", &refused.echo.question.clone().unwrap_or_else(own));
    exceptions(xml, refused, words, moment);
}

fn exceptions(xml: &mut Xml, refused: &Refused, words: &Words, moment: &Moment) {
    let code = match refused.against.reason {
        Reason::SenderNotRegistered | Reason::StatementsDisagree(Statement::Sender) => OTHER_SENDER,
        _ => CODE,
    };
    xml.within("Uitzonderingen", |xml| {
        xml.within("Uitzondering", |xml| {
            xml.leaf("Identificatie", code);
            xml.leaf("Oorsprong", ORIGIN);
            xml.leaf("Type", "FOUT");
            moment.write(xml);
            xml.leaf("Diagnose", &limited(&words.diagnosis));
            xml.within("Annotaties", |xml| {
                for (name, value) in &words.notes {
                    xml.within("Annotatie", |xml| {
                        xml.leaf("Naam", name);
                        xml.leaf("Waarde", &limited(value));
                    });
                }
            });
        });
    });
}

fn limited(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// Date and time as MAGDA writes them, in Brussels.
struct Moment {
    date: String,
    time: String,
}

impl Moment {
    fn of(now: Timestamp) -> Self {
        let (date, time) = match now.in_tz("Europe/Brussels") {
            Ok(there) => (there.strftime("%Y-%m-%d").to_string(), there.strftime("%H:%M:%S.%3f").to_string()),
            Err(_) => (now.strftime("%Y-%m-%d").to_string(), now.strftime("%H:%M:%S.%3f").to_string()),
        };
        Self { date, time }
    }

    fn write(&self, xml: &mut Xml) {
        xml.within("Tijdstip", |xml| {
            xml.leaf("Datum", &self.date);
            xml.leaf("Tijd", &self.time);
        });
    }
}
