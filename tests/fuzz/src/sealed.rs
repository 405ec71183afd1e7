//! QUIC Initials that verify, with any frames in them. The benchmarks take this file too.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use stackprint::quic::MIN_DATAGRAM_LEN;

/// Keys of the connection ID 8394c8f03e515708 (RFC 9001 appendix A.1).
const KEY: [u8; 16] = 0x1f36_9613_dd76_d546_7730_efcb_e3b1_a22d_u128.to_be_bytes();
const IV: [u8; 12] = [0xfa, 4, 0x4b, 0x2f, 0x42, 0xa3, 0xfd, 0x3b, 0x46, 0xfb, 0x25, 0x5c];
const HEADER_PROTECTION: [u8; 16] = 0x9f50_449e_04a0_e810_283a_1e99_33ad_edd2_u128.to_be_bytes();

/// An Initial with these frames and a packet number of one byte, padded.
///
/// # Panics
///
/// If the frames are longer than a packet.
#[must_use]
pub fn sealed(number: u8, frames: &[u8]) -> Vec<u8> {
    let mut packet = b"\xc0\0\0\0\x01\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\0\0".to_vec();
    let mut frames = frames.to_vec();
    frames.resize(frames.len().max(MIN_DATAGRAM_LEN), 0);
    let len = u16::try_from(1 + frames.len() + 16).expect("short");
    packet.extend((len | 0x4000).to_be_bytes());
    let number_at = packet.len();
    packet.push(number);
    let mut nonce = IV;
    nonce[11] ^= number;
    let aead = AesGcm::<Aes128, U12>::new(&KEY.into());
    let tag = aead
        .encrypt_inout_detached(&nonce.into(), &packet, frames.as_mut_slice().into())
        .expect("short");
    packet.extend(frames);
    packet.extend(tag);
    let sample: [u8; 16] = packet[number_at + 4..number_at + 20].try_into().expect("padded");
    let mut mask = sample.into();
    Aes128::new(&HEADER_PROTECTION.into()).encrypt_block(&mut mask);
    packet[0] ^= mask[0] & 0x0f;
    packet[number_at] ^= mask[1];
    packet
}
