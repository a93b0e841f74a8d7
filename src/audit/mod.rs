//! What is written about a call: exactly one record each, allowed or refused.
//!
//! A [`Draft`] is opened with the call; [`open`] turns it, with the permit, into the [`Clearance`]
//! without which the upstream client sends nothing. However a call ends — answered, refused, cut,
//! abandoned by the consumer, or in a panic — its record is written when the last of it is dropped.
//!
//! A record is one log event with the target `poortwachter::record`, and where a trail is kept ([`trail`]), lines of it that
//! nobody can change unseen (`call` says what is in them, `verify` checks them). Neither holds an INSZ, a name, a body or
//! a path.

pub mod answers;
mod call;
pub mod count;
pub mod inquiry;
pub mod keys;
pub mod means;
pub mod outcome;
pub mod reading;
pub mod record;
pub mod retention;
pub mod trace;
pub mod trail;
pub mod verify;

pub use call::Digests;
pub use inquiry::{Finding, Inquiry};
pub use means::Means;
pub use outcome::Outcome;
pub use record::{Alarm, Clearance, Draft, Ending, open};
pub use trace::Trace;
pub use trail::{Keeper, Trail, Unrecorded};
