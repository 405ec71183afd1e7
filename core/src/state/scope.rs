//! The network in which an address means a host: 10.0.0.1 of two customers is two hosts.

use crate::wire::{Encapsulation, Path};

/// The innermost VLAN, virtual network or GTP tunnel around a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Scope {
    pub(crate) id: u32,
    /// 0 where there is none.
    pub(crate) kind: u8,
}

impl Scope {
    pub(crate) const NONE: Scope = Scope { id: 0, kind: 0 };

    /// Of a packet that came this way.
    pub(crate) fn of(path: &Path) -> Scope {
        let mut scopes = path.as_slice().iter().rev().map(|around| Scope::of_one(*around));
        scopes.find(|scope| *scope != Scope::NONE).unwrap_or_default()
    }

    /// Of one tag or tunnel, if it is one that makes a network.
    pub(crate) fn of_one(around: Encapsulation) -> Scope {
        match around {
            // A tag of VLAN 0 carries a priority only (802.1Q, table 9-2).
            Encapsulation::Vlan(0) => Scope::NONE,
            Encapsulation::Vlan(id) => Scope { kind: 1, id: id.into() },
            Encapsulation::Vxlan(id) => Scope { kind: 2, id },
            Encapsulation::Geneve(id) => Scope { kind: 3, id },
            Encapsulation::GtpU(id) => Scope { kind: 4, id },
            Encapsulation::Gtp0(id) => Scope { kind: 5, id: id.into() },
            _ => Scope::NONE,
        }
    }

    /// Of a packet that came this way, by the words of a record: "vlan:20".
    #[cfg(all(feature = "serde", feature = "forms", feature = "http"))]
    pub(crate) fn of_words<'w>(path: impl DoubleEndedIterator<Item = &'w str>) -> Scope {
        let scope = |word: &str| {
            let (kind, id) = word.split_once(':')?;
            let id: u32 = id.parse().ok()?;
            let of_two_bytes = u16::try_from(id).ok();
            Some(Scope::of_one(match kind {
                "vlan" => Encapsulation::Vlan(of_two_bytes?),
                "vxlan" => Encapsulation::Vxlan(id),
                "geneve" => Encapsulation::Geneve(id),
                "gtpu" => Encapsulation::GtpU(id),
                "gtp0" => Encapsulation::Gtp0(of_two_bytes?),
                _ => return None,
            }))
        };
        path.rev().filter_map(scope).find(|scope| *scope != Scope::NONE).unwrap_or_default()
    }

    /// What is around the packets of such hosts.
    #[cfg(feature = "serde")]
    pub(crate) const fn encapsulation(self) -> Option<Encapsulation> {
        Some(match self.kind {
            1 => Encapsulation::Vlan(self.id as u16),
            2 => Encapsulation::Vxlan(self.id),
            3 => Encapsulation::Geneve(self.id),
            4 => Encapsulation::GtpU(self.id),
            5 => Encapsulation::Gtp0(self.id as u16),
            _ => return None,
        })
    }

    /// Both parts as one word, to be hashed.
    pub(crate) fn word(self) -> u64 {
        u64::from(self.kind) << 32 | u64::from(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_network_counts() {
        let scope = |around: &[Encapsulation]| {
            let mut path = Path::EMPTY;
            assert!(around.iter().all(|&one| path.push(one)));
            Scope::of(&path)
        };
        use Encapsulation::{Geneve, Gre, GtpU, Mpls, Vlan, Vxlan};
        assert_eq!(scope(&[]), Scope::NONE);
        assert_eq!(scope(&[Vlan(0)]), Scope::NONE);
        assert_eq!(scope(&[Mpls(7), Gre]), Scope::NONE);
        assert_eq!(scope(&[Vlan(5), Vlan(0)]), scope(&[Vlan(5)]));
        assert_eq!(scope(&[Vlan(5), Vlan(6)]), scope(&[Vlan(6)]));
        assert_eq!(scope(&[Vlan(6), Vxlan(5), Gre]), scope(&[Vxlan(5)]));
        // Equal numbers are not equal networks.
        let five = [scope(&[Vlan(5)]), scope(&[Vxlan(5)]), scope(&[Geneve(5)]), scope(&[GtpU(5)])];
        for (at, one) in five.iter().enumerate() {
            assert!(!five[..at].contains(one) && *one != Scope::NONE);
        }
    }
}
