//! Fetches one small document over https: one connection, one answer, within a deadline and a bound.
//!
//! Redirections are not followed: who may name the issuer's keys is configured, and no answer changes it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::UpstreamTls;
use crate::proxy::tls::{Outward, TlsError};

/// A document, and how long its sender lets it be used (`Cache-Control: max-age`), where it says so.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) text: Bytes,
    pub(super) max_age: Option<Duration>,
}

/// Why there is none. Shown, it is a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfetched {
    #[error("authorities")]
    Authorities,
    #[error("host-name")]
    HostName,
    #[error("unreachable")]
    Unreachable,
    #[error("tls")]
    Tls,
    #[error("broke-off")]
    BrokeOff,
    #[error("redirected")]
    Redirected,
    #[error("status")]
    Status,
    #[error("coded")]
    Coded,
    #[error("too-long")]
    TooLong,
    #[error("too-slow")]
    TooSlow,
}

/// The longest document that is read, bytes: a few dozen keys with their certificates.
pub(super) const LONGEST: usize = 256 << 10;

/// Fetches `path` from `host`, for which the authorities in `ca` vouch. The file is read anew each time, so that it can
/// be replaced.
pub(super) async fn get(
    host: &str,
    port: u16,
    path: &str,
    ca: &Path,
    within: Duration,
) -> Result<Fetched, Unfetched> {
    let tls = Arc::clone(&tls(ca).map_err(|_| Unfetched::Authorities)?.client);
    tokio::time::timeout(within, exchange(host, port, path, tls)).await.unwrap_or(Err(Unfetched::TooSlow))
}

/// TLS towards a host that one of the authorities in `ca` vouches for.
pub(super) fn tls(ca: &Path) -> Result<Outward, TlsError> {
    Outward::load(&UpstreamTls { ca: ca.to_owned(), identity: None })
}

/// Connects over TLS.
pub(super) async fn secured(
    host: &str,
    port: u16,
    tls: Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, Unfetched> {
    let bare = host.trim_matches(['[', ']']);
    let name = ServerName::try_from(bare.to_owned()).map_err(|_| Unfetched::HostName)?;
    let socket = TcpStream::connect((bare, port)).await.map_err(|_| Unfetched::Unreachable)?;
    TlsConnector::from(tls).connect(name, socket).await.map_err(|_| Unfetched::Tls)
}

async fn exchange(host: &str, port: u16, path: &str, tls: Arc<ClientConfig>) -> Result<Fetched, Unfetched> {
    let stream = secured(host, port, tls).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|_| Unfetched::BrokeOff)?;
    let request = Request::get(path)
        .header(header::HOST, if port == 443 { host.to_owned() } else { format!("{host}:{port}") })
        .header(header::ACCEPT, "application/jwk-set+json, application/json")
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::USER_AGENT, "poortwachter")
        .body(Empty::<Bytes>::new())
        .map_err(|_| Unfetched::HostName)?;
    let answered = async {
        let (head, body) = sender.send_request(request).await.map_err(|_| Unfetched::BrokeOff)?.into_parts();
        is_plain(head.status, &head.headers)?;
        let body = Limited::new(body, LONGEST).collect().await.map_err(|error| {
            let too_long = error.is::<http_body_util::LengthLimitError>();
            if too_long { Unfetched::TooLong } else { Unfetched::BrokeOff }
        })?;
        Ok(Fetched { text: body.to_bytes(), max_age: max_age(&head.headers) })
    };
    // The connection is worked on for as long as the answer takes, and closed with it.
    tokio::pin!(answered);
    tokio::select! {
        biased;
        fetched = &mut answered => fetched,
        _ = connection => answered.await,
    }
}

fn is_plain(status: StatusCode, headers: &HeaderMap) -> Result<(), Unfetched> {
    match status {
        StatusCode::OK if headers.contains_key(header::CONTENT_ENCODING) => Err(Unfetched::Coded),
        StatusCode::OK => Ok(()),
        status if status.is_redirection() => Err(Unfetched::Redirected),
        _ => Err(Unfetched::Status),
    }
}

/// RFC 9111 §5.2.2: the least `max-age` that is written; none to be used at all is zero.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives = values.flat_map(|value| value.split(',')).map(|one| one.trim().to_ascii_lowercase());
    let seconds = directives.filter_map(|directive| match directive.as_str() {
        "no-store" | "no-cache" => Some(0),
        other => other.strip_prefix("max-age=").and_then(|written| written.trim_matches('"').parse().ok()),
    });
    seconds.min().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_least_age_counts() {
        let of = |value| {
            max_age(&HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static(value))]))
        };
        assert_eq!(of("public, Max-Age=90, must-revalidate"), Some(Duration::from_secs(90)));
        assert_eq!(of("max-age=300, max-age=\"50\""), Some(Duration::from_secs(50)));
        assert_eq!(of("max-age=300, no-cache"), Some(Duration::ZERO));
        assert_eq!(of("s-maxage=3, max-age=x"), None);
        assert_eq!(max_age(&HeaderMap::new()), None);
    }
}
