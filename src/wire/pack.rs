//! Codes an answer again after the filter.

use std::io::{self, Write as _};

use brotli::CompressorWriter;
use bytes::{BufMut as _, Bytes, BytesMut};
use flate2::write::GzEncoder;

use super::Coding;

/// Codes what it is given.
pub struct Packer {
    coding: Coding,
    encoder: Encoder,
}

/// Each with little memory, well below a MiB but for zstd's two, since every call may have one.
enum Encoder {
    Gzip(GzEncoder<Vec<u8>>),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

/// Effort: the data is on its way, and bandwidth within a data centre is cheap.
const GZIP_LEVEL: u32 = 4;
const ZSTD_LEVEL: i32 = 1;
const BROTLI_QUALITY: u32 = 3;
/// log2 of brotli's window.
const BROTLI_WINDOW: u32 = 18;
const BROTLI_BUFFER: usize = 4096;

impl Packer {
    /// A coder. `deflate` is never chosen, and stands for its better-defined kin.
    ///
    /// # Errors
    /// When the coder gets no memory.
    pub fn new(coding: Coding) -> io::Result<Self> {
        let encoder = match coding {
            Coding::Gzip | Coding::Deflate => {
                Encoder::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL)))
            }
            Coding::Brotli => {
                let writer = CompressorWriter::new(Vec::new(), BROTLI_BUFFER, BROTLI_QUALITY, BROTLI_WINDOW);
                Encoder::Brotli(Box::new(writer))
            }
            Coding::Zstd => Encoder::Zstd(zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?),
        };
        let coding = if coding == Coding::Deflate { Coding::Gzip } else { coding };
        Ok(Self { coding, encoder })
    }

    /// The coding's name in headers.
    pub fn name(&self) -> &'static str {
        self.coding.name()
    }

    /// The coded bytes that are ready after these; often none, since a coder gathers first.
    ///
    /// # Errors
    /// When the coder fails.
    pub fn pack(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        match &mut self.encoder {
            Encoder::Gzip(encoder) => encoder.write_all(bytes)?,
            Encoder::Brotli(encoder) => encoder.write_all(bytes)?,
            Encoder::Zstd(encoder) => encoder.write_all(bytes)?,
        }
        Ok(self.ready())
    }

    /// The rest of the coded bytes.
    ///
    /// # Errors
    /// When the coder fails.
    pub fn finish(self) -> io::Result<Bytes> {
        let rest = match self.encoder {
            Encoder::Gzip(encoder) => encoder.finish()?,
            Encoder::Brotli(encoder) => encoder.into_inner(),
            Encoder::Zstd(encoder) => encoder.finish()?,
        };
        Ok(rest.into())
    }

    fn ready(&mut self) -> Bytes {
        let out = match &mut self.encoder {
            Encoder::Gzip(encoder) => encoder.get_mut(),
            Encoder::Brotli(encoder) => encoder.get_mut(),
            Encoder::Zstd(encoder) => encoder.get_mut(),
        };
        let mut ready = BytesMut::with_capacity(out.len());
        ready.put_slice(out);
        out.clear();
        ready.freeze()
    }
}

/// Says what it does, never what it holds.
impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Packer({})", self.coding.name())
    }
}
