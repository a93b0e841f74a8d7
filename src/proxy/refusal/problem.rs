//! A refusal as REST consumers read it: `application/problem+json` (RFC 9457) in the vocabulary of the Belgian
//! public services (Belgif REST guide, "Problem types"), or in the gateway's own where that has no word.
//!
//! Never in it: what was asked about whom, the path, the query. `instance` is the consumer's own number for the call
//! where it gave one, else the gateway's.

use bytes::Bytes;
use http::header::HeaderValue;
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

use super::words::{self, Words};
use super::{headers, of_ours, of_request, throttled};
use crate::audit::Draft;
use crate::identity::token::Flaw;
use crate::law::telling::Language;
use crate::proxy::bearer::Challenge;
use crate::proxy::departure::{Departure, Fault, Trouble};
use crate::proxy::rest::{CORRELATION, Spoken};
use crate::proxy::verdict::Reason;

/// The answer to a REST call that left the line.
pub(super) fn render(
    departure: &Departure,
    draft: &Draft,
    language: Language,
    number: Option<&HeaderValue>,
) -> Response<Bytes> {
    let trace = draft.trace();
    let kind = Kind::of(departure);
    let (detail, notes) = match departure {
        Departure::Refused(refused) => {
            let spoken = Spoken::Rest(None);
            let Words { diagnosis, notes } =
                words::words(refused, draft.snapshot(), trace, language, &spoken);
            (diagnosis, notes)
        }
        Departure::Fault(fault) => (of_request(fault, language), reason(departure)),
        Departure::Trouble(trouble) => (of_ours(*trouble, language).to_owned(), reason(departure)),
        Departure::Throttled(throttled) => (throttled::detail(throttled, language), reason(departure)),
    };
    let mut problem = Map::new();
    problem.insert("type".to_owned(), json!(kind.name));
    let procedure = notes.iter().find(|(name, value)| *name == "contact" && value.starts_with("https://"));
    let href = procedure.map_or(kind.href(), |(_, contact)| contact.as_str());
    problem.insert("href".to_owned(), json!(href));
    problem.insert("title".to_owned(), json!(language.either(kind.title.0, kind.title.1)));
    problem.insert("status".to_owned(), json!(kind.status.as_u16()));
    problem.insert("detail".to_owned(), json!(detail));
    let instance = number.and_then(|number| number.to_str().ok());
    let instance =
        instance.map_or_else(|| format!("urn:uuid:{trace}"), |number| format!("urn:uuid:{number}"));
    problem.insert("instance".to_owned(), json!(instance));
    problem.extend(notes.into_iter().map(|(name, value)| (member(name).to_owned(), json!(value))));
    problem.insert("traceId".to_owned(), json!(trace.to_string()));
    let mut answer = Response::new(Bytes::from(Value::Object(problem).to_string()));
    *answer.status_mut() = kind.status;
    *answer.headers_mut() = headers(departure, trace, language, "application/problem+json; charset=utf-8");
    answer.headers_mut().extend(number.map(|number| (CORRELATION, number.clone())));
    answer
}

/// What a departure is, in the words of a problem.
struct Kind {
    status: StatusCode,
    name: &'static str,
    /// In Dutch and in English.
    title: (&'static str, &'static str),
}

impl Kind {
    /// The one place where a departure becomes a problem: what it is called, and its number.
    fn of(departure: &Departure) -> Self {
        let (name, title) = match departure {
            Departure::Refused(refused) => match refused.against.reason {
                Reason::UnknownConsumer => (
                    "urn:problem-type:poortwachter:unknownConsumer",
                    ("Afnemer niet gekend", "Consumer not known"),
                ),
                Reason::UnknownClient => (
                    "urn:problem-type:poortwachter:unknownClient",
                    ("Client van het token niet gekend", "The token's client not known"),
                ),
                Reason::CredentialsDisagree => (
                    "urn:problem-type:poortwachter:credentialsDisagree",
                    (
                        "Certificaat en token van verschillende afnemers",
                        "Certificate and token of different consumers",
                    ),
                ),
                Reason::CredentialsMissing(_) => (
                    "urn:problem-type:poortwachter:credentialsMissing",
                    ("Certificaat of token ontbreekt", "Certificate or token missing"),
                ),
                Reason::SenderNotRegistered => (
                    "urn:problem-type:poortwachter:senderNotRegistered",
                    ("Afzender niet geregistreerd", "Sender not registered"),
                ),
                Reason::Denied(_) => (
                    "urn:problem-type:belgif:missingPermission",
                    ("Geen machtiging voor de gevraagde dienst", "No permission for the service"),
                ),
                Reason::UnknownService => NOT_FOUND,
                Reason::StatementsDisagree(_) => BAD_REQUEST,
            },
            Departure::Fault(fault) => match fault {
                Fault::Target(_)
                | Fault::Header(_)
                | Fault::Contradiction(_)
                | Fault::Body(_)
                | Fault::Malformed(_)
                | Fault::Challenged(Challenge::Misplaced(_))
                | Fault::Unreadable { .. } => BAD_REQUEST,
                Fault::Challenged(Challenge::Nobody) => (
                    "urn:problem-type:belgif:noAccessToken",
                    ("Geen certificaat en geen token", "Neither a certificate nor a token"),
                ),
                Fault::Challenged(Challenge::Wrong(Flaw::Expired)) => (
                    "urn:problem-type:belgif:expiredAccessToken",
                    ("Token vervallen", "Access token expired"),
                ),
                Fault::Challenged(Challenge::Wrong(_)) => {
                    ("urn:problem-type:belgif:invalidAccessToken", ("Token ongeldig", "Invalid access token"))
                }
                Fault::NoRoute => NOT_FOUND,
                Fault::Method | Fault::NotAllowed { .. } => (
                    "urn:problem-type:poortwachter:methodNotAllowed",
                    ("Methode niet toegelaten", "Method not allowed"),
                ),
                Fault::NotAcceptable => (
                    "urn:problem-type:poortwachter:notAcceptable",
                    ("Geen aanvaardbaar formaat", "No acceptable format"),
                ),
                Fault::Media(_) => (
                    "urn:problem-type:poortwachter:unsupportedMediaType",
                    ("Formaat wordt niet gelezen", "Format is not read"),
                ),
                Fault::TooLarge { .. } => {
                    ("urn:problem-type:belgif:payloadTooLarge", ("Vraag te lang", "Request too long"))
                }
                Fault::TooSlow | Fault::BrokenOff => (
                    "urn:problem-type:poortwachter:requestTimeout",
                    ("Vraag niet op tijd toegekomen", "Request not in in time"),
                ),
            },
            Departure::Throttled(_) => {
                ("urn:problem-type:belgif:tooManyRequests", ("Te veel vragen", "Too many requests"))
            }
            Departure::Trouble(trouble) => match trouble {
                Trouble::StaleRegistry
                | Trouble::Busy
                | Trouble::TokenUnverifiable
                | Trouble::Draining
                | Trouble::Unrecorded => (
                    "urn:problem-type:belgif:serviceUnavailable",
                    ("Dienst tijdelijk niet beschikbaar", "Service unavailable"),
                ),
                Trouble::Unreachable(_) | Trouble::BrokenOff | Trouble::Withheld(_) => (
                    "urn:problem-type:belgif:badGateway",
                    ("Geen bruikbaar antwoord van de bron", "No usable answer from the source"),
                ),
                Trouble::Deadline => (
                    "urn:problem-type:poortwachter:gatewayTimeout",
                    ("Geen antwoord op tijd van de bron", "No answer in time from the source"),
                ),
                Trouble::Internal => {
                    ("urn:problem-type:belgif:internalServerError", ("Interne fout", "Internal error"))
                }
            },
        };
        Self { status: status(departure), name, title }
    }

    /// Where the kind of problem is explained.
    fn href(&self) -> &'static str {
        if self.name.starts_with("urn:problem-type:belgif:") { BELGIF } else { PROCEDURE }
    }
}

/// A refusal has a number of its own; the rest is the same as in SOAP.
fn status(departure: &Departure) -> StatusCode {
    match departure {
        Departure::Refused(refused) => match refused.against.reason {
            Reason::UnknownConsumer
            | Reason::UnknownClient
            | Reason::CredentialsDisagree
            | Reason::CredentialsMissing(_)
            | Reason::SenderNotRegistered
            | Reason::Denied(_) => StatusCode::FORBIDDEN,
            Reason::UnknownService => StatusCode::NOT_FOUND,
            Reason::StatementsDisagree(_) => StatusCode::BAD_REQUEST,
        },
        Departure::Fault(Fault::Unreadable { .. }) => StatusCode::BAD_REQUEST,
        other => other.status(),
    }
}

type Named = (&'static str, (&'static str, &'static str));

const BAD_REQUEST: Named =
    ("urn:problem-type:belgif:badRequest", ("Vraag niet eenduidig", "Request without a single meaning"));
const NOT_FOUND: Named =
    ("urn:problem-type:belgif:resourceNotFound", ("Dienst of pad niet gekend", "Service or path not known"));

const BELGIF: &str = "https://www.belgif.be/specification/rest/api-guide/#standardized-problem-types";
/// How access to MAGDA's data is asked.
const PROCEDURE: &str = "https://www.vlaanderen.be/digitaal-vlaanderen/onze-diensten-en-platformen/magda";

/// A note of a refusal as a member of a problem.
fn member(note: &'static str) -> &'static str {
    match note {
        "reden" => "reason",
        "regel" => "rule",
        "bevoegde-instantie" => "authority",
        "documenten" => "documents",
        "trace-id" => "traceId",
        other => other,
    }
}

fn reason(departure: &Departure) -> Vec<(&'static str, String)> {
    vec![("reden", departure.outcome().reason().to_owned())]
}

/// What is wrong with a request, where only REST knows such a fault.
pub(super) fn of_rest(fault: &Fault, language: Language) -> String {
    let said = |nl: &'static str, en: &'static str| language.either(nl, en);
    match fault {
        Fault::Target(why) => format!(
            "{} ({why})",
            said(
                "het pad of de query kan op meer dan een manier gelezen worden, of heeft een sleutel die de dienst niet kent",
                "the path or the query can be read in more than one way, or has a key that the service does not know",
            )
        ),
        Fault::NotAllowed { allow } => {
            format!(
                "{}: {allow}",
                said("dit pad kent enkel deze methodes", "this path knows these methods only")
            )
        }
        Fault::Header(name) => format!(
            "{} {name} {}",
            said("de header", "the header"),
            said(
                "ontbreekt, is niet wat hij moet zijn, of wordt hier niet aanvaard",
                "is missing, is not what it must be, or is not accepted here",
            )
        ),
        Fault::Contradiction(name) => format!(
            "{} {name} {}",
            said("de header", "the header"),
            said(
                "staat er meer dan eens, of in twee schrijfwijzen",
                "stands there more than once, or in two spellings"
            ),
        ),
        Fault::Body(why) => format!(
            "{} ({why})",
            said(
                "de inhoud is geen eenduidige JSON, of hoort er niet te zijn",
                "the body is not JSON with one meaning, or should not be there"
            )
        ),
        Fault::NotAcceptable => {
            said("de dienst antwoordt enkel in JSON", "the service answers in JSON only").to_owned()
        }
        _ => said("deze gateway kent dit pad niet", "this gateway does not know this path").to_owned(),
    }
}
