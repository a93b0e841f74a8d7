//! The client towards the service behind the gateway. It sends nothing without a [`Clearance`].
//!
//! HTTP/1.1, over TLS where configured. Connections are kept per worker and consumer and used again, the last
//! one returned first: an upstream that loses count of its answers cannot give one consumer another's. One made with an identity or authorities that
//! have been replaced carries no further call. When a kept one turns out to be closed before the request was written to it, the
//! request goes out once more on a fresh one; a request that may have arrived is never repeated.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use crate::audit::{Clearance, Draft};
use crate::config;
use crate::proxy::departure::{Departure, NOT_HTTP, Trouble};
use crate::proxy::drain::Until;
use crate::proxy::latest::Latest;
use crate::proxy::tls::Outward;
use crate::proxy::{head, rest, trace};

/// A connection to the upstream; it ends when this is dropped, whatever was still under way on it.
#[derive(Debug)]
struct Line {
    requests: SendRequest<Full<Bytes>>,
    /// The id of the consumer whose calls it carries.
    owner: String,
    /// The generation of the upstream's files it was made with.
    generation: u64,
    work: AbortHandle,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.work.abort();
    }
}

/// One worker's connections to the upstream.
#[derive(Debug)]
pub(super) struct Upstream {
    target: Rc<Target>,
    kept: Rc<RefCell<Vec<Kept>>>,
}

/// Where calls go, and how.
#[derive(Debug)]
pub(super) struct Target {
    settings: config::Upstream,
    tls: Option<Latest<Outward>>,
    name: ServerName<'static>,
    host: HeaderValue,
}

/// A connection that waits for the next call.
#[derive(Debug)]
struct Kept {
    line: Line,
    since: Instant,
}

/// An answer that has begun to arrive, for a call that was cleared.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) clearance: Clearance,
    pub(super) response: Response<Incoming>,
    pub(super) lease: Lease,
}

/// A cleared call to which no answer came. The clearance is handed back for its record.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) trouble: Trouble,
    pub(super) clearance: Clearance,
}

impl Failed {
    /// Gives the record back to its draft, to be closed with the trouble.
    pub(super) fn back(self, draft: &mut Draft) -> Departure {
        draft.reclaim(self.clearance);
        self.trouble.into()
    }
}

/// The connection an answer arrives on; given back when the answer has been read to its end.
#[derive(Debug)]
pub(super) struct Lease {
    line: Line,
    kept: Rc<RefCell<Vec<Kept>>>,
}

/// Why the upstream's name cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("upstream host `{host}` is neither a host name nor an address")]
pub struct NoHost {
    host: String,
}

impl Target {
    pub(super) fn new(
        settings: config::Upstream,
        tls: Option<watch::Receiver<Arc<Outward>>>,
    ) -> Result<Self, NoHost> {
        let no_host = || NoHost { host: settings.host.clone() };
        let bare = settings.host.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(bare).map_err(|_| no_host())?;
        let usual = if tls.is_some() { 443 } else { 80 };
        let colon = if settings.host.contains(':') && !settings.host.starts_with('[') {
            format!("[{}]", settings.host)
        } else {
            settings.host.clone()
        };
        let host = if settings.port == usual { colon } else { format!("{colon}:{}", settings.port) };
        let host = HeaderValue::from_str(&host).map_err(|_| no_host())?;
        Ok(Self { settings, tls: tls.map(Latest::new), name, host })
    }
}

impl Upstream {
    pub(super) fn new(target: Target) -> Self {
        Self { target: Rc::new(target), kept: Rc::default() }
    }

    /// Sends a cleared call, and returns when its answer begins to arrive.
    pub(super) async fn send(
        &self,
        clearance: Clearance,
        parts: Parts,
        body: Bytes,
        until: &Until,
    ) -> Result<Arrived, Failed> {
        let owner = &clearance.snapshot().consumer(clearance.permit().call().consumer).id;
        let exchanged = match self.target.request(&clearance, parts, body) {
            Ok(request) => until.within(self.exchange(owner, request)).await.flatten(),
            Err(trouble) => Err(trouble),
        };
        match exchanged {
            Ok((response, lease)) => Ok(Arrived { clearance, response, lease }),
            Err(trouble) => Err(Failed { trouble, clearance }),
        }
    }

    /// Closes the connections that have waited too long, or were made with files that no longer serve.
    pub(super) fn tidy(&self) {
        let (idle, generation) = (self.target.settings.idle, self.target.generation());
        self.kept.borrow_mut().retain(|kept| {
            kept.since.elapsed() < idle
                && kept.line.generation == generation
                && !kept.line.requests.is_closed()
        });
    }

    async fn exchange(
        &self,
        owner: &str,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Lease), Trouble> {
        if let Some(mut line) = self.kept_line(owner).await {
            match line.requests.try_send_request(request).await {
                Ok(response) => return Ok((response, self.lease(line))),
                Err(mut unsent) => match unsent.take_message() {
                    Some(again) => request = again,
                    None => return Err(trouble(&unsent.into_error())),
                },
            }
        }
        let mut line = self.fresh_line(owner).await?;
        let response = line.requests.send_request(request).await.map_err(|error| trouble(&error))?;
        Ok((response, self.lease(line)))
    }

    /// The consumer's connection used last that is still open.
    async fn kept_line(&self, owner: &str) -> Option<Line> {
        self.tidy();
        if self.kept.borrow().is_empty() {
            return None;
        }
        // Lets the connections notice first what has already arrived, such as that the upstream closed them:
        // a request written to one of those is lost, and may not be repeated.
        tokio::task::yield_now().await;
        loop {
            let mut line = self.take(owner)?;
            let ready = tokio::time::timeout(READY, line.requests.ready()).await;
            if ready.is_ok_and(|ready| ready.is_ok()) {
                return Some(line);
            }
        }
    }

    async fn fresh_line(&self, owner: &str) -> Result<Line, Trouble> {
        // Boxed: a TLS handshake under way is large, and most calls find a connection.
        let connecting = Box::pin(self.target.connect(owner));
        tokio::time::timeout(self.target.settings.connect, connecting)
            .await
            .unwrap_or(Err(Trouble::Unreachable("connect-timeout")))
    }

    fn take(&self, owner: &str) -> Option<Line> {
        let mut kept = self.kept.borrow_mut();
        let at = kept.iter().rposition(|kept| kept.line.owner == owner)?;
        Some(kept.remove(at).line)
    }

    fn lease(&self, line: Line) -> Lease {
        Lease { line, kept: Rc::clone(&self.kept) }
    }
}

impl Target {
    /// A cleared call as it goes out.
    fn request(
        &self,
        clearance: &Clearance,
        parts: Parts,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Trouble> {
        let place = self.place(&parts.uri)?;
        let accept = rest::accept(clearance, &parts.headers);
        let told = trace::Told::of(clearance, &parts.headers);
        let mut request = head::onward(parts, place, &self.host, clearance.trace(), Full::new(body));
        told.tell(request.headers_mut());
        if let Some(accept) = accept {
            request.headers_mut().insert(header::ACCEPT, accept);
        }
        Ok(request)
    }

    /// Where a call to this target goes: below the base path. What was matched is what is forwarded.
    fn place(&self, target: &Uri) -> Result<Uri, Trouble> {
        let target = target.path_and_query().ok_or(Trouble::Internal)?;
        let place = [self.settings.base.as_str(), target.as_str()].concat();
        place.parse().map_err(|_| Trouble::Internal)
    }

    /// The generation of the upstream's files in service; 0 where it has none.
    fn generation(&self) -> u64 {
        self.tls.as_ref().map_or(0, |tls| tls.get().generation)
    }

    async fn connect(&self, owner: &str) -> Result<Line, Trouble> {
        let address = (self.settings.host.trim_matches(['[', ']']), self.settings.port);
        let socket = TcpStream::connect(address).await.map_err(|_| Trouble::Unreachable("connect"))?;
        let _ = socket.set_nodelay(true);
        let Some(tls) = &self.tls else { return begin(socket, owner, 0).await };
        let tls = tls.get();
        let connector = TlsConnector::from(Arc::clone(&tls.client));
        let secured = connector.connect(self.name.clone(), socket).await;
        begin(secured.map_err(|_| Trouble::Unreachable("tls"))?, owner, tls.generation).await
    }
}

/// Starts HTTP on a connection and leaves it running on its own.
async fn begin<S>(stream: S, owner: &str, generation: u64) -> Result<Line, Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (requests, connection) = http1::Builder::new()
        .max_buf_size(READ)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Trouble::Unreachable("connect"))?;
    // How it ends is seen by whoever waits for an answer on it.
    let work = tokio::task::spawn_local(async move { drop(connection.await) });
    Ok(Line { requests, owner: owner.to_owned(), generation, work: work.abort_handle() })
}

/// What is read from the upstream at once at most, and its longest head.
const READ: usize = 128 * 1024;

/// Connections a worker keeps at most.
const KEPT: usize = 64;
/// How long a kept connection may take to be ready: it is at once, unless the upstream answered without having
/// read the last request to its end.
const READY: Duration = Duration::from_millis(100);

impl Lease {
    /// Keeps the connection for the consumer's next call, in the place of the one unused for longest where
    /// there are too many.
    pub(super) fn give_back(self) {
        if self.line.requests.is_closed() {
            return;
        }
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Kept { line: self.line, since: Instant::now() });
    }
}

fn trouble(error: &hyper::Error) -> Trouble {
    if error.is_parse() { Trouble::Withheld(NOT_HTTP) } else { Trouble::BrokenOff }
}
