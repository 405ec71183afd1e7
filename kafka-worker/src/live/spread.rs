//! Which thread a frame belongs to, where the kernel cannot tell: it hashes what is outside of most
//! tunnels, and there the two directions of a connection differ.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;

use stackprint::wire_format::field::{ethernet, ipv4, ipv6};
use stackprint::wire_format::numbers::{ether_type, protocol};
use stackprint::{Frame, LinkType, host_pair};

/// Spreads what travels in tunnels over threads, by the two hosts that talk in there.
#[derive(Debug)]
pub(super) struct Spread {
    hasher: RandomState,
    threads: usize,
}

impl Spread {
    pub(super) fn over(threads: usize) -> Spread {
        Spread { hasher: RandomState::new(), threads }
    }

    /// The thread of a frame. Returns None if it is the thread of the ring that it was captured by:
    /// so of all that is in no tunnel, and says nothing of hosts. Of frames of 802.11, the kernel
    /// gives all to one ring.
    #[inline]
    pub(super) fn thread_of(&self, frame: &Frame<'_>) -> Option<usize> {
        let outer = match frame.link_type {
            LinkType::ETHERNET => first_ip(frame.data),
            LinkType::RAW => Some(frame.data),
            _ => return None,
        };
        let outer = outer.and_then(Outer::read);
        if outer.as_ref().is_some_and(|outer| outer.protocol == protocol::TCP) {
            return None;
        }
        let inner = host_pair(frame).ok()?;
        let is_outer = outer.is_some_and(|outer| outer.pair == inner);
        (!is_outer).then(|| (self.hasher.hash_one(inner) % self.threads as u64) as usize)
    }
}

/// The bytes after the link header and its VLAN tags, if it announces IP.
#[inline]
fn first_ip(frame: &[u8]) -> Option<&[u8]> {
    let mut rest = frame.get(ethernet::ETHER_TYPE..)?;
    loop {
        let (ether_type, after) = rest.split_first_chunk()?;
        match u16::from_be_bytes(*ether_type) {
            ether_type::IPV4 | ether_type::IPV6 => return Some(after),
            ether_type::VLAN
            | ether_type::PROVIDER_VLAN
            | ether_type::OLD_STACKED_VLAN_1
            | ether_type::OLD_STACKED_VLAN_2 => rest = after.get(TAG_CONTROL_LEN..)?,
            _ => return None,
        }
    }
}

/// Bytes of a VLAN tag between its EtherType and the next.
const TAG_CONTROL_LEN: usize = 2;

/// What the first IP header says.
struct Outer {
    protocol: u8,
    /// The lower address first.
    pair: (IpAddr, IpAddr),
}

impl Outer {
    #[inline]
    fn read(ip: &[u8]) -> Option<Outer> {
        let (protocol, source, destination) = match ip.first()? >> 4 {
            4 => {
                let address = |at| Some(IpAddr::from(*ip.get(at..)?.first_chunk::<4>()?));
                let protocol = *ip.get(ipv4::PROTOCOL)?;
                (protocol, address(ipv4::SOURCE)?, address(ipv4::DESTINATION)?)
            }
            6 => {
                let address = |at| Some(IpAddr::from(*ip.get(at..)?.first_chunk::<16>()?));
                let protocol = *ip.get(ipv6::NEXT_HEADER)?;
                (protocol, address(ipv6::SOURCE)?, address(ipv6::DESTINATION)?)
            }
            _ => return None,
        };
        Some(Outer { protocol, pair: (source.min(destination), source.max(destination)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: [u8; 4] = [192, 0, 2, 10];
    const SERVER: [u8; 4] = [192, 0, 2, 1];

    fn ipv4(protocol: u8, [source, destination]: [[u8; 4]; 2], payload: &[u8]) -> Vec<u8> {
        let length = (20 + payload.len()) as u16;
        let mut header = vec![0x45, 0];
        header.extend_from_slice(&length.to_be_bytes());
        header.extend_from_slice(&[0, 0, 0, 0, 64, protocol, 0, 0]);
        [&header[..], &source, &destination, payload].concat()
    }

    fn tcp([source, destination]: [u16; 2], flags: u8) -> Vec<u8> {
        let ports = [source.to_be_bytes(), destination.to_be_bytes()].concat();
        [&ports[..], &[0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]].concat()
    }

    fn syn() -> Vec<u8> {
        ipv4(6, [CLIENT, SERVER], &tcp([40_000, 80], 0x02))
    }

    fn syn_ack() -> Vec<u8> {
        ipv4(6, [SERVER, CLIENT], &tcp([80, 40_000], 0x12))
    }

    fn on_ethernet(tags: &[u16], ether_type: u16, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![2; 12];
        for tag in tags {
            frame.extend_from_slice(&tag.to_be_bytes());
            frame.extend_from_slice(&[0, 7]);
        }
        frame.extend_from_slice(&ether_type.to_be_bytes());
        frame.extend_from_slice(payload);
        frame
    }

    /// In VXLAN, from another port for each direction.
    fn vxlan(source: u16, ends: [[u8; 4]; 2], inner: &[u8]) -> Vec<u8> {
        let inner = on_ethernet(&[], 0x0800, inner);
        let length = (16 + inner.len()) as u16;
        let ports = [source.to_be_bytes(), 4789_u16.to_be_bytes(), length.to_be_bytes()].concat();
        ipv4(17, ends, &[&ports[..], &[0, 0, 8, 0, 0, 0, 0, 0, 42, 0], &inner].concat())
    }

    #[test]
    fn the_kernel_has_placed_what_is_in_no_tunnel() {
        let spread = Spread::over(4);
        for tags in [&[][..], &[0x8100], &[0x88a8, 0x8100], &[0x9100, 0x8100, 0x8100]] {
            let frame = on_ethernet(tags, 0x0800, &syn());
            assert_eq!(spread.thread_of(&Frame::new(LinkType::ETHERNET, &frame)), None, "{tags:?}");
        }
        assert_eq!(spread.thread_of(&Frame::new(LinkType::RAW, &syn())), None);
        // IPv6 with hop-by-hop options: a way to TCP, but no tunnel.
        let options = [&[6, 0, 1, 4, 0, 0, 0, 0][..], &tcp([40_000, 80], 0x02)].concat();
        let length = [0, options.len() as u8];
        let ends = [[0xfd; 16], [0xfe; 16]].concat();
        let v6 = [&[0x60, 0, 0, 0][..], &length, &[0, 64], &ends, &options].concat();
        assert!(host_pair(&Frame::new(LinkType::RAW, &v6)).is_ok());
        assert_eq!(spread.thread_of(&Frame::new(LinkType::RAW, &v6)), None);
        for cut in 0..v6.len() {
            assert_eq!(spread.thread_of(&Frame::new(LinkType::RAW, &v6[..cut])), None);
        }
    }

    #[test]
    fn both_directions_in_a_tunnel_have_one_thread() {
        let gateways = [[198, 51, 100, 1], [198, 51, 100, 2]];
        let back = [gateways[1], gateways[0]];
        let gre = |inner: &[u8]| [&[0, 0, 8, 0][..], inner].concat();
        let mpls = |inner: &[u8]| [&[0, 1, 1, 64][..], inner].concat();
        let pairs = [
            (ipv4(4, gateways, &syn()), ipv4(4, back, &syn_ack())),
            (ipv4(47, gateways, &gre(&syn())), ipv4(47, back, &gre(&syn_ack()))),
            (vxlan(50_000, gateways, &syn()), vxlan(60_000, back, &syn_ack())),
        ];
        let mut all: Vec<(Vec<u8>, Vec<u8>)> = pairs
            .iter()
            .map(|(there, back)| (on_ethernet(&[], 0x0800, there), on_ethernet(&[], 0x0800, back)))
            .collect();
        all.push((
            on_ethernet(&[0x8100], 0x8847, &mpls(&syn())),
            on_ethernet(&[0x8100], 0x8847, &mpls(&syn_ack())),
        ));
        let spread = Spread::over(16);
        let threads: Vec<_> = all
            .iter()
            .flat_map(|(there, back)| [there, back])
            .map(|frame| spread.thread_of(&Frame::new(LinkType::ETHERNET, frame)))
            .collect();
        assert!(threads[0].is_some_and(|thread| thread < 16));
        assert!(threads.iter().all(|thread| *thread == threads[0]), "{threads:?}");
    }

    #[test]
    fn tunnels_are_spread_over_all_threads() {
        let spread = Spread::over(4);
        let mut of_each = [0; 4];
        for number in 0..1000_u16 {
            let [high, low] = number.to_be_bytes();
            let inner = ipv4(6, [[10, 0, high, low], SERVER], &tcp([40_000, 80], 0x02));
            let frame = ipv4(4, [CLIENT, SERVER], &inner);
            of_each[spread.thread_of(&Frame::new(LinkType::RAW, &frame)).unwrap()] += 1;
        }
        assert!(of_each.iter().all(|&count| count > 150), "{of_each:?}");
    }
}
