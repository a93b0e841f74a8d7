//! `gateway.toml`: from what was written to what it means.
//!
//! [`Gateway`] cannot hold nonsense, so nobody checks again later. Paths in the file are relative to
//! the file. Durations are written with their unit: `"25s"`, `"5m"`.

mod audit;
mod export;
mod hop;
mod limits;
mod read;
mod tokens;

pub use hop::{Hop, Net};

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use poortwachter_kernel::redact::Signed;
use poortwachter_kernel::tripwire::Mode;

use crate::text::{Faults, Limit, Spot};

pub use tokens::{Jwks, Tokens};

pub use audit::{Audit, Durability, Kept, Retention, Term};

pub use export::{Exports, Otlp, Pace, Place, Syslog};

/// Everything `run` needs to know.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Where consumers connect.
    pub listener: Listener,
    /// Where allowed calls go.
    pub upstream: Upstream,
    /// How bearer tokens are verified; `None`: none is looked at.
    pub tokens: Option<Tokens>,
    /// Where the grants are.
    pub registry: Registry,
    /// Another law file than the built-in one.
    pub law: Option<PathBuf>,
    /// How many days an acceptance of the VKBO disclaimer outlives the text it accepted.
    pub disclaimer_grace: u16,
    /// Another catalogue file than the built-in one.
    pub catalogue: Option<PathBuf>,
    /// Where metrics and health are served.
    pub admin: SocketAddr,
    /// Who may ask whether a call would be allowed.
    pub evaluation: Evaluation,
    /// Below which paths REST services are served; none: they are not.
    pub rest: Rest,
    /// What stays in answers beyond what the law says.
    pub filter: Filter,
    /// Bounds on what a consumer can make the gateway do.
    pub limits: Limits,
    /// What happens to an INSZ that the filter let through in an answer of KBO/VKBO.
    pub tripwire: Mode,
    /// How often the gateway sends invented functionholders down its own line; `None`: never.
    pub canary: Option<Duration>,
    /// How the audit trail is kept; `None`: calls are recorded in the log only.
    pub audit: Option<Audit>,
    /// Where the trail is sent, besides being kept.
    pub exports: Exports,
    /// How refusals look.
    pub refusal: Refusal,
    /// How long running calls get to finish after SIGTERM.
    pub drain: Duration,
    /// Worker threads.
    pub workers: usize,
}

/// Where consumers connect, and how they are known.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Address and port; port 0 lets the system choose.
    pub address: SocketAddr,
    /// How consumers are known.
    pub door: Door,
    /// The hop whose word on its consumers' certificates is taken, where there is one.
    pub hop: Option<Hop>,
}

/// How consumers are known at the listener.
#[derive(Clone, Debug)]
pub enum Door {
    /// TLS: by client certificate, by token, or by both.
    Mutual(Tls),
    /// Plain HTTP on loopback: everyone who can reach it is this one consumer.
    Plain {
        /// The consumer's id in the registry.
        consumer: String,
    },
    /// Plain HTTP on loopback behind a hop that ends TLS: by the certificate it passes on, which these verify.
    Behind(Clients),
}

impl Door {
    /// The one consumer that a plain door stands for.
    pub fn consumer(&self) -> Option<&str> {
        match self {
            Self::Plain { consumer } => Some(consumer),
            Self::Mutual(_) | Self::Behind(_) => None,
        }
    }

    /// Who may vouch for consumers' certificates, where they have any.
    pub fn clients(&self) -> Option<&Clients> {
        match self {
            Self::Mutual(tls) => Some(&tls.clients),
            Self::Behind(clients) => Some(clients),
            Self::Plain { .. } => None,
        }
    }
}

/// Files of the server side of TLS, PEM.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Server certificate, followed by its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who may vouch for consumers.
    pub clients: Clients,
    /// Whether a consumer may come without a certificate; its calls must then bring a token.
    pub certificate_is_optional: bool,
}

/// Whose client certificates are accepted, and which of those no longer.
#[derive(Clone, Debug)]
pub struct Clients {
    /// The authorities, PEM.
    pub authorities: PathBuf,
    /// Lists of revoked certificates, PEM or DER; none: revocation is not looked at.
    pub revocations: Vec<PathBuf>,
    /// What becomes of certificates whose issuer's list is overdue.
    pub overdue: Doubt,
    /// What becomes of certificates whose issuer has no list among these.
    pub unlisted: Doubt,
}

impl Clients {
    /// Those of the authorities in that file, with no list of revoked ones.
    pub fn of(authorities: PathBuf) -> Self {
        Self { authorities, revocations: Vec::new(), overdue: Doubt::Refuse, unlisted: Doubt::Refuse }
    }
}

/// What becomes of a certificate that nothing speaks for or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is refused.
    Refuse,
    /// It is accepted; that the list is overdue is told.
    Accept,
}

/// The header in which a hop passes certificates on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// `Client-Cert` (RFC 9440).
    ClientCert,
    /// Envoy's `X-Forwarded-Client-Cert`.
    Xfcc {
        /// The hop appends to what came: its last element counts. Otherwise there must be only one.
        appended: bool,
    },
}

/// The service behind the gateway.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Whether it is spoken to over TLS.
    pub tls: Option<UpstreamTls>,
    /// Host name or address, as in the `Host` header without port.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path put before the call's own; empty or `/…` without a slash at the end.
    pub base: String,
    /// Bound on connecting, TLS included.
    pub connect: Duration,
    /// Bound on the whole call; below the 30 s that MAGDA's consumers wait.
    pub total: Duration,
    /// How long an unused connection is kept.
    pub idle: Duration,
}

/// TLS towards the upstream, all files PEM.
#[derive(Clone, Debug)]
pub struct UpstreamTls {
    /// Authorities that may have issued the upstream's certificate.
    pub ca: PathBuf,
    /// The gateway's own certificate and key, where the upstream asks for one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// How much of the gateway one consumer may take.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Calls per second, in the long run.
    pub calls_per_second: Limit,
    /// Calls at once after a pause; `None`: what a second brings.
    pub burst: Option<NonZeroU32>,
    /// Calls under way.
    pub concurrent_calls: Limit,
}

/// Where the grants are.
#[derive(Clone, Debug)]
pub struct Registry {
    /// A directory of TOML files, one consumer a file.
    pub directory: PathBuf,
    /// How often it is looked at for changes.
    pub poll: Duration,
    /// How long the gateway serves after it last found the registry readable and valid.
    pub max_age: Duration,
}

/// Bounds on what a consumer can make the gateway do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest request body, bytes.
    pub request_body: usize,
    /// Longest request head, bytes.
    pub head: usize,
    /// Open consumer connections, over all workers.
    pub connections: usize,
    /// Open connections from one address (IPv6: one /64).
    pub connections_per_address: Limit,
    /// Connections whose TLS handshake is not done; beyond, the oldest of them gives way.
    pub handshakes: usize,
    /// Calls running at once, over all workers.
    pub calls: usize,
    /// How much of that one consumer may take, where its file does not say otherwise.
    pub per_consumer: Quota,
    /// Bound on receiving one request: TLS handshake, head and body each.
    pub receive: Duration,
    /// How much of an answer is held back so that a fault in it becomes a clean 502, bytes.
    pub held_back: usize,
    /// The longest an answer in a content coding may be when it is decoded, bytes.
    pub decoded: u64,
    /// How many times longer than its coded bytes it may be.
    pub decoded_ratio: u64,
}

/// Who may ask whether a call would be allowed (`POST /access/v1/evaluation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Whoever reaches the operators' listener, about every consumer.
    pub for_operators: bool,
    /// Consumers at their own listener, each about itself.
    pub for_consumers: bool,
}

/// Where REST services are served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// Paths that stand before those of the routes: empty, as at the platform, or `/…` without a slash at the end.
    pub bases: Vec<String>,
}

/// What stays in answers beyond what the law says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Whether a grant that names no field groups opens blocks near to functionholders, too. The legal guide does
    /// not say that they are functionholders' data, nor that they are not.
    pub keeps_near_functionholders: bool,
    /// Whether the names of an enterprise that is a natural person stay. The guide calls its address personal, and
    /// says nothing of its name, which is its owner's.
    pub keeps_owner_names: bool,
    /// What becomes of a signed answer of which something must be removed.
    pub signed: Signed,
}

impl Default for Filter {
    fn default() -> Self {
        Self { keeps_near_functionholders: false, keeps_owner_names: true, signed: Signed::Unsigned }
    }
}

/// How refusals look.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Repeat the Uitzondering at Antwoord level, for clients that look only there.
    pub repeat_in_answer: bool,
    /// The gateway's own URI, `Afzender/Identificatie` of its refusals.
    pub gateway_uri: String,
}

/// Reads and understands a configuration file.
///
/// # Errors
/// Every fault, with file, line, key and remedy.
pub fn load(path: &Path) -> Result<Gateway, Faults> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|cause| {
        let problem = format!("cannot be read: {cause}");
        Faults::from(Spot::whole(&name).fault(problem, "name the gateway's file with --config"))
    })?;
    let here = path.parent().unwrap_or(Path::new("."));
    parse(&name, &text, here)
}

/// Understands the text of a configuration file whose paths are relative to `here`.
///
/// # Errors
/// As [`load`].
pub fn parse(name: &str, text: &str, here: &Path) -> Result<Gateway, Faults> {
    read::gateway(name, text, here)
}
