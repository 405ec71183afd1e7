//! A fixed number of shards, whatever the number of threads that work on them: so records do not
//! depend on that number.

/// Shards at most.
pub(crate) const MOST_SHARDS: usize = 64;
/// Entries per shard at least: small limits are one table, which evicts the oldest of all.
const SMALLEST: u32 = 4096;

/// Equal parts of a state, chosen by a mark that is the same in each run. An owner of some of them has
/// vacant ones in the places of the others, so that finding a shard costs the same.
#[derive(Debug)]
pub(crate) struct Shards<T> {
    shards: Vec<T>,
}

/// Which shard a mark belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShardNumbers {
    /// How many shards there are, whoever owns them.
    count: usize,
}

impl ShardNumbers {
    /// The number of the shard of a mark.
    #[inline]
    pub(crate) fn of(self, mark: u32) -> usize {
        const ODD: u32 = 0x9e37_79b1;
        let mixed = u64::from((mark ^ mark >> 15).wrapping_mul(ODD));
        ((mixed * self.count as u64) >> u32::BITS) as usize
    }

    pub(crate) const fn count(self) -> usize {
        self.count
    }

    /// Which of `owners` owns a shard: each has as many as the others, or one more. Owners are at most
    /// as many as shards.
    #[inline]
    pub(crate) fn owner(self, shard: usize, owners: usize) -> usize {
        shard * owners / self.count
    }
}

impl<T> Shards<T> {
    /// Shards that together hold `limit` entries; `make` makes one for its part of the limit.
    pub(crate) fn new(limit: u32, make: impl Fn(u32) -> T) -> Shards<T> {
        let count = (limit / SMALLEST).clamp(1, MOST_SHARDS as u32);
        let of = |number: u32| limit / count + u32::from(number < limit % count);
        Shards { shards: (0..count).map(|number| make(of(number))).collect() }
    }

    /// One shard, which holds everything.
    pub(crate) fn one(shard: T) -> Shards<T> {
        Shards { shards: vec![shard] }
    }

    pub(crate) fn numbers(&self) -> ShardNumbers {
        ShardNumbers { count: self.shards.len() }
    }

    /// The shard of a mark: a vacant one if it is another owner's.
    #[inline]
    pub(crate) fn of(&mut self, mark: u32) -> &mut T {
        let number = self.numbers().of(mark);
        &mut self.shards[number]
    }

    /// Deals all shards out to so many owners, of which this one is the first. The others are returned.
    pub(crate) fn deal(&mut self, owners: usize, vacant: impl Fn() -> T) -> Vec<Shards<T>> {
        let numbers = self.numbers();
        let of_owner = |owner| {
            let shards = self.shards.iter_mut().enumerate().map(|(number, shard)| {
                let is_its_own = numbers.owner(number, owners) == owner;
                if is_its_own { core::mem::replace(shard, vacant()) } else { vacant() }
            });
            Shards { shards: shards.collect() }
        };
        (1..owners).map(of_owner).collect()
    }

    /// Takes back what was dealt out to this one of so many owners.
    pub(crate) fn take_back(&mut self, from: Shards<T>, (owner, owners): (usize, usize)) {
        let numbers = self.numbers();
        for (number, (own, other)) in self.shards.iter_mut().zip(from.shards).enumerate() {
            if numbers.owner(number, owners) == owner {
                *own = other;
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.shards.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.shards.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_divided_and_nothing_of_it_is_lost() {
        for (limit, count) in [
            (0, 1),
            (1, 1),
            (4095, 1),
            (8191, 1),
            (8192, 2),
            (10_000, 2),
            (100_000, 24),
            (200_000, 48),
            (262_143, 63),
            (262_144, 64),
            (u32::MAX, 64),
        ] {
            let shards = Shards::new(limit, |part| part);
            assert_eq!(shards.iter().count(), count, "{limit}");
            assert_eq!(shards.iter().map(|&part| u64::from(part)).sum::<u64>(), u64::from(limit));
        }
    }

    #[test]
    fn each_owner_has_the_shards_of_its_marks() {
        const VACANT: usize = usize::MAX;
        for owners in [1, 2, 3, 5, 48] {
            let next = core::cell::Cell::new(0);
            let mut shards = Shards::new(200_000, |_| next.replace(next.get() + 1));
            let numbers = shards.numbers();
            let others = shards.deal(owners, || VACANT);
            assert_eq!(others.len(), owners - 1);
            let mut all: Vec<_> = std::iter::once(shards).chain(others).collect();
            let own = |shards: &Shards<usize>| shards.iter().filter(|&&it| it != VACANT).count();
            assert_eq!(all.iter().map(own).max(), Some(48_usize.div_ceil(owners)));
            for mark in (0..10_000_u32).map(|mark| mark.wrapping_mul(0x85eb_ca6b)) {
                let shard = numbers.of(mark);
                for (number, owned) in all.iter_mut().enumerate() {
                    let is_its_own = numbers.owner(shard, owners) == number;
                    assert_eq!(*owned.of(mark), if is_its_own { shard } else { VACANT });
                }
            }
            let mut all = all.into_iter().enumerate();
            let (_, mut first) = all.next().unwrap();
            all.for_each(|(owner, others)| first.take_back(others, (owner, owners)));
            assert!(first.iter().copied().eq(0..48));
        }
    }

    #[test]
    fn hashes_are_spread_over_all_shards() {
        let mut shards = Shards::new(200_000, |_| 0_u32);
        for hash in 0..480_000_u32 {
            // As hashes of addresses are: of all bits.
            *shards.of(hash.wrapping_mul(0x85eb_ca6b)) += 1;
        }
        assert!(shards.iter().all(|&hits| (9000..11_000).contains(&hits)));
    }
}
