//! Asks for what nobody may look over a shoulder at.

use std::io::{self, IsTerminal as _, Stdin, Write as _};
use std::process::ExitCode;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use zeroize::Zeroizing;

use crate::cli::{NO_INPUT, fail};

/// A line that is typed on the terminal without being shown; where there is none, a line of standard input.
///
/// # Errors
/// It cannot be read, or the user gave up: the exit code.
pub(super) fn line(prompt: &str) -> Result<Zeroizing<String>, ExitCode> {
    let line = if io::stdin().is_terminal() { typed(prompt) } else { read().map(Ok) };
    // What the system says of it cannot hold the line.
    line.unwrap_or_else(|cause| Err(fail(NO_INPUT, &format!("cannot read the number: {cause}"))))
}

fn read() -> io::Result<Zeroizing<String>> {
    // Room for all, so that no part is left behind where it was moved from.
    let mut line = Zeroizing::new(String::with_capacity(256));
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

/// However the wait for the line ends, the terminal shows again what is typed.
fn typed(prompt: &str) -> io::Result<Result<Zeroizing<String>, ExitCode>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let told = runtime.block_on(async {
        let mut ends = Ends::watch()?;
        let stdin = io::stdin();
        let silent = Silent::begin(&stdin)?;
        eprint!("{prompt}");
        io::stderr().flush()?;
        tokio::select! {
            line = tokio::task::spawn_blocking(read) => Ok(Ok(line.map_err(io::Error::other)??)),
            code = ends.next() => {
                silent.forget_what_was_typed();
                Ok(Err(ExitCode::from(code)))
            }
        }
    });
    // Whoever still reads there is not waited for.
    runtime.shutdown_background();
    told
}

/// The signals that would end this process, and leave the terminal as it is.
struct Ends([Signal; 4]);

impl Ends {
    fn watch() -> io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
            signal(SignalKind::quit())?,
        ]))
    }

    /// The exit code of the first that comes, as shells have it.
    async fn next(&mut self) -> u8 {
        let [interrupt, terminate, hangup, quit] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => 130,
            _ = terminate.recv() => 143,
            _ = hangup.recv() => 129,
            _ = quit.recv() => 131,
        }
    }
}

/// A terminal that shows nothing but the end of a line, until it is dropped.
struct Silent<'t> {
    terminal: &'t Stdin,
    before: Termios,
}

impl<'t> Silent<'t> {
    fn begin(terminal: &'t Stdin) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }

    /// The half of a number must not be what the shell reads next, and shows.
    fn forget_what_was_typed(self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
        eprintln!();
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
