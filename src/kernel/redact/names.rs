//! The names a program knows, and how to tell in a glance that a name is none of them.
//!
//! Most names of an answer are unknown to the program. One load of the first eight bytes of a name, case
//! ignored, is enough to say so; only a name that passes is read to its end.

/// The most names one program may know.
pub(super) const MOST: usize = 64;

/// The place of a name in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameIx(u8);

impl NameIx {
    fn numbered(at: usize) -> Option<Self> {
        u8::try_from(at).ok().filter(|_| at < MOST).map(Self)
    }

    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// Up to [`MOST`] names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    list: [&'a str; MOST],
    len: usize,
    glance: Glance,
}

impl<'a> Names<'a> {
    pub(crate) const fn new() -> Self {
        Self { list: [""; MOST], len: 0, glance: Glance::nothing() }
    }

    /// The place of a name, where it is put if it is not there yet; `None`: there is no room.
    pub(crate) fn place(&mut self, name: &'a str) -> Option<NameIx> {
        if let Some(known) = self.find(name.as_bytes()) {
            return Some(known);
        }
        let place = NameIx::numbered(self.len)?;
        self.list[place.at()] = name;
        self.len += 1;
        self.glance.learn(name.as_bytes(), place);
        Some(place)
    }

    /// The place of a name, case respected.
    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<NameIx> {
        self.alike(word(name)).find(|place| self.list[place.at()].as_bytes() == name)
    }

    /// Whether it is one of the names, case ignored.
    pub(crate) fn is_like(&self, name: &[u8]) -> bool {
        self.alike(word(name)).any(|place| self.list[place.at()].as_bytes().eq_ignore_ascii_case(name))
    }

    /// Whether the name at a place stands at the start of `bytes`, case respected.
    pub(crate) fn reads(&self, place: NameIx, bytes: &[u8]) -> bool {
        bytes.starts_with(self.list[place.at()].as_bytes())
    }

    /// Which of the names, its case ignored, stands at the start of `bytes`, something behind it that belongs to no
    /// longer one.
    pub(crate) fn starting(&self, bytes: &[u8]) -> Option<NameIx> {
        let word = word(bytes);
        let stands = |place: &NameIx| {
            let (name, Stem { mask, value }) =
                (self.list[place.at()].as_bytes(), self.glance.own[place.at()]);
            let Some((start, rest)) = bytes.split_at_checked(name.len()) else { return false };
            // The first eight bytes are letters for the most part: one comparison.
            (word | LOWER) & mask == value
                && rest.first().is_some_and(|next| !is_of_name(*next))
                && (name.len() <= STEM || start[STEM..].eq_ignore_ascii_case(&name[STEM..]))
        };
        self.alike(word).find(stands)
    }

    /// Whether a name that starts with these eight bytes may be one of the names, case ignored.
    #[inline]
    pub(crate) fn may_be(&self, word: u64) -> bool {
        self.glance.may_be(word)
    }

    /// Whether a name that ends with these two bytes may be one of the names, case ignored.
    #[inline]
    pub(crate) fn may_end(&self, ending: [u8; 2]) -> bool {
        self.glance.may_end(ending)
    }

    /// The names that start with the same two letters, case ignored.
    #[inline]
    fn alike(&self, word: u64) -> impl Iterator<Item = NameIx> + '_ {
        let mut next = self.glance.alike(word);
        core::iter::from_fn(move || {
            let here = next?;
            next = self.glance.next[here.at()];
            Some(here)
        })
    }
}

/// Whether a byte may belong to the name of an element, its prefix included.
pub(crate) const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.' | 0x80..)
}

/// The first eight bytes; zero beyond the end.
#[inline]
pub(crate) fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => short_word(bytes),
    }
}

fn short_word(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Two letters choose a stem: what all known names that start with them have in common.
#[derive(Clone, Copy, Debug)]
struct Glance {
    stem: [u8; CLASSES],
    stems: [Stem; MOST + 1],
    /// By name: its own first bytes.
    own: [Stem; MOST],
    /// By stem: a name that has it.
    first: [Option<NameIx>; MOST + 1],
    /// By name: another one that has the same stem.
    next: [Option<NameIx>; MOST],
    len: usize,
    endings: u64,
}

/// The first bytes of names, lower case, and which of a word's bytes they are.
#[derive(Clone, Copy, Debug)]
struct Stem {
    mask: u64,
    value: u64,
}

/// The longest stem: a word.
const STEM: usize = 8;
/// What two letters, five bits each, can be.
const CLASSES: usize = 1 << 10;
/// Makes letters lower case; what it makes of other bytes does not matter as long as it is the same everywhere.
const LOWER: u64 = 0x2020_2020_2020_2020;

impl Glance {
    const fn nothing() -> Self {
        // No byte has all bits of the mask and none of the value.
        let never = Stem { mask: 0, value: 1 };
        Self {
            stem: [0; CLASSES],
            stems: [never; MOST + 1],
            own: [never; MOST],
            first: [None; MOST + 1],
            next: [None; MOST],
            len: 0,
            endings: 0,
        }
    }

    #[inline]
    fn may_be(&self, word: u64) -> bool {
        let Stem { mask, value } = self.stems[usize::from(self.stem[class(word)])];
        (word | LOWER) & mask == value
    }

    #[inline]
    const fn may_end(&self, ending: [u8; 2]) -> bool {
        self.endings & ending_bit(ending) != 0
    }

    #[inline]
    fn alike(&self, word: u64) -> Option<NameIx> {
        self.first[usize::from(self.stem[class(word)])]
    }

    fn learn(&mut self, name: &[u8], ix: NameIx) {
        let word = word(name);
        let bytes = u32::try_from(name.len().min(STEM)).unwrap_or(0);
        let own = u64::MAX.checked_shr(64 - 8 * bytes).unwrap_or(0);
        self.own[ix.at()] = Stem { mask: own, value: (word | LOWER) & own };
        let place = &mut self.stem[class(word)];
        if *place == 0 {
            self.len += 1;
            *place = u8::try_from(self.len).unwrap_or(u8::MAX);
            self.stems[self.len] = self.own[ix.at()];
        } else {
            self.stems[usize::from(*place)].share(word | LOWER, own);
        }
        let first = &mut self.first[usize::from(self.stem[class(word)])];
        self.next[ix.at()] = first.replace(ix);
        if let [.., before, last] = name {
            self.endings |= ending_bit([*before, *last]);
        }
    }
}

impl Stem {
    /// Forgets what another name does not have.
    fn share(&mut self, word: u64, own: u64) {
        let both = self.mask & own;
        let differ = (self.value ^ word) & both;
        let same = differ.trailing_zeros() / 8 * 8;
        self.mask = both & u64::MAX.checked_shr(64 - same).unwrap_or(0);
        self.value &= self.mask;
    }
}

/// The class of a word: its first two letters.
#[inline]
const fn class(word: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "ten bits")]
    let class = (word & 0x1f | word >> 3 & 0x3e0) as usize;
    class
}

#[inline]
const fn ending_bit([before, last]: [u8; 2]) -> u64 {
    1 << ((before.wrapping_mul(5) ^ last) & 0x1f | (last & 1) << 5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const KNOWN: [&str; 8] =
        ["Functies", "Functie", "INSZ", "VoorNaam", "AchterNaam", "Onderneming", "Adressen", "AdresLocaties"];

    fn known() -> Names<'static> {
        let mut names = Names::new();
        for name in KNOWN {
            names.place(name).expect("room");
        }
        names
    }

    #[test]
    fn a_name_is_found_by_all_of_its_letters() {
        let names = known();
        for (at, name) in KNOWN.iter().enumerate() {
            assert_eq!(names.find(name.as_bytes()).map(NameIx::at), Some(at));
            assert!(names.is_like(name.to_lowercase().as_bytes()));
            assert_eq!(names.find(name.to_uppercase().as_bytes()).is_some(), *name == "INSZ");
        }
        for other in ["", "F", "Functi", "FunctiehouderVan", "INSZX", "INS", "Adres", "Naam"] {
            assert_eq!(names.find(other.as_bytes()), None, "{other}");
            assert!(!names.is_like(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_glance_lets_every_known_name_pass_whatever_follows_it() {
        let names = known();
        for name in KNOWN {
            for form in [name.to_lowercase(), name.to_uppercase(), name.into()] {
                let written = [form.as_bytes(), b"> x='1'"].concat();
                assert!(names.may_be(word(&written)), "{form}");
                let ending: Vec<u8> = form.bytes().rev().take(2).collect();
                assert!(name != form || names.may_end([ending[1], ending[0]]), "{form}");
            }
        }
    }

    #[test]
    fn a_glance_stops_names_that_share_two_letters_only() {
        let names = known();
        for other in ["Omschrijving", "Inschrijving", "Volgnummer", "Aard    ", "Code>123"] {
            assert!(!names.may_be(word(other.as_bytes())), "{other}");
        }
        assert!(names.may_be(word(b"FunctiehouderVan")), "it shares all that two names share");
    }

    #[test]
    fn a_glance_lets_names_pass_wherever_and_however_they_part() {
        let written = |at: usize, letter: u8| -> std::string::String {
            "Abcdefghij".chars().enumerate().map(|(i, c)| if i == at { letter.into() } else { c }).collect()
        };
        let letters = || (b'a'..=b'z').chain(b'A'..=b'Z').chain(*b"-.0159");
        for at in 2..10 {
            for (one, other) in letters().flat_map(|one| letters().map(move |other| (one, other))) {
                let pair = [written(at, one), written(at, other)];
                let mut names = Names::new();
                for name in &pair {
                    names.place(name).expect("room");
                }
                for name in &pair {
                    assert!(
                        names.may_be(word(name.as_bytes())) && names.find(name.as_bytes()).is_some(),
                        "{pair:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn there_is_room_for_so_many_names() {
        let all: Vec<std::string::String> = (0..=MOST).map(|at| std::format!("n{at}")).collect();
        let mut names = Names::new();
        assert!(all[..MOST].iter().all(|name| names.place(name).is_some()));
        assert!(names.place(&all[MOST]).is_none());
        assert!(names.place(&all[0]).is_some(), "it is there already");
    }
}
