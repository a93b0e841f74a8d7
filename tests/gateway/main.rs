//! A gateway as its consumers and operators meet it: real TLS on loopback, a scripted upstream behind it.
//!
//! No test sleeps to prove something, and none looks at a stopwatch: timers are the gateway's own, waits
//! end when what is waited for happens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod answers;
mod attacks;
mod canary;
mod crash;
mod doors;
mod evaluation;
mod house;
mod leftovers;
mod life;
mod measures;
mod memory;
mod messages;
mod process;
mod refusals;
mod requests;
mod samples;
mod sources;
mod statements;
mod trail;
mod tripwire;
mod truths;
mod upstream;
mod wrappings;
