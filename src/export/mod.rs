//! How the trail's lines look to those they are sent to: [`otlp`] logs and [`syslog`] messages.
//!
//! Pure: an entry goes in, bytes come out. Who they are sent to, when, and what is remembered of it, is `app`'s.

pub mod otlp;
pub mod severity;
pub mod syslog;
