//! Calls with the fields of MAGDA's `Algemeen.GeefAuditLogging-02.00`.
//!
//! The fields are MAGDA's, by name and order; the document around them is ours, without a namespace, since it is no answer of
//! that service. `Referte/Extern` stays empty: the reference that a consumer gives its question is text of its own, which may
//! hold a person's number, and is not in the trail.

use super::escape::markup;
use crate::audit::answers::joined::Call;
use crate::audit::reading::Entry;

pub(super) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AuditLoggings>\n";
pub(super) const FOOT: &str = "</AuditLoggings>\n";

/// One call.
pub(super) fn logging(call: &Call) -> String {
    let text = |key| call.text(key).unwrap_or_default();
    let (name, version) = text("operation").split_once('/').unwrap_or((text("operation"), ""));
    let time =
        |entry: Option<&Entry>| entry.and_then(|entry| entry.text("time")).unwrap_or_default().to_owned();
    let machtigingen: String = call.instruments().map(machtiging).collect();
    let sleutels: String = ["subjects", "enterprises"].into_iter().map(|key| keys(call, key)).collect();
    let afnemer = [
        leaf("Uri", text("sender")),
        nest("Organisatie", &(leaf("Code", text("consumer")) + &leaf("Omschrijving", text("organisation")))),
        nest("Dienstverlening", &leaf("Code", text("purpose"))),
        leaf("Hoedanigheid", text("capacity")),
        nest("Referte", &(leaf("Intern", text("trace")) + &leaf("Extern", ""))),
        nest("Machtigingen", &machtigingen),
    ];
    let dienst = [leaf("Naam", name), leaf("Versie", version), leaf("Type", "Vraag")];
    let tijdstip = [
        leaf("Vraag", &time(call.head())),
        leaf("Antwoord", &time(call.end())),
        leaf("Log", &time(call.end().or(call.head()))),
    ];
    let kern = [
        nest("Afnemer", &afnemer.concat()),
        nest("Dienst", &dienst.concat()),
        nest("DatumTijdstip", &tijdstip.concat()),
    ];
    let whole = nest("Kern", &kern.concat()) + &nest("Sleutels", &sleutels);
    nest("AuditLogging", &whole) + "\n"
}

fn machtiging((kind, reference): (&str, &str)) -> String {
    leaf("Machtiging", &format!("{kind}: {reference}"))
}

/// Whom it is about; a value is a pseudonym with the id of its key before it.
fn keys(call: &Call, member: &str) -> String {
    let kind = if member == "subjects" { "INSZ" } else { "Ondernemingsnummer" };
    let id = call.text("pseudonym_key").unwrap_or_default();
    let sources = call.texts("sources").collect::<Vec<_>>().join(" ");
    let key = |pseudonym: &str| {
        let parts = [
            leaf("Type", kind),
            leaf("Waarde", &format!("{id}:{pseudonym}")),
            leaf("BerichtType", "Vraag"),
            leaf("Bron", &sources),
        ];
        nest("Sleutel", &parts.concat())
    };
    call.texts(member).map(key).collect()
}

fn leaf(name: &str, text: &str) -> String {
    if text.is_empty() { format!("<{name}/>") } else { format!("<{name}>{}</{name}>", markup(text)) }
}

fn nest(name: &str, inner: &str) -> String {
    if inner.is_empty() { format!("<{name}/>") } else { format!("<{name}>{inner}</{name}>") }
}
