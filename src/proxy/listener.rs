//! Takes connections in and hands each to the worker that has the fewest open.
//!
//! Consumers of MAGDA keep few connections for a long time. Were every worker to accept for itself, the
//! kernel's hash could put them all on one core; one acceptor that knows how many each has spreads even
//! four connections over four workers.

use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use metrics::Gauge;
use tokio::sync::{mpsc, watch};

use crate::config::{Door, Gateway};
use crate::proxy::crowd::{Lobby, OfOrigin, Origin, Origins, Stay};
use crate::proxy::drain::{Phase, reached};
use crate::telemetry::meters::House;

/// A connection that was taken in.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) socket: TcpStream,
    pub(super) place: OnDesk,
    /// Until its handshake is done, where the door asks for one.
    pub(super) stay: Option<Stay>,
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
    _of_origin: OfOrigin,
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

    fn hand(&self, socket: TcpStream, connections: &Gauge, of_origin: OfOrigin, stay: Option<Stay>) {
        self.open.fetch_add(1, Relaxed);
        connections.increment(1.0);
        let open = Arc::clone(&self.open);
        let place = OnDesk { open, connections: connections.clone(), _of_origin: of_origin };
        // A worker that is gone drops the connection, and with it its place.
        let _ = self.sockets.send(Admitted { socket, place, stay });
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

/// Who is let in, and handed to whom.
#[derive(Debug)]
pub(super) struct Doorway {
    desks: Vec<Desk>,
    most: usize,
    most_per_origin: Option<NonZeroU32>,
    origins: Origins,
    /// Where consumers are known by a handshake.
    lobby: Option<Lobby>,
    house: Arc<House>,
}

impl Doorway {
    pub(super) fn new(settings: &Gateway, desks: Vec<Desk>, house: Arc<House>) -> Self {
        let limits = &settings.limits;
        let lobby = match settings.listener.door {
            Door::Mutual(_) => Some(Lobby::new(limits.handshakes)),
            Door::Plain { .. } | Door::Behind(_) => None,
        };
        Self {
            desks,
            most: limits.connections,
            most_per_origin: limits.connections_per_address.most(),
            origins: Origins::default(),
            lobby,
            house,
        }
    }

    fn admit(&mut self, socket: tokio::net::TcpStream, from: IpAddr) {
        let open: usize = self.desks.iter().map(Desk::open).sum();
        let (Ok(socket), Some(desk)) = (socket.into_std(), quietest(&self.desks)) else { return };
        if open >= self.most {
            return self.house.connections_refused.increment(1);
        }
        let Some(of_origin) = self.origins.enter(Origin::of(from), self.most_per_origin) else {
            return self.house.connections_refused_by_address.increment(1);
        };
        let stay = self.lobby.as_mut().map(|lobby| {
            let (stay, shown_out) = lobby.enter();
            self.house.handshakes_cut.increment(shown_out.into());
            stay
        });
        desk.hand(socket, &self.house.connections, of_origin, stay);
    }
}

/// Takes connections in until the gateway drains; then the listener closes.
pub(super) fn run(
    listener: TcpListener,
    mut doorway: Doorway,
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
                    Ok((socket, from)) => doorway.admit(socket, from.ip()),
                    Err(error) => rest(&error).await,
                },
            }
        }
    })
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
