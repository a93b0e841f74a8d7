//! The body of an answer to a consumer: said by the gateway, held back whole, or streamed.
//!
//! A streamed body ends well only when its pump says so. Whatever else stops it — a fault in the
//! document, a deadline, a panic — becomes an error, upon which hyper cuts the connection or the stream:
//! a consumer cannot take half an answer for a whole one.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::audit::{Clearance, Ending};
use crate::proxy::gate::Place;

/// The body of an answer.
#[derive(Debug)]
pub enum AnswerBody {
    /// The gateway's own words.
    Said(Option<Bytes>),
    /// The whole filtered answer; its record is closed when it is taken.
    Whole(Option<Box<Whole>>),
    /// The part held back, then what the pump lets through.
    Streamed {
        /// What was held back.
        first: Option<Bytes>,
        /// From the pump.
        rest: mpsc::Receiver<Passage>,
        /// The pump said that this was all.
        ended: bool,
    },
}

/// A whole filtered answer and the record to close with it.
#[derive(Debug)]
pub struct Whole {
    pub(super) bytes: Bytes,
    pub(super) clearance: Clearance,
    pub(super) ending: Ending,
    /// Kept until the bytes are gone: answers that nobody reads hold no more memory than there are places.
    pub(super) place: Place,
}

/// Bytes that hold a place among the calls until they have been written to the consumer.
struct Placed {
    bytes: Bytes,
    _place: Place,
}

impl AsRef<[u8]> for Placed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What a pump hands over.
#[derive(Debug)]
pub enum Passage {
    /// Filtered bytes.
    Bytes(Bytes),
    /// That was the whole answer.
    End,
}

/// The answer stops before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer was cut")]
pub struct Cut;

impl Whole {
    fn take(self) -> Bytes {
        let Self { bytes, clearance, ending, place } = self;
        clearance.close(ending);
        Bytes::from_owner(Placed { bytes, _place: place })
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let next = match self.get_mut() {
            Self::Said(bytes) => bytes.take(),
            Self::Whole(whole) => whole.take().map(|whole| whole.take()),
            Self::Streamed { ended: true, .. } => None,
            Self::Streamed { first, rest, ended } => match first.take() {
                Some(bytes) => Some(bytes),
                None => match ready!(rest.poll_recv(cx)) {
                    Some(Passage::Bytes(bytes)) => Some(bytes),
                    Some(Passage::End) => {
                        *ended = true;
                        None
                    }
                    None => return Poll::Ready(Some(Err(Cut))),
                },
            },
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Said(bytes) => bytes.is_none(),
            Self::Whole(whole) => whole.is_none(),
            Self::Streamed { ended, .. } => *ended,
        }
    }

    /// Exact where the whole body is at hand: hyper makes it the `Content-Length`.
    fn size_hint(&self) -> SizeHint {
        let length = |bytes: Option<&Bytes>| SizeHint::with_exact(bytes.map_or(0, Bytes::len) as u64);
        match self {
            Self::Said(bytes) => length(bytes.as_ref()),
            Self::Whole(whole) => length(whole.as_ref().map(|whole| &whole.bytes)),
            Self::Streamed { .. } => SizeHint::default(),
        }
    }
}
