//! What a ServerHello says: no more than version, cipher suite and JA3S.
#![warn(clippy::indexing_slicing)]

use std::borrow::Cow;

use md5::Md5;

use super::body::{RANDOM_LEN, Reader, Span, extensions};
use super::fingerprint::Ja3;
use super::record::{self, SERVER_HELLO};
use super::text::{Hashed, Sink, decimal_list};
use super::{Extensions, Fault, HelloError, Progress, extension};

/// A ServerHello (RFC 8446 section 4.1.3), which answers a [`ClientHello`](super::ClientHello).
///
/// ```
/// use stackprint::tls::{Progress, ServerHello, version};
///
/// let mut bytes = vec![0x16, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3]; // record, ServerHello, TLS 1.2
/// bytes.extend([7; 32]); // random
/// bytes.extend([0, 0x13, 0x01, 0]); // no session ID, TLS_AES_128_GCM_SHA256, no compression
/// bytes.extend([0, 6, 0, 43, 0, 2, 3, 4]); // supported_versions: TLS 1.3
/// let Progress::Complete(hello) = ServerHello::from_stream(&bytes) else { panic!("whole") };
/// assert_eq!((hello.version(), hello.cipher_suite()), (version::TLS_1_3, 0x1301));
/// assert!(!hello.is_retry());
/// assert_eq!(hello.ja3s_text(), "771,4865,43");
/// assert_eq!(hello.ja3s().as_str(), "cce84e7a8b742462e40afb585a3e3ccc");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHello<'b> {
    body: Cow<'b, [u8]>,
    legacy_version: u16,
    random: Span,
    cipher_suite: u16,
    extensions: Span,
}

/// RFC 8446 section 4.1.3: the `random` of a HelloRetryRequest, SHA-256 of that name.
const RETRY_RANDOM: [u8; RANDOM_LEN] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

impl<'b> ServerHello<'b> {
    /// Reads the body of a handshake message of type `server_hello`.
    ///
    /// # Errors
    ///
    /// If a length contradicts the body's, with the position in the body.
    pub fn parse(body: &'b [u8]) -> Result<Self, HelloError> {
        Self::read(Cow::Borrowed(body))
    }

    /// Looks for a hello at the start of what a server has sent so far, from its first byte on, as
    /// [`ClientHello::from_stream`](super::ClientHello::from_stream) does.
    pub fn from_stream(bytes: &'b [u8]) -> Progress<ServerHello<'b>> {
        record::message(bytes, SERVER_HELLO).and_then(bytes, Self::read)
    }

    fn read(body: Cow<'b, [u8]>) -> Result<Self, HelloError> {
        let mut reader = Reader::new(&body)?;
        let legacy_version = reader.u16()?;
        let random = reader.span(RANDOM_LEN)?;
        reader.vector8()?; // session id
        let cipher_suite = reader.u16()?;
        reader.u8()?; // compression method
        let mut list = Span::default();
        if !reader.is_at_end() {
            list = reader.vector16()?;
            if !reader.is_at_end() {
                return Err(HelloError::new(Fault::TrailingBytes, reader.at()));
            }
            if !extensions(&body, list).is_filled() {
                return Err(HelloError::new(Fault::TooShort, list.start()));
            }
        }
        Ok(ServerHello { body, legacy_version, random, cipher_suite, extensions: list })
    }

    /// The version field, 0x0303 for TLS 1.2 and newer.
    #[must_use]
    pub const fn legacy_version(&self) -> u16 {
        self.legacy_version
    }

    /// The version that the server chose: of `supported_versions` if it is there, else the version
    /// field; [`version`](super::version) names it.
    #[must_use]
    pub fn version(&self) -> u16 {
        let chosen = self
            .extensions()
            .find(|extension| extension.number == extension::SUPPORTED_VERSIONS)
            .and_then(|extension| <[u8; 2]>::try_from(extension.body).ok());
        chosen.map_or(self.legacy_version, u16::from_be_bytes)
    }

    /// The server's 32 random bytes.
    #[must_use]
    pub fn random(&self) -> &[u8] {
        self.random.of(&self.body)
    }

    /// Whether it is a HelloRetryRequest, which asks the client for another hello.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        self.random() == RETRY_RANDOM
    }

    /// The cipher suite that the server chose.
    #[must_use]
    pub const fn cipher_suite(&self) -> u16 {
        self.cipher_suite
    }

    /// All extensions, in the order in which they were sent.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        extensions(&self.body, self.extensions)
    }

    /// JA3S: the MD5 hash of [`ja3s_text`](Self::ja3s_text).
    #[must_use]
    pub fn ja3s(&self) -> Ja3 {
        let mut hashed = Hashed::<Md5>::new();
        self.push_ja3s(&mut hashed);
        Ja3::hex(&hashed.finish())
    }

    /// What JA3S is the hash of: version field, cipher suite and extensions in decimal.
    #[must_use]
    pub fn ja3s_text(&self) -> String {
        super::fingerprint::text(|out| {
            let mut out = super::text::Written { out, result: Ok(()) };
            self.push_ja3s(&mut out);
            out.result
        })
    }

    fn push_ja3s(&self, out: &mut impl Sink) {
        out.push_number(self.legacy_version);
        out.push(",");
        out.push_number(self.cipher_suite);
        out.push(",");
        decimal_list(out, self.extensions().map(|extension| extension.number));
    }
}
