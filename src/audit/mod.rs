//! What is written about a call: exactly one record each, allowed or refused.
//!
//! A [`Draft`] is opened with the call; [`open`] turns it, with the permit, into the [`Clearance`]
//! without which the upstream client sends nothing. However a call ends — answered, refused, cut,
//! abandoned by the consumer, or in a panic — its record is written when the last of it is dropped.
//!
//! Deliberately not here yet: the tamper-evident trail. For now a record is one log event with the
//! target `poortwachter::record`. It holds no INSZ, no name, no body and no path.

pub mod inquiry;
pub mod outcome;
pub mod record;
pub mod trace;

pub use inquiry::{Finding, Inquiry};
pub use outcome::Outcome;
pub use record::{Alarm, Clearance, Draft, Ending, open};
pub use trace::Trace;
