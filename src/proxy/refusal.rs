//! What a consumer reads instead of an answer.
//!
//! A call that was understood and may not pass gets what MAGDA's own consumers can digest: HTTP 200 and a
//! Repliek with Uitzondering 13001, which says what is missing, by which rule, and whom to ask: in Dutch, or in
//! English where the consumer prefers it.
//! Everything else is a SOAP 1.1 Fault: `Client` for the request's own faults, `Server` for ours. REST consumers get
//! the same in `problem`, with a status that says what it is.
//!
//! Never in it: the end user (`Gebruiker`) and what was asked about whom. What it repeats of the request is
//! escaped and no longer than the schema allows.

mod echo;
mod problem;
mod repliek;
pub(super) mod throttled;
mod words;
mod xml;

use bytes::Bytes;
use http::Response;
use http::header::{self, HeaderMap, HeaderValue};

use crate::audit::{Draft, Trace};
use crate::law::telling::Language;
use crate::proxy::departure::{Departure, Fault, Trouble};
use crate::proxy::head;
use crate::proxy::rest::Spoken;
use crate::proxy::worker::Worker;

pub use echo::Echo;
use xml::Xml;

/// The answer to a call that left the line.
pub(super) fn render(
    departure: &Departure,
    draft: &Draft,
    worker: &Worker,
    language: Language,
    spoken: &Spoken,
) -> Response<Bytes> {
    let trace = draft.trace();
    if let Spoken::Rest(number) = spoken {
        return problem::render(departure, draft, language, number.as_ref());
    }
    let text = match departure {
        Departure::Refused(refused) => {
            let words = words::words(refused, draft.snapshot(), trace, language, spoken);
            repliek::write(refused, &words, &worker.settings().refusal, worker.clock().now())
        }
        Departure::Fault(fault) => soap_fault("Client", &of_request(fault, language), None, trace),
        Departure::Trouble(trouble) => soap_fault("Server", of_ours(*trouble, language), None, trace),
        Departure::Throttled(throttled) => {
            let detail = throttled::detail(throttled, language);
            soap_fault("Server", throttled::FAULT, Some(&detail), trace)
        }
    };
    let mut answer = Response::new(Bytes::from(text));
    *answer.status_mut() = departure.status();
    *answer.headers_mut() = headers(departure, trace, language, "text/xml; charset=utf-8");
    answer
}

fn headers(departure: &Departure, trace: Trace, language: Language, content_type: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.name()));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(Trace::HEADER, head::trace_value(trace));
    match departure {
        // What follows such a head might be no request.
        Departure::Fault(Fault::Malformed(_)) => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Departure::Fault(Fault::Method) => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        Departure::Fault(Fault::Challenged(challenge)) => {
            headers.insert(header::WWW_AUTHENTICATE, challenge.header());
        }
        Departure::Fault(Fault::NotAllowed { allow }) => {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        Departure::Trouble(
            Trouble::StaleRegistry
            | Trouble::Busy
            | Trouble::TokenUnverifiable
            | Trouble::Draining
            | Trouble::Unrecorded,
        ) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY));
        }
        Departure::Throttled(throttled) => throttled::tell(throttled, &mut headers),
        _ => {}
    }
    headers
}

/// Seconds.
const RETRY: &str = "5";

fn soap_fault(code: &str, what: &str, detail: Option<&str>, trace: Trace) -> String {
    let mut xml = Xml::envelope();
    xml.within("soapenv:Fault", |xml| {
        xml.leaf("faultcode", &format!("soapenv:{code}"));
        xml.leaf("faultstring", what);
        let traced = format!("BelGov-Trace-Id {trace}");
        let message = detail.map_or_else(|| traced.clone(), |detail| format!("{detail}; {traced}"));
        xml.within("detail", |xml| xml.leaf("message", &message));
    });
    xml.finish()
}

fn of_request(fault: &Fault, language: Language) -> String {
    let said = |nl: &'static str, en: &'static str| language.either(nl, en);
    match fault {
        Fault::Malformed(what) => {
            format!(
                "{}: {what}",
                said("de vraag kan op twee manieren gelezen worden", "the request can be read in two ways")
            )
        }
        Fault::Method => said("enkel POST wordt aanvaard", "only POST is accepted").to_owned(),
        Fault::Challenged(challenge) => {
            format!(
                "{}: {}",
                said("wie vraagt, is niet vastgesteld", "who asks is not established"),
                challenge.what()
            )
        }
        Fault::Media(what) => {
            format!("{}: {what}", said("de vraag wordt niet gelezen", "the request is not read"))
        }
        Fault::TooLarge { limit } => {
            format!("{} {limit} bytes", said("de vraag is langer dan", "the request is longer than"))
        }
        Fault::TooSlow | Fault::BrokenOff => {
            said("de vraag kwam niet op tijd volledig toe", "the request was not in, whole, in time")
                .to_owned()
        }
        Fault::Unreadable { what, at } => {
            let problem = said(
                "de vraag is geen eenduidige SOAP 1.1-envelop van MAGDA",
                "the request is not one SOAP 1.1 envelope of MAGDA's with one meaning",
            );
            format!("{problem}: {what}, {} {at}", said("bij byte", "at byte"))
        }
        rest => problem::of_rest(rest, language),
    }
}

fn of_ours(trouble: Trouble, language: Language) -> &'static str {
    let (nl, en) = match trouble {
        Trouble::StaleRegistry => (
            "de gateway kan tijdelijk niet oordelen; probeer later opnieuw",
            "the gateway cannot judge for the moment; try again later",
        ),
        Trouble::Busy => (
            "te veel gelijktijdige bevragingen; probeer later opnieuw",
            "too many calls at the same time; try again later",
        ),
        Trouble::TokenUnverifiable => (
            "de gateway kan tokens tijdelijk niet verifiëren; probeer later opnieuw",
            "the gateway cannot verify tokens for the moment; try again later",
        ),
        Trouble::Draining => ("de gateway stopt; probeer opnieuw", "the gateway is stopping; try again"),
        Trouble::Unreachable(_) => (
            "de achterliggende dienst is niet bereikbaar",
            "the service behind the gateway cannot be reached",
        ),
        Trouble::BrokenOff => {
            ("de achterliggende dienst brak de verbinding af", "the service behind the gateway broke off")
        }
        Trouble::Deadline => (
            "de achterliggende dienst antwoordde niet op tijd",
            "the service behind the gateway did not answer in time",
        ),
        Trouble::Withheld(_) => (
            "het antwoord van de achterliggende dienst kon niet veilig worden doorgegeven",
            "the answer of the service behind the gateway could not safely be passed on",
        ),
        Trouble::Unrecorded => (
            "de gateway kan tijdelijk niets optekenen; probeer later opnieuw",
            "the gateway cannot keep records for the moment; try again later",
        ),
        Trouble::Internal => ("interne fout van de gateway", "a fault of the gateway's own"),
    };
    language.either(nl, en)
}
