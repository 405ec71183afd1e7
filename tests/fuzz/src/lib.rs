//! What a fuzzer feeds to the library, and what must hold whatever it feeds.
//!
//! Each function takes octets that mean nothing, and panics where a promise is broken. The
//! fuzzer's programs (`targets/`) call them with what it makes up; the tests of the project call
//! them with the seeds and with every input that once broke something (`seeds/`).
//!
//! ```text
//! cargo install cargo-fuzz
//! tests/fuzz/run.sh frame 60     # a target, and for how many seconds
//! ```
#![forbid(unsafe_code)]
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "they say so by panicking"
)]

pub mod http;
pub mod packets;
pub mod quic;
pub mod sealed;
pub mod seeds;
pub mod tls;
pub mod ways;

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use stackprint::capture::Decoder;
use stackprint::{
    Analyzer, Compat, Database, Direction, Frame, Limits, LinkType, Observation, Origin, Record,
    RecordRow, Signature, Timestamp, may_be_handshake, observe,
};

/// A target: its name, and what it does with octets.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("frame", frame),
    ("conversation", conversation),
    ("tcp_options", tcp_options),
    ("capture", capture),
    ("signature", signature),
    ("database", database),
    ("message", packets::message),
    ("packet_stream", packets::packet_stream),
    ("envelope", packets::envelope),
    ("record", record),
    ("ways", ways::ways),
    ("hello", tls::hello),
    ("stream", tls::stream),
    ("initial", quic::initial),
    ("opening", quic::opening),
    ("http_head", http::head),
    ("http_exchange", http::exchange),
    ("http_body", http::body),
    ("http_signature", http::signature),
    ("in_band", tls::in_band),
    ("libraries", tls::libraries),
];

const BOTH: [Compat; 2] = [Compat::Fixed, Compat::P0fExact];
/// Few, so that making place for new ones is part of it.
const LIMITS: Limits = Limits { hosts: 8, flows: 4, ..Limits::P0F };

/// What may be remembered beyond the limits, of hosts and of flows: like p0f, `P0fExact` makes place
/// only once there is one too many, and keeps hosts that a flow needs.
const SLACK: [(usize, usize); 2] = [(0, 0), (1 + 2 * (LIMITS.flows as usize + 1), 1)];

static DATABASES: LazyLock<[Arc<Database>; 2]> = LazyLock::new(|| {
    BOTH.map(|compat| {
        Arc::new(Database::parse_with(Database::BUILTIN_TEXT, compat).expect("built-in"))
    })
});

fn analyzers() -> [Analyzer; 2] {
    DATABASES.each_ref().map(|database| Analyzer::builder(database).limits(LIMITS).build())
}

/// Splits off the first `N` octets; zeros where there are fewer.
fn head<const N: usize>(octets: &[u8]) -> ([u8; N], &[u8]) {
    octets.split_first_chunk().map_or(([0; N], &[]), |(head, rest)| (*head, rest))
}

/// One frame: its link type in two octets, then its octets.
pub fn frame(octets: &[u8]) {
    let (link_type, octets) = head(octets);
    let frame = Frame::new(LinkType(u16::from_be_bytes(link_type)), octets);
    if let Ok(observation) = observe(&frame) {
        assert!(may_be_handshake(&frame), "the first look passes over a handshake");
        check_observation(&observation);
    }
    for mut analyzer in analyzers() {
        feed(&mut analyzer, &frame);
    }
}

/// Frames of one link type, each with its length and the time since the one before it.
pub fn conversation(octets: &[u8]) {
    let mut analyzers = analyzers();
    frames(octets, |link_type, octets, time| {
        let frame = Frame::new(link_type, octets).at(time);
        for (analyzer, slack) in analyzers.iter_mut().zip(SLACK) {
            feed(analyzer, &frame);
            let (hosts, flows) = analyzer.remembered();
            assert!(hosts <= LIMITS.hosts as usize + slack.0, "{hosts} hosts");
            assert!(flows <= LIMITS.flows as usize + slack.1, "{flows} flows");
        }
    });
}

/// A link type in two octets, then frames: each has its length in an octet, and milliseconds since
/// the one before it in two.
fn frames(octets: &[u8], mut each: impl FnMut(LinkType, &[u8], Timestamp)) {
    const MILLI: i64 = 1_000_000;
    let (link_type, mut rest) = head(octets);
    let link_type = LinkType(u16::from_be_bytes(link_type));
    let mut time_ns = 1_700_000_000_000_000_000_u64;
    while !rest.is_empty() {
        let ([len, a, b], after) = head(rest);
        let (frame, after) = after.split_at(usize::from(len).min(after.len()));
        rest = after;
        // Also backwards, as clocks go.
        time_ns = time_ns.saturating_add_signed(i64::from(i16::from_be_bytes([a, b])) * MILLI);
        each(link_type, frame, Timestamp::from_nanos(time_ns));
    }
}

fn feed(analyzer: &mut Analyzer, frame: &Frame<'_>) {
    match analyzer.analyze(frame) {
        Ok(Some(record)) => check_record(&record),
        Ok(None) => {}
        Err(skip) => assert!(skip.at <= frame.data.len(), "a skip behind the end: {}", skip.at),
    }
}

/// A record is the same in JSON whoever writes it, and read back.
fn check_record(record: &Record<'_>) {
    thread_local! { static JSON: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) }; }
    assert!(!record.to_string().is_empty());
    // p0f has lines of these alone.
    let head = record.http.as_ref().and_then(|http| http.signature.as_ref());
    let is_p0fs = record.fingerprint.is_some() || record.uptime.is_some() || head.is_some();
    assert_eq!(!record.p0f_log().to_string().is_empty(), is_p0fs);
    let origin = Origin { frame: Some(1), ..Origin::default() };
    let mut row = record.row();
    row.origin = Some(origin.clone());
    JSON.with_borrow_mut(|json| {
        json.clear();
        record.write_json(Some(&origin), json);
        let text = str::from_utf8(json).expect("UTF-8");
        assert_eq!(text, serde_json::to_string(&row).expect("JSON"));
        assert_eq!(serde_json::from_str::<RecordRow<'_>>(text).expect("a record"), row);
    });
}

/// A record as JSON: what can be read is written again, and is then read as the same.
pub fn record(octets: &[u8]) {
    if let Ok(row) = serde_json::from_slice::<RecordRow<'_>>(octets) {
        let text = serde_json::to_string(&row).expect("JSON");
        assert_eq!(serde_json::from_str::<RecordRow<'_>>(&text).expect("a record"), row, "{text}");
    }
}

/// Raw signatures are read back as they were written.
fn check_observation(observation: &Observation) {
    let text = observation.to_string();
    let read = Observation::parse(&text, observation.direction).expect("its own text");
    assert_eq!(read.to_string(), text);
}

/// A SYN over IPv4 whose TCP header is made of the octets: eight for its fields, the rest options.
pub fn tcp_options(octets: &[u8]) {
    const IP_LEN: usize = 20;
    const TCP_LEN: usize = 20;
    const MAX_OPTIONS: usize = 40;
    const SYN: u8 = 2;
    let ([ttl, flags, seq, ack, window_high, window_low, urgent, payload], options) = head(octets);
    let options = options.get(..MAX_OPTIONS).unwrap_or(options);
    let padded = options.len().next_multiple_of(4);
    let header = u8::try_from((TCP_LEN + padded) / 4).expect("at most 15") << 4;
    let total = u16::try_from(IP_LEN + TCP_LEN + padded).expect("short").to_be_bytes();
    let mut packet = Vec::from([0x45, 0, total[0], total[1], 0, 0, 0x40, 0, ttl, 6, 0, 0]);
    packet.extend([192, 0, 2, 10, 192, 0, 2, 80]);
    packet.extend([0x9c, 0x40, 0, 80, 0, 0, 0, seq, 0, 0, 0, ack]);
    packet.extend([header | flags >> 7, flags & !0x15 | SYN, window_high, window_low]);
    packet.extend([0, 0, 0, urgent]);
    packet.extend(options);
    packet.resize(IP_LEN + TCP_LEN + padded, 0);
    packet.extend(std::iter::repeat_n(payload, usize::from(payload & 1)));
    let observation = observe(&Frame::new(LinkType::RAW, &packet)).expect("a SYN");
    check_observation(&observation);
}

/// A capture, after four octets that say in which pieces it comes.
pub fn capture(octets: &[u8]) {
    let (sizes, capture): ([u8; 4], _) = head(octets);
    let mut whole = Vec::new();
    let mut decoder = Decoder::new();
    let mut end = decoder.push(capture, |captured| whole.push(facts(&captured.frame)));
    end = end.and_then(|()| decoder.finish());
    let mut pieces = Vec::new();
    let mut decoder = Decoder::new();
    let mut rest = capture;
    let mut pushed = Ok(());
    for size in sizes.iter().cycle() {
        if rest.is_empty() || pushed.is_err() {
            break;
        }
        let (piece, after) = rest.split_at(usize::from(*size).max(1).min(rest.len()));
        rest = after;
        pushed = decoder.push(piece, |captured| pieces.push(facts(&captured.frame)));
    }
    pushed = pushed.and_then(|()| decoder.finish());
    assert_eq!(pieces, whole, "frames by the way a capture is cut");
    assert_eq!(pushed, end, "the end by the way a capture is cut");
}

/// What a frame is, to be compared.
fn facts(frame: &Frame<'_>) -> (u64, LinkType, usize, Vec<u8>) {
    (frame.time.as_nanos(), frame.link_type, frame.wire_len, frame.data.to_vec())
}

/// A signature, and an observation, as text.
pub fn signature(octets: &[u8]) {
    let Ok(text) = str::from_utf8(octets) else { return };
    if let Ok(signature) = text.parse::<Signature>() {
        let written = signature.to_string();
        assert_eq!(written.parse::<Signature>(), Ok(signature), "{written}");
    }
    for direction in [Direction::Syn, Direction::SynAck] {
        if let Ok(observation) = Observation::parse(text, direction) {
            let written = observation.to_string();
            let again = Observation::parse(&written, direction).expect("its own text");
            assert_eq!(again.to_string(), written);
            for database in &*DATABASES {
                let _ = database.find(&observation);
            }
        }
    }
}

/// A database as text.
pub fn database(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    for compat in BOTH {
        match Database::parse_with(&text, compat) {
            Ok(database) => {
                for (_, found) in database.signatures() {
                    assert!(found.signature.to_string().parse::<Signature>().is_ok());
                }
            }
            Err(error) => assert!(error.line <= text.lines().count() + 1, "{error:?}"),
        }
    }
}
