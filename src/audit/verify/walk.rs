//! The walk along a trail, line by line.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::finding::{Finding, What};
use super::holes::Holes;
use super::statement::{Checkpoint, Members};
use super::{Report, Terms};
use crate::audit::keys::PublicKey;
use crate::audit::trail::Unsealed;
use crate::audit::trail::frame::{Framed, Hash, NOTHING, shown};
use crate::audit::trail::merkle::{self, Tree};
use crate::audit::trail::segment;
use crate::audit::trail::tombstone::Gone;

/// What has been seen so far.
pub(super) struct Walk<'t> {
    terms: &'t Terms,
    report: Report,
    trail: Option<String>,
    /// The number and `prev` that the next line must have.
    next: (u64, Hash),
    /// A line before could not be read: the next that can is taken as it stands.
    lost: bool,
    /// Segments without a seal of which no record has told yet.
    pending: Vec<Unsealed>,
    previous: Option<String>,
    /// Where files are missing, and what tombstones say of that.
    holes: Holes,
    /// How the last segment ended.
    ended: Ended,
    /// Checkpoints known from elsewhere, by number, and not seen yet.
    witnessed: BTreeMap<u64, String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Open { torn: u64 },
    Followed,
    Stopped,
}

/// One segment, while it is read.
struct Here<'n> {
    name: &'n str,
    line: u64,
    tree: Tree,
    key: Option<PublicKey>,
    sealed: Option<Ended>,
    /// Nothing was wrong in it so far.
    clean: bool,
}

impl<'t> Walk<'t> {
    pub(super) fn new(terms: &'t Terms) -> Self {
        let mut walk = Self {
            terms,
            report: Report::default(),
            trail: None,
            next: (1, NOTHING),
            lost: false,
            pending: Vec::new(),
            previous: None,
            holes: Holes::default(),
            ended: Ended::Stopped,
            witnessed: BTreeMap::new(),
        };
        for line in &terms.witnessed {
            match Framed::read(line.as_bytes()).filter(|framed| framed.holds) {
                Some(framed) => drop(walk.witnessed.insert(framed.seq, line.clone())),
                None => walk.find("", 0, None, What::NotWitnessed),
            }
        }
        walk
    }

    pub(super) fn segment(&mut self, name: &str, bytes: &[u8]) {
        self.report.segments += 1;
        let mut here = Here { name, line: 0, tree: Tree::default(), key: None, sealed: None, clean: true };
        // Where the last line that holds ends, and lines that do not and may be what a crash left.
        let (mut whole, mut bad, mut at) = (0, Vec::new(), 0);
        while let Some(length) = bytes[at..].iter().position(|byte| *byte == b'\n') {
            let line = &bytes[at..at + length];
            at += length + 1;
            here.line += 1;
            let Some(framed) = Framed::read(line).filter(|framed| framed.holds) else {
                bad.push(here.line);
                self.lost = true;
                continue;
            };
            for line in bad.drain(..) {
                here.clean = false;
                self.find(name, line, None, What::Changed);
            }
            self.line(&mut here, &framed, line);
            whole = at;
        }
        self.end(&here, &bytes[whole..], whole);
    }

    fn end(&mut self, here: &Here<'_>, torn: &[u8], whole: usize) {
        if !torn.is_empty() {
            // A line that could not be read at the end was no line.
            self.lost = false;
        }
        self.previous = Some(here.name.to_owned());
        self.ended = match here.sealed {
            Some(ended) if torn.is_empty() => ended,
            _ => Ended::Open { torn: torn.len() as u64 },
        };
        if let Ended::Open { torn: torn_bytes } = self.ended {
            self.pending.push(Unsealed {
                segment: here.name.to_owned(),
                lines: here.tree.size(),
                bytes: whole as u64,
                root: here.tree.root(),
                torn_bytes,
                torn_sha256: Sha256::digest(torn).into(),
            });
        }
    }

    fn line(&mut self, here: &mut Here<'_>, framed: &Framed<'_>, line: &[u8]) {
        self.report.lines += 1;
        self.report.unsigned += 1;
        self.chain(here, framed);
        if here.sealed.is_some() {
            self.wrong(here, framed, What::AfterSeal);
        }
        here.sealed = None;
        let members = || Members::of(framed);
        match framed.kind() {
            "segment" if here.tree.size() == 0 => self.header(here, framed),
            _ if here.tree.size() == 0 => self.wrong(here, framed, What::WrongHeader),
            "segment" => self.wrong(here, framed, What::WrongHeader),
            "checkpoint" => match members().and_then(|members| members.checkpoint()) {
                Some(checkpoint) => self.checkpoint(here, framed, &checkpoint),
                None => self.wrong(here, framed, What::WrongCheckpoint),
            },
            "recovery" => {
                if let Some(told) = members().and_then(|members| members.unsealed()) {
                    self.recovery(here, framed, &told);
                }
            }
            "tombstone" => {
                self.all_told(here);
                match members().and_then(|members| members.tombstone()) {
                    Some(gone) => self.holes.told(gone),
                    None => self.wrong(here, framed, What::WrongTombstone),
                }
            }
            _ => self.all_told(here),
        }
        here.tree.add(merkle::leaf(line));
        if self.witnessed.get(&framed.seq).is_some_and(|known| known.as_bytes() == line) {
            self.witnessed.remove(&framed.seq);
        }
        self.report.last = Some((framed.seq, shown(&framed.hash)));
    }

    /// Whether the line is the next.
    fn chain(&mut self, here: &mut Here<'_>, framed: &Framed<'_>) {
        let (seq, prev) = self.next;
        let missing = || match self.report.lines {
            1 => What::NoBeginning,
            _ => What::Missing { lines: framed.seq - seq },
        };
        let what = if framed.seq < seq {
            Some(What::OutOfOrder)
        } else if std::mem::take(&mut self.lost) {
            None
        } else if framed.seq > seq && here.line == 1 {
            // Whole files: a tombstone may say why, later in the trail.
            let gone = Gone { from: seq, to: framed.seq - 1, prev, last: framed.prev };
            let (segment, line) = (here.name.to_owned(), here.line);
            self.holes.add(gone, Finding { segment, line, seq: Some(framed.seq), what: missing() });
            None
        } else if framed.seq > seq {
            Some(missing())
        } else if framed.prev != prev {
            Some(What::Unchained)
        } else {
            None
        };
        if let Some(what) = what {
            self.wrong(here, framed, what);
        }
        self.next = (framed.seq + 1, framed.hash);
    }

    fn header(&mut self, here: &mut Here<'_>, framed: &Framed<'_>) {
        let Some(members) = Members::of(framed) else {
            return self.wrong(here, framed, What::WrongHeader);
        };
        let trail = members.text("trail").map(str::to_owned);
        let fits = members.text("name") == Some(here.name)
            && self.follows(members.text("previous"))
            && (self.trail.is_none() || self.trail == trail)
            && trail.is_some();
        if !fits {
            self.wrong(here, framed, What::WrongHeader);
        }
        self.trail = trail;
        here.key = members.hex("public").map(PublicKey);
        let known = here.key.is_some_and(|key| self.terms.keys.is_empty() || self.terms.keys.contains(&key));
        if !known {
            self.wrong(here, framed, What::UnknownKey);
        }
    }

    /// Whether the file before is the one that a header names, or was one of those that are missing here.
    fn follows(&self, previous: Option<&str>) -> bool {
        match previous.and_then(segment::first_of) {
            Some(first) if self.holes.has(first) => true,
            _ => previous == self.previous.as_deref(),
        }
    }

    fn checkpoint(&mut self, here: &mut Here<'_>, framed: &Framed<'_>, checkpoint: &Checkpoint) {
        self.all_told(here);
        if checkpoint.seals() {
            let followed = checkpoint.why == "segment";
            here.sealed = Some(if followed { Ended::Followed } else { Ended::Stopped });
        }
        // What was found in the segment already is not said again of the tree over it.
        let about = checkpoint.size == here.tree.size() && checkpoint.root == here.tree.root();
        let placed = checkpoint.segment == here.name && self.trail.as_ref() == Some(&checkpoint.trail);
        if !placed || !about {
            if here.clean {
                self.wrong(here, framed, What::WrongCheckpoint);
            }
            return;
        }
        let key = here.key.filter(|key| key.id() == checkpoint.key);
        if key.is_some_and(|key| checkpoint.is_signed(framed, &key)) {
            self.report.checkpoints += 1;
            self.report.unsigned = 0;
            self.holes.signed();
        } else {
            self.wrong(here, framed, What::WrongSignature);
        }
    }

    fn recovery(&mut self, here: &mut Here<'_>, framed: &Framed<'_>, told: &Unsealed) {
        if self.pending.first() == Some(told) {
            self.pending.remove(0);
            let Unsealed { segment, lines, torn_bytes, .. } = told;
            self.report.recovered.push(format!(
                "{segment}: ended after {lines} lines without a seal, {torn_bytes} bytes torn; sealed by seq {}",
                framed.seq
            ));
        } else if segment::first_of(&told.segment).is_some_and(|first| self.holes.has(first)) {
            // It is not there any more to be held against this.
        } else {
            // Whichever it was about is not missed a second time.
            self.pending.retain(|pending| pending.segment != told.segment);
            self.wrong(here, framed, What::WrongRecovery);
        }
    }

    /// The records of unfinished segments come first in the next.
    fn all_told(&mut self, here: &mut Here<'_>) {
        for unsealed in std::mem::take(&mut self.pending) {
            here.clean = false;
            self.find(&unsealed.segment, unsealed.lines, None, What::Unsealed);
        }
    }

    fn wrong(&mut self, here: &mut Here<'_>, framed: &Framed<'_>, what: What) {
        here.clean = false;
        self.find(here.name, here.line, Some(framed.seq), what);
    }

    fn find(&mut self, segment: &str, line: u64, seq: Option<u64>, what: What) {
        self.report.findings.push(Finding { segment: segment.to_owned(), line, seq, what });
    }

    pub(super) fn finish(mut self) -> Report {
        let last = self.previous.clone().unwrap_or_default();
        let line = self.pending.last().map_or(0, |pending| pending.lines);
        if self.report.segments == 0 || self.report.lines == 0 {
            self.find("", 0, None, What::Nothing);
        } else if self.pending.len() > 1 {
            // Only the last may still be written.
            let before = self.pending.len() - 1;
            for unsealed in self.pending.drain(..before).collect::<Vec<_>>() {
                self.find(&unsealed.segment, unsealed.lines, None, What::Unsealed);
            }
        }
        match self.ended {
            _ if self.terms.live || self.report.lines == 0 => {}
            Ended::Open { torn } => self.find(&last, line, None, What::NoEnd { torn }),
            Ended::Followed => self.find(&last, 0, None, What::NoNext),
            Ended::Stopped => {}
        }
        let (retired, missing) = std::mem::take(&mut self.holes).judge();
        self.report.retired = retired;
        self.report.findings.extend(missing);
        for seq in self.witnessed.keys().copied().collect::<Vec<_>>() {
            self.find("", 0, Some(seq), What::NotWitnessed);
        }
        self.report
    }
}
