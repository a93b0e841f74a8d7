//! `[audit.otlp]` and `[audit.syslog]`: where the trail is sent, besides being kept.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::read::{Url, duration, understood};
use crate::text::Table;

/// Who gets the trail's lines; nobody, where nothing is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    /// A receiver of OTLP logs over HTTP.
    pub otlp: Option<Otlp>,
    /// A syslog server.
    pub syslog: Option<Syslog>,
}

/// A receiver's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Who may vouch for it, PEM; `None`: plain, on loopback only.
    pub ca: Option<PathBuf>,
}

/// How much goes at once, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Most lines of a batch.
    pub lines: usize,
    /// Most bytes of its lines; one line alone may be longer.
    pub bytes: usize,
    /// How often new lines are looked for.
    pub interval: Duration,
    /// Bound on one attempt, connecting included.
    pub timeout: Duration,
    /// The first pause after a failure; each further one is twice as long.
    pub retry: Duration,
    /// The longest of them, and the one after an answer that says that the batch is wrong.
    pub retry_longest: Duration,
}

/// A receiver of OTLP logs (OTLP/HTTP, JSON).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otlp {
    /// Where it is.
    pub place: Place,
    /// The path to which batches are posted.
    pub path: String,
    /// A file with the value of `Authorization`.
    pub authorization: Option<PathBuf>,
    /// `service.name`.
    pub service: String,
    /// What stands before consumer and purpose in `dpl.core.processing_activity_id`; `None`: the sender's URI stands there.
    pub activities: Option<String>,
    /// How much at once.
    pub pace: Pace,
}

/// A syslog server (RFC 5424 over RFC 5425, or plain with octet counting).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syslog {
    /// Where it is.
    pub place: Place,
    /// The facility's number.
    pub facility: u8,
    /// The private enterprise number in the name of the structured data.
    pub enterprise: u32,
    /// HOSTNAME; `None`: the machine's.
    pub hostname: Option<String>,
    /// APP-NAME.
    pub app: String,
    /// How much at once.
    pub pace: Pace,
}

/// RFC 5612: for documentation. Whoever has a number of his own writes it.
const DOCUMENTATION: usize = 32473;
/// `log audit` (RFC 5424 §6.2.1).
const LOG_AUDIT: usize = 13;
/// RFC 5425 §4.1.
const SYSLOG_TLS: u16 = 6514;

pub(super) fn exports(audit: &Table<'_>, here: &Path) -> Exports {
    let otlp = audit.table("otlp").and_then(|table| otlp(table, here));
    let syslog = audit.table("syslog").and_then(|table| syslog(table, here));
    Exports { otlp, syslog }
}

fn otlp(table: Table<'_>, here: &Path) -> Option<Otlp> {
    let written = table.text("endpoint");
    let ca = table.maybe_text("ca").map(|file| here.join(file));
    let uri = written.as_deref().and_then(|written| written.parse::<http::Uri>().ok());
    let url = uri.as_ref().and_then(understood).filter(|url| url.base.ends_with("/v1/logs"));
    if written.is_some() && url.is_none() {
        // Before an `@` a password may stand.
        table.fault(
            "endpoint",
            "is no place for OTLP logs",
            "write https://host[:port]/v1/logs, without query or user",
        );
    }
    let path = url.as_ref().map(|url| url.base.clone());
    let receiver =
        url.and_then(|Url { secure, host, port, .. }| place(&table, "endpoint", secure, host, port, ca));
    let authorization = table.maybe_text("authorization-file").map(|file| here.join(file));
    if authorization.is_some() && receiver.as_ref().is_some_and(|place| place.ca.is_none()) {
        table.fault("authorization-file", "would be sent in the clear", "write https:// in `endpoint`");
    }
    let service = table.maybe_text("service-name").unwrap_or_else(|| "poortwachter".to_owned());
    let activities = table.maybe_text("processing-activities");
    if activities.as_deref().is_some_and(|prefix| !is_uri(prefix)) {
        table.fault(
            "processing-activities",
            "is no beginning of a URI",
            "write that of your register: https://register.example/activities/",
        );
    }
    let pace = pace(&table);
    table.close();
    Some(Otlp { place: receiver?, path: path?, authorization, service, activities, pace })
}

fn syslog(table: Table<'_>, here: &Path) -> Option<Syslog> {
    let written = table.text("server");
    let ca = table.maybe_text("ca").map(|file| here.join(file));
    let server = written.as_deref().and_then(server);
    if written.is_some() && server.is_none() {
        table.fault("server", "is no syslog server", "write tls://host[:port], or tcp://127.0.0.1:port");
    }
    let receiver = server.and_then(|(secure, host, port)| place(&table, "server", secure, host, port, ca));
    let facility = table.number("facility", LOG_AUDIT, 0..=23);
    let enterprise = table.number("enterprise-number", DOCUMENTATION, 1..=u32::MAX as usize);
    let hostname = name(&table, "hostname", 255);
    let app = name(&table, "app-name", 48).unwrap_or_else(|| "poortwachter".to_owned());
    let pace = pace(&table);
    table.close();
    let facility = u8::try_from(facility).ok()?;
    let enterprise = u32::try_from(enterprise).ok()?;
    Some(Syslog { place: receiver?, facility, enterprise, hostname, app, pace })
}

/// `tls://host[:port]` or `tcp://host:port`.
fn server(written: &str) -> Option<(bool, String, u16)> {
    let (scheme, rest) = written.split_once("://")?;
    let secure = match scheme {
        "tls" => true,
        "tcp" => false,
        _ => return None,
    };
    let uri = format!("https://{rest}").parse::<http::Uri>().ok()?;
    let Url { host, port, base, .. } = understood(&uri)?;
    let port = if uri.port().is_some() { port } else { secure.then_some(SYSLOG_TLS)? };
    base.is_empty().then_some((secure, host, port))
}

/// A receiver beyond this machine proves who it is; evidence does not travel in the clear.
fn place(
    table: &Table<'_>,
    key: &'static str,
    secure: bool,
    host: String,
    port: u16,
    ca: Option<PathBuf>,
) -> Option<Place> {
    if secure {
        if !table.has("ca") {
            table.fault("ca", "is missing", "name the file with the authorities that vouch for the receiver");
        }
        return Some(Place { host, port, ca: Some(ca?) });
    }
    if ca.is_some() {
        table.fault("ca", "has no use without TLS", "leave it out, or write https:// or tls://");
    }
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    if !address.is_ok_and(|address| address.is_loopback()) {
        let problem = "would send the trail in the clear to another machine";
        table.fault(key, problem, "use TLS, or a receiver on 127.0.0.1");
        return None;
    }
    Some(Place { host, port, ca: None })
}

fn is_uri(prefix: &str) -> bool {
    prefix.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
        && prefix.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

/// PRINTUSASCII (RFC 5424 §6).
fn name(table: &Table<'_>, key: &'static str, most: usize) -> Option<String> {
    let name = table.maybe_text(key)?;
    if name.len() > most || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        let remedy = format!("write at most {most} characters of ASCII, without spaces");
        table.fault(key, "is no name in syslog", remedy);
    }
    Some(name)
}

fn pace(table: &Table<'_>) -> Pace {
    let retry = duration(table, "retry", Duration::from_secs(1));
    let retry_longest = duration(table, "retry-longest", Duration::from_mins(1));
    if retry > retry_longest {
        table.fault("retry", "is longer than `retry-longest`", "write a second or two");
    }
    Pace {
        lines: table.number("batch-records", 512, 1..=10_000),
        bytes: table.number("batch-bytes", 1 << 20, 4 << 10..=16 << 20),
        interval: duration(table, "interval", Duration::from_secs(1)),
        timeout: duration(table, "timeout", Duration::from_secs(10)),
        retry,
        retry_longest,
    }
}
