//! Packets as a client makes them.

use core::net::SocketAddr;

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128Enc;
use aes_gcm::aes::cipher::BlockCipherEncrypt;

use crate::Timestamp;
use crate::quic::keys::Keys;
use crate::quic::{ConnectionId, Datagram, Ends, Version};

pub(super) fn bytes_of_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digits = str::from_utf8(&digits).expect("ASCII");
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("a byte");
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// A number of 1, 2, 4 or 8 bytes.
pub(super) fn varint(value: usize) -> Vec<u8> {
    match value {
        0..0x40 => vec![value as u8],
        0x40..0x4000 => (value as u16 | 0x4000).to_be_bytes().to_vec(),
        _ => (value as u32 | 0x8000_0000).to_be_bytes().to_vec(),
    }
}

/// A CRYPTO frame.
pub(super) fn crypto(offset: usize, bytes: &[u8]) -> Vec<u8> {
    [&[6][..], &varint(offset), &varint(bytes.len()), bytes].concat()
}

/// A ClientHello's body of so many bytes.
pub(super) fn hello(len: usize) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend((0..32).map(|at: u8| at.wrapping_mul(89)));
    body.extend([0, 0, 2, 0x13, 0x01, 1, 0]);
    // One extension, padding, which fills the rest.
    let rest = len - body.len() - 6;
    body.extend((rest as u16 + 4).to_be_bytes());
    body.extend([0, 21]);
    body.extend((rest as u16).to_be_bytes());
    body.extend((0..rest).map(|at| (at * 7 + at / 256) as u8));
    body
}

/// As a handshake message.
pub(super) fn message(body: &[u8]) -> Vec<u8> {
    [&[1, 0][..], &(body.len() as u16).to_be_bytes(), body].concat()
}

/// What a client has in its headers.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) version: Version,
    pub(super) destination_id: Vec<u8>,
    /// What its keys follow from.
    pub(super) key_id: Vec<u8>,
    pub(super) source_id: Vec<u8>,
    pub(super) token: Vec<u8>,
    pub(super) ends: Ends,
    pub(super) time: Timestamp,
}

impl Default for Client {
    fn default() -> Self {
        let address = |text: &str| -> SocketAddr { text.parse().expect("an address") };
        let id = bytes_of_hex("8394c8f03e515708");
        Client {
            version: Version::V1,
            destination_id: id.clone(),
            key_id: id,
            source_id: vec![7; 5],
            token: Vec::new(),
            ends: Ends {
                source: address("192.0.2.10:40000"),
                destination: address("192.0.2.80:443"),
                scope: 0,
            },
            time: Timestamp::new(1_700_000_000, 0),
        }
    }
}

impl Client {
    /// A later connection of the same address.
    pub(super) fn at_port(&self, port: u16) -> Client {
        let mut client = self.clone();
        client.ends.source.set_port(port);
        client
    }

    pub(super) fn after_ms(&self, milliseconds: u64) -> Client {
        let nanos = self.time.as_nanos() + milliseconds * 1_000_000;
        Client { time: Timestamp::from_nanos(nanos), ..self.clone() }
    }

    pub(super) fn datagram<'d>(&self, bytes: &'d [u8]) -> Datagram<'d> {
        Datagram { ends: self.ends, bytes, len: bytes.len(), time: self.time }
    }

    fn header(&self, v1_kind: u8) -> Vec<u8> {
        let kind = if self.version == Version::V2 { (v1_kind + 1) & 3 } else { v1_kind };
        let mut header = vec![0xc0 | kind << 4 | 3];
        header.extend(self.version.0.to_be_bytes());
        for id in [&self.destination_id, &self.source_id] {
            header.push(id.len() as u8);
            header.extend(id);
        }
        header
    }

    /// A Handshake packet, which nobody here can open.
    pub(super) fn other_packet(&self, len: usize) -> Vec<u8> {
        let mut packet = self.header(2);
        packet.extend(varint(len));
        packet.extend(std::iter::repeat_n(0x5a, len));
        packet
    }

    /// An Initial.
    pub(super) fn initial(&self, number: u8, frames: &[u8]) -> Vec<u8> {
        const NUMBER_LEN: usize = 4;
        const TAG_LEN: usize = 16;
        let mut packet = self.header(0);
        packet.extend(varint(self.token.len()));
        packet.extend(&self.token);
        packet.extend(varint(NUMBER_LEN + frames.len() + TAG_LEN));
        let number_at = packet.len();
        packet.extend([0, 0, 0, number]);
        let key_id = ConnectionId::new(&self.key_id).expect("short");
        let keys = Keys::of_client(self.version, key_id).expect("supported");
        let mut nonce = keys.iv;
        nonce[11] ^= number;
        let mut body = frames.to_vec();
        let tag = AesGcm::<Aes128Enc, U12>::new(&keys.key.into())
            .encrypt_inout_detached(&nonce.into(), &packet, body.as_mut_slice().into())
            .expect("short");
        packet.extend(body);
        packet.extend(tag);
        let mut mask: [u8; 16] = packet[number_at + 4..number_at + 20].try_into().expect("16");
        let mut block = mask.into();
        Aes128Enc::new(&keys.header_protection.into()).encrypt_block(&mut block);
        mask = block.into();
        packet[0] ^= mask[0] & 0x0f;
        for at in 0..NUMBER_LEN {
            packet[number_at + at] ^= mask[1 + at];
        }
        packet
    }

    /// An Initial in a datagram of its own, padded as the RFC wants it.
    pub(super) fn padded(&self, number: u8, frames: &[u8]) -> Vec<u8> {
        let mut frames = frames.to_vec();
        let header_len = self.header(0).len() + self.token.len() + 8 + 4 + 16;
        frames.resize(frames.len().max(1200usize.saturating_sub(header_len) + 8), 0);
        self.initial(number, &frames)
    }
}
