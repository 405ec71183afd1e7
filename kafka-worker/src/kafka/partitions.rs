//! The partitions that are owned, and what is remembered for each: never one for another.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use rdkafka::{Offset, TopicPartitionList};
use stackprint::who::{MergeSettings, MergedHosts};
use stackprint::{Analyzer, AnalyzerBuilder, Database};

use super::connection_rows::{ConnectionRows, Resume};
use super::host_rows::HostRows;
use super::offsets::{Slot, Span};

/// A partition that is owned.
pub(crate) struct Partition {
    pub(crate) slot: Slot,
    pub(crate) topic: String,
    pub(crate) number: i32,
    /// Hosts and flows seen in this partition.
    pub(crate) analyzer: Analyzer,
    /// Rows of connections, if these are written.
    pub(crate) rows: Option<ConnectionRows>,
    /// Hosts, if messages are records.
    pub(crate) hosts: Option<HostRows>,
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
    gathered: Gathered,
}

/// What is gathered of messages into rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gathered {
    /// Nothing: records are written.
    Nothing,
    /// Connections, in as much memory for each partition.
    Connections(usize),
    /// Hosts, from records.
    Hosts(MergeSettings),
}

impl Gathered {
    fn connections(&self) -> Option<ConnectionRows> {
        match self {
            Gathered::Connections(memory) => Some(ConnectionRows::new(*memory)),
            _ => None,
        }
    }

    fn hosts(&self) -> Option<HostRows> {
        match self {
            Gathered::Hosts(settings) => {
                let hosts = MergedHosts::new(*settings);
                Some(HostRows { hosts, is_restored: false })
            }
            _ => None,
        }
    }
}

impl Partitions {
    pub(crate) fn new(analyzers: AnalyzerBuilder, gathered: Gathered) -> Partitions {
        Partitions { owned: Vec::new(), last_found: 0, next_slot: 0, analyzers, gathered }
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
            let (rows, hosts) = (self.gathered.connections(), self.gathered.hosts());
            let is_at_end = false;
            self.owned.push(Partition { slot, topic, number, analyzer, rows, hosts, is_at_end });
        }
    }

    /// Rows begin where new partitions were left.
    pub(crate) fn begin_rows(&mut self, left: &TopicPartitionList) {
        for element in left.elements() {
            let hosts = self.gathered.hosts();
            let Some(partition) = self.find(element.topic(), element.partition()) else { continue };
            partition.hosts = hosts;
            if let (Some(rows), Offset::Offset(from)) = (&mut partition.rows, element.offset()) {
                rows.begin(Resume::committed(from, element.metadata()));
            }
        }
    }

    /// All hosts with the numbers of the partitions they are of.
    pub(crate) fn hosts(&mut self) -> impl Iterator<Item = (i32, &mut HostRows)> {
        self.owned.iter_mut().filter_map(|it| Some((it.number, it.hosts.as_mut()?)))
    }

    /// All rows with the partitions they are of.
    pub(crate) fn rows(&mut self) -> impl Iterator<Item = (Slot, &mut ConnectionRows)> {
        self.owned.iter_mut().filter_map(|it| Some((it.slot, it.rows.as_mut()?)))
    }

    /// What is committed of a batch: where each of its partitions is read on. Those that are not owned
    /// any more are left out.
    pub(crate) fn positions(&self, spans: &[Span]) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(spans.len());
        for span in spans {
            if let Some(partition) = self.by_slot(span.slot) {
                add(&mut list, partition, span);
            }
        }
        list
    }

    /// Where the owned partitions are read on after what was committed last, where there are rows.
    pub(crate) fn committed(&self) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for partition in &self.owned {
            if let Some(left) = partition.rows.as_ref().and_then(ConnectionRows::last_committed) {
                let (slot, from) = (partition.slot, left.from);
                let span = Span { slot, first: from, next: from, resume: Some(left) };
                add(&mut list, partition, &span);
            }
        }
        list
    }

    /// These spans are committed.
    pub(crate) fn set_committed(&mut self, spans: &[Span]) {
        for span in spans {
            let partition = self.owned.iter_mut().find(|it| it.slot == span.slot);
            let rows = partition.and_then(|partition| partition.rows.as_mut());
            if let Some((rows, left)) = rows.zip(span.resume) {
                rows.committed(left);
            }
        }
    }

    /// Forgets partitions, and all that was seen in them.
    pub(crate) fn remove(&mut self, gone: &TopicPartitionList) {
        self.owned.retain(|it| gone.find_partition(&it.topic, it.number).is_none());
    }

    pub(crate) fn clear(&mut self) {
        self.owned.clear();
    }

    /// Forgets what was seen in partitions since these spans began, and that of all partitions with
    /// rows, but not where they are `gone`. Returns where each is read again.
    pub(crate) fn restart(
        &mut self,
        spans: &[Span],
        gone: Option<&TopicPartitionList>,
    ) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(spans.len());
        for partition in &mut self.owned {
            let is_it = |gone: &TopicPartitionList| {
                gone.find_partition(&partition.topic, partition.number).is_some()
            };
            if gone.is_some_and(is_it) {
                continue;
            }
            // What was taken or removed since the last commit is not known apart: all is read back.
            partition.hosts = self.gathered.hosts();
            let span = spans.iter().find(|span| span.slot == partition.slot);
            // Rows may have ended without a message.
            let committed = partition.rows.as_mut().and_then(ConnectionRows::restart);
            let Some(first) = committed.or(span.map(|span| span.first)) else { continue };
            partition.analyzer = analyzer(&self.analyzers);
            // Fails only for offsets that cannot be written as such.
            let _ = list.add_partition_offset(
                &partition.topic,
                partition.number,
                Offset::Offset(first),
            );
        }
        list
    }

    /// Partitions of a list are read on.
    pub(crate) fn set_not_at_end(&mut self, list: &TopicPartitionList) {
        for partition in &mut self.owned {
            if list.find_partition(&partition.topic, partition.number).is_some() {
                partition.is_at_end = false;
            }
        }
    }
}

/// Adds where a partition is read on.
fn add(list: &mut TopicPartitionList, partition: &Partition, span: &Span) {
    let (topic, number) = (&partition.topic, partition.number);
    let offset = Offset::Offset(span.resume.map_or(span.next, |left| left.from));
    let mut element = list.add_partition(topic, number);
    // Fails only for offsets that cannot be written as such.
    let _ = element.set_offset(offset);
    if let Some(left) = span.resume {
        element.set_metadata(left.metadata());
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
        let mut partitions =
            Partitions::new(Analyzer::builder(&Database::builtin()), Gathered::Nothing);
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
        let mut partitions =
            Partitions::new(Analyzer::builder(&Database::builtin()), Gathered::Nothing);
        partitions.add(&list(&[("a", 0), ("a", 1)]));
        partitions.find("a", 0).unwrap().is_at_end = true;
        assert!(!partitions.are_at_end());
        assert_eq!(partitions.at_end(&list(&[("a", 0), ("a", 1)])), list(&[("a", 0)]));
        partitions.find("a", 1).unwrap().is_at_end = true;
        assert!(partitions.are_at_end());
    }
}
