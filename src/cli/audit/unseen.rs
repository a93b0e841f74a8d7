//! Asks for what nobody may look over a shoulder at.

use std::io::{self, IsTerminal as _, Stdin, Write as _};
use std::process::ExitCode;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::cli::{NO_INPUT, fail};

/// A line that is typed on the terminal without being shown; where there is none, a line of standard input.
///
/// # Errors
/// It cannot be read: the exit code.
pub(super) fn line(prompt: &str) -> Result<Zeroizing<String>, ExitCode> {
    // What the system says of it cannot hold the line.
    read(prompt).map_err(|cause| fail(NO_INPUT, &format!("cannot read the number: {cause}")))
}

fn read(prompt: &str) -> io::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    let silent = if stdin.is_terminal() { Some(Silent::begin(&stdin)?) } else { None };
    if silent.is_some() {
        eprint!("{prompt}");
        io::stderr().flush()?;
    }
    // Room for all, so that no part is left behind where it was moved from.
    let mut line = Zeroizing::new(String::with_capacity(256));
    stdin.read_line(&mut line)?;
    Ok(line)
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
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
