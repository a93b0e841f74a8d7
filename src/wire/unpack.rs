//! Takes content codings off a stream, outermost first, in pieces of bounded size.

use bytes::{Buf as _, Bytes, BytesMut};

use brotli_decompressor::{self as br, BrotliResult, StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::Operation as _;
use zstd::zstd_safe::DParameter;

use super::{Budget, Coding, Fault};

/// The most that is decoded at once, bytes.
const PIECE: usize = 64 << 10;

/// The layers of a message's codings.
#[derive(Debug)]
pub(super) struct Unpacker {
    /// Outermost first.
    layers: Vec<Layer>,
    /// What has come in and was not looked at.
    given: Bytes,
    budget: Budget,
}

impl Unpacker {
    /// For a message with these codings, in the order they were applied.
    pub(super) fn new(applied: &[Coding], budget: Budget) -> Result<Self, Fault> {
        let layers = applied.iter().rev().map(|coding| Layer::new(*coding)).collect::<Result<_, _>>()?;
        Ok(Self { layers, given: Bytes::new(), budget })
    }

    /// Takes more of the message; to be called when [`Self::next`] has nothing left.
    pub(super) fn give(&mut self, chunk: Bytes) {
        self.given = chunk;
    }

    /// The next piece of the decoded message, perhaps empty; `None`: more must be given first.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        drawn(&mut self.layers, &mut self.given, self.budget)
    }

    /// Says that the message has ended.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        let whole = self.layers.iter().all(|layer| layer.at_end && layer.input.is_empty());
        if whole { Ok(()) } else { Err(Fault::TruncatedCoding) }
    }
}

/// What the last of these layers gives, drawing on the ones before it.
fn drawn(layers: &mut [Layer], given: &mut Bytes, budget: Budget) -> Result<Option<Bytes>, Fault> {
    let Some((layer, outer)) = layers.split_last_mut() else {
        return Ok(Some(std::mem::take(given)).filter(|chunk| !chunk.is_empty()));
    };
    if let Some(piece) = layer.next(budget)? {
        return Ok(Some(piece));
    }
    let Some(chunk) = drawn(outer, given, budget)? else { return Ok(None) };
    layer.input = chunk;
    // Empty where much was read for nothing, so that the reader can take turns with others.
    Ok(Some(layer.next(budget)?.unwrap_or_default()))
}

/// One coding being undone.
struct Layer {
    decoder: Decoder,
    input: Bytes,
    output: BytesMut,
    /// Bytes in and out so far.
    coded: u64,
    decoded: u64,
    /// The coding's own end was reached, at least once.
    at_end: bool,
    /// How often it went on behind its end.
    members: u16,
    /// The last step filled its room, so that there may be more without more input.
    more: bool,
}

enum Decoder {
    /// The window's size is fixed by the format: 32 KiB.
    Gzip(Box<Decompress>),
    /// Which of the two formats is seen from the first two bytes.
    Deflate(Option<Box<Decompress>>, Vec<u8>),
    /// A window of up to 16 MiB, as the format allows; without its extension to 1 GiB.
    Brotli(Box<br::BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    /// A window of up to 8 MiB (RFC 9659 §2).
    Zstd(zstd::stream::raw::Decoder<'static>),
}

/// log2 of the largest window that RFC 9659 lets a sender use.
const ZSTD_WINDOW: u32 = 23;

/// log2 of the largest window of deflate.
const DEFLATE_WINDOW: u8 = 15;

/// Members or frames of one message; empty ones cost time and nothing else.
const MOST_MEMBERS: u16 = 1024;

/// What a step did.
struct Step {
    read: usize,
    written: usize,
    ended: bool,
}

impl Layer {
    fn new(coding: Coding) -> Result<Self, Fault> {
        let decoder = match coding {
            Coding::Gzip => Decoder::Gzip(Box::new(Decompress::new_gzip(DEFLATE_WINDOW))),
            Coding::Deflate => Decoder::Deflate(None, Vec::new()),
            Coding::Brotli => Decoder::Brotli(Box::new(br::BrotliState::new_strict(
                StandardAlloc::default(),
                StandardAlloc::default(),
                StandardAlloc::default(),
            ))),
            Coding::Zstd => {
                let mut decoder = zstd::stream::raw::Decoder::new().map_err(|_| Fault::BrokenCoding)?;
                let bound = decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW));
                bound.map_err(|_| Fault::BrokenCoding)?;
                Decoder::Zstd(decoder)
            }
        };
        Ok(Self {
            decoder,
            input: Bytes::new(),
            output: BytesMut::new(),
            coded: 0,
            decoded: 0,
            at_end: false,
            members: 0,
            more: false,
        })
    }

    /// The next decoded piece; `None`: it needs more input.
    fn next(&mut self, budget: Budget) -> Result<Option<Bytes>, Fault> {
        while !self.input.is_empty() || self.more {
            if self.at_end {
                self.go_on()?;
            }
            self.output.resize(PIECE, 0);
            let step = self.decoder.step(&self.input, &mut self.output)?;
            let idle = step.read == 0 && step.written == 0 && !step.ended;
            self.input.advance(step.read);
            self.coded += step.read as u64;
            self.decoded += step.written as u64;
            budget.check(self.coded, self.decoded)?;
            self.at_end = step.ended;
            self.more = step.written == PIECE && !step.ended;
            if step.written > 0 {
                return Ok(Some(self.output.split_to(step.written).freeze()));
            }
            if idle && !self.input.is_empty() {
                return Err(Fault::BrokenCoding);
            }
        }
        Ok(None)
    }

    /// What may follow the end of the coding: another member (RFC 1952 §2.2) or frame (RFC 8878 §3.1).
    fn go_on(&mut self) -> Result<(), Fault> {
        self.members += 1;
        match &mut self.decoder {
            _ if self.members > MOST_MEMBERS => Err(Fault::TrailingCoding),
            Decoder::Gzip(decoder) if self.input.first() == Some(&0x1f) => {
                **decoder = Decompress::new_gzip(DEFLATE_WINDOW);
                Ok(())
            }
            Decoder::Zstd(_) if matches!(self.input.first(), Some(0x28 | 0x50..=0x5f)) => Ok(()),
            _ => Err(Fault::TrailingCoding),
        }
    }
}

impl Decoder {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        match self {
            Self::Gzip(decoder) | Self::Deflate(Some(decoder), _) => inflate(decoder, input, output),
            Self::Deflate(decoder, start) => begin_deflate(decoder, start, input, output),
            Self::Brotli(state) => unbrotli(state, input, output),
            Self::Zstd(decoder) => {
                let status = decoder.run_on_buffers(input, output).map_err(|_| Fault::BrokenCoding)?;
                let (read, written) = (status.bytes_read, status.bytes_written);
                Ok(Step { read, written, ended: status.remaining == 0 })
            }
        }
    }
}

fn inflate(decoder: &mut Decompress, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
    let (read, written) = (decoder.total_in(), decoder.total_out());
    let status = decoder.decompress(input, output, FlushDecompress::None).map_err(|_| Fault::BrokenCoding)?;
    let moved = |total: u64, before: u64| usize::try_from(total - before).unwrap_or(usize::MAX);
    Ok(Step {
        read: moved(decoder.total_in(), read),
        written: moved(decoder.total_out(), written),
        ended: status == Status::StreamEnd,
    })
}

/// Waits for the two bytes that tell zlib (RFC 1950 §2.2) from bare deflate.
fn begin_deflate(
    decoder: &mut Option<Box<Decompress>>,
    start: &mut Vec<u8>,
    input: &[u8],
    output: &mut [u8],
) -> Result<Step, Fault> {
    let wanted = 2 - start.len();
    let taken = wanted.min(input.len());
    start.extend_from_slice(&input[..taken]);
    let [first, second] = start[..] else { return Ok(Step { read: taken, written: 0, ended: false }) };
    let zlib = first & 0x0f == 8 && first >> 4 <= 7 && u16::from_be_bytes([first, second]) % 31 == 0;
    let mut begun = Box::new(Decompress::new(zlib));
    let step = inflate(&mut begun, start, output)?;
    *decoder = Some(begun);
    // Two bytes are too few for any window to hold them back.
    if step.read == 2 { Ok(Step { read: taken, ..step }) } else { Err(Fault::BrokenCoding) }
}

fn unbrotli(
    state: &mut br::BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    input: &[u8],
    output: &mut [u8],
) -> Result<Step, Fault> {
    let (mut left, mut read) = (input.len(), 0);
    let (mut room, mut written, mut total) = (output.len(), 0, 0);
    let result = br::BrotliDecompressStream(
        &mut left,
        &mut read,
        input,
        &mut room,
        &mut written,
        output,
        &mut total,
        state,
    );
    match result {
        BrotliResult::ResultFailure => Err(Fault::BrokenCoding),
        BrotliResult::ResultSuccess => Ok(Step { read, written, ended: true }),
        BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {
            Ok(Step { read, written, ended: false })
        }
    }
}

/// Says how far it is, never what it holds.
impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Layer({} bytes of {})", self.decoded, self.coded)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::wire::Packer;

    const WIDE: Budget = Budget { decoded: 1 << 30, ratio: 1 << 20 };

    fn text() -> Vec<u8> {
        (0..40_000)
            .flat_map(|number: u32| format!("<n>{}</n>", number.wrapping_mul(2_654_435_761)).into_bytes())
            .collect()
    }

    fn coded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        if coding == Coding::Deflate {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            return encoder.finish().unwrap();
        }
        let mut packer = Packer::new(coding).unwrap();
        let mut out = packer.pack(bytes).unwrap().to_vec();
        out.extend(packer.finish().unwrap());
        out
    }

    fn bare_deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(codings: &[Coding], budget: Budget, bytes: &[u8], chunk: usize) -> Result<Vec<u8>, Fault> {
        let mut unpacker = Unpacker::new(codings, budget)?;
        let mut out = Vec::new();
        for piece in bytes.chunks(chunk.max(1)) {
            unpacker.give(Bytes::copy_from_slice(piece));
            while let Some(piece) = unpacker.next()? {
                assert!(piece.len() <= PIECE || codings.is_empty());
                out.extend_from_slice(&piece);
            }
        }
        unpacker.finish().map(|()| out)
    }

    const ALL: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];

    #[test]
    fn every_coding_is_undone_however_its_bytes_come() {
        let text = text();
        for coding in ALL {
            let bytes = coded(coding, &text);
            for chunk in [1, 2, 3, 1000, bytes.len()] {
                assert_eq!(
                    decoded(&[coding], WIDE, &bytes, chunk).as_ref(),
                    Ok(&text),
                    "{coding:?} by {chunk}"
                );
            }
        }
        assert_eq!(
            decoded(&[Coding::Deflate], WIDE, &bare_deflate(&text), 1).as_ref(),
            Ok(&text),
            "bare deflate"
        );
        assert_eq!(decoded(&[], WIDE, &text, 7).as_ref(), Ok(&text), "no coding");
    }

    #[test]
    fn codings_upon_codings_are_undone_from_the_last() {
        let text = text();
        let bytes = coded(Coding::Zstd, &coded(Coding::Brotli, &coded(Coding::Gzip, &text)));
        let codings = [Coding::Gzip, Coding::Brotli, Coding::Zstd];
        assert_eq!(decoded(&codings, WIDE, &bytes, 100).as_ref(), Ok(&text));
        assert_eq!(decoded(&[Coding::Zstd, Coding::Gzip], WIDE, &bytes, 100), Err(Fault::BrokenCoding));
    }

    #[test]
    fn members_and_frames_may_follow_each_other() {
        for coding in [Coding::Gzip, Coding::Zstd] {
            let bytes = [coded(coding, b"<a>"), coded(coding, b"</a>")].concat();
            for chunk in [1, bytes.len()] {
                assert_eq!(decoded(&[coding], WIDE, &bytes, chunk), Ok(b"<a></a>".to_vec()), "{coding:?}");
            }
        }
    }

    #[test]
    fn members_without_end_are_too_many() {
        for coding in [Coding::Gzip, Coding::Zstd] {
            let many = coded(coding, b"").repeat(usize::from(MOST_MEMBERS) + 1);
            assert_eq!(decoded(&[coding], WIDE, &many, 4096), Ok(Vec::new()), "{coding:?}");
            let more = [many, coded(coding, b"")].concat();
            assert_eq!(decoded(&[coding], WIDE, &more, 4096), Err(Fault::TrailingCoding), "{coding:?}");
        }
    }

    #[test]
    fn much_that_becomes_nothing_lets_others_have_a_turn() {
        // 64 MiB of empty stored blocks (RFC 1951 §3.2.4) in a bomb.
        let nothing = [0u8, 0, 0, 0xff, 0xff].repeat(64 << 20 >> 2);
        let mut unpacker = Unpacker::new(&[Coding::Deflate, Coding::Gzip], WIDE).unwrap();
        unpacker.give(coded(Coding::Gzip, &nothing).into());
        let mut turns = 0;
        while let Some(piece) = unpacker.next().unwrap() {
            assert!(piece.is_empty());
            turns += 1;
        }
        assert!(turns >= nothing.len() / PIECE, "{turns}");
        assert_eq!(unpacker.finish(), Err(Fault::TruncatedCoding));
    }

    #[test]
    fn every_cut_is_seen() {
        for coding in ALL {
            let bytes = coded(coding, b"<a>some text that is long enough</a>");
            for end in 0..bytes.len() {
                let got = decoded(&[coding], WIDE, &bytes[..end], 5);
                assert_eq!(got, Err(Fault::TruncatedCoding), "{coding:?} up to {end}");
            }
        }
    }

    #[test]
    fn nothing_may_follow() {
        for coding in ALL {
            let bytes = [&coded(coding, b"<a/>")[..], b"<b/>"].concat();
            for chunk in [1, bytes.len()] {
                assert_eq!(decoded(&[coding], WIDE, &bytes, chunk), Err(Fault::TrailingCoding), "{coding:?}");
            }
        }
        let twice = [coded(Coding::Brotli, b"<a/>"), coded(Coding::Brotli, b"<b/>")].concat();
        assert_eq!(decoded(&[Coding::Brotli], WIDE, &twice, 9), Err(Fault::TrailingCoding));
    }

    #[test]
    fn damage_is_seen_where_the_coding_checks_itself() {
        let text = text();
        for coding in [Coding::Gzip, Coding::Deflate] {
            let mut bytes = coded(coding, &text);
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            assert_eq!(decoded(&[coding], WIDE, &bytes, 4096), Err(Fault::BrokenCoding), "{coding:?}");
        }
        for coding in ALL {
            assert_eq!(
                decoded(&[coding], WIDE, b"<plain>text</plain>", 4),
                Err(Fault::BrokenCoding),
                "{coding:?}"
            );
        }
    }

    #[test]
    fn a_bomb_stops_at_the_budget_in_whatever_layer_it_is() {
        let zeros = vec![b' '; 64 << 20];
        let small = Budget { decoded: 8 << 20, ratio: 1 << 20 };
        let flat = Budget { decoded: 1 << 30, ratio: 100 };
        for coding in ALL {
            let bomb = coded(coding, &zeros);
            assert_eq!(decoded(&[coding], small, &bomb, 4096), Err(Fault::DecodedTooLarge), "{coding:?}");
            assert_eq!(decoded(&[coding], flat, &bomb, 4096), Err(Fault::DecodedRatio), "{coding:?}");
            let inner = coded(Coding::Gzip, &bomb);
            let got = decoded(&[coding, Coding::Gzip], small, &inner, 4096);
            assert_eq!(got, Err(Fault::DecodedTooLarge), "{coding:?} in gzip");
        }
    }

    #[test]
    fn windows_beyond_what_the_formats_allow_on_the_web_are_refused() {
        // A zstd frame that asks for a window of 2 GiB, and a brotli stream in the format of large windows.
        let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00];
        assert_eq!(decoded(&[Coding::Zstd], WIDE, &zstd, 9), Err(Fault::BrokenCoding));
        assert_eq!(decoded(&[Coding::Brotli], WIDE, &[0x11, 0x1e, 0x03], 9), Err(Fault::BrokenCoding));
    }
}
