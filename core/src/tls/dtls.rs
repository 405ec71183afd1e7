//! Hellos of DTLS, whose messages may come in fragments (RFC 6347 section 4.2.2).
#![warn(clippy::indexing_slicing)]

use std::borrow::Cow;

use super::body::{Extent, Form};
use super::record::{CLIENT_HELLO, HANDSHAKE};
use super::{ClientHello, Fault, HelloError, MAX_HELLO_LEN, Progress};
use crate::stream::{Assembly, TooManyPieces};

/// A record's header (RFC 6347 section 4.1).
mod field {
    pub(super) const TYPE: usize = 0;
    pub(super) const MAJOR_VERSION: usize = 1;
    pub(super) const EPOCH: usize = 3;
    pub(super) const LEN: usize = 11;
    pub(super) const HEADER_LEN: usize = 13;
}

/// A fragment's header (RFC 6347 section 4.2.2): type, length of the message, its number, and
/// offset and length of the fragment.
const FRAGMENT_HEADER_LEN: usize = 12;

/// DTLS 1.0 to 1.3, and the 1.0 of before the RFC, which AnyConnect speaks.
const MAJOR_VERSIONS: [u8; 2] = [0xfe, 0x01];

/// Joins the fragments of the first hello of a DTLS client.
///
/// Fragments may come in any order, more than once, and overlapping; the first copy of a byte
/// counts. A server answers a first hello with a cookie, and the client sends it again with the
/// next message number: only fragments of the number that came first are joined.
///
/// Nothing is allocated for a hello that lies whole in one datagram, which is nearly every one.
/// Otherwise the fragments are held: [`MAX_HELLO_LEN`] bytes at most, in at most eight pieces.
///
/// ```
/// use stackprint::tls::dtls::Joiner;
/// use stackprint::tls::{Progress, group};
///
/// let mut datagram = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 66]; // a record of 66 bytes
/// datagram.extend([1, 0, 0, 54, 0, 0, 0, 0, 0, 0, 0, 54]); // a ClientHello in one fragment
/// datagram.extend([0xfe, 0xfd]); // DTLS 1.2
/// datagram.extend([0; 32]); // random
/// datagram.extend([0, 0, 0, 2, 0x13, 0x01, 1, 0]); // neither session ID nor cookie, one cipher suite
/// datagram.extend([0, 10, 0, 10, 0, 6, 0, 4, 0, 0x1d, 0, 0x17]); // supported_groups
/// let mut joiner = Joiner::new();
/// let Progress::Complete(hello) = joiner.push(&datagram) else { panic!("whole") };
/// assert_eq!(hello.groups().iter().collect::<Vec<_>>(), [group::X25519, group::SECP256R1]);
/// assert_eq!(joiner.memory(), 0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Joiner {
    /// Number and length of the message, from its first fragment.
    message: Option<(u16, usize)>,
    held: Assembly,
}

/// One fragment of a hello.
struct Fragment<'d> {
    message: (u16, usize),
    offset: usize,
    bytes: &'d [u8],
}

impl Joiner {
    /// With nothing seen.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that it holds.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.held.memory()
    }

    /// Takes a datagram of the client's: the payload of UDP. After a hello or an error it holds
    /// nothing; what is pushed then starts over.
    ///
    /// An error's position is that in this datagram, but for errors in a joined hello, where it is
    /// that in the hello's body.
    pub fn push<'d>(&mut self, datagram: &'d [u8]) -> Progress<ClientHello<'d>> {
        let progress = match self.records(datagram) {
            Ok(Some(hello)) => Progress::Complete(hello),
            Ok(None) => return Progress::NeedsMore,
            Err(error) => Progress::NotTls(error),
        };
        *self = Self::default();
        progress
    }

    /// Each record of a datagram, up to the one that completes the hello.
    fn records<'d>(&mut self, datagram: &'d [u8]) -> Result<Option<ClientHello<'d>>, HelloError> {
        let mut at = 0;
        while at < datagram.len() {
            let record = datagram.get(at..).unwrap_or_default();
            let first = at == 0 && self.message.is_none();
            let not_dtls = if first { Fault::NotTls } else { Fault::OtherRecord };
            let is_handshake = record.get(field::TYPE) == Some(&HANDSHAKE)
                && record.get(field::MAJOR_VERSION).is_some_and(|m| MAJOR_VERSIONS.contains(m))
                // What comes in later epochs is encrypted.
                && record.get(field::EPOCH..field::EPOCH + 2) == Some(&[0, 0]);
            if !is_handshake {
                return Err(HelloError::new(not_dtls, at));
            }
            let Some(&[len_high, len_low]) =
                record.get(field::LEN..field::HEADER_LEN).and_then(|len| len.first_chunk())
            else {
                return Err(HelloError::new(Fault::TooShort, at));
            };
            let len = usize::from(u16::from_be_bytes([len_high, len_low]));
            let start = at + field::HEADER_LEN;
            let Some(content) = datagram.get(start..start + len) else {
                return Err(HelloError::new(Fault::TooShort, at + field::LEN));
            };
            if content.is_empty() {
                return Err(HelloError::new(Fault::EmptyRecord, at + field::LEN));
            }
            if let Some(hello) = self.fragments(content, start)? {
                return Ok(Some(hello));
            }
            at = start + len;
        }
        Ok(None)
    }

    /// Each fragment of a record whose content begins at byte `at` of its datagram.
    fn fragments<'d>(
        &mut self,
        mut content: &'d [u8],
        mut at: usize,
    ) -> Result<Option<ClientHello<'d>>, HelloError> {
        while !content.is_empty() {
            let (fragment, rest) =
                Fragment::read(content).map_err(|fault| HelloError::new(fault, at))?;
            let body_at = at + FRAGMENT_HEADER_LEN;
            let message = *self.message.get_or_insert(fragment.message);
            if fragment.message.0 == message.0 {
                if fragment.message != message {
                    return Err(HelloError::new(Fault::BadFragment, at));
                }
                if let Some(hello) = self.add(&fragment, body_at)? {
                    return Ok(Some(hello));
                }
            }
            at += content.len() - rest.len();
            content = rest;
        }
        Ok(None)
    }

    fn add<'d>(
        &mut self,
        fragment: &Fragment<'d>,
        at: usize,
    ) -> Result<Option<ClientHello<'d>>, HelloError> {
        let (_, len) = fragment.message;
        if fragment.bytes.len() == len && self.held.is_empty() {
            let hello = ClientHello::parse_dtls(fragment.bytes);
            return hello.map(Some).map_err(|error| HelloError { at: at + error.at, ..error });
        }
        let added = self.held.insert(fragment.offset, fragment.bytes);
        added.map_err(|TooManyPieces| HelloError::new(Fault::TooManyPieces, at))?;
        if self.held.start().len() < len {
            return Ok(None);
        }
        let body = Cow::Owned(std::mem::take(&mut self.held).into_start());
        ClientHello::read(body, Form::Dtls, Extent::Whole).map(Some)
    }
}

impl<'d> Fragment<'d> {
    /// The fragment at the start of a record's content, and what comes after it.
    fn read(content: &'d [u8]) -> Result<(Self, &'d [u8]), Fault> {
        let (header, rest) =
            content.split_first_chunk::<FRAGMENT_HEADER_LEN>().ok_or(Fault::TooShort)?;
        let [message_type, a, b, c, number_high, number_low, d, e, f, g, h, i] = *header;
        let u24 = |bytes: [u8; 3]| {
            let [a, b, c] = bytes;
            u32::from_be_bytes([0, a, b, c]) as usize
        };
        let (len, offset, fragment_len) = (u24([a, b, c]), u24([d, e, f]), u24([g, h, i]));
        if message_type != CLIENT_HELLO {
            return Err(Fault::OtherMessage);
        }
        if len > MAX_HELLO_LEN {
            return Err(Fault::HelloTooLong);
        }
        if offset + fragment_len > len {
            return Err(Fault::BadFragment);
        }
        let (bytes, rest) = rest.split_at_checked(fragment_len).ok_or(Fault::TooShort)?;
        let number = u16::from_be_bytes([number_high, number_low]);
        Ok((Fragment { message: (number, len), offset, bytes }, rest))
    }
}
