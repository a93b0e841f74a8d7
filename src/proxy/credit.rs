//! How many bytes a consumer may send over one HTTP/2 connection for the calls it makes.
//!
//! Settings, pings, priorities, windows and unknown frames ask for nothing and cost the gateway work. The library bounds
//! resets, continuations and small data, not these; so a connection has credit for what a calling consumer sends: some to begin
//! with, some for each call under way, and some for what it is sent, since that is answered with windows. Whoever
//! floods runs out of it, and loses the connection.

use std::cell::Cell;

/// What a connection earns credit with, bytes as they come off the socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Without any call.
    pub(super) idle: u64,
    /// For each call under way.
    pub(super) call: u64,
}

/// Of the bytes sent to the consumer, one in so many: an answered ping must not pay for the next.
const PER_SENT: u64 = 4;

/// The credit of one connection.
#[derive(Debug)]
pub(super) struct Credit {
    terms: Terms,
    left: Cell<u64>,
}

impl Credit {
    pub(super) fn new(terms: Terms) -> Self {
        Self { terms, left: Cell::new(terms.idle) }
    }

    /// A call begins.
    pub(super) fn call_begins(&self) {
        self.left.set(self.left.get().saturating_add(self.terms.call));
    }

    /// A call has ended, and so many are still under way: what it did not need is not saved up.
    pub(super) fn call_ends(&self, under_way: usize) {
        let most = self.terms.call.saturating_mul(under_way as u64).saturating_add(self.terms.idle);
        self.left.set(self.left.get().min(most));
    }

    /// Bytes went to the consumer.
    pub(super) fn sent(&self, bytes: usize) {
        self.left.set(self.left.get().saturating_add(bytes as u64 / PER_SENT));
    }

    /// Bytes came from the consumer; says whether that is still explained by its calls.
    pub(super) fn covers(&self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(bytes as u64);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_bring_credit_and_save_none_up() {
        let credit = Credit::new(Terms { idle: 100, call: 50 });
        assert!(credit.covers(100) && !credit.covers(1), "without a call");
        for _ in 0..10 {
            credit.call_begins();
        }
        assert!(credit.covers(200));
        credit.call_ends(0);
        assert!(credit.covers(100) && !credit.covers(1), "no more than to begin with");
    }

    #[test]
    fn what_is_answered_byte_for_byte_does_not_pay_for_itself() {
        let credit = Credit::new(Terms { idle: 1000, call: 0 });
        let rounds = (0..).take_while(|_| {
            credit.sent(17);
            credit.covers(17)
        });
        assert!(rounds.count() < 100);
    }
}
