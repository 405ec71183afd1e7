//! What frames carried that were not opened: so that a capture of a tunnel that is not known does
//! not come out empty without a word.

use std::cmp::Reverse;

use stackprint::Carried;

/// Counts, one for each number that there is: exact, and never more memory than that.
#[derive(Debug, Clone, Default)]
pub(crate) struct PassedOver {
    /// By EtherType. Empty until one is counted, as the next.
    ether_types: Vec<u64>,
    protocols: Vec<u64>,
    /// By one of the two ports.
    udp_ports: Vec<u64>,
}

/// No more than these are named.
const MAX_NAMED: usize = 5;

impl PassedOver {
    pub(crate) fn count(&mut self, carried: Carried) {
        let (counts, number) = match carried {
            Carried::EtherType(number) => (&mut self.ether_types, number),
            Carried::Protocol(number) => (&mut self.protocols, u16::from(number)),
            Carried::Udp { source, destination } => {
                let port = self.service(source, destination);
                (&mut self.udp_ports, port)
            }
            _ => return,
        };
        if counts.is_empty() {
            counts.resize(usize::from(u16::MAX) + 1, 0);
        }
        if let Some(count) = counts.get_mut(usize::from(number)) {
            *count += 1;
        }
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn add(&mut self, others: &PassedOver) {
        let all = [
            (&mut self.ether_types, &others.ether_types),
            (&mut self.protocols, &others.protocols),
            (&mut self.udp_ports, &others.udp_ports),
        ];
        for (counts, others) in all {
            if counts.len() < others.len() {
                counts.resize(others.len(), 0);
            }
            counts.iter_mut().zip(others).for_each(|(count, other)| *count += other);
        }
    }

    /// The port that a service uses: the one seen more often; before that, the lower one where it is
    /// none of those that systems choose at random, else that of the receiver.
    fn service(&self, source: u16, destination: u16) -> u16 {
        const FIRST_RANDOM: u16 = 32_768;
        let count = |port: u16| self.udp_ports.get(usize::from(port)).copied().unwrap_or_default();
        let lower = source.min(destination);
        match count(source).cmp(&count(destination)) {
            std::cmp::Ordering::Greater => source,
            std::cmp::Ordering::Less => destination,
            std::cmp::Ordering::Equal if lower < FIRST_RANDOM => lower,
            std::cmp::Ordering::Equal => destination,
        }
    }

    /// `UDP 37008: 120000 frames, EtherType 0x0806 (ARP): 7 frames`; none where nothing was passed over.
    pub(crate) fn most(&self) -> Option<String> {
        let all = [
            (&self.ether_types, ether_type as fn(usize) -> String),
            (&self.protocols, protocol),
            (&self.udp_ports, udp),
        ];
        let mut counted: Vec<(u64, String)> = Vec::new();
        let mut others = 0;
        for (counts, name) in all {
            let mut numbers: Vec<_> = counts.iter().enumerate().filter(|it| *it.1 > 0).collect();
            numbers.sort_by_key(|&(number, count)| (Reverse(count), number));
            let (most, rest) = numbers.split_at(numbers.len().min(MAX_NAMED));
            counted.extend(most.iter().map(|&(number, count)| (*count, name(number))));
            others += rest.iter().map(|it| it.1).sum::<u64>();
        }
        // Stable: what is counted as often stays in order.
        counted.sort_by_key(|it| Reverse(it.0));
        others += counted.iter().skip(MAX_NAMED).map(|it| it.0).sum::<u64>();
        counted.truncate(MAX_NAMED);
        if others > 0 {
            counted.push((others, "others".to_owned()));
        }
        let texts: Vec<String> = counted
            .iter()
            .map(|(count, name)| {
                format!("{name}: {count} {}", if *count == 1 { "frame" } else { "frames" })
            })
            .collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

/// The name in brackets, of what is seen in every network and holds no TCP.
fn named(text: String, name: &str) -> String {
    if name.is_empty() { text } else { format!("{text} ({name})") }
}

fn ether_type(number: usize) -> String {
    let name = match number {
        0x0806 => "ARP",
        0x8809 => "LACP",
        0x888e => "802.1X",
        0x88cc => "LLDP",
        0x88e5 => "MACsec, encrypted",
        _ => "",
    };
    named(format!("EtherType {number:#06x}"), name)
}

fn protocol(number: usize) -> String {
    let name = match number {
        1 => "ICMP",
        2 => "IGMP",
        50 => "ESP, encrypted",
        58 => "ICMPv6",
        88 => "EIGRP",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        132 => "SCTP",
        _ => "",
    };
    named(format!("IP protocol {number}"), name)
}

fn udp(number: usize) -> String {
    let name = match number {
        53 => "DNS",
        67 | 68 => "DHCP",
        123 => "NTP",
        443 => "QUIC",
        1900 => "SSDP",
        4500 => "IPsec, encrypted",
        5353 => "mDNS",
        51_820 => "WireGuard, encrypted",
        _ => "",
    };
    named(format!("UDP {number}"), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn udp_between(source: u16, destination: u16) -> Carried {
        Carried::Udp { source, destination }
    }

    fn most(counted: impl IntoIterator<Item = Carried>) -> Option<String> {
        let mut passed_over = PassedOver::default();
        counted.into_iter().for_each(|carried| passed_over.count(carried));
        passed_over.most()
    }

    #[test]
    fn what_carried_most_comes_first() {
        assert_eq!(most([]), None);
        let arp = std::iter::repeat_n(Carried::EtherType(0x0806), 3);
        let esp = std::iter::repeat_n(Carried::Protocol(50), 5);
        let counted = arp.chain(esp).chain([Carried::EtherType(0x88b5)]);
        let text = "IP protocol 50 (ESP, encrypted): 5 frames, EtherType 0x0806 (ARP): 3 frames, \
                    EtherType 0x88b5: 1 frame";
        assert_eq!(most(counted).as_deref(), Some(text));
    }

    #[test]
    fn datagrams_are_counted_by_the_port_of_the_service() {
        // Both ways of DNS; a port above those that systems choose from, to which many send.
        let dns = (0..10).flat_map(|n| [udp_between(40_000 + n, 53), udp_between(53, 40_000 + n)]);
        assert_eq!(most(dns).as_deref(), Some("UDP 53 (DNS): 20 frames"));
        let mirror = (0..10).map(|n| udp_between(33_000 + n, 37_009));
        assert_eq!(most(mirror).as_deref(), Some("UDP 37009: 10 frames"));
        let both = (0..10)
            .flat_map(|n| [udp_between(33_000 + n, 51_820), udp_between(51_820, 33_000 + n)]);
        assert_eq!(most(both).as_deref(), Some("UDP 51820 (WireGuard, encrypted): 20 frames"));
    }

    #[test]
    fn the_rest_is_a_number() {
        let counted = (1..=9)
            .flat_map(|port| std::iter::repeat_n(udp_between(port, port), usize::from(port)));
        let text = "UDP 9: 9 frames, UDP 8: 8 frames, UDP 7: 7 frames, UDP 6: 6 frames, \
                    UDP 5: 5 frames, others: 10 frames";
        assert_eq!(most(counted).as_deref(), Some(text));
    }

    #[test]
    fn memory_does_not_grow() {
        let mut passed_over = PassedOver::default();
        for source in 0..=u16::MAX {
            passed_over.count(udp_between(source, source.wrapping_mul(31)));
            passed_over.count(Carried::EtherType(source));
        }
        assert!(passed_over.udp_ports.len() == 65_536 && passed_over.ether_types.len() == 65_536);
    }
}
