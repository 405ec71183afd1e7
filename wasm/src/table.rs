//! Records as a table: what they have in common as JSON, once; what differs as numbers.

use core::net::{IpAddr, Ipv4Addr};
use core::ops::Range;

use stackprint::{Endpoint, JsonWriter, Record, Side, Timestamp};

/// Rows for those who count and compare many records, and look at few of them in full.
pub(crate) struct Table {
    writer: JsonWriter,
    /// Shapes: the items of a JSON list, each with a comma behind it.
    shapes: Vec<u8>,
    count: u32,
    /// Where the shape is that was last met in a place, which packets that look alike share.
    places: Vec<Option<(u32, Range<usize>)>>,
    scratch: Vec<u8>,
    rows: Vec<u32>,
}

/// Stacks times distances, of which traffic has a few hundred.
const PLACES: usize = 4096;
const NOWHERE: Endpoint = Endpoint { ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0 };

impl Table {
    pub(crate) fn new() -> Table {
        Table {
            writer: JsonWriter::new(),
            shapes: Vec::new(),
            count: 0,
            places: vec![None; PLACES],
            scratch: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Forgets all rows and shapes.
    pub(crate) fn clear(&mut self) {
        self.shapes.clear();
        self.count = 0;
        self.places.fill(None);
        self.rows.clear();
    }

    /// Adds a record: the number of its shape, whether its subject's address is of IPv6, the
    /// address in four words (the first alone for IPv4), and its time: seconds, high and low, and
    /// nanoseconds.
    pub(crate) fn add(&mut self, record: &Record<'_>) {
        let shape = self.shape(record);
        let ip = match record.subject {
            Side::Client => record.client.ip,
            Side::Server => record.server.ip,
        };
        let words = match ip {
            IpAddr::V4(ip) => [ip.to_bits(), 0, 0, 0],
            IpAddr::V6(ip) => [96, 64, 32, 0].map(|shift| (ip.to_bits() >> shift) as u32),
        };
        let seconds = record.time.as_seconds();
        self.rows.extend([shape, u32::from(ip.is_ipv6())]);
        self.rows.extend(words);
        self.rows.extend([(seconds >> 32) as u32, seconds as u32, record.time.subsecond_nanos()]);
    }

    /// The number of the record's shape: the record without its time and ends.
    fn shape(&mut self, record: &Record<'_>) -> u32 {
        let shape = Record { time: Timestamp::EPOCH, client: NOWHERE, server: NOWHERE, ..*record };
        self.scratch.clear();
        self.writer.write(&shape, None, &mut self.scratch);
        let Some(place) = self.places.get_mut(place(record)) else { return 0 };
        if let Some((number, range)) = place
            && self.shapes.get(range.clone()).is_some_and(|known| are_same(known, &self.scratch))
        {
            return *number;
        }
        let start = self.shapes.len();
        self.shapes.extend_from_slice(&self.scratch);
        let number = self.count;
        *place = Some((number, start..self.shapes.len()));
        self.shapes.push(b',');
        self.count += 1;
        number
    }

    /// The shapes as a JSON list.
    pub(crate) fn shapes(&self) -> String {
        let items = self.shapes.strip_suffix(b",").unwrap_or_default();
        format!("[{}]", String::from_utf8_lossy(items))
    }

    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }
}

/// Word by word: the comparison of WebAssembly's run-time goes octet by octet.
fn are_same(a: &[u8], b: &[u8]) -> bool {
    let ((a_words, a_rest), (b_words, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut pairs = a_words.iter().zip(b_words);
    a.len() == b.len()
        && pairs.all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b))
        && a_rest == b_rest
}

/// Where shapes like the record's are looked for.
fn place(record: &Record<'_>) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let Some(fingerprint) = &record.fingerprint else { return 0 };
    let observation = &fingerprint.observation;
    let sizes = u64::from(observation.window) << 32
        | u64::from(observation.mss.unwrap_or(0)) << 16
        | u64::from(observation.ttl) << 8
        | record.kind as u64;
    let fields = sizes ^ u64::from(observation.quirks.bits()) << 40;
    (fields.wrapping_mul(ODD) >> (u64::BITS - PLACES.ilog2())) as usize
}
