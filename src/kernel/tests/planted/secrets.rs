//! What is planted, and the plain search for it.

use crate::chance::Chance;

/// Letters of which nothing else in an answer is made three in a row.
const LETTERS: &[u8] = b"QXZJVWK";

/// What must not leave. Each secret is written down in its halves, either of which betrays it: markup in
/// the middle of a name leaves one of them whole.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    /// A new name or street.
    pub(crate) fn name(&mut self, chance: &mut Chance) -> String {
        let mut half = || (0..5).map(|_| char::from(chance.pick(LETTERS))).collect::<String>();
        self.plant(&[half(), half()])
    }

    /// A new number that no real person has: the month is 61 to 72.
    pub(crate) fn insz(&mut self, chance: &mut Chance) -> String {
        let mut digits = |from: usize, count: usize| format!("{:02}", from + chance.below(count));
        let (year, month, day) = (digits(10, 89), digits(61, 12), digits(1, 28));
        let (number, check) = (digits(111, 800), digits(11, 80));
        if chance.once_in(3) {
            return self.plant(&[format!("{year}.{month}.{day}-"), format!("{number}.{check}")]);
        }
        self.plant(&[format!("{year}{month}{day}"), format!("{number}{check}")])
    }

    fn plant(&mut self, halves: &[String]) -> String {
        self.0.extend(halves.iter().map(|half| half.clone().into_bytes()));
        halves.concat()
    }

    /// The first secret that stands in the bytes, also when they are UTF-16.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Option<&[u8]> {
        self.search(bytes).or_else(|| {
            let wide = bytes.contains(&0);
            wide.then(|| bytes.iter().copied().filter(|byte| *byte != 0).collect::<Vec<u8>>())
                .and_then(|narrow| self.search(&narrow))
        })
    }

    fn search(&self, bytes: &[u8]) -> Option<&[u8]> {
        let mut starts = [false; 256];
        self.0.iter().for_each(|secret| starts[usize::from(secret[0])] = true);
        let spots = (0..bytes.len()).filter(|at| starts[usize::from(bytes[*at])]);
        spots
            .into_iter()
            .find_map(|at| self.0.iter().find(|secret| bytes[at..].starts_with(secret)).map(Vec::as_slice))
    }
}
