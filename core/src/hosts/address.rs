//! Addresses as hosts and flows keep them: small, and quick to hash and compare.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address without its version, which is kept beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Address([u32; 4]);

impl Address {
    #[inline]
    pub(super) fn of(ip: IpAddr) -> Address {
        match ip {
            IpAddr::V4(ip) => Address([u32::from(ip), 0, 0, 0]),
            IpAddr::V6(ip) => {
                let bits = u128::from(ip);
                Address([
                    (bits >> 96) as u32,
                    (bits >> 64) as u32,
                    (bits >> 32) as u32,
                    bits as u32,
                ])
            }
        }
    }

    pub(super) fn ip(self, is_v6: bool) -> IpAddr {
        let Address(words) = self;
        if is_v6 {
            let bits = words.into_iter().fold(0, |bits: u128, word| bits << 32 | u128::from(word));
            IpAddr::V6(Ipv6Addr::from(bits))
        } else {
            IpAddr::V4(Ipv4Addr::from(words[0]))
        }
    }

    /// A keyed hash: what there is of the address is multiplied to 128 bits with words that depend
    /// on the secret, and folded; twice for IPv6.
    #[inline]
    pub(super) fn hash(self, is_v6: bool, seed: u64) -> u64 {
        let Address([a, b, c, d]) = self;
        let (high, low) = (u64::from(a) << 32 | u64::from(b), u64::from(c) << 32 | u64::from(d));
        let hash = fold(high ^ seed, ODD_1 ^ seed.rotate_left(32));
        if is_v6 { fold(hash ^ low, ODD_2 ^ seed) } else { hash }
    }
}

const ODD_1: u64 = 0x9e37_79b9_7f4a_7c15;
const ODD_2: u64 = 0xc2b2_ae3d_27d4_eb4f;

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of one end of a flow, of its address's hash and its port.
#[inline]
fn end_hash(address_hash: u64, port: u16) -> u64 {
    fold(address_hash ^ u64::from(port), ODD_1)
}

/// The hash of a flow, the same for both directions.
#[inline]
pub(super) fn flow_hash(ends: [(u64, u16); 2]) -> u32 {
    let [(a, a_port), (b, b_port)] = ends;
    fold(end_hash(a, a_port).wrapping_add(end_hash(b, b_port)), ODD_2) as u32
}

/// A flow's hash, over as many bits as an index looks at.
#[inline]
pub(super) fn spread(flow_hash: u32) -> u64 {
    u64::from(flow_hash).wrapping_mul(ODD_1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back() {
        for text in ["0.0.0.0", "255.1.2.3", "::", "2001:db8::1", "ffff::", "::ffff:1.2.3.4"] {
            let ip: IpAddr = text.parse().unwrap();
            assert_eq!(Address::of(ip).ip(ip.is_ipv6()), ip);
        }
    }

    #[test]
    fn a_flow_hashes_the_same_both_ways_and_versions_differ() {
        assert_eq!(flow_hash([(7, 1), (9, 2)]), flow_hash([(9, 2), (7, 1)]));
        assert_ne!(flow_hash([(7, 1), (9, 2)]), flow_hash([(7, 2), (9, 1)]));
        let address = Address([1, 0, 0, 0]);
        assert_ne!(address.hash(false, 5), address.hash(true, 5));
    }
}
