//! What is wrong with messages goes to the dead letters; what is wrong with the set-up is said at
//! once.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::producer::BaseRecord;
use stackprint_tests::worker::{Ended, Worker};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::kcat;
use stackprint_tests_kafka::load::{self, numbered};

const LIMIT: Duration = Duration::from_secs(60);
/// "A clear message within seconds."
const SOON: Duration = Duration::from_secs(20);

/// Messages that hold no packets, and what the reason has to name.
fn poison() -> Vec<(Vec<u8>, &'static str)> {
    let chance: Vec<u8> =
        (0..200u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
    let mut cut = vec![0x82, 0xa2, b't', b's', 0x01, 0xa4];
    cut.extend(b"data");
    // bin 8 of 200 bytes, of which 3 are there.
    cut.extend([0xc4, 200, 1, 2, 3]);
    vec![
        (chance, ""),
        (cut, "MessagePack"),
        (br#"{"ts": "yesterday", "link_type": 1, "data": "AAAA"}"#.to_vec(), "ts"),
        (br#"{"ts": 1, "link_type": 1, "data": 17}"#.to_vec(), "data"),
        (br#"{"ts": 1, "link_type": 1, "da"#.to_vec(), "JSON"),
        (vec![0xff; 10_000_000], ""),
        (Vec::new(), "empty"),
    ]
}

/// Poison between good packets; every good one comes out, and every bad one is kept as it came.
/// Values beyond what the topic of dead letters takes are left out, and a header says so.
fn poison_is_put_aside(delivery: &str, limit: usize) {
    let Some(broker) = Broker::shared() else { return };
    let topic = |part: &str| format!("poison-{delivery}-{part}");
    let (from, to, dead) = (topic("packets"), topic("records"), topic("dead"));
    broker.create_topics(&[(&from, 1), (&to, 1)]);
    broker.create_topics_with(&[(&dead, 1)], &[("max.message.bytes", &limit.to_string())]);
    let producer: rdkafka::producer::BaseProducer =
        broker.client().set("message.max.bytes", "15000000").create().expect("a producer");
    let poison = poison();
    let mut number = 0;
    let mut good = || {
        let key = (1_795_000_000_000_000 + u64::from(number)).to_be_bytes();
        load::send(&producer, &from, Some(0), &key, &numbered(number));
        number += 1;
    };
    for (value, _) in &poison {
        good();
        load::send(&producer, &from, Some(0), b"its key", value);
    }
    good();
    load::flush(&producer);
    let good_count = number;

    let address = broker.address();
    let mut args = vec!["kafka", "--brokers", &address, "--from", &from, "--to", &to];
    args.extend(["--dead-letters", &dead, "--delivery", delivery, "--group", &from]);
    args.push("--exit-at-end");
    Worker::start(&args).finish(LIMIT);

    let balance = load::Ledger::read(&broker, &to, good_count).balance();
    assert_eq!((balance.records as u32, balance.missing), (good_count, 0));
    let letters = kcat::messages(&broker, &dead);
    assert_eq!(letters.len(), poison.len());
    for (place, (letter, (value, reason))) in letters.iter().zip(&poison).enumerate() {
        assert_eq!(letter.key.as_deref(), Some(b"its key".as_slice()), "letter {place}");
        let is_left_out = value.len() > limit;
        let kept: &[u8] = if is_left_out { &[] } else { value };
        assert!(letter.value.as_deref().unwrap_or_default() == kept, "letter {place}'s value");
        let left_out = letter.header("stackprint.value.left_out.bytes");
        let octets = value.len().to_string();
        assert_eq!(left_out, is_left_out.then_some(octets.as_str()), "letter {place}");
        let offset = (2 * place + 1).to_string();
        assert!(letter.headers.contains(&offset), "offset {offset}: {}", letter.headers);
        assert!(letter.headers.contains(&from), "topic: {}", letter.headers);
        let said = letter.header("__connect.errors.exception.message").unwrap_or_default();
        assert!(!said.is_empty(), "letter {place}: {}", letter.headers);
        assert!(letter.headers.contains(reason), "letter {place}: {}", letter.headers);
    }
}

#[test]
fn poison_is_put_aside_at_least_once() {
    poison_is_put_aside("at-least-once", 1_000_000);
}

#[test]
fn poison_is_put_aside_exactly_once() {
    poison_is_put_aside("exactly-once", 15_000_000);
}

/// A letter with an old timestamp would be deleted as it comes, and one from the future refused, with
/// exactly-once for ever: both bear the time at which they were written.
#[test]
fn dead_letters_of_any_time_are_kept() {
    const HOUR_MS: i64 = 3_600_000;
    let Some(broker) = Broker::shared() else { return };
    let (from, to, dead) = ("letter-times", "letter-times-records", "letter-times-dead");
    let any_time =
        [("retention.ms", "-1"), ("message.timestamp.after.max.ms", "9223372036854775807")];
    broker.create_topics_with(&[(from, 1)], &any_time);
    broker.create_topics(&[(to, 1), (dead, 1)]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let now_ms = now.as_millis() as i64;
    let times = [-30 * 24, 48, -1].map(|hours| now_ms + hours * HOUR_MS);
    let producer = load::producer(&broker);
    for time_ms in times {
        let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(from).payload(b"\xc1");
        producer.send(record.partition(0).timestamp(time_ms)).expect("room in the queue");
    }
    load::flush(&producer);

    let address = broker.address();
    let mut args = vec!["kafka", "--brokers", &address, "--from", from, "--to", to];
    args.extend(["--dead-letters", dead, "--delivery", "exactly-once", "--exit-at-end"]);
    args.extend(["--group", from]);
    Worker::start(&args).finish(LIMIT);

    // The broker looks each second for what is too old.
    thread::sleep(Duration::from_secs(3));
    let mut letters = Vec::new();
    kcat::each_line(&broker, dead, "%T %h\n", |line| letters.push(line.to_owned()));
    assert_eq!(letters.len(), times.len(), "{letters:?}");
    for (letter, time_ms) in letters.iter().zip(times) {
        let (bears_ms, headers) = letter.split_once(' ').expect("a time");
        let bears_ms: i64 = bears_ms.parse().expect("milliseconds");
        let is_kept = time_ms == now_ms - HOUR_MS;
        assert_eq!(bears_ms == time_ms, is_kept, "{letter}");
        assert!((now_ms - 2 * HOUR_MS..now_ms + HOUR_MS).contains(&bears_ms), "{letter}");
        let header = format!("stackprint.timestamp.ms={time_ms}");
        assert_eq!(headers.contains(&header), !is_kept, "{letter}");
    }
}

/// A worker that has waited takes no message for one of the future.
#[test]
fn a_dead_letter_of_now_keeps_its_timestamp() {
    let Some(broker) = Broker::shared() else { return };
    let (from, to, dead) = ("letter-now", "letter-now-records", "letter-now-dead");
    broker.create_topics(&[(from, 1), (to, 1), (dead, 1)]);
    let address = broker.address();
    let mut args = vec!["kafka", "--brokers", &address, "--from", from, "--to", to];
    args.extend(["--dead-letters", dead, "--group", from]);
    let worker = Worker::start(&args);
    let producer = load::producer(&broker);
    for _ in 0..5 {
        load::send(&producer, from, Some(0), b"", b"\xc1");
        load::flush(&producer);
        load::wait_until_read(&broker, from, from, 1, LIMIT);
    }
    assert_eq!(worker.terminate(LIMIT).status, Some(0));
    let times = |topic: &str| {
        let mut times = Vec::new();
        kcat::each_line(&broker, topic, "%T\n", |line| times.push(line.to_owned()));
        times
    };
    assert_eq!(times(dead), times(from));
    assert_eq!(times(dead).len(), 5);
}

/// Without a topic for them, the stream goes on all the same.
#[test]
fn without_dead_letters_the_stream_goes_on() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("skip", 1), ("skip-records", 1)]);
    let producer = load::producer(&broker);
    load::send(&producer, "skip", Some(0), b"", b"\xc1 nothing that is known");
    load::send_numbered(&producer, "skip", 1, 0..3);
    let address = broker.address();
    let mut args = vec!["kafka", "--brokers", &address, "--from", "skip", "--to", "skip-records"];
    args.extend(["--group", "skip", "--exit-at-end"]);
    let ended = Worker::start(&args).finish(LIMIT);
    assert_eq!(kcat::values(&broker, "skip-records").len(), 3);
    assert!(ended.stderr.contains("unrecognised"), "it is said: {}", ended.stderr);
}

/// A run that has to end by itself, soon, with status 1 and each of these words.
fn refused(args: &[&str], words: &[&str]) -> Ended {
    let (ended, message) = Worker::start(args).refused(SOON);
    for word in words {
        assert!(message.contains(word), "{args:?}: {word} is not in: {message}");
    }
    ended
}

/// Where records go in tests in which none are written.
const RECORDS: &str = "fault-records";

/// `kafka` and `publish`, as they meet the same fault.
fn both(brokers: &str, topic: &str, more: &[&str], words: &[&str]) {
    let kafka = ["kafka", "--brokers", brokers, "--from", topic, "--to", RECORDS];
    refused(&[&kafka[..], more].concat(), words);
    let publish =
        ["publish", "captures/recorded/default.pcap", "--brokers", brokers, "--to", topic];
    refused(&[&publish[..], more].concat(), words);
}

#[test]
fn a_broker_that_is_not_there() {
    // Nobody listens on the port for CORBA naming.
    both("127.0.0.1:2809", "any", &[], &["127.0.0.1:2809"]);
    both("no-such-host.invalid:9092", "any", &[], &["no-such-host.invalid:9092"]);
}

#[test]
fn topics_that_are_not_there() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("there", 1)]);
    let address = broker.address();
    let kafka = ["kafka", "--brokers", &address, "--from"];
    let run = |more: &[&str], words: &[&str]| {
        refused(&[&kafka[..], more].concat(), words);
    };
    broker.create_topics(&[("there-too", 1)]);
    run(&["missing-in", "--to", "there"], &["missing-in", "--create-topics"]);
    run(&["there", "--to", "missing-out"], &["missing-out", "--create-topics"]);
    let dead = ["there", "--to", "there-too", "--dead-letters", "missing-dead"];
    run(&dead, &["missing-dead", "--create-topics"]);
    let file = "captures/recorded/default.pcap";
    refused(&["publish", file, "--brokers", &address, "--to", "missing-in"], &["missing-in"]);

    // And they are created when asked for.
    let create = ["created-in", "--to", "created-out", "--create-topics", "--exit-at-end"];
    Worker::start(&[&kafka[..], &create].concat()).finish(LIMIT);
    assert_eq!(kcat::values(&broker, "created-out").len(), 0);
}

/// Options of SASL/PLAIN.
fn sasl(user: &'static str, password: &'static str) -> Vec<&'static str> {
    let mut options = vec!["-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=PLAIN"];
    options.extend(["-X", user, "-X", password]);
    options
}

#[test]
fn credentials_that_are_wrong() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("secret", 1)]);
    let address = broker.sasl_address();
    let alice = sasl("sasl.username=alice", "sasl.password=not-alices");
    both(&address, "secret", &alice, &["uthentication"]);
    broker.create_topics(&[(RECORDS, 1)]);
    let kafka = ["kafka", "--brokers", &address, "--from", "secret", "--to", RECORDS];
    let ended = refused(&[&kafka[..], &alice].concat(), &[]);
    assert!(!ended.stderr.contains("not-alices"), "the password is shown: {}", ended.stderr);

    // The right ones do.
    let alice = sasl("sasl.username=alice", "sasl.password=alice-secret");
    let ended = Worker::start(&[&kafka[..], &alice, &["--exit-at-end"]].concat()).finish(LIMIT);
    assert!(!ended.stderr.contains("alice-secret"), "the password is shown: {}", ended.stderr);
}

#[test]
fn a_user_without_rights() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("forbidden", 1)]);
    let bob = sasl("sasl.username=bob", "sasl.password=bob-secret");
    both(&broker.sasl_address(), "forbidden", &bob, &["forbidden", "uthori"]);
}

/// A build without TLS says so at once; one with TLS tries, and finds nobody there.
#[test]
fn tls_in_a_build_without() {
    let args = ["kafka", "--brokers", "127.0.0.1:2809", "--from", "any", "--to", "others"];
    let words: &[&str] = if stackprint_tests::program::has_tls() {
        &["127.0.0.1:2809"]
    } else {
        &["TLS", "--features kafka-tls"]
    };
    refused(&[&args[..], &["-X", "security.protocol=SSL"]].concat(), words);
}

/// Before anything is asked of brokers: a usage error, status 2.
#[test]
fn names_that_cannot_be_meant() {
    let usage = |args: &[&str], words: &[&str]| {
        let kafka = ["kafka", "--brokers", "127.0.0.1:2809"];
        let ended = Worker::start(&[&kafka[..], args].concat()).wait(SOON);
        assert_eq!(ended.status, Some(2), "{args:?}: {}", ended.stderr);
        for word in words {
            assert!(ended.stderr.contains(word), "{args:?}: {word} is not in: {}", ended.stderr);
        }
    };
    // A topic that feeds itself: one bad message would become dead letters without end.
    usage(&["--from", "a,b", "--to", "b"], &["--to", "--from", "(b)"]);
    usage(&["--from", "a", "--to", "b", "--dead-letters", "a"], &["--dead-letters", "(a)"]);
    usage(&["--from", "^a.*", "--to", "b"], &["patterns"]);
    usage(&["--from", "a", "--to", "^b"], &["patterns"]);
    usage(&["--from", "a", "--to", "b/c"], &["--to", "letters"]);
    usage(&["--from", "a", "--to", &"b".repeat(600)], &["249"]);
    usage(&["--from", "a", "--to", "b", "--dead-letters", ""], &["--dead-letters"]);
    usage(&["--from", "a", "--to", "b", "--group", ""], &["--group", "name"]);
}

/// Settings that break what the worker promises: an error that names them.
#[test]
fn settings_that_contradict_each_other() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("contradict", 1), ("contradict-records", 1)]);
    let address = broker.address();
    let mut args = vec!["kafka", "--brokers", &address, "--from", "contradict"];
    args.extend(["--to", "contradict-records", "-X", "acks=1"]);
    refused(&args, &["acks"]);
}

/// Several topics: the end is that of all their partitions.
#[test]
fn the_end_of_several_topics() {
    let Some(broker) = Broker::shared() else { return };
    let topics = ["several-a", "several-b", "several-empty"];
    broker.create_topics(&topics.map(|topic| (topic, 2)));
    broker.create_topics(&[("several-records", 1)]);
    let producer = load::producer(&broker);
    load::send_numbered(&producer, topics[0], 2, 0..100);
    load::send_numbered(&producer, topics[1], 2, 100..3_000);
    let address = broker.address();
    // A topic that is named twice is read once.
    let from = format!("{},{}", topics.join(","), topics[0]);
    let mut args = vec!["kafka", "--brokers", &address, "--from", &from, "--exit-at-end"];
    args.extend(["--to", "several-records", "--group", "several", "--packet-format", "raw"]);
    Worker::start(&args).finish(LIMIT);
    let balance = load::Ledger::read(&broker, "several-records", 3_000).balance();
    assert_eq!(balance, load::Balance { records: 3_000, missing: 0, repeated: 0 });
}

/// Each right is named as the command that gives it, and with it the next one is missing.
#[test]
fn rights_that_are_missing() {
    const FROM: &str = "right-packets";
    const TO: &str = "right-records";
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[(FROM, 1), (TO, 1)]);
    load::send_numbered(&load::producer(&broker), FROM, 1, 0..1);
    let address = broker.sasl_address();
    let bob = sasl("sasl.username=bob", "sasl.password=bob-secret");
    let args = ["kafka", "--brokers", &address, "--from", FROM, "--to", TO, "--group", "right"];
    let args = [&args[..], &bob, &["--exit-at-end", "--delivery", "exactly-once"]].concat();
    let named = ["--static-id", "name"];
    // Which of two that are missing is met first, is not told.
    let mut missing = vec![
        ("READ --topic right-packets", ("READ", "TOPIC", FROM)),
        ("WRITE --topic right-records", ("WRITE", "TOPIC", TO)),
        ("READ --group right", ("READ", "GROUP", "right")),
        ("WRITE --transactional-id right-name", ("WRITE", "TRANSACTIONAL_ID", "right-name")),
    ];
    while !missing.is_empty() {
        let ended = Worker::start(&[&args[..], &named].concat()).wait(SOON);
        assert_eq!(ended.status, Some(1), "{missing:?}: {}", ended.stderr);
        let is_named = |(right, _): &(&str, _)| {
            let command = format!("--add --allow-principal User:bob --operation {right}\n");
            ended.stderr.contains(&command)
        };
        let place = missing.iter().position(is_named);
        let place = place.unwrap_or_else(|| panic!("none of {missing:?} is in: {}", ended.stderr));
        let (_, (operation, kind, name)) = missing.swap_remove(place);
        let Some(()) = broker.permit("bob", operation, kind, name) else { return };
    }
    Worker::start(&[&args[..], &named].concat()).finish(LIMIT);
    assert_eq!(kcat::values(&broker, TO).len(), 1);
}

/// The record topic takes less than a record: the end says so, and what to change, in both ways.
#[test]
fn a_record_topic_for_small_messages() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("small", 1)]);
    broker.create_topics_with(&[("small-records", 1)], &[("max.message.bytes", "300")]);
    load::send_numbered(&load::producer(&broker), "small", 1, 0..3);
    let address = broker.address();
    for delivery in ["at-least-once", "exactly-once"] {
        let mut args = vec!["kafka", "--brokers", &address, "--from", "small"];
        args.extend(["--to", "small-records", "--delivery", delivery, "--group", delivery]);
        let ended = Worker::start(&args).wait(SOON);
        assert_eq!(ended.status, Some(1), "{delivery}: {}", ended.stderr);
        for word in ["small-records", "--add-config max.message.bytes="] {
            assert!(ended.stderr.contains(word), "{delivery}: {word}: {}", ended.stderr);
        }
        assert_eq!(load::lag(&broker, delivery, "small", 1), 3, "{delivery}: none counts as read");
    }
}
