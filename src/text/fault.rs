//! What is wrong in a file, where, and what would be right.

use std::fmt::{self, Write as _};
use std::io;
use std::sync::Arc;

use super::words::is_invisible;

/// A place in a file: what a later fault points at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The file, as it was named to us.
    pub file: Arc<str>,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// Column in characters, from 1; 0 where the whole file is meant.
    pub column: u32,
    /// The key with its tables before it, `grant[1].purpose`; empty where none is meant.
    pub key: String,
}

impl Spot {
    /// The whole of a file or directory.
    pub fn whole(file: &str) -> Self {
        Self { file: file.into(), line: 0, column: 0, key: String::new() }
    }

    /// A fault at this place.
    pub fn fault(&self, problem: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault { spot: self.clone(), problem: problem.into(), remedy: remedy.into() }
    }

    /// That the file here cannot be read; `absent` is the remedy where there is none.
    pub fn unreadable(&self, cause: &io::Error, absent: &str) -> Fault {
        let remedy = match cause.kind() {
            io::ErrorKind::NotFound => absent,
            io::ErrorKind::PermissionDenied => "let the gateway's user read it",
            io::ErrorKind::InvalidData => "save it as UTF-8",
            _ => "make it readable",
        };
        self.fault(format!("cannot be read: {cause}"), remedy)
    }
}

/// One thing that is wrong. Shown as `file:line:column: key: problem; remedy`, on one line whatever was
/// written: what cannot be seen is escaped, so that a file can neither forge a line nor hide one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where.
    pub spot: Spot,
    /// What is wrong, quoting what was written.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { spot, problem, remedy } = self;
        visibly(f, &spot.file)?;
        if spot.line > 0 {
            write!(f, ":{}:{}", spot.line, spot.column)?;
        }
        if !spot.key.is_empty() {
            f.write_str(": `")?;
            visibly(f, &spot.key)?;
            f.write_str("`")?;
        }
        f.write_str(": ")?;
        visibly(f, problem)?;
        f.write_str("; ")?;
        visibly(f, remedy)
    }
}

fn visibly(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for (at, c) in text.chars().enumerate() {
        match c {
            _ if at == SHOWN_MAX => return f.write_char('…'),
            c if is_invisible(c) => write!(f, "{}", c.escape_unicode())?,
            c => f.write_char(c)?,
        }
    }
    Ok(())
}

/// How many characters of each part are shown. Longer ones quote what nobody reads to its end.
const SHOWN_MAX: usize = 600;

/// Everything that is wrong, in the order of files and lines; a line each when shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many things are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Notes one more.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The faults, sorted by file and line.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }

    /// The same faults, sorted by file and line.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.sort();
        self
    }

    /// `value` when nothing is wrong.
    ///
    /// # Errors
    /// The faults, sorted.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self.sorted()) }
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl Extend<Fault> for Faults {
    fn extend<I: IntoIterator<Item = Fault>>(&mut self, faults: I) {
        self.0.extend(faults);
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
