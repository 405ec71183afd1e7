//! `read --threads N` writes the same bytes for every N.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs, thread};

use stackprint::{LinkType, Timestamp};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::load::numbered;
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::{command, output};
use stackprint_tests::{captures, corpus, say};

/// Of several threads, all in the long run.
const ALL_THREADS: [&str; 6] = ["2", "3", "4", "8", "16", "0"];
const FORMATS: [&str; 3] = ["ndjson", "text", "p0f"];

/// How many synthetic packets the long run asks for.
fn asked_packets() -> Option<u32> {
    let asked = env::var("STACKPRINT_THREADS_PACKETS").ok()?;
    Some(asked.parse().expect("a number of packets"))
}

/// The numbers of threads that are compared with one: a sample, unless the long run asks for all.
fn threads() -> &'static [&'static str] {
    match asked_packets() {
        Some(_) => &ALL_THREADS,
        None => &["2", "3", "8"],
    }
}

/// The captures of this repository, damaged ones among them, and of the corpus, in one run: hosts
/// are remembered from one to the next.
#[test]
fn all_captures() {
    let mut files = captures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("captures"));
    files.extend(corpus().iter().flat_map(|corpus| captures(&corpus.join("captures"))));
    for format in FORMATS {
        let run = |threads| {
            let args = ["read", "--summary", "--format", format, "--threads", threads];
            output(command(&args).args(&files), b"")
        };
        let single = run("1");
        assert!(single.stdout.len() > 100_000, "{format}: hardly a record");
        for threads in threads() {
            let several = run(threads);
            assert!(several.stdout == single.stdout, "{format}, {threads} threads: records differ");
            let messages = |octets| String::from_utf8(octets).expect("UTF-8");
            assert_eq!(messages(several.stderr), messages(single.stderr.clone()), "{threads}");
            assert_eq!(several.status, single.status, "{threads}");
        }
    }
    say(&format!("{} captures: the same for 1 and {:?} threads", files.len(), threads()));
}

/// Compressed, by a pipe, and with p0f's rules.
#[test]
fn other_ways_in() {
    let plain = "captures/recorded/web-clients.pcap";
    let octets = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(plain)).expect("a capture");
    let options = [
        &["--p0f-exact"][..],
        &["--server-port", "80"],
        &["--layers", "tcp"],
        &["--layers", "tls,http", "--raw"],
        &["--no-flow", "--redact", "sni,user-agent"],
        &[],
    ];
    for options in options {
        let run = |threads, file| {
            let args =
                [&["read", "-f", "ndjson", "--origin", "none", "--threads", threads], options];
            output(command(&args.concat()).arg(file), &octets).stdout
        };
        let single = run("1", plain);
        assert!(!single.is_empty());
        for threads in threads() {
            assert!(run(threads, plain) == single, "{threads} {options:?}");
            assert!(run(threads, "-") == single, "{threads} {options:?}, by a pipe");
        }
    }
}

/// Rows of hosts and connections, which are made of the records in their order.
#[test]
fn rows() {
    let files = captures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded"));
    for per in ["host", "connection"] {
        let run = |threads| {
            let args = ["read", "-f", "ndjson", "--summary", "--per", per, "--threads", threads];
            let ran = output(command(&args).args(&files), b"");
            (ran.stdout, String::from_utf8(ran.stderr).expect("UTF-8"))
        };
        let single = run("1");
        assert!(single.0.len() > 10_000, "{per}: hardly a row");
        for threads in threads() {
            let several = run(threads);
            assert!(several.0 == single.0, "{per}, {threads} threads: rows differ");
            assert_eq!(several.1, single.1, "{per}, {threads} threads");
        }
    }
}

/// Tables that are full all the time: which entry is evicted does not depend on the threads. With
/// small limits, one shard; with larger ones, several.
#[test]
fn floods_that_evict() {
    let path = synthetic(60_000, "flood");
    for limits in [["50", "20"], ["9000", "8300"]] {
        for exact in [&[][..], &["--p0f-exact"]] {
            let run = |threads| {
                let mut read = command(&["read", "-f", "ndjson", "--summary"]);
                read.args(["--threads", threads, "--hosts", limits[0], "--flows", limits[1]]);
                let ran = output(read.args(exact).arg(&path), b"");
                (ran.stdout, String::from_utf8(ran.stderr).expect("UTF-8"))
            };
            let single = run("1");
            let evicts = |what: &str| {
                let line = single.1.lines().find(|line| line.starts_with(what)).expect(what);
                line.ends_with(" evicted") && !line.ends_with(" 0 evicted")
            };
            assert!(evicts("hosts ") && evicts("flows "), "{}", single.1);
            for threads in threads() {
                let several = run(threads);
                assert_eq!(several.1, single.1, "{limits:?} {exact:?}, {threads} threads");
                assert!(several.0 == single.0, "{limits:?} {exact:?}, {threads} threads");
            }
        }
    }
    fs::remove_file(path).expect("the file is there");
}

/// A file that is cut, one that is none, and one that is not there, among whole ones: what can be read
/// of all is, and each fault is told after the records before it.
#[test]
fn damaged_files_among_others() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("threads-damaged");
    fs::create_dir_all(&directory).expect("a directory");
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded");
    let (whole, last) = (recorded.join("web-clients.pcap"), recorded.join("uptime.pcap"));
    let octets = fs::read(&whole).expect("a capture");
    let (cut, none, gone) =
        (directory.join("cut.pcap"), directory.join("none"), directory.join("gone"));
    fs::write(&cut, &octets[..octets.len() / 2 + 7]).expect("written");
    fs::write(&none, b"no capture at all").expect("written");
    let run = |threads| {
        let mut read = command(&["read", "-f", "ndjson", "--threads", threads]);
        output(read.args([&whole, &cut, &none, &gone, &last]), b"")
    };
    let single = run("1");
    let said = String::from_utf8(single.stderr.clone()).expect("UTF-8");
    assert_eq!((single.status.code(), said.lines().count()), (Some(1), 3), "{said}");
    let lines = String::from_utf8(single.stdout.clone()).expect("UTF-8");
    assert!(lines.contains("/uptime.pcap"), "the file after them is read");
    for threads in threads() {
        assert_eq!(run(threads), single, "{threads} threads");
    }
    fs::remove_dir_all(directory).expect("removed");
}

/// More threads than frames, and than anyone has cores.
#[test]
fn more_threads_than_frames() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/uptime.pcap");
    let octets = fs::read(path).expect("a capture");
    // The header alone, and the header with one frame.
    for len in [24, 24 + 16 + 74] {
        let run = |threads| {
            output(&mut command(&["read", "-f", "ndjson", "--threads", threads]), &octets[..len])
        };
        let single = run("1");
        assert!(single.status.success());
        for threads in ["2", "16", "256"] {
            assert_eq!(run(threads), single, "{threads} threads, {len} octets");
        }
    }
}

/// A signal in the midst of packets without end: whole records of what was read, and no thread that
/// does not end.
#[test]
fn a_signal_ends_all_threads() {
    let mut file = PcapFile::new(LinkType::ETHERNET);
    let header_len = file.octets().len();
    (0..20_000).for_each(|number| file.push(Timestamp::from_nanos(0), &numbered(number)));
    let (header, frames) = file.octets().split_at(header_len);
    for threads in ["2", "8"] {
        let mut read = command(&["read", "-f", "ndjson", "--threads", threads]);
        read.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = read.spawn().expect("the program starts");
        let mut to = child.stdin.take().expect("a pipe");
        let mut from = BufReader::new(child.stdout.take().expect("a pipe"));
        let id = child.id().to_string();
        thread::scope(|scope| {
            scope.spawn(move || {
                to.write_all(header).expect("it reads");
                // Until the program is gone.
                while to.write_all(frames).is_ok() {}
            });
            let mut line = String::new();
            from.read_line(&mut line).expect("a record");
            assert!(
                Command::new("kill").args(["-s", "TERM", &id]).status().expect("kill").success()
            );
            from.read_to_string(&mut line).expect("the rest");
            assert!(line.ends_with("}\n"), "records are whole");
        });
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(143), "{threads} threads");
        assert_eq!(String::from_utf8(ended.stderr).expect("UTF-8"), "");
    }
}

#[test]
fn records_come_while_the_pipe_grows() {
    const HEADER_AND_FIRST_SYN: usize = 24 + 16 + 74;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/uptime.pcap");
    let octets = fs::read(path).expect("a capture");
    let mut program = command(&["read", "-f", "ndjson", "--threads", "4"]);
    program.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = program.spawn().expect("the program starts");
    let mut to = child.stdin.take().expect("a pipe");
    let mut from = BufReader::new(child.stdout.take().expect("a pipe"));
    to.write_all(&octets[..HEADER_AND_FIRST_SYN]).expect("it reads");
    let mut line = String::new();
    from.read_line(&mut line).expect("a record, before there is more to read");
    assert!(line.contains(r#""kind":"syn""#), "{line}");
    drop(to);
    from.read_to_string(&mut line).expect("the end");
    assert!(child.wait().expect("it ends").success());
}

/// Connections of many clients with few servers, so that each host's history spans many pairs:
/// SYN, SYN+ACK and ACK, with clocks that tell an uptime, and TTLs that sometimes change.
fn synthetic(packets: u32, name: &str) -> PathBuf {
    const CLIENTS: u32 = 100_000;
    const SERVERS: u32 = 500;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("threads-{name}.pcap"));
    let mut out = BufWriter::new(File::create(&path).expect("a file"));
    out.write_all(PcapFile::new(LinkType::ETHERNET).octets()).expect("room");
    for number in 0..packets {
        let (connection, step) = (number / 3, number % 3);
        // Neighbours are far apart, as in a flood.
        let host = connection.wrapping_mul(2_654_435_761) % CLIENTS;
        let client = (Ipv4Addr::from(10 << 24 | host), 10_000 + (connection / CLIENTS) as u16);
        let server = (Ipv4Addr::from(0xc633_6400 + connection % SERVERS), 443);
        let mut syn = FrameBuilder::syn(client.into(), server.into());
        syn.sequence = connection;
        syn.ttl = if connection % 50 == 49 { 120 } else { 60 };
        let micros = u64::from(number) * 20 + u64::from(step) * 40_000;
        // 1000 Hz.
        let clock = (1000 + micros / 1000) as u32;
        syn.tcp_options[8..12].copy_from_slice(&clock.to_be_bytes());
        let frame = match step {
            0 => syn,
            1 => syn.syn_ack(),
            _ => FrameBuilder { flags: flag::ACK, sequence: connection + 1, ..syn },
        };
        let octets = frame.build();
        let len = octets.len() as u32;
        let seconds = 1_700_000_000 + (micros / 1_000_000) as u32;
        for word in [seconds, (micros % 1_000_000) as u32 * 1000, len, len] {
            out.write_all(&word.to_le_bytes()).expect("room");
        }
        out.write_all(&octets).expect("room");
    }
    out.flush().expect("room");
    path
}

/// Bytes and their hash, as they come.
fn digest(mut from: impl Read) -> io::Result<(u64, u64)> {
    let mut piece = vec![0; 1 << 20];
    let (mut len, mut hasher) = (0, DefaultHasher::new());
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 {
            return Ok((len, hasher.finish()));
        }
        // Byte by byte as one: `write` of pieces hashes as `write` of the whole.
        hasher.write(&piece[..count]);
        len += count as u64;
    }
}

/// `STACKPRINT_THREADS_PACKETS=10000000 cargo test --release -p stackprint-tests --test program --
/// synthetic_packets --nocapture` is the large one.
#[test]
fn synthetic_packets() {
    let packets = asked_packets().unwrap_or(150_000);
    let path = synthetic(packets, "synthetic");
    for format in ["ndjson", "text", "msgpack"] {
        let mut single = None;
        for threads in [&["1"], threads()].concat() {
            let mut program = command(&["read", "--format", format, "--threads", threads]);
            let start = Instant::now();
            let mut child =
                program.arg(&path).stdout(Stdio::piped()).spawn().expect("the program starts");
            let digest = digest(child.stdout.take().expect("a pipe")).expect("records");
            assert!(child.wait().expect("it ends").success());
            let seconds = start.elapsed().as_secs_f64();
            let rate = f64::from(packets) / seconds / 1e6;
            say(&format!(
                "{format}, {threads} threads: {rate:.2} M packets/s, {} octets",
                digest.0
            ));
            assert!(digest.0 > u64::from(packets) * 100, "{format}: hardly a record");
            assert_eq!(*single.get_or_insert(digest), digest, "{format}, {threads} threads");
        }
    }
    fs::remove_file(path).expect("the file is there");
}
