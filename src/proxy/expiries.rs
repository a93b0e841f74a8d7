//! When consumers' certificates expire, as one worker last told the metrics.
//!
//! Bounded by the registry; telling again what was told asks for no memory.

use std::cell::RefCell;

use poortwachter_kernel::vocab::ConsumerIx;

use crate::identity::Certificate;
use crate::registry::Snapshot;
use crate::telemetry::House;

/// By consumer of one generation of the registry: the end, in seconds since 1970, that was told.
#[derive(Debug, Default)]
pub(super) struct Expiries(RefCell<(u64, Vec<Option<i64>>)>);

impl Expiries {
    /// Tells when the certificate that a consumer was just known by expires, unless that is what was told last.
    pub(super) fn tell(
        &self,
        house: &House,
        snapshot: &Snapshot,
        consumer: ConsumerIx,
        certificate: &Certificate,
    ) {
        let (generation, told) = &mut *self.0.borrow_mut();
        if *generation != snapshot.generation() {
            *generation = snapshot.generation();
            told.clear();
            told.resize(snapshot.consumers().len(), None);
        }
        let end = Some(certificate.not_after());
        if told.get_mut(consumer.at()).is_some_and(|known| std::mem::replace(known, end) != end) {
            house.consumer_certificate_expires(&snapshot.consumer(consumer).id, certificate.not_after());
        }
    }
}
