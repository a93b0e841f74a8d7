//! Files that are not there, and whether signed tombstones say why.

use super::finding::Finding;
use crate::audit::trail::tombstone::{Gone, cover};

/// What is missing of a trail, and what its tombstones say is gone.
#[derive(Debug, Default)]
pub(super) struct Holes {
    missing: Vec<(Gone, Finding)>,
    /// What tombstones say behind which no signature was found yet.
    told: Vec<Gone>,
    /// What tombstones say that are signed.
    signed: Vec<Gone>,
}

impl Holes {
    /// Something is missing; the finding that it is, should nothing say why.
    pub(super) fn add(&mut self, missing: Gone, finding: Finding) {
        self.missing.push((missing, finding));
    }

    /// Whether a line with this number would stand where something is missing.
    pub(super) fn has(&self, seq: u64) -> bool {
        self.missing.iter().any(|(gone, _)| (gone.from..=gone.to).contains(&seq))
    }

    /// A tombstone says that this is gone.
    pub(super) fn told(&mut self, gone: Vec<Gone>) {
        self.told.extend(gone);
    }

    /// All that was said so far is signed.
    pub(super) fn signed(&mut self) {
        self.signed.append(&mut self.told);
    }

    /// The first and last lines of what is rightly missing, and the findings about what is not.
    pub(super) fn judge(self) -> (Vec<(u64, u64)>, Vec<Finding>) {
        let (mut retired, mut findings) = (Vec::new(), Vec::new());
        for (missing, finding) in self.missing {
            if cover(&missing, &self.signed) {
                retired.push((missing.from, missing.to));
            } else {
                findings.push(finding);
            }
        }
        (retired, findings)
    }
}
