//! Reads one consumer's file.

use std::collections::HashSet;

use poortwachter_kernel::vocab::{Day, Days, Field};

use super::consumer::{Consumer, Credentials, FieldList, GrantText, Limits, Pin, Sender};
use crate::identity::San;
use crate::law::terms::{Chamber, ConsumerKind, InstrumentKind, Issuer, Mediation, Network};
use crate::law::{End, Ending, Instrument, Proof, ProtocolFailure, Suspension};
use crate::text::words::fingerprint;
use crate::text::{Limit, Source, Spot, Table, Written};

pub(super) fn consumer(source: &Source<'_>) -> Option<Consumer> {
    let root = source.root();
    let id = identifier(&root, "id");
    let organisation = root.text("organisation");
    let kind = root.choice("kind", ConsumerKind::NAMES);
    let network = root.choice("network", Network::NAMES);
    let certificates: Vec<_> = root.tables("certificate").into_iter().filter_map(pin).collect();
    let clients = clients(&root);
    let credentials = credentials(&root, root.has("certificate"), root.has("clients"));
    let senders = root.tables("sender").into_iter().filter_map(sender).collect();
    let disclaimer = root.table("disclaimer").and_then(disclaimer);
    let grants: Vec<GrantText> = root.tables("grant").into_iter().filter_map(grant).collect();
    let limits = root.table("limits").map(limits).unwrap_or_default();
    root.close();
    note_twins(source, &grants);
    Some(Consumer {
        id: id?,
        organisation: organisation?,
        kind: kind?,
        network: network?,
        certificates,
        clients,
        credentials: credentials?,
        senders,
        disclaimer,
        grants,
        limits,
        spot: root_spot(source),
    })
}

fn root_spot(source: &Source<'_>) -> Spot {
    source.root().spot_of("id")
}

fn note_twins(source: &Source<'_>, grants: &[GrantText]) {
    let mut ids = HashSet::with_capacity(grants.len());
    for grant in grants {
        if !ids.insert(&grant.id) {
            let problem = format!("a grant `{}` stands above already", grant.id);
            source.note(grant.spot.fault(problem, "give every grant of a consumer its own id"));
        }
    }
}

/// A name that is safe in a label, a file name and a URL.
fn identifier(table: &Table<'_>, key: &'static str) -> Option<String> {
    let id = table.text(key)?;
    let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let shaped = id.len() <= 64 && id.chars().all(safe) && !id.starts_with('-');
    if !shaped {
        table.fault(
            key,
            format!("`{id}` cannot be a name"),
            "write up to 64 lower-case letters, digits and hyphens",
        );
    }
    shaped.then_some(id)
}

fn clients(root: &Table<'_>) -> Vec<Written<String>> {
    let clients = root.texts("clients");
    if root.has("clients") && root.is_empty_list("clients") {
        root.fault("clients", "names no client", "name them as their tokens do, or leave it out");
    }
    for client in clients.iter().filter(|client| client.value.len() > 256) {
        root.note(client.spot.fault("is longer than 256 bytes", "write the client as its tokens name it"));
    }
    clients
}

/// What is written, where what it needs is there; else what follows from what is there.
fn credentials(root: &Table<'_>, certificates: bool, clients: bool) -> Option<Credentials> {
    use Credentials::{Both, Certificate, Either, Token};
    if !root.has("credentials") {
        if certificates && clients {
            let remedy = "write `certificate`, `token`, `either` or `both`: what a call must bring";
            root.fault(
                "credentials",
                "is missing where both [[certificate]] and `clients` are given",
                remedy,
            );
            return None;
        }
        return Some(if clients { Token } else { Certificate });
    }
    let credentials = root.maybe_choice("credentials", Credentials::NAMES)?;
    let lacking = match credentials {
        Token | Either | Both if !clients => "`clients`",
        Either | Both if !certificates => "[[certificate]]",
        Certificate if clients && !certificates => "[[certificate]]",
        _ => return Some(credentials),
    };
    let name =
        Credentials::NAMES.iter().find(|(_, known)| *known == credentials).map_or("", |(name, _)| name);
    root.fault(
        "credentials",
        format!("is `{name}`, and there is no {lacking}"),
        format!("add {lacking}, or write another"),
    );
    None
}

fn pin(table: Table<'_>) -> Option<Written<Pin>> {
    const WAYS: [&str; 3] = ["subject", "sha256", "san"];
    let spot = table.spot();
    let subject = table.maybe_text("subject");
    let sha256 = table.maybe_text("sha256");
    let san = table.maybe_text("san");
    let mut written = WAYS.into_iter().filter(|key| table.has(key));
    let pin = match (written.next(), written.next()) {
        (Some("subject"), None) => {
            subject.and_then(|subject| distinguished(&table, subject)).map(Pin::Subject)
        }
        (Some("sha256"), None) => sha256.and_then(|written| digest(&table, &written)).map(Pin::Sha256),
        (Some(_), None) => san.and_then(|written| name(&table, &written)).map(Pin::San),
        (Some(one), Some(other)) => {
            table.fault(
                one,
                format!("and `{other}` stand together"),
                "keep one; for both ways write two [[certificate]]",
            );
            None
        }
        (None, _) => {
            table.fault(
                "subject",
                "is missing, and so are `sha256` and `san`",
                "write how the certificate is recognised",
            );
            None
        }
    };
    table.close();
    Some(Written { value: pin?, spot })
}

/// A name as certificates are read.
fn name(table: &Table<'_>, written: &str) -> Option<San> {
    let parsed = San::parse(written);
    if let Err(why) = parsed {
        table.fault(
            "san",
            format!("`{written}` {why}"),
            "write dns:gent.be, uri:https://gent.be/dienst, or spiffe://gent.be/dienst as in the certificate",
        );
    }
    parsed.ok()
}

fn digest(table: &Table<'_>, written: &str) -> Option<[u8; 32]> {
    let parsed = fingerprint(written);
    if parsed.is_none() {
        table.fault(
            "sha256",
            "is no SHA-256 fingerprint",
            "write the 64 hexadecimal digits of the certificate's SHA-256",
        );
    }
    parsed
}

/// A subject as certificates are read, for they are compared byte for byte: `CN = a, O = b`, as other
/// tools print it, would leave its consumer a stranger.
fn distinguished(table: &Table<'_>, subject: String) -> Option<String> {
    let parts = unescaped_parts(&subject);
    let wrong = parts.iter().find(|part| !is_attribute(part));
    if let Some(part) = wrong {
        table.fault(
            "subject",
            format!("has a part `{part}` that is not as RFC 4514 writes it"),
            "write CN=…,O=…,C=BE without spaces around; types other than CN, L, ST, O, OU, C, STREET, DC, UID by their OID",
        );
        return None;
    }
    Some(subject)
}

/// What stands between commas and plus signs that no backslash escapes.
fn unescaped_parts(subject: &str) -> Vec<&str> {
    let mut escaped = false;
    let separates = |c: char| {
        let here = !escaped && matches!(c, ',' | '+');
        escaped = !escaped && c == '\\';
        here
    };
    subject.split(separates).collect()
}

fn is_attribute(part: &str) -> bool {
    const TYPES: [&str; 9] = ["CN", "L", "ST", "O", "OU", "C", "STREET", "DC", "UID"];
    let Some((kind, value)) = part.split_once('=') else { return false };
    let is_oid = kind.contains('.') && kind.chars().all(|c| c.is_ascii_digit() || c == '.');
    (TYPES.contains(&kind) || is_oid) && value.trim() == value
}

fn sender(table: Table<'_>) -> Option<Sender> {
    let spot = table.spot_of("uri");
    let uri = table.text("uri");
    let purpose = table.text("purpose");
    if uri.as_ref().is_some_and(|uri| uri.chars().count() > 120) {
        table.fault("uri", "is longer than 120 characters", "MAGDA's schema allows 120 in Identificatie");
    }
    if uri.as_ref().is_some_and(|uri| uri.contains(char::is_whitespace)) {
        table.fault("uri", "holds white space", "write it as the message names it in Identificatie");
    }
    table.close();
    Some(Sender { uri: uri?, purpose: purpose?, spot })
}

fn disclaimer(table: Table<'_>) -> Option<Written<Instrument>> {
    let spot = table.spot_of("version");
    let version = table.text("version");
    let accepted_by = table.text("accepted-by");
    let accepted_on = table.day("accepted-on");
    let (suspended, ended) = (suspension(&table), end(&table));
    table.close();
    let days = Days { first: accepted_on?, last: Day::MAX };
    let proof = Proof::Disclaimer { version: version?, accepted_by: accepted_by? };
    Some(Written { value: Instrument { days, proof, suspended: suspended?, ended: ended? }, spot })
}

/// The bounds are those of the gateway's own `[limits]`.
fn limits(table: Table<'_>) -> Limits {
    let limits = Limits {
        calls_per_second: table.maybe_limit("calls-per-second", Limit::FASTEST),
        burst: table.maybe_count("burst", Limit::MOST_AT_ONCE),
        concurrent_calls: table.maybe_limit("concurrent-calls", Limit::MOST_AT_ONCE),
    };
    table.close();
    limits
}

fn grant(table: Table<'_>) -> Option<GrantText> {
    let spot = table.spot();
    let id = identifier(&table, "id");
    let services = services(&table);
    let purpose = table.text("purpose").map(|value| Written { value, spot: table.spot_of("purpose") });
    let capacity = table.maybe_text("capacity");
    let mediation = table.maybe_choice("mediation", Mediation::NAMES);
    let valid = span(&table, table.day("valid-from"), "valid-until");
    let opens = table.choices("opens", &Field::ALL.map(|field| (field.name(), field))).into_iter().collect();
    let opens_spot = table.spot_of("opens");
    let fields = fields(&table);
    let retention = retention(&table);
    let instruments = table.tables("instrument").into_iter().filter_map(instrument).collect();
    table.close();
    Some(GrantText {
        id: id?,
        services,
        purpose: purpose?,
        capacity,
        mediation,
        valid: valid?,
        opens,
        fields,
        retention: retention?,
        instruments,
        spot,
        opens_spot,
    })
}

fn services(table: &Table<'_>) -> Vec<Written<String>> {
    let services = table.texts("services");
    if services.is_empty() && table.is_empty_list("services") {
        table.fault("services", "names no service", "write for example [\"GeefOnderneming/02.00\"]");
    }
    services
}

/// `fields`: the list as far as it can be read, where one is written. An empty one would open nothing, ever.
fn fields(table: &Table<'_>) -> Option<FieldList> {
    if !table.has("fields") {
        return None;
    }
    let names = table.texts("fields");
    if names.is_empty() && table.is_empty_list("fields") {
        table.fault(
            "fields",
            "names no field group",
            "name what the purpose needs, or leave it out for all of it",
        );
    }
    for (at, name) in names.iter().enumerate() {
        if names[..at].iter().any(|other| other.value == name.value) {
            table.note(name.spot.fault(format!("`{}` stands twice", name.value), "keep one of the two"));
        }
    }
    Some(FieldList { names, spot: table.spot_of("fields") })
}

/// From a first day to the last, where one is written; no end otherwise.
fn span(table: &Table<'_>, first: Option<Day>, until: &'static str) -> Option<Days> {
    let last = table.maybe_day(until);
    if table.has(until) && last.is_none() {
        return None;
    }
    let days = Days { first: first?, last: last.unwrap_or(Day::MAX) };
    if days.last < days.first {
        table.fault(until, "lies before the first day", "write the last day it is valid");
        return None;
    }
    Some(days)
}

fn retention(table: &Table<'_>) -> Option<String> {
    let written = table.text("retention")?;
    let period =
        written.parse::<jiff::Span>().ok().filter(|span| written.starts_with('P') && span.is_positive());
    if period.is_none() {
        table.fault(
            "retention",
            format!("`{written}` is no period"),
            "write an ISO 8601 period: P5Y, P18M, P30D",
        );
    }
    period.map(|_| written)
}

fn instrument(table: Table<'_>) -> Option<Instrument> {
    let kinds: Vec<(&'static str, InstrumentKind)> = InstrumentKind::NAMES
        .iter()
        .copied()
        .filter(|(_, kind)| *kind != InstrumentKind::Disclaimer)
        .collect();
    let kind = table.choice("type", &kinds);
    let proof = kind.and_then(|kind| proof(&table, kind));
    let dated = match kind {
        Some(InstrumentKind::StatutoryBasis) => Some(table.maybe_day("dated").unwrap_or(Day::MIN)),
        _ => table.day("dated"),
    };
    if let (Some(proof), Some(dated)) = (&proof, dated) {
        note_order(&table, proof, dated);
    }
    let days = span(&table, dated, "valid-until");
    let (suspended, ended) = (suspension(&table), end(&table));
    if kind.is_some() {
        table.close();
    }
    Some(Instrument { days: days?, proof: proof?, suspended: suspended?, ended: ended? })
}

/// An accession is younger than what is acceded to, a ratification than what is ratified.
fn note_order(table: &Table<'_>, proof: &Proof, dated: Day) {
    match proof {
        Proof::Accession { general_dated, .. } if dated < *general_dated => {
            let problem = "lies after `dated`, the day of the accession";
            table.fault("general-authorization-dated", problem, "write the day of the general authorization");
        }
        Proof::RatifiedProtocol { ratified, .. } if *ratified < dated => {
            let problem = "lies before `dated`, the day of the protocol";
            table.fault("ratified-on", problem, "write the day of the ratifying deliberation");
        }
        _ => {}
    }
}

/// `suspended = { from, until, reason }`; without `until`: until further notice. The outer `None`: a fault.
#[expect(clippy::option_option, reason = "absent and faulty are two things")]
fn suspension(table: &Table<'_>) -> Option<Option<Suspension>> {
    let Some(table) = table.table("suspended") else { return Some(None) };
    let days = span(&table, table.day("from"), "until");
    let reason = table.text("reason");
    table.close();
    Some(Some(Suspension { days: days?, reason: reason? }))
}

/// `revoked = { at, reason }` or `superseded = { on, by }`. The outer `None`: a fault.
#[expect(clippy::option_option, reason = "absent and faulty are two things")]
fn end(table: &Table<'_>) -> Option<Option<End>> {
    if table.has("revoked") && table.has("superseded") {
        table.fault(
            "superseded",
            "and `revoked` stand together",
            "keep how it ended; the earlier of the two counts",
        );
        return None;
    }
    if let Some(table) = table.table("revoked") {
        let (on, reason) = (table.moment("at"), table.text("reason"));
        table.close();
        return Some(Some(End { on: on?, how: Ending::Revoked { reason: reason? } }));
    }
    let Some(table) = table.table("superseded") else { return Some(None) };
    let (on, by) = (table.day("on"), table.text("by"));
    table.close();
    Some(Some(End { on: on?, how: Ending::Superseded { by: by? } }))
}

/// The references the guide's section 1 asks for.
fn proof(table: &Table<'_>, kind: InstrumentKind) -> Option<Proof> {
    match kind {
        InstrumentKind::Accession => accession(table),
        InstrumentKind::MinisterialAuthorization => authorization(table),
        InstrumentKind::Deliberation => deliberation(table),
        InstrumentKind::Protocol => {
            let (parties, legal_text) = (parties(table), table.text("legal-text"));
            Some(Proof::Protocol { parties: parties?, legal_text: legal_text? })
        }
        InstrumentKind::RatifiedProtocol => ratified(table),
        InstrumentKind::StatutoryBasis => Some(Proof::StatutoryBasis { citation: table.text("citation")? }),
        InstrumentKind::Disclaimer => None,
    }
}

fn accession(table: &Table<'_>) -> Option<Proof> {
    let general = table.text("general-authorization");
    let general_dated = table.day("general-authorization-dated");
    let reference = table.text("reference");
    Some(Proof::Accession { general: general?, general_dated: general_dated?, reference: reference? })
}

fn authorization(table: &Table<'_>) -> Option<Proof> {
    let reference = table.text("reference");
    let issuer = table.maybe_choice("issuer", Issuer::NAMES).unwrap_or(Issuer::FodBiza);
    Some(Proof::MinisterialAuthorization { reference: reference?, issuer })
}

fn deliberation(table: &Table<'_>) -> Option<Proof> {
    let chamber = table.choice("chamber", Chamber::NAMES);
    let number = table.text("number");
    let failure = table.table("protocol-failure").map(protocol_failure);
    let protocol_failure = match failure {
        Some(failure) => Some(failure?),
        None => None,
    };
    Some(Proof::Deliberation { chamber: chamber?, number: number?, protocol_failure })
}

/// Why no protocol could be reached, and what must be on file with that: by reference (guide, 1b and 1e).
fn protocol_failure(table: Table<'_>) -> Option<ProtocolFailure> {
    let reason = table.text("reason");
    let dpo_advice: Vec<String> = table.texts("dpo-advice").into_iter().map(|advice| advice.value).collect();
    if dpo_advice.len() < 2 {
        table.fault(
            "dpo-advice",
            "names fewer than two",
            "refer to the advice of every party's data protection officer",
        );
    }
    let dpia = table.text("dpia");
    table.close();
    (dpo_advice.len() >= 2).then_some(())?;
    Some(ProtocolFailure { reason: reason?, dpo_advice, dpia: dpia? })
}

fn ratified(table: &Table<'_>) -> Option<Proof> {
    let parties = parties(table);
    let legal_text = table.text("legal-text");
    let ratification = table.text("ratification");
    let ratified = table.day("ratified-on");
    Some(Proof::RatifiedProtocol {
        parties: parties?,
        legal_text: legal_text?,
        ratification: ratification?,
        ratified: ratified?,
    })
}

fn parties(table: &Table<'_>) -> Option<Vec<String>> {
    let parties: Vec<String> = table.texts("parties").into_iter().map(|party| party.value).collect();
    if parties.len() < 2 {
        table.fault("parties", "names fewer than two", "write who signed: [\"source holder\", \"consumer\"]");
        return None;
    }
    Some(parties)
}
