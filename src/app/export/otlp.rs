//! Posts batches as OTLP/HTTP.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;

use super::courier::Carrier;
use super::link::{self, Failure, Pause};
use crate::audit::reading::Entry;
use crate::clock::Clock;
use crate::config::Otlp;
use crate::export::otlp::{Source, rejected};

/// The longest answer that is read, bytes.
const ANSWER: usize = 64 << 10;
/// The longest `Authorization`, bytes.
const AUTHORIZATION: u64 = 16 << 10;
/// However long a receiver asks to be left alone, it is asked again after that.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

#[derive(Debug)]
pub(super) struct Poster {
    pub(super) settings: Otlp,
    pub(super) source: Source,
    pub(super) clock: Clock,
    /// The connection, while it is open.
    pub(super) sender: Option<http1::SendRequest<Full<Bytes>>>,
}

impl Carrier for Poster {
    async fn carry(&mut self, batch: &[Entry]) -> Result<u64, Failure> {
        // One that breaks off in mid-answer is not used again.
        let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let now = self.clock.now();
        let request = self.request(self.source.request(batch, now))?;
        sender.ready().await.map_err(|_| Failure::soon("broke-off"))?;
        let answer = sender.send_request(request).await.map_err(|_| Failure::soon("broke-off"))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER).collect().await.map_err(|_| Failure::soon("broke-off"));
        judge(head.status, &head.headers, now)?;
        let rejected = rejected(&body?.to_bytes()).unwrap_or(0);
        self.sender = Some(sender);
        Ok(rejected)
    }
}

impl Poster {
    async fn connect(&self) -> Result<http1::SendRequest<Full<Bytes>>, Failure> {
        let stream = link::connect(&self.settings.place, true).await?;
        let made = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = made.map_err(|_| Failure::soon("broke-off"))?;
        // It ends with its sender; what went wrong with it, the sender says.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }

    fn request(&self, body: Vec<u8>) -> Result<Request<Full<Bytes>>, Failure> {
        let Otlp { place, path, authorization, .. } = &self.settings;
        let mut request = Request::post(path.as_str())
            .header(header::HOST, format!("{}:{}", place.host, place.port))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_ENCODING, "identity")
            .header(header::USER_AGENT, concat!("poortwachter/", env!("CARGO_PKG_VERSION")));
        if let Some(file) = authorization {
            let value = secret(file).ok_or_else(|| Failure::soon("authorization-file"))?;
            request = request.header(header::AUTHORIZATION, value);
        }
        request.body(Full::new(body.into())).map_err(|_| Failure::seldom("host-name"))
    }
}

/// Read anew each time, so that it can be replaced; never shown.
fn secret(file: &Path) -> Option<HeaderValue> {
    let mut text = String::new();
    std::fs::File::open(file).ok()?.take(AUTHORIZATION).read_to_string(&mut text).ok()?;
    let mut value = HeaderValue::from_str(text.trim()).ok().filter(|value| !value.is_empty())?;
    value.set_sensitive(true);
    Some(value)
}

/// OTLP/HTTP, "Failures": which statuses are worth another try as they are. The others are tried, too, but seldom: a
/// line is never passed over.
fn judge(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Result<(), Failure> {
    if status.is_success() {
        return Ok(());
    }
    let busy = matches!(status.as_u16(), 429 | 502 | 503 | 504);
    let failure = if busy { Failure::soon("busy") } else { Failure::seldom("refused") };
    let wait = headers.get(header::RETRY_AFTER).filter(|_| busy).and_then(|wait| retry_after(wait, now));
    let pause = wait.map_or(failure.pause, |wait| Pause::AtLeast(wait.min(LONGEST_WAIT)));
    Err(Failure { status: Some(status.as_u16()), pause, ..failure })
}

/// RFC 9110 §10.2.3: seconds, or a date.
fn retry_after(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let value = value.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Duration::try_from(until.duration_since(now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, wait: Option<&'static str>) -> Result<(), Failure> {
        let wait = wait.map(|wait| (header::RETRY_AFTER, HeaderValue::from_static(wait)));
        let now = "2026-11-24T10:00:00Z".parse().expect("a time");
        judge(StatusCode::from_u16(status).expect("a status"), &wait.into_iter().collect(), now)
    }

    #[test]
    fn a_status_says_when_to_try_again_and_none_says_never() {
        assert_eq!(judged(200, None), Ok(()));
        let pause = |status, wait| judged(status, wait).expect_err("a failure").pause;
        assert_eq!(pause(503, None), Pause::Growing);
        assert_eq!(pause(429, Some("7")), Pause::AtLeast(Duration::from_secs(7)));
        assert_eq!(
            pause(503, Some("Tue, 24 Nov 2026 10:00:30 GMT")),
            Pause::AtLeast(Duration::from_secs(30))
        );
        assert_eq!(pause(503, Some("Tue, 24 Nov 2026 09:00:00 GMT")), Pause::Growing);
        assert_eq!(pause(503, Some("999999999")), Pause::AtLeast(LONGEST_WAIT));
        for status in [301, 400, 401, 404, 413, 500] {
            assert_eq!(pause(status, Some("1")), Pause::Longest, "{status}");
        }
    }
}
