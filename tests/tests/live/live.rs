//! Capture from interfaces, in network namespaces: beside tcpdump, under floods, and without rights.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stackprint::LinkType;
use stackprint_tests::namespace::{Link, V4, V6};
use stackprint_tests::worker::{Ended, Worker};
use stackprint_tests::{input, load, program};

pub(crate) const END: Duration = Duration::from_secs(20);

/// A file of this process's own.
pub(crate) fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("stackprint-live-{}-{name}", std::process::id()))
}

/// `stackprint live` on a side of a link, which writes records to a file.
pub(crate) struct Live {
    pub(crate) worker: Worker,
    pub(crate) records: PathBuf,
}

impl Live {
    pub(crate) fn start(link: &Link, side: usize, name: &str, args: &[&str]) -> Live {
        let records = file(name);
        let path = records.to_str().expect("a path");
        let all = [&["live", "--format", "ndjson", "-o", path], args].concat();
        let mut command = link.command(side, program::program(), &all);
        let worker = Worker::run(command.stdout(Stdio::null()));
        worker.wait_until_said("listening on");
        Live { worker, records }
    }

    /// Ends it by a signal: its records, and what it left behind.
    pub(crate) fn stop(self) -> (Vec<Value>, Ended) {
        let Live { worker, records } = self;
        let ended = worker.terminate(END);
        (records_of(&records), ended)
    }

    /// The same, where it has to end well.
    pub(crate) fn finish(self) -> Vec<Value> {
        let (records, ended) = self.stop();
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        records
    }
}

/// Records of a file, which goes.
pub(crate) fn records_of(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("records");
    let _ = fs::remove_file(path);
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// What the records of two captures of the same packets have in common: the kernel gives each
/// listener a time of its own, some microseconds apart, and frequencies are measured by it.
pub(crate) fn timeless(mut records: Vec<Value>) -> Vec<Value> {
    for record in &mut records {
        let record = record.as_object_mut().expect("an object");
        record.remove("time").expect("a time");
        record.remove("origin");
        if let Some(uptime) = record.get_mut("uptime").and_then(Value::as_object_mut) {
            uptime.remove("raw_frequency_hz");
        }
    }
    records
}

/// tcpdump on a side of a link, into a file.
struct Tcpdump {
    worker: Worker,
    capture: PathBuf,
}

impl Tcpdump {
    fn start(link: &Link, side: usize, name: &str) -> Tcpdump {
        let capture = file(name);
        let path = capture.to_str().expect("a path");
        let args = ["-i", &link.names[side], "-w", path, "-Z", "root", "-B", "65536", "-s", "2000"];
        let mut command = link.command(side, Path::new("tcpdump"), &args);
        let worker = Worker::run(command.stdout(Stdio::null()));
        worker.wait_until_said("listening on");
        Tcpdump { worker, capture }
    }

    /// What `read` makes of its capture.
    fn finish(self) -> Vec<Value> {
        // Its ring is handed over block by block.
        thread::sleep(Duration::from_millis(1500));
        let ended = self.worker.terminate(END);
        assert!(ended.stderr.contains("0 packets dropped by kernel"), "{}", ended.stderr);
        let records = file("read");
        let [capture, to] = [&self.capture, &records].map(|path| path.to_str().expect("a path"));
        let args = ["read", "--format", "ndjson", "-o", to, capture];
        let read = program::output(&mut program::command(&args), b"");
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        let _ = fs::remove_file(&self.capture);
        records_of(&records)
    }
}

fn count(records: &[Value], kind: &str) -> usize {
    records.iter().filter(|record| record["kind"] == kind).count()
}

/// An echo on side 1 of a link, and a connection from side 0 that uses it three times.
fn talk(link: &Link, address: SocketAddr) {
    let server = link.within(1, || TcpListener::bind(address).expect("a port"));
    let echo = thread::spawn(move || {
        let (mut stream, _) = server.accept().expect("a connection");
        let mut octets = [0; 5];
        while stream.read_exact(&mut octets).is_ok() {
            stream.write_all(&octets).expect("it listens");
        }
    });
    let mut client = link.within(0, || TcpStream::connect(address).expect("a connection"));
    for _ in 0..3 {
        let mut octets = [0; 5];
        client.write_all(b"hello").expect("it listens");
        client.read_exact(&mut octets).expect("an echo");
        // Timestamp clocks tick in between.
        thread::sleep(Duration::from_millis(40));
    }
    drop(client);
    echo.join().expect("no panic");
}

/// What curl, nc and iperf3 do.
fn use_programs(link: &Link) {
    let [_, v4] = V4;
    let [_, v6] = V6;
    let server = |program: &str, args: &[&str]| {
        let mut command = link.command(1, Path::new(program), args);
        Worker::run(command.stdout(Stdio::null()))
    };
    let web = server("python3", &["-m", "http.server", "8000", "--bind", "::"]);
    let iperf = server("iperf3", &["-s", "-1", "-p", "5201"]);
    let listener = server("nc", &["-l", "-N", v4, "9000"]);
    let again = |args: &[&str]| {
        let until = Instant::now() + END;
        let (program, args) = args.split_first().expect("a program");
        let run = || {
            let mut command = link.command(0, Path::new(program), args);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()
        };
        while !run().is_ok_and(|status| status.success()) {
            assert!(Instant::now() < until, "{program} {args:?}");
            thread::sleep(Duration::from_millis(100));
        }
    };
    again(&["curl", "-s", "-o", "/dev/null", &format!("http://{v4}:8000/")]);
    again(&["curl", "-s", "-o", "/dev/null", &format!("http://[{v6}]:8000/")]);
    again(&["nc", "-N", v4, "9000"]);
    again(&["iperf3", "-c", v6, "-p", "5201", "-n", "4M"]);
    web.kill();
    let _ = listener.wait(END);
    let _ = iperf.wait(END);
}

#[test]
fn connections_are_as_in_a_capture_file() {
    let Some(link) = Link::make() else { return };
    let capture = Tcpdump::start(&link, 1, "connections.pcap");
    let name = link.names[1].clone();
    let all = Live::start(&link, 1, "connections", &["-i", &name, "--bpf", "tcp"]);
    let handshakes = Live::start(&link, 1, "handshakes", &["-i", &name, "--bpf", "handshakes"]);
    let openings = Live::start(&link, 1, "openings", &["-i", &name]);
    talk(&link, SocketAddr::new(V4[1].parse().expect("an address"), 7000));
    talk(&link, SocketAddr::new(V6[1].parse().expect("an address"), 7000));
    use_programs(&link);
    let expected = capture.finish();
    let (all, handshakes, openings) = (all.finish(), handshakes.finish(), openings.finish());
    assert!(count(&expected, "syn") >= 7 && count(&expected, "syn_ack") >= 7, "{expected:#?}");
    assert!(count(&expected, "uptime") >= 2, "{expected:#?}");
    assert!(all.iter().all(|record| record["origin"]["interface"] == *name));
    let expected = timeless(expected);
    assert_eq!(timeless(all), expected);
    let without = |kinds: &[&str]| -> Vec<Value> {
        let is_left = |record: &&Value| kinds.iter().all(|kind| record["kind"] != **kind);
        expected.iter().filter(is_left).cloned().collect()
    };
    // Without the later segments, no uptime of theirs, and no heads.
    let later = ["uptime", "http_request", "http_response"];
    assert_eq!(timeless(handshakes), without(&later));
    // Of clients that send much, some.
    let openings = timeless(openings).into_iter().filter(|record| record["kind"] != "uptime");
    assert_eq!(openings.collect::<Vec<_>>(), without(&["uptime"]));
}

/// SYNs of other hosts each, with VLAN tags.
fn tagged_frames() -> Vec<Vec<u8>> {
    const ADDRESSES_LEN: usize = 12;
    let tags = |types: &[u16]| {
        let tag =
            |(place, kind): (usize, &u16)| [kind.to_be_bytes(), [0x60, 100 + place as u8]].concat();
        types.iter().enumerate().flat_map(tag).collect::<Vec<u8>>()
    };
    let all: [&[u16]; 5] =
        [&[0x8100], &[0x88a8], &[0x88a8, 0x8100], &[0x8100, 0x8100, 0x8100], &[0x9100, 0x8100]];
    let frame = |(number, types): (u32, &&[u16])| {
        let frame = load::numbered(number);
        let (addresses, rest) = frame.split_at(ADDRESSES_LEN);
        [addresses, &tags(types), rest].concat()
    };
    (0..).zip(&all).map(frame).collect()
}

/// Ethernet frames of this repository's captures.
fn recorded_frames() -> Vec<Vec<u8>> {
    const SHORTEST: usize = 60;
    let mut frames = Vec::new();
    for capture in input::own() {
        let _ = input::decode(&capture.octets, |captured| {
            let frame = &captured.frame;
            let is_whole = frame.data.len() == frame.wire_len && frame.data.len() >= SHORTEST;
            if frame.link_type == LinkType::ETHERNET && is_whole && frame.data.len() <= 1514 {
                frames.push(frame.data.to_vec());
            }
        });
    }
    assert!(frames.len() > 500, "{}", frames.len());
    frames
}

/// The kernel takes the outer VLAN tag off each frame before it shows it to anyone.
#[test]
fn tags_and_tunnels_are_as_in_a_capture_file() {
    let Some(link) = Link::make() else { return };
    let frames = [tagged_frames(), recorded_frames()].concat();
    let capture = Tcpdump::start(&link, 1, "tags.pcap");
    let name = link.names[1].clone();
    // Hellos of TLS are whole in the capture file.
    let whole = ["-i", &name, "--snap-length", "65535", "--bpf"];
    let tcp = Live::start(&link, 1, "tags", &[&whole[..], &["tcp"]].concat());
    let all = Live::start(&link, 1, "all-frames", &[&whole[..], &["all"]].concat());
    link.send(0, frames.iter().map(Vec::as_slice));
    let expected = capture.finish();
    let has_path = |path: &[&str]| expected.iter().any(|record| record["path"] == json!(path));
    for path in [
        &["vlan:100"][..],
        &["vlan:100", "vlan:101"],
        &["vlan:100", "vlan:101", "vlan:102"],
        &["vxlan:42"],
        &["ipip"],
    ] {
        assert!(has_path(path), "{path:?}: {expected:#?}");
    }
    let expected = timeless(expected);
    assert_eq!(timeless(all.finish()), expected);
    let is_tcp =
        |record: &Value| record["kind"] != "quic_client" && record["tls"]["transport"] != "dtls";
    let of_tcp: Vec<Value> = expected.into_iter().filter(is_tcp).collect();
    assert_eq!(timeless(tcp.finish()), of_tcp);
}

#[test]
fn two_interfaces_and_any() {
    let Some(link) = Link::make() else { return };
    let [client, _] = link.names.clone();
    let both = Live::start(&link, 0, "two", &["-i", &client, "-i", "lo"]);
    let any = Live::start(&link, 0, "any", &["-i", "any"]);
    talk(&link, SocketAddr::new(V4[1].parse().expect("an address"), 7001));
    link.within(0, || {
        let server = TcpListener::bind("127.0.0.1:7002").expect("a port");
        TcpStream::connect(server.local_addr().expect("an address")).expect("a connection");
    });
    for records in [both.finish(), any.finish()] {
        let on = |name: &str| {
            let records = records.iter().filter(|record| record["origin"]["interface"] == *name);
            records.map(|record| record["kind"].as_str().unwrap_or_default()).collect::<Vec<_>>()
        };
        // Loopback shows each packet twice, but not to us.
        assert_eq!(on(&client), ["syn", "syn_ack"]);
        assert_eq!(on("lo"), ["syn", "syn_ack"]);
        assert_eq!(records.len(), 4, "{records:#?}");
    }
}

/// Frames of a tun device begin with the IP header.
#[test]
fn tun_has_no_link_header() {
    const HOLD: &str = "import fcntl, os, struct, time
tun = os.open('/dev/net/tun', os.O_RDWR)
TUNSETIFF, IFF_TUN_NO_PI = 0x400454ca, 0x1001
fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH22x', b'tun0', IFF_TUN_NO_PI))
import sys; print('ready', file=sys.stderr, flush=True)
time.sleep(60)";
    let Some(link) = Link::make() else { return };
    let tun = Worker::run(&mut link.command(0, Path::new("python3"), &["-c", HOLD]));
    tun.wait_until_said("ready");
    link.exec(0, &["ip", "addr", "add", "10.99.0.1/24", "dev", "tun0"]);
    link.exec(0, &["ip", "link", "set", "tun0", "up"]);
    let live = Live::start(&link, 0, "tun", &["-i", "tun0"]);
    link.within(0, || {
        let nobody = "10.99.0.2:80".parse().expect("an address");
        assert!(TcpStream::connect_timeout(&nobody, Duration::from_millis(200)).is_err());
    });
    let records = live.finish();
    tun.kill();
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0]["origin"]["interface"], "tun0");
    assert_eq!(
        (&records[0]["kind"], &records[0]["server"]["ip"]),
        (&"syn".into(), &"10.99.0.2".into())
    );
    assert_eq!(records[0]["os"]["name"], "Linux");
}

#[test]
fn a_signal_ends_an_idle_capture_at_once() {
    /// Other work on the machine may delay one of them; a wait of the program's own, all of them.
    const TRIES: usize = 3;
    let Some(link) = Link::make() else { return };
    for (signal, threads) in [("INT", "1"), ("TERM", "1"), ("INT", "3"), ("TERM", "3")] {
        let end = || {
            let args = ["-i", &link.names[1], "--summary", "--threads", threads];
            let live = Live::start(&link, 1, "idle", &args);
            live.worker.signal(signal);
            let ended = live.worker.wait(END);
            assert_eq!(ended.status, Some(0), "{}", ended.stderr);
            assert!(ended.stderr.contains("packets    0 (0 bytes)"), "{}", ended.stderr);
            assert!(ended.stderr.contains("dropped    0 by the kernel"), "{}", ended.stderr);
            let _ = fs::remove_file(live.records);
            ended.after
        };
        let quickest = (0..TRIES).map(|_| end()).min().expect("a try");
        assert!(quickest < Duration::from_secs(1), "{quickest:?}");
    }
}

#[test]
fn records_are_written_while_it_listens() {
    let Some(link) = Link::make() else { return };
    let live = Live::start(&link, 1, "flush", &["-i", &link.names[1]]);
    link.send(0, [&*load::numbered(1)]);
    let start = Instant::now();
    while fs::read_to_string(&live.records).is_ok_and(|text| text.is_empty()) {
        assert!(start.elapsed() < END, "nothing is written");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(live.finish().len(), 1);
}

#[test]
fn rights_are_given_up() {
    let Some(link) = Link::make() else { return };
    let field = |status: &str, name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.expect(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    for (user, uid, threads) in
        [(None, "0", "1"), (Some("nobody"), "65534", "1"), (Some("nobody"), "65534", "3")]
    {
        let name = link.names[1].clone();
        let mut args = vec!["-i", &*name, "--threads", threads];
        args.extend(user.iter().flat_map(|user| ["--user", user]));
        let live = Live::start(&link, 1, "rights", &args);
        // By then, all of its threads are there.
        link.send(0, [&*load::numbered(1)]);
        thread::sleep(Duration::from_millis(200));
        let tasks = format!("/proc/{}/task", live.worker.id());
        for task in fs::read_dir(tasks).expect("threads") {
            let status = task.expect("a thread").path().join("status");
            let status = fs::read_to_string(status).expect("its status");
            for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
                assert_eq!(field(&status, set), ["0000000000000000"], "{set} {user:?}");
            }
            assert_eq!(field(&status, "NoNewPrivs:"), ["1"]);
            assert_eq!(field(&status, "Uid:"), [uid; 4]);
        }
        // It still hears.
        link.send(0, [&*load::numbered(2)]);
        thread::sleep(Duration::from_millis(200));
        assert_eq!(live.finish().len(), 2, "{user:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let Some(link) = Link::make() else { return };
    let run = |arguments: &[&str]| {
        let ran =
            program::output(&mut link.command(1, Path::new(arguments[0]), &arguments[1..]), b"");
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}");
        String::from_utf8_lossy(&ran.stderr).into_owned()
    };
    let stackprint = program::program().to_str().expect("a path");
    let name = &*link.names[1];
    let message = run(&[stackprint, "live", "-i", "none0"]);
    assert!(message.contains("none0: no such interface (there are: lo, "), "{message}");
    let user = run(&[stackprint, "live", "-i", name, "--user", "no-such-user"]);
    assert!(user.contains("--user no-such-user: there is no such user"), "{user}");
    let bare =
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", stackprint, "live", "-i", name];
    let rights = run(&bare);
    assert!(rights.contains("needs the capability CAP_NET_RAW"), "{rights}");
    link.exec(1, &["ip", "link", "set", name, "down"]);
    let down = run(&[stackprint, "live", "-i", name]);
    assert!(down.contains("the interface is down"), "{down}");
}

#[test]
fn interfaces_go_down_and_away() {
    interfaces_go("1");
    interfaces_go("3");
}

fn interfaces_go(threads: &str) {
    let Some(link) = Link::make() else { return };
    let name = link.names[1].clone();
    let live = Live::start(&link, 1, "away", &["-i", &name, "--threads", threads]);
    link.send(0, [&*load::numbered(1)]);
    link.exec(1, &["ip", "link", "set", &name, "down"]);
    live.worker.wait_until_said(&format!("{name}: the interface went down"));
    link.exec(1, &["ip", "link", "set", &name, "up"]);
    link.exec(0, &["ip", "link", "set", &link.names[0], "up"]);
    thread::sleep(Duration::from_millis(300));
    link.send(0, [&*load::numbered(2)]);
    thread::sleep(Duration::from_millis(200));
    link.exec(1, &["ip", "link", "del", &name]);
    let ended = live.worker.wait(END);
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    // However many threads see it.
    let said = format!("{name}: the interface is gone");
    assert_eq!(ended.stderr.matches(&said).count(), 1, "{}", ended.stderr);
    assert_eq!(records_of(&live.records).len(), 2);
}

/// A number from the summary or from a message.
fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().and_then(|before| before.split_whitespace().last());
    before.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{word}: {text}"))
}

/// Nothing is lost without being counted. `STACKPRINT_FLOOD` sends more.
#[test]
fn packets_and_drops_are_what_was_sent() {
    for threads in ["1", "2"] {
        flood(threads);
    }
}

fn flood(threads: &str) {
    let Some(link) = Link::make() else { return };
    let sent =
        std::env::var("STACKPRINT_FLOOD").map_or(200_000, |sent| sent.parse().expect("a number"));
    let args = ["-i", &link.names[1], "--summary", "--buffer", "1", "--statistics", "1"];
    let live = Live::start(&link, 1, "flood", &[&args[..], &["--threads", threads]].concat());
    // While it cannot read, the ring fills.
    live.worker.signal("STOP");
    let frames: Vec<Vec<u8>> = (0..sent).map(load::numbered).collect();
    let (first, rest) = frames.split_at(frames.len() / 2);
    link.send(0, first.iter().map(Vec::as_slice));
    live.worker.signal("CONT");
    thread::sleep(Duration::from_millis(500));
    link.send(0, rest.iter().map(Vec::as_slice));
    thread::sleep(Duration::from_secs(1));
    let (records, ended) = live.stop();
    let packets: u64 = ended
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("packets    ")?.split(' ').next()?.parse().ok())
        .expect("packets");
    let dropped = number_before(&ended.stderr, "packets were dropped by the kernel");
    let summary = format!("dropped    {dropped} by the kernel");
    let rings = ended.stderr.lines().rfind(|line| line.starts_with("rings "));
    stackprint_tests::say(&format!(
        "{threads} threads: {sent} sent, {packets} packets, {dropped} dropped; {rings:?}"
    ));
    assert_eq!(rings.is_some(), threads != "1", "{}", ended.stderr);
    if let Some(rings) = rings {
        let numbers = rings.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
        let numbers: Vec<u64> = numbers.collect();
        let sum = |at: usize| numbers.iter().skip(at).step_by(2).sum::<u64>();
        assert_eq!((sum(0), sum(1)), (packets, dropped), "{rings}");
        assert!(numbers.len() == 4 && numbers.iter().all(|&number| number > 0), "{rings}");
    }
    assert!(ended.stderr.contains(&summary), "{}", ended.stderr);
    assert!(ended.stderr.contains("packets captured, "), "{}", ended.stderr);
    assert!(dropped > 0 && packets > 0);
    assert_eq!(packets + dropped, u64::from(sent), "{}", ended.stderr);
    assert_eq!(records.len() as u64, packets);
}

/// Whoever reads the records may have seen enough.
#[test]
fn ends_with_its_reader() {
    for threads in ["1", "3"] {
        end_with_reader(threads);
    }
}

fn end_with_reader(threads: &str) {
    let Some(link) = Link::make() else { return };
    let args = ["live", "-f", "ndjson", "-i", &link.names[1], "--threads", threads];
    let mut command = link.command(1, program::program(), &args);
    let mut head = Command::new("head")
        .args(["-n", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("head");
    let live = Worker::run(command.stdout(head.stdin.take().expect("a pipe")));
    // Else the command, too, holds an end of the pipe.
    drop(command);
    live.wait_until_said("listening on");
    for number in 0..50 {
        link.send(0, [&*load::numbered(number)]);
        thread::sleep(Duration::from_millis(50));
    }
    let ended = live.wait(END);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let lines = head.wait_with_output().expect("head ends").stdout;
    assert_eq!(lines.iter().filter(|&&octet| octet == b'\n').count(), 1);
}
