//! Contains a panic in one call, so that the others on the same thread go on.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::telemetry::meters::House;

/// The work panicked. What it had under way is dropped, unsent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panicked;

/// Runs `work`; a panic in it is counted, and is its result.
pub(super) async fn run<W: Future + UnwindSafe>(house: &House, work: W) -> Result<W::Output, Panicked> {
    let mut work = pin!(work);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Err(_) => {
            house.panics.increment(1);
            Poll::Ready(Err(Panicked))
        }
    })
    .await
}
