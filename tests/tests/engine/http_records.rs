//! Records of HTTP: what makes them, and what they never hold.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use stackprint::{
    Analyzer, Compat, Database, Frame, HttpMessage, LinkType, Record, RecordKind, RecordRow,
    Timestamp,
};
use stackprint_tests::frames::{FrameBuilder, flag};

const CLIENT: &str = "192.0.2.10:40000";
const SERVER: &str = "192.0.2.80:80";

/// A connection that is written segment by segment.
struct Connection {
    frames: Vec<(u64, Vec<u8>)>,
    time_ms: u64,
    /// Next sequence numbers of client and server.
    next: [u32; 2],
}

impl Connection {
    fn open() -> Connection {
        let mut connection =
            Connection { frames: Vec::new(), time_ms: 1_000_000, next: [u32::MAX - 20, 7000] };
        connection.segment(0, flag::SYN, connection.next[0], b"");
        connection.next[0] = connection.next[0].wrapping_add(1);
        connection.segment(1, flag::SYN | flag::ACK, connection.next[1], b"");
        connection.next[1] += 1;
        connection
    }

    /// A segment anywhere; side 0 is the client.
    fn segment(&mut self, side: usize, flags: u16, seq: u32, payload: &[u8]) {
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let ends = [address(CLIENT), address(SERVER)];
        let frame = FrameBuilder {
            sequence: seq,
            acknowledgment: self.next[1 - side],
            flags,
            payload: payload.to_vec(),
            ..FrameBuilder::syn(ends[side], ends[1 - side])
        };
        self.frames.push((self.time_ms, frame.build()));
        self.time_ms += 1;
    }

    fn send(&mut self, side: usize, payload: &[u8]) {
        self.segment(side, flag::ACK, self.next[side], payload);
        self.next[side] = self.next[side].wrapping_add(payload.len() as u32);
    }

    /// What is said of HTTP, in words.
    fn said(&self) -> Vec<String> {
        let database = Database::builtin();
        let mut said = Vec::new();
        for_each(&database, &self.frames, |record| {
            let Some(http) = &record.http else { return };
            said.push(match &http.message {
                HttpMessage::Request { method } => method.to_string(),
                HttpMessage::Response { status } => status.to_string(),
                other => format!("{other:?}"),
            });
        });
        said
    }
}

fn for_each(
    database: &Arc<Database>,
    frames: &[(u64, Vec<u8>)],
    mut each: impl FnMut(&Record<'_>),
) {
    let mut analyzer = Analyzer::new(database);
    for (time_ms, frame) in frames {
        let mut frame = Frame::new(LinkType::ETHERNET, frame);
        frame.time = Timestamp::from_nanos(time_ms * 1_000_000);
        analyzer.session().analyze_all(&frame, |result| {
            if let Ok(Some(record)) = result {
                each(&record);
            }
        });
    }
}

const REQUEST: &[u8] = b"GET /s3cret-path?s3cret=1 HTTP/1.1\r\nHost: s3cret.example\r\n\
    User-Agent: curl/8.1\r\nAccept: */*\r\ncookie: s3cret\r\nAUTHORIZATION: Basic s3cret\r\n\
    Proxy-Authorization: s3cret\r\nX-Token: s3cret\r\nSet-Cookie: s3cret\r\nReferer: s3cret\r\n\r\n";
const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
    Set-Cookie: s3cret\r\nX-Internal: s3cret\r\nContent-Type: s3cret\r\nLocation: s3cret\r\n\
    cookie: s3cret\r\nauthorization: s3cret\r\nContent-Length: 0\r\n\r\n";

/// Values of secrets, and of headers that the database does not name, are in no encoding; their names
/// are.
#[test]
fn secrets_are_in_no_record() {
    let mut connection = Connection::open();
    connection.send(0, REQUEST);
    connection.send(1, RESPONSE);
    let database = Database::builtin();
    let (mut count, mut names) = (0, BTreeSet::new());
    for_each(&database, &connection.frames, |record| {
        let mut texts =
            vec![record.to_string(), record.p0f_log().to_string(), format!("{record:?}")];
        for write in [Record::write_json, Record::write_csv, Record::write_ecs] {
            let mut text = Vec::new();
            write(record, None, &mut text);
            texts.push(String::from_utf8(text).expect("text"));
        }
        texts.push(format!("{:?}", record.row()));
        count += usize::from(record.http.is_some());
        for text in texts {
            assert!(!text.contains("s3cret"), "{text}");
            for name in ["cookie", "AUTHORIZATION", "X-Token", "X-Internal", "Set-Cookie"] {
                if text.contains(name) {
                    names.insert(name);
                }
            }
        }
    });
    assert_eq!((count, names.len()), (2, 5));
}

/// By p0f's rules, what p0f writes is written: SECURITY.md says so.
#[test]
fn p0f_exact_writes_what_p0f_writes() {
    let mut connection = Connection::open();
    connection.send(0, REQUEST);
    let database =
        Database::parse_with(Database::BUILTIN_TEXT, Compat::P0fExact).expect("built-in");
    let mut log = String::new();
    for_each(&Arc::new(database), &connection.frames, |record| {
        log += &record.p0f_log().to_string();
    });
    assert!(log.contains("X-Token=[s3cret]"), "{log}");
}

/// However a connection is cut into segments, it says the same.
#[test]
fn any_segmentation_says_the_same() {
    let client: Vec<u8> = [
        REQUEST,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          5;x\r\nGET /\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n",
        b"PUT / HTTP/1.0\r\nContent-Length: 3000\r\n\r\n",
        &[b'x'; 3000],
        b"DELETE / HTTP/1.1\r\nno header\r\n folded\r\n\r\n",
    ]
    .concat();
    let server: Vec<u8> = [
        RESPONSE,
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nHTTP/",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ]
    .concat();
    let expected = ["GET", "POST", "PUT", "DELETE", "200", "100", "404", "204", "200"];
    for piece in [1, 2, 3, 7, 64, 536, 1460, 4000] {
        let mut connection = Connection::open();
        client.chunks(piece).for_each(|bytes| connection.send(0, bytes));
        server.chunks(piece).for_each(|bytes| connection.send(1, bytes));
        assert_eq!(connection.said(), expected, "{piece}");
        // Swapped in pairs after the first, and everything twice.
        let mut swapped = Connection::open();
        let [mut client_at, mut server_at] = swapped.next;
        for (side, bytes, at) in [(0, &client, &mut client_at), (1, &server, &mut server_at)] {
            let mut pieces: Vec<(u32, &[u8])> = Vec::new();
            for bytes in bytes.chunks(piece) {
                pieces.push((*at, bytes));
                *at = at.wrapping_add(bytes.len() as u32);
            }
            // Pieces of a head may come in any order.
            if piece < 100 {
                pieces.swap(0, 1);
            }
            for (seq, bytes) in pieces {
                swapped.segment(side, flag::ACK, seq, bytes);
                swapped.segment(side, flag::ACK, seq, bytes);
            }
        }
        assert_eq!(swapped.said(), expected, "{piece}, swapped");
    }
}

/// A flow whose heads are read lives until it is idle for 30 s, even through the bytes of a body, which
/// nobody looks at.
#[test]
fn a_flow_lives_while_it_is_used() {
    let mut connection = Connection::open();
    connection.send(0, b"GET / HTTP/1.1\r\n\r\n");
    connection.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    for _ in 0..100 {
        connection.time_ms += 5000;
        connection.send(1, &[0; 1000]);
    }
    connection.time_ms += 5000;
    connection.send(0, b"HEAD / HTTP/1.1\r\n\r\n");
    // Not the start of a response, where the flow is not known.
    connection.send(1, b"HTTP/");
    connection.send(1, b"1.1 204 No\r\n\r\n");
    assert_eq!(connection.said(), ["GET", "200", "HEAD", "204"]);
    connection.time_ms += 40_000;
    connection.send(0, b"HE");
    connection.send(0, b"AD / HTTP/1.1\r\n\r\n");
    assert_eq!(connection.said().len(), 4, "the flow is gone");
}

/// Several heads in one segment are several records, in the order of the stream, with their parts.
#[test]
fn a_segment_may_complete_several_heads() {
    let mut connection = Connection::open();
    connection.send(0, b"GET /1 HTTP/1.1\r\n\r\nHEAD /2 HTTP/1.1\r\n\r\nPUT /3 HTTP/1.1\r\n\r\n");
    assert_eq!(connection.said(), ["GET", "HEAD", "PUT"]);
    let mut parts = Vec::new();
    for_each(&Database::builtin(), &connection.frames, |record| {
        if record.kind == RecordKind::HttpRequest {
            parts.push(record.part);
        }
    });
    assert_eq!(parts, [0, 1, 2]);
    let mut endless = Connection::open();
    for _ in 0..300 {
        endless.send(0, b"GET / HTTP/1.1\r\n\r\n");
    }
    assert_eq!(endless.said().len(), 100);
}

/// Other protocols cost one look: nothing is said of them, a server that speaks first included.
#[test]
fn other_protocols_say_nothing() {
    for (side, bytes) in [
        (0, &b"\x16\x03\x01\x00\x05hello"[..]),
        (1, b"220 mail ESMTP\r\n"),
        (1, b"SSH-2.0-OpenSSH_9.2\r\n"),
        (0, b"HELLO\r\n"),
    ] {
        let mut connection = Connection::open();
        connection.send(side, bytes);
        connection.send(1 - side, b"EHLO a\r\n");
        connection.send(1, b"250 HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(connection.said(), [""; 0], "{bytes:?}");
    }
}

/// Endless headers, NULs and one long line: bounded, and nothing panics.
#[test]
fn bad_input_is_bounded() {
    let many = b"GET / HTTP/1.1\r\n".iter().copied().chain(b"A: b\r\n".repeat(10_000));
    let many: Vec<u8> = many.collect();
    let long = [&b"GET /"[..], &[b'x'; 100_000]].concat();
    for bytes in [many, long, vec![0; 70_000], b"GET / HTTP/1.1\r\n\0\0:\0\n\r\n".to_vec()] {
        for piece in [1, 1460] {
            let mut connection = Connection::open();
            bytes.chunks(piece).take(40_000).for_each(|bytes| connection.send(0, bytes));
            assert!(connection.said().len() <= 1);
        }
    }
}

// ---- faults of huginn-net-http 2.2.1, each as a test that it must not be ours

impl Connection {
    /// The same ports again, with other sequence numbers.
    fn open_again(&mut self) {
        self.next = self.next.map(|next| next.wrapping_add(1_000_000));
        self.segment(0, flag::SYN, self.next[0], b"");
        self.next[0] = self.next[0].wrapping_add(1);
        self.segment(1, flag::SYN | flag::ACK, self.next[1], b"");
        self.next[1] = self.next[1].wrapping_add(1);
    }

    fn signatures(&self) -> Vec<String> {
        let mut signatures = Vec::new();
        for_each(&Database::builtin(), &self.frames, |record| {
            let http = record.http.as_ref().and_then(|http| http.signature.as_deref());
            signatures.extend(http.map(str::to_owned));
        });
        signatures
    }
}

/// What this thread has taken of the processor: other work on the machine does not count.
fn processor_nanos() -> u64 {
    let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
    let time = nix::time::clock_gettime(clock).expect("the clock of this thread");
    Duration::from(time).as_nanos() as u64
}

/// A download that is no HTTP costs the same for each packet however long it is. There, the whole of it
/// is joined and read again at each packet.
#[test]
fn h1_a_long_download_is_not_read_again() {
    let download = |segments| {
        let mut connection = Connection::open();
        connection.send(0, b"\x16\x03\x01 something else");
        for _ in 0..segments {
            connection.send(1, &[0x17; 300]);
        }
        connection
    };
    // As many packets each time.
    let nanos = |segments, times| {
        let (database, connection) = (Database::builtin(), download(segments));
        let once = || {
            let start = processor_nanos();
            (0..times).for_each(|_| for_each(&database, &connection.frames, |_| {}));
            processor_nanos() - start
        };
        (0..5).map(|_| once()).min().unwrap_or_default()
    };
    let (short, long) = (nanos(1000, 32), nanos(32_000, 1));
    // Where all is read again, it is 32 times as long.
    assert!(short > 0 && long < 4 * short, "{short} ns, then {long}");
}

/// A first segment that is sent twice does not list its headers twice.
#[test]
fn h2_a_retransmission_lists_no_header_twice() {
    let (first, second) = REQUEST.split_at(60);
    let mut once = Connection::open();
    once.send(0, first);
    once.send(0, second);
    let mut twice = Connection::open();
    let start = twice.next[0];
    twice.send(0, first);
    twice.segment(0, flag::ACK, start, first);
    twice.send(0, second);
    twice.segment(0, flag::ACK, start, REQUEST);
    assert_eq!(twice.signatures(), once.signatures());
    assert_eq!(twice.signatures().len(), 1);
}

/// A body that is no text does not hide the head before it.
#[test]
fn h3_a_binary_body_hides_no_head() {
    let mut connection = Connection::open();
    connection.send(0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let head =
        b"HTTP/1.1 200 OK\r\nServer: a\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\n";
    connection.send(1, &[&head[..], b"\x1f\x8b\x08\x00\xff\xfe"].concat());
    connection.send(0, b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(connection.said(), ["GET", "200", "GET"]);
}

/// The same ports again, at once: every connection is seen, however the one before it ended.
#[test]
fn h4_the_same_ports_again_are_another_connection() {
    for end in [Some(flag::FIN | flag::ACK), Some(flag::RST), None] {
        let mut connection = Connection::open();
        for count in 1..=4 {
            connection.send(0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            connection.send(1, b"HTTP/1.1 204 No Content\r\n\r\n");
            assert_eq!(connection.said().len(), 2 * count, "{end:?}");
            if let Some(flags) = end {
                connection.segment(1, flags, connection.next[1], b"");
                connection.segment(0, flags, connection.next[0], b"");
            }
            connection.open_again();
        }
    }
}

/// Signatures may ask for the value of any header, those whose values raw signatures drop included.
#[test]
fn h5_every_value_can_be_asked_for() {
    let text = "classes = unix\n[http:request]\nlabel = s:!:by agent:\nsys = @unix\n\
                sig = *:User-Agent=[Twitterbot/],Host::\nlabel = s:!:by range:\nsys = @unix\n\
                sig = *:Host,?Range=[bytes=0-]::\n[http:response]\nlabel = s:!:by server:\nsys = @unix\n\
                sig = *:Date,Server=[gws]::\n";
    let database = Arc::new(Database::parse(text).expect("a database"));
    let mut connection = Connection::open();
    connection.send(0, b"GET / HTTP/1.1\r\nUser-Agent: Twitterbot/1.0\r\nHost: a\r\n\r\n");
    connection.send(1, b"HTTP/1.1 204 No\r\nDate: x\r\nServer: gws\r\n\r\n");
    connection.send(0, b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\n");
    connection.send(1, b"HTTP/1.1 204 No\r\nDate: x\r\nServer: other\r\n\r\n");
    connection.send(0, b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=7-9\r\n\r\n");
    let mut names = Vec::new();
    for_each(&database, &connection.frames, |record| {
        if let Some(http) = &record.http {
            names.push(http.app.as_ref().map(|app| app.label.name().to_owned()));
        }
    });
    let expected = [Some("by agent"), Some("by server"), Some("by range"), None, None];
    assert_eq!(names.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
}

/// Every request of a connection, connections whose start was not captured, and sequence numbers that
/// wrap around inside a request.
#[test]
fn h6_every_request_counts() {
    let get = b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: b\r\n\r\n";
    let mut connection = Connection::open();
    for _ in 0..5 {
        connection.send(0, get);
    }
    assert_eq!(connection.said(), ["GET"; 5]);
    // Without its SYN and SYN+ACK.
    connection.frames.drain(..2);
    assert_eq!(connection.said(), ["GET"; 5]);
    for before_the_wrap in 0..get.len() as u32 {
        for piece in [get.len(), 11] {
            let mut connection = Connection::open();
            connection.open_again();
            let syn = 0_u32.wrapping_sub(before_the_wrap + 1);
            connection.segment(0, flag::SYN, syn, b"");
            connection.next[0] = syn.wrapping_add(1);
            get.chunks(piece).for_each(|bytes| connection.send(0, bytes));
            assert_eq!(connection.said(), ["GET"], "{before_the_wrap}");
        }
    }
}

/// What p0f's log says of a host that looks changed by its heads, the record in JSON says too.
#[test]
fn changes_of_heads_are_in_the_record() {
    let database =
        Database::parse_with(Database::BUILTIN_TEXT, Compat::P0fExact).expect("built-in");
    let mut connection = Connection::open();
    connection.send(
        0,
        b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/8.1\r\nAccept: */*\r\nVia: 1.1 proxy\r\n\r\n",
    );
    let (mut logged, mut written) = (Vec::new(), Vec::new());
    for_each(&Arc::new(database), &connection.frames, |record| {
        // mod=host change|…|reason=via|…
        for line in record.p0f_log().to_string().lines() {
            let field = |name: &str| {
                line.split('|').find_map(|field| field.strip_prefix(name)).map(str::to_owned)
            };
            if let Some(reasons) = field("reason=") {
                logged.push((record.kind, reasons, field("raw_hits=").expect("hits")));
            }
        }
        let mut json = Vec::new();
        record.write_json(None, &mut json);
        let row: RecordRow<'_> = serde_json::from_slice(&json).expect("a record");
        assert_eq!(row, record.row());
        let http = row.http.map(|http| http.changes).unwrap_or_default();
        assert_eq!(record.to_string().matches("Host change").count(), http.len());
        for change in row.change.into_iter().chain(http) {
            assert_eq!((&*change.verdict, change.quality), ("host_change", None));
            let hits = change.hits.map(|count| count.to_string()).join(",");
            written.push((record.kind, change.reasons.join(" "), hits));
        }
    });
    assert_eq!(written, logged);
    let reasons: Vec<_> = logged.iter().map(|(kind, reasons, _)| (*kind, &**reasons)).collect();
    assert_eq!(reasons, [(RecordKind::HttpRequest, "via")]);
}
