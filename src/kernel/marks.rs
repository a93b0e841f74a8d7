//! Where in a block of bytes the few that may mean something stand, found for all of them at once.

/// Bytes in a block.
pub(crate) const BLOCK: usize = 64;

/// A bit for every byte of a block that `is` one of those looked for; the lowest bit is the first byte.
///
/// Written so that compilers make vector instructions of it: a byte of 0 or 1 for each, then each eight of
/// them multiplied into eight bits.
#[inline]
pub(crate) fn marks(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    let mut ones = [0; BLOCK];
    for (one, byte) in ones.iter_mut().zip(block) {
        *one = u8::from(is(*byte));
    }
    let (eights, _) = ones.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |marks, (at, eight)| {
        let bits = u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
        marks | bits << (8 * at)
    })
}

/// Moves the lowest bit of byte `n` to bit `56 + n`.
const GATHER: u64 = 0x0102_0408_1020_4080;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_own_bit() {
        for at in 0..BLOCK {
            let mut block = [b' '; BLOCK];
            block[at] = b'<';
            assert_eq!(marks(&block, |byte| byte == b'<'), 1 << at, "{at}");
            assert_eq!(marks(&block, |byte| byte != b'<'), !(1 << at), "{at}");
        }
    }
}
