//! What a ClientHello says.
#![warn(clippy::indexing_slicing)]

use std::borrow::Cow;

use super::body::{Extent, Form, Layout, Span, extensions};
use super::record::{self, CLIENT_HELLO};
use super::{
    Extension, Extensions, HelloError, KeyShares, Numbers, Progress, Protocols, extension,
    is_grease,
};

/// A ClientHello of TLS, QUIC or DTLS (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2, RFC 6347
/// section 4.2.1).
///
/// Reads from the bytes that it was made of; only a hello in several records owns a copy of them.
/// All lengths were checked when it was made, so that reading cannot fail.
///
/// ```
/// use stackprint::tls::{ClientHello, Progress, extension, group};
///
/// # let bytes = [
/// #     0x16, 3, 1, 0, 57, 1, 0, 0, 53, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
/// #     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x13, 0x01, 1, 0,
/// #     0, 10, 0x00, 0x0a, 0, 6, 0, 4, 0x00, 0x1d, 0x00, 0x17,
/// # ];
/// let Progress::Complete(hello) = ClientHello::from_stream(&bytes) else { panic!("whole") };
/// assert_eq!(hello.cipher_suites().iter().collect::<Vec<_>>(), [0x1301]);
/// assert!(hello.groups().contains(group::X25519));
/// let types: Vec<u16> = hello.extensions().map(|extension| extension.number).collect();
/// assert_eq!(types, [extension::SUPPORTED_GROUPS]);
/// assert_eq!(hello.server_name(), None);
///
/// assert_eq!(ClientHello::from_stream(&bytes[..20]), Progress::NeedsMore);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello<'b> {
    body: Cow<'b, [u8]>,
    layout: Layout,
}

impl<'b> ClientHello<'b> {
    /// Reads the body of a handshake message of type `client_hello`, without its four bytes of type
    /// and length: what the CRYPTO frames of QUIC and the records of TLS hold.
    ///
    /// # Errors
    ///
    /// If a length contradicts the body's, with the position in the body.
    pub fn parse(body: &'b [u8]) -> Result<Self, HelloError> {
        Self::read(Cow::Borrowed(body), Form::Tls, Extent::Whole)
    }

    /// Reads the body of a DTLS hello, which has a cookie after its session id.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_dtls(body: &'b [u8]) -> Result<Self, HelloError> {
        Self::read(Cow::Borrowed(body), Form::Dtls, Extent::Whole)
    }

    /// Looks for a hello at the start of a TLS stream: what a client has sent so far, from its
    /// first byte on, in records.
    ///
    /// The same bytes give the same answer, so a caller that collects a stream
    /// asks again each time it has grown. The hello is copied only if it spans several records.
    pub fn from_stream(bytes: &'b [u8]) -> Progress<ClientHello<'b>> {
        record::message(bytes, CLIENT_HELLO)
            .and_then(bytes, |body| Self::read(body, Form::Tls, Extent::Whole))
    }

    /// Reads what there is of a hello whose stream ends before the hello does: captured in part, or
    /// closed. It is [`truncated`](Self::truncated), and has no fingerprint.
    ///
    /// # Errors
    ///
    /// If the bytes are no hello, or end before its cipher suites.
    pub fn from_cut_stream(bytes: &[u8]) -> Result<ClientHello<'static>, HelloError> {
        let body = record::cut_message(bytes, CLIENT_HELLO)?;
        let len = body.len();
        ClientHello::read(Cow::Owned(body), Form::Tls, Extent::Cut)
            .map_err(|error| record::in_stream(bytes, len, error))
    }

    pub(super) fn read(
        body: Cow<'b, [u8]>,
        form: Form,
        extent: Extent,
    ) -> Result<Self, HelloError> {
        let layout = Layout::read(&body, form, extent)?;
        Ok(ClientHello { body, layout })
    }

    /// The same, with a copy of its bytes.
    #[must_use]
    pub fn into_owned(self) -> ClientHello<'static> {
        ClientHello { body: Cow::Owned(self.body.into_owned()), layout: self.layout }
    }

    /// The body of the handshake message.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.body
    }

    #[cfg(test)]
    pub(super) fn is_borrowed(&self) -> bool {
        matches!(self.body, Cow::Borrowed(_))
    }

    fn bytes(&self, span: Span) -> &[u8] {
        span.of(&self.body)
    }

    /// Whether the hello was cut: lists that lie after the cut are empty, and the last of the
    /// extensions may be missing.
    #[must_use]
    pub const fn truncated(&self) -> bool {
        self.layout.truncated
    }

    /// The version field, 0x0303 for TLS 1.2 and newer; [`version`](super::version) names it.
    #[must_use]
    pub const fn legacy_version(&self) -> u16 {
        self.layout.legacy_version
    }

    /// The newest version offered: of [`versions`](Self::versions) without GREASE if there are any,
    /// else the version field. Numbers of DTLS, which go down, are compared as such.
    #[must_use]
    pub fn newest_version(&self) -> u16 {
        let offered = self.versions().without_grease();
        let newest = if is_dtls(self.legacy_version()) {
            let dtls = offered.clone().filter(|&version| is_dtls(version)).min();
            dtls.or_else(|| offered.max())
        } else {
            offered.max()
        };
        newest.unwrap_or(self.legacy_version())
    }

    /// The client's 32 random bytes.
    #[must_use]
    pub fn random(&self) -> &[u8] {
        self.bytes(self.layout.random)
    }

    /// The session id, at most 32 bytes.
    #[must_use]
    pub fn session_id(&self) -> &[u8] {
        self.bytes(self.layout.session_id)
    }

    /// The cookie of DTLS 1.2 and older (RFC 6347 section 4.2.1), empty in a first hello and in
    /// TLS. Not the extension of TLS 1.3.
    #[must_use]
    pub fn dtls_cookie(&self) -> &[u8] {
        self.bytes(self.layout.dtls_cookie)
    }

    /// Cipher suites in the client's order of preference.
    #[must_use]
    pub fn cipher_suites(&self) -> Numbers<'_> {
        Numbers(self.bytes(self.layout.cipher_suites))
    }

    /// Compression methods; 0 is none.
    #[must_use]
    pub fn compression_methods(&self) -> &[u8] {
        self.bytes(self.layout.compression_methods)
    }

    /// All extensions, in the order in which they were sent.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        extensions(&self.body, self.layout.extensions)
    }

    /// The body of the first extension of a type.
    #[must_use]
    pub fn extension(&self, number: u16) -> Option<&[u8]> {
        let mut extensions = self.extensions();
        extensions.find(|extension| extension.number == number).map(|Extension { body, .. }| body)
    }

    /// The name of the server (RFC 6066 section 3), as it was sent: ASCII, if the client follows
    /// the RFC. Returns None without the extension or without a host name in it.
    #[must_use]
    pub fn server_name(&self) -> Option<&[u8]> {
        self.layout.server_name.map(|name| self.bytes(name)).filter(|name| !name.is_empty())
    }

    /// Groups for the key exchange (RFC 8446 section 4.2.7).
    #[must_use]
    pub fn groups(&self) -> Numbers<'_> {
        Numbers(self.bytes(self.layout.groups))
    }

    /// Formats of points on curves (RFC 8422 section 5.1.2).
    #[must_use]
    pub fn point_formats(&self) -> &[u8] {
        self.bytes(self.layout.point_formats)
    }

    /// Signature algorithms (RFC 8446 section 4.2.3): those of extension 13 alone.
    #[must_use]
    pub fn signature_algorithms(&self) -> Numbers<'_> {
        Numbers(self.bytes(self.layout.signature_algorithms))
    }

    /// Protocols of ALPN (RFC 7301), as they were sent.
    #[must_use]
    pub fn protocols(&self) -> Protocols<'_> {
        Protocols(self.bytes(self.layout.protocols))
    }

    /// Versions of the extension `supported_versions`, GREASE included; none before TLS 1.3.
    #[must_use]
    pub fn versions(&self) -> Numbers<'_> {
        Numbers(self.bytes(self.layout.versions))
    }

    /// Key shares of TLS 1.3: the groups that the client made keys for.
    #[must_use]
    pub fn key_shares(&self) -> KeyShares<'_> {
        KeyShares(self.bytes(self.layout.key_shares))
    }

    /// Whether the client offers keys of an earlier connection (RFC 8446 section 4.2.11), or
    /// agreed otherwise.
    #[must_use]
    pub fn has_pre_shared_key(&self) -> bool {
        self.extension(extension::PRE_SHARED_KEY).is_some()
    }

    /// Whether the client sends back a ticket of an earlier connection (RFC 5077).
    #[must_use]
    pub fn has_session_ticket(&self) -> bool {
        self.extension(extension::SESSION_TICKET).is_some_and(|ticket| !ticket.is_empty())
    }

    /// Whether the client sends data before the handshake is done (RFC 8446 section 4.2.10).
    #[must_use]
    pub fn has_early_data(&self) -> bool {
        self.extension(extension::EARLY_DATA).is_some()
    }

    /// Whether the extension `encrypted_client_hello` is there, real or GREASE: nobody but its
    /// server can tell. A server name is then that of the server in front.
    #[must_use]
    pub fn has_encrypted_hello(&self) -> bool {
        self.extension(extension::ENCRYPTED_CLIENT_HELLO).is_some()
    }

    /// Whether cipher suites or extensions hold a GREASE value (RFC 8701).
    #[must_use]
    pub fn has_grease(&self) -> bool {
        self.cipher_suites().iter().any(is_grease)
            || self.extensions().any(|extension| is_grease(extension.number))
    }
}

/// DTLS numbers its versions downwards from 0xfeff (RFC 6347 section 4.1).
const fn is_dtls(version: u16) -> bool {
    version >> 8 == 0xfe
}
