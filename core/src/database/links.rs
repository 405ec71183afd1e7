//! Kinds of links by their MTU: asked for every SYN.

use hashbrown::HashTable;

#[derive(Debug)]
pub(super) struct Links(HashTable<(u16, Box<str>)>);

impl Links {
    /// Links in the order of the file: of several with one MTU, the first is kept.
    pub(super) fn new(links: Vec<(u16, Box<str>)>) -> Links {
        let mut kept = Links(HashTable::with_capacity(links.len()));
        for (mtu, name) in links {
            if kept.name(mtu).is_none() {
                kept.0.insert_unique(hash(mtu), (mtu, name), |&(mtu, _)| hash(mtu));
            }
        }
        kept
    }

    /// The name of the links with an MTU, in octets.
    #[inline]
    pub(super) fn name(&self, mtu: u16) -> Option<&str> {
        let found = self.0.find(hash(mtu), |&(known, _)| known == mtu);
        found.map(|(_, name)| &**name)
    }
}

/// Spreads near numbers over all bits. Keys are of the database: nobody sends them.
#[inline]
fn hash(mtu: u16) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    (u64::from(mtu) + 1).wrapping_mul(ODD).rotate_left(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_an_mtu_is_kept_and_each_is_found() {
        let every = (0..=u16::MAX).step_by(3).map(|mtu| (mtu, mtu.to_string().into()));
        let again = [(576, "other".into()), (9000, "other".into())];
        let links = Links::new(every.chain(again).collect());
        for mtu in 0..=u16::MAX {
            let name = (mtu % 3 == 0).then(|| mtu.to_string());
            assert_eq!(links.name(mtu), name.as_deref(), "{mtu}");
        }
    }
}
