//! The program that is asked, and what its packet loop takes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use stackprint::{Analyzer, Database};
use stackprint_benchmarks::inputs::Frames;
use stackprint_benchmarks::queries::P0fClient;

const LIMIT: Duration = Duration::from_secs(30);
/// Packets are written so often; those that are due by then.
const TICK: Duration = Duration::from_millis(1);
/// Of a pcap file: its header, and that of each packet with the length that it has.
const FILE_HEADER: usize = 24;
const PACKET_HEADER: usize = 16;
const CAPTURED_LEN: usize = 8;

/// `stackprint read -`, which answers queries. It ends when this is dropped.
pub(crate) struct Served {
    child: Child,
    socket: PathBuf,
}

impl Served {
    pub(crate) fn start(program: &Path, socket: &Path) -> Served {
        let mut command = Command::new(program);
        command.args(["read", "-", "-o", "/dev/null", "--p0f-clients", "1024", "--p0f-socket"]);
        command.arg(socket).stdin(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().expect("the program");
        let served = Served { child, socket: socket.to_owned() };
        let began = Instant::now();
        while P0fClient::connect(socket).is_err() {
            assert!(began.elapsed() < LIMIT, "nobody listens");
            thread::sleep(TICK);
        }
        served
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Writes a capture to it at so many packets a second, to its end.
    pub(crate) fn feed(mut self, capture: &[u8], packets: usize, rate: usize) -> Served {
        let mut pipe = self.child.stdin.take().expect("a pipe");
        let (header, mut rest) = capture.split_at(FILE_HEADER);
        pipe.write_all(header).expect("the pipe");
        let (began, mut written) = (Instant::now(), 0);
        while written < packets {
            let due = (began.elapsed().as_secs_f64() * rate as f64) as usize;
            let mut len = 0;
            while written < due.min(packets) {
                let captured = rest[len + CAPTURED_LEN..][..4].try_into().expect("a length");
                len += PACKET_HEADER + u32::from_le_bytes(captured) as usize;
                written += 1;
            }
            let (now, later) = rest.split_at(len);
            pipe.write_all(now).expect("the pipe");
            rest = later;
            thread::sleep(TICK);
        }
        assert!(rest.is_empty(), "more packets than were counted");
        self
    }

    /// The processor time of the thread that reads packets, when it has read all of them.
    pub(crate) fn loop_nanos(&self) -> f64 {
        const STILL: Duration = Duration::from_millis(200);
        let mut last = self.thread_nanos();
        loop {
            thread::sleep(STILL);
            let now = self.thread_nanos();
            if now == last {
                return now as f64;
            }
            last = now;
        }
    }

    /// By the kernel's accounting, of the main thread.
    fn thread_nanos(&self) -> u64 {
        let pid = self.child.id();
        let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat"));
        let text = text.expect("the kernel's accounting of a thread");
        text.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("a number")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The hosts of which records are made, at most 10,000.
pub(crate) fn hosts_of(frames: &Frames) -> Vec<IpAddr> {
    const MOST: usize = 10_000;
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut hosts = BTreeSet::new();
    for frame in frames.iter() {
        if let Ok(Some(record)) = analyzer.analyze(&frame) {
            hosts.extend([record.client.ip, record.server.ip]);
        }
        if hosts.len() >= MOST {
            break;
        }
    }
    hosts.into_iter().collect()
}
