//! Every way a call can leave the straight line, and what that means: a status, an outcome, a remedy.
//!
//! Three parties can be the cause, and the consumer must be able to tell them apart: the law or the
//! registry ([`Refused`]), the request ([`Fault`]), or the gateway and what is behind it ([`Trouble`]).
//! The last is never reported as the consumer's doing. Beside them stands a consumer's own pace ([`Throttled`]),
//! which says nothing about what it may.

use http::StatusCode;
use poortwachter_kernel::vocab::{ConsumerIx, Day};

use crate::audit::{Outcome, Unrecorded};
use crate::proxy::bearer::Challenge;
use crate::proxy::quota::Throttled;
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
    /// Its consumer calls more than it may.
    Throttled(Throttled),
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
    /// Its head can be read in two ways; says what is demanded.
    Malformed(&'static str),
    /// Another method than POST.
    Method,
    /// It does not say, as it must, who it is from.
    Challenged(Challenge),
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
    /// REST: a target with more than one meaning, or none that the route knows; says why.
    Target(&'static str),
    /// REST: no route has this path.
    NoRoute,
    /// REST: the route has other methods.
    NotAllowed {
        /// Which ones.
        allow: &'static str,
    },
    /// REST: a header that decides is missing, stands twice, or is not what it must be; says which.
    Header(&'static str),
    /// REST: a header that decides is stated in two ways; says which.
    Contradiction(&'static str),
    /// REST: a body that cannot be read in one way, or that the method does not have; says why.
    Body(&'static str),
    /// REST: the consumer accepts no JSON.
    NotAcceptable,
}

/// What went wrong at the gateway or behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The registry is too old to be relied on.
    StaleRegistry,
    /// Too many calls are under way.
    Busy,
    /// The token that came could not be verified: the issuer's keys are not at hand.
    TokenUnverifiable,
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

impl From<Throttled> for Departure {
    fn from(throttled: Throttled) -> Self {
        Self::Throttled(throttled)
    }
}

impl Departure {
    /// The status it is answered with: the one place where a failure becomes a number.
    ///
    /// A refusal is 200, because MAGDA's consumers throw every other answer away unread; in REST
    /// [`refusal`](crate::proxy::refusal) has a number of its own for it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_) => StatusCode::OK,
            Self::Fault(fault) => match fault {
                Fault::Method | Fault::NotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
                Fault::Challenged(Challenge::Nobody | Challenge::Wrong(_)) => StatusCode::UNAUTHORIZED,
                Fault::Media(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Fault::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                Fault::TooSlow | Fault::BrokenOff => StatusCode::REQUEST_TIMEOUT,
                Fault::Unreadable { .. } => StatusCode::INTERNAL_SERVER_ERROR,
                Fault::Malformed(_)
                | Fault::Challenged(Challenge::Misplaced(_))
                | Fault::Target(_)
                | Fault::Header(_)
                | Fault::Contradiction(_)
                | Fault::Body(_) => StatusCode::BAD_REQUEST,
                Fault::NoRoute => StatusCode::NOT_FOUND,
                Fault::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            },
            Self::Trouble(trouble) => match trouble {
                Trouble::StaleRegistry
                | Trouble::Busy
                | Trouble::TokenUnverifiable
                | Trouble::Draining
                | Trouble::Unrecorded => StatusCode::SERVICE_UNAVAILABLE,
                Trouble::Unreachable(_) | Trouble::BrokenOff | Trouble::Withheld(_) => {
                    StatusCode::BAD_GATEWAY
                }
                Trouble::Deadline => StatusCode::GATEWAY_TIMEOUT,
                Trouble::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// What its record and the metrics call it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Refused(refused) => refused.against.reason.outcome(),
            Self::Fault(fault) => match fault {
                Fault::Malformed(_) => Outcome::MalformedHead,
                Fault::Challenged(Challenge::Nobody) => Outcome::NoCredentials,
                Fault::Challenged(_) => Outcome::BadToken,
                Fault::Method | Fault::NotAllowed { .. } => Outcome::WrongMethod,
                Fault::Media(_) | Fault::NotAcceptable => Outcome::WrongMedia,
                Fault::TooLarge { .. } => Outcome::TooLarge,
                Fault::TooSlow => Outcome::TooSlow,
                Fault::BrokenOff => Outcome::Abandoned,
                Fault::NoRoute => Outcome::UnknownService,
                Fault::Contradiction(_) => Outcome::StatementsDisagree,
                Fault::Unreadable { .. } | Fault::Target(_) | Fault::Header(_) | Fault::Body(_) => {
                    Outcome::Unreadable
                }
            },
            Self::Trouble(trouble) => trouble.outcome(),
            Self::Throttled(Throttled::Rate { .. }) => Outcome::TooFast,
            Self::Throttled(Throttled::AtOnce { .. }) => Outcome::TooManyAtOnce,
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
            Self::TokenUnverifiable => Outcome::TokenUnverifiable,
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
