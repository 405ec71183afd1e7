//! Records as a table: what they have in common as JSON, once; what differs as numbers.

mod likeness;
mod texts;

use core::net::{IpAddr, Ipv4Addr};

use stackprint::who::{Consistency, Verdict};
use stackprint::{Endpoint, JsonWriter, Path, Record, Side, Timestamp, Uptime};
#[cfg(feature = "tls")]
use stackprint::{TlsClient, TlsHello, tls::Ja3};

#[cfg(feature = "tls")]
use likeness::Carried;
use likeness::Likeness;
use texts::Texts;

/// Rows for callers that count and compare many records, and show few of them in full.
pub(crate) struct Table {
    writer: JsonWriter,
    shapes: Texts,
    /// Of each shape, what its JSON has no place for.
    notes: Vec<ShapeNote>,
    /// Cache of the shapes that were written, by the hash of their likeness.
    places: Vec<Option<Shape>>,
    /// The same of what connections carry.
    #[cfg(feature = "tls")]
    carried: Vec<Option<Box<(Carried, u32)>>>,
    /// The names of servers that clients ask for.
    server_names: Texts,
    rows: Vec<u32>,
}

/// A shape that was written, with its key.
#[derive(Debug, Clone, Copy)]
struct Shape {
    likeness: Likeness,
    path: Path,
    number: u32,
}

/// What is told of a shape beside its JSON.
#[derive(PartialEq, Eq)]
pub(crate) struct ShapeNote {
    /// Whether the layers of its connection agree, as far as the record tells.
    pub(crate) verdict: Option<Verdict>,
    /// The signature of the database that fits.
    pub(crate) matched: Option<String>,
}

/// Slots of the cache. Traffic has a few hundred combinations of stack and distance, so few collide.
const PLACES: usize = 4096;
/// Numbers in a row.
const ROW_WORDS: usize = 23;
const NOWHERE: Endpoint = Endpoint { ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0 };

impl Table {
    pub(crate) fn new() -> Table {
        const { assert!(PLACES.is_power_of_two()) };
        Table {
            writer: JsonWriter::new(),
            shapes: Texts::new(),
            notes: Vec::new(),
            places: vec![None; PLACES],
            #[cfg(feature = "tls")]
            carried: std::iter::repeat_with(|| None).take(PLACES).collect(),
            server_names: Texts::new(),
            rows: Vec::new(),
        }
    }

    /// Removes all rows and shapes.
    pub(crate) fn clear(&mut self) {
        self.shapes.clear();
        self.notes.clear();
        self.places.fill(None);
        #[cfg(feature = "tls")]
        self.carried.fill_with(|| None);
        self.server_names.clear();
        self.rows.clear();
    }

    /// Adds a record as [`ROW_WORDS`] numbers: its shape; 1 for IPv6, else 0; the subject's address in
    /// four words (IPv4 uses the first); seconds of its time (high, low) and nanoseconds; uptime in
    /// seconds, the bits of the raw frequency (high, low) and the milliseconds for which the clock was
    /// watched, all 0 without an uptime; the peer's address in four words; client port and server port
    /// in the upper and lower half of a word; of a client's hello the number of the server's name, plus
    /// 1, 0 without one, and its JA3 in four words.
    pub(crate) fn add(&mut self, record: &Record<'_>) {
        let shape = self.shape(record);
        let (subject, peer) = match record.subject {
            Side::Client => (record.client.ip, record.server.ip),
            Side::Server => (record.server.ip, record.client.ip),
        };
        let seconds = record.time.as_seconds();
        let (uptime_s, raw_hz, watched_ms) = record.uptime.map_or((0, 0, 0), |uptime| {
            (uptime.seconds, uptime.recorded_frequency_hz().to_bits(), uptime.watched_ms)
        });
        let [s0, s1, s2, s3] = words(subject);
        let [p0, p1, p2, p3] = words(peer);
        let (name, [j0, j1, j2, j3]) = self.own(record);
        let row: [u32; ROW_WORDS] = [
            shape,
            u32::from(subject.is_ipv6()),
            s0,
            s1,
            s2,
            s3,
            (seconds >> 32) as u32,
            seconds as u32,
            record.time.subsecond_nanos(),
            uptime_s,
            (raw_hz >> 32) as u32,
            raw_hz as u32,
            watched_ms,
            p0,
            p1,
            p2,
            p3,
            u32::from(record.client.port) << 16 | u32::from(record.server.port),
            name,
            j0,
            j1,
            j2,
            j3,
        ];
        self.rows.extend(row);
    }

    /// Returns what a client's hello says of its connection alone: the number of the server's name, plus
    /// 1, and JA3, which depends on the order of extensions, and that on chance. Zeros for others.
    #[inline]
    fn own(&mut self, record: &Record<'_>) -> (u32, [u32; 4]) {
        #[cfg(feature = "tls")]
        if let Some(tls) = &record.tls
            && let TlsHello::Client(client) = &tls.hello
        {
            let ja3 = client.fingerprints.map_or([0; 4], |of| words_of_hex(of.ja3.as_str()));
            let number = client.server_name.as_deref().map_or(0, |name| {
                self.server_names.number(|to| texts::write_string(name, to), |_| true).0 + 1
            });
            return (number, ja3);
        }
        let _ = record;
        (0, [0; 4])
    }

    /// Returns the number of the record's shape: the record without its time, its ends, the values of its
    /// uptime, and what a hello says of its connection alone.
    #[inline]
    fn shape(&mut self, record: &Record<'_>) -> u32 {
        let Some(likeness) = Likeness::of(record) else { return self.rare_shape(record) };
        let place = likeness.slot(PLACES);
        if let Some(known) = &self.places[place]
            && known.likeness == likeness
            && known.path == record.path
        {
            return known.number;
        }
        let number = self.new_shape(record);
        self.places[place] = Some(Shape { likeness, path: record.path, number });
        number
    }

    /// The same for changes and for what connections carry. Separate, because most records are neither.
    #[inline(never)]
    fn rare_shape(&mut self, record: &Record<'_>) -> u32 {
        #[cfg(feature = "tls")]
        if let Some(key) = Carried::of(record) {
            let place = key.slot(PLACES);
            if let Some((_, number)) = self.carried[place].as_deref().filter(|(it, _)| *it == key) {
                return *number;
            }
            let number = self.new_shape(record);
            self.carried[place] = Some(Box::new((key, number)));
            return number;
        }
        self.new_shape(record)
    }

    /// Writes a shape that is not in the cache. Separate, because most are.
    #[cold]
    #[inline(never)]
    fn new_shape(&mut self, record: &Record<'_>) -> u32 {
        let mut shape = record.clone();
        shape.time = Timestamp::EPOCH;
        (shape.client, shape.server) = (NOWHERE, NOWHERE);
        shape.uptime = record.uptime.map(|uptime| Uptime {
            seconds: 0,
            raw_frequency_hz: 0.0,
            watched_ms: 0,
            ..uptime
        });
        shape.with_flow = false;
        #[cfg(feature = "tls")]
        if let Some(tls) = &mut shape.tls
            && let TlsHello::Client(client) = &mut tls.hello
        {
            remove_own(client);
        }
        let found = record.fingerprint.as_ref().and_then(|it| it.found.as_ref());
        let note = ShapeNote {
            verdict: Consistency::of_record(record).map(|it| it.verdict),
            matched: found.map(|found| found.signature.to_string()),
        };
        let Table { shapes, writer, notes, .. } = self;
        let (number, is_new) = shapes.number(
            |to| writer.write(&shape, None, to),
            |number| notes.get(number as usize) == Some(&note),
        );
        if is_new {
            notes.push(note);
        }
        number
    }

    /// Returns the shapes as a JSON list.
    pub(crate) fn shapes(&self) -> String {
        self.shapes.list()
    }

    /// Returns the names of servers as a JSON list.
    pub(crate) fn server_names(&self) -> String {
        self.server_names.list()
    }

    pub(crate) fn notes(&self) -> &[ShapeNote] {
        &self.notes
    }

    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }
}

/// An address in four words, of which IPv4 uses the first.
fn words(ip: IpAddr) -> [u32; 4] {
    match ip {
        IpAddr::V4(ip) => [ip.to_bits(), 0, 0, 0],
        IpAddr::V6(ip) => [96, 64, 32, 0].map(|shift| (ip.to_bits() >> shift) as u32),
    }
}

/// Removes what a hello says of its connection alone.
#[cfg(feature = "tls")]
fn remove_own(client: &mut TlsClient) {
    client.server_name = None;
    if let Some(fingerprints) = &mut client.fingerprints {
        fingerprints.ja3 = Ja3::default();
    }
}

/// 32 digits in lower case as four words.
#[cfg(feature = "tls")]
fn words_of_hex(text: &str) -> [u32; 4] {
    let mut words = [0; 4];
    let (digits, _) = text.as_bytes().as_chunks::<8>();
    for (word, digits) in words.iter_mut().zip(digits) {
        *word = digits.iter().fold(0, |word, digit| {
            // Letters follow on 0x60, and the first is 10.
            let nibble = (digit & 0x0f) + if *digit > b'9' { 9 } else { 0 };
            word << 4 | u32::from(nibble)
        });
    }
    words
}
