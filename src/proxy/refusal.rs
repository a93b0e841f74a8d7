//! What a consumer reads instead of an answer.
//!
//! A call that was understood and may not pass gets what MAGDA's own consumers can digest: HTTP 200 and a
//! Repliek with Uitzondering 13001, which says in Dutch what is missing, by which rule, and whom to ask.
//! Everything else is a SOAP 1.1 Fault: `Client` for the request's own faults, `Server` for ours.
//!
//! Never in it: the end user (`Gebruiker`) and what was asked about whom. What it repeats of the request is
//! escaped and no longer than the schema allows.

mod echo;
mod repliek;
mod xml;

use bytes::Bytes;
use http::Response;
use http::header::{self, HeaderMap, HeaderValue};

use crate::audit::{Draft, Trace};
use crate::proxy::departure::{Departure, Fault, Trouble};
use crate::proxy::head;
use crate::proxy::worker::Worker;

pub use echo::Echo;
use xml::Xml;

/// The answer to a call that left the line.
pub(super) fn render(departure: &Departure, draft: &Draft, worker: &Worker) -> Response<Bytes> {
    let trace = draft.trace();
    let text = match departure {
        Departure::Refused(refused) => {
            let words = repliek::words(refused, draft.snapshot(), trace);
            repliek::write(refused, &words, &worker.settings().refusal, worker.clock().now())
        }
        Departure::Fault(fault) => soap_fault("Client", &of_request(fault), trace),
        Departure::Trouble(trouble) => soap_fault("Server", of_ours(*trouble), trace),
    };
    let mut answer = Response::new(Bytes::from(text));
    *answer.status_mut() = departure.status();
    *answer.headers_mut() = headers(departure, trace);
    answer
}

fn headers(departure: &Departure, trace: Trace) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(Trace::HEADER, head::trace_value(trace));
    match departure {
        Departure::Fault(Fault::Method) => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        Departure::Trouble(Trouble::StaleRegistry | Trouble::Busy | Trouble::Draining) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY));
        }
        _ => {}
    }
    headers
}

/// Seconds.
const RETRY: &str = "5";

fn soap_fault(code: &str, what: &str, trace: Trace) -> String {
    let mut xml = Xml::envelope();
    xml.within("soapenv:Fault", |xml| {
        xml.leaf("faultcode", &format!("soapenv:{code}"));
        xml.leaf("faultstring", what);
        xml.within("detail", |xml| xml.leaf("message", &format!("BelGov-Trace-Id {trace}")));
    });
    xml.finish()
}

fn of_request(fault: &Fault) -> String {
    match fault {
        Fault::Method => "enkel POST wordt aanvaard".to_owned(),
        Fault::Media(what) => format!("de vraag wordt niet gelezen: {what}"),
        Fault::TooLarge { limit } => format!("de vraag is langer dan {limit} bytes"),
        Fault::TooSlow | Fault::BrokenOff => "de vraag kwam niet op tijd volledig toe".to_owned(),
        Fault::Unreadable { what, at } => {
            format!("de vraag is geen eenduidige SOAP 1.1-envelop van MAGDA: {what}, bij byte {at}")
        }
    }
}

fn of_ours(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::StaleRegistry => "de gateway kan tijdelijk niet oordelen; probeer later opnieuw",
        Trouble::Busy => "te veel gelijktijdige bevragingen; probeer later opnieuw",
        Trouble::Draining => "de gateway stopt; probeer opnieuw",
        Trouble::Unreachable(_) => "de achterliggende dienst is niet bereikbaar",
        Trouble::BrokenOff => "de achterliggende dienst brak de verbinding af",
        Trouble::Deadline => "de achterliggende dienst antwoordde niet op tijd",
        Trouble::Withheld(_) => {
            "het antwoord van de achterliggende dienst kon niet veilig worden doorgegeven"
        }
        Trouble::Internal => "interne fout van de gateway",
    }
}
