//! Why a call that was understood may not pass, in words for people and in notes for machines: the same in SOAP and
//! in REST.

use std::sync::Arc;

use crate::audit::Trace;
use crate::law::telling::Language;
use crate::proxy::departure::Refused;
use crate::proxy::rest::Spoken;
use crate::proxy::verdict::{Against, Missing, Reason, Statement};
use crate::registry::Snapshot;

/// A refusal in words.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) diagnosis: String,
    /// For machines: name and value.
    pub(super) notes: Vec<(&'static str, String)>,
}

/// Puts the verdict into words: what is missing, by which rule, and whom to ask.
pub(super) fn words(
    refused: &Refused,
    snapshot: Option<&Arc<Snapshot>>,
    trace: Trace,
    language: Language,
    spoken: &Spoken,
) -> Words {
    let echo = &refused.echo;
    let mut notes = vec![("reden", refused.against.reason.outcome().reason().to_owned())];
    let mut note = |name, value: Option<String>| notes.extend(value.map(|value| (name, value)));
    let service = snapshot.zip(refused.against.operation);
    let service = service.map(|(snapshot, operation)| snapshot.catalogue().service(operation));
    let label = match service {
        Some(service) => service.label.clone(),
        // A path is not repeated.
        None if echo.root.is_empty() => language.either("deze dienst", "this service").to_owned(),
        None => format!("{} {}", echo.root, echo.version),
    };
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
            of_request(reason, language, spoken).to_owned()
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

fn of_request(reason: Reason, language: Language, spoken: &Spoken) -> &'static str {
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
        Reason::StatementsDisagree(Statement::Sender) => (
            "de headers X-Magda-Sender-ID en X-Magda-Sender-QualityCode noemen een andere afzender of hoedanigheid dan Context/Bericht/Afzender",
            "the headers X-Magda-Sender-ID and X-Magda-Sender-QualityCode name another sender or capacity than Context/Bericht/Afzender",
        ),
        Reason::StatementsDisagree(Statement::Version) => (
            "Context/Versie noemt een andere versie dan het pad, of is geen versie",
            "Context/Versie names another version than the path, or is no version",
        ),
        Reason::SenderNotRegistered if matches!(spoken, Spoken::Rest(_)) => (
            "X-Magda-Sender-ID is geen URI die voor deze afnemer geregistreerd is",
            "X-Magda-Sender-ID is no URI that is registered for this consumer",
        ),
        Reason::SenderNotRegistered => (
            "Afzender/Identificatie is geen URI die voor deze afnemer geregistreerd is",
            "Afzender/Identificatie is no URI that is registered for this consumer",
        ),
        Reason::Denied(_) => ("er is geen toegang geregistreerd", "no access is registered"),
    };
    language.either(nl, en)
}
