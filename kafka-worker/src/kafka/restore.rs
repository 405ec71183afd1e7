//! Hosts that others have left, read back from the topic of their rows.

use std::collections::{BTreeMap, HashMap};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tracing::{info, warn};

use super::host_rows::HostRows;
use super::output::STATE_HEADER;
use super::verdict::TRY;
use crate::kafka_client::failure::Failure;
use crate::stop::Stop;

/// Reads rows back.
pub(crate) struct Restorer {
    /// Of a consumer of the worker's group, which joins nothing and commits nothing.
    pub(crate) config: ClientConfig,
    pub(crate) topic: String,
}

/// The newest state of a host, with its place among all that were read.
type Newest = HashMap<Vec<u8>, (u64, Vec<u8>)>;

impl Restorer {
    /// Restores the hosts of partitions that are not yet restored. Ends early if the worker is to
    /// stop; these partitions then stay unrestored.
    pub(crate) fn restore<'p>(
        &self,
        partitions: impl Iterator<Item = (i32, &'p mut HostRows)>,
        stop: &Stop,
    ) -> Result<(), Failure> {
        let mut wanted: BTreeMap<i32, (&mut HostRows, Newest)> = partitions
            .filter(|(_, rows)| !rows.is_restored)
            .map(|(number, rows)| (number, (rows, Newest::new())))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        let failure = |error| Failure::Client { what: "reading rows of hosts back", error };
        if !self.read(&mut wanted, stop).map_err(failure)? {
            return Ok(());
        }
        let (mut restored, mut unknown) = (0, 0);
        for (rows, newest) in wanted.into_values() {
            let mut states: Vec<(u64, Vec<u8>)> = newest.into_values().collect();
            states.sort_unstable_by_key(|(place, _)| *place);
            for (_, state) in states {
                let state = rmp_serde::from_slice(&state);
                match state.is_ok_and(|state| rows.hosts.restore(&state)) {
                    true => restored += 1,
                    false => unknown += 1,
                }
            }
            rows.is_restored = true;
        }
        if unknown > 0 {
            warn!(hosts = unknown, "states of another version: these hosts begin anew");
        }
        let took_ms = began.elapsed().as_millis();
        info!(topic = self.topic, hosts = restored, took_ms, "hosts read back");
        Ok(())
    }

    /// Reads partitions from their beginnings to their ends. Returns false if the worker is to stop.
    fn read(
        &self,
        wanted: &mut BTreeMap<i32, (&mut HostRows, Newest)>,
        stop: &Stop,
    ) -> KafkaResult<bool> {
        const WAIT: Duration = Duration::from_millis(100);
        let consumer = self.consumer("read_committed")?;
        if !self.wait_for_transactions(&consumer, wanted.keys().copied(), stop)? {
            return Ok(false);
        }
        let mut list = TopicPartitionList::new();
        for number in wanted.keys() {
            list.add_partition_offset(&self.topic, *number, Offset::Beginning)?;
        }
        consumer.assign(&list)?;
        let mut left: Vec<i32> = wanted.keys().copied().collect();
        let mut place = 0;
        while !left.is_empty() {
            if stop.is_asked() {
                return Ok(false);
            }
            match consumer.poll(WAIT) {
                Some(Ok(message)) => {
                    place += 1;
                    if let Some((_, newest)) = wanted.get_mut(&message.partition()) {
                        note(newest, &message, place);
                    }
                }
                Some(Err(KafkaError::PartitionEOF(number))) => left.retain(|it| *it != number),
                // What passes; what does not is told by the worker's own clients, too.
                Some(Err(error)) => warn!("reading rows of hosts back: {error}"),
                None => {}
            }
        }
        Ok(true)
    }

    /// Waits until no transaction is open on partitions: what a worker before this one has committed
    /// can then be read to its end.
    fn wait_for_transactions(
        &self,
        consumer: &BaseConsumer,
        partitions: impl Iterator<Item = i32>,
        stop: &Stop,
    ) -> KafkaResult<bool> {
        const PAUSE: Duration = Duration::from_millis(50);
        let of_all = self.consumer("read_uncommitted")?;
        for number in partitions {
            let is_ended = || -> KafkaResult<bool> {
                // In this order: the first cannot be behind the second otherwise.
                let (_, committed) = consumer.fetch_watermarks(&self.topic, number, TRY)?;
                let (_, end) = of_all.fetch_watermarks(&self.topic, number, TRY)?;
                Ok(committed >= end)
            };
            while !is_ended().unwrap_or_else(|error| {
                warn!("asking where rows of hosts end: {error}");
                false
            }) {
                if stop.is_asked() {
                    return Ok(false);
                }
                thread::sleep(PAUSE);
            }
        }
        Ok(true)
    }

    fn consumer(&self, isolation: &str) -> KafkaResult<BaseConsumer> {
        let mut config = self.config.clone();
        config.set("isolation.level", isolation);
        config.create()
    }
}

/// Notes the state that a message has; or forgets the host, if it has none.
fn note(newest: &mut Newest, message: &BorrowedMessage<'_>, place: u64) {
    let Some(key) = message.key() else { return };
    let state = message.headers().filter(|_| message.payload().is_some()).and_then(|headers| {
        headers.iter().find(|header| header.key == STATE_HEADER)?.value.map(<[u8]>::to_vec)
    });
    match state {
        Some(state) => newest.insert(key.to_vec(), (place, state)),
        None => newest.remove(key),
    };
}
