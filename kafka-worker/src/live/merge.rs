//! What several threads say, in the order of its time.
//!
//! A thread's batches are in order, but those of another may come later, though they are of earlier
//! packets: the kernel hands packets over in blocks. So each batch waits for a while, and then what is
//! older than its last item goes before it. What comes later still is taken as it comes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use std::vec;

use stackprint::Timestamp;

/// What one thread says, with the times of the packets.
pub(super) struct Batch<T> {
    /// Batches of one lane follow each other.
    lane: usize,
    /// When it was said.
    at: Instant,
    times: Vec<Timestamp>,
    latest: Timestamp,
    items: vec::IntoIter<T>,
}

impl<T> Batch<T> {
    /// Each item has its time.
    pub(super) fn new(lane: usize, at: Instant, times: Vec<Timestamp>, items: Vec<T>) -> Batch<T> {
        debug_assert_eq!(times.len(), items.len());
        let latest = times.iter().copied().max().unwrap_or_default();
        Batch { lane, at, times, latest, items: items.into_iter() }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The time of the first item that is left.
    fn first(&self) -> Option<Timestamp> {
        self.times.get(self.times.len() - self.items.len()).copied()
    }
}

/// Batches that wait.
pub(super) struct Merge<T> {
    hold: Duration,
    /// Items that may wait.
    most: usize,
    /// None of them is empty, and none of their batches.
    lanes: Vec<VecDeque<Batch<T>>>,
    waiting: usize,
    /// The time up to which all was handed out.
    reached: Timestamp,
    late: u64,
}

impl<T> Merge<T> {
    /// Batches wait for this long, as long as they are not more than so many items.
    pub(super) fn new(hold: Duration, most: usize) -> Merge<T> {
        let reached = Timestamp::default();
        Merge { hold, most, lanes: Vec::new(), waiting: 0, reached, late: 0 }
    }

    pub(super) fn push(&mut self, batch: Batch<T>) {
        if batch.len() == 0 {
            return;
        }
        self.waiting += batch.len();
        let is_its = |lane: &&mut VecDeque<Batch<T>>| {
            lane.front().is_some_and(|first| first.lane == batch.lane)
        };
        match self.lanes.iter_mut().find(is_its) {
            Some(lane) => lane.push_back(batch),
            None => self.lanes.push(VecDeque::from([batch])),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// How many items came after later ones had been handed out. Counts anew after that.
    pub(super) fn take_late(&mut self) -> u64 {
        std::mem::take(&mut self.late)
    }

    /// When there is something to hand out.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.firsts().map(|first| first.at + self.hold).min()
    }

    /// The batches that have waited longest in their lanes.
    fn firsts(&self) -> impl Iterator<Item = &Batch<T>> {
        self.lanes.iter().filter_map(VecDeque::front)
    }

    /// Hands out, with their lanes, what has waited for long enough and what is older than that.
    pub(super) fn release(&mut self, now: Instant, mut each: impl FnMut(usize, T)) {
        let is_due = |batch: &&Batch<T>| batch.at + self.hold <= now;
        let due = self.lanes.iter().flat_map(|lane| lane.iter().take_while(is_due));
        if let Some(until) = due.map(|batch| batch.latest).max() {
            self.release_until(until, &mut each);
        }
        while self.waiting > self.most
            && let Some(oldest) = self.firsts().min_by_key(|batch| batch.at)
        {
            self.release_until(oldest.latest, &mut each);
        }
    }

    /// Hands out everything.
    pub(super) fn release_all(&mut self, mut each: impl FnMut(usize, T)) {
        let all = self.lanes.iter().flatten();
        if let Some(until) = all.map(|batch| batch.latest).max() {
            self.release_until(until, &mut each);
        }
    }

    fn release_until(&mut self, until: Timestamp, each: &mut impl FnMut(usize, T)) {
        while let Some((at, time)) = self.earliest() {
            if time > until {
                return;
            }
            let others = self.lanes.iter().enumerate().filter(|&(other, _)| other != at);
            let others = others.filter_map(|(_, lane)| lane.front()?.first()).min();
            // The records of a packet have one time, and stay together.
            self.release_lane(at, others.map_or(until, |others| others.min(until)), each);
        }
    }

    /// The lane with the earliest item, and its time.
    fn earliest(&self) -> Option<(usize, Timestamp)> {
        let firsts = self.lanes.iter().map(|lane| lane.front().and_then(Batch::first));
        let firsts = firsts.enumerate().filter_map(|(at, time)| Some((at, time?)));
        firsts.min_by_key(|&(_, time)| time)
    }

    /// Hands out what a lane has up to this time.
    fn release_lane(&mut self, at: usize, until: Timestamp, each: &mut impl FnMut(usize, T)) {
        let Merge { lanes, waiting, reached, late, .. } = self;
        let Some(lane) = lanes.get_mut(at) else { return };
        while let Some(batch) = lane.front_mut() {
            while let Some(time) = batch.first()
                && time <= until
                && let Some(item) = batch.items.next()
            {
                *late += u64::from(time < *reached);
                *reached = time.max(*reached);
                *waiting -= 1;
                each(batch.lane, item);
            }
            if batch.len() > 0 {
                return;
            }
            lane.pop_front();
        }
        lanes.swap_remove(at);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOLD: Duration = Duration::from_millis(20);

    fn batch(lane: usize, at: Instant, times: &[u64]) -> Batch<u64> {
        let stamps = times.iter().map(|&time| Timestamp::from_nanos(time)).collect();
        Batch::new(lane, at, stamps, times.to_vec())
    }

    fn released(merge: &mut Merge<u64>, now: Instant) -> Vec<u64> {
        let mut all = Vec::new();
        merge.release(now, |_, item| all.push(item));
        all
    }

    #[test]
    fn what_is_older_goes_first() {
        let start = Instant::now();
        let mut merge = Merge::new(HOLD, 1000);
        merge.push(batch(0, start, &[10, 30, 50]));
        merge.push(batch(1, start + HOLD / 2, &[20, 40, 60]));
        assert_eq!(merge.next_due(), Some(start + HOLD));
        assert!(released(&mut merge, start + HOLD / 2).is_empty());
        // The second has not waited for long, but what it has is older.
        assert_eq!(released(&mut merge, start + HOLD), [10, 20, 30, 40, 50]);
        assert_eq!(merge.next_due(), Some(start + HOLD / 2 + HOLD));
        assert_eq!(released(&mut merge, start + HOLD * 2), [60]);
        assert!(merge.is_empty() && merge.next_due().is_none());
        assert_eq!(merge.take_late(), 0);
    }

    #[test]
    fn what_comes_too_late_is_taken_as_it_comes_and_counted() {
        let start = Instant::now();
        let mut merge = Merge::new(HOLD, 1000);
        merge.push(batch(0, start, &[10, 30]));
        assert_eq!(released(&mut merge, start + HOLD), [10, 30]);
        merge.push(batch(1, start + HOLD, &[20, 29, 30, 31]));
        assert_eq!(released(&mut merge, start + HOLD * 2), [20, 29, 30, 31]);
        assert_eq!((merge.take_late(), merge.take_late()), (2, 0));
    }

    #[test]
    fn no_more_than_is_allowed_waits() {
        let start = Instant::now();
        let mut merge = Merge::new(HOLD, 4);
        merge.push(batch(0, start, &[10, 20, 30]));
        assert!(released(&mut merge, start).is_empty());
        merge.push(batch(1, start + HOLD / 4, &[15, 40, 50]));
        assert_eq!(released(&mut merge, start + HOLD / 4), [10, 15, 20, 30]);
        let mut rest = Vec::new();
        merge.release_all(|lane, item| rest.push((lane, item)));
        assert_eq!(rest, [(1, 40), (1, 50)]);
        assert!(merge.is_empty());
    }

    /// The records of a packet have one time: another's of the same time do not come between them.
    #[test]
    fn equal_times_of_a_lane_stay_together() {
        let start = Instant::now();
        let mut merge = Merge::new(HOLD, 1000);
        for lane in [0, 1, 2] {
            merge.push(batch(lane, start, &[7, 7, 7]));
        }
        let mut lanes = Vec::new();
        merge.release(start + HOLD, |lane, _| lanes.push(lane));
        for three in lanes.chunks(3) {
            assert_eq!(three, [three[0]; 3]);
        }
        assert_eq!(lanes.len(), 9);
    }

    proptest! {
        /// Whatever comes, in whatever order: each item goes out once, those of a lane in their order,
        /// none waits longer than it may, and where all came in time, all are in order.
        #[test]
        fn nothing_is_lost_and_nothing_waits_too_long(
            said in prop::collection::vec(
                (0_usize..4, prop::collection::vec(0_u64..1000, 0..6), 0_u64..30, any::<bool>()),
                0..40,
            ),
        ) {
            let mut now = Instant::now();
            let mut merge = Merge::new(HOLD, 50);
            let (mut pushed, mut out) = (vec![Vec::new(); 4], vec![Vec::new(); 4]);
            let (mut order, mut number) = (Vec::new(), 0);
            for (lane, mut times, pause, sorted) in said {
                if sorted {
                    times.sort_unstable();
                }
                let stamps: Vec<_> = times.iter().map(|&time| Timestamp::from_nanos(time)).collect();
                let items: Vec<(u64, usize)> = times.iter().map(|&time| { number += 1; (time, number) }).collect();
                pushed[lane].extend(items.clone());
                merge.push(Batch::new(lane, now, stamps, items));
                now += Duration::from_millis(pause);
                merge.release(now, |lane, item| { out[lane].push(item); order.push(item.0); });
                prop_assert!(merge.next_due().is_none_or(|due| due > now));
                prop_assert!(merge.waiting <= 50);
            }
            merge.release_all(|lane, item| { out[lane].push(item); order.push(item.0); });
            prop_assert_eq!(out, pushed);
            let mut reached = 0;
            let late = order.iter().filter(|&&time| { let is_late = time < reached; reached = reached.max(time); is_late }).count();
            prop_assert_eq!(merge.take_late(), late as u64);
        }
    }
}
