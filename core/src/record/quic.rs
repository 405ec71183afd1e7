//! What a QUIC client says besides its hello, as it goes into a record.

use crate::quic::{Opening, ParameterError, TransportParameters, Version};

/// What a QUIC client says besides its hello. Owns its text.
///
/// [`Record::quic`](crate::Record::quic) has it; [`quic`](crate::quic) has an example without an analyzer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quic {
    /// The version of its first Initial.
    pub version: Version,
    /// Bytes of UDP payload in the first datagram of the connection that was read.
    pub datagram_len: usize,
    /// TTL or hop limit of the packet that completed the hello.
    pub ttl: u8,
    /// What it says of itself in its transport parameters; absent without them.
    pub parameters: Option<Result<QuicParameters, ParameterError>>,
}

/// Transport parameters of a client (RFC 9000 section 18.2). Each is absent if it was not sent, or is
/// not the integer that it should be.
///
/// They are a part of [`Quic`]; [`quic::TransportParameters`](crate::quic::TransportParameters) reads them
/// from a hello, and has an example.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct QuicParameters {
    /// Milliseconds without a packet after which the client closes.
    pub max_idle_timeout_ms: Option<u64>,
    /// Bytes of UDP payload that the client takes.
    pub max_udp_payload_size: Option<u64>,
    /// Bytes that may be sent on all streams.
    pub initial_max_data: Option<u64>,
    /// Bytes that may be sent on a stream in both directions that the client opened.
    pub initial_max_stream_data_bidi_local: Option<u64>,
    /// Bytes that may be sent on a stream in both directions that the server opened.
    pub initial_max_stream_data_bidi_remote: Option<u64>,
    /// Bytes that may be sent on a stream in one direction.
    pub initial_max_stream_data_uni: Option<u64>,
    /// Streams in both directions that the server may open.
    pub initial_max_streams_bidi: Option<u64>,
    /// Streams in one direction that the server may open.
    pub initial_max_streams_uni: Option<u64>,
    /// By which power of two delays of acknowledgments are divided.
    pub ack_delay_exponent: Option<u64>,
    /// Milliseconds for which the client delays acknowledgments at most.
    pub max_ack_delay_ms: Option<u64>,
    /// Connection IDs that the client keeps.
    pub active_connection_id_limit: Option<u64>,
    /// Bytes of the longest DATAGRAM frame that the client takes (RFC 9221).
    pub max_datagram_frame_size: Option<u64>,
    /// Whether the client keeps to its address.
    pub disable_active_migration: bool,
    /// Whether the client takes packets whose fixed bit is 0 (RFC 9287).
    pub grease_quic_bit: bool,
    /// Whether numbers that are reserved for GREASE are among them.
    pub grease: bool,
    /// The versions that the client can speak, in its order (RFC 9368); without those of GREASE.
    pub versions: Vec<Version>,
    /// The numbers of all parameters in the order in which they were sent; without those of GREASE.
    pub ids: Vec<u64>,
    /// The name and version of the program and its system, which Chrome sent until 2021; bytes that
    /// are no UTF-8 are replaced.
    pub user_agent: Option<Box<str>>,
}

impl Quic {
    /// Replaces what the client says of its program.
    #[cfg(feature = "redact")]
    pub(super) fn redact_user_agent(&mut self, by: impl FnOnce(&str) -> Option<Box<str>>) {
        if let Some(Ok(parameters)) = &mut self.parameters {
            parameters.user_agent = parameters.user_agent.take().and_then(|agent| by(&agent));
        }
    }

    /// What the opening of a connection says. Returns None for DTLS.
    pub(crate) fn of(opening: &Opening<'_>, ttl: u8) -> Option<Quic> {
        let parameters = opening.transport_parameters();
        Some(Quic {
            version: opening.version?,
            datagram_len: opening.datagram_len,
            ttl,
            parameters: parameters.map(|it| it.map(|it| QuicParameters::of(&it))),
        })
    }
}

impl QuicParameters {
    fn of(all: &TransportParameters<'_>) -> QuicParameters {
        use crate::quic::parameter::is_grease;
        let versions = all.version_information().into_iter().flat_map(|it| it.available());
        QuicParameters {
            max_idle_timeout_ms: all.max_idle_timeout_ms(),
            max_udp_payload_size: all.max_udp_payload_size(),
            initial_max_data: all.initial_max_data(),
            initial_max_stream_data_bidi_local: all.initial_max_stream_data_bidi_local(),
            initial_max_stream_data_bidi_remote: all.initial_max_stream_data_bidi_remote(),
            initial_max_stream_data_uni: all.initial_max_stream_data_uni(),
            initial_max_streams_bidi: all.initial_max_streams_bidi(),
            initial_max_streams_uni: all.initial_max_streams_uni(),
            ack_delay_exponent: all.ack_delay_exponent(),
            max_ack_delay_ms: all.max_ack_delay_ms(),
            active_connection_id_limit: all.active_connection_id_limit(),
            max_datagram_frame_size: all.max_datagram_frame_size(),
            disable_active_migration: all.disables_active_migration(),
            grease_quic_bit: all.greases_quic_bit(),
            grease: all.has_grease(),
            versions: versions.filter(|version| !version.is_grease()).collect(),
            ids: all.iter().map(|one| one.number).filter(|&number| !is_grease(number)).collect(),
            user_agent: all
                .user_agent()
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned().into_boxed_str()),
        }
    }

    /// The integers, by the names that records have.
    pub fn integers(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [
            ("max_idle_timeout_ms", self.max_idle_timeout_ms),
            ("max_udp_payload_size", self.max_udp_payload_size),
            ("initial_max_data", self.initial_max_data),
            ("initial_max_stream_data_bidi_local", self.initial_max_stream_data_bidi_local),
            ("initial_max_stream_data_bidi_remote", self.initial_max_stream_data_bidi_remote),
            ("initial_max_stream_data_uni", self.initial_max_stream_data_uni),
            ("initial_max_streams_bidi", self.initial_max_streams_bidi),
            ("initial_max_streams_uni", self.initial_max_streams_uni),
            ("ack_delay_exponent", self.ack_delay_exponent),
            ("max_ack_delay_ms", self.max_ack_delay_ms),
            ("active_connection_id_limit", self.active_connection_id_limit),
            ("max_datagram_frame_size", self.max_datagram_frame_size),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The flags that are set, by the names that records have.
    pub fn flags(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            ("disable_active_migration", self.disable_active_migration),
            ("grease_quic_bit", self.grease_quic_bit),
            ("grease", self.grease),
        ];
        all.into_iter().filter_map(|(name, is_set)| is_set.then_some(name))
    }
}
