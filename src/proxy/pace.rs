//! How slow a consumer may be: a socket that notices when writing stalls, and a note of when a
//! connection was last busy.
//!
//! hyper's own timer for a request's head also runs while a kept-alive connection is idle; here the two
//! are told apart, so that a head may take seconds and idleness a minute and a half. A call, too, has its
//! time on the connection: over HTTP/2 a consumer can leave an answer unread without any write stalling.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep};

use crate::proxy::credit::{Credit, Terms};

/// How long a connection without a call is kept.
const IDLE: Duration = Duration::from_secs(90);

/// How long things on a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Receiving a head, where one connection carries one call at a time; `None`: not timed.
    pub(super) head: Option<Duration>,
    /// A whole call, until the consumer has read the last of its answer.
    pub(super) call: Duration,
}

/// What happens on one connection.
#[derive(Debug)]
pub(super) struct Activity {
    /// Number and beginning of the calls under way, the oldest first.
    calls: RefCell<VecDeque<(u64, Instant)>>,
    numbers: Cell<u64>,
    idle_since: Cell<Instant>,
    /// When the first byte came of a head that is not whole yet.
    head_since: Cell<Option<Instant>>,
    /// Where many calls share the connection.
    credit: OnceCell<Credit>,
    changed: Notify,
}

impl Activity {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            calls: RefCell::default(),
            numbers: Cell::new(0),
            idle_since: Cell::new(Instant::now()),
            head_since: Cell::new(None),
            credit: OnceCell::new(),
            changed: Notify::new(),
        })
    }

    /// The handshake is over: what came so far was no part of a head, unless something came along behind it.
    pub(super) fn begin(&self, came_along: bool) {
        let now = Instant::now();
        self.head_since.set(came_along.then_some(now));
        self.idle_since.set(now);
    }

    /// From now on what comes must be explained by calls.
    pub(super) fn on_credit(&self, terms: Terms) {
        self.credit.get_or_init(|| Credit::new(terms));
    }

    /// A call begins; it ends when the guard is dropped.
    pub(super) fn call(self: &Rc<Self>) -> Busy {
        let number = self.numbers.get();
        self.numbers.set(number + 1);
        self.calls.borrow_mut().push_back((number, Instant::now()));
        self.head_since.set(None);
        self.credit.get().into_iter().for_each(Credit::call_begins);
        self.changed.notify_one();
        Busy { activity: Rc::clone(self), number }
    }

    /// When the connection has had its time, unless something happens first.
    pub(super) fn ends(&self, patience: Patience) -> Instant {
        if let Some((_, began)) = self.calls.borrow().front() {
            return *began + patience.call;
        }
        let idle = self.idle_since.get() + IDLE;
        let head = patience.head.zip(self.head_since.get()).map(|(within, since)| since + within);
        head.map_or(idle, |head| head.min(idle))
    }

    /// Whether a call is under way, or a head that is not whole.
    pub(super) fn is_under_way(&self) -> bool {
        !self.calls.borrow().is_empty() || self.head_since.get().is_some()
    }

    /// Returns when [`Self::ends`] may have moved forward.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn received(&self, bytes: usize) -> io::Result<()> {
        if self.credit.get().is_some_and(|credit| !credit.covers(bytes)) {
            tracing::warn!(
                "a consumer sends far more over HTTP/2 than its calls explain; its connection is closed"
            );
            return Err(io::Error::other("more was sent than the calls explain"));
        }
        if !self.is_under_way() {
            self.head_since.set(Some(Instant::now()));
            self.changed.notify_one();
        }
        Ok(())
    }

    fn sent(&self, bytes: usize) {
        self.credit.get().into_iter().for_each(|credit| credit.sent(bytes));
    }
}

/// A call under way on a connection.
#[derive(Debug)]
pub(super) struct Busy {
    activity: Rc<Activity>,
    number: u64,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let activity = &self.activity;
        activity.calls.borrow_mut().retain(|(number, _)| *number != self.number);
        let under_way = activity.calls.borrow().len();
        activity.credit.get().into_iter().for_each(|credit| credit.call_ends(under_way));
        activity.idle_since.set(Instant::now());
        activity.changed.notify_one();
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

    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            self.stalled = None;
            self.activity.sent(*written.as_ref().unwrap_or(&0));
            return Poll::Ready(written);
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
        let read = buf.filled().len() - before;
        Poll::Ready(if read > 0 { self.activity.received(read) } else { Ok(()) })
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
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
