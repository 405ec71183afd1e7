//! Transport parameters of a client (RFC 9000 section 18).
#![warn(clippy::indexing_slicing)]

use core::fmt;

use super::header::{ConnectionId, Reader, Version};
use crate::tls::{ClientHello, extension};

/// The extension that has them in the drafts (draft-ietf-quic-tls-29 section 8.2).
const DRAFT_EXTENSION: u16 = 0xffa5;

macro_rules! parameters {
    ($($(#[$doc:meta])* $constant:ident = $value:literal, $name:literal, $source:literal;)*) => {
        /// Transport parameters, by number.
        ///
        /// ```
        /// use stackprint::quic::parameter;
        ///
        /// assert_eq!(parameter::MAX_IDLE_TIMEOUT, 0x01);
        /// assert_eq!(parameter::name(0x01), Some("max_idle_timeout"));
        /// assert!(parameter::is_grease(31 * 5 + 27));
        /// ```
        pub mod parameter {
            $(#[doc = concat!("`", $name, "` (", $source, ").")] pub const $constant: u64 = $value;)*

            /// The name of a number, `GREASE` if it is reserved. Returns None if this
            /// [module](self) has no name for it.
            #[must_use]
            pub const fn name(number: u64) -> Option<&'static str> {
                match number {
                    $($constant => Some($name),)*
                    _ if is_grease(number) => Some("GREASE"),
                    _ => None,
                }
            }

            /// Whether a number is one of those that RFC 9000 section 18.1 reserves, 31 * N + 27:
            /// clients send them so that servers keep passing over what they do not know. An example
            /// is at the [module](self).
            #[must_use]
            pub const fn is_grease(number: u64) -> bool {
                const STEP: u64 = 31;
                const FIRST: u64 = 27;
                number % STEP == FIRST
            }
        }
    };
}

parameters! {
    ORIGINAL_DESTINATION_CONNECTION_ID = 0x00, "original_destination_connection_id", "RFC 9000";
    MAX_IDLE_TIMEOUT = 0x01, "max_idle_timeout", "RFC 9000";
    STATELESS_RESET_TOKEN = 0x02, "stateless_reset_token", "RFC 9000";
    MAX_UDP_PAYLOAD_SIZE = 0x03, "max_udp_payload_size", "RFC 9000";
    INITIAL_MAX_DATA = 0x04, "initial_max_data", "RFC 9000";
    INITIAL_MAX_STREAM_DATA_BIDI_LOCAL = 0x05, "initial_max_stream_data_bidi_local", "RFC 9000";
    INITIAL_MAX_STREAM_DATA_BIDI_REMOTE = 0x06, "initial_max_stream_data_bidi_remote", "RFC 9000";
    INITIAL_MAX_STREAM_DATA_UNI = 0x07, "initial_max_stream_data_uni", "RFC 9000";
    INITIAL_MAX_STREAMS_BIDI = 0x08, "initial_max_streams_bidi", "RFC 9000";
    INITIAL_MAX_STREAMS_UNI = 0x09, "initial_max_streams_uni", "RFC 9000";
    ACK_DELAY_EXPONENT = 0x0a, "ack_delay_exponent", "RFC 9000";
    MAX_ACK_DELAY = 0x0b, "max_ack_delay", "RFC 9000";
    DISABLE_ACTIVE_MIGRATION = 0x0c, "disable_active_migration", "RFC 9000";
    PREFERRED_ADDRESS = 0x0d, "preferred_address", "RFC 9000";
    ACTIVE_CONNECTION_ID_LIMIT = 0x0e, "active_connection_id_limit", "RFC 9000";
    INITIAL_SOURCE_CONNECTION_ID = 0x0f, "initial_source_connection_id", "RFC 9000";
    RETRY_SOURCE_CONNECTION_ID = 0x10, "retry_source_connection_id", "RFC 9000";
    VERSION_INFORMATION = 0x11, "version_information", "RFC 9368";
    MAX_DATAGRAM_FRAME_SIZE = 0x20, "max_datagram_frame_size", "RFC 9221";
    GREASE_QUIC_BIT = 0x2ab2, "grease_quic_bit", "RFC 9287";
    GOOGLE_INITIAL_RTT = 0x3127, "initial_rtt", "Google";
    GOOGLE_CONNECTION_OPTIONS = 0x3128, "google_connection_options", "Google";
    GOOGLE_USER_AGENT = 0x3129, "user_agent", "Google";
    GOOGLE_VERSION = 0x4752, "google_version", "Google";
    MIN_ACK_DELAY = 0xff04_de1b, "min_ack_delay", "draft-ietf-quic-ack-frequency";
    VERSION_INFORMATION_DRAFT = 0x00ff_73db, "version_information", "draft-ietf-quic-version-negotiation";
}

/// One transport parameter.
///
/// [`TransportParameters::iter`] lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter<'h> {
    /// Its number; [`parameter`] names those in use.
    pub number: u64,
    /// What it holds.
    pub value: &'h [u8],
}

impl<'h> Parameter<'h> {
    /// Its name, `GREASE` if its number is reserved. Returns None if it is unknown.
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        parameter::name(self.number)
    }

    /// Its value as an integer. Returns None if it is not one alone.
    #[must_use]
    pub fn integer(&self) -> Option<u64> {
        let mut reader = Reader { bytes: self.value, at: 0 };
        reader.varint().filter(|_| reader.is_at_end())
    }

    /// The next one.
    fn read(reader: &mut Reader<'h>) -> Option<Parameter<'h>> {
        let number = reader.varint()?;
        Some(Parameter { number, value: reader.vector()? })
    }
}

/// The parameters end within one of them.
///
/// The error of [`TransportParameters::parse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ParameterError {
    /// Bytes from the start of the extension's body to that parameter.
    pub at: usize,
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transport parameter too short at byte {}", self.at)
    }
}

impl core::error::Error for ParameterError {}

/// What a client says of versions (RFC 9368 section 3).
///
/// [`TransportParameters::version_information`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionInformation<'h> {
    /// The one of this connection.
    pub chosen: Version,
    available: &'h [u8],
}

impl<'h> VersionInformation<'h> {
    /// The versions that it can speak, in its order of preference; GREASE may be among them.
    pub fn available(&self) -> impl Iterator<Item = Version> + use<'h> {
        let (versions, _) = self.available.as_chunks();
        versions.iter().map(|version| Version(u32::from_be_bytes(*version)))
    }
}

/// The transport parameters of a client.
///
/// Each is there once at most, if the client follows the RFC; else the first counts.
///
/// ```
/// use stackprint::quic::TransportParameters;
///
/// // Number, length, value: max_idle_timeout of 30,000 ms, and one that is reserved.
/// let parameters = TransportParameters::parse(b"\x01\x04\x80\0\x75\x30\x1b\0")?;
/// assert_eq!(parameters.max_idle_timeout_ms(), Some(30_000));
/// assert!(parameters.has_grease());
/// let names: Vec<_> = parameters.iter().map(|parameter| parameter.name()).collect();
/// assert_eq!(names, [Some("max_idle_timeout"), Some("GREASE")]);
///
/// assert_eq!(TransportParameters::parse(b"\x01\x04\x80").unwrap_err().at, 0);
/// # Ok::<(), stackprint::quic::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportParameters<'h> {
    bytes: &'h [u8],
}

macro_rules! integers {
    ($($(#[$doc:meta])* $method:ident = $constant:ident;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $method(&self) -> Option<u64> {
                self.get(parameter::$constant)?.integer()
            }
        )*
    };
}

impl<'h> TransportParameters<'h> {
    /// Those of a hello: in extension 57, or in that of the drafts. Returns None without either.
    ///
    /// # Errors
    ///
    /// If they end within a parameter.
    pub fn of(hello: &'h ClientHello<'_>) -> Option<Result<Self, ParameterError>> {
        let body = hello.extension(extension::QUIC_TRANSPORT_PARAMETERS);
        body.or_else(|| hello.extension(DRAFT_EXTENSION)).map(Self::parse)
    }

    /// Reads the body of the extension.
    ///
    /// # Errors
    ///
    /// If it ends within a parameter.
    pub fn parse(bytes: &'h [u8]) -> Result<Self, ParameterError> {
        let mut reader = Reader { bytes, at: 0 };
        while !reader.is_at_end() {
            let at = reader.at;
            Parameter::read(&mut reader).ok_or(ParameterError { at })?;
        }
        Ok(TransportParameters { bytes })
    }

    /// All of them, in the order in which they were sent.
    pub fn iter(&self) -> impl Iterator<Item = Parameter<'h>> + use<'h> {
        let mut reader = Reader { bytes: self.bytes, at: 0 };
        core::iter::from_fn(move || Parameter::read(&mut reader))
    }

    /// The first of a number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<Parameter<'h>> {
        self.iter().find(|parameter| parameter.number == number)
    }

    /// Whether one of a number is there, such as those that are flags.
    #[must_use]
    pub fn has(&self, number: u64) -> bool {
        self.get(number).is_some()
    }

    integers! {
        /// Milliseconds without a packet after which the client closes.
        max_idle_timeout_ms = MAX_IDLE_TIMEOUT;
        /// Bytes of UDP payload that the client takes.
        max_udp_payload_size = MAX_UDP_PAYLOAD_SIZE;
        /// Bytes that may be sent on all streams.
        initial_max_data = INITIAL_MAX_DATA;
        /// Bytes that may be sent on a stream in both directions that the client opened.
        initial_max_stream_data_bidi_local = INITIAL_MAX_STREAM_DATA_BIDI_LOCAL;
        /// Bytes that may be sent on a stream in both directions that the server opened.
        initial_max_stream_data_bidi_remote = INITIAL_MAX_STREAM_DATA_BIDI_REMOTE;
        /// Bytes that may be sent on a stream in one direction.
        initial_max_stream_data_uni = INITIAL_MAX_STREAM_DATA_UNI;
        /// Streams in both directions that the server may open.
        initial_max_streams_bidi = INITIAL_MAX_STREAMS_BIDI;
        /// Streams in one direction that the server may open.
        initial_max_streams_uni = INITIAL_MAX_STREAMS_UNI;
        /// By which power of two delays of acknowledgments are divided.
        ack_delay_exponent = ACK_DELAY_EXPONENT;
        /// Milliseconds for which the client delays acknowledgments at most.
        max_ack_delay_ms = MAX_ACK_DELAY;
        /// Connection IDs that the client keeps.
        active_connection_id_limit = ACTIVE_CONNECTION_ID_LIMIT;
        /// Bytes of the longest DATAGRAM frame that the client takes.
        max_datagram_frame_size = MAX_DATAGRAM_FRAME_SIZE;
    }

    /// Whether the client keeps to its address.
    #[must_use]
    pub fn disables_active_migration(&self) -> bool {
        self.has(parameter::DISABLE_ACTIVE_MIGRATION)
    }

    /// Whether the client takes packets whose fixed bit is 0.
    #[must_use]
    pub fn greases_quic_bit(&self) -> bool {
        self.has(parameter::GREASE_QUIC_BIT)
    }

    /// Whether numbers that are reserved for GREASE are among them.
    #[must_use]
    pub fn has_grease(&self) -> bool {
        self.iter().any(|one| parameter::is_grease(one.number))
    }

    /// The connection ID that the client chose for itself.
    #[must_use]
    pub fn initial_source_connection_id(&self) -> Option<ConnectionId> {
        ConnectionId::new(self.get(parameter::INITIAL_SOURCE_CONNECTION_ID)?.value)
    }

    /// What the client says of versions. Returns None if that is not whole numbers.
    #[must_use]
    pub fn version_information(&self) -> Option<VersionInformation<'h>> {
        let one = self
            .get(parameter::VERSION_INFORMATION)
            .or_else(|| self.get(parameter::VERSION_INFORMATION_DRAFT))?;
        let mut reader = Reader { bytes: one.value, at: 0 };
        let chosen = Version(reader.u32()?);
        let available = one.value.get(reader.at..)?;
        let (_, rest) = available.as_chunks::<4>();
        rest.is_empty().then_some(VersionInformation { chosen, available })
    }

    /// The name and version of the program, which old Chromes sent.
    #[must_use]
    pub fn user_agent(&self) -> Option<&'h [u8]> {
        self.get(parameter::GOOGLE_USER_AGENT).map(|one| one.value)
    }
}
