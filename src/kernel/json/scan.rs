//! Finds the next byte that means something.
//!
//! Short runs go by words of eight bytes, long ones by blocks of 64, which the compiler turns into wide
//! instructions. Intrinsics that need no pointer would still be `unsafe` to call from here.

const WORD: usize = 8;
const BLOCK: usize = 64;

/// How much of a run is looked at by words before it counts as long.
const SHORT: usize = 4 * WORD;

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Where a run of plain characters in a string ends: at the first `"`, `\` or control character from
/// `pos` on, or at the end of the bytes.
#[inline]
pub(super) fn special(bytes: &[u8], pos: usize) -> usize {
    match by_words(bytes, pos, pos + SHORT, first_special) {
        Ok(end) => end,
        Err(pos) => long_special(bytes, pos),
    }
}

/// Where white space (RFC 8259 §2) from `pos` on ends, at the end of the line if `stops` says so.
#[inline]
pub(super) fn white(bytes: &[u8], pos: usize, stops: bool) -> usize {
    match by_words(bytes, pos, usize::MAX, |word| first_not_white(word, stops)) {
        Ok(end) => end,
        Err(pos) => run_end(bytes, pos, |byte| is_white(byte, stops)),
    }
}

/// Where a run ends, as `marks` say; or how far it was looked for in vain: up to `limit`, or to the last whole word.
#[inline]
fn by_words(bytes: &[u8], mut pos: usize, limit: usize, marks: impl Fn(u64) -> u64) -> Result<usize, usize> {
    while let Some(word) = bytes[pos..].first_chunk::<WORD>()
        && pos < limit
    {
        let marked = marks(u64::from_le_bytes(*word));
        if marked != 0 {
            return Ok(pos + marked.trailing_zeros() as usize / 8);
        }
        pos += WORD;
    }
    Err(pos)
}

#[inline(never)]
fn long_special(bytes: &[u8], mut pos: usize) -> usize {
    while let Some(block) = bytes[pos..].first_chunk::<BLOCK>()
        && is_plain(block)
    {
        pos += BLOCK;
    }
    by_words(bytes, pos, usize::MAX, first_special)
        .unwrap_or_else(|pos| run_end(bytes, pos, |byte| !is_special(byte)))
}

/// Marks the first byte that is special by its high bit; above it, marks mean nothing.
///
/// With its second bit flipped, a quote comes to stand right behind the control characters, and nothing
/// else comes to stand among them.
#[inline]
const fn first_special(word: u64) -> u64 {
    let flipped = word ^ (ONES * 0x02);
    let quote_or_control = flipped.wrapping_sub(ONES * 0x21) & !flipped;
    let backslash = word ^ (ONES * b'\\' as u64);
    (quote_or_control | (backslash.wrapping_sub(ONES) & !backslash)) & HIGHS
}

/// Marks every byte that is no white space by its high bit.
#[inline]
const fn first_not_white(word: u64, stops: bool) -> u64 {
    let blank = different(word, b' ') & different(word, b'\t') & different(word, b'\r');
    let line_feed = different(word, b'\n');
    (if stops { blank } else { blank & line_feed }) & HIGHS
}

/// The high bit of every byte that is not `byte`. No carry crosses a byte, so that all of them are right.
const fn different(word: u64, byte: u8) -> u64 {
    let rest = word ^ (ONES * byte as u64);
    ((rest & !HIGHS) + (ONES * 0x7f)) | rest
}

fn is_plain(block: &[u8; BLOCK]) -> bool {
    !block.iter().fold(false, |any, byte| any | is_special(*byte))
}

fn run_end(bytes: &[u8], pos: usize, goes_on: impl Fn(u8) -> bool) -> usize {
    pos + bytes[pos..].iter().take_while(|byte| goes_on(**byte)).count()
}

const fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

const fn is_white(byte: u8, stops: bool) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r') || byte == b'\n' && !stops
}

#[cfg(test)]
mod tests {
    use super::{is_special, is_white};

    fn first(bytes: &[u8], is_it: impl Fn(u8) -> bool) -> usize {
        bytes.iter().position(|byte| is_it(*byte)).unwrap_or(bytes.len())
    }

    #[track_caller]
    fn assert_like_byte_by_byte(text: &[u8], pos: usize) {
        let special = pos + first(&text[pos..], is_special);
        assert_eq!(super::special(text, pos), special, "{text:?} from {pos}");
        for stops in [false, true] {
            let white = pos + first(&text[pos..], |byte| !is_white(byte, stops));
            assert_eq!(super::white(text, pos, stops), white, "{text:?} from {pos}");
        }
    }

    #[test]
    fn every_byte_in_every_lane_is_seen_as_it_is_byte_by_byte() {
        for around in [b'a', b'"', b' ', b'!', b'\n', 0x00, 0x1f, 0x80, 0xa2, 0xdc, 0xff] {
            for at in 0..19 {
                for byte in 0..=u8::MAX {
                    let mut text = [around; 19];
                    text[at] = byte;
                    assert_like_byte_by_byte(&text, 0);
                }
            }
        }
    }

    #[test]
    fn a_long_run_ends_where_it_ends_wherever_it_begins() {
        for len in 0..300 {
            for (filling, end) in [(b'y', b'"'), (b' ', b'x'), (b'\xc3', b'\x01'), (b'\t', b'\n')] {
                let mut text = [filling; 320];
                text[len] = end;
                for pos in [0, 1, 7, 8, 31, 64, len] {
                    assert_like_byte_by_byte(&text, pos.min(len));
                }
            }
        }
    }
}
