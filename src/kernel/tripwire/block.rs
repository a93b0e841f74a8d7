//! Passes over text that has too few digits to hold a number, 64 bytes at a time.
//!
//! Every way to write a digit has an ASCII digit in it, or the byte 0xEF. In a number at most [`GAP`] other bytes
//! stand between two of those, and none of them [`breaks`] it. So a stretch without a break that holds fewer than
//! eleven holds no number: most texts do, and dates with their times.

/// The most bytes without a digit's mark inside a number: three references like `&#xAD;`, the `;` before them and
/// the `&#xFF` after them.
pub(super) const GAP: usize = 24;
/// The fewest marks in a number.
const FEWEST: usize = 11;
const WIDTH: usize = 64;

/// Whether this byte is one that stands in no number, be it digit, gap, reference or escape: not all that there are,
/// but those that are quickly told and mostly met.
pub(super) const fn breaks(byte: u8) -> bool {
    matches!(byte, b'"' | b',' | b':' | b'<'..=b'@' | b'G'..=b'W' | b'g'..=b'm')
}

/// The first mark of the next stretch that may hold a number, or at the end of the text its beginning.
pub(super) fn dense(text: &[u8], from: usize) -> Option<usize> {
    let mut stretch = Stretch { first: from, last: from, marks: 0 };
    let mut at = from;
    while at < text.len() {
        let masks = masks_at(text, at);
        // One without any breaks a stretch by its length.
        if masks.digits != 0 && stretch.reads(at, masks) {
            return Some(stretch.first);
        }
        at += WIDTH;
    }
    let open = stretch.marks > 0 && text.len() - stretch.last <= GAP + 1;
    if open { Some(stretch.first) } else { cut(text, from) }
}

/// Where a symbol begins that the end of the text cuts before its first mark: `&#`, `\u`, `&#xF`.
fn cut(text: &[u8], from: usize) -> Option<usize> {
    let reach = text.len().saturating_sub(super::symbol::LONGEST - 1).max(from);
    text[reach..].iter().rposition(|byte| matches!(byte, b'&' | b'\\')).map(|lead| reach + lead)
}

/// Marks without a break between them.
struct Stretch {
    first: usize,
    /// After the last one.
    last: usize,
    marks: usize,
}

impl Stretch {
    /// Reads a block; true: there are enough of them.
    fn reads(&mut self, at: usize, masks: Masks) -> bool {
        let Masks { digits, breaks } = masks;
        let mut left = digits;
        // Up to where in the block breaks were looked at.
        let mut seen = 0;
        while left != 0 {
            let start = left.trailing_zeros();
            let len = (!(left >> start)).trailing_zeros();
            let end = start + len;
            let broken = breaks & between(seen, start) != 0 || at + start as usize - self.last > GAP;
            if broken || self.marks == 0 {
                (self.first, self.marks) = (at + start as usize, 0);
            }
            self.marks += len as usize;
            if self.marks >= FEWEST {
                return true;
            }
            self.last = at + end as usize;
            seen = end;
            left &= !between(start, end);
        }
        if breaks & between(seen, 64) != 0 {
            self.marks = 0;
        }
        false
    }
}

/// Bits from one place to before another.
const fn between(start: u32, end: u32) -> u64 {
    (if end >= 64 { u64::MAX } else { (1 << end) - 1 }) & if start >= 64 { 0 } else { u64::MAX << start }
}

/// What stands in 64 bytes; the lowest bit is the first. Without digits nobody asks for breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Masks {
    digits: u64,
    breaks: u64,
}

#[inline]
fn masks_at(text: &[u8], at: usize) -> Masks {
    if let Some(block) = text[at..].first_chunk() {
        return masks(block);
    }
    let mut block = [0; WIDTH];
    let rest = &text[at..];
    block[..rest.len()].copy_from_slice(rest);
    masks(&block)
}

/// Flags first, which the compiler does sixteen at a time, then their bits: intrinsics for the latter would need
/// `unsafe`, as their features are not taken for granted even where the target has them.
#[inline]
fn masks(block: &[u8; WIDTH]) -> Masks {
    // Most blocks end here: the least value tells whether there is a digit at all.
    let least = |value: fn(u8) -> u8| block.iter().fold(u8::MAX, |least, byte| least.min(value(*byte)));
    if least(|byte| byte.wrapping_sub(b'0')) > 9 && least(|byte| byte ^ 0xEF) > 0 {
        return Masks { digits: 0, breaks: 0 };
    }
    let digits = flags(block, |byte| u8::from(byte.wrapping_sub(b'0') < 10) | u8::from(byte == 0xEF));
    Masks { digits: gathered(&digits), breaks: gathered(&flags(block, |byte| u8::from(breaks(byte)))) }
}

#[inline]
fn flags(block: &[u8; WIDTH], of: impl Fn(u8) -> u8) -> [u8; WIDTH] {
    let mut flags = [0; WIDTH];
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = of(*byte);
    }
    flags
}

/// The lowest bits of 64 bytes that are 0 or 1.
#[inline]
fn gathered(flags: &[u8; WIDTH]) -> u64 {
    // Puts the lowest bit of byte n at place 56 + n; no two products meet.
    const TO_THE_TOP: u64 = 0x0102_0408_1020_4080;
    let (words, _) = flags.as_chunks::<8>();
    let bits = |word: &[u8; 8]| u64::from_le_bytes(*word).wrapping_mul(TO_THE_TOP) >> 56;
    words.iter().rev().fold(0, |mask, word| mask << 8 | bits(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plainly(block: &[u8; WIDTH]) -> Masks {
        let mask =
            |is: fn(u8) -> bool| block.iter().rev().fold(0, |mask, byte| mask << 1 | u64::from(is(*byte)));
        let digits = mask(|byte| byte.is_ascii_digit() || byte == 0xEF);
        Masks { digits, breaks: if digits == 0 { 0 } else { mask(breaks) } }
    }

    #[test]
    fn a_mask_says_of_every_byte_what_it_is() {
        for byte in 0..=u8::MAX {
            for at in 0..WIDTH {
                for around in [b'x', b'7', b'<', byte.wrapping_mul(31)] {
                    let mut block = [around; WIDTH];
                    block[at] = byte;
                    assert_eq!(masks(&block), plainly(&block), "{byte:#x} at {at} among {around:#x}");
                }
            }
        }
    }
}
