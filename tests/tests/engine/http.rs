//! HTTP: against p0f on random connections and databases, and on our own recordings.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stackprint::http::{
    Counts, Exchange, Http2, Kind, Message, Observed, P0fExchange, Progress, Verdict, may_begin,
};
use stackprint::stream::{Streams, TcpSegment};
use stackprint::{Compat, Database, LinkType, Timestamp};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::http::{Covered, HttpFile};
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::{input, p0f, say};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// As in `oracle_random`: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

const NAMES: [&[&str]; 2] = [
    &[
        "Host",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Accept-Charset",
        "Connection",
        "Keep-Alive",
        "Referer",
        "DNT",
        "Cookie",
        "Via",
        "X-Forwarded-For",
        "Cache-Control",
        "Cache-control",
        "X-New",
        "x-y_z",
        "Range",
        "If-None-Match",
    ],
    &[
        "Date",
        "Server",
        "Content-Type",
        "Content-Length",
        "Connection",
        "Keep-Alive",
        "Accept-Ranges",
        "ETag",
        "Etag",
        "Last-Modified",
        "Vary",
        "Set-Cookie",
        "X-New",
        "Transfer-Encoding",
        "Via",
        "Location",
    ],
];
const VALUES: [&str; 20] = [
    "Mozilla/5.0 (Windows NT 10.0) Firefox/115.0",
    "curl/7.88.1",
    "nginx/1.18",
    "a]b|c",
    "a|b",
    "*/*",
    "text/html,*/*;q=0.8",
    "gzip, deflate",
    "en-US,en;q=0.5",
    "de",
    "EN",
    "zz",
    "eng",
    "keep-alive",
    "Keep-Alive",
    "close",
    "",
    "\x07q",
    "caf\u{e9}",
    "a\0b",
];

impl Random {
    fn database(&mut self) -> Vec<String> {
        let mut lines = vec!["classes = win,unix".to_owned()];
        for (names, section) in NAMES.iter().zip(["[http:request]", "[http:response]"]) {
            lines.push(section.into());
            for number in 0..25 {
                let (rank, class) = (self.pick(&["s", "s", "g"]), self.pick(&["!", "!", "unix"]));
                let flavor = self.pick(&["", "x", "2.x or newer"]);
                lines.push(format!("label = {rank}:{class}:A{}:{flavor}", number % 8));
                if class == "!" {
                    lines.push("sys = @unix".into());
                }
                let headers: Vec<String> = (0..self.below(4)).map(|_| self.rule(names)).collect();
                let absent: Vec<&str> = (0..self.below(3)).map(|_| self.pick(names)).collect();
                let software = self.pick(&["", "", "Firefox/", "nginx", "curl", "A"]);
                let version = self.pick(&["*", "0", "1"]);
                let (headers, absent) = (headers.join(","), absent.join(","));
                lines.push(format!("sig = {version}:{headers}:{absent}:{software}"));
            }
        }
        lines
    }

    fn rule(&mut self, names: &[&str]) -> String {
        let mark = self.pick(&["", "", "?"]);
        let value = self.pick(&["", "", "=[a]", "=[e]", "=[*/*]", "=[gzip, ]", "=[-]"]);
        format!("{mark}{}{value}", self.pick(names))
    }

    fn head(&mut self, kind: Kind) -> Vec<u8> {
        let end = self.pick(&["\r\n", "\r\n", "\r\n", "\n"]);
        let version = self.pick(&["1", "1", "1", "0", "2"]);
        let (first, names) = match kind {
            Kind::Request => {
                let method = self.pick(&["GET", "GET", "GET", "HEAD", "POST"]);
                let target = self.pick(&["/", "/", "/x?y=z", "/a b", "/\t", "/\u{80}"]);
                (format!("{method} {target} HTTP/1.{version}"), NAMES[0])
            }
            Kind::Response => {
                let status = self.pick(&["200 OK", "200 OK", "404 Not Found", "200", "1", "\x01"]);
                (format!("HTTP/1.{version} {status}"), NAMES[1])
            }
        };
        let mut text = first + end;
        for _ in 0..self.pick(&[0, 1, 3, 5, 8, 12, 31, 32, 33]) {
            let name = if self.one_in(60) { "Bad Name" } else { self.pick(names) };
            let blank = self.pick(&[" ", " ", " ", "", "  ", "\t"]);
            let value = self.pick(&VALUES);
            text += &if self.one_in(60) {
                format!(
                    "{}:{}{end}",
                    "N".repeat(30 + self.below(5)),
                    "v".repeat(1016 + self.below(12))
                )
            } else {
                format!("{name}:{blank}{value}{end}")
            };
        }
        // Latin-1, as it goes over the wire.
        (text + end).chars().map(|character| character as u8).collect()
    }

    /// One connection's segments: from whom, and what.
    fn conversation(&mut self) -> Vec<(Kind, Vec<u8>)> {
        let mut segments = Vec::new();
        let order = [[Kind::Request, Kind::Response], [Kind::Response, Kind::Request]];
        for from in order[usize::from(self.one_in(20))] {
            let most = self.pick(&[1448, 1448, 300, 60, 7]);
            let head = self.head(from);
            let mut rest = &head[..];
            while !rest.is_empty() {
                let (segment, behind) = rest.split_at(1 + self.below(most.min(rest.len())));
                segments.push((from, segment.to_vec()));
                rest = behind;
            }
        }
        segments
    }
}

/// What we say of connections, as p0f's log has it, and the capture that shows them.
fn random_capture(random: &mut Random, file: &HttpFile) -> (PcapFile, Vec<String>) {
    let mut capture = PcapFile::new(LinkType::ETHERNET);
    let mut lines = Vec::new();
    let time = Timestamp::from_nanos(1_700_000_000_000_000_000);
    for number in 0..300_u16 {
        let client = SocketAddr::from(([10, 0, 0, random.below(60) as u8], 2000 + number));
        let syn = FrameBuilder::syn(client, SocketAddr::from(([192, 0, 2, 80], 80)));
        let ends = [syn.clone(), syn.syn_ack()];
        capture.push(time, &ends[0].build());
        capture.push(time, &ends[1].build());
        let mut next = ends.clone().map(|end| end.sequence.wrapping_add(1));
        let mut flow = Some(P0fExchange::new());
        for (from, payload) in random.conversation() {
            let side = usize::from(from == Kind::Response);
            let frame = FrameBuilder {
                sequence: next[side],
                acknowledgment: next[1 - side],
                flags: flag::ACK | flag::PSH,
                tcp_options: Vec::new(),
                payload: payload.clone(),
                ..ends[side].clone()
            };
            next[side] = next[side].wrapping_add(payload.len() as u32);
            capture.push(time, &frame.build());
            let verdict = flow.as_mut().map(|flow| {
                flow.push(from, &payload, |head| {
                    lines.push(file.p0f_line(&Observed::new(head, &file.signatures)));
                })
            });
            if verdict == Some(Verdict::Destroy) {
                flow = None;
            }
        }
    }
    (capture, lines)
}

#[test]
fn p0f_says_the_same_of_random_connections() {
    if p0f::database().is_none() {
        return;
    }
    let (mut compared, mut refused, mut events) = (0, 0, 0);
    for seed in 0..6 {
        let mut random = Random(seed);
        let mut lines = random.database();
        // p0f refuses what is covered, and stops there; so do we, at the same line.
        let path = p0f::temporary("http.fp");
        let file = loop {
            let text = lines.join("\n") + "\n";
            fs::write(&path, &text).expect("a temporary file");
            let refuses = p0f::refusal(&path).expect("p0f is there");
            match HttpFile::parse(&text, Compat::P0fExact) {
                Ok(file) => {
                    assert_eq!(refuses, None);
                    break file;
                }
                Err(Covered { line, .. }) => {
                    assert_eq!(refuses, Some(line));
                    lines[line - 1].clear();
                    refused += 1;
                }
            }
        };
        let (capture, ours) = random_capture(&mut random, &file);
        let path_of_capture = p0f::temporary("http.pcap");
        capture.write(&path_of_capture).expect("a temporary file");
        let log = p0f::log(&path_of_capture, &path).expect("p0f reads it");
        let is_http = |line: &&str| p0f::module(line).starts_with("http ");
        let theirs: Vec<&str> = (log.split('\n').filter(is_http))
            .map(|line| line.splitn(5, '|').nth(4).unwrap_or_default())
            .collect();
        assert_eq!(ours, theirs, "seed {seed}");
        compared += theirs.len();
        // The whole of p0f's log: changes of hosts, with HTTP's reasons.
        let text = fs::read_to_string(&path).expect("the database");
        let database = Arc::new(Database::parse_with(&text, Compat::P0fExact).expect("a database"));
        // Its memory that is not initialized may say `date`, which counts in what follows.
        if !log.contains("date|raw_hits") {
            let ours = p0f::events(&p0f::our_log(capture.octets(), &database));
            assert_eq!(ours, p0f::events(&log), "seed {seed}");
            events += ours.len();
        }
    }
    say(&format!("{compared} lines of HTTP, {events} of all, {refused} refusals"));
    assert!(compared > 500 && refused > 10);
}

/// The heads of a recording, with their labels by the project's own file, and how many streams are none
/// of HTTP.
fn labels(octets: &[u8], file: &HttpFile) -> (BTreeMap<String, usize>, u64) {
    let mut exchanges: BTreeMap<[SocketAddr; 2], Exchange> = BTreeMap::new();
    let mut streams = Streams::new(Streams::DEFAULT_MEMORY, may_begin);
    let (mut counts, mut labels) = (Counts::default(), BTreeMap::new());
    input::decode(octets, |captured| {
        let Ok(segment) = TcpSegment::of(&captured.frame) else { return };
        let (source, destination) = (segment.source, segment.destination);
        let is_client = destination.port() == 80;
        let key = if is_client { [source, destination] } else { [destination, source] };
        let from = if is_client { Kind::Request } else { Kind::Response };
        let exchange = exchanges.entry(key).or_default();
        if segment.syn {
            exchange.start(from, segment.seq);
        }
        exchange.push(from, &segment.payload, &mut streams, &mut counts, |message| {
            let Message::Head(head) = message else { return };
            let label = file.label(&Observed::new(&head, &file.signatures));
            *labels.entry(format!("{:?} {label}", head.kind())).or_default() += 1;
        });
    })
    .expect("whole");
    assert_eq!(counts.lost, 0);
    (labels, counts.faults.iter().sum())
}

/// Each program that was recorded has its label, and no other.
#[test]
fn recordings_have_their_labels() {
    let text = fs::read_to_string(repository("core/data/http.fp")).expect("the file");
    let Ok(file) = HttpFile::parse(&text, Compat::Fixed) else { panic!("covered") };
    let folder = repository("tests/captures/recorded/http");
    for (name, expected) in RECORDED {
        let octets = fs::read(folder.join(format!("{name}.pcap"))).expect("a recording");
        let (labels, faults) = labels(&octets, &file);
        // Nmap tries TLS, too.
        assert_eq!(faults, u64::from(*name == "nmap"), "{name}");
        let is_server = expected.starts_with("Response");
        // What a server says of an error may fit nothing.
        let of_it = labels
            .keys()
            .filter(|label| label.starts_with("Response") == is_server && !label.ends_with("???"));
        let of_it: Vec<&str> = of_it.map(String::as_str).collect();
        assert_eq!(of_it.join("; "), *expected, "{name}");
    }
}

const RECORDED: &[(&str, &str)] = &[
    ("ab", "Request curl or ab, with HTTP/1.0"),
    ("aiohttp-server", "Response Python aiohttp"),
    ("apache2", "Response Apache 1.3 or 2.x"),
    ("apache2-close", "Response Apache 1.3 or 2.x"),
    ("apt", "Request apt"),
    ("aria2", "Request aria2"),
    ("caddy", "Response Caddy"),
    ("chromium", "Request Chromium 50 or newer"),
    ("curl", "Request curl or libcurl"),
    ("elinks", "Request ELinks 0.13"),
    ("express", "Response Node.js Express"),
    ("firefox", "Request Firefox with Priority, 128 or newer"),
    ("git", "Request git"),
    ("go-net-http", "Request Go net/http"),
    ("go-server", "Response Go net/http"),
    ("gunicorn", "Response Python http.server or gunicorn"),
    ("java-http-client", "Request Java HttpClient, 11 or newer"),
    ("java-url-connection", "Request Java HttpURLConnection, 17 or newer"),
    ("lighttpd", "Response lighttpd 1.4.60 or newer"),
    ("lighttpd-close", "Response lighttpd 1.4.60 or newer; Response lighttpd 1.x"),
    ("lynx", "Request Lynx"),
    ("nginx", "Response nginx"),
    ("nginx-close", "Response nginx without keep-alive"),
    ("nmap", "Request Nmap scripting engine"),
    ("node-axios", "Request axios on Node.js"),
    ("node-fetch", "Request Node.js fetch"),
    ("node-http", "Request Node.js http"),
    ("node-server", "Response Node.js http"),
    ("node-undici", "Request Node.js http"),
    ("perl-lwp", "Request Perl LWP"),
    ("python-aiohttp", "Request Python aiohttp"),
    ("python-http-server", "Response Python http.server; Response Python http.server or gunicorn"),
    ("python-httpx", "Request Python httpx"),
    ("python-requests", "Request Python requests"),
    ("python-urllib", "Request Python urllib"),
    ("python-urllib3", "Request Python urllib3"),
    ("ruby-net-http", "Request Ruby net/http"),
    ("tornado", "Response Python Tornado"),
    ("twisted", "Response Python Twisted; Response Python http.server or Twisted"),
    ("uvicorn", "Response Python uvicorn"),
    ("w3m", "Request w3m"),
    ("waitress", "Response Python waitress"),
    ("wget", "Request wget 1.21.2 or newer"),
];

/// Settings, window and pseudo-headers as tshark 4.0 names them in the same recordings.
#[test]
fn http2_openings() {
    for (name, expected) in HTTP2 {
        let path = repository(&format!("tests/captures/recorded/http/{name}.pcap"));
        let mut sent = Vec::new();
        input::decode(&fs::read(path).expect("a recording"), |captured| {
            if let Ok(segment) = TcpSegment::of(&captured.frame)
                && segment.destination.port() == 80
            {
                sent.extend(segment.payload.bytes);
            }
        })
        .expect("whole");
        let Progress::Complete(opening) = Http2::parse(&sent) else { panic!("{name}") };
        assert_eq!(opening.to_string(), *expected, "{name}");
    }
}

const HTTP2: &[(&str, &str)] = &[
    ("h2c-curl", "3:100;4:33554432;2:0|33488897|0|m,p,s,a"),
    ("h2c-nghttp", "3:100;4:65535|00|3:0:0:201,5:0:0:101,7:0:0:1,9:0:7:1,11:0:3:1|m,p,s,a"),
    ("h2c-python-h2", "1:4096;2:1;4:65535;5:16384;8:0;3:100;6:65536|00|0|m,a,s,p"),
];
