//! Faults around the program that reads captures: outputs that end or are full, clocks that jump,
//! inputs without measure, rights that are not there. Each packet has a number, and each number is
//! accounted for. What Kafka adds to this is in the `kafka_…` suites; docs/faults.md lists all.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use stackprint::{LinkType, Timestamp};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::ledger::Outcome;
use stackprint_tests::load::numbered;
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::process::{cpu_ticks, peak_octets};
use stackprint_tests::program::{command, output, program};
use stackprint_tests::{require, say};

const PACKETS: u32 = 20_000;
/// 2026-11-23.
const START_NS: u64 = 1_795_000_000_000_000_000;

/// Numbered SYNs, a millisecond apart, behind each other in a capture.
fn capture(packets: u32) -> PcapFile {
    let mut file = PcapFile::new(LinkType::ETHERNET);
    for number in 0..packets {
        let time = START_NS + u64::from(number) * 1_000_000;
        file.push(Timestamp::from_nanos(time), &numbered(number));
    }
    file
}

fn directory(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("stackprint-{name}-{}", std::process::id()));
    fs::create_dir_all(&path).expect("a directory");
    path
}

/// Whoever reads the records goes after a few of them: the program ends at once and quietly, and
/// what was read are the first records, whole, each once.
#[test]
fn output_pipe_closed() {
    for threads in ["1", "2", "8"] {
        let directory = directory("pipe");
        let path = directory.join("numbered.pcap");
        capture(PACKETS).write(&path).expect("written");
        let mut reader = command(&["read", "-f", "ndjson", "--threads", threads]);
        reader.arg(&path).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = reader.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut seen = String::new();
        for _ in 0..100 {
            lines.read_line(&mut seen).expect("a record");
        }
        drop(lines);
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
        let outcome = Outcome::of_lines(PACKETS, &seen);
        say(&format!("output pipe closed, {threads} threads: {outcome}"));
        assert_eq!((outcome.there(), outcome.repeated(), outcome.others), (100, 0, 0));
        assert!(outcome.is_a_beginning());
        fs::remove_dir_all(directory).expect("removed");
    }
}

/// A disk that is full from the start.
#[test]
fn no_room_at_all() {
    let full = fs::File::options().write(true).open("/dev/full");
    let Some(full) = require("/dev/full", full.ok()) else { return };
    let mut read = command(&["read", "-f", "ndjson", "captures/recorded/default.pcap"]);
    let ended = read.stdout(full).stderr(Stdio::piped()).output().expect("it starts");
    let said = String::from_utf8(ended.stderr).expect("UTF-8");
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("No space left"), "{said}");
}

/// A disk that fills up while records are written: an error that says so, and on the disk are the
/// first records, each once, and at most the last of them cut.
#[test]
fn disk_full_at_the_sink() {
    const ROOM: &str = "size=1m";
    let directory = directory("disk");
    let path = directory.join("numbered.pcap");
    capture(PACKETS).write(&path).expect("written");
    let disk = directory.join("disk");
    fs::create_dir(&disk).expect("a directory");
    // The disk is there for these commands alone.
    let script = r#"mount -t tmpfs -o "$3" stackprint "$1" || exit 77
        "$0" read -f ndjson "$2" >"$1/records" 2>"$1/../said"; echo $? >"$1/../status"
        cp "$1/records" "$1/../records""#;
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--map-root-user", "sh", "-c", script]).arg(program());
    let ran = unshare.arg(&disk).arg(&path).arg(ROOM).output();
    let mounted = ran.ok().filter(|ran| ran.status.success());
    if require("a mount namespace", mounted).is_some() {
        let text = |name: &str| fs::read_to_string(directory.join(name)).expect(name);
        let said = text("said");
        assert_eq!(text("status").trim(), "1", "{said}");
        assert!(said.contains("No space left"), "{said}");
        let outcome = Outcome::of_lines(PACKETS, &text("records"));
        say(&format!("disk full at the sink: {outcome}"));
        assert!(outcome.there() > 500 && outcome.missing() > 500, "{outcome}");
        assert_eq!((outcome.repeated(), outcome.others), (0, 0));
        assert!(outcome.is_a_beginning());
    }
    fs::remove_dir_all(directory).expect("removed");
}

/// Steps of the capture's clock in nanoseconds, some of them between a SYN and its answer.
const STEPS_NS: [i64; 9] = [
    1_000_000,
    -3_600_000_000_000,
    1_000_000,
    86_400_000_000_000,
    -1,
    0,
    // p0f forgets flows after 30 s and hosts after two hours.
    31_000_000_000,
    -31_000_000_000,
    7_201_000_000_000,
];

/// The clock of the capture jumps back and forth, by a nanosecond, seconds, hours and days: every
/// SYN and every answer has its record, once, in both manners.
#[test]
fn clock_jumps() {
    const HANDSHAKES: u32 = 5_000;
    let mut file = PcapFile::new(LinkType::ETHERNET);
    let mut time = START_NS;
    for number in 0..HANDSHAKES {
        let client = SocketAddr::from((Ipv4Addr::from((10 << 24) + number), 40_000));
        let syn = FrameBuilder::syn(client, (Ipv4Addr::new(192, 0, 2, 80), 443).into());
        for (place, frame) in [syn.clone(), syn.syn_ack()].iter().enumerate() {
            let step = STEPS_NS[(2 * number as usize + place) % STEPS_NS.len()];
            time = time.saturating_add_signed(step);
            file.push(Timestamp::from_nanos(time), &frame.build());
        }
    }
    for manner in [&[][..], &["--p0f-exact"]] {
        let mut args = vec!["read", "-f", "ndjson"];
        args.extend(manner);
        let read = output(&mut command(&args), file.octets());
        assert_eq!((read.status.code(), read.stderr), (Some(0), Vec::new()));
        let lines = String::from_utf8(read.stdout).expect("UTF-8");
        let [mut syns, mut answers] = [(); 2].map(|()| Outcome::new(HANDSHAKES));
        for line in lines.lines() {
            let answer = line.replacen(r#""kind":"syn_ack""#, r#""kind":"syn""#, 1);
            if answer == line { syns.add(line) } else { answers.add(&answer) }
        }
        say(&format!("clock jumps {manner:?}: SYNs: {syns}; SYN+ACKs: {answers}"));
        assert_eq!((syns.missing(), syns.repeated(), syns.others), (0, 0, 0), "{manner:?}");
        assert_eq!((answers.repeated(), answers.others), (0, 0), "{manner:?}");
        // To p0f, whose clock has no sign, a step back ends all flows, and an answer without one
        // says nothing.
        assert!(answers.missing() == 0 || !manner.is_empty(), "{answers}");
    }
}

/// Packets that say nothing, damaged ones, and lines that hold none, among numbered ones: what goes
/// in is records, skips, packets without news and lines that cannot be read, and the program counts
/// them as we do.
#[test]
fn every_packet_and_line_is_accounted_for() {
    const LINES: u32 = 8_000;
    let mut lines = String::new();
    let mut expected = Outcome::new(LINES);
    let (mut damaged, mut silent, mut unreadable) = (0, 0, 0);
    let packet = |octets: &[u8]| {
        let text: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        format!(r#"{{"timestamp":"1795000000000","layers":{{"frame_raw":"{text}"}}}}"#)
    };
    let ack = || {
        let ends = (Ipv4Addr::new(192, 0, 2, 1), 1).into();
        let mut frame = FrameBuilder::syn(ends, (Ipv4Addr::new(192, 0, 2, 2), 2).into());
        frame.flags = flag::ACK;
        frame.build()
    };
    for number in 0..LINES {
        let syn = numbered(number);
        lines += &packet(&syn);
        lines += "\n";
        let (count, line) = match number % 5 {
            0 => (&mut damaged, packet(&[0xff; 60])),
            1 => (&mut damaged, packet(&syn[..40])),
            2 => (&mut silent, packet(&ack())),
            3 => (&mut unreadable, r#"{"ts":"yesterday","data":3}"#.to_owned()),
            _ => (&mut unreadable, r#"{"timestamp":"#.to_owned()),
        };
        *count += 1;
        lines += &line;
        lines += "\n";
        expected.add(&format!(r#"{{"kind":"syn","client":{{"ip":"{}"}}}}"#, address(number)));
    }
    let mut args = command(&["read", "-f", "ndjson", "--summary=always"]);
    let ran = output(&mut args, lines.as_bytes());
    let said = String::from_utf8(ran.stderr).expect("UTF-8");
    let outcome = Outcome::of_lines(LINES, &String::from_utf8(ran.stdout).expect("UTF-8"));
    say(&format!("odd packets and lines among them: {outcome}\n{said}"));
    assert!(outcome == expected, "{outcome}\n{said}");
    let told = |name: &str| told(&said, name);
    assert_eq!(told("packets")[0], LINES + damaged + silent);
    assert_eq!(told("records")[0], LINES);
    assert_eq!(told("skipped").iter().sum::<u32>(), damaged);
    assert_eq!(told("unreadable")[0], unreadable);
}

/// The numbers in a line of the summary.
fn told(summary: &str, name: &str) -> Vec<u32> {
    let line = summary.lines().find(|line| line.starts_with(name)).unwrap_or(name);
    let numbers = line.split(|char: char| !char.is_ascii_digit()).filter(|word| !word.is_empty());
    numbers.map(|word| word.parse().expect(word)).collect()
}

fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from((10 << 24) + number)
}

/// What a program left behind, and the most memory that it ever had, in bytes.
struct Fed {
    stdout: Vec<u8>,
    stderr: String,
    status: Option<i32>,
    peak: u64,
}

/// Runs the program with what is written to its standard input, which ends only once all of it was
/// worked on.
fn feed(args: &[&str], write: impl FnOnce(&mut dyn Write)) -> Fed {
    let mut command = command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let (mut stdin, id) = (child.stdin.take().expect("a pipe"), child.id());
    let mut pipe = child.stdout.take().expect("a pipe");
    let stdout = thread::spawn(move || {
        let mut octets = Vec::new();
        pipe.read_to_end(&mut octets).expect("its output");
        octets
    });
    write(&mut stdin);
    let mut before = 0;
    while before != cpu_ticks(id) {
        before = cpu_ticks(id);
        thread::sleep(Duration::from_millis(300));
    }
    let peak = peak_octets(id);
    drop(stdin);
    let ended = child.wait_with_output().expect("it ends");
    Fed {
        stdout: stdout.join().expect("read"),
        stderr: String::from_utf8(ended.stderr).expect("UTF-8"),
        status: ended.status.code(),
        peak,
    }
}

/// A line and a value of 100 MB between packets, and a frame that says it is as long: the others come
/// out, and memory stays far below.
#[test]
fn messages_of_100_megabytes() {
    const MEGABYTE: usize = 1 << 20;
    let json = |number: u32| {
        let text: String = numbered(number).iter().map(|octet| format!("{octet:02x}")).collect();
        format!("{{\"timestamp\":\"1795000000000\",\"layers\":{{\"frame_raw\":\"{text}\"}}}}\n")
    };
    let zeros = vec![b'0'; MEGABYTE];
    let lines = feed(&["read", "-f", "ndjson"], |stdin| {
        stdin.write_all(json(0).as_bytes()).unwrap();
        stdin.write_all(br#"{"timestamp":"1795000000000","layers":{"frame_raw":""#).unwrap();
        (0..100).for_each(|_| stdin.write_all(&zeros).unwrap());
        stdin.write_all(b"\"}}\n").unwrap();
        stdin.write_all(json(1).as_bytes()).unwrap();
    });
    assert!(lines.stderr.contains("line 2: more than"), "{}", lines.stderr);
    accounted("a line of 100 MB", &lines, 2, 2);

    let msgpack = |number: u32, more: u32| {
        let octets = numbered(number);
        let mut value = vec![0x83, 0xa2, b't', b's', 0xce, 0x6b, 0, 0, 0, 0xa9];
        value.extend(b"link_type\x01\xa4data\xc6");
        value.extend((octets.len() as u32 + more).to_be_bytes());
        value.extend(octets);
        value
    };
    let values = feed(&["read", "-f", "ndjson"], |stdin| {
        stdin.write_all(&msgpack(0, 0)).unwrap();
        stdin.write_all(&msgpack(1, 100 << 20)).unwrap();
        (0..100).for_each(|_| stdin.write_all(&zeros).unwrap());
        stdin.write_all(&msgpack(2, 0)).unwrap();
    });
    // Where the next value begins, nobody can know.
    assert!(values.stderr.contains("value 2: more than"), "{}", values.stderr);
    assert!(values.stderr.contains("what follows cannot be read"), "{}", values.stderr);
    accounted("a value of 100 MB", &values, 3, 1);

    let mut file = capture(1).octets().to_vec();
    for word in [1_795_000_000_u32, 0, 100 << 20, 100 << 20] {
        file.extend(word.to_le_bytes());
    }
    let frame = feed(&["read", "-f", "ndjson"], |stdin| {
        stdin.write_all(&file).unwrap();
        // It may have ended.
        let _ = (0..100).try_for_each(|_| stdin.write_all(&zeros));
    });
    assert_eq!(frame.status, Some(1), "{}", frame.stderr);
    assert!(frame.stderr.contains("offset"), "{}", frame.stderr);
    accounted("a frame of 100 MB", &frame, 1, 1);
}

/// So many of the packets came out, the first ones, each once; and the memory is bounded.
fn accounted(what: &str, fed: &Fed, packets: u32, there: usize) {
    const CEILING: u64 = 96 << 20;
    let outcome = Outcome::of_lines(packets, &String::from_utf8_lossy(&fed.stdout));
    // Nothing is known of what ended before all was written.
    let peak = if fed.peak == 0 { String::new() } else { format!("; {} KiB", fed.peak / 1024) };
    say(&format!("{what}: {outcome}{peak}; {}", fed.stderr.trim_end()));
    assert_eq!((outcome.there(), outcome.repeated(), outcome.others), (there, 0, 0));
    assert!(outcome.is_a_beginning());
    assert!(fed.peak < CEILING, "{what}: {} octets", fed.peak);
}

/// A record of 100 MB comes back from a coprocess as it was, and so do those around it.
#[test]
fn a_coprocess_and_a_record_of_100_megabytes() {
    let mut long = br#"{"message":""#.to_vec();
    long.resize(100_000_000, b'x');
    long.extend(b"\"}\n");
    let short = b"{\"message\":1}\n";
    let input = [&short[..], &long, short].concat();
    let fed = feed(&["coprocess"], |stdin| stdin.write_all(&input).unwrap());
    say(&format!("a coprocess, a record of 100 MB: {} KiB at most", fed.peak / 1024));
    assert!(fed.stdout == input, "{} octets of {}", fed.stdout.len(), input.len());
    assert_eq!((fed.status, fed.stderr.as_str()), (Some(0), ""));
}

/// SYNs from addresses that nobody has, as fast as they come: every one has its record, and memory
/// is what hosts and flows are allowed, however many addresses there are.
///
/// `STACKPRINT_FLOOD_SOURCES` makes it longer.
#[test]
fn a_flood_of_forged_sources() {
    let sources = std::env::var("STACKPRINT_FLOOD_SOURCES");
    let sources = sources.map_or(400_000, |text| text.parse::<u32>().expect("a number"));
    let (few, _) = flood(1_000, &[]);
    say(&format!("a flood of 1000 sources: {} KiB at most", few / 1024));
    // As documented at `Limits`, and the index at its largest.
    const HOST_OCTETS: u64 = 56 + 10;
    const FLOW_OCTETS: u64 = 112 + 10;
    // 256 KiB of SYNs of 90 bytes, each a record of less than 1 KiB.
    const PIECE_RECORDS_OCTETS: u64 = (256 << 10) / 90 * 1024;
    for (hosts, flows, options) in [
        (200_000, 100_000, &[][..]),
        (10_000, 1_000, &["--hosts", "10000", "--flows", "1000"]),
        (1_000_000, 100_000, &["--hosts", "1000000"]),
    ] {
        let (peak, remembered) = flood(sources, options);
        say(&format!(
            "a flood of {sources} sources, {hosts} hosts and {flows} flows: {} KiB at most, {} more \
             than for 1000 sources",
            peak / 1024,
            peak.saturating_sub(few) / 1024
        ));
        // The server is one of them.
        assert_eq!(remembered, hosts.min(u64::from(sources) + 1));
        // A table that grows has room for twice what it holds. The few sources were less than a
        // piece of input, all of whose records gather before they are written.
        let ceiling = few + 2 * (hosts * HOST_OCTETS + flows * FLOW_OCTETS) + PIECE_RECORDS_OCTETS;
        assert!(peak < ceiling, "{peak} octets of {ceiling}");
    }
}

/// Peak of memory, and the hosts that are remembered.
fn flood(sources: u32, options: &[&str]) -> (u64, u64) {
    const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 80);
    let mut args = vec!["read", "-f", "ndjson", "--output", "/dev/null", "--summary=always"];
    args.extend(options);
    let fed = feed(&args, |stdin| {
        let mut stdin = std::io::BufWriter::new(stdin);
        let mut header = PcapFile::new(LinkType::ETHERNET);
        stdin.write_all(header.octets()).unwrap();
        let header_len = header.octets().len();
        let mut random = 0x9e37_79b9_u32;
        for number in 0..sources {
            // xorshift: each number but 0 once, in an order that looks like none.
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            let source = SocketAddr::from((Ipv4Addr::from(random), 1_024 + number as u16 % 60_000));
            let time = Timestamp::from_nanos(START_NS + u64::from(number) * 100_000);
            header = PcapFile::new(LinkType::ETHERNET);
            header.push(time, &FrameBuilder::syn(source, (SERVER, 443).into()).build());
            stdin.write_all(&header.octets()[header_len..]).unwrap();
        }
        stdin.flush().unwrap();
    });
    assert_eq!(fed.status, Some(0), "{}", fed.stderr);
    assert_eq!(told(&fed.stderr, "records")[0], sources, "{}", fed.stderr);
    (fed.peak, told(&fed.stderr, "hosts")[0].into())
}
