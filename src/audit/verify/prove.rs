//! Proofs that one line stands in a trail, to be shown without the others.
//!
//! A proof holds the line, the hashes that lead from it to the root over its segment (RFC 6962), and the signed
//! checkpoint with that root; for a line behind the last checkpoint before a crash, the `recovery` record that has the
//! root, with its own proof.

use std::io;
use std::path::Path;

use memchr::memmem;
use serde_json::{Value, json};

use super::statement::Members;
use crate::audit::keys::PublicKey;
use crate::audit::trail::frame::{Framed, Hash, shown, unhex};
use crate::audit::trail::{merkle, segment, segments};

/// Which lines to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one with this number.
    Seq(u64),
    /// Those of the call with this trace.
    Trace(String),
}

/// A proof of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    line: String,
    /// Its place in the segment, from 0.
    index: u64,
    path: Vec<Hash>,
    by: By,
}

/// What a proof rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum By {
    Checkpoint(String),
    Recovery(Box<Proof>),
}

/// What a proof has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The line.
    pub line: String,
    /// Its number.
    pub seq: u64,
    /// When the checkpoint was signed.
    pub signed_at: String,
    /// The key it was signed with.
    pub key: String,
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The trail cannot be read.
    #[error("the trail cannot be read")]
    Unreadable(#[from] io::Error),
    /// There is no such line.
    #[error("no such line in the trail")]
    NotThere,
    /// Nothing signed is about it yet.
    #[error("no checkpoint covers seq {0} yet; the next one will")]
    NotSigned(u64),
}

/// What is wrong with a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refuted {
    /// It is not shaped like one.
    #[error("this is no proof as `poortwachter audit prove` writes it")]
    Misshapen,
    /// The line, the checkpoint or the recovery record was changed.
    #[error("a line in the proof is not as it was written")]
    Changed,
    /// The hashes do not lead from the line to the root.
    #[error("the line is not among those that the checkpoint is about")]
    NotAmong,
    /// The signature is not that of a given key.
    #[error("the checkpoint is not signed with a given key")]
    NotSigned,
}

/// The name of the format.
const FORMAT: &str = "poortwachter-audit-proof-v1";
/// Recoveries of recoveries: one per crash in a row.
const DEEPEST: usize = 64;

/// Proofs of the wanted lines, in the order of the trail.
///
/// # Errors
/// [`ProveError`]
pub fn prove(directory: &Path, wanted: &Wanted) -> Result<Vec<Proof>, ProveError> {
    let names = segments(directory)?;
    let mut proofs = Vec::new();
    let needle = match wanted {
        Wanted::Seq(seq) => format!("\"seq\":{seq},"),
        Wanted::Trace(trace) => format!("\"trace\":\"{trace}\""),
    };
    for (at, name) in names.iter().enumerate() {
        // A number can only be in the last file that begins with it or before.
        if let Wanted::Seq(seq) = wanted {
            let begins = |name: &String| segment::first_of(name).is_some_and(|first| first <= *seq);
            if !begins(name) || names.get(at + 1).is_some_and(begins) {
                continue;
            }
        }
        let file = text(&directory.join(name))?;
        if memmem::find(file.as_bytes(), needle.as_bytes()).is_none() {
            continue;
        }
        let lines: Vec<&str> = file.lines().collect();
        for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(&needle)) {
            let framed = Framed::read(line.as_bytes()).filter(|framed| framed.holds);
            let meant = framed.is_some_and(|framed| match wanted {
                Wanted::Seq(seq) => framed.seq == *seq,
                Wanted::Trace(_) => true,
            });
            if meant {
                proofs.push(prove_line(directory, &names, name, &lines, index, DEEPEST)?);
            }
        }
    }
    if proofs.is_empty() { Err(ProveError::NotThere) } else { Ok(proofs) }
}

fn prove_line(
    directory: &Path,
    names: &[String],
    name: &str,
    lines: &[&str],
    index: usize,
    deeper: usize,
) -> Result<Proof, ProveError> {
    let seq = Framed::read(lines[index].as_bytes()).map_or(0, |framed| framed.seq);
    let kind_of = |line: &&str| Framed::read(line.as_bytes()).map(|framed| framed.kind().to_owned());
    let checkpoint =
        lines[index + 1..].iter().position(|line| kind_of(line).as_deref() == Some("checkpoint"));
    let (size, by) = if let Some(behind) = checkpoint {
        (index + 1 + behind, By::Checkpoint(lines[index + 1 + behind].to_owned()))
    } else {
        let recovery = recovery_of(directory, names, name, deeper)?;
        let (size, recovery) = recovery.ok_or(ProveError::NotSigned(seq))?;
        (size, By::Recovery(Box::new(recovery)))
    };
    let leaves: Vec<Hash> = lines
        .get(..size)
        .ok_or(ProveError::NotSigned(seq))?
        .iter()
        .map(|line| merkle::leaf(line.as_bytes()))
        .collect();
    let path = merkle::path(&leaves, index);
    Ok(Proof { line: lines[index].to_owned(), index: index as u64, path, by })
}

/// The record that sealed an unfinished segment: how many lines it is about, and its own proof.
fn recovery_of(
    directory: &Path,
    names: &[String],
    unsealed: &str,
    deeper: usize,
) -> Result<Option<(usize, Proof)>, ProveError> {
    let Some(deeper) = deeper.checked_sub(1) else { return Ok(None) };
    let after = names.iter().skip_while(|name| *name != unsealed).skip(1);
    for name in after {
        let file = text(&directory.join(name))?;
        let lines: Vec<&str> = file.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let Some(framed) = Framed::read(line.as_bytes()).filter(|framed| framed.kind() == "recovery")
            else {
                continue;
            };
            let told = Members::of(&framed).and_then(|members| members.unsealed());
            if let Some(told) = told.filter(|told| told.segment == unsealed) {
                let size = usize::try_from(told.lines).unwrap_or(usize::MAX);
                return Ok(Some((size, prove_line(directory, names, name, &lines, index, deeper)?)));
            }
        }
    }
    Ok(None)
}

impl Proof {
    /// As it is written to a file.
    pub fn to_json(&self) -> Value {
        let path: Vec<String> = self.path.iter().map(|hash| shown(hash)).collect();
        let mut object = json!({ "format": FORMAT, "line": self.line, "index": self.index, "path": path });
        match &self.by {
            By::Checkpoint(line) => object["checkpoint"] = json!(line),
            By::Recovery(proof) => object["recovery"] = proof.to_json(),
        }
        object
    }

    /// As it was read from a file.
    pub fn from_json(value: &Value) -> Option<Self> {
        Self::read(value, DEEPEST)
    }

    fn read(value: &Value, deeper: usize) -> Option<Self> {
        let deeper = deeper.checked_sub(1)?;
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let path = value["path"].as_array()?.iter().map(|hash| unhex(hash.as_str()?));
        let by = match text("checkpoint") {
            Some(line) => By::Checkpoint(line),
            None => By::Recovery(Box::new(Self::read(&value["recovery"], deeper)?)),
        };
        text("format").filter(|format| format == FORMAT)?;
        let (line, index) = (text("line")?, value["index"].as_u64()?);
        Some(Self { line, index, path: path.collect::<Option<_>>()?, by })
    }

    /// Checks it, with nothing else at hand but keys; without any, every signature that is one counts as nobody's.
    ///
    /// # Errors
    /// [`Refuted`]
    pub fn check(&self, keys: &[PublicKey]) -> Result<Shown, Refuted> {
        let framed = held(&self.line)?;
        let (size, root, shown) = match &self.by {
            By::Checkpoint(line) => {
                let by = held(line)?;
                let members = Members::of(&by).filter(|_| by.kind() == "checkpoint");
                let checkpoint =
                    members.and_then(|members| members.checkpoint()).ok_or(Refuted::Misshapen)?;
                let signed = keys.iter().any(|key| checkpoint.is_signed(&by, key));
                if !signed {
                    return Err(Refuted::NotSigned);
                }
                let shown = Shown {
                    line: self.line.clone(),
                    seq: framed.seq,
                    signed_at: checkpoint.time.clone(),
                    key: checkpoint.key.clone(),
                };
                (checkpoint.size, checkpoint.root, shown)
            }
            By::Recovery(proof) => {
                let by = proof.check(keys)?;
                let recovery = held(&proof.line)?;
                let members = Members::of(&recovery).filter(|_| recovery.kind() == "recovery");
                let told = members.and_then(|members| members.unsealed()).ok_or(Refuted::Misshapen)?;
                (told.lines, told.root, Shown { line: self.line.clone(), seq: framed.seq, ..by })
            }
        };
        let climbed = merkle::climb(merkle::leaf(self.line.as_bytes()), self.index, size, &self.path);
        if climbed == Some(root) { Ok(shown) } else { Err(Refuted::NotAmong) }
    }
}

/// A segment that a crash cut off can end in anything.
fn text(file: &Path) -> io::Result<String> {
    std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn held(line: &str) -> Result<Framed<'_>, Refuted> {
    Framed::read(line.as_bytes()).filter(|framed| framed.holds).ok_or(Refuted::Changed)
}
