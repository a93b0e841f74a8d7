//! A refusal in MAGDA's own form: a Repliek with Uitzondering 13001.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::xml::Xml;
use crate::audit::Trace;
use crate::config;
use crate::law::telling::Language;
use crate::proxy::departure::Refused;
use crate::proxy::verdict::{Against, Missing, Reason, Statement};
use crate::registry::Snapshot;

/// "Geen machtiging van de afzender in deze hoedanigheid voor de gevraagde dienst".
const CODE: &str = "13001";
/// Who says so: not MAGDA.
const ORIGIN: &str = "PWA";
/// `Afzender/Naam`.
const NAME: &str = "Poortwachter";
/// The longest Diagnose and the longest value of an Annotatie that are written, characters.
const LONGEST: usize = 1000;

/// A refusal in words.
#[derive(Debug)]
pub(super) struct Words {
    diagnosis: String,
    /// For machines: name and value.
    notes: Vec<(&'static str, String)>,
}

/// Puts the verdict into words: what is missing, by which rule, and whom to ask.
pub(super) fn words(
    refused: &Refused,
    snapshot: Option<&Arc<Snapshot>>,
    trace: Trace,
    language: Language,
) -> Words {
    let echo = &refused.echo;
    let mut notes = vec![("reden", refused.against.reason.outcome().reason().to_owned())];
    let mut note = |name, value: Option<String>| notes.extend(value.map(|value| (name, value)));
    let service = snapshot.zip(refused.against.operation);
    let service = service.map(|(snapshot, operation)| snapshot.catalogue().service(operation));
    let label =
        service.map_or_else(|| format!("{} {}", echo.root, echo.version), |service| service.label.clone());
    let Against { reason, operation } = refused.against;
    let what = match (reason, snapshot, refused.consumer, operation) {
        (Reason::Denied(denial), Some(snapshot), Some(consumer), Some(operation)) => {
            let telling = snapshot.tell(denial, consumer, operation, refused.day, language);
            let rule = telling
                .rule
                .as_ref()
                .map(|rule| format!(" ({} {rule})", language.either("regel", "rule")))
                .unwrap_or_default();
            note("regel", telling.rule);
            note("instrument", telling.instrument);
            note("bevoegde-instantie", telling.authority);
            note("contact", telling.contact);
            note("documenten", Some(telling.papers.join("; ")).filter(|papers| !papers.is_empty()));
            telling.text + &rule
        }
        (reason, ..) => {
            note("contact", service.map(|service| service.contact.clone()));
            of_request(reason, language).to_owned()
        }
    };
    note("trace-id", Some(trace.to_string()));
    let sender = &echo.sender;
    let diagnosis = match language {
        Language::Dutch => format!("Geen toegang tot {label} voor {sender}: {what}. Referentie: {trace}"),
        Language::English => format!("No access to {label} for {sender}: {what}. Reference: {trace}"),
    };
    Words { diagnosis, notes }
}

fn of_request(reason: Reason, language: Language) -> &'static str {
    let (nl, en) = match reason {
        Reason::UnknownConsumer => (
            "het certificaat van deze verbinding is verlopen of bij geen afnemer geregistreerd; vraag de beheerder van de gateway om het te registreren",
            "this connection's certificate has expired, or no consumer is registered with it; ask the gateway's administrator to register it",
        ),
        Reason::UnknownClient => (
            "de client van het token is bij geen afnemer geregistreerd; vraag de beheerder van de gateway om die te registreren",
            "no consumer is registered with the token's client; ask the gateway's administrator to register it",
        ),
        Reason::CredentialsDisagree => (
            "het certificaat van deze verbinding en het token zijn niet van dezelfde afnemer; gebruik beide van dezelfde",
            "this connection's certificate and the token are not the same consumer's; use both of the same one",
        ),
        Reason::CredentialsMissing(Missing::Certificate) => (
            "deze afnemer moet zich (ook) met zijn clientcertificaat bekendmaken",
            "this consumer must (also) make itself known by its client certificate",
        ),
        Reason::CredentialsMissing(Missing::Token) => (
            "deze afnemer moet (ook) een token meesturen: Authorization: Bearer",
            "this consumer must (also) send a token: Authorization: Bearer",
        ),
        Reason::CredentialsMissing(Missing::Binding) => (
            "het token moet gebonden zijn aan het clientcertificaat van deze afnemer (RFC 8705); vraag het over mTLS aan",
            "the token must be bound to this consumer's client certificate (RFC 8705); ask for it over mTLS",
        ),
        Reason::UnknownService => (
            "de gevraagde dienst, de versie of het pad is bij deze gateway niet bekend",
            "this gateway does not know the service, the version or the path that is asked",
        ),
        Reason::StatementsDisagree(Statement::Root) => (
            "het pad en het element in de Body noemen niet dezelfde dienst",
            "the path and the element in the Body do not name the same service",
        ),
        Reason::StatementsDisagree(Statement::Name) => (
            "Context/Naam noemt een andere dienst dan het element in de Body",
            "Context/Naam names another service than the element in the Body",
        ),
        Reason::StatementsDisagree(Statement::Version) => (
            "Context/Versie noemt een andere versie dan het pad, of is geen versie",
            "Context/Versie names another version than the path, or is no version",
        ),
        Reason::SenderNotRegistered => (
            "Afzender/Identificatie is geen URI die voor deze afnemer geregistreerd is",
            "Afzender/Identificatie is no URI that is registered for this consumer",
        ),
        Reason::Denied(_) => ("er is geen toegang geregistreerd", "no access is registered"),
    };
    language.either(nl, en)
}

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
            exceptions(xml, words, &moment);
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
    exceptions(xml, words, moment);
}

fn exceptions(xml: &mut Xml, words: &Words, moment: &Moment) {
    xml.within("Uitzonderingen", |xml| {
        xml.within("Uitzondering", |xml| {
            xml.leaf("Identificatie", CODE);
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
