//! A fixed number of shards, whatever the number of threads that work on them: so records do not
//! depend on that number.

/// Shards at most.
const MOST: u32 = 64;
/// Entries per shard at least: small limits are one table, which evicts the oldest of all.
const SMALLEST: u32 = 4096;

/// Equal parts of a state, chosen by a mark that is the same in each run.
#[derive(Debug)]
pub(crate) struct Shards<T> {
    shards: Vec<T>,
}

impl<T> Shards<T> {
    /// Shards that together hold `limit` entries; `make` makes one for its part of the limit.
    pub(crate) fn new(limit: u32, make: impl Fn(u32) -> T) -> Shards<T> {
        let count = (limit / SMALLEST).clamp(1, MOST);
        let of = |number: u32| limit / count + u32::from(number < limit % count);
        Shards { shards: (0..count).map(|number| make(of(number))).collect() }
    }

    /// One shard, which holds everything.
    pub(crate) fn one(shard: T) -> Shards<T> {
        Shards { shards: vec![shard] }
    }

    /// The number of the shard of a mark.
    #[inline]
    pub(crate) fn number(&self, mark: u32) -> usize {
        const ODD: u32 = 0x9e37_79b1;
        let mixed = u64::from((mark ^ mark >> 15).wrapping_mul(ODD));
        ((mixed * self.shards.len() as u64) >> u32::BITS) as usize
    }

    /// The shard of a mark.
    #[inline]
    pub(crate) fn of(&mut self, mark: u32) -> &mut T {
        let number = self.number(mark);
        &mut self.shards[number]
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
    fn hashes_are_spread_over_all_shards() {
        let mut shards = Shards::new(200_000, |_| 0_u32);
        for hash in 0..480_000_u32 {
            // As hashes of addresses are: of all bits.
            *shards.of(hash.wrapping_mul(0x85eb_ca6b)) += 1;
        }
        assert!(shards.iter().all(|&hits| (9000..11_000).contains(&hits)));
    }
}
