//! How many may stand at the door: connections from one address, and strangers who have not said yet who they are.
//!
//! Both are kept by the acceptor, before a byte is read. A handshake takes a consumer milliseconds and an attacker as
//! long as it is given; so when too many are waiting, the one that has waited longest is shown out, not the newcomer.

use std::collections::VecDeque;
use std::future::pending;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio::sync::oneshot;

/// Where a connection comes from, as far as that is one party's: an IPv4 address, or an IPv6 network of 64 bits, which
/// is what one subscriber gets (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin(IpAddr);

impl Origin {
    pub(super) fn of(address: IpAddr) -> Self {
        let IpAddr::V6(address) = address.to_canonical() else { return Self(address.to_canonical()) };
        let [a, b, c, d, ..] = address.segments();
        Self(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
    }
}

/// The open connections of each origin.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    open: Arc<DashMap<Origin, u32>>,
}

/// One open connection of an origin, until it is dropped.
#[derive(Debug)]
pub(super) struct OfOrigin {
    open: Arc<DashMap<Origin, u32>>,
    origin: Origin,
}

impl Origins {
    /// A place for one more connection, unless there are `most` already.
    pub(super) fn enter(&self, origin: Origin, most: Option<NonZeroU32>) -> Option<OfOrigin> {
        let mut open = self.open.entry(origin).or_default();
        if most.is_some_and(|most| *open >= most.get()) {
            return None;
        }
        *open += 1;
        Some(OfOrigin { open: Arc::clone(&self.open), origin })
    }
}

impl Drop for OfOrigin {
    fn drop(&mut self) {
        let Entry::Occupied(mut open) = self.open.entry(self.origin) else { return };
        *open.get_mut() -= 1;
        if *open.get() == 0 {
            open.remove();
        }
    }
}

/// Who has not finished the handshake, the longest there first.
#[derive(Debug)]
pub(super) struct Lobby {
    most: usize,
    waiting: VecDeque<oneshot::Sender<()>>,
}

/// A stranger's stay in the lobby; dropped, it is over.
#[derive(Debug)]
pub(super) struct Stay(oneshot::Receiver<()>);

impl Lobby {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), waiting: VecDeque::new() }
    }

    /// Lets a stranger in; says whether another had to go for it.
    pub(super) fn enter(&mut self) -> (Stay, bool) {
        if self.waiting.len() >= self.most {
            self.waiting.retain(|waiting| !waiting.is_closed());
        }
        let oldest = if self.waiting.len() >= self.most { self.waiting.pop_front() } else { None };
        // One that finished in this very moment is nobody that went.
        let shown_out = oldest.is_some_and(|oldest| oldest.send(()).is_ok());
        let (keep, stay) = oneshot::channel();
        self.waiting.push_back(keep);
        (Stay(stay), shown_out)
    }
}

impl Stay {
    /// Returns when the stranger has to go. An acceptor that has ended sends nobody away.
    pub(super) async fn over(self) {
        if self.0.await.is_err() {
            pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(written: &str) -> Origin {
        Origin::of(written.parse().unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)))
    }

    #[test]
    fn an_origin_is_an_address_or_a_network_of_64_bits() {
        assert_eq!(origin("2001:db8:1:2:3::4"), origin("2001:db8:1:2:ffff::1"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_ne!(origin("192.0.2.1"), origin("192.0.2.2"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"), "the same host on a dual-stack socket");
    }

    #[test]
    fn origins_are_counted_apart_and_forgotten_with_their_last_connection() {
        let (origins, two) = (Origins::default(), NonZeroU32::new(2));
        let first = origins.enter(origin("192.0.2.1"), two);
        let second = origins.enter(origin("192.0.2.1"), two);
        assert!(first.is_some() && second.is_some());
        assert!(origins.enter(origin("192.0.2.1"), two).is_none());
        assert!(origins.enter(origin("192.0.2.2"), two).is_some());
        drop(first);
        assert!(origins.enter(origin("192.0.2.1"), two).is_some());
        drop(second);
        assert!(origins.open.is_empty());
    }

    #[test]
    fn the_longest_waiting_makes_room_and_those_who_came_in_are_none() {
        let mut lobby = Lobby::new(2);
        let ((mut first, _), (second, _)) = (lobby.enter(), lobby.enter());
        drop(second);
        let (mut third, shown_out) = lobby.enter();
        assert!(!shown_out, "the second is through");
        let (_fourth, shown_out) = lobby.enter();
        assert!(shown_out && first.0.try_recv().is_ok() && third.0.try_recv().is_err());
    }
}
