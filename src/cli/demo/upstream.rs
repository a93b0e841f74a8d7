//! Plays MAGDA on loopback: hand-made answers about an invented company.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use poortwachter_kernel::peek::soap;

use super::cast::IN_JSON_PATH;

/// Starts it on a free port; gives its URL. It runs as long as the runtime.
pub(super) async fn start() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket));
        }
    });
    Ok(url)
}

async fn serve(socket: TcpStream) {
    // A connection that breaks is the gateway's to notice.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service_fn(answer)).await;
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() != Method::POST {
        return Ok(in_json(request.uri().path()));
    }
    let body =
        request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let (status, text) = match reply(&body) {
        Some(text) => (StatusCode::OK, text),
        None => (StatusCode::INTERNAL_SERVER_ERROR, fault()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/xml; charset=utf-8"));
    Ok(response)
}

/// What this upstream knows of associations.
fn in_json(path: &str) -> Response<Full<Bytes>> {
    let (status, text) = if path == IN_JSON_PATH {
        (StatusCode::OK, include_str!("answers/vereniging.json"))
    } else {
        (StatusCode::NOT_FOUND, "{\"title\":\"Source: the demo knows one association\",\"status\":404}")
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

/// The answer to a question that this upstream knows.
fn reply(question: &[u8]) -> Option<String> {
    let envelope = soap::read(question, &[]).ok()?;
    let template = match envelope.root {
        "GeefOnderneming" => include_str!("answers/GeefOnderneming.xml"),
        "GeefFuncties" => include_str!("answers/GeefFuncties.xml"),
        _ => return None,
    };
    let text = |value: Option<soap::Value<'_>>| {
        let mut buffer = [0; 256];
        value.and_then(|value| value.decode(&mut buffer).map(str::to_owned)).unwrap_or_default()
    };
    let reply = template
        .replace("{identificatie}", &escaped(&text(Some(envelope.sender))))
        .replace("{referte}", &escaped(&text(envelope.reference)))
        .replace("{vraagreferte}", &escaped(&text(envelope.question_reference)));
    Some(reply)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn fault() -> String {
    "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body><soapenv:Fault>\
     <faultcode>Server</faultcode><faultstring>the demo's upstream knows GeefOnderneming and GeefFuncties</faultstring>\
     </soapenv:Fault></soapenv:Body></soapenv:Envelope>"
        .to_owned()
}
