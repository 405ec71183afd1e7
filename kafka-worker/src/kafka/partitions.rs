//! The partitions that are owned, and what is remembered for each: never one for another.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use rdkafka::TopicPartitionList;
use stackprint::{Analyzer, AnalyzerBuilder, Database};

use super::offsets::Slot;

/// A partition that is owned.
pub(crate) struct Partition {
    pub(crate) slot: Slot,
    pub(crate) topic: String,
    pub(crate) number: i32,
    /// Hosts and flows seen in this partition.
    pub(crate) analyzer: Analyzer,
    /// Read to its end, and not read on.
    pub(crate) is_at_end: bool,
}

/// All partitions that are owned.
pub(crate) struct Partitions {
    owned: Vec<Partition>,
    /// Where the last message was found: the next one is most often there, too.
    last_found: usize,
    next_slot: Slot,
    /// Settings of their analyzers.
    analyzers: AnalyzerBuilder,
}

impl Partitions {
    pub(crate) fn new(analyzers: AnalyzerBuilder) -> Partitions {
        Partitions { owned: Vec::new(), last_found: 0, next_slot: 0, analyzers }
    }

    /// Goes on with another database. What was seen in partitions stays remembered.
    pub(crate) fn set_database(&mut self, database: &Arc<Database>) {
        self.analyzers = self.analyzers.clone().database(database);
        for partition in &mut self.owned {
            partition.analyzer.set_database(database);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.owned.len()
    }

    pub(crate) fn names(&self) -> Vec<(String, i32)> {
        self.owned.iter().map(|partition| (partition.topic.clone(), partition.number)).collect()
    }

    pub(crate) fn are_at_end(&self) -> bool {
        self.owned.iter().all(|partition| partition.is_at_end)
    }

    pub(crate) fn find(&mut self, topic: &str, number: i32) -> Option<&mut Partition> {
        let is_it = |it: &Partition| it.number == number && it.topic == topic;
        if !self.owned.get(self.last_found).is_some_and(is_it) {
            self.last_found = self.owned.iter().position(is_it)?;
        }
        self.owned.get_mut(self.last_found)
    }

    pub(crate) fn by_slot(&self, slot: Slot) -> Option<&Partition> {
        self.owned.iter().find(|partition| partition.slot == slot)
    }

    /// Those of a list that have been read to their ends.
    pub(crate) fn at_end(&self, list: &TopicPartitionList) -> TopicPartitionList {
        let mut ended = TopicPartitionList::new();
        for it in self.owned.iter().filter(|it| it.is_at_end) {
            if list.find_partition(&it.topic, it.number).is_some() {
                ended.add_partition(&it.topic, it.number);
            }
        }
        ended
    }

    /// Begins with partitions that are new.
    pub(crate) fn add(&mut self, added: &TopicPartitionList) {
        for element in added.elements() {
            let (topic, number) = (element.topic(), element.partition());
            if self.find(topic, number).is_some() {
                continue;
            }
            let slot = self.next_slot;
            self.next_slot += 1;
            let analyzer = analyzer(&self.analyzers);
            let topic = topic.to_owned();
            self.owned.push(Partition { slot, topic, number, analyzer, is_at_end: false });
        }
    }

    /// Forgets partitions, and all that was seen in them.
    pub(crate) fn remove(&mut self, gone: &TopicPartitionList) {
        self.owned.retain(|it| gone.find_partition(&it.topic, it.number).is_none());
    }

    pub(crate) fn clear(&mut self) {
        self.owned.clear();
    }

    /// Forgets what was seen in a partition, which will be read again from an earlier offset.
    pub(crate) fn restart(&mut self, slot: Slot) {
        for partition in self.owned.iter_mut().filter(|partition| partition.slot == slot) {
            partition.analyzer = analyzer(&self.analyzers);
            partition.is_at_end = false;
        }
    }
}

fn analyzer(settings: &AnalyzerBuilder) -> Analyzer {
    // Nobody on the network should know which hosts collide.
    let hash_seed = RandomState::new().hash_one(());
    settings.clone().hash_seed(hash_seed).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(partitions: &[(&str, i32)]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for (topic, number) in partitions {
            list.add_partition(topic, *number);
        }
        list
    }

    #[test]
    fn a_partition_that_comes_back_is_another() {
        let mut partitions = Partitions::new(Analyzer::builder(&Database::builtin()));
        partitions.add(&list(&[("a", 0), ("a", 1), ("b", 0)]));
        let slot = partitions.find("a", 1).unwrap().slot;
        partitions.add(&list(&[("a", 1)]));
        assert_eq!(partitions.find("a", 1).unwrap().slot, slot, "kept");
        partitions.remove(&list(&[("a", 1)]));
        assert!(partitions.find("a", 1).is_none());
        assert!(partitions.by_slot(slot).is_none());
        partitions.add(&list(&[("a", 1)]));
        assert_ne!(partitions.find("a", 1).unwrap().slot, slot);
        assert_eq!(partitions.len(), 3);
    }

    #[test]
    fn the_end_is_that_of_all() {
        let mut partitions = Partitions::new(Analyzer::builder(&Database::builtin()));
        partitions.add(&list(&[("a", 0), ("a", 1)]));
        partitions.find("a", 0).unwrap().is_at_end = true;
        assert!(!partitions.are_at_end());
        assert_eq!(partitions.at_end(&list(&[("a", 0), ("a", 1)])), list(&[("a", 0)]));
        partitions.find("a", 1).unwrap().is_at_end = true;
        assert!(partitions.are_at_end());
    }
}
