//! One Initial, opened by itself.

use super::crypto::Crypto;
use super::frame::CryptoFrames;
use super::header::{ConnectionId, Kind, Packets, Version};
use super::keys::{Keys, Opened};
use super::{Fault, GiveUp};
use crate::tls::ClientHello;

/// A client's Initial, without its protection.
///
/// ```
/// use stackprint::quic::{TransportParameters, Version, open_initial};
///
/// // The client's Initial of RFC 9001 appendix A.2, a datagram of 1200 bytes.
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/quic/tests/vectors.rs"));
/// # let text = text.split('"').nth(1).expect("the packet of version 1");
/// # let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
/// # let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
/// # let datagram: Vec<u8> = digits.chunks(2).map(byte).collect();
/// let initial = open_initial(&datagram).expect("an Initial");
/// assert_eq!((initial.version, initial.packet_number), (Version::V1, 2));
/// assert_eq!(initial.destination_id.to_string(), "8394c8f03e515708");
/// assert_eq!(initial.crypto().count(), 1);
/// let hello = initial.client_hello().expect("a hello").expect("whole");
/// assert_eq!(hello.server_name(), Some(&b"example.com"[..]));
/// let parameters = TransportParameters::of(&hello).expect("the extension").expect("well-formed");
/// assert_eq!(parameters.max_idle_timeout_ms(), Some(30_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initial {
    /// The version of its header.
    pub version: Version,
    /// The connection ID that its keys follow from.
    pub destination_id: ConnectionId,
    /// The connection ID that the client chose for itself, often empty.
    pub source_id: ConnectionId,
    /// Bytes of its token: of a Retry, or of an earlier connection; none in most.
    pub token_len: usize,
    /// The packet number, as far as it was sent.
    pub packet_number: u32,
    frames: Vec<u8>,
}

/// What a CRYPTO frame holds.
///
/// [`Initial::crypto`] lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CryptoPiece<'p> {
    /// Bytes of the handshake before it.
    pub offset: u64,
    /// Bytes of the handshake.
    pub bytes: &'p [u8],
}

/// Opens the first Initial of a datagram, with the keys that follow from its own header: all
/// Initials of a client before the server's first answer, and the first after a Retry.
///
/// ```
/// use stackprint::quic::{Fault, open_initial};
///
/// assert_eq!(open_initial(b"not QUIC at all"), Err(Fault::NotInitial));
/// ```
///
/// # Errors
///
/// If there is no Initial, if a length contradicts the datagram, or if the tag does not verify.
pub fn open_initial(datagram: &[u8]) -> Result<Initial, Fault> {
    for packet in Packets::new(datagram, datagram.len()) {
        let packet = packet?;
        if packet.kind != Kind::Initial {
            continue;
        }
        let keys = Keys::of_client(packet.version, packet.destination_id);
        let mut buffer = Vec::new();
        let Opened { number, frames } =
            keys.ok_or(Fault::NotInitial)?.open(&packet, &mut buffer)?;
        buffer.truncate(frames.end);
        return Ok(Initial {
            version: packet.version,
            destination_id: packet.destination_id,
            source_id: packet.source_id,
            token_len: packet.token.len(),
            packet_number: number,
            frames: buffer.split_off(frames.start),
        });
    }
    Err(Fault::NotInitial)
}

impl Initial {
    /// Its CRYPTO frames, in the order in which they lie in the packet.
    ///
    /// # Errors
    ///
    /// An item is an error where a frame contradicts the packet; it is the last.
    pub fn crypto(&self) -> impl Iterator<Item = Result<CryptoPiece<'_>, Fault>> {
        let frames = CryptoFrames::new(&self.frames);
        frames.map(|frame| frame.map(|(offset, bytes)| CryptoPiece { offset, bytes }))
    }

    /// Its ClientHello, if all of that lies in this packet. Returns None if some of it is missing.
    ///
    /// # Errors
    ///
    /// If the bytes are no hello, or too many.
    pub fn client_hello(&self) -> Result<Option<ClientHello<'static>>, GiveUp> {
        let mut crypto = Crypto::default();
        for piece in self.crypto().map_while(Result::ok) {
            crypto.insert(piece.offset, piece.bytes)?;
        }
        let Some(body) = crypto.hello()? else { return Ok(None) };
        let hello = ClientHello::parse(body).map_err(|_| GiveUp::NotHello)?;
        Ok(Some(hello.into_owned()))
    }
}
