//! The p0f socket beside p0f 3.09b itself, on the same traffic in a network namespace.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use stackprint::{LinkType, host_pair};
use stackprint_tests::namespace::{Link, V4, V6};
use stackprint_tests::queries::{ANSWER_LEN, FOUND, P0fClient, UNKNOWN, number};
use stackprint_tests::wait::eventually;
use stackprint_tests::worker::Worker;
use stackprint_tests::{input, p0f, program, say};

const LIMIT: Duration = Duration::from_secs(30);
/// Where an answer's fields are.
const FIRST_SEEN: usize = 8;
const LAST_SEEN: usize = 12;
const LAST_SHARED: usize = 28;
const LAST_CHANGED: usize = 32;

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("stackprint-live-queries-{}-{name}", std::process::id()))
}

/// A listener with a socket, on side 1 of a link.
struct Listening {
    worker: Worker,
    socket: PathBuf,
}

impl Listening {
    fn start(link: &Link, program: &Path, socket: &str, args: &[&str]) -> Listening {
        let socket = file(socket);
        let path = socket.to_str().expect("a path");
        let option = if args.first() == Some(&"live") { "--p0f-socket" } else { "-s" };
        let args = [args, &["-i", &link.names[1], option, path]].concat();
        let worker = Worker::run(link.command(1, program, &args).stdout(Stdio::null()));
        eventually("a socket", LIMIT, || socket.exists());
        Listening { worker, socket }
    }

    fn stackprint(link: &Link, name: &str, args: &[&str]) -> Listening {
        let all = [&["live", "-o", "/dev/null"], args].concat();
        let listening = Listening::start(link, program::program(), name, &all);
        listening.worker.wait_until_said("listening on");
        listening
    }

    fn ask(&self, ip: IpAddr) -> [u8; ANSWER_LEN] {
        let mut client = P0fClient::connect(&self.socket).expect("a connection");
        client.ask(ip).expect("an answer")
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.socket);
    }
}

/// Minutes, and days after which the clock wraps.
const UPTIME: std::ops::Range<usize> = 20..28;

/// Each listener gets a time of its own from the kernel, some microseconds apart: in two answers,
/// the same second may be two.
fn with_times_of(theirs: &[u8; ANSWER_LEN], ours: &[u8; ANSWER_LEN]) -> [u8; ANSWER_LEN] {
    let mut ours = *ours;
    for at in [FIRST_SEEN, LAST_SEEN, LAST_SHARED, LAST_CHANGED] {
        if number(theirs, at).abs_diff(number(&ours, at)) == 1 {
            ours[at..at + 4].copy_from_slice(&theirs[at..at + 4]);
        }
    }
    ours
}

/// All captures of Ethernet, one after the other, to both; then each is asked about each address.
#[test]
fn the_same_answers_as_p0f() {
    let Some(_) = p0f::database() else { return };
    let Some(link) = Link::make() else { return };
    // Nothing else is on the link, and frames of any size go through.
    for (side, name) in link.names.iter().enumerate() {
        link.exec(side, &["ip", "link", "set", name, "mtu", "9000"]);
        link.exec(side, &["ip", "addr", "flush", "dev", name]);
    }
    let theirs = Listening::start(
        &link,
        Path::new("/usr/sbin/p0f"),
        "p0f.sock",
        &["-f", p0f::DATABASE, "-S", "50"],
    );
    let ours =
        Listening::stackprint(&link, "ours.sock", &["--p0f-exact", "--database", p0f::DATABASE]);
    let (mut frames, mut hosts) = (Vec::new(), BTreeSet::new());
    for capture in input::all() {
        let _ = input::decode(&capture.octets, |captured| {
            let frame = captured.frame;
            if frame.link_type != LinkType::ETHERNET || !(14..=9014).contains(&frame.data.len()) {
                return;
            }
            if let Ok((one, other)) = host_pair(&frame) {
                hosts.extend([one, other]);
            }
            frames.push(frame.data.to_vec());
        });
    }
    // p0f's ring is small.
    for piece in frames.chunks(20) {
        link.send(0, piece.iter().map(Vec::as_slice));
        thread::sleep(Duration::from_millis(2));
    }
    thread::sleep(Duration::from_secs(2));
    // Microseconds between the times that each gets from the kernel make another frequency of a clock that
    // was watched for milliseconds.
    let (mut found, mut other_uptimes, mut unlike) = (0, 0, Vec::new());
    for ip in hosts.iter().copied() {
        let (p0f, stackprint) = (theirs.ask(ip), ours.ask(ip));
        found += usize::from(number(&p0f, 4) == FOUND);
        let stackprint = with_times_of(&p0f, &stackprint);
        let differs = |at: &usize| p0f[*at] != stackprint[*at];
        if stackprint != p0f
            && !(0..UPTIME.start).chain(UPTIME.end..ANSWER_LEN).any(|at| differs(&at))
        {
            other_uptimes += 1;
        } else if stackprint != p0f {
            let differs = (0..ANSWER_LEN).filter(|&at| p0f[at] != stackprint[at]);
            unlike.push((ip, differs.collect::<Vec<_>>()));
        }
    }
    let total = hosts.len();
    let frames = frames.len();
    say(&format!("{frames} frames, {total} addresses, {found} of them known to p0f"));
    assert!(found > 100, "{found}");
    say(&format!("{other_uptimes} uptimes differ; other answers: {unlike:?}"));
    // Whether a clock looks like another one depends on the same microseconds.
    assert!(unlike.len() * 50 <= found, "{} of {total}: {unlike:?}", unlike.len());
    assert!(other_uptimes * 50 <= found, "{other_uptimes} of {found} with other uptimes");
}

/// A server that asks as soon as a client has connected is told of it, though the kernel hands
/// packets over later.
#[test]
fn a_client_is_known_as_soon_as_it_has_connected() {
    let Some(link) = Link::make() else { return };
    for (threads, address) in [("1", V4), ("1", V6), ("3", V4), ("3", V6)] {
        let ours = Listening::stackprint(&link, "fresh.sock", &["--threads", threads]);
        let [client, server] = address.map(|ip| ip.parse::<IpAddr>().expect("an address"));
        let listener = link.within(1, || TcpListener::bind((server, 0)).expect("a port"));
        let port = listener.local_addr().expect("an address").port();
        assert_eq!(number(&ours.ask(client), 4), UNKNOWN);
        let _stream = link.within(0, || TcpStream::connect((server, port)).expect("a connection"));
        let answer = ours.ask(client);
        assert_eq!(number(&answer, 4), FOUND, "{client}");
        assert_eq!(&answer[40..46], b"Linux\0");
    }
}
