//! Takes connections in and hands each to the worker that has the fewest open.
//!
//! Consumers of MAGDA keep few connections for a long time. Were every worker to accept for itself, the
//! kernel's hash could put them all on one core; one acceptor that knows how many each has spreads even
//! four connections over four workers.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use metrics::Gauge;
use tokio::sync::{mpsc, watch};

use crate::proxy::drain::{Phase, reached};
use crate::telemetry::meters::House;

/// A connection that was taken in.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) socket: TcpStream,
    pub(super) place: OnDesk,
}

/// A worker as the acceptor knows it.
#[derive(Debug)]
pub(super) struct Desk {
    sockets: mpsc::UnboundedSender<Admitted>,
    open: Arc<AtomicUsize>,
}

/// One open connection, counted until this is dropped.
#[derive(Debug)]
pub(super) struct OnDesk {
    open: Arc<AtomicUsize>,
    connections: Gauge,
}

impl Desk {
    /// A desk, and where its worker takes connections from.
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Admitted>) {
        let (sockets, incoming) = mpsc::unbounded_channel();
        (Self { sockets, open: Arc::default() }, incoming)
    }

    fn open(&self) -> usize {
        self.open.load(Relaxed)
    }

    fn hand(&self, socket: TcpStream, connections: &Gauge) {
        self.open.fetch_add(1, Relaxed);
        connections.increment(1.0);
        let place = OnDesk { open: Arc::clone(&self.open), connections: connections.clone() };
        // A worker that is gone drops the connection, and with it its place.
        let _ = self.sockets.send(Admitted { socket, place });
    }
}

impl Drop for OnDesk {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Relaxed);
        self.connections.decrement(1.0);
    }
}

/// Binds the listener; port 0 lets the system choose.
pub(super) fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Takes connections in until the gateway drains; then the listener closes.
pub(super) fn run(
    listener: TcpListener,
    desks: &[Desk],
    most: usize,
    house: &House,
    phases: &watch::Receiver<Phase>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut draining = std::pin::pin!(reached(phases, Phase::Draining));
        loop {
            tokio::select! {
                biased;
                () = draining.as_mut() => return Ok(()),
                accepted = listener.accept() => match accepted {
                    Ok((socket, _)) => admit(socket, desks, most, house),
                    Err(error) => rest(&error).await,
                },
            }
        }
    })
}

fn admit(socket: tokio::net::TcpStream, desks: &[Desk], most: usize, house: &House) {
    let open: usize = desks.iter().map(Desk::open).sum();
    let (Ok(socket), Some(desk)) = (socket.into_std(), quietest(desks)) else { return };
    if open < most {
        desk.hand(socket, &house.connections);
    } else {
        house.connections_refused.increment(1);
    }
}

/// The desk with the fewest connections. One whose worker is gone would always be that.
fn quietest(desks: &[Desk]) -> Option<&Desk> {
    desks.iter().filter(|desk| !desk.sockets.is_closed()).min_by_key(|desk| desk.open())
}

/// Without file descriptors left, accepting fails at once, again and again.
async fn rest(error: &std::io::Error) {
    tracing::warn!(%error, "cannot accept a connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_is_gone_is_handed_nothing() {
        let ((gone, end), (busy, _sockets)) = (Desk::new(), Desk::new());
        busy.open.store(7, Relaxed);
        let desks = [gone, busy];
        assert_eq!(quietest(&desks).map(Desk::open), Some(0));
        drop(end);
        assert_eq!(quietest(&desks).map(Desk::open), Some(7));
    }
}
