//! The operators' listener: metrics, health and questions about access, on loopback by default.
//!
//! Does not know the proxy; whoever assembles the gateway hands over a [`Board`].

mod evaluation;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::authzen::Route;

pub use evaluation::Evaluations;

/// What the page shows.
pub struct Board {
    /// The metrics as Prometheus text.
    pub metrics: Box<dyn Fn() -> String>,
    /// Whether the gateway can take calls; if not, why.
    pub ready: Box<dyn Fn() -> Result<(), &'static str>>,
    /// Questions about access, where they may be asked here.
    pub evaluations: Option<Evaluations>,
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Board")
    }
}

/// Binds the listener; port 0 lets the system choose.
///
/// # Errors
/// The system's own.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Connections at once.
const CONNECTIONS: usize = 32;
/// How long a head may take, and a connection may be idle.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves the board for as long as it is polled.
pub async fn serve(listener: TcpListener, board: Board) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "metrics and health are not served"),
    };
    let board = Rc::new(board);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((socket, _)) => {
                let (board, places) = (Rc::clone(&board), Arc::clone(&places));
                tokio::task::spawn_local(async move {
                    converse(socket, board, places).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn converse(socket: TcpStream, board: Rc<Board>, places: Arc<Semaphore>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (board, places) = (Rc::clone(&board), Arc::clone(&places));
        async move { Ok::<_, Infallible>(respond(&board, &places, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(socket), service);
    // A reader that goes away is no event.
    let _ = connection.await;
}

async fn respond(board: &Board, places: &Semaphore, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let asked = board.evaluations.as_ref().zip(Route::of(request.uri()));
    let Some((evaluations, route)) = asked else {
        return answer(board, request.method(), request.uri().path());
    };
    let mut answer = evaluations.answer(route, request).await;
    // Kept connections that only ask must not take the places of those that watch.
    if places.available_permits() < CONNECTIONS / 2 {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer.map(Full::new)
}

fn answer(board: &Board, method: &Method, path: &str) -> Response<Full<Bytes>> {
    if method != Method::GET && method != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned());
    }
    match path {
        "/metrics" => {
            let mut page = text(StatusCode::OK, (board.metrics)());
            let prometheus = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            page.headers_mut().insert(header::CONTENT_TYPE, prometheus);
            page
        }
        "/livez" => text(StatusCode::OK, "alive\n".to_owned()),
        "/readyz" => match (board.ready)() {
            Ok(()) => text(StatusCode::OK, "ready\n".to_owned()),
            Err(why) => text(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
        },
        _ => text(
            StatusCode::NOT_FOUND,
            "there are /metrics, /livez, /readyz and, where it is on, /access/v1/evaluation\n".to_owned(),
        ),
    }
}

fn text(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, plain);
    answer
}
