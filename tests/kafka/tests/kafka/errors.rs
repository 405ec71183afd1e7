//! Brokers that answer with errors, one kind after the other: librdkafka's mock cluster, in this
//! process. What passes is waited out, and every packet comes out; what does not pass ends the
//! worker with its reason.
//!
//! The mock knows no `read_committed`: records of aborted transactions stay to be seen. So a packet
//! may come twice here where a real broker (`kafka_exactly_once`) shows it once; it may never be
//! missing.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey as Api, RDKafkaRespErr as Answer};
use rdkafka::{Offset, TopicPartitionList};
use stackprint_tests::process::alone;
use stackprint_tests::say;
use stackprint_tests::wait::eventually;
use stackprint_tests::worker::{Worker, free_address};
use stackprint_tests_kafka::load;

const PACKETS: u32 = 2000;
const PARTITIONS: i32 = 2;
const LIMIT: Duration = Duration::from_secs(90);

struct Mock {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Mock {
    /// One broker, with numbered packets in `packets`.
    fn new() -> Mock {
        let mock = Mock::without_packets();
        mock.send_packets();
        mock
    }

    fn without_packets() -> Mock {
        let cluster = MockCluster::new(1).expect("a mock cluster");
        cluster.create_topic("packets", PARTITIONS, 1).expect("a topic");
        cluster.create_topic("records", 1, 1).expect("a topic");
        Mock { cluster }
    }

    fn send_packets(&self) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.cluster.bootstrap_servers());
        let producer = config.create().expect("a producer");
        load::send_numbered(&producer, "packets", PARTITIONS, 0..PACKETS);
    }

    /// The next requests of a kind are answered so, one after the other.
    fn answer(&self, api: Api, answers: &[Answer]) {
        self.cluster.request_errors(api, answers);
    }

    fn worker(&self, delivery: &str) -> Worker {
        self.worker_of(delivery, "200")
    }

    fn worker_of(&self, delivery: &str, batch: &str) -> Worker {
        let address = self.cluster.bootstrap_servers();
        let args = ["kafka", "--brokers", &address, "--from", "packets", "--to", "records"];
        let small = ["--batch-messages", batch, "--packet-format", "raw", "--exit-at-end"];
        // The mock does not tell how large messages may be.
        let size = ["-X", "message.max.bytes=1000000"];
        let soon = ["-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500"];
        Worker::start(&[&args[..], &small, &size, &soon, &["--delivery", delivery]].concat())
    }

    /// How often each packet is among the records.
    fn times(&self) -> Vec<u32> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.cluster.bootstrap_servers());
        config.set("group.id", "reader").set("enable.partition.eof", "true");
        let consumer: BaseConsumer = config.create().expect("a consumer");
        let mut all = TopicPartitionList::new();
        all.add_partition_offset("records", 0, Offset::Beginning).expect("a partition");
        consumer.assign(&all).expect("assigned");
        let mut times = vec![0; PACKETS as usize];
        // The end of the partition comes as an error.
        while let Some(Ok(message)) = consumer.poll(LIMIT) {
            let key = std::str::from_utf8(message.key().expect("a key")).expect("text");
            let address: std::net::Ipv4Addr = key.parse().expect("an address");
            times[(u32::from(address) - (10 << 24)) as usize] += 1;
        }
        times
    }

    /// Nothing is missing; how many came more than once.
    fn all_came(&self, what: &str) -> usize {
        let times = self.times();
        let missing = times.iter().filter(|&&times| times == 0).count();
        let repeated = times.iter().filter(|&&times| times > 1).count();
        say(&format!("{what}: {PACKETS} packets, {missing} missing, {repeated} more than once"));
        assert_eq!(missing, 0, "{what}");
        repeated
    }
}

/// What brokers say while leaders move, coordinators load and disks are slow.
fn passing(api: Api) -> Vec<Answer> {
    use Answer::*;
    match api {
        Api::Produce => vec![
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
        ],
        Api::Fetch => vec![
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        ],
        Api::AddPartitionsToTxn => vec![
            RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        ],
        // Coordinators of a transaction or group.
        _ => vec![
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
        ],
    }
}

/// One kind of request after the other is answered with errors that pass.
fn errors_that_pass(delivery: &str, kinds: &[Api]) {
    for &api in kinds {
        let mock = Mock::new();
        mock.answer(api, &passing(api));
        mock.worker(delivery).finish(LIMIT);
        let repeated = mock.all_came(&format!("{delivery}, {api:?} fails for a while"));
        assert_eq!(repeated, 0, "retried by the client, and not read again: {api:?}");
    }
}

#[test]
fn errors_that_pass_at_least_once() {
    let kinds = [Api::Produce, Api::Fetch, Api::OffsetCommit, Api::OffsetFetch, Api::JoinGroup];
    errors_that_pass("at-least-once", &kinds);
}

#[test]
fn errors_that_pass_exactly_once() {
    let kinds = [
        Api::Produce,
        Api::InitProducerId,
        Api::AddPartitionsToTxn,
        Api::AddOffsetsToTxn,
        Api::TxnOffsetCommit,
        Api::EndTxn,
    ];
    errors_that_pass("exactly-once", &kinds);
}

/// While a group's coordinator moves, nobody knows it for some seconds. librdkafka's producer (2.12.1)
/// asks three times and then waits for ever, or until one of its connections changes.
#[test]
fn a_coordinator_that_is_not_known_for_a_while() {
    let mock = Mock::without_packets();
    let (address, metrics) = (mock.cluster.bootstrap_servers(), free_address());
    let mut args = vec!["kafka", "--brokers", &address, "--from", "packets", "--to", "records"];
    args.extend(["--packet-format", "raw", "--metrics", &metrics, "--delivery", "exactly-once"]);
    let worker = Worker::start(&[&args[..], &["-X", "message.max.bytes=1000000"]].concat());
    worker.wait_until_said("assigned");
    // The consumer knows its coordinator, and the producer that of its transactions: this is about the
    // group's coordinator, which the producer needs for the first time when it commits.
    mock.answer(Api::FindCoordinator, &[Answer::RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE; 5]);
    mock.send_packets();
    let committed = "transactions_total{result=\"committed\"}";
    eventually("a transaction is committed", LIMIT, || {
        worker.metric(&metrics, committed).is_some_and(|count| count >= 1.0)
    });
    let ended = worker.terminate(LIMIT);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert_eq!(mock.all_came("the coordinator was not known for a while"), 0);
}

/// Errors that cost a transaction: it is aborted, and its packets are read again.
#[test]
fn errors_that_cost_a_transaction() {
    use Answer::*;
    for (api, answer) in [
        (Api::TxnOffsetCommit, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION),
        (Api::TxnOffsetCommit, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID),
        (Api::Produce, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE),
        (Api::AddPartitionsToTxn, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE),
    ] {
        let mock = Mock::new();
        mock.answer(api, &[answer]);
        let worker = mock.worker("exactly-once");
        let ended = worker.wait(LIMIT);
        if ended.status != Some(0) {
            // It may also end with its reason, and be started anew.
            assert_eq!(ended.status, Some(1), "{api:?} {answer:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(" ERROR the producer: "), "{}", ended.stderr);
            mock.worker("exactly-once").finish(LIMIT);
        } else {
            assert!(ended.stderr.contains("transaction aborted"), "{}", ended.stderr);
        }
        mock.all_came(&format!("{api:?} says {answer:?} once, status {:?}", ended.status));
    }
}

/// The transaction that fails is the last one, with all partitions at their ends: they are read again.
#[test]
fn an_error_at_the_end() {
    let mock = Mock::new();
    mock.answer(Api::TxnOffsetCommit, &[Answer::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION]);
    let ended = mock.worker_of("exactly-once", "100000").finish(LIMIT);
    assert!(ended.stderr.contains("transaction aborted"), "{}", ended.stderr);
    mock.all_came("the last transaction is aborted");
}

/// Another worker with the same name: this one ends, and says why.
#[test]
fn a_worker_that_is_fenced() {
    let mock = Mock::new();
    mock.answer(Api::EndTxn, &[Answer::RD_KAFKA_RESP_ERR_PRODUCER_FENCED]);
    let ended = mock.worker("exactly-once").wait(LIMIT);
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    let message = ended.stderr.lines().find(|line| line.contains(" ERROR the producer: "));
    assert!(message.is_some_and(|message| message.contains("fenced")), "{}", ended.stderr);
    mock.worker("exactly-once").finish(LIMIT);
    mock.all_came("fenced, and started anew");
}

/// Writing is not allowed: no waiting helps, and nothing counts as done.
#[test]
fn a_worker_that_may_not_write() {
    for delivery in ["at-least-once", "exactly-once"] {
        let mock = Mock::new();
        mock.answer(Api::Produce, &[Answer::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]);
        let ended = mock.worker(delivery).wait(LIMIT);
        assert_eq!(ended.status, Some(1), "{delivery}: {}", ended.stderr);
        assert!(ended.stderr.contains("uthori"), "{delivery}: {}", ended.stderr);
        mock.worker(delivery).finish(LIMIT);
        mock.all_came(&format!("{delivery}: forbidden once, and started anew"));
    }
}

/// A signal comes while an abort takes longer than a call to the client may: it is finished, in order.
/// Before, it was left open, and nothing else could be done until the time for draining was over.
#[test]
fn a_signal_while_a_transaction_is_aborted() {
    let mock = Mock::new();
    mock.answer(Api::TxnOffsetCommit, &[Answer::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION]);
    // Each is tried again after half a second or more.
    mock.answer(Api::EndTxn, &[Answer::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS; 7]);
    let worker = mock.worker("exactly-once");
    worker.wait_until_said("transaction aborted");
    let ended = worker.terminate(LIMIT);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 aborted"), "{}", ended.stderr);
    mock.worker("exactly-once").finish(LIMIT);
    mock.all_came("ended by a signal while a transaction was aborted");
}

/// The only broker goes away for a while, and answers slowly then. In a process of its own: librdkafka's
/// mock closes its socket and binds the port anew at once, and aborts the process if a program that
/// another test is starting still holds the socket.
#[test]
fn a_broker_that_is_away_for_a_while() {
    alone("errors::a_broker_that_is_away_for_a_while", a_broker_is_away_for_a_while);
}

fn a_broker_is_away_for_a_while() {
    for delivery in ["at-least-once", "exactly-once"] {
        let mock = Mock::new();
        mock.cluster.broker_round_trip_time(1, Duration::from_millis(200)).expect("slow");
        let worker = mock.worker(delivery);
        worker.wait_until_said("assigned");
        mock.cluster.broker_down(1).expect("down");
        std::thread::sleep(Duration::from_secs(3));
        mock.cluster.broker_up(1).expect("up");
        worker.finish(LIMIT);
        mock.all_came(&format!("{delivery}: the broker was away for 3 s"));
    }
}
