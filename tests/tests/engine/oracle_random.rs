//! Against p0f 3.09b on traffic that nobody has seen: random conversations between few hosts, with
//! p0f's own database and with random ones.
//!
//! The seeds are fixed, so that a failure can be repeated. `STACKPRINT_RANDOM_CAPTURES` sets how
//! many captures are compared.

use std::env;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use stackprint::{Compat, Database, LinkType, Timestamp};
use stackprint_tests::frames::{FrameBuilder, flag, ip_flag};
use stackprint_tests::p0f::{self, Event, compare, events, module, our_log};
use stackprint_tests::pcap_file::PcapFile;

const FRAMES_PER_CAPTURE: usize = 1500;

fn capture_count(default: u64) -> u64 {
    env::var("STACKPRINT_RANDOM_CAPTURES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(default)
}

/// Sebastiano Vigna's SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }
}

/// Option lists as stacks send them, before random changes.
const LAYOUTS: [&[u8]; 8] = [
    &[2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7],
    &[2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2],
    &[2, 4, 5, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 4, 2, 0, 0],
    &[2, 4, 5, 0xb4, 1, 1, 4, 2],
    &[2, 4, 5, 0xb4],
    &[],
    &[2, 4, 5, 0x33, 1, 1, 1, 0],
    &[2, 4, 5, 0xac, 4, 2, 1, 1, 34, 4, 1, 2, 1, 1, 1, 1],
];

const PAYLOADS: [&[u8]; 9] = [
    b"",
    b"GET / HTTP/1.1\r\nHost: example\r\n\r\n",
    b"GET / HT",
    b"TP/1.0\r\nUser-Agent: x\r\n",
    b"\r\n",
    b"HTTP/1.1 200 OK\r\nServer: y\r\n\r\n",
    b"HTTP/1.1 404 Not",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"220 hello there, this is a greeting\r\n",
];

/// Hosts that talk to each other, each with a clock of its own.
struct World {
    random: Random,
    hosts: Vec<IpAddr>,
    micros: u64,
    flows: Vec<Flow>,
}

#[derive(Clone)]
struct Flow {
    client: SocketAddr,
    server: SocketAddr,
    sequence: [u32; 2],
}

impl World {
    fn new(seed: u64) -> World {
        let v4 = (1..9).map(|last| IpAddr::from(Ipv4Addr::new(10, 0, 0, last)));
        let v6 = (1..5).map(|last| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)));
        World {
            random: Random(seed),
            hosts: v4.chain(v6).collect(),
            micros: 1_700_000_000_000_000,
            flows: Vec::new(),
        }
    }

    fn pass_time(&mut self) {
        let steps = [0, 500, 9_000, 26_000, 70_000, 150_000, 1_100_000, 8_000_000, 40_000_000];
        let step = self.random.pick(&steps);
        let step = self.random.below(step + 1);
        if self.random.one_in(60) {
            self.micros -= step / 2;
        } else {
            self.micros += step;
        }
    }

    /// The timestamp clock of a host: its frequency and start follow from its address.
    fn clock(&self, host: IpAddr) -> u32 {
        let last = match host {
            IpAddr::V4(ip) => ip.octets()[3],
            IpAddr::V6(ip) => ip.octets()[15],
        };
        let hz = [0, 1, 10, 61, 100, 217, 250, 1000, 1033, 1600][usize::from(last)];
        (self.micros * hz / 1_000_000) as u32
    }

    fn options(&mut self, host: IpAddr) -> Vec<u8> {
        let mut options = self.random.pick(&LAYOUTS).to_vec();
        if let Some(at) = options.windows(2).position(|window| window == [8, 10]) {
            let jump = if self.random.one_in(12) { self.random.next() as u32 } else { 0 };
            let ticks = self.clock(host).wrapping_add(jump).to_be_bytes();
            options[at + 2..at + 6].copy_from_slice(&ticks);
        }
        if self.random.one_in(6) {
            for _ in 0..=self.random.below(3) {
                if let Some(last) = options.len().checked_sub(1) {
                    let at = self.random.below(last as u64 + 1) as usize;
                    options[at] = self.random.pick(&[0, 1, 2, 3, 4, 5, 8, 10, 14, 15, 255]);
                }
            }
        }
        if self.random.one_in(20) {
            let len = 4 * self.random.below(11) as usize;
            options.resize(len, self.random.pick(&[0, 1]));
        }
        options
    }

    /// Changes header fields here and there.
    fn vary(&mut self, frame: &mut FrameBuilder) {
        let random = &mut self.random;
        frame.ttl = random.pick(&[64, 64, 63, 128, 120, 255, 29, 28, 65, 1, 0, 200]);
        frame.window = random.pick(&[
            64_240, 65_535, 29_200, 8192, 5840, 1024, 512, 65_160, 1337, 14_600, 0, 2920, 1500,
        ]);
        frame.ip_flags = random.pick(&[
            ip_flag::DONT_FRAGMENT,
            ip_flag::DONT_FRAGMENT,
            0,
            ip_flag::RESERVED,
            ip_flag::RESERVED | ip_flag::DONT_FRAGMENT,
        ]);
        frame.identification = random.pick(&[0, 1, 0x1234]);
        frame.flow_label = random.pick(&[0, 0, 0x12345]);
        if random.one_in(10) {
            frame.traffic_class = random.next() as u8;
        }
        if random.one_in(15) {
            frame.ip_options = vec![1; 4 * random.below(3) as usize];
        }
        if random.one_in(12) {
            frame.flags |= random.pick(&[
                flag::PSH,
                flag::URG,
                flag::ECE,
                flag::CWR,
                flag::NS,
                flag::FIN,
                flag::RST,
                0xe00,
            ]);
        }
        if random.one_in(25) {
            frame.urgent_pointer = 7;
        }
        if random.one_in(25) {
            frame.sequence = 0;
        }
        if random.one_in(15) {
            frame.acknowledgment = random.pick(&[0, 1, 0x0100_0000, 0x0200_0000, u32::MAX]);
        }
    }

    fn open(&mut self) -> FrameBuilder {
        let client = self.random.pick(&self.hosts.clone());
        let server = loop {
            let server = self.random.pick(&self.hosts.clone());
            if server.is_ipv4() == client.is_ipv4() && server != client {
                break server;
            }
        };
        let client = SocketAddr::new(client, 40_000 + self.random.below(300) as u16);
        let server = SocketAddr::new(server, self.random.pick(&[80, 443]));
        let mut frame = FrameBuilder::syn(client, server);
        frame.sequence = self.random.next() as u32;
        self.vary(&mut frame);
        frame.tcp_options = self.options(client.ip());
        if self.random.one_in(15) {
            frame.payload = self.random.pick(&PAYLOADS).to_vec();
        }
        if self.random.one_in(60) {
            (frame.window, frame.tcp_options) = (1337, vec![2, 4, 5, 0x33]);
        }
        let after_syn = frame.sequence.wrapping_add(1);
        self.flows.push(Flow { client, server, sequence: [after_syn, 0] });
        frame
    }

    /// A later segment of one of the last flows.
    fn go_on(&mut self) -> FrameBuilder {
        let recent = self.flows.len().saturating_sub(6);
        let number = recent + self.random.below((self.flows.len() - recent) as u64) as usize;
        let flow = self.flows[number].clone();
        let mut frame = FrameBuilder::syn(flow.client, flow.server);
        frame.sequence = flow.sequence[0].wrapping_sub(1);
        let from_server = self.random.one_in(2);
        match self.random.below(10) {
            // The SYN again, with other options.
            0 => {
                frame.tcp_options = self.options(flow.client.ip());
                return frame;
            }
            1..=3 => {
                frame = if self.random.one_in(8) { frame } else { frame.syn_ack() };
                frame.flags = flag::SYN | flag::ACK;
                frame.acknowledgment = flow.sequence[0];
                frame.sequence = self.random.next() as u32;
                let sender = frame.source.ip();
                self.vary(&mut frame);
                frame.tcp_options = self.options(sender);
                self.flows[number].sequence[1] = frame.sequence.wrapping_add(1);
                return frame;
            }
            _ => {}
        }
        if from_server {
            frame = frame.syn_ack();
        }
        let side = usize::from(from_server);
        frame.sequence = flow.sequence[side];
        frame.flags = self.random.pick(&[
            flag::ACK,
            flag::ACK,
            flag::ACK,
            flag::ACK | flag::PSH,
            flag::ACK | flag::PSH,
            flag::ACK | flag::FIN,
            flag::RST,
            flag::RST | flag::ACK,
        ]);
        if self.random.one_in(12) {
            frame.sequence = frame.sequence.wrapping_add(5);
        }
        let ticks = self.clock(frame.source.ip()).to_be_bytes();
        frame.tcp_options = [&[1, 1, 8, 10], &ticks[..], &[0, 0, 0, 0]].concat();
        frame.payload = self.random.pick(&PAYLOADS).to_vec();
        let len = frame.payload.len() as u32;
        self.flows[number].sequence[side] = frame.sequence.wrapping_add(len);
        frame
    }

    fn capture(&mut self) -> PcapFile {
        let mut file = PcapFile::new(LinkType::ETHERNET);
        for _ in 0..FRAMES_PER_CAPTURE {
            self.pass_time();
            let frame = if self.flows.is_empty() || self.random.one_in(4) {
                self.open()
            } else {
                self.go_on()
            };
            let mut octets = frame.build();
            if self.random.one_in(50) {
                let at = 14 + self.random.below(octets.len() as u64 - 14) as usize;
                octets[at] = self.random.next() as u8;
            }
            file.push(Timestamp::from_nanos(self.micros * 1000), &octets);
        }
        file
    }
}

/// Events that p0f and we have on a capture, and how they differ.
fn differences(
    file: &PcapFile,
    path: &Path,
    database: &Arc<Database>,
) -> Option<(usize, Vec<String>)> {
    let capture = p0f::temporary("random.pcap");
    file.write(&capture).expect("a capture");
    let theirs = p0f::log(&capture, path)?;
    let (ours, theirs) = (events(&our_log(file.octets(), database)), events(&theirs));
    let count = theirs.len();
    let (missing, extra) = compare(ours, theirs);
    let missing = missing.iter().map(|Event(line)| format!("missing: {line}"));
    let extra = extra.iter().map(|Event(line)| format!("extra: {line}"));
    Some((count, missing.chain(extra).collect()))
}

fn report(what: &str, captures: u64, events: usize, differences: &[String]) {
    stackprint_tests::say(&format!(
        "{what}: {captures} random captures, {events} events compared, {} differ",
        differences.len()
    ));
    let some: Vec<_> = differences.iter().take(20).cloned().collect();
    assert!(differences.is_empty(), "{what}:\n{}", some.join("\n"));
    assert!(events > 0, "{what}: nothing was compared");
}

#[test]
fn random_traffic_with_p0fs_database() {
    let Some(database) = p0f::database() else { return };
    let (mut events, mut all) = (0, Vec::new());
    let captures = capture_count(40);
    for seed in 0..captures {
        let file = World::new(seed).capture();
        let (count, differ) = differences(&file, Path::new(p0f::DATABASE), &database)
            .expect("p0f reads its own database and our capture");
        events += count;
        all.extend(differ.into_iter().map(|line| format!("seed {seed}: {line}")));
    }
    report("p0f's database", captures, events, &all);
}

/// A database made of what a capture shows, each field kept or loosened at random.
fn random_database(random: &mut Random, log: &str) -> String {
    let mut text = String::from("classes = win,unix\n");
    let labels = ["s:win:A:1", "s:unix:B:2", "g:unix:B:", "g:win:A:x", "s:unix:C:", "s:!:T:"];
    for (section, wanted) in [("[tcp:request]", "syn"), ("[tcp:response]", "syn+ack")] {
        text.push_str(section);
        text.push('\n');
        for line in log.lines().filter(|line| module(line) == wanted) {
            let Some((_, raw)) = line.split_once("raw_sig=") else { continue };
            if random.one_in(4) && !raw.contains("+?") {
                let label = random.pick(&labels);
                text.push_str(&format!("label = {label}\n"));
                if label.contains('!') {
                    text.push_str("sys = @unix,A\n");
                }
                text.push_str(&format!("sig = {}\n", loosen(random, raw)));
            }
        }
    }
    text
}

/// A raw signature as a pattern: some fields become wildcards, some quirks go or come.
fn loosen(random: &mut Random, raw: &str) -> String {
    let mut fields: Vec<String> = raw.split(':').map(str::to_owned).collect();
    if random.one_in(2) {
        fields[0] = "*".to_owned();
    } else if random.one_in(6) && !["df", "id", "0+", "flow"].iter().any(|word| raw.contains(word))
    {
        fields[0] = if fields[0] == "4" { "6" } else { "4" }.to_owned();
    }
    if random.one_in(8) {
        fields[1] = random.pick(&["64", "128", "255", "64-", "128-"]).to_owned();
    }
    if fields[1].starts_with("0+") {
        fields[1] = "32".to_owned();
    }
    if random.one_in(2) {
        fields[3] = "*".to_owned();
    }
    let (window, scale) = fields[4].split_once(',').expect("window and scale");
    let window = match random.below(6) {
        0 => "*".to_owned(),
        1 => format!("%{}", random.pick(&[2, 8, 512, 1460])),
        _ => window.to_owned(),
    };
    let scale = if random.one_in(4) { "*" } else { scale };
    fields[4] = format!("{window},{scale}");
    if random.one_in(4) {
        let quirks = fields[6].split(',').filter(|word| !word.is_empty() && !random.one_in(2));
        fields[6] = quirks.collect::<Vec<_>>().join(",");
    }
    if random.one_in(3) {
        fields[7] = "*".to_owned();
    }
    fields.join(":")
}

#[test]
fn random_traffic_with_random_databases() {
    if p0f::database().is_none() {
        return;
    }
    let path = p0f::temporary("random.fp");
    let capture = p0f::temporary("seed.pcap");
    let (mut events, mut all, mut refused) = (0, Vec::new(), 0);
    let captures = capture_count(30);
    for seed in 0..captures {
        let file = World::new(1000 + seed).capture();
        file.write(&capture).expect("a capture");
        let log = p0f::log(&capture, Path::new(p0f::DATABASE)).expect("p0f reads our capture");
        let mut random = Random(seed);
        let mut text = random_database(&mut random, &log);
        // p0f refuses a signature that an earlier one covers: take signatures out until it reads
        // the file. What we refuse, p0f must refuse, too.
        let outcome = loop {
            fs::write(&path, &text).expect("a database");
            match Database::parse_with(&text, Compat::P0fExact) {
                Err(error) => {
                    assert!(p0f::log(&capture, &path).is_none(), "p0f reads it: {error}\n{text}");
                    text = without_line(&text, error.line - 1);
                }
                Ok(database) => match differences(&file, &path, &Arc::new(database)) {
                    Some(outcome) => break outcome,
                    None => {
                        refused += 1;
                        text = without_a_signature(&mut random, &text);
                    }
                },
            }
        };
        events += outcome.0;
        all.extend(outcome.1.into_iter().map(|line| format!("seed {seed}: {line}")));
    }
    stackprint_tests::say(&format!("{refused} signatures taken out as covered"));
    report("random databases", captures, events, &all);
}

/// The database without one of its signatures.
fn without_a_signature(random: &mut Random, text: &str) -> String {
    let signatures: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("sig"))
        .map(|(number, _)| number)
        .collect();
    let victim = random.pick(&signatures);
    without_line(text, victim)
}

fn without_line(text: &str, without: usize) -> String {
    let lines = text.lines().enumerate().filter(|&(number, _)| number != without);
    lines.map(|(_, line)| format!("{line}\n")).collect()
}
