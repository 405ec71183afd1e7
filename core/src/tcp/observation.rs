//! What one SYN or SYN+ACK says about the stack that sent it.

mod build;
mod headers;
mod key;
mod text;
mod window;

pub(crate) use crate::compat::Compat;
pub(crate) use crate::endpoint::Direction;
use crate::tcp::quirks::Quirks;
use crate::wire::{AppOptions, Ip, IpVersion, OptionLayout, Segment, TcpOptions, TcpTimestamps};

pub use build::ObservationBuilder;
#[cfg(test)]
pub(crate) use headers::tests as headers_tests;
pub(crate) use headers::{HeaderPattern, Headers};
pub use key::FingerprintKey;
pub(crate) use text::{MAX_DISTANCE, SENDSYN_MSS, SENDSYN_WINDOW};

/// What one SYN or SYN+ACK says: observed values only, nothing is a pattern.
///
/// [`observe`](crate::observe) takes it from a frame, and [`Observation::builder`] puts one together.
/// [`Display`](core::fmt::Display) writes p0f's raw signature, and [`Observation::parse`] reads it
/// back. Of the fields, those that the notation has no place for (`timestamps`, `dscp`, `peer_mss`,
/// `headers_len`, which experiment among `app_options`) are only approximated on the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Observation {
    /// SYN or SYN+ACK.
    pub direction: Direction,
    /// IP version of the innermost header.
    pub version: IpVersion,
    /// TTL or hop limit as observed.
    pub ttl: u8,
    /// IPv4 options in bytes (p0f: `olen`).
    pub ip_options_len: u8,
    /// The DSCP bits of TOS or traffic class.
    pub dscp: u8,
    /// Kinds of the TCP options in order, and the padding after them (p0f: `olayout`).
    pub layout: OptionLayout,
    /// Those of the options that a program asked for, which are set aside before a signature is
    /// looked for; none as p0f, which does not know of them.
    pub app_options: AppOptions,
    /// Maximum segment size in bytes, if announced.
    pub mss: Option<u16>,
    /// The window field, not scaled.
    pub window: u16,
    /// Window scale as a power of two, if announced.
    pub window_scale: Option<u8>,
    /// Values of the timestamps option, if there is one.
    pub timestamps: Option<TcpTimestamps>,
    /// Oddities of the headers.
    pub quirks: Quirks,
    /// Whether there is payload after the headers (p0f: `pclass`).
    pub has_payload: bool,
    /// IP and TCP headers with their options, in bytes.
    pub headers_len: u16,
    /// For a SYN+ACK, the MSS of the SYN that it answers, if that was seen.
    pub peer_mss: Option<u16>,
}

impl Observation {
    /// Reads what the segment says; whether it is a SYN or a SYN+ACK is the caller's to know.
    #[inline]
    pub(crate) fn of(segment: &Segment<'_>, direction: Direction, compat: Compat) -> Observation {
        let options = TcpOptions::parse(segment.tcp.options());
        Observation {
            direction,
            version: segment.ip.version(),
            ttl: segment.ip.ttl(),
            ip_options_len: segment.ip.options_len(),
            dscp: segment.ip.dscp(),
            layout: options.layout,
            app_options: match compat.rules().program_options_count {
                true => AppOptions::NONE,
                false => options.app,
            },
            mss: options.mss,
            window: segment.tcp.window_size(),
            window_scale: options.window_scale,
            timestamps: options.timestamps,
            quirks: ip_quirks(segment)
                | tcp_quirks(segment, compat)
                | option_quirks(&options, direction, compat),
            has_payload: segment.payload_len > 0,
            headers_len: (segment.ip.header_len() + segment.tcp.slice().len()) as u16,
            peer_mss: None,
        }
    }

    /// What a stack would have sent that asks for its options in this layout, without those of
    /// programs, and how many bytes of fillers that takes or adds; `None` if there are none
    /// to set aside, and where the layout is not what is left.
    pub(crate) fn without_app_options(&self, plain: &OptionLayout) -> Option<(Observation, u16)> {
        if self.app_options.is_empty() || self.quirks.contains(Quirks::BAD_OPTIONS) {
            return None;
        }
        let fillers = self.layout.fillers_added_to(plain)?;
        let headers_len =
            Observation::plausible_headers_len(self.version, self.ip_options_len, plain);
        // The data of a SYN is what fast open is for.
        let has_payload = self.has_payload && !self.app_options.contains(AppOptions::FAST_OPEN);
        Some((Observation { layout: *plain, headers_len, has_payload, ..*self }, fillers))
    }

    /// How many hops the packet travelled if it set out with the next usual initial TTL (32, 64,
    /// 128 or 255).
    #[must_use]
    #[inline]
    pub const fn guessed_distance(&self) -> u8 {
        initial_ttl(self.ttl) - self.ttl
    }
}

/// The next usual initial TTL.
#[inline]
pub(crate) const fn initial_ttl(ttl: u8) -> u8 {
    match ttl {
        0..=32 => 32,
        33..=64 => 64,
        65..=128 => 128,
        129..=255 => 255,
    }
}

/// Quirks that lie in the IP header, and ECN wherever it shows.
#[inline]
fn ip_quirks(segment: &Segment<'_>) -> Quirks {
    let mut quirks = Quirks::NONE;
    match &segment.ip {
        Ip::V4(ip) => {
            let (df, id) = (ip.dont_fragment(), ip.identification());
            quirks.set_if(Quirks::DF, df);
            quirks.set_if(Quirks::NONZERO_ID, df && id != 0);
            quirks.set_if(Quirks::ZERO_ID, !df && id == 0);
            quirks.set_if(Quirks::RESERVED_BIT, segment.ip.reserved_bit());
        }
        Ip::V6(ip) => quirks.set_if(Quirks::FLOW_LABEL, ip.flow_label().value() != 0),
    }
    let tcp = &segment.tcp;
    // RFC 3540's nonce sum is the lowest of the once reserved bits.
    let tcp_ecn = tcp.ece() | tcp.cwr() | tcp.ns();
    quirks.set_if(Quirks::ECN, tcp_ecn || segment.ip.ecn() != 0);
    quirks
}

/// Quirks of the fixed TCP header.
#[inline]
fn tcp_quirks(segment: &Segment<'_>, compat: Compat) -> Quirks {
    let tcp = &segment.tcp;
    let acknowledgment = tcp.acknowledgment_number();
    let stray_ack = is_stray_ack(acknowledgment, compat);
    let mut quirks = Quirks::NONE;
    quirks.set_if(Quirks::ZERO_SEQ, tcp.sequence_number() == 0);
    quirks.set_if(Quirks::NONZERO_ACK, !tcp.ack() && !tcp.rst() && stray_ack);
    quirks.set_if(Quirks::ZERO_ACK, tcp.ack() && acknowledgment == 0);
    quirks.set_if(Quirks::NONZERO_URG, !tcp.urg() && tcp.urgent_pointer() != 0);
    quirks.set_if(Quirks::URG_FLAG, tcp.urg());
    quirks.set_if(Quirks::PUSH_FLAG, tcp.psh());
    quirks
}

/// Whether an acknowledgement number is not 0, as far as that is looked at where ACK is clear.
#[inline]
fn is_stray_ack(acknowledgment: u32, compat: Compat) -> bool {
    // p0f looks at one bit of the field only: on little-endian machines, bit 24.
    const P0F_ACK_BIT: u32 = 1 << 24;
    let asked = if compat.rules().stray_ack_is_one_bit { P0F_ACK_BIT } else { u32::MAX };
    acknowledgment & asked != 0
}

/// Quirks of the TCP options.
#[inline]
fn option_quirks(options: &TcpOptions, direction: Direction, compat: Compat) -> Quirks {
    let misses_last = compat.rules().junk_in_last_byte_is_missed;
    let junk = options
        .nonzero_padding_at
        .is_some_and(|at| !misses_last || at + 1 != options.layout.end_padding());
    let mut quirks = Quirks::NONE;
    quirks.set_if(Quirks::ZERO_TIMESTAMP, options.zero_tsval);
    let is_syn = direction == Direction::Syn;
    quirks.set_if(Quirks::NONZERO_PEER_TIMESTAMP, is_syn && options.nonzero_tsecr);
    quirks.set_if(Quirks::OPTION_PADDING, junk);
    quirks.set_if(Quirks::EXCESSIVE_SCALE, options.excessive_scale);
    quirks.set_if(Quirks::BAD_OPTIONS, options.malformed);
    quirks
}
