//! Assembly: from files and a clock to a gateway that runs.
//!
//! [`canary`] proves that the filter still filters, [`files`] reads what is configured, [`start`](start()) puts the rooms together, `control` is the thread
//! that keeps watch over the registry, the TLS files (`keys`) and the token issuer's keys (`jwks`, `fetch`) and stops everything in order, `export` sends the audit
//! trail to others, [`run`](run()) listens to signals.

pub mod canary;
pub mod clock;
mod control;
mod export;
mod fetch;
pub mod files;
mod holdings;
mod jwks;
mod keys;
mod retirement;
mod run;
mod start;

pub use export::exported_up_to;
pub use run::{run, until_told};
pub use start::{Running, StartError, start, start_on};
