//! The key of a fingerprint: what caches of records are looked up by.

use core::hash::{Hash, Hasher};

use super::{Direction, Observation};
use crate::wire::IpVersion;

/// What makes two observations the same fingerprint: all of an observation but the values of its
/// clocks, beyond whether its own one is 0. All packets of a stack that travelled as far, with one
/// DSCP, have one key; with one database, they also have the same match and distance.
///
/// Computed and compared for every record: six words take a fraction of what the fields do.
///
/// [`Observation::key`](super::Observation::key) computes it.
#[derive(Debug, Clone, Copy, Eq)]
pub struct FingerprintKey([u64; 6]);

/// In line, where the derived one calls `memcmp`.
impl PartialEq for FingerprintKey {
    #[inline]
    fn eq(&self, other: &FingerprintKey) -> bool {
        self.0.iter().zip(other.0).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
    }
}

impl Hash for FingerprintKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Bits of the last word.
mod bit {
    pub(super) const SYN_ACK: u64 = 1;
    pub(super) const V6: u64 = 1 << 1;
    pub(super) const PAYLOAD: u64 = 1 << 2;
    pub(super) const MSS: u64 = 1 << 3;
    pub(super) const PEER_MSS: u64 = 1 << 4;
    pub(super) const WINDOW_SCALE: u64 = 1 << 5;
    pub(super) const TIMESTAMPS: u64 = 1 << 6;
    pub(super) const OWN_CLOCK_RUNS: u64 = 1 << 7;
    /// The value of the window scale.
    pub(super) const SCALE_SHIFT: u32 = 8;
    /// Bytes of both headers.
    pub(super) const HEADERS_SHIFT: u32 = 16;
    /// Options of programs.
    pub(super) const APP_OPTIONS_SHIFT: u32 = 32;
    pub(super) const DSCP_SHIFT: u32 = 40;
}

impl Observation {
    /// Returns the key of the fingerprint.
    #[must_use]
    #[inline]
    pub fn key(&self) -> FingerprintKey {
        let flag = |condition, bit| if condition { bit } else { 0 };
        let [a, b, c] = self.layout.words();
        let layout = u64::from(self.layout.len()) | u64::from(self.layout.end_padding()) << 8;
        let ip = u64::from(self.ttl) << 16 | u64::from(self.ip_options_len) << 24;
        let mss = u64::from(self.mss.unwrap_or(0)) << 48;
        let flags = flag(self.direction == Direction::SynAck, bit::SYN_ACK)
            | flag(self.version == IpVersion::V6, bit::V6)
            | flag(self.has_payload, bit::PAYLOAD)
            | flag(self.mss.is_some(), bit::MSS)
            | flag(self.peer_mss.is_some(), bit::PEER_MSS)
            | flag(self.window_scale.is_some(), bit::WINDOW_SCALE)
            | flag(self.timestamps.is_some(), bit::TIMESTAMPS)
            | flag(self.timestamps.is_some_and(|clocks| clocks.tsval != 0), bit::OWN_CLOCK_RUNS);
        FingerprintKey([
            a,
            b,
            c,
            layout | ip | u64::from(self.window) << 32 | mss,
            u64::from(self.quirks.bits()) | u64::from(self.peer_mss.unwrap_or(0)) << 32,
            flags
                | u64::from(self.window_scale.unwrap_or(0)) << bit::SCALE_SHIFT
                | u64::from(self.headers_len) << bit::HEADERS_SHIFT
                | u64::from(self.app_options.bits()) << bit::APP_OPTIONS_SHIFT
                | u64::from(self.dscp) << bit::DSCP_SHIFT,
        ])
    }
}

impl FingerprintKey {
    /// Returns one of `slots` slots of a cache; `slots` is a power of two.
    #[must_use]
    #[inline]
    pub fn slot(&self, slots: usize) -> usize {
        const ODD_1: u64 = 0x9e37_79b9_7f4a_7c15;
        const ODD_2: u64 = 0xd6e8_feb8_6659_fd93;
        let FingerprintKey([a, b, c, sizes, quirks, flags]) = *self;
        let kinds = (a ^ b.rotate_left(19) ^ c.rotate_left(41)).wrapping_mul(ODD_1);
        let values = (sizes ^ quirks.rotate_left(23) ^ flags.rotate_left(7)).wrapping_mul(ODD_2);
        let mixed = (kinds ^ values).wrapping_mul(ODD_1);
        (mixed >> (u64::BITS - slots.ilog2())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::quirks::Quirks;
    use crate::wire::{AppOptions, OptionLayout, TcpTimestamps};

    #[test]
    fn every_field_but_the_values_of_clocks_tells_observations_apart() {
        let text = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
        let plain = Observation::parse(text, Direction::Syn).unwrap();
        // Each way once, none equal to another: two fields never share a bit.
        let changes: &[fn(&mut Observation)] = &[
            |_| {},
            |other| other.direction = Direction::SynAck,
            |other| other.version = IpVersion::V6,
            |other| other.ttl = 255,
            |other| other.ip_options_len = 40,
            |other| other.layout = OptionLayout::EMPTY,
            |other| assert!(other.layout.push(0)),
            |other| other.layout.set_end_padding(255),
            |other| other.app_options = AppOptions::FAST_OPEN,
            |other| other.app_options = AppOptions::EXPERIMENTAL,
            |other| other.mss = None,
            |other| other.mss = Some(0),
            |other| other.mss = Some(u16::MAX),
            |other| other.window = u16::MAX,
            |other| other.window_scale = None,
            |other| other.window_scale = Some(0),
            |other| other.window_scale = Some(255),
            |other| other.timestamps = None,
            |other| other.timestamps = Some(TcpTimestamps { tsval: 0, tsecr: 0 }),
            |other| other.quirks = Quirks::NONE,
            |other| other.quirks = Quirks::from_bits(u32::MAX),
            |other| other.has_payload = true,
            |other| other.headers_len = u16::MAX,
            |other| other.dscp = 1,
            |other| other.dscp = 63,
            |other| other.peer_mss = Some(0),
            |other| other.peer_mss = Some(u16::MAX),
        ];
        let changed = |change: &fn(&mut Observation)| {
            let mut other = plain;
            other.timestamps = Some(TcpTimestamps { tsval: 1, tsecr: 0 });
            change(&mut other);
            other
        };
        let keys: Vec<_> = changes.iter().map(|change| changed(change).key()).collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(key), "change {at}");
        }
        let clocks = Some(TcpTimestamps { tsval: 77, tsecr: 5 });
        let later = Observation { timestamps: clocks, ..plain };
        assert_eq!(later.key(), keys[0]);
    }
}
