//! Hash index: from a hash to the numbers of entries.
//!
//! Open addressing, with the slots in the order of the hashes. A lookup reads one place, nearly always in one cache
//! line: it shows which numbers have a hash, or that none has, and where a new number is inserted. The place can be
//! prefetched. With hundreds of thousands of hosts and flows, the time goes into waiting for memory: tables whose control
//! bytes are apart from the entries, such as hashbrown's, wait twice, and offer no prefetch.

/// A number under its hash.
#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u32,
    number: u32,
}

/// Behind every hash in the order.
const EMPTY: Slot = Slot { hash: u32::MAX, number: u32::MAX };
/// The greatest hash of an entry; the one above it counts as it.
const MAX_HASH: u32 = u32::MAX - 1;

/// Slots after the last one that a hash may choose: for those that do not find theirs free.
const SPARE: usize = 64;
/// Entries for which there is room at first: each shard of each analyzer has it.
const FIRST_ENTRIES: usize = 64;

#[derive(Debug)]
pub(crate) struct Index {
    /// `homes` of them, and the spare ones; the last one is free.
    slots: Vec<Slot>,
    /// How many slots a hash may choose from.
    homes: usize,
    len: usize,
    /// For so many entries there are slots enough.
    most: usize,
    /// The most entries that are expected.
    limit: usize,
}

/// The homes for so many entries. The more stay free, the fewer entries move when one comes or goes;
/// of very many, memory counts for more.
fn homes_for(entries: usize) -> usize {
    const VERY_MANY: usize = 1 << 18;
    let free = if entries < VERY_MANY { entries / 2 } else { entries / 4 };
    entries + free + 1
}

impl Index {
    pub(crate) fn new(limit: usize) -> Index {
        let most = limit.min(FIRST_ENTRIES);
        let homes = homes_for(most);
        Index { slots: vec![EMPTY; homes + SPARE], homes, len: 0, most, limit }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The slot that a hash chooses: the greater the hash, the farther behind.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.homes as u64) >> u32::BITS) as usize
    }

    /// Prefetches the slot of a hash.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u32) {
        core::hint::black_box(self.slots.get(self.home(hash)).map(|slot| slot.number));
    }

    /// The first number under a hash for which `is_it` holds, and its slot.
    #[inline]
    fn position(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<(usize, u32)> {
        let hash = hash.min(MAX_HASH);
        let home = self.home(hash);
        for (step, slot) in self.slots.get(home..)?.iter().enumerate() {
            if slot.hash >= hash {
                if slot.hash > hash {
                    return None;
                }
                if is_it(slot.number) {
                    return Some((home + step, slot.number));
                }
            }
        }
        None
    }

    /// The first number under a hash for which `is_it` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u32, is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        self.position(hash, is_it).map(|(_, number)| number)
    }

    /// Adds a number under a hash.
    #[inline]
    pub(crate) fn insert(&mut self, hash: u32, number: u32) {
        if self.len >= self.most {
            self.grow();
        }
        let mut moving = Slot { hash: hash.min(MAX_HASH), number };
        let home = self.home(moving.hash);
        // Those after it move on by one, up to the first free slot.
        for slot in self.slots.get_mut(home..).unwrap_or_default() {
            if slot.hash > moving.hash {
                core::mem::swap(slot, &mut moving);
                if moving.hash == EMPTY.hash {
                    break;
                }
            }
        }
        if self.slots.last().is_none_or(|last| last.hash != EMPTY.hash) {
            self.slots.extend([EMPTY; SPARE]);
        }
        self.len += 1;
    }

    /// Takes out a number; `false` if it is not there.
    pub(crate) fn remove(&mut self, hash: u32, number: u32) -> bool {
        let Some((mut at, _)) = self.position(hash, |found| found == number) else { return false };
        // Those after it that are not at home come nearer.
        while let Some(&next) = self.slots.get(at + 1) {
            if next.hash == EMPTY.hash || self.home(next.hash) > at {
                break;
            }
            self.slots[at] = next;
            at += 1;
        }
        self.slots[at] = EMPTY;
        self.len -= 1;
        true
    }

    /// Makes place for twice as many, or as many as are expected, and puts all entries there: from
    /// one end to the other, as the order stays.
    #[cold]
    fn grow(&mut self) {
        self.most = (self.most * 2).min(self.limit).max(self.len + FIRST_ENTRIES);
        self.homes = homes_for(self.most);
        let mut slots = vec![EMPTY; self.homes + SPARE];
        let mut free = 0;
        for slot in self.slots.iter().filter(|slot| slot.hash != EMPTY.hash) {
            free = free.max(self.home(slot.hash));
            if free + 1 >= slots.len() {
                slots.extend([EMPTY; SPARE]);
            }
            slots[free] = *slot;
            free += 1;
        }
        self.slots = slots;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The order, nothing before its home, and no gap between.
    fn check(index: &Index) {
        let is_taken = |slot: &Slot| slot.hash != EMPTY.hash;
        let taken: Vec<_> =
            index.slots.iter().enumerate().filter(|(_, slot)| is_taken(slot)).collect();
        assert_eq!(taken.len(), index.len());
        assert!(taken.is_sorted_by_key(|(_, slot)| slot.hash));
        assert!(!is_taken(index.slots.last().unwrap()));
        for (at, slot) in taken {
            let home = index.home(slot.hash);
            assert!(home <= at && index.slots[home..at].iter().all(is_taken));
        }
    }

    proptest! {
        /// Whatever comes and goes, what is found is what a set holds. Hashes that meet, and those
        /// at both ends, are frequent.
        #[test]
        fn it_holds_what_a_set_holds(
            limit in 0..3000_usize,
            steps in prop::collection::vec((any::<bool>(), prop_oneof![
                0..40_u32, u32::MAX - 40..=u32::MAX, any::<u32>()
            ], 0..4_u32), 0..3000),
        ) {
            let mut index = Index::new(limit);
            let mut set = BTreeSet::new();
            for (comes, hash, number) in steps {
                let hash = hash.min(MAX_HASH);
                if comes && set.insert((hash, number)) {
                    index.insert(hash, number);
                } else if !comes {
                    prop_assert_eq!(index.remove(hash, number), set.remove(&(hash, number)));
                }
                let found = index.find(hash, |found| found == number);
                prop_assert_eq!(found, set.contains(&(hash, number)).then_some(number));
            }
            check(&index);
            for (hash, number) in set {
                prop_assert_eq!(index.find(hash, |found| found == number), Some(number));
            }
        }
    }

    #[test]
    fn it_grows_to_its_limit_and_beyond() {
        let hash = |number: u32| number.wrapping_mul(0x9e37_79b9);
        let mut index = Index::new(100_000);
        (0..100_000).for_each(|number| index.insert(hash(number), number));
        check(&index);
        let homes = index.homes;
        // Full, and each that comes puts out one.
        for number in 100_000..300_000 {
            assert!(index.remove(hash(number - 100_000), number - 100_000));
            index.insert(hash(number), number);
        }
        check(&index);
        assert_eq!((index.homes, index.len()), (homes, 100_000));
        assert!(homes <= homes_for(100_000));
        (0..1000).for_each(|number| index.insert(hash(number), number));
        assert_eq!(index.find(hash(999), |number| number == 999), Some(999));
    }

    #[test]
    fn all_under_one_hash_are_found() {
        let mut index = Index::new(10);
        (0..500).for_each(|number| index.insert(u32::MAX, number));
        check(&index);
        for number in 0..500 {
            assert_eq!(index.find(u32::MAX, |found| found == number), Some(number));
        }
        assert!((0..500).all(|number| index.remove(u32::MAX, number)));
        assert_eq!(index.len(), 0);
    }
}
