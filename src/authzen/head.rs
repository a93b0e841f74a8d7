//! The head of a request: which of AuthZEN's paths, and whether its body will be read.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::uri::Authority;
use http::{Method, Uri};

use super::problem::Problem;
use crate::evaluation::tree::looks_like_an_insz;

/// What is served (AuthZEN 1.0, Transport).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// One question.
    Evaluation,
    /// A batch.
    Evaluations,
    /// Where the other two are.
    Configuration,
}

impl Route {
    /// Every one with its path.
    pub const PATHS: [(&'static str, Self); 3] = [
        ("/access/v1/evaluation", Self::Evaluation),
        ("/access/v1/evaluations", Self::Evaluations),
        ("/.well-known/authzen-configuration", Self::Configuration),
    ];

    /// The route of a request's target, if it is one; a query makes it none.
    pub fn of(uri: &Uri) -> Option<Self> {
        let path = uri.path_and_query()?.as_str();
        Self::PATHS.iter().find(|(known, _)| *known == path).map(|(_, route)| *route)
    }

    /// Whether a body is expected.
    pub const fn asks(self) -> bool {
        !matches!(self, Self::Configuration)
    }
}

/// `X-Request-ID`: given back as it came.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's own number, where it has one.
pub(super) fn request_id(headers: &HeaderMap) -> Result<Option<HeaderValue>, Problem> {
    let mut values = headers.get_all(REQUEST_ID).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(one), None) if is_an_id(one) => Ok(Some(one.clone())),
        _ => Err(Problem::RequestId),
    }
}

fn is_an_id(value: &HeaderValue) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "._~:+/=-".contains(c);
    let text = value.to_str().unwrap_or_default();
    (1..=128).contains(&text.len()) && text.chars().all(safe) && !looks_like_an_insz(text)
}

/// Checks what can be checked before the body is read.
pub(super) fn check(route: Route, parts: &Parts) -> Result<(), Problem> {
    match route {
        Route::Configuration if parts.method == Method::GET => Ok(()),
        Route::Configuration => Err(Problem::Method("GET")),
        _ if parts.method != Method::POST => Err(Problem::Method("POST")),
        _ if is_json(&parts.headers) && is_plain(&parts.headers) => Ok(()),
        _ => Err(Problem::Media),
    }
}

/// Whether there is one Content-Type, of JSON in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = one.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let harmless = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json")) && parts.all(harmless)
}

fn is_plain(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The host the request was sent to: `:authority`, or the one `Host`.
pub(super) fn host(parts: &Parts) -> Result<Authority, Problem> {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let host = match (parts.uri.authority(), hosts.next(), hosts.next()) {
        (Some(authority), ..) => Some(authority.clone()),
        (None, Some(one), None) => Authority::try_from(one.as_bytes()).ok(),
        _ => None,
    };
    host.filter(|host| !host.as_str().contains('@') && !looks_like_an_insz(host.as_str()))
        .ok_or(Problem::Host)
}
