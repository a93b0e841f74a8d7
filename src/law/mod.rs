//! The law: which instrument makes which call lawful, on which day.
//!
//! [`terms`] are the guide's words, [`Rule`]s its rows, [`Law`] the table of them; [`judge`] walks
//! one grant through the table in words, [`Calendar`] says which legal day an instant falls on, and
//! [`telling`] puts a denial into Dutch or English. Source of all: the MAGDA user guide, "Juridische
//! toegang voor persoonsgegevens".
//! Deliberately not here: files, the clock, and any consumer or service by name.

pub mod advise;
mod calendar;
mod instrument;
mod judge;
mod kinds;
mod read;
mod rule;
mod table;
pub mod telling;
pub mod terms;

pub use calendar::Calendar;
pub use instrument::{End, Ending, Instrument, Proof, ProtocolFailure, Standing, Suspension};
pub use judge::{Case, Judgement, Step, judge};
pub use kinds::Kinds;
pub use rule::{Both, Condition, Effect, File, How, Need, Rule, Setting};
pub use table::{DisclaimerText, Law, settings};
