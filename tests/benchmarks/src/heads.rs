//! HTTP: requests and responses as today's clients and servers send them, each another one.

use crate::frames::{FrameBuilder, flag};
use crate::hellos::data;
use crate::inputs::Frames;
use crate::traffic::{syn, syn_ack};

/// Names and values of a kind of client, in its order; `{n}` is a number.
type Fields = &'static [(&'static str, &'static str)];

const CLIENTS: [Fields; 5] = [
    &[
        ("Host", "www-{n}.example.org"),
        ("Connection", "keep-alive"),
        ("Upgrade-Insecure-Requests", "1"),
        (
            "User-Agent",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36",
        ),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Accept-Language", "en-US,en;q=0.9"),
        ("Cookie", "session={n}"),
    ],
    &[
        ("Host", "www-{n}.example.org"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0"),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", "de,en-US;q=0.7,en;q=0.3"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Connection", "keep-alive"),
        ("Referer", "http://www.example.org/{n}"),
        ("Priority", "u=0, i"),
    ],
    &[("Host", "www-{n}.example.org"), ("User-Agent", "curl/8.{n}.1"), ("Accept", "*/*")],
    &[
        ("Host", "www-{n}.example.org"),
        ("User-Agent", "python-requests/2.{n}.0"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Accept", "*/*"),
        ("Connection", "keep-alive"),
        ("Authorization", "Basic {n}"),
    ],
    &[
        ("Host", "www-{n}.example.org"),
        ("User-Agent", "Debian APT-HTTP/1.3 (2.{n}.1)"),
        ("Cache-Control", "max-age=0"),
        ("Accept", "text/*"),
    ],
];

const SERVERS: [Fields; 3] = [
    &[
        ("Server", "nginx/1.{n}.0"),
        ("Date", "Mon, 23 Nov 2026 10:00:00 GMT"),
        ("Content-Type", "text/html"),
        ("Content-Length", "12"),
        ("Last-Modified", "Mon, 23 Nov 2026 09:00:00 GMT"),
        ("Connection", "keep-alive"),
        ("ETag", "\"{n}\""),
        ("Accept-Ranges", "bytes"),
    ],
    &[
        ("Date", "Mon, 23 Nov 2026 10:00:00 GMT"),
        ("Server", "Apache/2.4.{n} (Debian)"),
        ("Content-Length", "12"),
        ("Keep-Alive", "timeout=5, max=100"),
        ("Connection", "Keep-Alive"),
        ("Content-Type", "text/html; charset=utf-8"),
    ],
    &[
        ("Content-Type", "text/plain"),
        ("Content-Length", "12"),
        ("Server", "Caddy"),
        ("X-Number", "{n}"),
    ],
];

/// Text, since huginn-net-http takes no other: it reads a body behind its head as well.
const BODY: &[u8] = b"hello world\n";

/// Connections of a SYN, its answer, a request and a response, each another client's; of their heads,
/// the first `different` come again.
#[must_use]
pub fn connections(count: u32, different: u32) -> Frames {
    let mut frames = Frames::default();
    for number in 0..count {
        let mut syn = syn(number, false);
        syn.destination.set_port(80);
        let answer = syn_ack(&syn);
        let (request, response) = (request(number % different), response(number % different));
        let first = syn.sequence.wrapping_add(1);
        let end = first.wrapping_add(request.len() as u32);
        frames.push(&syn.build());
        frames.push(&answer.build());
        let acknowledgment = answer.sequence.wrapping_add(1);
        frames.push(&FrameBuilder { acknowledgment, ..data(&syn, first, &request) }.build());
        let response = FrameBuilder {
            sequence: acknowledgment,
            acknowledgment: end,
            flags: flag::ACK | flag::PSH,
            tcp_options: Vec::new(),
            payload: response,
            ..answer
        };
        frames.push(&response.build());
    }
    frames
}

fn request(number: u32) -> Vec<u8> {
    let fields = CLIENTS[number as usize % CLIENTS.len()];
    [format!("GET /page/{number} HTTP/1.1\r\n").into_bytes(), head(fields, number)].concat()
}

fn response(number: u32) -> Vec<u8> {
    let fields = SERVERS[number as usize % SERVERS.len()];
    [&b"HTTP/1.1 200 OK\r\n"[..], &head(fields, number), BODY].concat()
}

fn head(fields: Fields, number: u32) -> Vec<u8> {
    let number = number.to_string();
    let lines =
        fields.iter().map(|(name, value)| format!("{name}: {}\r\n", value.replace("{n}", &number)));
    (lines.collect::<String>() + "\r\n").into_bytes()
}
