//! Functionholders whom nobody knows: other ones in each run, so that nothing can be made to remove just them.

use uuid::Uuid;

/// An invented person.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) first_name: String,
    pub(super) last_name: String,
    /// A test number: the month is 61 to 72, as no real person's is.
    pub(super) insz: String,
}

impl Holder {
    pub(super) fn invent() -> Self {
        let bytes = Uuid::new_v4().into_bytes();
        Self {
            first_name: format!("Kwik{}", letters(&bytes[..4])),
            last_name: format!("Kanarie{}", letters(&bytes[8..13])),
            insz: insz(u64::from(bytes[13]), u64::from(bytes[14]), u64::from(bytes[15])),
        }
    }
}

fn letters(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(b'a' + half)).collect()
}

/// With valid check digits, for somebody born before 2000.
fn insz(year: u64, month: u64, serial: u64) -> String {
    let nine = (year % 100) * 10_000_000 + (61 + month % 12) * 100_000 + (1 + month % 28) * 1000 + 1 + serial;
    format!("{nine:09}{:02}", 97 - nine % 97)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_number_is_a_test_number_with_valid_check_digits() {
        assert_eq!(insz(162, 67, 99), "62681210057");
        assert_eq!(97 - 626_812_100 % 97, 57);
        let (one, other) = (Holder::invent(), Holder::invent());
        assert_ne!((one.insz, one.last_name), (other.insz, other.last_name));
    }
}
