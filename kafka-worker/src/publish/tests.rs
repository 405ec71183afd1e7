//! What is published can be read, into the right partitions, without a broker: librdkafka has one
//! to play with in its own process.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use stackprint::{Frame, LinkType, Timestamp, host_pair};

use super::args::Encoding;
use super::partition;
use super::publisher::{Publisher, Shape};
use crate::kafka_client::events::{ClientErrors, ProducerEvents, Target};
use crate::kafka_client::properties::{Properties, Role};
use crate::kafka_client::statistics::ClientStatistics;
use stackprint_worker::packets::{KeyTime, Message, PacketDecoder, PacketFormat};

const PARTITIONS: i32 = 5;
const TOPIC: &str = "packets";

type Cluster = MockCluster<'static, DefaultProducerContext>;

fn cluster() -> Cluster {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, PARTITIONS, 1).unwrap();
    cluster
}

fn shape(encoding: Encoding, packets_per_message: u16) -> Shape {
    Shape {
        encoding,
        key_time: KeyTime::Ns,
        packets_per_message,
        max_bytes: 100_000,
        linger: Duration::from_secs(3600),
        sensor: None,
    }
}

fn publisher(cluster: &Cluster, shape: Shape) -> Publisher {
    let statistics = Arc::new(ClientStatistics::default());
    let errors = Arc::new(ClientErrors::new(statistics));
    let events = ProducerEvents::new(Arc::clone(&errors));
    let servers = cluster.bootstrap_servers();
    let config = Properties::gather(None, &[]).unwrap();
    let config = config.config(Role::Producer, &[("bootstrap.servers", &servers)]);
    let target: Target = config.create_with_context(events).unwrap();
    Publisher::new(target, errors, TOPIC.to_owned(), PARTITIONS.unsigned_abs(), shape)
}

/// A SYN between two of a few hosts, or the answer; numbered by its sequence number.
fn packet(number: u32) -> Vec<u8> {
    let mut bytes = b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\xc0\0\x02\x00\xc0\0\x02\x64\
        \x9c\x40\0\x50\0\0\0\0\0\0\0\0\x50\x02\xfa\xf0\0\0\0\0"
        .to_vec();
    bytes[15] = (number / 2 % 20) as u8;
    bytes[24..28].copy_from_slice(&number.to_be_bytes());
    if number % 2 == 1 {
        let (source, destination) = bytes[12..20].split_at_mut(4);
        source.swap_with_slice(destination);
        bytes[33] = 0x12;
    }
    bytes
}

const PACKETS: u32 = 500;

fn publish_all(publisher: &mut Publisher) {
    for number in 0..PACKETS {
        let bytes = packet(number);
        let time = Timestamp::from_nanos(1_700_000_000_000_000_000 + u64::from(number));
        let frame = Frame::new(LinkType::RAW, &bytes).at(time);
        publisher.publish(&frame, host_pair(&frame).unwrap()).unwrap();
    }
    publisher.finish(Duration::from_secs(20)).unwrap();
}

/// Bytes and times of the packets in a partition.
type Packets = Vec<(Vec<u8>, u64)>;

/// The packets in each partition, and the number of messages.
fn read_all(cluster: &Cluster) -> (Vec<Packets>, u64) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", cluster.bootstrap_servers())
        .set("group.id", "test")
        .create()
        .unwrap();
    let mut all = TopicPartitionList::new();
    for number in 0..PARTITIONS {
        all.add_partition_offset(TOPIC, number, Offset::Beginning).unwrap();
    }
    consumer.assign(&all).unwrap();
    let mut decoder = PacketDecoder::new(PacketFormat::Auto, LinkType::ETHERNET, KeyTime::Ns);
    let mut partitions = vec![Vec::new(); PARTITIONS.unsigned_abs() as usize];
    let (mut count, mut messages) = (0, 0);
    while count < PACKETS as usize {
        let message = consumer.poll(Duration::from_secs(20)).unwrap().unwrap();
        let header = |name: &str| {
            let headers = message.headers().unwrap();
            let header = headers.iter().find(|header| header.key == name)?;
            str::from_utf8(header.value.unwrap()).ok()
        };
        let content = Message {
            key: message.key(),
            value: message.payload().unwrap(),
            content_type: header("content-type"),
            link_type: header("link-type").map(|text| text.parse().unwrap()),
            time: None,
        };
        let partition = &mut partitions[message.partition().unsigned_abs() as usize];
        messages += 1;
        count += decoder
            .decode(&content, |frame, _| {
                assert_eq!(frame.link_type, LinkType::RAW);
                partition.push((frame.data.to_vec(), frame.time.as_nanos()));
            })
            .unwrap();
    }
    assert_eq!(count, PACKETS as usize);
    (partitions, messages)
}

#[test]
fn every_encoding_arrives_whole_in_order_and_host_pairs_stay_together() {
    for (encoding, packed) in [
        (Encoding::Msgpack, 64),
        (Encoding::Msgpack, 1),
        (Encoding::Json, 7),
        (Encoding::Json, 1),
        (Encoding::Pcap, 64),
        (Encoding::Raw, 1),
    ] {
        let cluster = cluster();
        let mut publisher = publisher(&cluster, shape(encoding, packed));
        publish_all(&mut publisher);
        assert!(!publisher.is_busy());
        let (partitions, messages) = read_all(&cluster);
        assert_eq!(publisher.sent.messages, messages, "{encoding:?}");
        assert_eq!(publisher.sent.delivered_packets, u64::from(PACKETS));
        let mut key = String::new();
        for (number, packets) in (0..).zip(&partitions) {
            assert!(packets.is_sorted_by_key(|&(_, nanos)| nanos), "{encoding:?}: order");
            for (bytes, nanos) in packets {
                let index = u32::try_from(nanos - 1_700_000_000_000_000_000).unwrap();
                assert_eq!(*bytes, packet(index));
                let hosts = host_pair(&Frame::new(LinkType::RAW, bytes)).unwrap();
                partition::write_key(hosts, &mut key);
                assert_eq!(partition::of_key(key.as_bytes(), 5), number, "{key}");
            }
        }
        assert!(partitions.iter().filter(|packets| !packets.is_empty()).count() > 2);
    }
}

#[test]
fn messages_are_no_longer_than_they_may_be() {
    let cluster = cluster();
    let long = Shape { max_bytes: 1000, ..shape(Encoding::Json, 1000) };
    let mut publisher = publisher(&cluster, long);
    publish_all(&mut publisher);
    let (_, messages) = read_all(&cluster);
    assert!(messages >= publisher.sent.bytes / 1000, "{messages} messages");
}

/// What waits for company is sent when its time has come, and not before.
#[test]
fn packets_linger_and_go() {
    let cluster = cluster();
    let linger = Duration::from_millis(50);
    let mut publisher = publisher(&cluster, Shape { linger, ..shape(Encoding::Msgpack, 64) });
    let bytes = packet(0);
    let frame = Frame::new(LinkType::RAW, &bytes);
    publisher.publish(&frame, host_pair(&frame).unwrap()).unwrap();
    publisher.send_lingering().unwrap();
    assert_eq!(publisher.sent.messages, 0);
    std::thread::sleep(linger);
    publisher.send_lingering().unwrap();
    assert_eq!(publisher.sent.messages, 1);
}

/// A queue of hardly more than one message: publishing waits, and all arrives.
#[test]
fn a_full_queue_is_waited_for() {
    let cluster = cluster();
    let statistics = Arc::new(ClientStatistics::default());
    let errors = Arc::new(ClientErrors::new(statistics));
    let events = ProducerEvents::new(Arc::clone(&errors));
    let args = [("queue.buffering.max.messages".to_owned(), "2".to_owned())];
    let servers = cluster.bootstrap_servers();
    let config = Properties::gather(None, &args).unwrap();
    let config = config.config(Role::Producer, &[("bootstrap.servers", &servers)]);
    let target: Target = config.create_with_context(events).unwrap();
    let shape = shape(Encoding::Msgpack, 8);
    let partitions = PARTITIONS.unsigned_abs();
    let mut publisher = Publisher::new(target, errors, TOPIC.to_owned(), partitions, shape);
    publish_all(&mut publisher);
    read_all(&cluster);
}
