//! How grave what a line tells is.

use crate::audit::reading::Entry;

/// How grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Info,
    /// Somebody was refused, or something was missed.
    Warn,
    /// Something failed, or nearly leaked.
    Error,
}

impl Severity {
    /// Of a line, by its kind and what became of it.
    pub fn of(entry: &Entry) -> Self {
        let is = |key, value| entry.text(key) == Some(value);
        match entry.kind() {
            "call" if entry.text("tripwire").is_some() || is("verdict", "failed") => Self::Error,
            "call" if !is("verdict", "allowed") => Self::Warn,
            "canary" if !is("result", "passed") => Self::Error,
            "reload" if is("result", "faulty") => Self::Error,
            "evaluation" if is("decision", "deny") => Self::Warn,
            "recovery" => Self::Warn,
            _ => Self::Info,
        }
    }

    /// OTLP's `severityNumber` and `severityText`.
    pub const fn in_otlp(self) -> (u8, &'static str) {
        match self {
            Self::Info => (9, "INFO"),
            Self::Warn => (13, "WARN"),
            Self::Error => (17, "ERROR"),
        }
    }

    /// RFC 5424 §6.2.1.
    pub const fn in_syslog(self) -> u8 {
        match self {
            Self::Info => 6,
            Self::Warn => 4,
            Self::Error => 3,
        }
    }
}
