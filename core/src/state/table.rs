//! A bounded map whose entries stand in an order: by last use for hosts, by birth for flows.

use super::index::Index;

/// No entry.
const NONE: u32 = u32::MAX;
/// For at most so many entries, address space is set aside at once: the system gives memory for it
/// only as it fills, whereas a growing slab is moved, and its pages are asked for again. Not where
/// address space is memory, as in WebAssembly: there, analyzers that nobody uses would fill it.
pub(crate) const RESERVED: usize = if cfg!(target_pointer_width = "64") { 1 << 18 } else { 1 << 4 };

/// What can be kept in a [`Table`].
pub(crate) trait Entry {
    /// A keyed hash of what it is found by.
    fn hash(&self, seed: u64) -> u32;
}

/// Entries in a slab, found through a hash index of their numbers, and linked from the oldest to
/// the newest. Numbers stay valid until the entry is removed.
#[derive(Debug)]
pub(crate) struct Table<E> {
    seed: u64,
    nodes: Vec<Node<E>>,
    index: Index,
    oldest: u32,
    newest: u32,
    /// First of the removed nodes, linked through `newer`.
    free: u32,
}

#[derive(Debug)]
#[repr(C)]
struct Node<E> {
    older: u32,
    newer: u32,
    entry: E,
}

impl<E: Entry> Table<E> {
    /// An empty table for about `limit` entries. Its index grows as it fills: one made as large as
    /// it may ever get would be spread over more cache lines than few entries need.
    pub(crate) fn new(seed: u64, limit: u32) -> Table<E> {
        Table {
            seed,
            nodes: Vec::with_capacity((limit as usize).min(RESERVED)),
            index: Index::new(limit as usize),
            oldest: NONE,
            newest: NONE,
            free: NONE,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&E> {
        self.nodes.get(number as usize).map(|node| &node.entry)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut E> {
        self.nodes.get_mut(number as usize).map(|node| &mut node.entry)
    }

    /// Every entry in no order, removed ones that have not been replaced included.
    pub(crate) fn entries_mut(&mut self) -> impl Iterator<Item = &mut E> {
        self.nodes.iter_mut().map(|node| &mut node.entry)
    }

    pub(crate) fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// The number of the entry for which `is_it` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u32, mut is_it: impl FnMut(&E) -> bool) -> Option<u32> {
        self.index.find(hash, |number| {
            self.nodes.get(number as usize).is_some_and(|node| is_it(&node.entry))
        })
    }

    /// Prefetches the cache lines in which the entry with that hash would be found: of several
    /// prefetches in a row, one wait covers all.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u32) {
        let touched = self.index.find(hash, |number| {
            core::hint::black_box(self.nodes.get(number as usize).map(|node| node.newer));
            false
        });
        core::hint::black_box(touched.is_some());
    }

    /// The oldest entry, which is to be evicted as `gone` were before it. Now and then, the slots of
    /// those that go next are prefetched: they are far from each other, and one wait for memory serves
    /// all of them.
    pub(crate) fn oldest_for_eviction(&self, gone: u64) -> Option<u32> {
        const AHEAD: u64 = 16;
        if gone.is_multiple_of(AHEAD) {
            let mut next = self.oldest;
            for _ in 0..AHEAD {
                let Some(node) = self.nodes.get(next as usize) else { break };
                self.index.prefetch(node.entry.hash(self.seed));
                next = node.newer;
            }
        }
        self.oldest()
    }

    /// Adds an entry as the newest.
    pub(crate) fn insert(&mut self, hash: u32, entry: E) -> u32 {
        let node = Node { older: NONE, newer: NONE, entry };
        let number = match self.nodes.get_mut(self.free as usize) {
            Some(place) => {
                let number = self.free;
                self.free = place.newer;
                *place = node;
                number
            }
            None => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as u32
            }
        };
        self.index.insert(hash, number);
        self.link_newest(number);
        number
    }

    /// Whether the entry of that number is in the table.
    pub(crate) fn holds(&self, number: u32) -> bool {
        let hash = self.get(number).map(|entry| entry.hash(self.seed));
        hash.is_some_and(|hash| self.index.find(hash, |found| found == number).is_some())
    }

    /// Takes an entry out; its number may be given to another one later. `false` if it is out
    /// already.
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        let Some(node) = self.nodes.get(number as usize) else { return false };
        let hash = node.entry.hash(self.seed);
        if !self.index.remove(hash, number) {
            return false;
        }
        self.unlink(number);
        let free = self.free;
        if let Some(node) = self.nodes.get_mut(number as usize) {
            node.newer = free;
            self.free = number;
        }
        true
    }

    /// Makes an entry the newest.
    #[inline]
    pub(crate) fn renew(&mut self, number: u32) {
        if self.newest != number {
            self.unlink(number);
            self.link_newest(number);
        }
    }

    #[inline]
    fn link_newest(&mut self, number: u32) {
        let older = self.newest;
        if let Some(node) = self.nodes.get_mut(number as usize) {
            (node.older, node.newer) = (older, NONE);
        }
        match self.nodes.get_mut(older as usize) {
            Some(node) => node.newer = number,
            None => self.oldest = number,
        }
        self.newest = number;
    }

    #[inline]
    fn unlink(&mut self, number: u32) {
        let Some(node) = self.nodes.get(number as usize) else { return };
        let (older, newer) = (node.older, node.newer);
        match self.nodes.get_mut(older as usize) {
            Some(node) => node.newer = newer,
            None => self.oldest = newer,
        }
        match self.nodes.get_mut(newer as usize) {
            Some(node) => node.older = older,
            None => self.newest = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Entry for u32 {
        fn hash(&self, _seed: u64) -> u32 {
            *self
        }
    }

    #[test]
    fn keeps_order_and_reuses_places() {
        let mut table = Table::new(0, 10);
        let [a, b, _] = [10, 20, 30].map(|entry: u32| table.insert(entry, entry));
        table.renew(a);
        assert!(table.remove(b));
        assert!(!table.remove(b), "it is out already");
        assert_eq!(table.find(20, |&entry| entry == 20), None);
        assert_eq!(table.insert(40, 40), b);
        let mut order = Vec::new();
        while let Some(oldest) = table.oldest() {
            order.push(*table.get(oldest).unwrap());
            assert!(table.remove(oldest));
        }
        assert_eq!(order, [30, 10, 40]);
        assert_eq!((table.len(), table.newest), (0, NONE));
    }
}
