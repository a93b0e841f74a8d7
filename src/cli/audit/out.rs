//! Long answers, written as they are found.

use std::io::{self, BufWriter, StdoutLock, Write as _};
use std::process::ExitCode;

use crate::cli::{NOT_WRITTEN, fail};

/// Standard output, until nobody reads it any more.
pub(super) struct Out {
    to: BufWriter<StdoutLock<'static>>,
}

impl Out {
    pub(super) fn new() -> Self {
        Self { to: BufWriter::new(io::stdout().lock()) }
    }

    /// Writes a part of the answer.
    ///
    /// # Errors
    /// It cannot be written: the exit code. A reader that has seen enough is no fault.
    pub(super) fn say(&mut self, text: &str) -> Result<(), ExitCode> {
        self.to.write_all(text.as_bytes()).map_err(|cause| not_written(&cause))
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// As [`Self::say`].
    pub(super) fn finish(mut self) -> Result<(), ExitCode> {
        self.to.flush().map_err(|cause| not_written(&cause))
    }
}

fn not_written(cause: &io::Error) -> ExitCode {
    if cause.kind() == io::ErrorKind::BrokenPipe {
        ExitCode::SUCCESS
    } else {
        fail(NOT_WRITTEN, &format!("cannot write the answer: {cause}"))
    }
}
