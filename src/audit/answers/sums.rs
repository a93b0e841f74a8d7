//! What several calls come to.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::joined::{Call, Course};
use crate::audit::trail::frame::{Hash, unhex};

/// What several calls come to.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// How many there were.
    pub calls: u64,
    /// By verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// Those that were not forwarded, by verdict and reason.
    pub refusals: BTreeMap<(String, String), u64>,
    /// Those that were forwarded and not answered whole, by verdict and reason.
    pub unfinished: BTreeMap<(String, String), u64>,
    /// Values taken out, by kind.
    pub removed: BTreeMap<String, u64>,
    /// Values that stayed on a basis, by kind.
    pub released: BTreeMap<String, u64>,
    /// Pseudonyms of persons.
    pub subjects: HashSet<Hash>,
    /// Pseudonyms of enterprises.
    pub enterprises: HashSet<Hash>,
    /// Persons and enterprises that records had no place for.
    pub beyond: u64,
    /// Ids of the keys of the pseudonyms.
    pub keys: BTreeSet<String>,
    /// Answers that were withheld, by what was wrong with them.
    pub withheld: BTreeMap<String, u64>,
    /// Answers that left without their signature.
    pub unsigned: u64,
    /// Numbers that the tripwire found, by what was done about them.
    pub tripwire: BTreeMap<String, u64>,
    /// Bytes of answers.
    pub bytes: u64,
}

impl Sums {
    /// Adds a call.
    pub fn add(&mut self, call: &Call) {
        self.calls += 1;
        count(&mut self.verdicts, call.verdict(), 1);
        let why = (call.verdict().to_owned(), call.reason().to_owned());
        match call.course() {
            Course::Refused => *self.refusals.entry(why).or_default() += 1,
            _ if call.verdict() != "allowed" => *self.unfinished.entry(why).or_default() += 1,
            _ => {}
        }
        call.counts("removed").for_each(|(kind, values)| count(&mut self.removed, kind, values));
        call.counts("released").for_each(|(kind, values)| count(&mut self.released, kind, values));
        self.subjects.extend(call.texts("subjects").filter_map(unhex));
        self.enterprises.extend(call.texts("enterprises").filter_map(unhex));
        let beyond = ["subjects_beyond", "enterprises_beyond"];
        self.beyond += beyond.iter().filter_map(|key| call.number(key)).sum::<u64>();
        self.keys.extend(call.text("pseudonym_key").map(str::to_owned));
        if let Some(fault) = call.text("fault") {
            count(&mut self.withheld, fault, 1);
        }
        let end = call.end().map(crate::audit::reading::Entry::members);
        let unsigned = end.and_then(|end| end.get("unsigned")?.as_bool());
        self.unsigned += u64::from(unsigned == Some(true));
        if let Some(mode) = call.text("tripwire") {
            count(&mut self.tripwire, mode, call.number("tripwire_numbers").unwrap_or(0));
        }
        self.bytes += call.number("bytes").unwrap_or(0);
    }
}

/// Adds to the count of a name.
pub(super) fn count(counts: &mut BTreeMap<String, u64>, name: &str, by: u64) {
    if let Some(count) = counts.get_mut(name) {
        *count += by;
    } else {
        counts.insert(name.to_owned(), by);
    }
}
