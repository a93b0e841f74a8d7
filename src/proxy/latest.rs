//! The newest of what is published, held: an own `Arc`, refreshed when there is another, asks for no memory and does not
//! contend with other workers.

use std::cell::RefCell;
use std::sync::Arc;

use tokio::sync::watch;

/// One worker's hold on what is in service.
#[derive(Debug)]
pub(super) struct Latest<T>(RefCell<Held<T>>);

#[derive(Debug)]
struct Held<T> {
    published: watch::Receiver<Arc<T>>,
    value: Arc<T>,
}

impl<T> Latest<T> {
    pub(super) fn new(mut published: watch::Receiver<Arc<T>>) -> Self {
        let value = published.borrow_and_update().clone();
        Self(RefCell::new(Held { published, value }))
    }

    /// What is in service now.
    pub(super) fn get(&self) -> Arc<T> {
        self.get_and(|_| ())
    }

    /// What is in service now, `taken_up` first if it was not before.
    pub(super) fn get_and(&self, taken_up: impl FnOnce(&T)) -> Arc<T> {
        let held = &mut *self.0.borrow_mut();
        if held.published.has_changed().unwrap_or(false) {
            held.value = held.published.borrow_and_update().clone();
            taken_up(&held.value);
        }
        Arc::clone(&held.value)
    }
}
