//! Captures through Kafka: `publish` and `kafka` must say what `read` says of the files.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use stackprint::{LinkType, Timestamp};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::{command, output};
use stackprint_tests::worker::Worker;
use stackprint_tests::{captures, corpus, say};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::{kcat, load};

const LIMIT: Duration = Duration::from_secs(120);
const GROUP_PARTITIONS: i32 = 6;
/// 2026-11-18.
const MADE_START_NS: u64 = 1_795_000_000_000_000_000;

/// What `read` says of files; the origin left out.
fn read(files: &[String]) -> Vec<String> {
    let mut args = vec!["read", "--format", "ndjson", "--origin", "none"];
    args.extend(files.iter().map(String::as_str));
    let read = output(&mut command(&args), b"");
    assert_eq!(read.status.code(), Some(0), "{}", String::from_utf8_lossy(&read.stderr));
    String::from_utf8(read.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// A record without its origin, which comes last.
fn without_origin(record: &str) -> String {
    let (before, _) = record.rsplit_once(r#","origin":{"topic":"#).expect(record);
    format!("{before}}}")
}

/// The time of a capture's first frame.
pub(crate) fn first_time(path: &std::path::Path) -> Option<stackprint::Timestamp> {
    let octets = std::fs::read(path).expect("a capture");
    let mut first = None;
    // What is damaged is left out elsewhere.
    let _ = stackprint_tests::input::decode(&octets, |captured| {
        first = first.or(Some(captured.frame.time));
    });
    first
}

/// The captures of the repository and of the corpus that can be read to their ends.
fn readable() -> Vec<String> {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures");
    let mut paths = captures(&own);
    paths.extend(corpus().iter().flat_map(|corpus| captures(&corpus.join("captures"))));
    // In the order of their times: where time goes back and forth, what is forgotten when depends
    // on which packets are read together.
    paths.sort_by_cached_key(|path| first_time(path));
    let names = paths.into_iter().map(|path| path.display().to_string());
    let can_be_read =
        |name: &String| output(&mut command(&["read", name]), b"").status.code() == Some(0);
    names.filter(can_be_read).collect()
}

fn publish(broker: &Broker, topic: &str, more: &[&str], files: &[String]) {
    let address = broker.address();
    let mut args = vec!["publish", "--brokers", &address, "--to", topic];
    args.extend(more);
    args.extend(files.iter().map(String::as_str));
    Worker::start(&args).finish(LIMIT);
}

/// A worker's arguments.
fn worker<'a>(address: &'a str, from: &'a str, to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["kafka", "--brokers", address, "--from", from, "--to", to];
    args.extend(more);
    args
}

/// One partition has all packets in their order, so every field must be the same, and so must the
/// order.
#[test]
fn one_partition_is_as_the_files() {
    let Some(broker) = Broker::shared() else { return };
    let files = readable();
    assert!(files.len() > 100, "{} captures", files.len());
    let expected = read(&files);
    for (packed, delivery) in [("1", "at-least-once"), ("64", "exactly-once")] {
        let (from, to) = (format!("one-{packed}"), format!("one-{packed}-records"));
        broker.create_topics(&[(&from, 1), (&to, 1)]);
        publish(&broker, &from, &["--packets-per-message", packed], &files);
        let address = broker.address();
        let more = ["--group", &from, "--delivery", delivery, "--exit-at-end"];
        Worker::start(&worker(&address, &from, &to, &more)).finish(LIMIT);
        let records = kcat::values(&broker, &to);
        same(&records, &expected, &format!("{packed} packets in a message"));
    }
}

/// Names the first record that differs: thousands of them in a message help nobody.
fn same(records: &[String], expected: &[String], what: &str) {
    let records: Vec<String> = records.iter().map(|record| without_origin(record)).collect();
    let pairs = records.iter().zip(expected).enumerate();
    if let Some((place, (ours, theirs))) = pairs.clone().find(|(_, (ours, theirs))| ours != theirs)
    {
        panic!("{what}: record {place}:\nthrough Kafka {ours}\nfrom files    {theirs}");
    }
    assert_eq!(records.len(), expected.len(), "{what}");
    assert!(!records.is_empty(), "{what}");
}

/// Each encoding of `publish` carries the packets whole.
#[test]
fn every_encoding_carries_the_same() {
    let Some(broker) = Broker::shared() else { return };
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures/recorded");
    let files: Vec<String> =
        captures(directory.as_ref()).into_iter().map(|path| path.display().to_string()).collect();
    let expected = read(&files);
    for (encoding, packed) in [
        ("msgpack", "16"),
        ("json", "1"),
        ("json", "16"),
        ("raw", "1"),
        ("pcap", "1"),
        ("pcap", "16"),
    ] {
        let (from, to) = (format!("as-{encoding}-{packed}"), format!("as-{encoding}-{packed}-out"));
        broker.create_topics(&[(&from, 1), (&to, 1)]);
        // The captures have nanoseconds; Metron's microseconds would cut them.
        let key_time = ["--key-time", "ns"];
        let more = ["--encoding", encoding, "--packets-per-message", packed];
        publish(&broker, &from, &[more.as_slice(), &key_time].concat(), &files);
        let address = broker.address();
        let more = ["--group", &from, "--exit-at-end", "--key-time", "ns"];
        Worker::start(&worker(&address, &from, &to, &more)).finish(LIMIT);
        same(&kcat::values(&broker, &to), &expected, &format!("{encoding}, {packed} a message"));
    }
}

/// What of a record does not depend on which other packets the same memory has seen: uptimes are
/// measured, and changes noticed, over several flows of a host, and with several partitions those
/// may be with several workers. Records that say nothing else are left out.
fn of_its_own_packet(record: &str) -> Option<String> {
    let mut record: Value = serde_json::from_str(record).expect(record);
    let fields = record.as_object_mut().expect("an object");
    if fields["kind"] == "uptime" {
        return None;
    }
    for of_others in ["origin", "uptime", "change"] {
        fields.remove(of_others);
    }
    Some(record.to_string())
}

/// How many pairs of hosts talk in a capture that is made here.
const MADE_PAIRS: u16 = 48;

/// A capture of handshakes between many pairs of hosts, of IPv4 or IPv6, so that each partition gets
/// some: the recorded captures of the repository have a few hosts each.
fn many_pairs(name: &str, network: impl Fn(u16) -> IpAddr) -> String {
    let mut capture = PcapFile::new(LinkType::ETHERNET);
    for pair in 0..MADE_PAIRS {
        let client = SocketAddr::new(network(2 * pair), 40_000 + pair);
        let server = SocketAddr::new(network(2 * pair + 1), 443);
        let syn = FrameBuilder::syn(client, server);
        let syn_ack = syn.syn_ack();
        let data = FrameBuilder {
            sequence: syn_ack.acknowledgment,
            acknowledgment: syn_ack.sequence.wrapping_add(1),
            flags: flag::ACK | flag::PSH,
            tcp_options: Vec::new(),
            payload: b"GET / HTTP/1.0\r\n\r\n".to_vec(),
            ..syn.clone()
        };
        for (step, frame) in [syn, syn_ack, data].iter().enumerate() {
            let nanos = MADE_START_NS + u64::from(pair) * 10_000_000 + step as u64 * 1_000_000;
            capture.push(Timestamp::from_nanos(nanos), &frame.build());
        }
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("many-pairs-{name}.pcap"));
    capture.write(&path).expect("a capture");
    path.display().to_string()
}

/// The captures with the most pairs of hosts, and two that are made here. One after the other in one
/// topic, they would not do: their times are years apart, and how long a flow is remembered depends
/// on the time of all packets of a partition.
fn busiest(count: usize) -> Vec<String> {
    let pairs = |file: &String| {
        let pair = |record: &String| {
            let record = json(record);
            (record["client"]["ip"].to_string(), record["server"]["ip"].to_string())
        };
        read(std::slice::from_ref(file)).iter().map(pair).collect::<BTreeSet<_>>().len()
    };
    let mut files = readable();
    files.sort_by_cached_key(|file| std::cmp::Reverse(pairs(file)));
    // With fewer pairs, chance may leave most partitions empty.
    files.retain(|file| pairs(file) >= 24);
    files.truncate(count - 2);
    files.push(many_pairs("ipv4", |host| Ipv4Addr::from(0xc612_0000 | u32::from(host)).into()));
    files.push(many_pairs("ipv6", |host| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host).into()));
    files
}

/// Three workers share the partitions of several topics; both directions of a flow are with one of
/// them.
#[test]
fn a_group_of_three_finds_the_same() {
    let Some(broker) = Broker::shared() else { return };
    shared_by_three(&broker, "group", |args| {
        let workers: Vec<Worker> = (0..3).map(|_| Worker::start(args)).collect();
        move || {
            for worker in workers {
                let ended = worker.terminate(LIMIT);
                assert_eq!(ended.status, Some(0), "{}", ended.stderr);
                assert!(ended.stderr.contains("group-"), "each had partitions: {}", ended.stderr);
            }
        }
    });
}

/// Three threads of one worker, too. (Workers of two threads are killed in `exactly_once`.)
#[test]
fn three_threads_find_the_same() {
    let Some(broker) = Broker::shared() else { return };
    shared_by_three(&broker, "threads", |args| {
        let more = ["--threads", "3", "--delivery", "exactly-once"];
        let worker = Worker::start(&[args, &more].concat());
        move || {
            let ended = worker.terminate(LIMIT);
            assert_eq!(ended.status, Some(0), "{}", ended.stderr);
            for thread in ["main", "worker 2", "worker 3"] {
                let has =
                    |line: &str| line.contains(&format!(" {thread} assigned partitions=threads-"));
                assert!(ended.stderr.lines().any(has), "{thread}: {}", ended.stderr);
            }
            assert_eq!(ended.stderr.matches(" records (").count(), 1, "{}", ended.stderr);
        }
    });
}

/// Publishes captures into topics that `start` begins to read, and compares the records. What `start`
/// returns ends it.
fn shared_by_three<E: FnOnce()>(broker: &Broker, group: &str, start: impl FnOnce(&[&str]) -> E) {
    // Once for all tests: each capture is read to find them.
    static FILES: OnceLock<Vec<String>> = OnceLock::new();
    let files = FILES.get_or_init(|| busiest(5));
    let topics: Vec<String> = (0..files.len()).map(|number| format!("{group}-{number}")).collect();
    let new: Vec<(&str, i32)> =
        topics.iter().map(|topic| (topic.as_str(), GROUP_PARTITIONS)).collect();
    broker.create_topics(&new);
    let to = format!("{group}-records");
    broker.create_topics(&[(&to, 3)]);
    let (address, from) = (broker.address(), topics.join(","));
    let end = start(&worker(&address, &from, &to, &["--group", group]));
    for (topic, file) in topics.iter().zip(files) {
        publish(broker, topic, &["--packets-per-message", "4"], std::slice::from_ref(file));
    }
    for topic in &topics {
        load::wait_until_read(broker, group, topic, GROUP_PARTITIONS, LIMIT);
    }
    end();
    let records = kcat::values(broker, &to);
    for (topic, file) in topics.iter().zip(files) {
        let origin = |record: &String| json(record)["origin"].clone();
        let of_file: Vec<String> =
            records.iter().filter(|record| origin(record)["topic"] == *topic).cloned().collect();
        let partitions: BTreeSet<String> =
            of_file.iter().map(|record| origin(record)["partition"].to_string()).collect();
        say(&format!("{file}: {} records from {} partitions", of_file.len(), partitions.len()));
        assert!(partitions.len() > 2, "{file}: partitions {partitions:?}");
        same_set(&of_file, &read(std::slice::from_ref(file)), file);
    }
}

/// Compares records in any order, by what they say of their own packets.
fn same_set(ours: &[String], theirs: &[String], what: &str) {
    let mut balance: BTreeMap<String, i32> = BTreeMap::new();
    for (records, step) in [(ours, 1), (theirs, -1)] {
        for record in records.iter().filter_map(|record| of_its_own_packet(record)) {
            *balance.entry(record).or_default() += step;
        }
    }
    assert!(balance.len() > 10, "{what}: {} records", balance.len());
    balance.retain(|_, count| *count != 0);
    let first: Vec<_> = balance.iter().take(4).collect();
    assert!(
        first.is_empty(),
        "{what}: {} differ, such as (1: through Kafka) {first:#?}",
        balance.len()
    );
}

/// A record carries its subject as key, and says what it is.
#[test]
fn records_have_keys_and_headers() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("keys", 1), ("keys-records", 3), ("keys-msgpack", 1)]);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures/recorded/default.pcap").to_owned();
    publish(&broker, "keys", &[], &[file]);
    let address = broker.address();
    let json_args = worker(&address, "keys", "keys-records", &["--exit-at-end", "--group", "a"]);
    Worker::start(&json_args).finish(LIMIT);
    let messages = kcat::messages(&broker, "keys-records");
    // SYN, SYN+ACK, and the heads of a request and its response.
    assert_eq!(messages.len(), 4);
    for message in messages {
        let record = json(str::from_utf8(&message.value.clone().unwrap()).unwrap());
        let subject = record["subject"].as_str().unwrap();
        let key = String::from_utf8(message.key.clone().unwrap()).unwrap();
        assert_eq!(key, record[subject]["ip"].as_str().unwrap());
        assert_eq!(message.header("content-type"), Some("application/json"));
        assert_eq!(message.header("schema"), Some("stackprint.record.v1"));
    }
    let more = ["--exit-at-end", "--group", "b", "--format", "msgpack"];
    Worker::start(&worker(&address, "keys", "keys-msgpack", &more)).finish(LIMIT);
    for message in kcat::messages(&broker, "keys-msgpack") {
        let kind = message.header("content-type").expect("a content-type");
        assert!(kind.contains("msgpack"), "{kind}");
        // A map of up to 15 fields, or of more.
        let first = message.value.unwrap()[0];
        assert!(first & 0xf0 == 0x80 || first == 0xde, "{first:#x}");
    }
}

fn json(record: &str) -> Value {
    serde_json::from_str(record).expect(record)
}

/// Publishes what the loopback interface sees of the traffic.
#[cfg(target_os = "linux")]
fn publish_loopback(args: &[&str], traffic: impl FnOnce()) {
    let publisher = Worker::start(&[&["publish", "-i", "lo"], args].concat());
    publisher.wait_until_said("listening on");
    traffic();
    // The kernel hands over a block after 20 ms.
    std::thread::sleep(Duration::from_secs(1));
    let ended = publisher.terminate(LIMIT);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
}

/// Requests of real connections, from an interface into the topic, whole: without options, an
/// interface publishes what opens connections.
#[cfg(target_os = "linux")]
#[test]
fn requests_of_an_interface_are_published_whole() {
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    const CONNECTIONS: usize = 5;
    let Some(broker) = Broker::shared() else { return };
    let is_root = nix::unistd::geteuid().is_root();
    let Some(()) = stackprint_tests::require("root", is_root.then_some(())) else { return };
    broker.create_topics(&[("openings", 2), ("openings-records", 1)]);
    let address = broker.address();
    // A head's signature is known at its end, which is beyond any cut for headers alone.
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "x".repeat(900));
    // Below the ports of clients, by which openings are told.
    let mut ports = 10_000..11_000;
    let listener = ports.find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let listener = listener.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    publish_loopback(&["--brokers", &address, "--to", "openings"], || {
        for _ in 0..CONNECTIONS {
            let mut client = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
            client.write_all(request.as_bytes()).expect("a request");
            drop(listener.accept().expect("a connection"));
        }
    });
    let more = ["--group", "openings", "--exit-at-end"];
    Worker::start(&worker(&address, "openings", "openings-records", &more)).finish(LIMIT);
    let records: Vec<Value> =
        kcat::values(&broker, "openings-records").iter().map(|record| json(record)).collect();
    let is_ours =
        |record: &&Value| record["kind"] == "http_request" && record["server"]["port"] == port;
    assert_eq!(records.iter().filter(is_ours).count(), CONNECTIONS, "{records:?}");
}

/// SYNs of real connections, from an interface into the topic, and to records.
#[cfg(target_os = "linux")]
#[test]
fn an_interface_is_published() {
    use std::net::{TcpListener, TcpStream};

    const CONNECTIONS: usize = 20;
    let Some(broker) = Broker::shared() else { return };
    let is_root = nix::unistd::geteuid().is_root();
    let Some(()) = stackprint_tests::require("root", is_root.then_some(())) else { return };
    broker.create_topics(&[("interface", 2), ("interface-records", 1)]);
    let address = broker.address();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    publish_loopback(&["--syn-only", "--brokers", &address, "--to", "interface"], || {
        for _ in 0..CONNECTIONS {
            drop(TcpStream::connect(("127.0.0.1", port)).expect("a connection"));
            drop(listener.accept().expect("a connection"));
        }
    });
    let more = ["--group", "interface", "--delivery", "exactly-once", "--exit-at-end"];
    Worker::start(&worker(&address, "interface", "interface-records", &more)).finish(LIMIT);
    let records: Vec<Value> =
        kcat::values(&broker, "interface-records").iter().map(|record| json(record)).collect();
    let of_port = |record: &&Value| record["server"]["port"] == port;
    let ours: Vec<&Value> = records.iter().filter(of_port).collect();
    let count = |kind: &str| ours.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!((count("syn"), count("syn_ack")), (CONNECTIONS, CONNECTIONS), "{ours:?}");
    assert!(ours.iter().all(|record| record["os"]["name"] == "Linux"), "{ours:?}");
}
