//! The keys by which hosts and flows are found.

use super::address::Address;
use crate::endpoint::Side;

/// One end of a packet, as hosts and flows are found by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(super) address: Address,
    /// Of the address.
    pub(super) hash: u64,
    pub(super) port: u16,
}

impl Key {
    /// A small fingerprint of the address, to tell peers apart. Not of the hash: what is said of an
    /// uptime depends on it, and must not depend on a secret that is another one in each run.
    pub(crate) fn tag(&self) -> u16 {
        self.address.tag()
    }

    /// The same with the port, to tell servers apart.
    pub(crate) fn port_tag(&self) -> u32 {
        self.address.port_tag(self.port)
    }
}

/// Both ends of a packet; what is hashed is hashed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(super) source: Key,
    pub(super) destination: Key,
    pub(super) is_v6: bool,
    /// The same for both directions.
    pub(super) flow_hash: u32,
}

impl Keys {
    /// Where the packet goes.
    pub(crate) fn destination(&self) -> &Key {
        &self.destination
    }

    /// The TCP port from which it comes.
    pub(crate) fn source_port(&self) -> u16 {
        self.source.port
    }

    /// The key of a side, where the packet comes from `sender`.
    #[inline]
    pub(crate) fn of(&self, side: Side, sender: Side) -> &Key {
        if side == sender { &self.source } else { &self.destination }
    }
}

#[cfg(test)]
mod tests {
    use crate::hosts::{Endpoint, Hosts, Limits};
    use crate::observation::Compat;

    #[test]
    fn what_tells_peers_apart_does_not_depend_on_the_secret() {
        let end = |ip: &str| Endpoint { ip: ip.parse().unwrap(), port: 443 };
        let tag = |ip: &str, seed| {
            let hosts = Hosts::new(Limits::default(), Compat::Fixed, seed);
            hosts.keys(end(ip), end(ip)).destination().tag()
        };
        let addresses = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "2001:db8::1", "2001:db8::2"];
        for (at, ip) in addresses.iter().enumerate() {
            assert_eq!(tag(ip, 0), tag(ip, 0x0123_4567_89ab_cdef), "{ip}");
            assert!(addresses[..at].iter().all(|other| tag(other, 0) != tag(ip, 0)), "{ip}");
        }
    }
}
