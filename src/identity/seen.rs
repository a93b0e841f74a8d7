//! Tokens that were verified, so that one that comes again costs no signature check and no memory.
//!
//! Only verified tokens come in, so that nobody without the issuer's word can fill the room; when it is full, the
//! one that came first goes. A token is known by its SHA-256: the map never holds one that could be used.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashmap::DashMap;
use sha2::{Digest as _, Sha256};

use super::token::Token;

/// A token's SHA-256.
pub(super) type Digest = [u8; 32];

/// The SHA-256 of a token as it was sent.
pub(super) fn digest(token: &[u8]) -> Digest {
    Sha256::digest(token).into()
}

/// The remembered tokens, for all workers.
#[derive(Debug)]
pub(super) struct Seen {
    tokens: DashMap<Digest, Arc<Token>>,
    /// In the order they came: whoever writes to `tokens` holds this first.
    order: Mutex<VecDeque<Digest>>,
    most: usize,
}

impl Seen {
    pub(super) fn new(most: usize) -> Self {
        Self { tokens: DashMap::new(), order: Mutex::default(), most }
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<Arc<Token>> {
        self.tokens.get(digest).map(|token| Arc::clone(&token))
    }

    pub(super) fn remember(&self, digest: Digest, token: Arc<Token>) {
        if self.most == 0 {
            return;
        }
        let mut order = self.order();
        if self.tokens.insert(digest, token).is_some() {
            return;
        }
        order.push_back(digest);
        if order.len() > self.most
            && let Some(first) = order.pop_front()
        {
            self.tokens.remove(&first);
        }
    }

    /// Forgets what is no longer worth remembering.
    pub(super) fn keep(&self, worth: impl Fn(&Token) -> bool) {
        let mut order = self.order();
        self.tokens.retain(|_, token| worth(token));
        order.retain(|digest| self.tokens.contains_key(digest));
    }

    pub(super) fn count(&self) -> usize {
        self.order().len()
    }

    fn order(&self) -> MutexGuard<'_, VecDeque<Digest>> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
