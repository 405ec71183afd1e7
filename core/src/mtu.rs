//! From the MSS back to the MTU of the sender's link.

use crate::observation::Observation;
use crate::wire::IpVersion;

/// Octets of the IP and TCP headers without options, which the MSS leaves out (RFC 6691: "the MSS
/// option … does not take options into account").
const IPV4_TCP_HEADERS: u32 = 40;
const IPV6_TCP_HEADERS: u32 = 60;

impl Observation {
    /// The MTU in octets that the announced MSS speaks of; `None` without an MSS, or with one of 0.
    #[must_use]
    #[inline]
    pub fn mtu(&self) -> Option<u32> {
        let headers = match self.version {
            IpVersion::V4 => IPV4_TCP_HEADERS,
            IpVersion::V6 => IPV6_TCP_HEADERS,
        };
        self.mss.filter(|&mss| mss != 0).map(|mss| u32::from(mss) + headers)
    }
}
