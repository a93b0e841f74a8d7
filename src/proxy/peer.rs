//! Who is at the other end of a connection, asked call by call.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use http::HeaderMap;
use poortwachter_kernel::vocab::ConsumerIx;

use crate::audit::Means;
use crate::identity::{Certificate, Principal, Token};
use crate::proxy::credentials::{self, Unproven};
use crate::proxy::shown::Shown;
use crate::proxy::tls::Distrust;
use crate::proxy::verdict::Reason;
use crate::proxy::worker::Worker;
use crate::registry::Snapshot;

/// Who is at the other end.
#[derive(Debug)]
pub(super) struct Peer {
    principal: Principal,
    /// The certificate that TLS verified.
    shown: Option<Shown>,
    /// SHA-256 of the certificates of which was said that nobody in the registry has them.
    said: RefCell<Vec<[u8; 32]>>,
    /// What was said last of a certificate that does not stand.
    doubted: Cell<Option<Distrust>>,
    /// Its own certificate does not stand any more: a new connection is needed, with a new one.
    pub(super) spent: Cell<bool>,
}

/// Strangers' certificates that are named in the log, per connection. A hop's connection carries many consumers.
const STRANGERS: usize = 16;

impl Peer {
    pub(super) fn new(principal: Principal, shown: Option<Shown>) -> Rc<Self> {
        let (said, doubted, spent) = (RefCell::default(), Cell::new(None), Cell::new(false));
        Rc::new(Self { principal, shown, said, doubted, spent })
    }

    /// The certificate that whoever makes a call is known by; `None` where the door stands for one consumer, and where none was shown. Asked
    /// per call, as connections may be kept, and sessions resumed, for as long as a consumer likes.
    ///
    /// # Errors
    /// Why it is not to be relied on. From a hop that says nothing there is none either: a hop is nobody.
    pub(super) fn certificate(
        &self,
        worker: &Worker,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<Certificate>>, Distrust> {
        if let Principal::Door { .. } | Principal::Unnamed = self.principal {
            return Ok(None);
        }
        let inward = worker.inward().ok_or(Distrust::Unverified)?;
        let now = worker.clock().now().as_second();
        if let Some(shown) = &self.shown {
            shown.stands(&inward, now).inspect_err(|_| self.spent.set(true))?;
        }
        match (&self.principal, &worker.settings().listener.hop) {
            (Principal::Holder(certificate), _) => Ok(Some(Arc::clone(certificate))),
            (Principal::Hop, Some(hop)) => {
                worker.forwarded().certificate(hop.header, headers, &inward, now).map(Some)
            }
            (Principal::Hop | Principal::Door { .. } | Principal::Unnamed, _) => Err(Distrust::NotForwarded),
        }
    }

    /// The consumer that goes by the certificate, if any. Asked per call, so that a revocation bites on open connections. The
    /// first time there is none, the log says what to copy into the registry.
    ///
    /// # Errors
    /// Why the certificate is not to be relied on.
    pub(super) fn consumer(
        &self,
        worker: &Worker,
        headers: &HeaderMap,
        snapshot: &Snapshot,
    ) -> Result<Option<ConsumerIx>, Distrust> {
        let Some(certificate) = self.certificate(worker, headers)? else {
            let Principal::Door { consumer } = &self.principal else { return Ok(None) };
            return Ok(snapshot.consumer_with_id(consumer));
        };
        let consumer = snapshot.consumer_with_certificate(&certificate)?;
        match consumer {
            Some(consumer) => worker.expiries().tell(worker.house(), snapshot, consumer, &certificate),
            None => self.say_stranger(&certificate),
        }
        Ok(consumer)
    }

    /// The consumer that a call is from, by all that came with it. Asked per call, as [`Self::consumer`] is.
    ///
    /// # Errors
    /// [`Unproven`]. A certificate that is not relied on makes a call nobody's, whatever token it brings; what a hop does
    /// not pass on is as if there were none.
    fn caller(
        &self,
        worker: &Worker,
        headers: &HeaderMap,
        snapshot: &Snapshot,
        token: Option<&Token>,
    ) -> Result<ConsumerIx, Unproven> {
        let nobody = Unproven { reason: Reason::UnknownConsumer, consumer: None };
        if let Principal::Door { consumer } = &self.principal {
            return snapshot.consumer_with_id(consumer).ok_or(nobody);
        }
        let certificate = match self.certificate(worker, headers) {
            Err(Distrust::NotForwarded) => None,
            certificate => certificate.map_err(|_| nobody)?,
        };
        credentials::caller(snapshot, certificate.as_deref(), token)
    }

    /// Whom a call is from: by its certificate alone, and by all that came with it. That a certificate is not relied on, and makes
    /// the call nobody's, is told of here, once a call.
    pub(super) fn proven(
        &self,
        worker: &Worker,
        headers: &HeaderMap,
        snapshot: &Snapshot,
        token: Option<&Token>,
    ) -> (Option<ConsumerIx>, Result<ConsumerIx, Unproven>) {
        let known = self.consumer(worker, headers, snapshot);
        let caller = self.caller(worker, headers, snapshot, token);
        if let (Err(why), Err(_)) = (known, caller) {
            self.doubt(worker, why);
        }
        (known.unwrap_or(None), caller)
    }

    /// Whose allowance a call takes from: whoever it claims to be, by all that came with it; where that is nobody, as with a wrong
    /// token (`Err`) or with another's, its certificate's consumer, who is `known`. Else a consumer that has used its own up would
    /// go on with strangers'.
    pub(super) fn payer<E>(
        &self,
        worker: &Worker,
        headers: &HeaderMap,
        snapshot: &Snapshot,
        known: Option<ConsumerIx>,
        token: Result<Option<&Token>, &E>,
    ) -> Option<ConsumerIx> {
        let caller = token.ok().and_then(|token| {
            let caller = self.caller(worker, headers, snapshot, token);
            caller.map_or_else(|unproven| unproven.consumer, Some)
        });
        caller.or(known)
    }

    /// By what the consumer of a call is known: `known` by certificate, or by a token besides.
    pub(super) fn means(&self, known: Option<ConsumerIx>, token: Option<&Token>) -> Means {
        match (&self.principal, known, token) {
            (Principal::Door { .. }, ..) => Means::Door,
            (_, Some(_), Some(_)) => Means::Both,
            (_, None, Some(_)) => Means::Token,
            (_, _, None) => Means::Certificate,
        }
    }

    /// Whether it says nothing of itself: then every call must bring a token.
    pub(super) fn is_unnamed(&self) -> bool {
        self.principal == Principal::Unnamed
    }

    fn say_stranger(&self, certificate: &Certificate) {
        let mut said = self.said.borrow_mut();
        if said.len() < STRANGERS && !said.contains(certificate.sha256()) {
            said.push(*certificate.sha256());
            tracing::warn!(
                subject = certificate.subject_unless_a_persons(),
                san = certificate.spiffe_unless_a_persons(),
                sha256 = certificate.fingerprint(),
                "no consumer in the registry has this client certificate"
            );
        }
    }

    /// Counts a call that is nobody's because its certificate is not relied on, and says so once.
    pub(super) fn doubt(&self, worker: &Worker, why: Distrust) {
        worker.house().count_distrust(why.name());
        if self.doubted.replace(Some(why)) != Some(why) {
            let remedy = why.remedy();
            tracing::warn!(
                reason = why.name(),
                remedy,
                "a client certificate is not relied on; its call is nobody's"
            );
        }
    }
}
