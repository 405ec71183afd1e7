//! The hot path asks for no memory: a frame comes in and a record goes out without an allocation.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;

use stackprint::stream::{Payload, Stream, Streams};
use stackprint::tls::{ClientHello, Libraries, Progress, Transport, may_begin};
use stackprint::{
    Analyzer, Compat, Condition, Database, End, Filter, Frame, IpVersion, LinkType, Timestamp,
    observe,
};
use stackprint_tests::examples::{can_show, ends, examples};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::hellos::{Random, in_records};
use stackprint_tests::{input, say};

/// The system's allocator, counting.
struct Counting;

thread_local! {
    /// Of this thread alone: the harness runs tests side by side.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    /// Bytes that this thread has allocated and not given back; below 0 where it frees others'.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn note() {
    // A thread that is going away may allocate when its variables are gone.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

fn note_live(more: usize, less: usize) {
    let _ = LIVE.try_with(|live| live.set(live.get() + more as isize - less as isize));
}

/// Bytes that this thread has allocated and not given back.
pub(crate) fn live_bytes() -> isize {
    LIVE.with(Cell::get)
}

// SAFETY: every call is passed on to `System` as it came, so its promises are kept; counting in a
// thread-local cell that needs neither allocation nor destructor touches no memory but its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        note_live(layout.size(), 0);
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note();
        note_live(layout.size(), 0);
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        note();
        note_live(len, layout.size());
        // SAFETY: the caller keeps the promises of `GlobalAlloc::realloc`; blocks are `System`'s.
        unsafe { System.realloc(block, layout, len) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note_live(0, layout.size());
        // SAFETY: the caller keeps the promises of `GlobalAlloc::dealloc`; blocks are `System`'s.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` asked for memory.
fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

fn database(compat: Compat) -> Arc<Database> {
    Arc::new(Database::parse_with(Database::BUILTIN_TEXT, compat).expect("built-in"))
}

/// Every frame of our captures, and its link type.
fn captured_frames() -> Vec<(LinkType, Vec<u8>)> {
    let mut frames = Vec::new();
    for capture in input::own() {
        let _ = input::decode(&capture.octets, |captured| {
            frames.push((captured.frame.link_type, captured.frame.data.to_vec()));
        });
    }
    frames
}

#[test]
fn allocations_are_counted() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![0; 100]))), 1);
}

/// Stateless use: frames of every link type and encapsulation, good and broken.
#[test]
fn observing_and_finding() {
    let frames = captured_frames();
    let database = database(Compat::Fixed);
    let (mut observed, mut found) = (0, 0);
    let count = allocations(|| {
        for (link_type, octets) in &frames {
            if let Ok(observation) = observe(&Frame::new(*link_type, octets)) {
                observed += 1;
                found += usize::from(database.find(&observation).is_some());
            }
        }
    });
    assert!(found > 0 && found < observed && observed < frames.len());
    assert_eq!(count, 0);
    say(&format!("{} frames, {observed} observed, {found} found: no allocation", frames.len()));
}

/// Hellos that lie whole in one segment and one record, junk, and the rest of a flow after it was
/// decided.
#[test]
fn hellos_in_one_segment() {
    let mut random = Random(1);
    let hellos: Vec<Vec<u8>> =
        (0..100).map(|_| in_records(&random.hello(false, true), 16_384)).collect();
    let mut streams = Streams::new(Streams::DEFAULT_MEMORY, may_begin);
    let libraries = Libraries::builtin();
    let mut found = 0;
    let count = allocations(|| {
        for bytes in hellos.iter().map(Vec::as_slice).chain([&b"GET / HTTP/1.1"[..]]) {
            let mut stream = Stream::after_syn(0);
            for _ in 0..2 {
                let payload = Payload { seq: 1, bytes, ..Payload::default() };
                let outcome = streams.push(&mut stream, &payload, |reading| {
                    match ClientHello::from_stream(reading.bytes) {
                        Progress::Complete(hello) => {
                            std::hint::black_box(libraries.find(&hello));
                            hello.fingerprints(Transport::Tcp).map(|all| {
                                found += 1;
                                (Some([all.ja4(), all.ja4_o(), all.stable()]), Some(all.ja3()))
                            })
                        }
                        Progress::NeedsMore => None,
                        Progress::NotTls(_) => Some((None, None)),
                    }
                });
                std::hint::black_box(&outcome);
            }
        }
    });
    assert_eq!((found, count, streams.memory()), (100, 0, 0));
}

/// A packet for every signature of the database.
#[test]
fn finding_every_signature() {
    let database = database(Compat::Fixed);
    let mut octets = Vec::new();
    for (number, (direction, wanted)) in database.signatures().enumerate() {
        for version in [IpVersion::V4, IpVersion::V6] {
            if can_show(wanted.signature, version) {
                let mut examples = examples(wanted.signature, direction, version, number as u16);
                octets.push(examples.next().expect("an example").packet.build());
            }
        }
    }
    let mut found = 0;
    let count = allocations(|| {
        for octets in &octets {
            let observation = observe(&Frame::new(LinkType::ETHERNET, octets)).expect("a segment");
            found += usize::from(database.find(&observation).is_some());
        }
    });
    assert!(found > octets.len() * 9 / 10, "{found} of {}", octets.len());
    assert_eq!(count, 0);
}

/// A connection of one client in one round: SYN, SYN+ACK, ACK, data, FIN.
fn connection(number: u16, round: u32) -> [FrameBuilder; 5] {
    let version = if number.is_multiple_of(2) { IpVersion::V4 } else { IpVersion::V6 };
    let (mut client, server): (SocketAddr, SocketAddr) = ends(number, version);
    client.set_port(10_000 + round as u16);
    let mut syn = FrameBuilder::syn(client, server);
    syn.sequence = 0x1000_0000 + round;
    // Each connection has a clock of its own, as Linux has it: only its ACK tells the uptime.
    let clock = round.wrapping_mul(0x3100_0000) | 1;
    syn.tcp_options[8..12].copy_from_slice(&clock.to_be_bytes());
    let mut syn_ack = syn.syn_ack();
    syn_ack.window = 65_160;
    let mut ack = syn.clone();
    ack.flags = flag::ACK;
    ack.sequence = syn.sequence + 1;
    ack.acknowledgment = syn_ack.sequence + 1;
    ack.tcp_options = [&[1, 1], &syn.tcp_options[6..16]].concat();
    // 1000 Hz.
    let show_clock = |frame: &mut FrameBuilder, step: u32| {
        let later = clock + step * STEP_NANOS / 1_000_000;
        frame.tcp_options[4..8].copy_from_slice(&later.to_be_bytes());
    };
    show_clock(&mut ack, 2);
    let mut data = FrameBuilder { payload: b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), ..ack.clone() };
    show_clock(&mut data, 3);
    let mut end = data.clone();
    show_clock(&mut end, 4);
    end.flags |= flag::FIN;
    end.sequence += data.payload.len() as u32;
    end.payload.clear();
    [syn, syn_ack, ack, data, end]
}

const HOSTS: u16 = 400;
/// Between the steps of a connection.
const STEP_NANOS: u32 = 50_000_000;

/// A round of connections of all hosts, a second after the one before.
fn round(number: u32) -> Vec<(Timestamp, Vec<u8>)> {
    const START_S: u64 = 1_700_000_000;
    let at = |step| Timestamp::new(START_S + u64::from(number), step as u32 * STEP_NANOS);
    let mut frames = Vec::new();
    for step in 0..5 {
        for host in 0..HOSTS {
            frames.push((at(step), connection(host, number)[step].build()));
        }
    }
    frames
}

/// Feeds the frames; how many records of each kind came of it.
fn analyze(analyzer: &mut Analyzer, frames: &[(Timestamp, Vec<u8>)]) -> [usize; 3] {
    let mut records = [0; 3];
    for (time, octets) in frames {
        let frame = Frame::new(LinkType::ETHERNET, octets).at(*time);
        if let Ok(Some(record)) = std::hint::black_box(analyzer.analyze(&frame)) {
            records[record.kind as usize] += 1;
        }
    }
    records
}

/// Tables are made with the analyzer or grow with what they hold; once they have held it, packets of
/// known hosts cost no memory: new connections, their end, uptime, and the expiry of old ones.
#[test]
fn analyzing_with_warm_tables() {
    const WARM_UP: u32 = 4;
    const MEASURED: u32 = 8;
    for compat in [Compat::Fixed, Compat::P0fExact] {
        let database = database(compat);
        let rounds: Vec<_> = (0..WARM_UP + MEASURED).map(round).collect();
        let (warm_up, measured) = rounds.split_at(WARM_UP as usize);
        let mut analyzer = None;
        let cold = allocations(|| {
            let analyzer = analyzer.insert(Analyzer::new(&database));
            for frames in warm_up {
                analyze(analyzer, frames);
            }
        });
        assert!(cold > 0, "the tables came from nowhere");
        let mut analyzer = analyzer.expect("made above");
        let mut records = [0; 3];
        let warm = allocations(|| {
            for frames in measured {
                for (sum, more) in records.iter_mut().zip(analyze(&mut analyzer, frames)) {
                    *sum += more;
                }
            }
        });
        let expected = usize::from(HOSTS) * MEASURED as usize;
        assert_eq!(records[..2], [expected, expected], "SYNs and SYN+ACKs, {compat:?}");
        assert!(records[2] > 0, "no uptime, {compat:?}");
        // p0f's HTTP reader keeps the first payload of each connection.
        let kept = if compat == Compat::P0fExact { expected } else { 0 };
        assert_eq!(warm, kept, "{compat:?}");
        let packets: usize = measured.iter().map(Vec::len).sum();
        say(&format!(
            "{compat:?}: {cold} allocations with {WARM_UP} rounds of {HOSTS} clients, {warm} in {packets} \
             packets after, {records:?} records"
        ));
    }
}

/// Whatever a filter asks, and of whatever frame: its lists are made before.
#[test]
fn filtering() {
    let frames = captured_frames();
    let addresses = "10.0.0.0/8,192.0.2.0/24,2001:db8::/32".parse().expect("addresses");
    let filter = Filter::default()
        .allow(Condition::Address(End::Either, addresses))
        .deny(Condition::Port(End::Server, "22,443,8000-8999".parse().expect("ports")))
        .deny(Condition::Version(IpVersion::V6));
    let mut passed = 0;
    let count = allocations(|| {
        for (link_type, octets) in &frames {
            passed += usize::from(filter.check(&Frame::new(*link_type, octets)).is_ok());
        }
    });
    assert!(passed > 0 && passed < frames.len());
    assert_eq!(count, 0);
}

/// A host that looks changed is given a history of scores, outside its entry, so that the others,
/// nearly all, stay small: one allocation in its life, and none for further changes.
#[test]
fn a_host_that_looks_changed_costs_one_allocation() {
    let (client, server) = ends(1, IpVersion::V4);
    let mut analyzer = Analyzer::new(&database(Compat::Fixed));
    let mut connect = |round: u16, ttl| {
        let mut syn = FrameBuilder::syn((client.ip(), 20_000 + round).into(), server);
        syn.ttl = ttl;
        let reset = FrameBuilder { flags: flag::RST, ..syn.clone() };
        let (syn, reset) = (syn.build(), reset.build());
        let mut changed = false;
        let count = allocations(|| {
            let record = analyzer.analyze(&Frame::new(LinkType::ETHERNET, &syn));
            let fingerprint = record.expect("a segment").and_then(|record| record.fingerprint);
            changed = fingerprint.is_some_and(|fingerprint| fingerprint.change.is_some());
            // So that flows do not pile up in their table.
            let end = analyzer.analyze(&Frame::new(LinkType::ETHERNET, &reset));
            assert!(end.expect("a segment").is_none());
        });
        (count, changed)
    };
    assert_eq!(connect(0, 64), (0, false), "a new host");
    assert_eq!(connect(1, 64), (0, false), "nothing changed");
    assert_eq!(connect(2, 128), (1, true), "the history");
    for round in 3..40 {
        let ttl = if round % 2 == 0 { 128 } else { 64 };
        assert_eq!(connect(round, ttl), (0, true), "round {round}");
    }
}
