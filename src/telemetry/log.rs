//! Log lines: JSON, one event a line.
//!
//! Events only, no spans (those allocate). Deliberately not here: what is logged; each room says its own.

use tracing::Subscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// A subscriber that writes every event from `info` up as one line of JSON.
pub fn lines<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_max_level(LevelFilter::INFO)
        .with_writer(writer)
        .finish()
}

/// Logs a panic with its place only: the standard text quotes what was being worked on, which may be
/// somebody's name.
pub fn panics_by_place() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current();
        tracing::error!(place, thread = thread.name(), "panic");
    }));
}

/// Sends the log of this process to standard error. Only the first call in a process has effect.
pub fn to_stderr() {
    let _ = tracing::subscriber::set_global_default(lines(std::io::stderr));
}
