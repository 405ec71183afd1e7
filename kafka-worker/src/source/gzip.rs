//! gzip: any number of members, one after the other, and zeros after them.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The content of all members. Zeros between and after them are passed over, as gzip does: tapes and
/// disks are written in whole blocks.
pub(crate) struct Members<R> {
    at: At<R>,
}

enum At<R> {
    Member(Box<GzDecoder<R>>),
    /// After a member.
    Between(R),
    /// For the moment in which one becomes the other.
    Nowhere,
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(bytes: R) -> Members<R> {
        Members { at: At::Member(Box::new(GzDecoder::new(bytes))) }
    }

    /// Returns where the bytes come from.
    pub(crate) fn get_ref(&self) -> Option<&R> {
        match &self.at {
            At::Member(decoder) => Some(decoder.get_ref()),
            At::Between(bytes) => Some(bytes),
            At::Nowhere => None,
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.at {
                At::Member(decoder) => {
                    let count = decoder.read(to)?;
                    if count > 0 {
                        return Ok(count);
                    }
                }
                At::Between(bytes) => {
                    if !pass_zeros(bytes)? {
                        return Ok(0);
                    }
                }
                At::Nowhere => return Ok(0),
            }
            self.at = match std::mem::replace(&mut self.at, At::Nowhere) {
                At::Member(decoder) => At::Between(decoder.into_inner()),
                At::Between(bytes) => At::Member(Box::new(GzDecoder::new(bytes))),
                At::Nowhere => At::Nowhere,
            };
        }
    }
}

/// Whether something else than zeros follows.
fn pass_zeros(bytes: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let buffered = bytes.fill_buf()?;
        if buffered.is_empty() {
            return Ok(false);
        }
        let zeros = buffered.iter().take_while(|&&byte| byte == 0).count();
        let has_more = zeros < buffered.len();
        bytes.consume(zeros);
        if has_more {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write as _};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: &[u8], buffer: usize) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        Members::new(BufReader::with_capacity(buffer, bytes)).read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn members_and_zeros_are_read() {
        let (one, two) = (packed(b"one"), packed(b" two"));
        for buffer in [1, 3, 4096] {
            assert_eq!(unpacked(&[&one[..], &two].concat(), buffer).unwrap(), b"one two");
            for zeros in [1, 2, 500, 5000] {
                let zeros = vec![0; zeros];
                let bytes = [&one[..], &zeros, &two, &zeros].concat();
                assert_eq!(unpacked(&bytes, buffer).unwrap(), b"one two");
            }
        }
    }

    #[test]
    fn other_bytes_after_a_member_are_an_error() {
        for tail in [b"text".as_slice(), b"\0\0text", b"\x1f", b"\x1f\x8b\x08"] {
            let bytes = [&packed(b"one")[..], tail].concat();
            assert!(unpacked(&bytes, 4096).is_err(), "{tail:?}");
        }
        let whole = packed(b"one");
        for len in 1..whole.len() {
            assert!(unpacked(&whole[..len], 4096).is_err(), "{len}");
        }
    }
}
