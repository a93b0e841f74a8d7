//! Answers to questions about a trail: which calls, what was delivered on a grant, what happened in a period.
//!
//! [`joined`] makes one call of its two records, [`asked`] says which are meant, [`period`] and [`number`] what the words of a
//! question mean; [`recall`] and [`report`] sum up. Each goes over the trail once, with the calls under way in memory and
//! not those that ended. Nothing here reads a clock or prints: the same trail gives the same answer.

pub mod asked;
pub mod joined;
pub mod number;
pub mod period;
pub mod recall;
pub mod report;
pub mod sums;
