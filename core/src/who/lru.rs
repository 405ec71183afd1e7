//! Values in the order of their use.

/// No place.
const NOWHERE: u32 = u32::MAX;

/// Values, each with a number until it is removed, in the order in which they were used.
#[derive(Debug)]
pub(super) struct Lru<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
}

#[derive(Debug)]
struct Place<T> {
    /// `None` if the place is free.
    value: Option<T>,
    newer: u32,
    older: u32,
    /// Counts the values that were here.
    generation: u32,
}

impl<T> Default for Lru<T> {
    fn default() -> Lru<T> {
        Lru { places: Vec::new(), free: Vec::new(), newest: NOWHERE, oldest: NOWHERE }
    }
}

impl<T> Lru<T> {
    /// Of a value, with its place in the order and among the free ones.
    pub(super) const VALUE_BYTES: usize = size_of::<Place<T>>() + size_of::<u32>();

    /// Adds a value as the newest.
    pub(super) fn push(&mut self, value: T) -> u32 {
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                if self.places.len() == self.places.capacity() {
                    self.places.reserve_exact(self.places.len() / 8 + 64);
                }
                let (newer, older) = (NOWHERE, NOWHERE);
                self.places.push(Place { value: None, newer, older, generation: 0 });
                // Memory does not hold 2^32 of them.
                self.places.len() as u32 - 1
            }
        };
        if let Some(place) = self.places.get_mut(number as usize) {
            place.value = Some(value);
        }
        self.link(number);
        number
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.places.get(number as usize)?.value.as_ref()
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.places.get_mut(number as usize)?.value.as_mut()
    }

    /// What tells a value from those that had its number before.
    pub(super) fn generation(&self, number: u32) -> u32 {
        self.places.get(number as usize).map_or(0, |place| place.generation)
    }

    pub(super) fn remove(&mut self, number: u32) -> Option<T> {
        let place = self.places.get_mut(number as usize)?;
        let value = place.value.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.unlink(number);
        self.free.push(number);
        Some(value)
    }

    /// The value is used now.
    pub(super) fn touch(&mut self, number: u32) {
        if self.newest != number && self.get(number).is_some() {
            self.unlink(number);
            self.link(number);
        }
    }

    /// The number of the value unused for longest.
    pub(super) fn oldest(&self) -> Option<u32> {
        Some(self.oldest).filter(|number| *number != NOWHERE)
    }

    /// All values, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| place.value.as_ref())
    }

    fn link(&mut self, number: u32) {
        let old = self.newest;
        if let Some(place) = self.places.get_mut(number as usize) {
            (place.older, place.newer) = (old, NOWHERE);
        }
        match self.places.get_mut(old as usize) {
            Some(place) => place.newer = number,
            None => self.oldest = number,
        }
        self.newest = number;
    }

    fn unlink(&mut self, number: u32) {
        let Some(place) = self.places.get(number as usize) else { return };
        let (newer, older) = (place.newer, place.older);
        match self.places.get_mut(newer as usize) {
            Some(place) => place.older = older,
            None => self.newest = older,
        }
        match self.places.get_mut(older as usize) {
            Some(place) => place.newer = newer,
            None => self.oldest = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_what_was_used_longest_ago() {
        let mut lru = Lru::default();
        let [a, b, c] = ["a", "b", "c"].map(|it| lru.push(it));
        assert_eq!(lru.oldest(), Some(a));
        lru.touch(a);
        assert_eq!(lru.oldest(), Some(b));
        assert_eq!(lru.remove(c), Some("c"));
        assert_eq!(lru.remove(b), Some("b"));
        assert_eq!((lru.oldest(), lru.iter().count()), (Some(a), 1));
        let before = lru.generation(b);
        assert_eq!(lru.push("d"), b);
        assert_ne!(lru.generation(b), before.wrapping_sub(1));
        assert_eq!(lru.remove(a), Some("a"));
        assert_eq!(lru.oldest(), Some(b));
        assert_eq!(lru.remove(b), Some("d"));
        assert_eq!((lru.oldest(), lru.remove(b)), (None, None));
    }
}
