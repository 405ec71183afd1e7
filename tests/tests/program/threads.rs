//! `read --threads N` writes the same octets for every N.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;
use std::{env, fs};

use stackprint::LinkType;
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::{command, output};
use stackprint_tests::{captures, corpus, say};

const THREADS: [&str; 4] = ["1", "2", "4", "8"];
const FORMATS: [&str; 3] = ["ndjson", "text", "p0f"];

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
        for threads in THREADS {
            let several = run(threads);
            assert!(several.stdout == single.stdout, "{format}, {threads} threads: records differ");
            let messages = |octets| String::from_utf8(octets).expect("UTF-8");
            assert_eq!(messages(several.stderr), messages(single.stderr.clone()), "{threads}");
            assert_eq!(several.status, single.status, "{threads}");
        }
    }
    say(&format!("{} captures: the same for {THREADS:?} threads", files.len()));
}

/// Compressed, by a pipe, and with p0f's rules.
#[test]
fn other_ways_in() {
    let plain = "captures/recorded/web-clients.pcap";
    let octets = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(plain)).expect("a capture");
    for options in [&["--p0f-exact"][..], &["--server-port", "80"], &[]] {
        let run = |threads, file| {
            let args =
                [&["read", "-f", "ndjson", "--origin", "none", "--threads", threads], options];
            output(command(&args.concat()).arg(file), &octets).stdout
        };
        let single = run("1", plain);
        assert!(!single.is_empty());
        for threads in THREADS {
            assert!(run(threads, plain) == single, "{threads} {options:?}");
            assert!(run(threads, "-") == single, "{threads} {options:?}, by a pipe");
        }
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
fn synthetic(packets: u32) -> PathBuf {
    const CLIENTS: u32 = 100_000;
    const SERVERS: u32 = 500;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("threads-{packets}.pcap"));
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

/// Octets and their hash, as they come.
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
    let asked = env::var("STACKPRINT_THREADS_PACKETS").ok();
    let packets = asked.map_or(150_000, |packets| packets.parse().expect("a number of packets"));
    let path = synthetic(packets);
    for format in ["ndjson", "text"] {
        let mut single = None;
        for threads in THREADS {
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
