//! One view over both versions of IP: the few facts that the rest of the library asks for.

use core::net::IpAddr;

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};

use super::field::{ipv4, ipv6};

/// IP version: the one dimension in which the two differ for a signature.
///
/// It is a field of [`Observation`](crate::Observation) and of [`Signature`](crate::Signature).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpVersion {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl IpVersion {
    /// The version in the high four bits of a header's first octet; `None` if it is neither.
    #[inline]
    pub(crate) const fn of_first_octet(first: u8) -> Option<IpVersion> {
        match first >> 4 {
            4 => Some(IpVersion::V4),
            6 => Some(IpVersion::V6),
            _ => None,
        }
    }

    /// `4` or `6`.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            IpVersion::V4 => 4,
            IpVersion::V6 => 6,
        }
    }
}

/// An IP header whose lengths have been checked: a view that exists can be read without failing.
#[derive(Debug, Clone)]
pub(crate) enum Ip<'f> {
    V4(Ipv4HeaderSlice<'f>),
    V6(Ipv6HeaderSlice<'f>),
}

impl Ip<'_> {
    #[inline]
    pub(crate) fn version(&self) -> IpVersion {
        match self {
            Ip::V4(_) => IpVersion::V4,
            Ip::V6(_) => IpVersion::V6,
        }
    }

    #[inline]
    pub(crate) fn source(&self) -> IpAddr {
        match self {
            Ip::V4(ip) => IpAddr::from(ip.source()),
            Ip::V6(ip) => IpAddr::from(ip.source()),
        }
    }

    #[inline]
    pub(crate) fn destination(&self) -> IpAddr {
        match self {
            Ip::V4(ip) => IpAddr::from(ip.destination()),
            Ip::V6(ip) => IpAddr::from(ip.destination()),
        }
    }

    /// TTL, or hop limit.
    #[inline]
    pub(crate) fn ttl(&self) -> u8 {
        match self {
            Ip::V4(ip) => ip.ttl(),
            Ip::V6(ip) => ip.hop_limit(),
        }
    }

    /// The six DSCP bits of TOS or traffic class.
    #[inline]
    pub(crate) fn dscp(&self) -> u8 {
        match self {
            Ip::V4(ip) => ip.dcp().value(),
            Ip::V6(ip) => ip.dscp().value(),
        }
    }

    /// The two ECN bits of TOS or traffic class (RFC 3168).
    #[inline]
    pub(crate) fn ecn(&self) -> u8 {
        match self {
            Ip::V4(ip) => ip.ecn().value(),
            Ip::V6(ip) => ip.ecn().value(),
        }
    }

    /// The reserved first bit of the IPv4 flags (RFC 791: "must be zero"); clear for IPv6.
    #[inline]
    pub(crate) fn reserved_bit(&self) -> bool {
        match self {
            Ip::V4(ip) => {
                ip.slice().get(ipv4::FRAGMENT).is_some_and(|flags| flags & ipv4::RESERVED_BIT != 0)
            }
            Ip::V6(_) => false,
        }
    }

    /// Octets of IPv4 options; 0 for IPv6.
    #[inline]
    pub(crate) fn options_len(&self) -> u8 {
        match self {
            Ip::V4(ip) => (ip.slice().len() - ipv4::MIN_LEN) as u8,
            Ip::V6(_) => 0,
        }
    }

    /// Octets of the IP header with its IPv4 options, without IPv6 extension headers.
    #[inline]
    pub(crate) fn header_len(&self) -> usize {
        match self {
            Ip::V4(ip) => ip.slice().len(),
            Ip::V6(_) => ipv6::LEN,
        }
    }
}
