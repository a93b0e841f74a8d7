//! A reverse proxy that lets a call to a MAGDA service pass only where the law allows it, and removes
//! from the answer what the caller has no legal basis for.
//!
//! The rooms, from the ground up: [`text`] (files as people write them), [`clock`] · [`config`] · [`law`],
//! [`catalogue`], [`identity`], [`wire`], [`publication`] · [`registry`], [`telemetry`], [`audit`], [`evaluation`] · [`authzen`], [`proxy`], [`admin`], [`export`] · [`app`] ·
//! [`cli`]. What runs per call stands in the inner package
//! `poortwachter-kernel`. Dependencies go down only; `docs/architecture.md` is the map.
#![forbid(unsafe_code)]

pub use poortwachter_kernel as kernel;

pub mod admin;
pub mod app;
pub mod audit;
pub mod authzen;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod evaluation;
pub mod export;
pub mod identity;
pub mod law;
pub mod proxy;
pub mod publication;
pub mod registry;
pub mod telemetry;
pub mod text;
pub mod wire;
