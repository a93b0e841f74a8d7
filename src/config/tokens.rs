//! `[tokens]`: whose bearer tokens are accepted, and how they are verified.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jsonwebtoken::Algorithm;

use super::read::{duration, understood};
use crate::identity::token::Rules;
use crate::text::Table;

/// How bearer tokens are verified (RFC 9068, RFC 6750), and with which keys.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// What a token must be.
    pub rules: Rules,
    /// Whether `Authorization` goes on to the upstream.
    pub forward: bool,
    /// Where the issuer's keys are.
    pub jwks: Jwks,
    /// How long keys are used before their source is looked at again, at most.
    pub refresh: Duration,
    /// The least time between two looks at it.
    pub refetch: Duration,
    /// How long keys are relied on after the last look that found usable ones.
    pub keep: Duration,
    /// Bound on one look, and on how long a call waits for it.
    pub timeout: Duration,
}

/// Where the issuer's keys are.
#[derive(Clone, Debug)]
pub enum Jwks {
    /// In a file.
    File(PathBuf),
    /// At an https URL.
    Url {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// Path.
        path: String,
        /// The authorities that vouch for the host, PEM.
        ca: PathBuf,
    },
}

/// How names of claims start that a client fills in itself: nothing to know it by.
const OWN_WORDS: &str = "setbyclient_";

const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("RS256", Algorithm::RS256),
    ("PS256", Algorithm::PS256),
    ("ES256", Algorithm::ES256),
    ("EdDSA", Algorithm::EdDSA),
];

const TYPES: &[(&str, &str)] = &[("at+jwt", "at+jwt"), ("JWT", "jwt"), ("absent", "")];

/// More would keep tokens alive that their issuer let end.
const LONGEST_LEEWAY: Duration = Duration::from_mins(2);

pub(super) fn read(table: Table<'_>, here: &Path) -> Option<Tokens> {
    let issuer = table.text("issuer");
    let audience = listed(&table, "audience", "write [\"…\"] as the issuer names this gateway in `aud`");
    let algorithms = table.choices("algorithms", ALGORITHMS);
    if table.is_empty_list("algorithms") {
        table.fault("algorithms", "names none", "write those the issuer signs with, e.g. [\"RS256\"]");
    }
    let types = table.choices("types", TYPES);
    if table.has("types") && table.is_empty_list("types") {
        table.fault("types", "names none", "write [\"at+jwt\"], or leave it out for that");
    }
    let client_claim = client_claim(&table);
    let required = table.texts("required-claims").into_iter().map(|claim| claim.value).collect();
    let leeway = duration(&table, "leeway", Duration::from_secs(30));
    if leeway > LONGEST_LEEWAY {
        table.fault("leeway", "is longer than 2m", "set the clocks right; seconds are enough");
    }
    let longest = table.number("token-bytes", 8 << 10, 256..=64 << 10);
    let remembered = table.number("remember", 10_000, 0..=1_000_000);
    let forward = table.flag("forward", false);
    let jwks = jwks(&table, here);
    let refresh = duration(&table, "jwks-refresh", Duration::from_mins(5));
    let refetch = duration(&table, "jwks-refetch", Duration::from_secs(10));
    let keep = duration(&table, "jwks-keep", Duration::from_hours(1));
    let timeout = duration(&table, "jwks-timeout", Duration::from_secs(3));
    if refetch < Duration::from_secs(1) {
        table.fault(
            "jwks-refetch",
            "is shorter than a second",
            "write a few seconds: made-up tokens must not flood the issuer",
        );
    }
    if refetch > refresh {
        table.fault("jwks-refetch", "is longer than `jwks-refresh`", "write a few seconds");
    }
    if keep <= refresh {
        table.fault(
            "jwks-keep",
            "is not longer than `jwks-refresh`",
            "else calls are refused between two looks",
        );
    }
    table.close();
    let types = if types.is_empty() { vec!["at+jwt"] } else { types };
    let rules = Rules {
        issuer: issuer?,
        audience: audience?,
        algorithms,
        types: types.into_iter().map(str::to_owned).collect(),
        client_claim: client_claim?,
        required,
        leeway: i64::try_from(leeway.as_secs()).unwrap_or(0),
        longest,
        remembered,
    };
    Some(Tokens { rules, forward, jwks: jwks?, refresh, refetch, keep, timeout })
}

fn listed(table: &Table<'_>, key: &'static str, remedy: &str) -> Option<Vec<String>> {
    let texts = table.texts(key);
    if table.is_empty_list(key) {
        table.fault(key, "names none", remedy);
    }
    (!texts.is_empty()).then(|| texts.into_iter().map(|text| text.value).collect())
}

/// Claims by which an issuer names the client: RFC 9068's and OpenID's, and those of ACM/IDM.
fn client_claim(table: &Table<'_>) -> Option<String> {
    let claim =
        if table.has("client-claim") { table.maybe_text("client-claim")? } else { "client_id".to_owned() };
    let (problem, remedy) = if claim.starts_with(OWN_WORDS) {
        (
            "is filled in by the client itself: whoever gets any token could be every consumer",
            "write \"client_id\"",
        )
    } else if ["client_id", "sub", "azp"].contains(&claim.as_str()) || claim.starts_with("vo_") {
        return Some(claim);
    } else {
        (
            "is no claim by which an issuer names a client",
            "write `client_id`, `sub`, `azp`, or one that starts with `vo_`",
        )
    };
    table.fault("client-claim", format!("`{claim}` {problem}"), remedy);
    None
}

fn jwks(table: &Table<'_>, here: &Path) -> Option<Jwks> {
    let written = table.text("jwks");
    let ca = table.maybe_text("jwks-ca").map(|path| here.join(path));
    let written = written?;
    if !written.contains("://") {
        if table.has("jwks-ca") {
            table.fault("jwks-ca", "needs an https url", "write https:// in `jwks`, or leave this out");
        }
        return Some(Jwks::File(here.join(written)));
    }
    let uri = written.parse::<http::Uri>().ok();
    let url = uri.as_ref().and_then(understood).filter(|url| url.secure);
    let (Some(url), Some(uri)) = (url, uri) else {
        let remedy = "write https://host[:port]/path without query or user, or a file; over plain HTTP anybody could name keys";
        table.fault("jwks", "is no place for keys", remedy);
        return None;
    };
    if !table.has("jwks-ca") {
        let remedy =
            "name the authorities that vouch for the issuer, e.g. /etc/ssl/certs/ca-certificates.crt";
        table.fault("jwks-ca", "is missing", remedy);
    }
    Some(Jwks::Url { host: url.host, port: url.port, path: uri.path().to_owned(), ca: ca? })
}
