//! Where the consumer reads: resumed, moved, or held at the end of a partition.

use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka_client::events::Source;
use crate::kafka_client::failure::Failure;

/// Stops reading a partition whose end was reported.
///
/// librdkafka (2.12.1) takes the event of a partition's end for a message, and would go on after it
/// where it pauses partitions, as it also does by itself while a group changes: an offset that does not
/// exist, for which it begins anew. So it is told where it stands. Paused, or the end would be told
/// again, and taken for a message again.
pub(super) fn stay_at(
    source: &Source,
    topic: &str,
    number: i32,
    offset: i64,
) -> Result<(), Failure> {
    let failure = |error| Failure::Client { what: "staying at the end of a partition", error };
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, number, Offset::Offset(offset)).map_err(failure)?;
    source.pause(&list).map_err(failure)?;
    seek(source, list).map_err(failure)
}

/// Resumes paused partitions where they are.
pub(super) fn resume(source: &Source, list: &TopicPartitionList) -> Result<(), Failure> {
    if list.count() == 0 {
        return Ok(());
    }
    source.resume(list).map_err(|error| Failure::Client { what: "resuming", error })
}

/// Continues at these offsets.
pub(super) fn seek(source: &Source, list: TopicPartitionList) -> KafkaResult<()> {
    /// The client answers by itself, without asking brokers.
    const WAIT: Duration = Duration::from_secs(30);
    let list = source.seek_partitions(list, WAIT)?;
    list.elements().iter().try_for_each(TopicPartitionListElem::error)
}

/// Topics and numbers, for logs.
pub(super) fn names(list: &TopicPartitionList) -> String {
    let elements = list.elements();
    let names = elements.iter().map(|it| format!("{}/{}", it.topic(), it.partition()));
    names.collect::<Vec<_>>().join(" ")
}
