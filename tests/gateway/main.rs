//! A gateway as its consumers and operators meet it: real TLS on loopback, a scripted upstream behind it.
//!
//! No test sleeps to prove something, and none looks at a stopwatch: timers are the gateway's own, waits
//! end when what is waited for happens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod agreement;
mod answers;
mod asked;
mod attacks;
mod canary;
mod certificates;
mod clients;
mod crash;
mod doors;
mod evaluation;
mod export;
mod hops;
mod house;
#[path = "../support/issuer.rs"]
mod issuer;
mod leftovers;
mod life;
mod measures;
mod memory;
mod messages;
mod monitoring;
mod plants;
mod process;
mod quotas;
mod receiver;
mod recount;
mod refusals;
mod requests;
mod rest;
mod revocations;
mod rotation;
mod samples;
mod scanner;
mod sources;
mod statements;
mod tokens;
mod torture;
mod traces;
mod trail;
mod tripwire;
mod truths;
mod unanswered;
mod upstream;
mod wrappings;
