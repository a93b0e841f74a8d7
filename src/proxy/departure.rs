//! Every way a call can leave the straight line, and what that means: a status, an outcome, a remedy.
//!
//! Three parties can be the cause, and the consumer must be able to tell them apart: the law or the
//! registry ([`Refused`]), the request ([`Fault`]), or the gateway and what is behind it ([`Trouble`]).
//! The last is never reported as the consumer's doing.

use http::StatusCode;
use poortwachter_kernel::vocab::{ConsumerIx, Day};

use crate::audit::{Outcome, Unrecorded};
use crate::proxy::refusal::Echo;
use crate::proxy::verdict::Against;

/// Why a call is not answered with the upstream's answer.
#[derive(Debug)]
pub enum Departure {
    /// It may not pass.
    Refused(Box<Refused>),
    /// It cannot be read.
    Fault(Fault),
    /// It could not be carried out.
    Trouble(Trouble),
}

/// A call that was understood and may not pass.
#[derive(Debug)]
pub struct Refused {
    /// Why, and what was asked as far as that is certain.
    pub against: Against,
    /// Who asked, if anybody in the registry.
    pub consumer: Option<ConsumerIx>,
    /// The legal day it was judged on.
    pub day: Day,
    /// What the request states, to be repeated in the answer.
    pub echo: Echo,
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another method than POST.
    Method,
    /// A content type or encoding that is not read; says which is.
    Media(&'static str),
    /// Longer than the gateway reads.
    TooLarge {
        /// The longest it reads, bytes.
        limit: usize,
    },
    /// Not in, whole, in time.
    TooSlow,
    /// The consumer broke off in the middle.
    BrokenOff,
    /// Not one SOAP 1.1 envelope with one meaning.
    Unreadable {
        /// What is wrong.
        what: &'static str,
        /// Offset of the byte where it was noticed.
        at: usize,
    },
}

/// What went wrong at the gateway or behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The registry is too old to be relied on.
    StaleRegistry,
    /// Too many calls are under way.
    Busy,
    /// The gateway stopped before the answer was there.
    Draining,
    /// The upstream cannot be reached; says at which step.
    Unreachable(&'static str),
    /// The upstream broke off.
    BrokenOff,
    /// The answer did not come in time.
    Deadline,
    /// The answer cannot be filtered; says why.
    Withheld(&'static str),
    /// A fault of the gateway's own.
    Internal,
    /// The audit trail cannot be written.
    Unrecorded,
}

impl From<Fault> for Departure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unrecorded> for Departure {
    fn from(Unrecorded: Unrecorded) -> Self {
        Self::Trouble(Trouble::Unrecorded)
    }
}

impl From<Trouble> for Departure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl Departure {
    /// The status it is answered with: the one place where a failure becomes a number.
    ///
    /// A refusal is 200, because MAGDA's consumers throw every other answer away unread.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_) => StatusCode::OK,
            Self::Fault(fault) => match fault {
                Fault::Method => StatusCode::METHOD_NOT_ALLOWED,
                Fault::Media(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Fault::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                Fault::TooSlow | Fault::BrokenOff => StatusCode::REQUEST_TIMEOUT,
                Fault::Unreadable { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Trouble(trouble) => match trouble {
                Trouble::StaleRegistry | Trouble::Busy | Trouble::Draining | Trouble::Unrecorded => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                Trouble::Unreachable(_) | Trouble::BrokenOff | Trouble::Withheld(_) => {
                    StatusCode::BAD_GATEWAY
                }
                Trouble::Deadline => StatusCode::GATEWAY_TIMEOUT,
                Trouble::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    /// What its record and the metrics call it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Refused(refused) => refused.against.reason.outcome(),
            Self::Fault(fault) => match fault {
                Fault::Method => Outcome::WrongMethod,
                Fault::Media(_) => Outcome::WrongMedia,
                Fault::TooLarge { .. } => Outcome::TooLarge,
                Fault::TooSlow => Outcome::TooSlow,
                Fault::BrokenOff => Outcome::Abandoned,
                Fault::Unreadable { .. } => Outcome::Unreadable,
            },
            Self::Trouble(trouble) => trouble.outcome(),
        }
    }

    /// What was wrong with an answer that was withheld.
    pub fn withheld(&self) -> Option<&'static str> {
        match self {
            Self::Trouble(trouble) => trouble.withheld(),
            _ => None,
        }
    }
}

impl Trouble {
    /// What its record and the metrics call it.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::StaleRegistry => Outcome::StaleRegistry,
            Self::Busy => Outcome::Busy,
            Self::Draining => Outcome::Draining,
            Self::Unreachable(_) => Outcome::Unreachable,
            Self::BrokenOff => Outcome::BrokenOff,
            Self::Deadline => Outcome::Deadline,
            Self::Withheld(_) => Outcome::Withheld,
            Self::Internal => Outcome::Internal,
            Self::Unrecorded => Outcome::Unrecorded,
        }
    }

    /// What was wrong with an answer that was withheld.
    pub fn withheld(self) -> Option<&'static str> {
        match self {
            Self::Withheld(fault) => Some(fault),
            _ => None,
        }
    }

    /// The kind it is counted under, where the upstream is the cause.
    pub fn upstream_kind(self) -> Option<&'static str> {
        match self {
            Self::Unreachable(step) => Some(step),
            Self::BrokenOff => Some("broke-off"),
            Self::Deadline => Some("deadline"),
            Self::Withheld(fault) if fault == NOT_HTTP => Some(fault),
            _ => None,
        }
    }
}

/// The reason to withhold what an upstream sends that does not speak HTTP.
pub(super) const NOT_HTTP: &str = "not-http";
