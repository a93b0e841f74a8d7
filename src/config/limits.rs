//! Reads `[limits]`: every key, its unit, its default.

use std::num::NonZeroU32;
use std::time::Duration;

use super::read::duration;
use super::{Limits, Quota};
use crate::text::{Limit, Table};

/// Connections whose handshake is not done. A handshake takes milliseconds, so that this is for hundreds a second.
const HANDSHAKES: usize = 256;

/// `is_shared`: more than one consumer comes in by the door.
pub(super) fn limits(table: Option<Table<'_>>, is_shared: bool) -> Limits {
    let default = Limits {
        request_body: 1 << 20,
        head: 32 << 10,
        connections: 4096,
        connections_per_address: Limit::Off,
        handshakes: HANDSHAKES,
        calls: 1024,
        per_consumer: Quota { calls_per_second: Limit::Off, burst: None, concurrent_calls: Limit::Off },
        receive: Duration::from_secs(10),
        held_back: 64 << 10,
        decoded: 256 << 20,
        decoded_ratio: 200,
    };
    let Some(table) = table else { return shared(default, is_shared) };
    let connections = table.number("connections", default.connections, 1..=1_000_000);
    let calls = table.number("concurrent-calls", default.calls, 1..=1_000_000);
    let halves = shared(Limits { connections, calls, ..default }, is_shared);
    let limits = Limits {
        request_body: table.number("request-body-bytes", default.request_body, 1..=1 << 30),
        // The HTTP/1 reader cannot work with less than 8 KiB.
        head: table.number("head-bytes", default.head, 8 << 10..=1 << 20),
        connections,
        connections_per_address: table
            .maybe_limit("connections-per-address", Limit::MOST_AT_ONCE)
            .unwrap_or(halves.connections_per_address),
        handshakes: table.number("handshakes", HANDSHAKES, 1..=1_000_000),
        calls,
        per_consumer: per_consumer(&table, halves.per_consumer.concurrent_calls),
        receive: duration(&table, "receive-timeout", default.receive),
        held_back: table.number("held-back-bytes", default.held_back, 0..=64 << 20),
        decoded: table.number("decoded-bytes", 256 << 20, 1..=1 << 40) as u64,
        decoded_ratio: table.number("decoded-ratio", 200, 1..=1_000_000) as u64,
    };
    table.close();
    limits
}

/// Where consumers share the gateway, none of them, and no address, gets more than half of it: enough that nobody lawful
/// notices, and no runaway client shuts out all others. Where there is only one, it gets everything.
fn shared(limits: Limits, is_shared: bool) -> Limits {
    if !is_shared {
        return limits;
    }
    let per_consumer = Quota { concurrent_calls: half(limits.calls), ..limits.per_consumer };
    Limits { connections_per_address: half(limits.connections), per_consumer, ..limits }
}

fn half(of: usize) -> Limit {
    let half = u32::try_from(of.div_ceil(2)).ok().and_then(NonZeroU32::new);
    half.map_or(Limit::Off, Limit::At)
}

fn per_consumer(table: &Table<'_>, concurrent_calls: Limit) -> Quota {
    let quota = Quota {
        calls_per_second: table.maybe_limit("calls-per-second", Limit::FASTEST).unwrap_or(Limit::Off),
        burst: table.maybe_count("burst", Limit::MOST_AT_ONCE),
        concurrent_calls: table
            .maybe_limit("concurrent-calls-per-consumer", Limit::MOST_AT_ONCE)
            .unwrap_or(concurrent_calls),
    };
    if quota.burst.is_some() && quota.calls_per_second == Limit::Off && !table.has("calls-per-second") {
        table.fault("burst", "says nothing without `calls-per-second`", "set both, or leave this out");
    }
    quota
}
