//! What clients tell of brokers and partitions while they work.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::statistics::Statistics;

/// Numbers that the clients' events write, and metrics read.
#[derive(Debug, Default)]
pub(crate) struct ClientStatistics(Mutex<Told>);

/// What was told last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Messages that are not read yet, for partitions that are owned.
    pub(crate) lag: BTreeMap<(String, i32), i64>,
    pub(crate) brokers_up: usize,
    /// Records in the producer's queue.
    pub(crate) producer_queue: u64,
    are_brokers_down: bool,
}

impl Told {
    /// Adds what the clients of another worker of this program tell of their own partitions.
    pub(crate) fn add(&mut self, other: Told) {
        self.lag.extend(other.lag);
        self.brokers_up = self.brokers_up.max(other.brokers_up);
        self.producer_queue += other.producer_queue;
        self.are_brokers_down |= other.are_brokers_down;
    }
}

impl ClientStatistics {
    /// A thread that panicked while it wrote numbers is no reason not to read them.
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn told(&self) -> Told {
        self.lock().clone()
    }

    /// Notes that no broker is connected. Returns whether this is news.
    pub(crate) fn note_brokers_down(&self) -> bool {
        !std::mem::replace(&mut self.lock().are_brokers_down, true)
    }

    pub(crate) fn are_brokers_down(&self) -> bool {
        self.lock().are_brokers_down
    }

    /// Forgets the lag of partitions that are not owned: it is for other workers to report.
    pub(crate) fn assigned(&self, owned: &[(String, i32)]) {
        self.lock().lag.retain(|partition, _| owned.contains(partition));
    }

    pub(crate) fn consumer_statistics(&self, statistics: &Statistics) {
        let mut told = self.lock();
        told.brokers_up = brokers_up(statistics);
        if told.brokers_up > 0 {
            told.are_brokers_down = false;
        }
        let before = std::mem::take(&mut told.lag);
        for (name, topic) in &statistics.topics {
            // librdkafka keeps telling of partitions that it once had.
            for partition in topic.partitions.values().filter(|it| it.fetch_state == "active") {
                let key = (name.clone(), partition.partition);
                // Less than 0 is not known yet.
                let reported = Some(partition.consumer_lag).filter(|&lag| lag >= 0);
                if let Some(lag) = reported.or_else(|| before.get(&key).copied()) {
                    told.lag.insert(key, lag);
                }
            }
        }
    }

    /// What was not read of a partition when it was handed out.
    pub(crate) fn lag_at_first(&self, topic: &str, partition: i32, lag: i64) {
        self.lock().lag.insert((topic.to_owned(), partition), lag);
    }

    pub(crate) fn producer_statistics(&self, statistics: &Statistics) {
        self.lock().producer_queue = statistics.msg_cnt;
    }
}

fn brokers_up(statistics: &Statistics) -> usize {
    // Bootstrap brokers and the one of the group are connections beside those of the brokers.
    let brokers = statistics.brokers.values();
    brokers.filter(|broker| broker.nodeid >= 0 && broker.state == "UP").count()
}
