//! The fields of W3C Trace Context: what a consumer sends of them, and what the upstream is told.
//!
//! A consumer's trace goes on inside; outside, an answer names a call by its own number alone. Deliberately not here:
//! how the values are read (the kernel's `trace`).

use http::header::{HeaderMap, HeaderValue};
use poortwachter_kernel::trace::{Context, State};

use crate::audit::Clearance;

/// Names the trace and the call's place in it.
pub(super) const PARENT: &str = "traceparent";
/// What tracing systems note beside it.
pub(super) const STATE: &str = "tracestate";

/// The trace that a request continues. `None`: it names none, two, or one that cannot be read.
pub fn continued(headers: &HeaderMap) -> Option<Context> {
    let mut values = headers.get_all(PARENT).iter();
    match (values.next(), values.next()) {
        (Some(one), None) => Context::read(one.as_bytes()),
        _ => None,
    }
}

/// What the upstream is told of the trace.
pub(super) struct Told {
    parent: Option<HeaderValue>,
    state: Option<HeaderValue>,
}

impl Told {
    /// Of a call with these headers. Their `tracestate` belongs to their `traceparent`, and goes no further without it.
    pub(super) fn of(clearance: &Clearance, headers: &HeaderMap) -> Self {
        let written = clearance.context().write(clearance.trace().bytes());
        let parent = HeaderValue::from_bytes(&written).ok();
        Self { parent, state: clearance.is_continued().then(|| state(headers)).flatten() }
    }

    /// Says it.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        for (name, value) in [(PARENT, self.parent), (STATE, self.state)] {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
    }
}

/// All `tracestate` fields as one, where they are fit to be passed on.
fn state(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut state = State::default();
    headers.get_all(STATE).iter().try_for_each(|value| state.add(value.as_bytes())).ok()?;
    Some(state.written()).filter(|text| !text.is_empty()).and_then(|text| HeaderValue::from_bytes(text).ok())
}
