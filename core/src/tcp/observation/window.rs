//! Sizes that an observation gives away: the window as a multiple of MSS or MTU, and the MTU.

use super::Observation;
use crate::tcp::window::{WindowMultiple, WindowUnit};
use crate::wire::IpVersion;

impl Observation {
    /// What the window is a multiple of, if of anything: found by trying the announced MSS, those
    /// of Ethernet, the MTU, and the MSS of the peer, in p0f's order.
    #[must_use]
    #[inline]
    pub fn window_multiple(&self) -> Option<WindowMultiple> {
        multiple(self)
    }

    /// The MTU in bytes that the announced MSS speaks of; `None` without an MSS, or with one of 0.
    #[must_use]
    #[inline]
    pub fn mtu(&self) -> Option<u32> {
        let headers = match self.version {
            IpVersion::V4 => IPV4_TCP_HEADERS,
            IpVersion::V6 => IPV6_TCP_HEADERS,
        };
        self.mss.filter(|&mss| mss != 0).map(|mss| u32::from(mss) + headers.unsigned_abs())
    }

    /// Every window for which this observation would print `wanted`, to read a signature's text
    /// back: products of the divisors that fit and are not taken for another multiple.
    pub(crate) fn windows_for(&self, wanted: WindowMultiple) -> impl Iterator<Item = u16> {
        divisors(self)
            .into_iter()
            .flatten()
            .filter(move |&(unit, divisor)| unit == wanted.unit && divisor > 0)
            .filter_map(move |(_, divisor)| {
                divisor.checked_mul(wanted.times.into())?.try_into().ok()
            })
            .filter(move |&window| multiple(&Observation { window, ..*self }) == Some(wanted))
    }
}

/// Below this MSS, in bytes, a multiple says nothing.
const MIN_MSS: i32 = 100;
/// A timestamps option takes 12 bytes of each segment, padding included.
const TIMESTAMPS_SPACE: i32 = 12;
/// Bytes of the IP and TCP headers without options, which the MSS leaves out (RFC 6691: "the MSS
/// option … does not take options into account").
const IPV4_TCP_HEADERS: i32 = 40;
const IPV6_TCP_HEADERS: i32 = 60;
/// The MSS and MTU of plain Ethernet: used by stacks whatever MSS they announce.
const ETHERNET_MTU: i32 = 1500;

/// The divisors in the order in which they are tried, `None` if one does not apply; the first
/// that divides the window without remainder is the answer. The order is p0f's, and decides
/// between readings of the same window.
fn divisors(observation: &Observation) -> [Option<(WindowUnit, i32)>; 12] {
    use WindowUnit::{Mss, Mtu};
    let mss = i32::from(observation.mss.unwrap_or(0));
    let has_timestamp = observation.timestamps.is_some_and(|timestamps| timestamps.tsval != 0);
    let is_v6 = observation.version == IpVersion::V6;
    let headers = i32::from(observation.headers_len);
    let peer_mss = observation.peer_mss.map(i32::from).filter(|&mss| mss != 0);
    let ipv4_mss = ETHERNET_MTU - IPV4_TCP_HEADERS;
    let ipv6_mss = ETHERNET_MTU - IPV6_TCP_HEADERS;
    [
        Some((Mss, mss)),
        has_timestamp.then_some((Mss, mss - TIMESTAMPS_SPACE)),
        Some((Mss, ipv4_mss)),
        Some((Mss, ipv4_mss - TIMESTAMPS_SPACE)),
        is_v6.then_some((Mss, ipv6_mss)),
        is_v6.then_some((Mss, ipv6_mss - TIMESTAMPS_SPACE)),
        Some((Mtu, mss + IPV4_TCP_HEADERS)),
        Some((Mtu, mss + headers)),
        is_v6.then_some((Mtu, mss + IPV6_TCP_HEADERS)),
        Some((Mtu, ETHERNET_MTU)),
        peer_mss.map(|mss| (Mss, mss)),
        peer_mss.map(|mss| (Mss, mss - TIMESTAMPS_SPACE)),
    ]
}

/// The multiple in the observed window.
///
/// The peer's MSS may be below 12, which makes the last divisor negative: such a result is no
/// multiple, but it ends the search, as it does in p0f.
fn multiple(observation: &Observation) -> Option<WindowMultiple> {
    let window = i32::from(observation.window);
    if window == 0 || i32::from(observation.mss.unwrap_or(0)) < MIN_MSS {
        return None;
    }
    let (unit, times) = divisors(observation)
        .into_iter()
        .flatten()
        .find(|&(_, divisor)| divisor != 0 && window % divisor == 0)
        .map(|(unit, divisor)| (unit, window / divisor))?;
    // A quotient above 32,767 does not fit p0f's signed 16 bits and counts as none.
    let times = i16::try_from(times).ok().filter(|&times| times > 0)?;
    Some(WindowMultiple { unit, times: times.unsigned_abs() })
}
