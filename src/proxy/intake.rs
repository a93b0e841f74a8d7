//! Reads a request's body whole: what is checked is then byte for byte what is forwarded.

use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::proxy::departure::Fault;

/// The whole body, of at most `limit` bytes, if it is in before `until`. Trailers are left behind.
pub(super) async fn whole(body: Incoming, limit: usize, until: Instant) -> Result<Bytes, Fault> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Fault::TooLarge { limit });
    }
    tokio::time::timeout_at(until, gathered(body, limit)).await.map_err(|_| Fault::TooSlow)?
}

async fn gathered(mut body: Incoming, limit: usize) -> Result<Bytes, Fault> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Fault::BrokenOff)?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > limit {
            return Err(Fault::TooLarge { limit });
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { [first, rest.freeze()].concat().into() })
}
