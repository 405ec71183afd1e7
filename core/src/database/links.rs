//! Kinds of links by their MTU: asked for every SYN.

/// MTU and name, by MTU: a few dozen, each MTU once.
#[derive(Debug)]
pub(super) struct Links(Box<[(u16, Box<str>)]>);

impl Links {
    /// Links in the order of the file: of several with one MTU, the first is kept.
    pub(super) fn new(mut links: Vec<(u16, Box<str>)>) -> Links {
        // Stable: the first in the file stays the first of its MTU.
        links.sort_by_key(|&(mtu, _)| mtu);
        links.dedup_by_key(|&mut (mtu, _)| mtu);
        Links(links.into())
    }

    /// MTUs and names, by MTU.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, &str)> {
        self.0.iter().map(|(mtu, name)| (*mtu, &**name))
    }

    /// The name of the links with an MTU, in bytes.
    pub(super) fn name(&self, mtu: u16) -> Option<&str> {
        self.get(self.find(mtu)?)
    }

    /// Where the links with an MTU, in bytes, are in the list.
    pub(super) fn find(&self, mtu: u16) -> Option<usize> {
        self.0.binary_search_by_key(&mtu, |&(known, _)| known).ok()
    }

    /// The name of the links at a place in the list.
    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&str> {
        self.0.get(at).map(|(_, name)| &**name)
    }
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
