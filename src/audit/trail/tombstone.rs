//! Tombstones: records that files of the trail were removed because their time was over.
//!
//! A tombstone names the files, and says for each stretch of the chain that is gone which lines it held, what came before
//! it and what it ended in: so the chain can still be followed across it. Where a file that held tombstones goes itself,
//! what they said is repeated, neighbours joined.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::frame::{Hash, unhex};
use super::line::Line;

/// A stretch of the chain that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The number of its first line.
    pub from: u64,
    /// The number of its last.
    pub to: u64,
    /// The hash of the line before its first.
    pub prev: Hash,
    /// The hash of its last.
    pub last: Hash,
}

/// A file that is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buried {
    /// Its name.
    pub segment: String,
    /// Its lines.
    pub gone: Gone,
    /// The root over them: whoever kept the file elsewhere can show that it is this one.
    pub root: Hash,
}

impl Gone {
    /// All that a tombstone with these members says; none where it says that otherwise than it must.
    pub fn all(members: &Map<String, Value>) -> Option<Vec<Self>> {
        let list = |key: &str| members.get(key)?.as_array();
        list("removed")?.iter().chain(list("gone")?).map(Self::read).collect()
    }

    fn read(value: &Value) -> Option<Self> {
        let hash = |key: &str| unhex(value[key].as_str()?);
        let (from, to) = (value["from"].as_u64()?, value["to"].as_u64()?);
        Some(Self { from, to, prev: hash("before")?, last: hash("last")? })
    }

    /// Writes its members.
    pub fn write(&self, line: &mut Line<'_>) {
        line.number("from", self.from);
        line.number("to", self.to);
        line.hex("before", &self.prev);
        line.hex("last", &self.last);
    }
}

impl Buried {
    /// Writes its members.
    pub fn write(&self, line: &mut Line<'_>) {
        line.text("segment", &self.segment);
        self.gone.write(line);
        line.hex("root", &self.root);
    }
}

/// Stretches in the order of the chain, those joined that continue each other.
pub fn joined(mut all: Vec<Gone>) -> Vec<Gone> {
    all.sort_by_key(|gone| (gone.from, gone.to));
    all.dedup();
    let mut joined: Vec<Gone> = Vec::new();
    for gone in all {
        match joined.last_mut() {
            Some(before) if before.to + 1 == gone.from && before.last == gone.prev => {
                before.to = gone.to;
                before.last = gone.last;
            }
            _ => joined.push(gone),
        }
    }
    joined
}

/// Whether stretches that are said to be gone make up one that is missing, from end to end.
pub fn cover(missing: &Gone, gone: &[Gone]) -> bool {
    // Where one can get to, from its beginning, over stretches that continue each other.
    let mut reached = BTreeSet::from([(missing.from, missing.prev)]);
    while let Some((from, prev)) = reached.pop_first() {
        if (from, prev) == (missing.to + 1, missing.last) {
            return true;
        }
        let next = gone.iter().filter(|gone| gone.from == from && gone.prev == prev && gone.to >= from);
        reached.extend(next.filter(|gone| gone.to <= missing.to).map(|gone| (gone.to + 1, gone.last)));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(from: u64, to: u64) -> Gone {
        let hash = |seq: u64| [u8::try_from(seq).expect("a small number"); 32];
        Gone { from, to, prev: hash(from - 1), last: hash(to) }
    }

    #[test]
    fn neighbours_are_joined_and_strangers_are_not() {
        let strange = Gone { prev: [99; 32], ..gone(7, 8) };
        let all = vec![gone(4, 6), gone(1, 3), gone(1, 3), strange.clone(), gone(20, 30)];
        assert_eq!(joined(all), [gone(1, 6), strange, gone(20, 30)]);
    }

    #[test]
    fn a_hole_is_covered_by_what_leads_from_its_beginning_to_its_end() {
        let missing = gone(4, 12);
        assert!(cover(&missing, &[gone(4, 12)]));
        assert!(cover(&missing, &[gone(9, 12), gone(1, 3), gone(4, 8)]));
        assert!(cover(&missing, &[gone(4, 5), gone(4, 8), gone(6, 6), gone(9, 12)]));
        assert!(!cover(&missing, &[gone(4, 8), gone(10, 12)]));
        assert!(!cover(&missing, &[gone(4, 11)]));
        assert!(!cover(&missing, &[gone(4, 13)]));
        assert!(!cover(&missing, &[gone(1, 12)]));
        assert!(!cover(&missing, &[Gone { prev: [7; 32], ..gone(4, 12) }]));
        assert!(!cover(&missing, &[Gone { last: [7; 32], ..gone(4, 12) }]));
        assert!(!cover(&missing, &[gone(4, 8), Gone { prev: [7; 32], ..gone(9, 12) }]));
        assert!(!cover(&missing, &[]));
    }
}
