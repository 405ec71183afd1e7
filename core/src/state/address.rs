//! Addresses as hosts and flows keep them: small, and quick to hash and compare.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::scope::Scope;

/// An address without its version, which is kept beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Address([u32; 4]);

impl Address {
    #[inline]
    pub(crate) fn of(ip: IpAddr) -> Address {
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

    pub(crate) fn ip(self, is_v6: bool) -> IpAddr {
        let Address(words) = self;
        if is_v6 {
            let bits = words.into_iter().fold(0, |bits: u128, word| bits << 32 | u128::from(word));
            IpAddr::V6(Ipv6Addr::from(bits))
        } else {
            IpAddr::V4(Ipv4Addr::from(words[0]))
        }
    }

    /// 32 bits of all of it, by no secret: what shard it belongs to must not differ from run to run.
    #[inline]
    pub(crate) fn mark(self) -> u32 {
        let Address([a, b, c, d]) = self;
        (a ^ b.rotate_left(5) ^ c.rotate_left(11) ^ d.rotate_left(16)).wrapping_mul(0x9e37_79b1)
    }

    /// 16 bits of all of it; neighbours have different ones.
    pub(crate) fn tag(self) -> u16 {
        let Address([a, b, c, d]) = self;
        let word = a ^ b.rotate_left(5) ^ c.rotate_left(11) ^ d.rotate_left(16);
        (word >> 16) as u16 ^ word as u16
    }

    /// 32 bits of all of it and a port; for telling servers apart.
    pub(crate) fn port_tag(self, port: u16) -> u32 {
        let Address([a, b, c, d]) = self;
        let word = a ^ b.rotate_left(5) ^ c.rotate_left(11) ^ d.rotate_left(16);
        (word ^ u32::from(port).rotate_left(13)).wrapping_mul(0x9e37_79b1) | 1
    }

    /// A keyed hash: what there is of the address is multiplied to 128 bits with words that depend
    /// on the secret, and folded; twice for IPv6.
    #[inline]
    pub(crate) fn hash(self, is_v6: bool, seed: u64) -> u64 {
        let Address([a, b, c, d]) = self;
        let (high, low) = (u64::from(a) << 32 | u64::from(b), u64::from(c) << 32 | u64::from(d));
        let hash = fold(high ^ seed, ODD_1 ^ seed.rotate_left(32));
        if is_v6 { fold(hash ^ low, ODD_2 ^ seed) } else { hash }
    }
}

/// What an index looks at of a host: its address's hash, and the network that the address is of.
#[inline]
pub(crate) fn scoped_hash(hash: u64, scope: Scope, seed: u64) -> u32 {
    let hash = if scope == Scope::NONE { hash } else { fold(hash ^ scope.word(), ODD_2 ^ seed) };
    hash as u32
}

const ODD_1: u64 = 0x9e37_79b9_7f4a_7c15;
const ODD_2: u64 = 0xc2b2_ae3d_27d4_eb4f;

#[inline]
pub(super) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of one end of a flow, of its address's hash and its port: a square, so that ends whose
/// ports have the same sum do not meet.
#[inline]
fn end_hash(address_hash: u64, port: u16) -> u64 {
    let word = address_hash ^ u64::from(port);
    word.wrapping_mul(word | 1)
}

/// The hash of a flow, the same for both directions.
#[inline]
pub(crate) fn flow_hash(ends: [(u64, u16); 2]) -> u32 {
    let [(a, a_port), (b, b_port)] = ends;
    fold(end_hash(a, a_port).wrapping_add(end_hash(b, b_port)), ODD_2) as u32
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

    /// Of neighbouring addresses and of ports with one sum, hashes meet no more often than by chance.
    #[test]
    fn hashes_of_what_is_near_are_spread() {
        let seed = 0x0123_4567_89ab_cdef;
        // How many places of twice as many are taken: by chance, 1 - 1/√e of them.
        let taken = |hashes: &mut dyn Iterator<Item = u32>, shift: u32| {
            let places: std::collections::HashSet<_> =
                hashes.map(|hash| hash >> shift & 0x1_ffff).collect();
            f64::from(places.len() as u32) / 131_072.0
        };
        let by_chance = 1.0 - (-0.5_f64).exp();
        let v4 = |host: u32| Address([0x0a00_0000 + host, 0, 0, 0]).hash(false, seed);
        let v6 = |host: u32| Address([0x2001_0db8, 0, 0, host]).hash(true, seed);
        let flow = |port: u32| flow_hash([(v4(1), port as u16), (v4(2), 65_535 - port as u16)]);
        for shift in [0, 15] {
            for (name, share) in [
                ("IPv4", taken(&mut (0..65_536).map(|host| v4(host) as u32), shift)),
                (
                    "IPv4 by its network",
                    taken(&mut (0..65_536).map(|net| v4(net << 8) as u32), shift),
                ),
                ("IPv6", taken(&mut (0..65_536).map(|host| v6(host) as u32), shift)),
                ("flows", taken(&mut (0..65_536).map(flow), shift)),
            ] {
                assert!(share > by_chance * 0.97, "{name}, bit {shift}: {share:.3}");
            }
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
