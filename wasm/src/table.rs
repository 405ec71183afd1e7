//! Records as a table: what they have in common as JSON, once; what differs as numbers.

use core::net::{IpAddr, Ipv4Addr};

use stackprint::who::{Consistency, Verdict};
use stackprint::{
    Endpoint, Fingerprint, FingerprintKey, JsonWriter, Path, Record, Side, Timestamp, Uptime,
    UptimeTrust,
};

/// Rows for callers that count and compare many records, and show few of them in full.
pub(crate) struct Table {
    writer: JsonWriter,
    /// Shapes: the items of a JSON list, each with a comma after it.
    shapes: Vec<u8>,
    /// Of each shape, what its JSON has no place for.
    notes: Vec<ShapeNote>,
    /// Cache of the shapes that were written, by the hash of their likeness.
    places: Vec<Option<Shape>>,
    /// Where the JSON of each shape ends, before its comma.
    ends: Vec<usize>,
    /// Cache of the numbers of shapes, by the hash of their JSON.
    numbers: Vec<Option<u32>>,
    rows: Vec<u32>,
}

/// Cache key: records of one analyzer with equal keys and paths have the same shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Likeness {
    /// Of what the packet says by itself, if it says something.
    fingerprint: Option<FingerprintKey>,
    is_probe: bool,
    syn_unseen: bool,
    subject: Side,
    /// Frequency and trust of an uptime, which have few values: the rest of it is in the row.
    uptime: Option<(u32, UptimeTrust)>,
}

impl Likeness {
    /// Returns `None` where no key tells whether shapes are the same, only their JSON does: of a change,
    /// and of what a connection carries.
    #[inline]
    fn of(record: &Record<'_>) -> Option<Likeness> {
        #[cfg(feature = "tls")]
        if record.tls.is_some() {
            return None;
        }
        #[cfg(feature = "http")]
        if record.http.is_some() {
            return None;
        }
        let uptime = record.uptime.as_ref().map(|uptime| (uptime.frequency_hz, uptime.trust));
        let (fingerprint, is_probe, syn_unseen) = match &record.fingerprint {
            Some(Fingerprint { change: Some(_), .. }) => return None,
            Some(it) => (Some(it.key()), it.is_probe, it.syn_unseen),
            None => (None, false, false),
        };
        Some(Likeness { fingerprint, is_probe, syn_unseen, subject: record.subject, uptime })
    }

    /// Returns its slot in the cache.
    #[inline]
    fn place(&self) -> usize {
        const { assert!(PLACES.is_power_of_two()) };
        // One fingerprint comes with and without an uptime.
        let uptime = self.uptime.map_or(0, |(frequency_hz, trust)| frequency_hz + 1 + trust as u32);
        let fingerprint = self.fingerprint.map_or(0, |key| key.slot(PLACES));
        (fingerprint + uptime as usize) % PLACES
    }
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
const ROW_WORDS: usize = 18;
const NOWHERE: Endpoint = Endpoint { ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0 };

impl Table {
    pub(crate) fn new() -> Table {
        Table {
            writer: JsonWriter::new(),
            shapes: Vec::new(),
            notes: Vec::new(),
            places: vec![None; PLACES],
            ends: Vec::new(),
            numbers: vec![None; PLACES],
            rows: Vec::new(),
        }
    }

    /// Removes all rows and shapes.
    pub(crate) fn clear(&mut self) {
        self.shapes.clear();
        self.notes.clear();
        self.places.fill(None);
        self.ends.clear();
        self.numbers.fill(None);
        self.rows.clear();
    }

    /// Adds a record as [`ROW_WORDS`] numbers: its shape; 1 for IPv6, else 0; the subject's address in
    /// four words (IPv4 uses the first); seconds of its time (high, low) and nanoseconds; uptime in
    /// seconds, the bits of the raw frequency (high, low) and the milliseconds for which the clock was
    /// watched, all 0 without an uptime; the peer's address in four words; client port and server port
    /// in the upper and lower half of a word.
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
        ];
        self.rows.extend(row);
    }

    /// Returns the number of the record's shape: the record without its time, its ends, and the values
    /// of its uptime.
    #[inline]
    fn shape(&mut self, record: &Record<'_>) -> u32 {
        let likeness = Likeness::of(record);
        if let Some(likeness) = &likeness
            && let Some(known) = &self.places[likeness.place()]
            && known.likeness == *likeness
            && known.path == record.path
        {
            return known.number;
        }
        self.new_shape(record, likeness)
    }

    /// Writes a shape that is not in the cache. Separate, because most are.
    #[cold]
    #[inline(never)]
    fn new_shape(&mut self, record: &Record<'_>, likeness: Option<Likeness>) -> u32 {
        let uptime = record.uptime.map(|uptime| Uptime {
            seconds: 0,
            raw_frequency_hz: 0.0,
            watched_ms: 0,
            ..uptime
        });
        let mut shape = record.clone();
        shape.time = Timestamp::EPOCH;
        (shape.client, shape.server) = (NOWHERE, NOWHERE);
        shape.uptime = uptime;
        shape.with_flow = false;
        let start = self.shapes.len();
        self.writer.write(&shape, None, &mut self.shapes);
        let found = record.fingerprint.as_ref().and_then(|it| it.found.as_ref());
        let note = ShapeNote {
            verdict: Consistency::of_record(record).map(|it| it.verdict),
            matched: found.map(|found| found.signature.to_string()),
        };
        let number = self.number(start, note);
        if let Some(likeness) = likeness {
            self.places[likeness.place()] = Some(Shape { likeness, path: record.path, number });
        }
        number
    }

    /// Returns the number of the shape whose JSON begins at `start`. It is removed again if the cache
    /// has one like it.
    fn number(&mut self, start: usize, note: ShapeNote) -> u32 {
        let place = hash(self.shapes.get(start..).unwrap_or_default()) as usize % PLACES;
        if let Some(number) = self.numbers[place]
            && self.json(number) == self.shapes.get(start..)
            && self.notes.get(number as usize) == Some(&note)
        {
            self.shapes.truncate(start);
            return number;
        }
        let number = self.notes.len() as u32;
        self.numbers[place] = Some(number);
        self.ends.push(self.shapes.len());
        self.shapes.push(b',');
        self.notes.push(note);
        number
    }

    /// Returns the JSON of a shape.
    fn json(&self, number: u32) -> Option<&[u8]> {
        let number = number as usize;
        let before = number.checked_sub(1).map_or(Some(0), |it| Some(self.ends.get(it)? + 1))?;
        self.shapes.get(before..*self.ends.get(number)?)
    }

    /// Returns the shapes as a JSON list.
    pub(crate) fn shapes(&self) -> String {
        let items = self.shapes.strip_suffix(b",").unwrap_or_default();
        format!("[{}]", String::from_utf8_lossy(items))
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

/// FNV-1a, 32 bits.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
