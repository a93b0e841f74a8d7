//! Assembly: from files and a clock to a gateway that runs.
//!
//! [`canary`] proves that the filter still filters, [`files`] reads what is configured, `keys` keeps the token issuer's (`fetch`), [`start`](start()) puts the rooms together, `control` is the thread
//! that keeps watch over the registry and stops everything in order, [`run`](run()) listens to signals.

pub mod canary;
pub mod clock;
mod control;
mod fetch;
pub mod files;
mod keys;
mod run;
mod start;

pub use run::{run, until_told};
pub use start::{Running, StartError, start};
