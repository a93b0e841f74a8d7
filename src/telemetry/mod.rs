//! What operators see: counts, durations and log lines. Never an INSZ, a name or a body.
//!
//! [`recorder`] keeps the numbers and writes them as Prometheus text, [`meters`] holds the handles by
//! index so that nothing is looked up per call, [`generation`] pairs a snapshot with the meters
//! made for it, [`families`] names what can be counted from the audit trail as well, [`lapses`] what ends when, [`tokens`] counts what is verified, [`trail`] has the handles of the audit trail, [`export`] those of sending it, [`log`] sets up the log
//! lines.

pub mod attendance;
mod bases;
pub mod export;
pub mod families;
pub mod generation;
pub mod lapses;
pub mod log;
pub mod meters;
pub mod recorder;
pub mod tokens;
pub mod trail;

pub use generation::Generation;
pub use meters::House;
pub use recorder::Recorder;
pub use tokens::TokenMeters;
