//! From an option layout to the signatures that ask for it.

use core::ops::Range;

use crate::matching::Candidate;
use crate::wire::OptionLayout;

/// Signatures of one direction, grouped by the kinds of their options; within a group in the order
/// of the file.
#[derive(Debug)]
pub(super) struct LayoutIndex {
    candidates: Vec<Candidate>,
    /// Open addressing over the hash of the kinds; a power of two, at most half full.
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    hash: u32,
    /// Empty where the slot is free.
    group: Range<usize>,
}

impl LayoutIndex {
    pub(super) fn new(mut candidates: Vec<Candidate>) -> LayoutIndex {
        candidates.sort_by_key(|candidate| {
            let layout = &candidate.signature.layout;
            (layout.kinds_hash(), layout.kinds().to_vec())
        });
        let groups = groups(&candidates);
        let mut index = LayoutIndex {
            slots: vec![Slot::default(); (groups.len() * 2).next_power_of_two()],
            candidates,
        };
        for group in groups {
            index.insert(group);
        }
        index
    }

    fn insert(&mut self, group: Range<usize>) {
        let Some(first) = self.candidates.get(group.start) else { return };
        let hash = first.signature.layout.kinds_hash();
        let mask = self.slots.len() - 1;
        let probes = (0..self.slots.len()).map(|step| (hash as usize + step) & mask);
        let free = probes.into_iter().find(|&at| self.slots.get(at).is_some_and(Slot::is_free));
        if let Some(slot) = free.and_then(|at| self.slots.get_mut(at)) {
            *slot = Slot { hash, group };
        }
    }

    /// The signatures, those together that ask for the same kinds.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[Candidate]> {
        let occupied = self.slots.iter().filter(|slot| !slot.is_free());
        occupied.filter_map(|slot| self.candidates.get(slot.group.clone()))
    }

    /// The signatures that ask for these kinds in this order.
    #[inline]
    pub(super) fn candidates(&self, layout: &OptionLayout) -> &[Candidate] {
        let hash = layout.kinds_hash();
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        // Ends at a free slot: at least half of them are.
        while let Some(slot) = self.slots.get(at).filter(|slot| !slot.is_free()) {
            if slot.hash == hash {
                let group = self.candidates.get(slot.group.clone()).unwrap_or_default();
                if group.first().is_some_and(|first| first.signature.layout.same_kinds(layout)) {
                    return group;
                }
            }
            at = (at + 1) & mask;
        }
        &[]
    }
}

impl Slot {
    #[inline]
    fn is_free(&self) -> bool {
        self.group.is_empty()
    }
}

/// Runs of candidates that ask for the same kinds.
fn groups(candidates: &[Candidate]) -> Vec<Range<usize>> {
    let same = |a: &Candidate, b: &Candidate| a.signature.layout.same_kinds(&b.signature.layout);
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
