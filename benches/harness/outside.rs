//! Programs of others that do the same to a document in a file, where they are installed.
//!
//! A run is a process: its start, reading the file and writing the answer to `/dev/null` are part of its time.
#![allow(clippy::unwrap_used, reason = "a bench stops where something is not as it should be")]

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

/// Tells the most memory of a program that it ran (GNU time; Debian `time`).
const TIME: &str = "/usr/bin/time";

/// A program, and the document it is to work on.
pub(crate) struct Outside {
    pub(crate) name: String,
    program: &'static str,
    arguments: Vec<OsString>,
    document: NamedTempFile,
}

impl Outside {
    /// A program that reads the document from the file that is its last argument; `None`, and a line that says so,
    /// where it is not installed.
    pub(crate) fn on(
        document: &[u8],
        program: &'static str,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Option<Self> {
        let Some(version) = version(program) else {
            println!("\n{program} is not installed: left out");
            return None;
        };
        println!("\n{program}: {version}");
        let name = format!("{program}, a process");
        let arguments = arguments.into_iter().map(Into::into).collect();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(document).unwrap();
        Some(Self { name, program, arguments, document: file })
    }

    /// What it makes of the document.
    pub(crate) fn output(&self) -> Vec<u8> {
        let output = self.command(self.program).stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "{}", self.name);
        output.stdout
    }

    /// Runs it; what it writes goes nowhere.
    pub(crate) fn run(&self) -> usize {
        let status = self.command(self.program).stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "{}", self.name);
        0
    }

    /// The most memory it had (resident, in bytes), its own code and libraries included. Asked of the parent between,
    /// as what the system says of a child of this process counts from before it became another program.
    pub(crate) fn peak(&self) -> Option<u64> {
        if !Path::new(TIME).exists() {
            return None;
        }
        let mut time = Command::new(TIME);
        let output = time
            .args(["-f", "%M", self.program])
            .args(&self.arguments)
            .arg(self.document.path())
            .stdout(Stdio::null())
            .output()
            .unwrap();
        let kibibytes: u64 = String::from_utf8_lossy(&output.stderr).trim().parse().ok()?;
        Some(kibibytes * 1024)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(&self.arguments).arg(self.document.path());
        command
    }
}

/// The first line of what it says when asked for its version.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}
