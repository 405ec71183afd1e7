//! The index of a database: from an option layout to the signatures that ask for it.

use core::ops::Range;

use crate::tcp::matching::Candidate;
use crate::wire::OptionLayout;

/// Signatures of one direction, grouped by a key, the kinds of their options or what matters of
/// them; within a group in the order of the file.
#[derive(Debug)]
pub(super) struct LayoutIndex {
    candidates: Vec<Candidate>,
    /// Open addressing over the hash of the kinds; a power of two, at most half full.
    slots: Vec<Slot>,
}

#[derive(Debug, Clone)]
struct Slot {
    hash: u32,
    /// What its group is found by.
    key: OptionLayout,
    /// Empty where the slot is free.
    group: Range<usize>,
}

impl LayoutIndex {
    /// Of signatures by what `key` makes of their layouts.
    pub(super) fn new(
        candidates: &[Candidate],
        key: impl Fn(&OptionLayout) -> OptionLayout,
    ) -> LayoutIndex {
        let key_of = |candidate: &Candidate| key(&candidate.signature.layout);
        let keys = candidates.iter().map(key_of).enumerate();
        let keys = keys.map(|(place, key)| (key.kinds_hash(), key.kinds().into(), place));
        let order = in_order(keys.collect());
        let in_order = order.into_iter().filter_map(|place| candidates.get(place));
        let candidates: Vec<Candidate> = in_order.cloned().collect();
        let groups = groups(&candidates, key_of);
        let mut index = LayoutIndex {
            slots: vec![Slot::FREE; (groups.len() * 2).next_power_of_two()],
            candidates,
        };
        for group in groups {
            if let Some(key) = index.candidates.get(group.start).map(&key_of) {
                index.insert(group, key);
            }
        }
        index
    }

    fn insert(&mut self, group: Range<usize>, key: OptionLayout) {
        let hash = key.kinds_hash();
        let mask = self.slots.len() - 1;
        let probes = (0..self.slots.len()).map(|step| (hash as usize + step) & mask);
        let free = probes.into_iter().find(|&at| self.slots.get(at).is_some_and(Slot::is_free));
        if let Some(slot) = free.and_then(|at| self.slots.get_mut(at)) {
            *slot = Slot { hash, key, group };
        }
    }

    /// The signatures, those together that have the same key.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[Candidate]> {
        let occupied = self.slots.iter().filter(|slot| !slot.is_free());
        occupied.filter_map(|slot| self.candidates.get(slot.group.clone()))
    }

    /// The signatures whose key has these kinds in this order.
    #[inline]
    pub(super) fn candidates(&self, key: &OptionLayout) -> &[Candidate] {
        let hash = key.kinds_hash();
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        // Ends at a free slot: at least half of them are.
        while let Some(slot) = self.slots.get(at).filter(|slot| !slot.is_free()) {
            if slot.hash == hash && slot.key.same_kinds(key) {
                return self.candidates.get(slot.group.clone()).unwrap_or_default();
            }
            at = (at + 1) & mask;
        }
        &[]
    }
}

impl Slot {
    const FREE: Slot = Slot { hash: 0, key: OptionLayout::EMPTY, group: 0..0 };

    #[inline]
    fn is_free(&self) -> bool {
        self.group.is_empty()
    }
}

/// The places of keys in their order; equal ones keep theirs. Sorting is much code, and this is of one
/// type whatever is sorted.
fn in_order(mut keys: Vec<(u32, Box<[u8]>, usize)>) -> Vec<usize> {
    keys.sort_unstable();
    keys.into_iter().map(|(.., place)| place).collect()
}

/// Runs of candidates whose keys have the same kinds.
fn groups(
    candidates: &[Candidate],
    key_of: impl Fn(&Candidate) -> OptionLayout,
) -> Vec<Range<usize>> {
    let same = |a: &Candidate, b: &Candidate| key_of(a).same_kinds(&key_of(b));
    let mut start = 0;
    candidates
        .chunk_by(same)
        .map(|group| {
            let range = start..start + group.len();
            start = range.end;
            range
        })
        .collect()
}
