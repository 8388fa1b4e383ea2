//! [`Gunzip`]: decompresses a body piece by piece.
//!
//! The decoder that reqwest offers ends with the first member of a gzip file, and drops what follows it in the same chunk.

use std::io::{Result, Write};

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;

/// The most compressed bytes that are read at once. They become at most a thousand times as many.
const PIECE: usize = 4 * 1024;

/// A body that is being decompressed.
pub(super) struct Gunzip {
    decoder: MultiGzDecoder<Vec<u8>>,
    compressed: Bytes,
    is_empty: bool,
}

impl Gunzip {
    pub(super) fn new() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), compressed: Bytes::new(), is_empty: true }
    }

    /// Adds compressed bytes, once [`next`](Self::next) has returned all of those before.
    pub(super) fn push(&mut self, compressed: Bytes) {
        self.is_empty &= compressed.is_empty();
        self.compressed = compressed;
    }

    /// Returns the next decompressed bytes, or `None` if more compressed ones are needed.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>> {
        while self.compressed.has_remaining() {
            let piece = self.compressed.split_to(self.compressed.len().min(PIECE));
            self.decoder.write_all(&piece)?;
            self.decoder.flush()?;
            let bytes = std::mem::take(self.decoder.get_mut());
            if !bytes.is_empty() {
                return Ok(Some(bytes.into()));
            }
        }
        Ok(None)
    }

    /// Checks that the last member is complete. A body without any bytes is empty, whatever its headers say.
    pub(super) fn finish(&mut self) -> Result<()> {
        if self.is_empty { Ok(()) } else { self.decoder.try_finish() }
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Decompresses a body that arrives in chunks of this size.
    fn gunzip(body: &[u8], size: usize) -> Result<Vec<u8>> {
        let (mut gunzip, mut text) = (Gunzip::new(), Vec::new());
        for chunk in body.chunks(size) {
            gunzip.push(Bytes::copy_from_slice(chunk));
            while let Some(bytes) = gunzip.next()? {
                text.extend_from_slice(&bytes);
            }
        }
        gunzip.finish()?;
        Ok(text)
    }

    #[test]
    fn all_members_are_read_however_the_body_is_cut() {
        let text: Vec<u8> =
            (0..40_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for members in 1..=4 {
            let body: Vec<u8> = text.chunks(text.len().div_ceil(members)).flat_map(gzip).collect();
            for size in [1, 7, 4_096, 5_000, body.len()] {
                assert!(gunzip(&body, size).unwrap() == text, "{members} members in chunks of {size}");
            }
        }
        assert_eq!(gunzip(&gzip(b""), 5).unwrap(), b"");
        assert_eq!(gunzip(b"", 5).unwrap(), b"");
    }

    #[test]
    fn a_body_that_is_cut_off_or_damaged_is_an_error() {
        let body = [gzip(b"first"), gzip(b"second, which is a little longer")].concat();
        let first = gzip(b"first").len();
        for end in (1..body.len()).filter(|end| *end != first) {
            assert!(gunzip(&body[..end], 3).is_err(), "cut off after {end} bytes");
        }
        let mut damaged = body.clone();
        damaged[first - 8] ^= 1;
        assert!(gunzip(&damaged, 3).is_err(), "a wrong checksum");
        assert!(gunzip(&[&body[..], b"no gzip"].concat(), 3).is_err(), "something else behind the last member");
    }
}
