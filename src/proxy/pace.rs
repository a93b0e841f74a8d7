//! How slow a consumer may be: a socket that notices when writing stalls, and a note of when a
//! connection was last busy.
//!
//! hyper's own timer for a request's head also runs while a kept-alive connection is idle; here the two
//! are told apart, so that a head may take seconds and idleness a minute and a half.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep};

/// How long a connection without a call is kept.
pub(super) const IDLE: Duration = Duration::from_secs(90);

/// What happens on one connection.
#[derive(Debug)]
pub(super) struct Activity {
    calls: Cell<usize>,
    idle_since: Cell<Instant>,
    /// When the first byte came of a head that is not whole yet.
    head_since: Cell<Option<Instant>>,
    changed: Notify,
}

impl Activity {
    pub(super) fn new() -> Rc<Self> {
        let now = Instant::now();
        Rc::new(Self {
            calls: Cell::new(0),
            idle_since: Cell::new(now),
            head_since: Cell::new(None),
            changed: Notify::new(),
        })
    }

    /// A call begins; it ends when the guard is dropped.
    pub(super) fn call(self: &Rc<Self>) -> Busy {
        self.calls.set(self.calls.get() + 1);
        self.head_since.set(None);
        Busy(Rc::clone(self))
    }

    /// When the connection has had its time, unless something happens first; `None` while it is busy.
    /// A head is only timed where one connection carries one call at a time.
    pub(super) fn ends(&self, head: Option<Duration>) -> Option<Instant> {
        if self.calls.get() > 0 {
            return None;
        }
        let idle = self.idle_since.get() + IDLE;
        let head = head.zip(self.head_since.get()).map(|(within, since)| since + within);
        Some(head.map_or(idle, |head| head.min(idle)))
    }

    /// The handshake is over: what came so far was no part of a head.
    pub(super) fn begin(&self) {
        self.head_since.set(None);
        self.idle_since.set(Instant::now());
    }

    /// Whether a head has begun to arrive and is not whole.
    pub(super) fn is_in_head(&self) -> bool {
        self.calls.get() == 0 && self.head_since.get().is_some()
    }

    /// Returns when [`Self::ends`] may have moved forward.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn received(&self) {
        if self.calls.get() == 0 && self.head_since.get().is_none() {
            self.head_since.set(Some(Instant::now()));
            self.changed.notify_one();
        }
    }
}

/// A call under way on a connection.
#[derive(Debug)]
pub(super) struct Busy(Rc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.calls.set(self.0.calls.get() - 1);
        self.0.idle_since.set(Instant::now());
        self.0.changed.notify_one();
    }
}

/// A consumer's socket.
#[derive(Debug)]
pub(super) struct Paced {
    socket: TcpStream,
    activity: Rc<Activity>,
    patience: Duration,
    /// Runs while a write waits for the consumer to read.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    pub(super) fn new(socket: TcpStream, activity: Rc<Activity>, patience: Duration) -> Self {
        Self { socket, activity, patience, stalled: None }
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the consumer does not read its answer")))
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.activity.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        self.watch(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.socket).poll_shutdown(cx);
        self.watch(cx, shut)
    }
}
