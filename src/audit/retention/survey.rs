//! What a file of a trail holds, as far as that decides how long it is kept.

use jiff::Timestamp;

use super::Kept;
use crate::audit::trail::frame::Framed;
use crate::audit::trail::merkle::{self, Tree};
use crate::audit::trail::tombstone::{Buried, Gone};

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// What a tombstone would say of it; none where it is damaged or empty.
    pub buried: Option<Buried>,
    /// The latest record of each kind that is kept for its own time, by [`Kept::ALL`].
    pub newest: [Option<Timestamp>; Kept::ALL.len()],
    /// Unfinished files of whose end it tells.
    pub tells_of: Vec<String>,
    /// What its own tombstones say.
    pub tombstones: Vec<Gone>,
    /// It is damaged, or holds something that is not understood: it stays.
    pub is_strange: bool,
}

/// Looks through a file.
pub fn survey(bytes: &[u8], name: &str) -> Survey {
    let mut survey = Survey::default();
    let mut tree = Tree::default();
    let mut gone: Option<Gone> = None;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let whole = line.strip_suffix(b"\n").and_then(Framed::read).filter(|framed| framed.holds);
        // Half a line that a crash left is nobody's record; anything else that does not fit is strange.
        let Some(framed) = whole else {
            survey.is_strange |= line.ends_with(b"\n");
            break;
        };
        tree.add(merkle::leaf(&line[..line.len() - 1]));
        match &mut gone {
            None => {
                gone = Some(Gone { from: framed.seq, to: framed.seq, prev: framed.prev, last: framed.hash });
            }
            Some(gone) if gone.to + 1 == framed.seq && gone.last == framed.prev => {
                gone.to = framed.seq;
                gone.last = framed.hash;
            }
            Some(_) => survey.is_strange = true,
        }
        survey.is_strange |= survey.take(&framed).is_none();
    }
    survey.is_strange |= gone.is_none();
    let root = tree.root();
    survey.buried = gone.map(|gone| Buried { segment: name.to_owned(), gone, root });
    survey
}

impl Survey {
    /// Takes note of a record; none where it is not understood.
    fn take(&mut self, framed: &Framed<'_>) -> Option<()> {
        if matches!(framed.kind(), "segment" | "checkpoint") {
            return Some(());
        }
        let members = framed.object()?;
        let text = |key: &str| members.get(key)?.as_str();
        if framed.kind() == "tombstone" {
            self.tombstones.extend(Gone::all(&members)?);
            return Some(());
        }
        if framed.kind() == "recovery" {
            self.tells_of.extend(text("segment").map(str::to_owned));
        }
        let kept = Kept::of(framed.kind(), text("phase"))?;
        let time: Timestamp = text("time")?.parse().ok()?;
        let newest = &mut self.newest[kept.at()];
        *newest = (*newest).max(Some(time));
        Some(())
    }
}
