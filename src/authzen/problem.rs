//! What a request gets that comes to no verdict: RFC 9457 problem+json, in Belgif's vocabulary.
//!
//! Never in it: anything of what the request said.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;

use crate::evaluation::Fault;
use crate::law::telling::Language;

/// Why a request comes to no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Another method than the path has; says which it has.
    Method(&'static str),
    /// Not JSON in UTF-8, or coded.
    Media,
    /// `X-Request-ID` is not what is given back.
    RequestId,
    /// `Host` is no host.
    Host,
    /// Not for one host, or not framed in one way; says what is demanded.
    Malformed(&'static str),
    /// Longer than is read.
    TooLarge {
        /// The longest that is read, bytes.
        limit: usize,
    },
    /// Not in, whole, in time.
    TooSlow,
    /// No question.
    Unreadable(Fault),
    /// About another consumer than the one that asks, or asked by nobody of the registry.
    NotYours,
    /// The consumer's own pace is too high; seconds until it may ask again.
    Throttled {
        /// Seconds.
        wait: u64,
    },
    /// It does not say, as it must, who it is from.
    Challenged {
        /// 401, or 400 where it was said in the wrong way.
        status: StatusCode,
        /// `WWW-Authenticate`.
        header: HeaderValue,
        /// What is demanded.
        what: &'static str,
    },
    /// The token could not be verified.
    Unverifiable,
    /// Too many requests are under way.
    Busy,
    /// The registry is too old to be relied on.
    StaleRegistry,
    /// The gateway stops.
    Draining,
    /// The audit trail cannot be written.
    Unrecorded,
    /// A fault of the gateway's own.
    Internal,
}

/// Seconds.
const RETRY: &str = "5";

impl Problem {
    /// The name in records and metrics; those of calls where they are the same.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Method(_) => "wrong-method",
            Self::Media => "wrong-media",
            Self::RequestId | Self::Host | Self::Unreadable(_) => "unreadable",
            Self::TooLarge { .. } => "too-large",
            Self::TooSlow => "too-slow",
            Self::Malformed(_) => "malformed-head",
            Self::NotYours => "not-yours",
            Self::Throttled { .. } => "throttled",
            Self::Challenged { .. } => "bad-token",
            Self::Unverifiable => "token-unverifiable",
            Self::Busy => "busy",
            Self::StaleRegistry => "stale-registry",
            Self::Draining => "draining",
            Self::Unrecorded => "unrecorded",
            Self::Internal => "internal",
        }
    }

    /// Status, type (after `urn:problem-type:`) and title.
    const fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Method(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "poortwachter:methodNotAllowed", "Method Not Allowed")
            }
            Self::Media => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "poortwachter:unsupportedMediaType",
                "Unsupported Media Type",
            ),
            Self::RequestId | Self::Host | Self::Malformed(_) | Self::Unreadable(_) => {
                (StatusCode::BAD_REQUEST, "belgif:badRequest", "Bad Request")
            }
            Self::TooLarge { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "belgif:payloadTooLarge", "Payload Too Large")
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "poortwachter:requestTimeout", "Request Timeout"),
            Self::NotYours => (StatusCode::FORBIDDEN, "belgif:missingPermission", "Missing Permission"),
            Self::Throttled { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "belgif:tooManyRequests", "Too Many Requests")
            }
            Self::Challenged { status, .. } => (*status, "belgif:invalidAccessToken", "Invalid Access Token"),
            Self::Busy | Self::StaleRegistry | Self::Draining | Self::Unverifiable | Self::Unrecorded => {
                (StatusCode::SERVICE_UNAVAILABLE, "belgif:serviceUnavailable", "Service Unavailable")
            }
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "belgif:internalServerError", "Internal Server Error")
            }
        }
    }

    /// The status it is answered with.
    pub const fn status(&self) -> StatusCode {
        self.kind().0
    }

    /// The answer.
    pub(super) fn render(&self, language: Language) -> Response<Bytes> {
        let (status, kind, title) = self.kind();
        let detail = self.detail(language);
        let mut problem = json!({
            "type": format!("urn:problem-type:{kind}"), "title": title, "status": status.as_u16(), "detail": detail,
        });
        if let Self::Unreadable(Fault { place, .. }) = self
            && !place.is_empty()
        {
            problem["issues"] = json!([{
                "type": "urn:problem-type:belgif:input-validation:schemaViolation",
                "in": "body", "name": place, "detail": detail,
            }]);
        }
        let mut answer = super::json(status, &problem, "application/problem+json");
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.name()));
        match self {
            Self::Method(allow) => {
                headers.insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            Self::Challenged { header, .. } => {
                headers.insert(header::WWW_AUTHENTICATE, header.clone());
            }
            Self::Busy | Self::StaleRegistry | Self::Draining | Self::Unverifiable | Self::Unrecorded => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY));
            }
            Self::Throttled { wait } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*wait));
            }
            _ => {}
        }
        answer
    }

    fn detail(&self, language: Language) -> String {
        let (nl, en) = match self {
            Self::Unreadable(Fault { place, problem }) => {
                let text = language.of(problem);
                return if place.is_empty() { text.to_owned() } else { format!("{place} {text}") };
            }
            Self::TooLarge { limit } => {
                let text = language.either("de vraag is langer dan", "the request is longer than");
                return format!("{text} {limit} bytes");
            }
            Self::Malformed(what) | Self::Challenged { what, .. } => return (*what).to_owned(),
            Self::Unverifiable => (
                "het token kan tijdelijk niet worden nagegaan; probeer later opnieuw",
                "the token cannot be verified for the moment; try again later",
            ),
            Self::Throttled { wait } => {
                let text = language
                    .either("te veel vragen; probeer opnieuw na", "too many questions; try again after");
                return format!("{text} {wait} s");
            }
            Self::Method(allow) => {
                let text = language.either("hier wordt enkel aanvaard:", "accepted here is only:");
                return format!("{text} {allow}");
            }
            Self::Media => (
                "de vraag moet application/json zijn, in UTF-8 en ongecodeerd",
                "the request must be application/json, in UTF-8 and not coded",
            ),
            Self::RequestId => (
                "X-Request-ID is niet één waarde van 1 tot 128 letters, cijfers en . _ ~ : + / = -, of lijkt een INSZ",
                "X-Request-ID is not one value of 1 to 128 letters, digits and . _ ~ : + / = -, or looks like an INSZ",
            ),
            Self::Host => ("Host is geen host", "Host is no host"),
            Self::TooSlow => {
                ("de vraag kwam niet op tijd volledig toe", "the request was not in, whole, in time")
            }
            Self::NotYours => (
                "enkel de afnemer van wie het certificaat of token is, mag naar zichzelf vragen",
                "only the consumer whose certificate or token it is may ask, about itself",
            ),
            Self::Busy => (
                "te veel gelijktijdige vragen; probeer later opnieuw",
                "too many requests at the same time; try again later",
            ),
            Self::Unrecorded => (
                "de gateway kan tijdelijk niets optekenen; probeer later opnieuw",
                "the gateway cannot keep records for the moment; try again later",
            ),
            Self::StaleRegistry => (
                "de gateway kan tijdelijk niet oordelen; probeer later opnieuw",
                "the gateway cannot judge for the moment; try again later",
            ),
            Self::Draining => ("de gateway stopt; probeer opnieuw", "the gateway is stopping; try again"),
            Self::Internal => ("interne fout van de gateway", "a fault of the gateway's own"),
        };
        language.either(nl, en).to_owned()
    }
}
