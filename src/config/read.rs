//! Reads `gateway.toml`: every key, its unit, its default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use poortwachter_kernel::redact::Signed;
use poortwachter_kernel::tripwire::Mode;

use super::audit::audit;
use super::{
    Door, Evaluation, Filter, Gateway, Limits, Listener, Refusal, Registry, Tls, Upstream, UpstreamTls,
};
use crate::text::{Faults, Source, Table};

/// What MAGDA's consumers wait before they give up (their Java client's read timeout).
const CONSUMERS_WAIT: Duration = Duration::from_secs(30);

/// How long an acceptance of the VKBO disclaimer outlives the text it accepted, in days.
const DISCLAIMER_GRACE: u16 = 30;

pub(super) fn gateway(name: &str, text: &str, here: &Path) -> Result<Gateway, Faults> {
    let source = Source::new(name, text);
    let root = source.root();
    let reader = Reader { here };
    let listener = required(&root, "listener").and_then(|table| reader.listener(table));
    let upstream = required(&root, "upstream").and_then(|table| reader.upstream(table));
    let registry = required(&root, "registry").and_then(|table| reader.registry(table));
    let (law, disclaimer_grace) = reader.law(root.table("law"));
    let catalogue = reader.file(&root, "catalogue");
    let admin = admin(&root, listener.as_ref().map(|listener| listener.address));
    let evaluation = evaluation(root.table("evaluation"), admin);
    let filter = filter(root.table("filter"));
    let limits = limits(root.table("limits"));
    let tripwire = tripwire(root.table("tripwire"));
    let canary = canary(root.table("canary"));
    let audit = audit(kept(&root), here, limits.calls);
    let refusal = refusal(root.table("refusal"));
    let (workers, drain) = run(root.table("run"));
    root.close();
    let meant = move || {
        Some(Gateway {
            listener: listener?,
            upstream: upstream?,
            registry: registry?,
            law,
            disclaimer_grace,
            catalogue,
            admin,
            evaluation,
            filter,
            limits,
            tripwire,
            canary,
            audit,
            refusal,
            drain,
            workers,
        })
    };
    let meant = meant();
    source.finish(meant)
}

fn required<'s>(root: &Table<'s>, key: &'static str) -> Option<Table<'s>> {
    if !root.has(key) {
        root.fault(key, "is missing", format!("add [{key}]; config/gateway.toml shows every key"));
    }
    root.table(key)
}

fn kept<'s>(root: &Table<'s>) -> Option<Table<'s>> {
    if !root.has("audit") {
        let remedy =
            "add [audit] with `directory`, `checkpoint-key` and `pseudonym-key`, or with trail = \"off\"";
        root.fault("audit", "is missing", remedy);
    }
    root.table("audit")
}

/// Gives relative paths their place.
struct Reader<'a> {
    here: &'a Path,
}

impl Reader<'_> {
    fn path(&self, table: &Table<'_>, key: &'static str) -> Option<PathBuf> {
        table.text(key).map(|path| self.here.join(path))
    }

    fn law(&self, table: Option<Table<'_>>) -> (Option<PathBuf>, u16) {
        let Some(table) = table else { return (None, DISCLAIMER_GRACE) };
        let file = table.maybe_text("file").map(|file| self.here.join(file));
        let grace = table.number("disclaimer-grace-days", DISCLAIMER_GRACE.into(), 0..=3650);
        table.close();
        (file, u16::try_from(grace).unwrap_or(DISCLAIMER_GRACE))
    }

    fn file(&self, root: &Table<'_>, key: &'static str) -> Option<PathBuf> {
        let table = root.table(key)?;
        let file = self.path(&table, "file");
        table.close();
        file
    }

    fn listener(&self, table: Table<'_>) -> Option<Listener> {
        let address = address(&table, "address");
        let tls = table.table("tls").map(|tls| self.tls(tls));
        let plain = table.maybe_text("plain-consumer");
        let door = match (tls, plain) {
            (Some(tls), None) => tls.map(Door::Mutual),
            (None, Some(consumer)) => Some(Door::Plain { consumer }),
            (Some(_), Some(_)) => {
                table.fault("plain-consumer", "and [listener.tls] exclude each other", "keep one of the two");
                None
            }
            (None, None) => {
                table.fault("tls", "is missing", "set [listener.tls], or `plain-consumer` on loopback");
                None
            }
        };
        if let (Some(Door::Plain { .. }), Some(address)) = (&door, address) {
            loopback_only(&table, address);
        }
        table.close();
        Some(Listener { address: address?, door: door? })
    }

    fn tls(&self, table: Table<'_>) -> Option<Tls> {
        let certificate = self.path(&table, "certificate");
        let key = self.path(&table, "key");
        let client_ca = self.path(&table, "client-ca");
        table.close();
        Some(Tls { certificate: certificate?, key: key?, client_ca: client_ca? })
    }

    fn upstream(&self, table: Table<'_>) -> Option<Upstream> {
        let url = table.text("url").and_then(|written| url(&table, &written));
        let tls = url.as_ref().and_then(|url| self.upstream_tls(&table, url.secure));
        let connect = duration(&table, "connect-timeout", Duration::from_secs(3));
        let total = duration(&table, "timeout", Duration::from_secs(25));
        let idle = duration(&table, "idle-timeout", Duration::from_mins(1));
        if total >= CONSUMERS_WAIT {
            table.fault("timeout", "is not below the 30s that MAGDA's consumers wait", "write 25s or less");
        }
        table.close();
        let Url { secure: _, host, port, base } = url?;
        Some(Upstream { tls, host, port, base, connect, total, idle })
    }

    fn upstream_tls(&self, table: &Table<'_>, secure: bool) -> Option<UpstreamTls> {
        let keys = ["ca", "certificate", "key"];
        if !secure {
            for key in keys.into_iter().filter(|key| table.has(key)) {
                table.fault(key, "needs an https url", "write https:// in `url`, or leave this out");
            }
            return None;
        }
        if !table.has("ca") {
            let remedy =
                "name the authorities that vouch for the upstream, e.g. /etc/ssl/certs/ca-certificates.crt";
            table.fault("ca", "is missing", remedy);
        }
        if table.has("certificate") != table.has("key") {
            table.fault("certificate", "and `key` go together", "set both or neither");
        }
        let ca = table.maybe_text("ca").map(|path| self.here.join(path));
        let certificate = table.maybe_text("certificate").map(|path| self.here.join(path));
        let key = table.maybe_text("key").map(|path| self.here.join(path));
        Some(UpstreamTls { ca: ca?, identity: certificate.zip(key) })
    }

    fn registry(&self, table: Table<'_>) -> Option<Registry> {
        let directory = self.path(&table, "directory");
        let poll = duration(&table, "poll", Duration::from_secs(2));
        let max_age = duration(&table, "max-age", Duration::from_hours(1));
        if max_age <= poll {
            table.fault("max-age", "is not longer than `poll`", "else the gateway refuses between two looks");
        }
        table.close();
        Some(Registry { directory: directory?, poll, max_age })
    }
}

fn loopback_only(table: &Table<'_>, address: SocketAddr) {
    if !address.ip().is_loopback() {
        let problem = format!("opens plain HTTP on `{address}`, which others can reach");
        table.fault("plain-consumer", problem, "listen on 127.0.0.1, or set [listener.tls]");
    }
}

fn address(table: &Table<'_>, key: &'static str) -> Option<SocketAddr> {
    let written = table.text(key)?;
    let parsed = written.parse().ok();
    if parsed.is_none() {
        table.fault(key, format!("`{written}` is no address"), "write ip:port, 127.0.0.1:8443 or [::1]:8443");
    }
    parsed
}

/// From a millisecond, so that nothing runs hot, to a week, so that no point in time overflows.
pub(super) fn duration(table: &Table<'_>, key: &'static str, default: Duration) -> Duration {
    const SANE: std::ops::RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(7 * 24);
    let Some(written) = table.maybe_text(key) else { return default };
    let parsed =
        written.parse::<jiff::SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
    let problem = match parsed {
        Some(duration) if SANE.contains(&duration) => return duration,
        Some(_) => format!("`{written}` is not between 1ms and 168h"),
        None => format!("`{written}` is no duration"),
    };
    table.fault(key, problem, "write a number with its unit: 500ms, 25s, 5m");
    default
}

/// What an upstream's URL says.
struct Url {
    secure: bool,
    host: String,
    port: u16,
    base: String,
}

fn url(table: &Table<'_>, written: &str) -> Option<Url> {
    let parsed = written.parse::<http::Uri>().ok().and_then(|uri| understood(&uri));
    if parsed.is_none() {
        // Before an `@` a password may stand, and faults are logged.
        let shown = if written.contains('@') { "what was written" } else { &format!("`{written}`") };
        table.fault(
            "url",
            format!("{shown} is no upstream"),
            "write http(s)://host:port[/path], without query or user",
        );
    }
    parsed
}

fn understood(uri: &http::Uri) -> Option<Url> {
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
    let secure = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let host = authority.host().to_owned();
    let port = match authority.as_str().strip_prefix(&host)? {
        "" if secure => 443,
        "" => 80,
        // One that is no port is not passed over: the calls would go elsewhere than was written.
        written => written.strip_prefix(':')?.parse().ok().filter(|port| *port != 0)?,
    };
    let base = uri.path().trim_end_matches('/').to_owned();
    (uri.query().is_none() && !host.is_empty()).then_some(Url { secure, host, port, base })
}

fn admin(root: &Table<'_>, taken: Option<SocketAddr>) -> SocketAddr {
    let default = SocketAddr::from(([127, 0, 0, 1], 9464));
    let written = root.table("admin").and_then(|table| {
        let address = address(&table, "address");
        table.close();
        address
    });
    let admin = written.unwrap_or(default);
    if admin.port() != 0 && taken == Some(admin) {
        root.fault("admin", format!("has `{admin}`, which [listener] has too"), "give each its own port");
    }
    admin
}

/// The operators' listener asks nobody who they are: beyond loopback, all that reach it could ask about every consumer,
/// so that must be written.
fn evaluation(table: Option<Table<'_>>, admin: SocketAddr) -> Evaluation {
    let default = Evaluation { for_operators: admin.ip().is_loopback(), for_consumers: false };
    let Some(table) = table else { return default };
    let for_operators = table.flag("for-operators", default.for_operators);
    let for_consumers = table.flag("for-consumers", default.for_consumers);
    table.close();
    Evaluation { for_operators, for_consumers }
}

fn filter(table: Option<Table<'_>>) -> Filter {
    const STAYS: &[(&str, bool)] = &[("remove", false), ("keep", true)];
    let Some(table) = table else { return Filter::default() };
    let default = Filter::default();
    let near = table.maybe_choice("near-functionholders", STAYS);
    let names = table.maybe_choice("sole-proprietor-names", STAYS);
    let signed =
        table.maybe_choice("signed-answers", &[("unsign", Signed::Unsigned), ("withhold", Signed::Withheld)]);
    table.close();
    Filter {
        keeps_near_functionholders: near.unwrap_or(default.keeps_near_functionholders),
        keeps_owner_names: names.unwrap_or(default.keeps_owner_names),
        signed: signed.unwrap_or(default.signed),
    }
}

fn limits(table: Option<Table<'_>>) -> Limits {
    let default = Limits {
        request_body: 1 << 20,
        head: 32 << 10,
        connections: 4096,
        calls: 1024,
        receive: Duration::from_secs(10),
        held_back: 64 << 10,
        decoded: 256 << 20,
        decoded_ratio: 200,
    };
    let Some(table) = table else { return default };
    let limits = Limits {
        request_body: table.number("request-body-bytes", default.request_body, 1..=1 << 30),
        // The HTTP/1 reader cannot work with less than 8 KiB.
        head: table.number("head-bytes", default.head, 8 << 10..=1 << 20),
        connections: table.number("connections", default.connections, 1..=1_000_000),
        calls: table.number("concurrent-calls", default.calls, 1..=1_000_000),
        receive: duration(&table, "receive-timeout", default.receive),
        held_back: table.number("held-back-bytes", default.held_back, 0..=64 << 20),
        decoded: table.number("decoded-bytes", 256 << 20, 1..=1 << 40) as u64,
        decoded_ratio: table.number("decoded-ratio", 200, 1..=1_000_000) as u64,
    };
    table.close();
    limits
}

/// Masked where nothing is written: nothing personal leaves, and the few numbers taken for an INSZ by mistake make no
/// answer that cannot be had.
fn tripwire(table: Option<Table<'_>>) -> Mode {
    let Some(table) = table else { return Mode::Mask };
    let mode = table.maybe_choice("mode", Mode::NAMES);
    table.close();
    mode.unwrap_or(Mode::Mask)
}

/// From a second: each run is a handful of calls.
fn canary(table: Option<Table<'_>>) -> Option<Duration> {
    let default = Duration::from_mins(5);
    let Some(table) = table else { return Some(default) };
    let off = table.maybe_text("interval").is_some_and(|written| written == "off");
    let interval = if off { default } else { duration(&table, "interval", default) };
    if interval < Duration::from_secs(1) {
        table.fault("interval", "is shorter than a second", "write 5m, or \"off\"");
    }
    table.close();
    (!off).then_some(interval)
}

fn refusal(table: Option<Table<'_>>) -> Refusal {
    let default = Refusal { repeat_in_answer: false, gateway_uri: "poortwachter".to_owned() };
    let Some(table) = table else { return default };
    let gateway_uri = table.maybe_text("gateway-uri").unwrap_or(default.gateway_uri);
    if gateway_uri.chars().count() > 120 {
        table.fault(
            "gateway-uri",
            "is longer than 120 characters",
            "MAGDA's schema allows 120 in Identificatie",
        );
    }
    let repeat_in_answer = table.flag("repeat-in-answer", false);
    table.close();
    Refusal { repeat_in_answer, gateway_uri }
}

fn run(table: Option<Table<'_>>) -> (usize, Duration) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let drain = Duration::from_secs(25);
    let Some(table) = table else { return (cores, drain) };
    let run = (table.number("workers", cores, 1..=1024), duration(&table, "drain-timeout", drain));
    table.close();
    run
}
