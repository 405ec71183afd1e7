//! Up to where the source has been dealt with: an offset counts only once every record that came
//! of the messages up to it was delivered.
//!
//! Messages are taken in batches. Each record carries the ticket of its batch, and reports of
//! delivery come back with it, in any order. A batch is settled when it is closed, all its records
//! were delivered, and all batches before it are settled: so no offset is ever passed over.
//! Nothing here knows Kafka.

use std::collections::VecDeque;

use super::connection_rows::Resume;

/// A partition for as long as it is owned; never given out twice.
pub(crate) type Slot = u32;

/// The batch of a record.
pub(crate) type Ticket = usize;

/// What one batch took of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) slot: Slot,
    /// The first offset taken.
    pub(crate) first: i64,
    /// The offset after the last one taken.
    pub(crate) next: i64,
    /// Where the partition is read on if rows are open in it; otherwise at `next`.
    pub(crate) resume: Option<Resume>,
}

#[derive(Debug, Default)]
struct Batch {
    /// Records that were handed over and not yet reported as delivered.
    outstanding: usize,
    messages: usize,
    spans: Vec<Span>,
}

/// Batches that are open or not yet settled.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    /// The oldest first.
    closed: VecDeque<Batch>,
    open: Batch,
    /// The ticket of the oldest batch.
    oldest: Ticket,
    outstanding: usize,
}

impl Offsets {
    /// A record of the open batch was handed over.
    pub(crate) fn sent(&mut self) -> Ticket {
        self.open.outstanding += 1;
        self.outstanding += 1;
        self.oldest + self.closed.len()
    }

    /// All records of a message were handed over.
    pub(crate) fn taken(&mut self, slot: Slot, offset: i64) {
        self.open.messages += 1;
        let next = offset + 1;
        // Messages of one partition come in runs: its span is most often the last one.
        match self.open.spans.iter_mut().rev().find(|span| span.slot == slot) {
            Some(span) => span.next = next,
            None => self.open.spans.push(Span { slot, first: offset, next, resume: None }),
        }
    }

    /// `count` records with this ticket were delivered.
    pub(crate) fn delivered(&mut self, ticket: Ticket, count: usize) {
        // A batch that was given up has no place any more.
        let Some(place) = ticket.checked_sub(self.oldest) else { return };
        let open = (place == self.closed.len()).then_some(&mut self.open);
        if let Some(batch) = self.closed.get_mut(place).or(open) {
            let count = count.min(batch.outstanding);
            batch.outstanding -= count;
            self.outstanding -= count;
        }
    }

    /// Ends the open batch.
    pub(crate) fn close(&mut self) {
        if !self.open.spans.is_empty() || self.open.outstanding > 0 {
            self.closed.push_back(std::mem::take(&mut self.open));
        }
    }

    /// What the open batch leaves of a partition: where it is read on after this batch.
    pub(crate) fn leaves(&mut self, slot: Slot, left: Resume) {
        let spans = &mut self.open.spans;
        match spans.iter_mut().find(|span| span.slot == slot) {
            Some(span) => span.resume = Some(left),
            // Rows also end where no message comes.
            None => {
                let (first, next) = (left.from, left.from);
                spans.push(Span { slot, first, next, resume: Some(left) });
            }
        }
    }

    /// Takes away the batches that are settled, and tells what they held.
    pub(crate) fn settled(&mut self, mut each: impl FnMut(Span)) {
        while self.closed.front().is_some_and(|batch| batch.outstanding == 0) {
            self.oldest += 1;
            self.closed.pop_front().into_iter().flat_map(|batch| batch.spans).for_each(&mut each);
        }
    }

    /// Messages in the open batch.
    pub(crate) fn open_messages(&self) -> usize {
        self.open.messages
    }

    /// What the open batch took of each partition.
    pub(crate) fn open_spans(&self) -> &[Span] {
        &self.open.spans
    }

    /// Records that are not yet reported as delivered.
    pub(crate) fn outstanding(&self) -> usize {
        self.outstanding
    }

    /// Gives up all batches: what is reported of their records from now on is not counted.
    pub(crate) fn give_up(&mut self) {
        self.oldest += self.closed.len() + 1;
        self.closed.clear();
        self.open = Batch::default();
        self.outstanding = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        /// A message of a partition, with as many records.
        Message {
            slot: Slot,
            records: usize,
        },
        Close,
        /// One of the outstanding records is delivered.
        Deliver(prop::sample::Index),
        GiveUp,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0..3u32, 0..4usize).prop_map(|(slot, records)| Step::Message { slot, records }),
            2 => Just(Step::Close),
            8 => any::<prop::sample::Index>().prop_map(Step::Deliver),
            1 => Just(Step::GiveUp),
        ]
    }

    proptest! {
        #[test]
        fn no_offset_is_settled_before_all_records_up_to_it(
            steps in prop::collection::vec(step(), 1..200),
        ) {
            let mut offsets = Offsets::default();
            let mut next = BTreeMap::<Slot, i64>::new();
            // (ticket, slot, offset) of each record that is on its way.
            let mut on_the_way = Vec::<(Ticket, Slot, i64)>::new();
            for step in steps {
                match step {
                    Step::Message { slot, records } => {
                        let offset = next.entry(slot).or_default();
                        for _ in 0..records {
                            on_the_way.push((offsets.sent(), slot, *offset));
                        }
                        offsets.taken(slot, *offset);
                        *offset += 1;
                    }
                    Step::Close => offsets.close(),
                    Step::Deliver(_) if on_the_way.is_empty() => {}
                    Step::Deliver(which) => {
                        let which = which.index(on_the_way.len());
                        offsets.delivered(on_the_way.swap_remove(which).0, 1);
                    }
                    Step::GiveUp => {
                        offsets.give_up();
                        // Late reports of what was given up must change nothing.
                        for (ticket, ..) in on_the_way.drain(..) {
                            offsets.delivered(ticket, 1);
                        }
                    }
                }
                prop_assert_eq!(offsets.outstanding(), on_the_way.len());
                let mut settled = Vec::new();
                offsets.settled(|span| settled.push(span));
                for span in settled {
                    prop_assert!(span.first < span.next);
                    let is_settled = |&(_, slot, offset): &_| slot != span.slot || offset >= span.next;
                    prop_assert!(on_the_way.iter().all(is_settled));
                }
            }
        }

        #[test]
        fn all_is_settled_in_the_end(messages in prop::collection::vec((0..3u32, 0..4usize), 1..50)) {
            let mut offsets = Offsets::default();
            let mut next = BTreeMap::<Slot, i64>::new();
            let mut tickets = Vec::new();
            for (slot, records) in messages {
                tickets.extend((0..records).map(|_| offsets.sent()));
                let offset = next.entry(slot).or_default();
                offsets.taken(slot, *offset);
                *offset += 1;
                offsets.close();
            }
            tickets.reverse();
            tickets.into_iter().for_each(|ticket| offsets.delivered(ticket, 1));
            let mut settled = BTreeMap::new();
            offsets.settled(|span| { settled.insert(span.slot, span.next); });
            prop_assert_eq!(settled, next);
            prop_assert_eq!(offsets.outstanding(), 0);
        }
    }

    #[test]
    fn a_batch_without_messages_stays_open() {
        let mut offsets = Offsets::default();
        offsets.close();
        let ticket = offsets.sent();
        offsets.taken(7, 41);
        offsets.close();
        let mut settled = Vec::new();
        offsets.settled(|span| settled.push(span));
        assert_eq!(settled, []);
        offsets.delivered(ticket, 1);
        offsets.settled(|span| settled.push(span));
        assert_eq!(settled, [Span { slot: 7, first: 41, next: 42, resume: None }]);
    }
}
