//! What was found for forms of late: the same programs send the same hellos and heads again and
//! again, each with other names and numbers in it.

use super::address::fold;

/// Values by the form that they were found for, a key of bytes, in the set that its hash chooses; of
/// those that do not fit into a set together, the one that came first goes.
#[derive(Debug)]
pub(crate) struct RecentForms<V> {
    /// Keeps others from choosing which forms meet.
    seed: u64,
    /// For each place of a set, the number of what is known and 1, or 0; the newest first.
    sets: Vec<[u16; WAYS]>,
    known: Vec<Known<V>>,
    /// Bytes of all that is known.
    held: usize,
}

#[derive(Debug)]
struct Known<V> {
    hash: u64,
    key: Box<[u8]>,
    value: V,
    /// Bytes of all of it.
    len: usize,
}

/// Browsers, programs and their versions: traffic has some hundreds of forms.
const SETS: usize = 2048;
const WAYS: usize = 4;
/// How many forms are remembered at most.
const MAX_FORMS: usize = SETS * WAYS;
const _: () = assert!(SETS.is_power_of_two() && MAX_FORMS < u16::MAX as usize);

/// Bytes that are remembered at most, with keys and values. Hundreds of forms of real programs take some
/// hundred thousand.
const MAX_MEMORY: usize = 4 << 20;

/// The hash of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormHash(u64);

impl<V> RecentForms<V> {
    pub(crate) fn new(seed: u64) -> RecentForms<V> {
        RecentForms { seed, sets: vec![[0; WAYS]; SETS], known: Vec::new(), held: 0 }
    }

    /// Forgets all: the database is another.
    pub(crate) fn clear(&mut self) {
        self.sets.fill([0; WAYS]);
        self.known.clear();
        self.held = 0;
    }

    #[inline]
    pub(crate) fn hash(&self, key: &[u8]) -> FormHash {
        let (pairs, rest) = key.as_chunks::<16>();
        let mut last = [0; 16];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let hash = pairs.iter().chain([&last]).fold(self.seed ^ key.len() as u64, |hash, pair| {
            let pair = u128::from_le_bytes(*pair);
            fold(hash ^ pair as u64, ODD ^ (pair >> 64) as u64)
        });
        FormHash(hash)
    }

    /// What is known of a form.
    #[inline]
    pub(crate) fn get(&self, key: &[u8], FormHash(hash): FormHash) -> Option<&V> {
        let numbers = self.sets.get(set_of(hash))?;
        numbers.iter().find_map(|&number| {
            let known = self.known.get(usize::from(number).wrapping_sub(1))?;
            (known.hash == hash && *known.key == *key).then_some(&known.value)
        })
    }

    /// Remembers what was found for a form of which nothing is known; `value_len` are the bytes of what
    /// the value owns. Where that is too much, all that was known before is forgotten.
    pub(crate) fn insert(
        &mut self,
        key: &[u8],
        FormHash(hash): FormHash,
        value: V,
        value_len: usize,
    ) {
        let len = size_of::<Known<V>>() + key.len() + value_len;
        if self.held + len > MAX_MEMORY {
            self.clear();
        }
        let known = Known { hash, key: key.into(), value, len };
        let Some(numbers) = self.sets.get_mut(set_of(hash)) else { return };
        numbers.rotate_right(1);
        let [first, ..] = numbers;
        self.held += len;
        match self.known.get_mut(usize::from(*first).wrapping_sub(1)) {
            Some(oldest) => {
                self.held -= oldest.len;
                *oldest = known;
            }
            None => {
                self.known.push(known);
                *first = self.known.len() as u16;
            }
        }
    }
}

const ODD: u64 = 0xd6e8_feb8_6659_fd93;

const fn set_of(hash: u64) -> usize {
    hash as usize % SETS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_was_inserted() {
        let mut forms = RecentForms::new(7);
        let key = |number: u32| [&number.to_be_bytes()[..], &[1; 9]].concat();
        // Three times as many as fit.
        let all = 3 * MAX_FORMS as u32;
        for number in 0..all {
            let (key, hash) = (key(number), forms.hash(&key(number)));
            assert_eq!(forms.get(&key, hash), None);
            forms.insert(&key, hash, number, 0);
            assert_eq!(forms.get(&key, hash), Some(&number));
        }
        assert!(forms.known.len() <= MAX_FORMS);
        let mut kept = 0;
        for number in 0..all {
            let key = key(number);
            if let Some(&found) = forms.get(&key, forms.hash(&key)) {
                assert_eq!(found, number);
                kept += 1;
            }
        }
        assert_eq!(kept, forms.known.len());
        forms.clear();
        assert_eq!(forms.get(&key(all - 1), forms.hash(&key(all - 1))), None);
    }

    #[test]
    fn a_thousand_forms_hardly_displace_each_other() {
        let mut forms = RecentForms::new(11);
        let key = |number: u32| [&[3; 20][..], &number.to_be_bytes()].concat();
        for number in 0..1000 {
            let key = key(number);
            forms.insert(&key, forms.hash(&key), number, 0);
        }
        let kept = (0..1000).filter(|&it| forms.get(&key(it), forms.hash(&key(it))).is_some());
        assert!(kept.count() > 980);
    }

    #[test]
    fn memory_is_bounded() {
        let mut forms = RecentForms::new(1);
        let mut most = 0;
        for number in 0..60_000_u32 {
            let key = number.to_be_bytes();
            forms.insert(&key, forms.hash(&key), number, 3000 + number as usize % 100);
            assert!(forms.held <= MAX_MEMORY);
            assert_eq!(forms.get(&key, forms.hash(&key)), Some(&number));
            most = most.max(forms.known.len());
        }
        assert_eq!(forms.held, forms.known.iter().map(|known| known.len).sum::<usize>());
        // As many as there is room for. How many are left in the end depends on the size of a pointer.
        assert!(most >= MAX_MEMORY / 3200);
    }

    #[test]
    fn lengths_are_a_part_of_the_key() {
        let mut forms = RecentForms::new(3);
        let hash = forms.hash(&[0; 8]);
        forms.insert(&[0; 8], hash, 8, 0);
        for len in [0, 7, 9, 16] {
            let key = vec![0; len];
            assert_eq!(forms.get(&key, forms.hash(&key)), None);
            // Whatever the hashes.
            assert_eq!(forms.get(&key, hash), None);
        }
    }
}
