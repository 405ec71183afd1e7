//! Sets of addresses.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets, Ipv6Net, Ipv6Subnets};

use super::ranges::Ranges;
use crate::parse_error::{Expected, ParseError};

/// Addresses of both IP versions, one by one and by subnet.
///
/// Read and written as `192.0.2.1,10.0.0.0/8,2001:db8::/32`. What is written is in order, and in
/// as few subnets as hold the same addresses: what is read from it is the same set. In what is
/// read, the address of a subnet has no bits beyond its prefix.
///
/// An IPv4 address written as one of IPv6 (`::ffff:192.0.2.1`) is one of IPv6. To look an address
/// up takes a number of steps that grows with the logarithm of the set's size.
///
/// ```
/// use stackprint::AddressSet;
///
/// let set: AddressSet = "192.0.2.1,10.0.0.0/9,10.128.0.0/9".parse()?;
/// assert!(set.contains("10.200.0.1".parse().expect("an address")));
/// assert_eq!(set.to_string(), "10.0.0.0/8,192.0.2.1");
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressSet {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
}

impl AddressSet {
    /// Whether the address is one of them.
    #[must_use]
    #[inline]
    pub fn contains(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => self.v4.contain(ip.into()),
            IpAddr::V6(ip) => self.v6.contain(ip.into()),
        }
    }

    /// Whether it holds no address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// The fewest subnets that hold just these addresses: IPv4 first, in order.
    pub fn subnets(&self) -> impl Iterator<Item = IpNet> {
        let v4 = self.v4.iter().flat_map(|(first, last)| {
            Ipv4Subnets::new(Ipv4Addr::from(first), Ipv4Addr::from(last), 0).map(IpNet::V4)
        });
        let v6 = self.v6.iter().flat_map(|(first, last)| {
            Ipv6Subnets::new(Ipv6Addr::from(first), Ipv6Addr::from(last), 0).map(IpNet::V6)
        });
        v4.chain(v6)
    }
}

impl From<IpAddr> for AddressSet {
    fn from(ip: IpAddr) -> AddressSet {
        AddressSet::from(IpNet::from(ip))
    }
}

impl From<IpNet> for AddressSet {
    fn from(subnet: IpNet) -> AddressSet {
        [subnet].into_iter().collect()
    }
}

/// Bits beyond the prefix do not count.
impl FromIterator<IpNet> for AddressSet {
    fn from_iter<I: IntoIterator<Item = IpNet>>(subnets: I) -> AddressSet {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for subnet in subnets {
            match subnet {
                IpNet::V4(subnet) => v4.push(v4_range(subnet)),
                IpNet::V6(subnet) => v6.push(v6_range(subnet)),
            }
        }
        AddressSet { v4: Ranges::new(v4), v6: Ranges::new(v6) }
    }
}

/// What is in any of the sets.
impl FromIterator<AddressSet> for AddressSet {
    fn from_iter<I: IntoIterator<Item = AddressSet>>(sets: I) -> AddressSet {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for set in sets {
            v4.extend(set.v4.iter());
            v6.extend(set.v6.iter());
        }
        AddressSet { v4: Ranges::new(v4), v6: Ranges::new(v6) }
    }
}

fn v4_range(subnet: Ipv4Net) -> (u32, u32) {
    (subnet.network().into(), subnet.broadcast().into())
}

fn v6_range(subnet: Ipv6Net) -> (u128, u128) {
    (subnet.network().into(), subnet.broadcast().into())
}

impl FromStr for AddressSet {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<AddressSet, ParseError> {
        let mut offset = 0;
        let subnets = text.split(',').map(|item| {
            let subnet = subnet(item).map_err(|expected| ParseError::at(offset, expected));
            offset += item.len() + 1;
            subnet
        });
        subnets.collect()
    }
}

fn subnet(text: &str) -> Result<IpNet, Expected> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(ip.into());
    }
    let subnet: IpNet = text.parse().map_err(|_| Expected::Addresses)?;
    if subnet.addr() == subnet.network() { Ok(subnet) } else { Err(Expected::NetworkAddress) }
}

impl fmt::Display for AddressSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, subnet) in self.subnets().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            if subnet.prefix_len() == subnet.max_prefix_len() {
                write!(f, "{}", subnet.addr())?;
            } else {
                write!(f, "{subnet}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(text: &str) -> AddressSet {
        text.parse().unwrap()
    }

    fn contains(set: &AddressSet, ip: &str) -> bool {
        set.contains(ip.parse().unwrap())
    }

    #[test]
    fn subnets_and_their_edges() {
        let addresses = set("10.0.0.0/8,192.0.2.1,2001:db8::/32,2001:db9::7");
        for ip in ["10.0.0.0", "10.255.255.255", "192.0.2.1", "2001:db8::", "2001:db9::7"] {
            assert!(contains(&addresses, ip), "{ip}");
        }
        for ip in ["9.255.255.255", "11.0.0.0", "192.0.2.0", "192.0.2.2", "2001:db7:ffff::", "::"] {
            assert!(!contains(&addresses, ip), "{ip}");
        }
        assert!(contains(&addresses, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"));
        assert_eq!(addresses.to_string(), "10.0.0.0/8,192.0.2.1,2001:db8::/32,2001:db9::7");
    }

    #[test]
    fn versions_are_two_worlds() {
        assert!(contains(&set("0.0.0.0/0"), "255.255.255.255"));
        assert!(!contains(&set("0.0.0.0/0"), "::ffff:192.0.2.1"));
        assert!(contains(&set("::/0"), "ffff::"));
        assert!(!contains(&set("::/0"), "192.0.2.1"));
        assert!(contains(&set("::ffff:192.0.2.1"), "::ffff:192.0.2.1"));
        assert!(!contains(&set("::ffff:192.0.2.1"), "192.0.2.1"));
    }

    #[test]
    fn nested_and_touching_subnets_are_one() {
        assert_eq!(set("10.1.0.0/16,10.0.0.0/8,10.0.0.1").to_string(), "10.0.0.0/8");
        assert_eq!(set("192.0.2.0/25,192.0.2.128/25").to_string(), "192.0.2.0/24");
        assert_eq!(set("192.0.2.1,192.0.2.2,192.0.2.3").to_string(), "192.0.2.1,192.0.2.2/31");
    }

    #[test]
    fn faults_are_told_with_their_place() {
        for (text, column, expected) in [
            ("", 1, Expected::Addresses),
            ("10.0.0.0/33", 1, Expected::Addresses),
            ("10.0.0.0/8,", 12, Expected::Addresses),
            ("10.0.0.0/8,::/129", 12, Expected::Addresses),
            ("10.0.0/8", 1, Expected::Addresses),
            ("10.0.0.0/255.0.0.0", 1, Expected::Addresses),
            ("example.org", 1, Expected::Addresses),
            ("::1,10.0.0.1/8", 5, Expected::NetworkAddress),
            ("2001:db8::1/32", 1, Expected::NetworkAddress),
        ] {
            let error = text.parse::<AddressSet>().unwrap_err();
            assert_eq!((error.column, error.expected), (column, expected), "{text}");
        }
    }

    fn subnets() -> impl Strategy<Value = Vec<IpNet>> {
        // Few high bits, so that subnets meet.
        let v4 = (any::<u32>(), 20..=32u8).prop_map(|(ip, prefix)| {
            IpNet::new(Ipv4Addr::from(ip & 0x0000_3fff).into(), prefix).unwrap()
        });
        let v6 = (any::<u128>(), 110..=128u8).prop_map(|(ip, prefix)| {
            IpNet::new(Ipv6Addr::from(ip & 0xffff).into(), prefix).unwrap()
        });
        prop::collection::vec(prop_oneof![v4, v6], 1..30)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(list in subnets()) {
            let addresses: AddressSet = list.iter().copied().collect();
            prop_assert_eq!(addresses.to_string().parse::<AddressSet>(), Ok(addresses.clone()));
            let parts = list.into_iter().map(AddressSet::from);
            prop_assert_eq!(parts.collect::<AddressSet>(), addresses);
        }

        #[test]
        fn as_a_search_of_the_list(list in subnets(), v4 in 0u32..0x8000, v6 in 0u128..0x2_0000) {
            let addresses: AddressSet = list.iter().copied().collect();
            for ip in [IpAddr::V4(v4.into()), IpAddr::V6(v6.into())] {
                let listed = list.iter().any(|subnet| subnet.contains(&ip));
                prop_assert_eq!(addresses.contains(ip), listed);
            }
        }
    }
}
