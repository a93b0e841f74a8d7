//! Plays MAGDA on loopback, on the canary's own runtime.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use super::message::{Length, Message};

/// A service that serves while [`Upstream::run`] works, and stops when this is dropped.
#[derive(Debug)]
pub(super) struct Upstream {
    runtime: Runtime,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Upstream {
    /// Starts to listen; answers these messages' questions.
    pub(super) fn start(messages: &Arc<[Message]>, lengths: &[Length]) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let (messages, lengths) = (Arc::clone(messages), Arc::from(lengths));
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&messages), Arc::clone(&lengths)));
            }
        });
        Ok(Self { runtime, address })
    }

    /// Does the work, and serves meanwhile.
    pub(super) fn run<W: Future>(&self, work: W) -> W::Output {
        self.runtime.block_on(work)
    }
}

async fn serve(socket: TcpStream, messages: Arc<[Message]>, lengths: Arc<[Length]>) {
    let answer = service_fn(|request| answer(request, &messages, &lengths));
    // A connection that breaks is the gateway's to notice.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await;
}

async fn answer(
    request: Request<Incoming>,
    messages: &[Message],
    lengths: &[Length],
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let question =
        request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let asked = messages.iter().find(|message| message.path == path);
    let text = asked.and_then(|message| message.answer_to(&question, lengths));
    let status = if text.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut response = Response::new(Full::from(text.unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    Ok(response)
}
