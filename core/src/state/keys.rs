//! What the hosts and the flow of a packet are found by; what is hashed is hashed once.

use super::address::{Address, flow_hash};
use crate::endpoint::{Endpoint, Side};

/// One end of a packet, as hosts and flows are found by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) address: Address,
    /// Of the address.
    pub(crate) hash: u64,
    pub(crate) port: u16,
}

impl Key {
    #[inline(always)]
    fn new(Endpoint { ip, port }: Endpoint, is_v6: bool, seed: u64) -> Key {
        let address = Address::of(ip);
        Key { address, hash: address.hash(is_v6, seed), port }
    }
}

/// Both ends of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) source: Key,
    pub(crate) destination: Key,
    pub(crate) is_v6: bool,
    /// The same for both directions.
    pub(crate) flow_hash: u32,
    /// See [`flow_mark`].
    pub(crate) flow_mark: u32,
}

impl Keys {
    /// Hashes both ends with a secret.
    #[inline(always)]
    pub(crate) fn new(source: Endpoint, destination: Endpoint, seed: u64) -> Keys {
        let is_v6 = source.ip.is_ipv6();
        let (source, destination) =
            (Key::new(source, is_v6, seed), Key::new(destination, is_v6, seed));
        let flow_hash = flow_hash([source, destination].map(|key| (key.hash, key.port)));
        let flow_mark = flow_mark([source, destination].map(|key| (key.address, key.port)));
        Keys { source, destination, is_v6, flow_hash, flow_mark }
    }

    /// The key of a side, where the packet comes from `sender`.
    #[inline]
    pub(crate) fn of(&self, side: Side, sender: Side) -> &Key {
        if side == sender { &self.source } else { &self.destination }
    }
}

/// The same for both directions of a flow and in each run: chooses the shard.
#[inline(always)]
pub(crate) fn flow_mark(ends: [(Address, u16); 2]) -> u32 {
    let [source, destination] =
        ends.map(|(address, port)| address.mark() ^ u32::from(port).wrapping_mul(0x85eb_ca6b));
    source.wrapping_add(destination)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of an uptime depends on the tag, and must not depend on a secret that is another
    /// one in each run.
    #[test]
    fn what_tells_peers_apart_does_not_depend_on_the_secret() {
        let end = |ip: &str| Endpoint { ip: ip.parse().unwrap(), port: 443 };
        let tag = |ip: &str, seed| Keys::new(end(ip), end(ip), seed).destination.address.tag();
        let addresses = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "2001:db8::1", "2001:db8::2"];
        for (at, ip) in addresses.iter().enumerate() {
            assert_eq!(tag(ip, 0), tag(ip, 0x0123_4567_89ab_cdef), "{ip}");
            assert!(addresses[..at].iter().all(|other| tag(other, 0) != tag(ip, 0)), "{ip}");
        }
    }
}
