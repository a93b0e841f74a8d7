//! Reads `gateway.toml`: every key, its unit, its default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use poortwachter_kernel::peek::rest::Target;
use poortwachter_kernel::redact::Signed;
use poortwachter_kernel::tripwire::Mode;

use super::audit::audit;
use super::limits::limits;
use super::{
    Clients, Door, Doubt, Evaluation, Filter, Gateway, Listener, Refusal, Registry, Rest, Tls, Upstream,
    UpstreamTls, hop, tokens,
};
use crate::text::{Faults, Source, Table, Written};

/// What MAGDA's consumers wait before they give up (their Java client's read timeout).
const CONSUMERS_WAIT: Duration = Duration::from_secs(30);

/// How long an acceptance of the VKBO disclaimer outlives the text it accepted, in days.
const DISCLAIMER_GRACE: u16 = 30;

pub(super) fn gateway(name: &str, text: &str, here: &Path) -> Result<Gateway, Faults> {
    let source = Source::new(name, text);
    let root = source.root();
    let reader = Reader { here, with_tokens: root.has("tokens") };
    let listener = required(&root, "listener").and_then(|table| reader.listener(table));
    let upstream = required(&root, "upstream").and_then(|table| reader.upstream(table));
    let registry = required(&root, "registry").and_then(|table| reader.registry(table));
    let tokens = root.table("tokens").map(|table| tokens::read(table, here));
    if tokens.is_some() && matches!(&listener, Some(Listener { door: Door::Plain { .. }, .. })) {
        let problem = "would never be asked behind `plain-consumer`, where every call is that consumer's";
        root.fault("tokens", problem, "take [tokens] out, or set [listener.tls]");
    }
    let (law, disclaimer_grace) = reader.law(root.table("law"));
    let catalogue = reader.file(&root, "catalogue");
    let admin = admin(&root, listener.as_ref().map(|listener| listener.address));
    let evaluation = evaluation(root.table("evaluation"), admin);
    let rest = rest(root.table("rest"));
    let filter = filter(root.table("filter"));
    let is_shared = listener.as_ref().is_none_or(|listener| listener.door.consumer().is_none());
    let limits = limits(root.table("limits"), is_shared);
    let tripwire = tripwire(root.table("tripwire"));
    let canary = canary(root.table("canary"));
    let (audit, exports) = audit(kept(&root), here, limits.calls);
    let refusal = refusal(root.table("refusal"));
    let (workers, drain) = run(root.table("run"));
    root.close();
    let meant = move || {
        Some(Gateway {
            listener: listener?,
            upstream: upstream?,
            tokens: match tokens {
                None => None,
                Some(tokens) => Some(tokens?),
            },
            registry: registry?,
            law,
            disclaimer_grace,
            catalogue,
            admin,
            evaluation,
            rest,
            filter,
            limits,
            tripwire,
            canary,
            audit,
            exports,
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
    /// Whether there is a [tokens].
    with_tokens: bool,
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
        let behind = CLIENTS.into_iter().any(|key| table.has(key)).then(|| self.clients(&table));
        let hop = table.table("forwarded").map(hop::read);
        let door = match (tls, plain, behind, hop.is_some()) {
            (Some(tls), None, None, _) => tls.map(Door::Mutual),
            (None, Some(consumer), None, false) => Some(Door::Plain { consumer }),
            (None, None, Some(clients), true) => clients.map(Door::Behind),
            (tls, plain, behind, hop) => {
                let (key, problem, remedy) = no_door([tls.is_some(), plain.is_some(), behind.is_some(), hop]);
                table.fault(key, problem, remedy);
                None
            }
        };
        if let (Some(door @ (Door::Plain { .. } | Door::Behind(_))), Some(address)) = (&door, address) {
            let key = if matches!(door, Door::Plain { .. }) { "plain-consumer" } else { "client-ca" };
            loopback_only(&table, key, address);
        }
        if let (Some(Door::Behind(_)), Some(Some(hop))) = (&door, &hop)
            && (hop.from.is_empty() || !hop.certificates.is_empty())
        {
            table.fault(
                "forwarded",
                "asks for a hop's certificate, which plain HTTP does not show",
                "say by `from` which addresses the hop has, without `certificates`",
            );
        }
        table.close();
        let hop = hop.map_or(Some(None), |hop| hop.map(Some));
        Some(Listener { address: address?, door: door?, hop: hop? })
    }

    fn tls(&self, table: Table<'_>) -> Option<Tls> {
        let certificate = self.path(&table, "certificate");
        let key = self.path(&table, "key");
        let clients = self.clients(&table);
        let optional = table.maybe_choice("client-certificate", &[("required", false), ("optional", true)]);
        let certificate_is_optional = optional.unwrap_or(false);
        if certificate_is_optional && !self.with_tokens {
            let problem = "is \"optional\", and without [tokens] nobody is known by anything else";
            table.fault("client-certificate", problem, "write \"required\", or add [tokens]");
        }
        table.close();
        Some(Tls { certificate: certificate?, key: key?, clients: clients?, certificate_is_optional })
    }

    /// The keys of [`CLIENTS`]: below `[listener.tls]`, or right below `[listener]` for a door without TLS of its own.
    fn clients(&self, table: &Table<'_>) -> Option<Clients> {
        const OVERDUE: &[(&str, Doubt)] = &[("refuse", Doubt::Refuse), ("accept-with-alarm", Doubt::Accept)];
        const UNLISTED: &[(&str, Doubt)] = &[("refuse", Doubt::Refuse), ("accept", Doubt::Accept)];
        let authorities = self.path(table, "client-ca");
        let lists = if table.has("crls") { table.texts("crls") } else { Vec::new() };
        if table.has("crls") && table.is_empty_list("crls") {
            table.fault(
                "crls",
                "names no list",
                "name the issuers' lists, or leave it out: nothing is then known of revocation",
            );
        }
        let overdue = table.maybe_choice("crl-expired", OVERDUE);
        let unlisted = table.maybe_choice("crl-unknown", UNLISTED);
        for key in ["crl-expired", "crl-unknown"] {
            if table.has(key) && lists.is_empty() {
                table.fault(
                    key,
                    "says nothing without `crls`",
                    "name the lists in `crls`, or leave this out",
                );
            }
        }
        Some(Clients {
            authorities: authorities?,
            revocations: lists.into_iter().map(|list| self.here.join(list.value)).collect(),
            overdue: overdue.unwrap_or(Doubt::Refuse),
            unlisted: unlisted.unwrap_or(Doubt::Refuse),
        })
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

/// Why what is written of a table for TLS, one consumer, authorities without TLS, and a hop makes no door: key, problem,
/// remedy.
fn no_door(written: [bool; 4]) -> (&'static str, &'static str, &'static str) {
    match written {
        [true, true, ..] => {
            ("plain-consumer", "and [listener.tls] exclude each other", "keep one of the two")
        }
        [_, true, ..] => (
            "plain-consumer",
            "and [listener.forwarded] or `client-ca` exclude each other",
            "keep one of the two; behind a hop every call tells its own consumer",
        ),
        [true, ..] => ("client-ca", "stands outside [listener.tls]", "write it below [listener.tls]"),
        [_, _, true, _] => (
            "client-ca",
            "stands outside [listener.tls]",
            "set [listener.forwarded] to be behind a hop, or [listener.tls] with this key in it",
        ),
        [.., true] => (
            "client-ca",
            "is missing",
            "name the authorities behind the forwarded certificates, or set [listener.tls]",
        ),
        _ => ("tls", "is missing", "set [listener.tls], or `plain-consumer` on loopback"),
    }
}

/// Who may vouch for consumers' certificates.
const CLIENTS: [&str; 4] = ["client-ca", "crls", "crl-expired", "crl-unknown"];

fn loopback_only(table: &Table<'_>, key: &'static str, address: SocketAddr) {
    if !address.ip().is_loopback() {
        let problem = format!("opens plain HTTP on `{address}`, which others can reach");
        table.fault(key, problem, "listen on 127.0.0.1, or set [listener.tls]");
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
pub(super) struct Url {
    pub(super) secure: bool,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) base: String,
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

pub(super) fn understood(uri: &http::Uri) -> Option<Url> {
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

/// A base is written as the paths behind it are matched: in one way.
fn rest(table: Option<Table<'_>>) -> Rest {
    let Some(table) = table else { return Rest::default() };
    let mut bases = Vec::new();
    for Written { value, spot } in table.texts("bases") {
        let base = if value == "/" { String::new() } else { value };
        if !base.is_empty() && (base.contains('?') || Target::read(&base).is_err()) {
            let problem = format!("`{base}` is no base path");
            table.note(spot.fault(problem, "write \"/\", or words with slashes before them: /Magda-v1/rest"));
        } else if bases.contains(&base) {
            table.note(spot.fault(format!("`{base}` stands twice"), "keep one of the two"));
        } else {
            bases.push(base);
        }
    }
    table.close();
    Rest { bases }
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
