//! Keys of Initials, and how a packet is opened with them (RFC 9001 section 5).
#![warn(clippy::indexing_slicing)]

use core::ops::Range;

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128Enc;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use sha2::{Digest, Sha256};

use super::Fault;
use super::header::{ConnectionId, Packet, Version};

/// AES-128-GCM, which never needs AES the other way round.
type Aead = AesGcm<Aes128Enc, U12>;

const KEY_LEN: usize = 16;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
const HASH_LEN: usize = 32;
/// RFC 9001 section 5.4.2: the sample is taken as if the packet number had four bytes …
const SAMPLE_BEHIND_NUMBER: usize = 4;
/// … and is a block of AES.
const SAMPLE_LEN: usize = 16;
/// Bits of the first byte that are protected in a long header …
const PROTECTED: u8 = 0x0f;
/// … and those of them that say how long the packet number is, less one.
const NUMBER_LEN: u8 = 0x03;

/// What a client protects its Initials with.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) key: [u8; KEY_LEN],
    pub(super) iv: [u8; NONCE_LEN],
    pub(super) header_protection: [u8; KEY_LEN],
}

/// A packet that was opened, in the buffer that it was appended to.
#[derive(Debug)]
pub(super) struct Opened {
    /// The packet number, as far as it was sent.
    pub(super) number: u32,
    /// Where its frames are.
    pub(super) frames: Range<usize>,
}

impl Keys {
    /// Those of a client whose first Initial had this destination connection ID. Returns None if
    /// the version is not one that can be opened.
    pub(super) fn of_client(version: Version, destination_id: ConnectionId) -> Option<Keys> {
        let derivation = version.derivation()?;
        // RFC 5869 section 2.2: HKDF-Extract is HMAC, with the salt as its key.
        let initial = Hmac::new(&derivation.salt).of(&[destination_id.as_bytes()]);
        let client: [u8; HASH_LEN] = expand_label(&Hmac::new(&initial), b"client in");
        let client = Hmac::new(&client);
        Some(Keys {
            key: expand_label(&client, derivation.key),
            iv: expand_label(&client, derivation.iv),
            header_protection: expand_label(&client, derivation.header_protection),
        })
    }

    /// Opens a packet, and appends it to `buffer`, without its protection. Nothing is appended if
    /// the tag does not verify.
    pub(super) fn open(&self, packet: &Packet<'_>, buffer: &mut Vec<u8>) -> Result<Opened, Fault> {
        let start = buffer.len();
        buffer.extend_from_slice(packet.bytes);
        let opened = buffer
            .get_mut(start..)
            .ok_or(Fault::BadHeader)
            .and_then(|bytes| self.open_in_place(bytes, packet.number_at));
        match opened {
            Ok(Opened { number, frames }) => {
                Ok(Opened { number, frames: start + frames.start..start + frames.end })
            }
            Err(fault) => {
                buffer.truncate(start);
                Err(fault)
            }
        }
    }

    fn open_in_place(&self, bytes: &mut [u8], number_at: usize) -> Result<Opened, Fault> {
        let sample_at = number_at + SAMPLE_BEHIND_NUMBER;
        let sample = bytes.get(sample_at..sample_at + SAMPLE_LEN).ok_or(Fault::BadHeader)?;
        let mask = self.mask(sample).ok_or(Fault::BadHeader)?;
        let (first_mask, number_mask) = mask.split_first().ok_or(Fault::BadHeader)?;
        let first = bytes.first_mut().ok_or(Fault::BadHeader)?;
        *first ^= first_mask & PROTECTED;
        let number_len = usize::from(*first & NUMBER_LEN) + 1;

        let (header, body) =
            bytes.split_at_mut_checked(number_at + number_len).ok_or(Fault::BadHeader)?;
        let mut number = 0;
        for (byte, mask) in header.iter_mut().skip(number_at).zip(number_mask) {
            *byte ^= mask;
            number = number << 8 | u32::from(*byte);
        }
        let body_len = body.len().checked_sub(TAG_LEN).ok_or(Fault::BadHeader)?;
        let (frames, tag) = body.split_at_mut(body_len);
        let tag: &[u8; TAG_LEN] = tag.first_chunk().ok_or(Fault::BadHeader)?;
        let aead = Aead::new(&self.key.into());
        let nonce = self.nonce(number).into();
        aead.decrypt_inout_detached(&nonce, header, frames.into(), tag.into())
            .map_err(|_| Fault::WrongTag)?;
        let start = number_at + number_len;
        Ok(Opened { number, frames: start..start + body_len })
    }

    /// RFC 9001 section 5.4.3.
    fn mask(&self, sample: &[u8]) -> Option<[u8; SAMPLE_LEN]> {
        let mut block = (*sample.first_chunk::<SAMPLE_LEN>()?).into();
        Aes128Enc::new(&self.header_protection.into()).encrypt_block(&mut block);
        Some(block.into())
    }

    /// RFC 9001 section 5.3. A client's first packets have small numbers, so that what was sent of
    /// the number is all of it.
    fn nonce(&self, number: u32) -> [u8; NONCE_LEN] {
        let mut nonce = self.iv;
        for (byte, number) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte ^= number;
        }
        nonce
    }
}

/// RFC 8446 section 7.1, for at most one hash and an empty context.
fn expand_label<const N: usize>(secret: &Hmac, label: &[u8]) -> [u8; N] {
    const PREFIX: &[u8] = b"tls13 ";
    const { assert!(N <= HASH_LEN, "one block") };
    let label_len = (PREFIX.len() + label.len()) as u8;
    let block = secret.of(&[&[0, N as u8, label_len], PREFIX, label, &[0, 1]]);
    let mut secret = [0; N];
    for (byte, from) in secret.iter_mut().zip(block) {
        *byte = from;
    }
    secret
}

/// HMAC-SHA-256 (RFC 2104) of a key, ready for several texts.
struct Hmac {
    inner: Sha256,
    outer: Sha256,
}

impl Hmac {
    fn new<const N: usize>(key: &[u8; N]) -> Hmac {
        const BLOCK_LEN: usize = 64;
        const INNER_PAD: u8 = 0x36;
        const OUTER_PAD: u8 = 0x5c;
        const { assert!(N <= BLOCK_LEN, "a longer key is hashed first") };
        let hash = |pad: u8| {
            let mut block = [pad; BLOCK_LEN];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            updated(Sha256::new(), &block)
        };
        Hmac { inner: hash(INNER_PAD), outer: hash(OUTER_PAD) }
    }

    /// Of a text in parts.
    fn of(&self, parts: &[&[u8]]) -> [u8; HASH_LEN] {
        let inner = parts.iter().fold(self.inner.clone(), |hash, part| updated(hash, part));
        finished(updated(self.outer.clone(), &finished(inner)))
    }
}

/// Apart, so that there is one copy of the compression function in WebAssembly.
#[inline(never)]
fn updated(mut hash: Sha256, bytes: &[u8]) -> Sha256 {
    hash.update(bytes);
    hash
}

#[inline(never)]
fn finished(hash: Sha256) -> [u8; HASH_LEN] {
    hash.finalize().into()
}
