//! A connection to a receiver, and why an attempt failed.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::app::fetch::{self, Unfetched};
use crate::config::Place;

/// Bytes both ways.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Why a batch did not arrive. Nothing of what was sent is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// A metric's label.
    pub(super) reason: String,
    /// The receiver's status, where it gave one.
    pub(super) status: Option<u16>,
    pub(super) pause: Pause,
}

/// When it is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// Soon, and later each time.
    Growing,
    /// Not before this has passed.
    AtLeast(Duration),
    /// Seldom: somebody has to correct something.
    Longest,
}

impl Failure {
    pub(super) fn soon(reason: &str) -> Self {
        Self { reason: reason.to_owned(), status: None, pause: Pause::Growing }
    }

    pub(super) fn seldom(reason: &str) -> Self {
        Self { pause: Pause::Longest, ..Self::soon(reason) }
    }
}

impl From<Unfetched> for Failure {
    fn from(why: Unfetched) -> Self {
        Self::soon(&why.to_string())
    }
}

/// Connects; the file with the authorities is read anew each time. With `http`, the receiver is told that HTTP is spoken.
pub(super) async fn connect(place: &Place, http: bool) -> Result<Box<dyn Wire>, Failure> {
    let Place { host, port, ca } = place;
    let Some(ca) = ca else {
        let bare = host.trim_matches(['[', ']']);
        let socket = TcpStream::connect((bare, *port)).await.map_err(|_| Unfetched::Unreachable)?;
        return Ok(Box::new(socket));
    };
    let mut tls = fetch::tls(ca).map_err(|_| Unfetched::Authorities)?.client;
    if !http {
        Arc::make_mut(&mut tls).alpn_protocols.clear();
    }
    Ok(Box::new(fetch::secured(host, *port, tls).await?))
}
