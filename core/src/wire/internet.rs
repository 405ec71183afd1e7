//! IP and what it carries: both versions, extension headers, fragments, and TCP.
#![warn(clippy::indexing_slicing)]

use etherparse::err::{ip_auth, ipv4, ipv6, tcp};
use etherparse::{
    IpAuthHeaderSlice, Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice,
    Ipv6RawExtHeaderSlice, TcpHeaderSlice,
};

use super::cursor::Cursor;
use super::field;
use super::ip::{Ip, IpVersion};
use super::numbers::protocol;
use super::path::Path;
use super::segment::Segment;
use crate::skip::{Skip, SkipReason};

/// More extension headers than this are not followed. RFC 8200 section 4.1 recommends each at
/// most once, which is eight with all that are known here.
const MAX_EXTENSIONS: usize = 8;

/// An IP header, with the cursor at what it carries.
pub(super) struct Packet<'f> {
    pub(super) ip: Ip<'f>,
    /// What the octets at the cursor are, extension headers passed.
    pub(super) protocol: u8,
    /// Octets after the IP header, extension headers included, according to the IP header.
    payload_len: usize,
    /// Octets of extension headers.
    extensions_len: usize,
}

impl<'f> Packet<'f> {
    /// Reads the IP header of `version` at the cursor.
    #[inline]
    pub(super) fn read(cursor: &mut Cursor<'f>, version: IpVersion) -> Result<Self, Skip> {
        cursor.begin_header();
        match version {
            IpVersion::V4 => Packet::read_v4(cursor),
            IpVersion::V6 => Packet::read_v6(cursor),
        }
    }

    #[inline]
    fn read_v4(cursor: &mut Cursor<'f>) -> Result<Self, Skip> {
        let ip = match Ipv4HeaderSlice::from_slice(cursor.rest()) {
            Ok(ip) => ip,
            Err(ipv4::HeaderSliceError::Len(error)) => {
                return Err(cursor.ends_within(error.required_len));
            }
            Err(ipv4::HeaderSliceError::Content(_)) => {
                return Err(cursor.fault(SkipReason::BadHeader));
            }
        };
        let (header_len, total_len) = (ip.slice().len(), usize::from(ip.total_len()));
        if total_len != 0 && total_len < header_len {
            return Err(cursor.fault(SkipReason::BadHeader));
        }
        if ip.fragments_offset().value() != 0 {
            return Err(cursor.fault(SkipReason::Fragment));
        }
        cursor.skip(header_len)?;
        // A sender that leaves segmentation to its network card shows the capture a length of 0.
        let payload_len = if total_len == 0 { cursor.rest().len() } else { total_len - header_len };
        cursor.limit(payload_len);
        if ip.more_fragments() {
            cursor.set_fragment();
        }
        let protocol = ip.protocol().0;
        let packet = Packet { ip: Ip::V4(ip), protocol, payload_len, extensions_len: 0 };
        if protocol == protocol::TCP { Ok(packet) } else { packet.pass_extensions(cursor) }
    }

    #[inline]
    fn read_v6(cursor: &mut Cursor<'f>) -> Result<Self, Skip> {
        let ip = match Ipv6HeaderSlice::from_slice(cursor.rest()) {
            Ok(ip) => ip,
            Err(ipv6::HeaderSliceError::Len(error)) => {
                return Err(cursor.ends_within(error.required_len));
            }
            Err(ipv6::HeaderSliceError::Content(_)) => {
                return Err(cursor.fault(SkipReason::BadHeader));
            }
        };
        cursor.skip(field::ipv6::LEN)?;
        // 0 for a jumbogram (RFC 2675), and where the network card segments.
        let payload_len = match usize::from(ip.payload_length()) {
            0 => cursor.rest().len(),
            payload_len => payload_len,
        };
        cursor.limit(payload_len);
        let protocol = ip.next_header().0;
        let packet = Packet { ip: Ip::V6(ip), protocol, payload_len, extensions_len: 0 };
        if protocol == protocol::TCP { Ok(packet) } else { packet.pass_extensions(cursor) }
    }

    /// Follows the chain of extension headers to a protocol that is none.
    ///
    /// The authentication header is the only one of them that IPv4 knows.
    fn pass_extensions(mut self, cursor: &mut Cursor<'f>) -> Result<Self, Skip> {
        for _ in 0..=MAX_EXTENSIONS {
            let start = cursor.at();
            let next = match (self.protocol, self.ip.version()) {
                (protocol::AUTHENTICATION, _) => pass_authentication(cursor)?,
                (protocol::FRAGMENT, IpVersion::V6) => pass_fragment(cursor)?,
                (
                    protocol::HOP_BY_HOP
                    | protocol::ROUTING
                    | protocol::DESTINATION_OPTIONS
                    | protocol::MOBILITY
                    | protocol::HOST_IDENTITY
                    | protocol::SHIM6,
                    IpVersion::V6,
                ) => pass_options(cursor)?,
                _ => return Ok(self),
            };
            self.protocol = next;
            self.extensions_len += cursor.at() - start;
        }
        cursor.begin_header();
        Err(cursor.fault(SkipReason::TooDeep))
    }

    /// The TCP segment at the cursor.
    #[inline]
    pub(super) fn segment(self, cursor: &mut Cursor<'f>, path: Path) -> Result<Segment<'f>, Skip> {
        cursor.begin_header();
        let bytes = cursor.rest();
        let tcp = match TcpHeaderSlice::from_slice(bytes) {
            Ok(tcp) => tcp,
            Err(tcp::HeaderSliceError::Len(error)) => {
                return Err(cursor.ends_within(error.required_len));
            }
            Err(tcp::HeaderSliceError::Content(_)) => {
                return Err(cursor.fault(SkipReason::BadHeader));
            }
        };
        let header_len = tcp.slice().len();
        Ok(Segment {
            ip: self.ip,
            tcp,
            payload_len: self.payload_len.saturating_sub(self.extensions_len + header_len),
            payload: bytes.get(header_len..).unwrap_or_default(),
            path,
        })
    }
}

/// Authentication header (RFC 4302); the next header is what it says.
fn pass_authentication(cursor: &mut Cursor<'_>) -> Result<u8, Skip> {
    cursor.begin_header();
    match IpAuthHeaderSlice::from_slice(cursor.rest()) {
        Ok(header) => {
            cursor.skip(header.slice().len())?;
            Ok(header.next_header().0)
        }
        Err(ip_auth::HeaderSliceError::Len(error)) => Err(cursor.ends_within(error.required_len)),
        Err(ip_auth::HeaderSliceError::Content(_)) => Err(cursor.fault(SkipReason::BadHeader)),
    }
}

/// Fragment header (RFC 8200 section 4.5). An atomic fragment (RFC 6946) is a whole packet.
fn pass_fragment(cursor: &mut Cursor<'_>) -> Result<u8, Skip> {
    cursor.begin_header();
    match Ipv6FragmentHeaderSlice::from_slice(cursor.rest()) {
        Ok(header) => {
            if header.fragment_offset().value() != 0 {
                return Err(cursor.fault(SkipReason::Fragment));
            }
            if header.more_fragments() {
                cursor.set_fragment();
            }
            cursor.skip(header.slice().len())?;
            Ok(header.next_header().0)
        }
        Err(error) => Err(cursor.ends_within(error.required_len)),
    }
}

/// Any header in the format of RFC 6564: next header, and length in units of 8 octets.
fn pass_options(cursor: &mut Cursor<'_>) -> Result<u8, Skip> {
    cursor.begin_header();
    match Ipv6RawExtHeaderSlice::from_slice(cursor.rest()) {
        Ok(header) => {
            cursor.skip(header.slice().len())?;
            Ok(header.next_header().0)
        }
        Err(error) => Err(cursor.ends_within(error.required_len)),
    }
}
