//! Capture by several threads: the same records, whatever their number, and both directions of a
//! connection in one of them.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::namespace::{Link, V4, V6};
use stackprint_tests::wait::eventually;
use stackprint_tests::worker::free_address;
use stackprint_tests::{load, program, say};

use crate::live::{END, Live, file, records_of, timeless};

/// Packets of each ring, from the summary.
fn packets_of_rings(stderr: &str) -> Vec<u64> {
    let line = stderr.lines().find_map(|line| line.strip_prefix("rings      "));
    let rings = line.expect(stderr).split("; ");
    rings.map(|ring| ring.split(' ').next().unwrap().parse().expect(ring)).collect()
}

/// How many records came too late to be put in order, from the summary.
fn late(stderr: &str) -> u64 {
    let line = stderr.lines().find_map(|line| line.strip_suffix(" records late"));
    line.expect(stderr).rsplit(' ').next().unwrap().parse().expect(stderr)
}

fn has_no_syn(record: &Value) -> bool {
    record["notes"].as_array().is_some_and(|notes| notes.contains(&"no_syn".into()))
}

/// The kernel's hash is the same for both directions. Where they came to different threads, each SYN+ACK
/// would be one whose SYN was not seen.
#[test]
fn both_directions_of_a_connection_meet() {
    const CONNECTIONS: usize = 100;
    let Some(link) = Link::make() else { return };
    let args = ["-i", &link.names[1], "--threads", "4", "--bpf", "tcp", "--summary"];
    let live = Live::start(&link, 1, "meet", &args);
    for address in [V4, V6] {
        let server: IpAddr = address[1].parse().expect("an address");
        let listener = link.within(1, || TcpListener::bind((server, 0)).expect("a port"));
        let at = listener.local_addr().expect("an address");
        for _ in 0..CONNECTIONS {
            let client = link.within(0, || TcpStream::connect(at).expect("a connection"));
            drop((client, listener.accept().expect("a connection")));
        }
    }
    thread::sleep(Duration::from_millis(300));
    let (records, ended) = live.stop();
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    for ip in [V4[0], V6[0]] {
        let of = |kind: &str| {
            let of_kind = records.iter().filter(|record| record["kind"] == kind);
            of_kind.filter(|record| record["client"]["ip"] == ip).collect::<Vec<_>>()
        };
        let (syns, syn_acks) = (of("syn"), of("syn_ack"));
        assert_eq!((syns.len(), syn_acks.len()), (CONNECTIONS, CONNECTIONS), "{ip}");
        let apart: Vec<_> = syn_acks.into_iter().filter(|record| has_no_syn(record)).collect();
        assert!(apart.is_empty(), "{ip}: {apart:#?}");
    }
    // All four had some of them.
    let packets = packets_of_rings(&ended.stderr);
    say(&format!("packets of rings: {packets:?}"));
    assert!(packets.len() == 4 && packets.iter().all(|&packets| packets > 100), "{packets:?}");
}

/// Records by how often they are there.
fn counted(records: Vec<Value>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in timeless(records) {
        *counts.entry(record.to_string()).or_default() += 1;
    }
    counts
}

/// Descents of time: so many records are not in order.
fn out_of_order(records: &[Value]) -> u64 {
    let (mut reached, mut count) = ("", 0);
    for record in records {
        let time = record["time"].as_str().expect("a time");
        if time < reached {
            count += 1;
        }
        reached = reached.max(time);
    }
    count
}

/// A connection's SYN and SYN+ACK for each number, between hosts that nothing else is known of: what their
/// records say does not depend on the order of other packets, which a busy machine may change.
fn handshakes() -> Vec<Vec<u8>> {
    const CONNECTIONS: u16 = 1000;
    let pair = |number: u16| {
        let [high, low] = number.to_be_bytes();
        let ends = match number % 2 {
            0 => [SocketAddr::from(([10, 1, high, low], 40_000)), ([10, 2, high, low], 443).into()],
            _ => [1, 2].map(|net| {
                let ip = Ipv6Addr::new(0xfd00, net, 0, 0, 0, 0, 0, number);
                SocketAddr::from((ip, 443 * net))
            }),
        };
        let syn = FrameBuilder::syn(ends[0], ends[1]);
        [syn.build(), syn.syn_ack().build()]
    };
    (0..CONNECTIONS).flat_map(pair).collect()
}

#[test]
fn the_same_records_with_each_number_of_threads() {
    let Some(link) = Link::make() else { return };
    let frames = handshakes();
    let name = link.names[1].clone();
    let live = ["1", "2", "4"].map(|threads| {
        let args = ["-i", &name, "--bpf", "tcp", "--summary", "--threads", threads];
        Live::start(&link, 1, &format!("same-{threads}"), &args)
    });
    link.send(0, frames.iter().map(Vec::as_slice));
    thread::sleep(Duration::from_millis(500));
    let [one, two, four] = live.map(Live::stop);
    for (records, ended) in [&one, &two, &four] {
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains("dropped    0 by the kernel"), "{}", ended.stderr);
        assert_eq!(records.len(), frames.len());
    }
    let expected = counted(one.0);
    for (threads, (records, ended)) in [(2, two), (4, four)] {
        let packets = packets_of_rings(&ended.stderr);
        let (late, descents) = (late(&ended.stderr), out_of_order(&records));
        say(&format!(
            "{threads} threads: packets {packets:?}, {late} late, {descents} not in order"
        ));
        assert!(packets.iter().all(|&packets| packets > 0), "{packets:?}");
        assert!(descents <= late, "{descents} are not in order, and {late} counted");
        let records = counted(records);
        let others: Vec<_> = records.iter().filter(|it| expected.get(it.0) != Some(it.1)).collect();
        assert!(others.is_empty() && records.len() == expected.len(), "{others:#?}");
    }
}

/// A frame in VXLAN, from this port.
fn in_vxlan(inner: &[u8], port: u16, is_back: bool) -> Vec<u8> {
    const VXLAN: u16 = 4789;
    let mut ends = [Ipv4Addr::new(198, 51, 100, 1), Ipv4Addr::new(198, 51, 100, 2)];
    if is_back {
        ends.reverse();
    }
    let vxlan = [&[8, 0, 0, 0, 0, 0, 42, 0][..], inner].concat();
    let length = (8 + vxlan.len()) as u16;
    let udp = [port.to_be_bytes(), VXLAN.to_be_bytes(), length.to_be_bytes(), [0, 0]].concat();
    let total = (20 + udp.len() + vxlan.len()) as u16;
    let mut ip = vec![0x45, 0];
    ip.extend(total.to_be_bytes());
    ip.extend([0, 0, 0, 0, 64, 17, 0, 0]);
    ip.extend(ends[0].octets());
    ip.extend(ends[1].octets());
    [&inner[..12], &[8, 0], &ip, &udp, &vxlan].concat()
}

/// The outer port depends on the direction, as VXLAN's does: the kernel gives the directions of most
/// connections to different rings.
#[test]
fn connections_in_tunnels_meet() {
    const CONNECTIONS: u16 = 300;
    let Some(link) = Link::make() else { return };
    let args = ["-i", &link.names[1], "--threads", "4", "--summary"];
    let live = Live::start(&link, 1, "tunnels", &args);
    let server = SocketAddr::from(([192, 0, 2, 80], 443));
    for number in 0..CONNECTIONS {
        let [high, low] = number.to_be_bytes();
        let syn = FrameBuilder::syn(([10, 1, high, low], 40_000).into(), server);
        let frames = [
            in_vxlan(&syn.build(), 50_000 + number, false),
            in_vxlan(&syn.syn_ack().build(), 10_000 + number * 7, true),
        ];
        link.send(0, frames.iter().map(Vec::as_slice));
    }
    thread::sleep(Duration::from_millis(300));
    let (records, ended) = live.stop();
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    say(&format!("{:?}", ended.stderr.lines().rev().take(3).collect::<Vec<_>>()));
    assert_eq!(records.len(), 2 * usize::from(CONNECTIONS), "{}", ended.stderr);
    let apart: Vec<_> = records.iter().filter(|record| has_no_syn(record)).collect();
    assert!(apart.is_empty(), "{}: {:#?}", apart.len(), apart.first());
    assert!(records.iter().all(|record| record["path"][0] == "vxlan:42"));
    let packets = packets_of_rings(&ended.stderr);
    assert!(packets.iter().all(|&packets| packets > 50), "{packets:?}");
}

#[test]
fn rows_are_the_same() {
    let Some(link) = Link::make() else { return };
    let frames = handshakes();
    let name = link.names[1].clone();
    for (per, count) in [("host", frames.len()), ("connection", frames.len() / 2)] {
        let live = ["1", "3"].map(|threads| {
            let args = ["-i", &name, "--bpf", "tcp", "--per", per, "--threads", threads];
            Live::start(&link, 1, &format!("{per}-{threads}"), &args)
        });
        link.send(0, frames.iter().map(Vec::as_slice));
        thread::sleep(Duration::from_millis(500));
        let keys = live.map(|live| {
            let rows = live.finish();
            let key = |row: &Value| format!("{} {} {}", row["ip"], row["client"], row["server"]);
            let mut keys: Vec<String> = rows.iter().map(key).collect();
            keys.sort_unstable();
            keys
        });
        assert_eq!(keys[0].len(), count, "{per}");
        assert_eq!(keys[0], keys[1], "{per}");
    }
}

#[test]
fn metrics_tell_of_each_thread() {
    let Some(link) = Link::make() else { return };
    let address = free_address();
    let args = ["-i", &link.names[1], "--threads", "2", "--metrics", &address];
    let live = Live::start(&link, 1, "metrics", &args);
    let frames: Vec<Vec<u8>> = (0..1000).map(load::numbered).collect();
    link.send(0, frames.iter().map(Vec::as_slice));
    let metric = |name: &str| link.within(1, || live.worker.metric(&address, name));
    let of = |name: &str, thread: usize| metric(&format!("{name}{{thread=\"{thread}\"}}"));
    eventually("all packets", END, || metric("packets_total") == Some(1000.0));
    let packets = [0, 1].map(|thread| of("ring_packets_total", thread).expect("a metric"));
    assert!(packets[0] > 0.0 && packets[1] > 0.0 && packets[0] + packets[1] == 1000.0);
    assert_eq!([0, 1].map(|thread| of("ring_dropped_total", thread)), [Some(0.0); 2]);
    for name in ["kernel_dropped_total", "tunnel_frames_dropped_total", "late_tunnel_frames_total"]
    {
        assert_eq!(metric(name), Some(0.0), "{name}");
    }
    assert!(metric("late_records_total").is_some());
    eventually("all records", END, || metric("records_total{kind=\"syn\"}") == Some(1000.0));
    assert_eq!(live.finish().len(), 1000);
}

/// The threads stop and begin anew with another database; hosts and flows are as they were.
#[test]
fn a_database_is_read_again() {
    let Some(link) = Link::make() else { return };
    let database = file("reload.fp");
    let write = |name: &str| {
        let text = format!(
            "classes = unix\n[tcp:request]\nlabel = s:unix:{name}:\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n"
        );
        fs::write(&database, text).expect("a database");
    };
    write("Before");
    let path = database.to_str().expect("a path");
    let args = ["-i", &link.names[1], "--threads", "3", "--database", path, "--summary"];
    let live = Live::start(&link, 1, "reload", &args);
    let tasks = || {
        let tasks = fs::read_dir(format!("/proc/{}/task", live.worker.id())).expect("threads");
        tasks.count()
    };
    let send = |numbers: std::ops::Range<u32>| {
        let frames: Vec<Vec<u8>> = numbers.map(load::numbered).collect();
        link.send(0, frames.iter().map(Vec::as_slice));
        thread::sleep(Duration::from_millis(200));
    };
    send(0..100);
    let before = tasks();
    for (number, name) in ["One", "Two", "After"].into_iter().enumerate() {
        write(name);
        live.worker.signal("HUP");
        eventually("a new database", END, || {
            live.worker.stderr().matches("read again").count() > number
        });
        // It is used from the next packets on.
        let at = 1000 * (number as u32 + 1);
        send(at..at + 1);
        send(at + 1..at + 100);
    }
    assert_eq!(tasks(), before, "threads of rounds that are over");
    let (records, ended) = live.stop();
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let names: Vec<_> = records.iter().map(|it| it["os"]["name"].as_str().unwrap()).collect();
    let count = |name: &str| names.iter().filter(|&&it| it == name).count();
    assert_eq!((count("Before"), records.len()), (101, 400), "{names:?}");
    assert!(count("One") >= 99 && count("Two") >= 99 && count("After") >= 99, "{names:?}");
    assert!(ended.stderr.contains("hosts      401 tracked"), "{}", ended.stderr);
    let _ = fs::remove_file(&database);
}

#[test]
fn p0fs_rules_take_one_thread() {
    for threads in ["0", "2"] {
        let args = ["live", "-i", "lo", "--p0f-exact", "--threads", threads];
        let ran = program::output(&mut program::command(&args), b"");
        assert_eq!(ran.status.code(), Some(2), "{threads}");
        let message = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(message.contains("--p0f-exact takes one thread"), "{message}");
    }
}

/// Each thread is kept on a processor; one that the machine does not have is refused by name.
#[test]
fn threads_are_kept_on_processors() {
    let Some(link) = Link::make() else { return };
    let args = ["-i", &link.names[1], "--threads", "2", "--cpus", "0"];
    let live = Live::start(&link, 1, "cpus", &args);
    let tasks = format!("/proc/{}/task", live.worker.id());
    let kept = || {
        let tasks = fs::read_dir(&tasks).expect("threads").filter_map(Result::ok);
        let kept = tasks.filter(|task| {
            let read = |name: &str| fs::read_to_string(task.path().join(name)).unwrap_or_default();
            read("comm").starts_with("ring ") && read("status").contains("Cpus_allowed_list:\t0\n")
        });
        kept.count()
    };
    eventually("two threads on a processor", END, || kept() == 2);
    live.finish();
    let args = ["-i", &link.names[1], "--threads", "2", "--cpus", "1000"];
    let live = Live::start(&link, 1, "no-cpu", &args);
    let ended = live.worker.wait(END);
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("--cpus: processor 1000"), "{}", ended.stderr);
    assert!(records_of(&live.records).is_empty());
}
