//! Sets of numbers as ranges in order, so that a search of a large set takes a few steps.

use std::collections::BinaryHeap;

/// Ranges with both ends in them; sorted, and neither overlapping nor touching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ranges<T>(Vec<(T, T)>);

impl<T: Copy + Ord + Into<u128>> Ranges<T> {
    /// Of ranges in any order, the first number not above the last.
    pub(super) fn new(ranges: Vec<(T, T)>) -> Ranges<T> {
        // A heap sorts with a tenth of the code: it is in the browser's module three times.
        let mut ranges = BinaryHeap::from(ranges).into_sorted_vec();
        ranges.dedup_by(|next, kept| {
            let touches = next.0.into() <= kept.1.into().saturating_add(1);
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
        ranges.shrink_to_fit();
        Ranges(ranges)
    }

    #[inline]
    pub(super) fn contain(&self, number: T) -> bool {
        let behind = self.0.partition_point(|&(first, _)| first <= number);
        let before = behind.checked_sub(1).and_then(|place| self.0.get(place));
        before.is_some_and(|&(_, last)| number <= last)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (T, T)> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn touching_ranges_are_one() {
        let ranges = Ranges::new(vec![(7u16, 9), (1, 3), (4, 4), (2, 2), (u16::MAX, u16::MAX)]);
        assert_eq!(ranges.0, [(1, 4), (7, 9), (u16::MAX, u16::MAX)]);
        let all = Ranges::new(vec![(0u128, u128::MAX), (5, u128::MAX)]);
        assert_eq!(all.0, [(0, u128::MAX)]);
    }

    proptest! {
        #[test]
        fn as_a_search_of_the_list(list in prop::collection::vec((0u16..60, 0u16..9), 0..9)) {
            let list: Vec<_> = list.into_iter().map(|(first, more)| (first, first + more)).collect();
            let ranges = Ranges::new(list.clone());
            for number in 0..80 {
                let listed = list.iter().any(|&(first, last)| (first..=last).contains(&number));
                prop_assert_eq!(ranges.contain(number), listed);
            }
        }
    }
}
