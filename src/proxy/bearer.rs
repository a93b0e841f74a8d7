//! The token of a call: where it may stand (RFC 6750 §2.1), what is answered when it is wrong (§3), and how long a
//! call waits for the issuer's keys.
//!
//! Deliberately not here: what makes a token good (`identity`), fetching keys (`app`), whose it is (`credentials`).

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::request::Parts;
use tokio::sync::{Notify, watch};

use crate::identity::token::{Flaw, Unverified};
use crate::identity::{Keyring, Token, Tokens};
use crate::proxy::credentials;
use crate::proxy::departure::{Departure, Fault, Trouble};
use crate::proxy::drain::Until;
use crate::proxy::peer::Peer;
use crate::proxy::worker::Worker;
use crate::telemetry::TokenMeters;

/// What verifying tokens takes; all workers share it.
#[derive(Clone, Debug)]
pub struct Verification {
    /// Verifies and remembers.
    pub tokens: Arc<Tokens>,
    /// The issuer's keys, whole, whenever their source was looked at.
    pub rings: watch::Receiver<Arc<Keyring>>,
    /// Asks for a look at their source.
    pub wanted: Arc<Notify>,
    /// Counts.
    pub meters: Arc<TokenMeters>,
    /// Whether `Authorization` goes on to the upstream.
    pub forward: bool,
    /// The least time between two looks.
    pub refetch: Duration,
    /// How long a call waits for one.
    pub wait: Duration,
}

/// Why a call must say anew who it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Neither a certificate nor a token came.
    Nobody,
    /// A token where none may be, or not as it must be sent; says how.
    Misplaced(&'static str),
    /// The token is wrong.
    Wrong(Flaw),
}

impl Challenge {
    /// `WWW-Authenticate` (RFC 6750 §3): with an error only where there was a token.
    pub(super) fn header(self) -> HeaderValue {
        let text = match self {
            Self::Nobody => "Bearer realm=\"poortwachter\"".to_owned(),
            Self::Misplaced(what) => challenge("invalid_request", what),
            Self::Wrong(flaw) => challenge("invalid_token", flaw.description()),
        };
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer"))
    }

    /// What is wrong, for people.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Nobody => "send a client certificate, or Authorization: Bearer",
            Self::Misplaced(what) => what,
            Self::Wrong(flaw) => flaw.description(),
        }
    }
}

fn challenge(error: &str, description: &str) -> String {
    format!("Bearer realm=\"poortwachter\", error=\"{error}\", error_description=\"{description}\"")
}

impl From<Challenge> for Departure {
    fn from(challenge: Challenge) -> Self {
        Fault::Challenged(challenge).into()
    }
}

/// The token that a head carries, if any; other schemes than `Bearer` are none of ours.
///
/// # Errors
/// [`Challenge::Misplaced`]: two of them, an empty one, or one in the query, where every log on the way has read it.
pub fn presented(parts: &Parts) -> Result<Option<&[u8]>, Challenge> {
    let names_token = |pair: &str| pair.split('=').next() == Some("access_token");
    if parts.uri.query().is_some_and(|query| query.split('&').any(names_token)) {
        return Err(Challenge::Misplaced(
            "a token in the query is not accepted; send it as Authorization: Bearer",
        ));
    }
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), more) = (values.next(), values.next()) else { return Ok(None) };
    if more.is_some() {
        return Err(Challenge::Misplaced("there is more than one Authorization header"));
    }
    let value = value.as_bytes().trim_ascii();
    let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
    let (scheme, token) = (&value[..end], value[end..].trim_ascii());
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    if token.is_empty() {
        return Err(Challenge::Misplaced("there is no token behind Bearer"));
    }
    Ok(Some(token))
}

/// Takes `Authorization` out of a head, where tokens are read here and not to be passed on.
pub(super) fn keep_here(worker: &Worker, parts: &mut Parts) {
    if worker.bearers().is_some_and(|bearers| !bearers.shared.forward) {
        parts.headers.remove(header::AUTHORIZATION);
    }
}

/// The verified token of a call, bound to its connection where it is bound. What comes without any word of who asks
/// goes no further. Where tokens are not configured, nothing of the head is looked at.
pub(super) async fn of_call(
    worker: &Worker,
    peer: &Peer,
    parts: &Parts,
    until: &Until,
) -> Result<Option<Arc<Token>>, Departure> {
    let Some(bearers) = worker.bearers() else { return Ok(None) };
    let misplaced = |_: &Challenge| bearers.shared.meters.count_wrong("misplaced");
    let token = match presented(parts).inspect_err(misplaced)? {
        None if peer.is_unnamed() => return Err(Challenge::Nobody.into()),
        None => None,
        Some(written) => {
            let now = worker.clock().now();
            let token = bearers.verified(written, now.as_second(), until).await?;
            let shown = peer.certificate(worker, &parts.headers);
            let certificate = shown.as_ref().ok().and_then(Option::as_deref);
            if credentials::is_bound_elsewhere(&token, certificate) {
                if let Err(why) = shown {
                    peer.doubt(worker, why);
                }
                return Err(bearers.wrong(Flaw::Binding));
            }
            Some(token)
        }
    };
    Ok(token)
}

/// One worker's view of the keys.
#[derive(Debug)]
pub(super) struct Bearers {
    shared: Verification,
    current: RefCell<(watch::Receiver<Arc<Keyring>>, Arc<Keyring>)>,
    waiting: Cell<usize>,
}

/// Calls of one worker that may wait for keys at once: tokens with made-up key names must not take all places.
const MOST_WAITING: usize = 32;

impl Bearers {
    pub(super) fn new(shared: Verification) -> Self {
        let mut rings = shared.rings.clone();
        let ring = rings.borrow_and_update().clone();
        Self { shared, current: RefCell::new((rings, ring)), waiting: Cell::new(0) }
    }

    /// The token, verified now or before.
    async fn verified(&self, written: &[u8], now: i64, until: &Until) -> Result<Arc<Token>, Departure> {
        let Verification { tokens, meters, .. } = &self.shared;
        let ring = self.ring();
        if let Some(token) = tokens.recall(written, &ring, now) {
            meters.remembered.increment(1);
            return Ok(token);
        }
        let mut verified = tokens.verify(written, &ring, now);
        let mut reached = ring.reached == Some(true);
        if let Err(Unverified::UnknownKey | Unverified::NoKeys) = verified
            && self.may_ask(&ring)
        {
            let newer = until.within(self.newer()).await?;
            reached = newer.as_ref().is_some_and(|ring| ring.reached == Some(true));
            if let Some(ring) = newer {
                verified = tokens.verify(written, &ring, now);
            }
        }
        match verified {
            Ok(token) => {
                meters.verified.increment(1);
                Ok(token)
            }
            Err(Unverified::Wrong(flaw)) => Err(self.wrong(flaw)),
            // The issuer was just asked, and knows no such key.
            Err(Unverified::UnknownKey) if reached => Err(self.wrong(Flaw::Key)),
            Err(Unverified::UnknownKey | Unverified::NoKeys) => {
                meters.unverifiable.increment(1);
                Err(Trouble::TokenUnverifiable.into())
            }
        }
    }

    fn wrong(&self, flaw: Flaw) -> Departure {
        self.shared.meters.count_wrong(flaw.name());
        Challenge::Wrong(flaw).into()
    }

    fn ring(&self) -> Arc<Keyring> {
        let (rings, ring) = &mut *self.current.borrow_mut();
        if rings.has_changed().unwrap_or(false) {
            *ring = rings.borrow_and_update().clone();
        }
        Arc::clone(ring)
    }

    /// Whether a look at the keys' source is due for a token they do not verify, and there is room to wait for it.
    fn may_ask(&self, ring: &Keyring) -> bool {
        let due = ring.looked.is_none_or(|looked| looked.elapsed() >= self.shared.refetch);
        due && self.waiting.get() < MOST_WAITING
    }

    /// The keys after the next look, if it is done in time. However many wait, it is one look.
    async fn newer(&self) -> Option<Arc<Keyring>> {
        let _waits = Waits::among(&self.waiting);
        let mut rings = self.current.borrow().0.clone();
        self.shared.wanted.notify_one();
        let looked = tokio::time::timeout(self.shared.wait, rings.changed()).await;
        looked.is_ok_and(|seen| seen.is_ok()).then(|| self.ring())
    }
}

/// One call that waits, until this is dropped: be it because its consumer went away.
struct Waits<'a>(&'a Cell<usize>);

impl<'a> Waits<'a> {
    fn among(waiting: &'a Cell<usize>) -> Self {
        waiting.set(waiting.get() + 1);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
