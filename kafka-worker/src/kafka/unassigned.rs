//! Partitions that a group has assigned to no member, and a rebalance that assigns them again.
//!
//! With the cooperative protocol a partition moves in two rebalances: its worker revokes it and joins
//! again, and the second rebalance assigns it. If a worker with a static id is killed in between and
//! started again, brokers hand it the assignment of the first rebalance, and there is no second one
//! (seen with Kafka 4.1.1 and librdkafka 2.12.1): what it had revoked is assigned to nobody until the
//! group changes for another reason. A member that joins and leaves is such a reason.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::groups::{GroupInfo, GroupMemberInfo};
use tracing::{debug, warn};

use super::args::KafkaArgs;
use super::connecting::Connecting;
use super::verdict::TRY;

/// How often the group is asked.
const PERIOD: Duration = Duration::from_secs(2);
/// How long partitions may be on their way from one worker to another: until the first one has
/// finished what it had read of them.
const PATIENCE: Duration = Duration::from_secs(10);
/// Members act one after the other, so that one of them is enough.
const TURN: Duration = Duration::from_secs(6);
/// How long the member that joins and leaves waits for the group.
const JOIN_LIMIT: Duration = Duration::from_secs(20);

type Partition = (String, i32);

/// How long the end of the thread is waited for: a call to brokers that do not answer takes as long.
const END_LIMIT: Duration = Duration::from_secs(3);

/// Watches the group until this is dropped.
pub(super) struct UnassignedWatch {
    /// Dropped to end the thread.
    end: Option<Sender<()>>,
    /// Closed once its client is closed, too.
    ended: Receiver<()>,
}

impl Drop for UnassignedWatch {
    /// The process must not end while a client is at work: it would use what TLS's library frees then.
    fn drop(&mut self) {
        self.end = None;
        let _ = self.ended.recv_timeout(END_LIMIT);
    }
}

impl UnassignedWatch {
    /// Starts a thread with a client of its own. Returns None if partitions of this group cannot be
    /// left behind: without a static id, or with another protocol.
    pub(super) fn start(connecting: Connecting<'_>) -> anyhow::Result<Option<UnassignedWatch>> {
        let mut config = connecting.consumer_config();
        let Some(instance) = config.get("group.instance.id").map(str::to_owned) else {
            return Ok(None);
        };
        let is_classic = config.get("group.protocol").is_none_or(|protocol| protocol == "classic");
        let strategy = config.get("partition.assignment.strategy").unwrap_or_default();
        if !is_classic || !strategy.contains("cooperative") {
            return Ok(None);
        }
        config.remove("group.instance.id").set("statistics.interval.ms", "0");
        let KafkaArgs { group, from, .. } = connecting.args;
        let client = config.create().context("a client that watches the group")?;
        let (sender, end) = mpsc::channel();
        let (alive, ended) = mpsc::channel();
        let group = Group { config, client, name: group.clone(), topics: from.clone() };
        let watch = move || {
            watch(&group, &instance, &end);
            drop(group);
            drop(alive);
        };
        let thread = thread::Builder::new().name("unassigned".to_owned()).spawn(watch);
        thread.context("a thread that watches the group")?;
        Ok(Some(UnassignedWatch { end: Some(sender), ended }))
    }
}

struct Group {
    config: ClientConfig,
    client: BaseConsumer,
    name: String,
    topics: Vec<String>,
}

fn watch(group: &Group, instance: &str, end: &Receiver<()>) {
    let mut left: Option<(BTreeSet<Partition>, Instant)> = None;
    while end.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        // Its events are those of the worker's own clients, which tell them.
        while group.client.poll(Duration::ZERO).is_some() {}
        let (unassigned, turn) = match group.unassigned(instance) {
            Ok(Some(found)) => found,
            // The group changes just now.
            Ok(None) => {
                left = None;
                continue;
            }
            Err(error) => {
                debug!("asking who has which partitions: {error}");
                continue;
            }
        };
        let now = Instant::now();
        let since = match &left {
            Some((partitions, since)) if *partitions == unassigned => *since,
            _ => now,
        };
        if unassigned.is_empty() || now - since < PATIENCE + TURN * turn {
            left = Some((unassigned, since));
            continue;
        }
        let names: Vec<_> = unassigned.iter().map(|(topic, it)| format!("{topic}/{it}")).collect();
        warn!(partitions = names.join(" "), "assigned to no worker; asking for a rebalance");
        if let Err(error) = group.join_and_leave(end) {
            warn!("asking for a rebalance: {error}");
        }
        left = None;
    }
}

impl Group {
    /// The partitions that a stable group has assigned to nobody, and the place of the member of this
    /// static id among all. Returns None if the group is not stable.
    fn unassigned(&self, instance: &str) -> KafkaResult<Option<(BTreeSet<Partition>, u32)>> {
        let groups = self.client.fetch_group_list(Some(&self.name), TRY)?;
        let Some(group) = groups.groups().iter().find(|it| it.name() == self.name) else {
            return Ok(None);
        };
        if group.state() != "Stable" {
            return Ok(None);
        }
        let Some(assigned) = assigned(group) else { return Ok(None) };
        let mut all = BTreeSet::new();
        for topic in &self.topics {
            let metadata = self.client.fetch_metadata(Some(topic), TRY)?;
            for topic in metadata.topics() {
                let numbers =
                    topic.partitions().iter().map(rdkafka::metadata::MetadataPartition::id);
                all.extend(numbers.map(|number| (topic.name().to_owned(), number)));
            }
        }
        let mut ids: Vec<_> = group.members().iter().map(GroupMemberInfo::id).collect();
        ids.sort_unstable();
        // Brokers name a static member after its id, with a UUID.
        let is_own = |id: &&str| id.strip_prefix(instance).is_some_and(|uuid| uuid.len() == 37);
        let turn = ids.iter().position(is_own).unwrap_or(ids.len());
        Ok(Some((&all - &assigned, turn as u32)))
    }

    /// Becomes a member of the group for as long as a rebalance takes. Nothing is read.
    fn join_and_leave(&self, end: &Receiver<()>) -> KafkaResult<()> {
        const STEP: Duration = Duration::from_millis(100);
        let member: BaseConsumer = self.config.create()?;
        let topics: Vec<_> = self.topics.iter().map(String::as_str).collect();
        member.subscribe(&topics)?;
        let deadline = Instant::now() + JOIN_LIMIT;
        while Instant::now() < deadline
            && matches!(end.try_recv(), Err(mpsc::TryRecvError::Empty))
            && member.assignment()?.count() == 0
        {
            member.poll(STEP);
        }
        // Leaves when dropped.
        Ok(())
    }
}

/// The partitions of all members. Returns None if an assignment cannot be read.
fn assigned(group: &GroupInfo) -> Option<BTreeSet<Partition>> {
    let mut all = BTreeSet::new();
    for member in group.members() {
        match member.assignment() {
            None | Some([]) => {}
            Some(bytes) => all.extend(partitions(bytes)?),
        }
    }
    Some(all)
}

/// Reads an assignment of the consumer protocol: a version of 16 bits, then an array of topics, each a
/// string and an array of 32-bit partition numbers (Kafka's `ConsumerProtocolAssignment.json`).
/// Returns None if it ends too early or a name is not UTF-8.
fn partitions(bytes: &[u8]) -> Option<Vec<Partition>> {
    let mut rest = bytes;
    let _version = number(&mut rest, 2)?;
    let mut all = Vec::new();
    for _ in 0..number(&mut rest, 4)? {
        let len = number(&mut rest, 2)?;
        let (topic, after) = rest.split_at_checked(len)?;
        rest = after;
        let topic = std::str::from_utf8(topic).ok()?;
        for _ in 0..number(&mut rest, 4)? {
            let partition = number(&mut rest, 4)?;
            all.push((topic.to_owned(), i32::try_from(partition).ok()?));
        }
    }
    Some(all)
}

/// Takes a big-endian number of this many bytes.
fn number(rest: &mut &[u8], len: usize) -> Option<usize> {
    let (bytes, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(bytes.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Kafka 4.1.1 told it of a member with `t178/3` to `t178/5`.
    const ASSIGNMENT: &[u8] =
        b"\0\x03\0\0\0\x01\0\x04t178\0\0\0\x03\0\0\0\x03\0\0\0\x04\0\0\0\x05\xff\xff\xff\xff";

    #[test]
    fn assignments_are_read() {
        let expected = [3, 4, 5].map(|number| ("t178".to_owned(), number));
        assert_eq!(partitions(ASSIGNMENT), Some(expected.to_vec()));
    }

    #[test]
    fn assignments_that_are_cut_or_no_text_are_none() {
        // The last four bytes are a member's own data, which is not read.
        for end in 0..ASSIGNMENT.len() - 4 {
            assert_eq!(partitions(&ASSIGNMENT[..end]), None, "{end} bytes");
        }
        assert_eq!(partitions(b"\0\0\0\0\0\x01\0\x01\xff\0\0\0\0"), None);
        assert_eq!(partitions(b"\0\0\xff\xff\xff\xff"), None, "no list of 4 billion topics");
    }
}
