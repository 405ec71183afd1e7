//! Threads that capture from memory: panics that are injected, tunnels, and a reader that goes.

use std::collections::BTreeSet;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::sync::mpsc::channel;

use clap::Parser as _;
use serde_json::Value;
use stackprint::{Frame, LinkType};

use super::*;
use crate::args::RecordArgs;
use crate::recorder::RecordPlan;

/// Frames of a thread's ring, and what happens then.
struct Played {
    frames: Vec<(Timestamp, Vec<u8>)>,
    next: usize,
    panics_at: Option<usize>,
    /// Whether it waits when all are read, for ever.
    is_endless: bool,
}

impl Rings for Played {
    fn read(&mut self, mut each: impl FnMut(usize, &Frame<'_>)) -> bool {
        const BLOCK: usize = 64;
        let block = self.frames.iter().skip(self.next).take(BLOCK);
        for (number, (time, bytes)) in (self.next..).zip(block.clone()) {
            assert_ne!(Some(number), self.panics_at, "as the test asks for");
            each(0, &Frame::new(LinkType::RAW, bytes).at(*time));
        }
        let read = block.count();
        self.next += read;
        read > 0
    }

    fn is_empty(&self) -> bool {
        !self.is_endless && self.next >= self.frames.len()
    }

    fn wait(
        &mut self,
        file: BorrowedFd<'_>,
        stop: &Stop,
        time: Option<Duration>,
    ) -> io::Result<()> {
        stop.wait_for([&file], time)
    }

    fn wait_for_last(&self) {}

    fn dropped(&mut self) -> u64 {
        0
    }
}

fn played(frames: Vec<(Timestamp, Vec<u8>)>) -> Played {
    Played { frames, next: 0, panics_at: None, is_endless: false }
}

/// SYNs of so many clients, spread over threads.
fn syns(threads: usize, count: u32) -> Vec<Played> {
    let mut all: Vec<Played> = (0..threads).map(|_| played(Vec::new())).collect();
    for number in 0..count {
        let time = Timestamp::from_nanos(u64::from(number) * 1000);
        let [_, high, middle, low] = number.to_be_bytes();
        let syn = ipv4(6, [[10, high, middle, low], SERVER], &tcp([40_000, 80], 0x02));
        all[number as usize % threads].frames.push((time, syn));
    }
    all
}

const SERVER: [u8; 4] = [192, 0, 2, 1];

fn ipv4(protocol: u8, [source, destination]: [[u8; 4]; 2], payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len()) as u16;
    let mut header = vec![0x45, 0];
    header.extend_from_slice(&length.to_be_bytes());
    header.extend_from_slice(&[0, 0, 0, 0, 64, protocol, 0, 0]);
    [&header[..], &source, &destination, payload].concat()
}

fn tcp([source, destination]: [u16; 2], flags: u8) -> Vec<u8> {
    let ports = [source.to_be_bytes(), destination.to_be_bytes()].concat();
    [&ports[..], &[0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]].concat()
}

#[derive(clap::Parser)]
struct Only {
    #[command(flatten)]
    records: RecordArgs,
}

/// What is written, and what the threads counted. Fails if it does not come to an end.
fn written(rings: Vec<Played>, output: &str) -> (io::Result<Capturing>, Vec<Value>) {
    let output = match output {
        "/dev/full" => PathBuf::from(output),
        name => {
            std::env::temp_dir().join(format!("stackprint-threads-{}-{name}", std::process::id()))
        }
    };
    let (to, from) = channel();
    let path = output.clone();
    thread::spawn(move || {
        let path = path.to_str().unwrap();
        let only = Only::parse_from(["test", "--format", "ndjson", "-o", path]);
        let plan = RecordPlan::new(&only.records).unwrap();
        let stages = u32::try_from(rings.len()).unwrap();
        let mut recorder = Recorder::with_flow_stages(plan, false, stages).unwrap();
        let mut threads = Threads::new(rings, vec!["eth0".to_owned()], Vec::new()).unwrap();
        let stop = Stop::listen().unwrap();
        let mut beside = Beside { statistics: None, telling: Telling::none(), stop: &stop };
        let worked = threads.work(&mut recorder, &mut beside);
        let _ = to.send(worked.map(|()| threads.capturing()));
    });
    let result = from.recv_timeout(Duration::from_secs(60)).expect("it ends");
    if !output.is_file() {
        return (result, Vec::new());
    }
    let text = std::fs::read_to_string(&output).unwrap();
    std::fs::remove_file(&output).unwrap();
    (result, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn each_record_is_written_once_whatever_the_number_of_threads() {
    const SYNS: u32 = 10_000;
    let of = |threads: usize| {
        let (result, records) = written(syns(threads, SYNS), &format!("once-{threads}"));
        let counted = result.unwrap().threads.unwrap();
        assert_eq!(counted.packets.iter().sum::<u64>(), u64::from(SYNS));
        assert_eq!(counted.packets.len(), threads);
        assert_eq!(records.len(), SYNS as usize);
        records.iter().map(Value::to_string).collect::<BTreeSet<_>>()
    };
    let one = of(1);
    assert_eq!(one.len(), SYNS as usize);
    for threads in [2, 4, 16] {
        assert!(of(threads) == one, "{threads} threads");
    }
}

/// More threads than frames, and none at all.
#[test]
fn threads_without_frames_end() {
    for frames in [0, 1, 3] {
        let (result, records) = written(syns(8, frames), &format!("few-{frames}"));
        assert_eq!(result.unwrap().dropped, 0);
        assert_eq!(records.len(), frames as usize);
    }
}

/// Whichever thread panics, those that wait for packets end, too, and the caller is told.
#[test]
fn a_panic_ends_all_with_an_error() {
    for threads in [2, 4] {
        for (thread, frame) in [(0, 0), (1, 1000)] {
            let mut rings = syns(threads, 10_000);
            rings.iter_mut().for_each(|ring| ring.is_endless = true);
            rings[thread].panics_at = Some(frame);
            let (result, _) = written(rings, &format!("panic-{threads}-{thread}"));
            let error = result.expect_err("records are missing").to_string();
            assert!(error.contains("a thread panicked"), "{error}");
        }
    }
}

/// Where records cannot be written, threads that wait end, too.
#[test]
fn a_full_disk_ends_all_with_an_error() {
    let mut rings = syns(4, 50_000);
    rings.iter_mut().for_each(|ring| ring.is_endless = true);
    let (result, _) = written(rings, "/dev/full");
    assert_eq!(result.expect_err("no room").kind(), io::ErrorKind::StorageFull);
}

/// The two directions of connections in IP tunnels, each captured by a ring of its own.
#[test]
fn tunnels_meet_in_one_thread() {
    const CONNECTIONS: u16 = 500;
    let gateways = [[198, 51, 100, 1], [198, 51, 100, 2]];
    let (mut there, mut back) = (Vec::new(), Vec::new());
    for number in 0..CONNECTIONS {
        let [high, low] = number.to_be_bytes();
        let client = [10, 0, high, low];
        let syn = ipv4(6, [client, SERVER], &tcp([40_000, 80], 0x02));
        let syn_ack = ipv4(6, [SERVER, client], &tcp([80, 40_000], 0x12));
        let time = u64::from(number) * 2000;
        there.push((Timestamp::from_nanos(time), ipv4(4, gateways, &syn)));
        back.push((
            Timestamp::from_nanos(time + 1000),
            ipv4(4, [gateways[1], gateways[0]], &syn_ack),
        ));
    }
    for threads in [2, 3] {
        let mut rings = vec![played(back.clone()), played(there.clone())];
        rings.resize_with(threads, || played(Vec::new()));
        let (result, records) = written(rings, &format!("tunnels-{threads}"));
        let counted = result.unwrap().threads.unwrap();
        assert_eq!(counted.tunnel_frames_dropped, 0);
        assert_eq!(records.len(), 2 * usize::from(CONNECTIONS));
        for record in records {
            let notes = record["notes"].as_array().unwrap();
            assert!(!notes.contains(&"no_syn".into()), "{threads} threads: {record}");
            assert_eq!(record["path"][0], "ipip");
        }
    }
    // Without the tunnel, each ring has one direction: so the test shows something.
    let bare = |frames: &[(Timestamp, Vec<u8>)]| {
        played(frames.iter().map(|(time, frame)| (*time, frame[20..].to_vec())).collect())
    };
    let (_, records) = written(vec![bare(&back), bare(&there)], "bare");
    let unseen = records.iter().filter(|record| record["notes"].to_string().contains("no_syn"));
    assert_eq!(unseen.count(), usize::from(CONNECTIONS));
}
