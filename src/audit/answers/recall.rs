//! What was delivered to a consumer, or on one of its grants: the list with which it can be asked back.

use super::asked::{Asked, Fit};
use super::joined::{Call, Course, Told};
use super::period::Within;
use super::sums::Sums;

/// What is asked back.
#[derive(Clone, Debug)]
pub struct Recall {
    asked: Asked,
    /// Calls whose answers left whole.
    pub whole: Sums,
    /// Calls whose answers may have left in part.
    pub in_part: Sums,
    /// Calls that may have been on the grant: the record that would say so is gone.
    pub unknown: Sums,
}

/// How sure it is that an answer left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// The gateway gave it whole to the connection.
    Whole,
    /// Some of it may have left.
    PerhapsInPart,
    /// Whether it was on this grant cannot be told.
    Unknown,
}

impl Delivered {
    /// In lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::PerhapsInPart => "perhaps-in-part",
            Self::Unknown => "unknown",
        }
    }
}

impl Recall {
    /// All that a consumer got, or what it got on one of its grants.
    pub fn of(consumer: &str, grant: Option<&str>, within: Within) -> Self {
        let asked = Asked {
            texts: [("consumer", consumer.to_owned())].into(),
            grant: grant.map(str::to_owned),
            within,
            ..Asked::default()
        };
        Self { asked, whole: Sums::default(), in_part: Sums::default(), unknown: Sums::default() }
    }

    /// The question it puts to the trail.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Whether a call belongs to it; if so, it is in the sums.
    pub fn add(&mut self, told: &Told) -> Option<Delivered> {
        let Told::Call(call) = told else { return None };
        let delivered = delivered(call, self.asked.fits(told))?;
        let sums = match delivered {
            Delivered::Whole => &mut self.whole,
            Delivered::PerhapsInPart => &mut self.in_part,
            Delivered::Unknown => &mut self.unknown,
        };
        sums.add(call);
        Some(delivered)
    }
}

/// A call that was not forwarded delivered nothing.
fn delivered(call: &Call, fit: Fit) -> Option<Delivered> {
    match (fit, call.course()) {
        (Fit::No, _) | (_, Course::Refused) => None,
        (Fit::Yes, _) if call.may_have_left_in_part() => Some(Delivered::PerhapsInPart),
        (Fit::Yes, _) => Some(Delivered::Whole),
        _ => Some(Delivered::Unknown),
    }
}
