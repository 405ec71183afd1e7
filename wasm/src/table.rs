//! Records as a table: what they have in common as JSON, once; what differs as numbers.

use core::net::{IpAddr, Ipv4Addr};

use stackprint::{Endpoint, Fingerprint, JsonWriter, Path, Record, Side, Timestamp};

/// Rows for those who count and compare many records, and look at few of them in full.
pub(crate) struct Table {
    writer: JsonWriter,
    /// Shapes: the items of a JSON list, each with a comma behind it.
    shapes: Vec<u8>,
    count: u32,
    /// What records of a shape have in common, and its number; in the place that the look chooses.
    places: Vec<Option<(Likeness, u32)>>,
    rows: Vec<u32>,
}

/// By what records of one analyzer have the same shape.
#[derive(Debug, Clone, Copy)]
struct Likeness {
    look: u64,
    is_probe: bool,
    syn_unseen: bool,
    path: Path,
}

impl Likeness {
    #[inline]
    fn is_of(&self, record: &Record<'_>, fingerprint: &Fingerprint<'_>) -> bool {
        self.look == fingerprint.look
            && self.is_probe == fingerprint.is_probe
            && self.syn_unseen == fingerprint.syn_unseen
            && self.path == record.path
    }
}

/// What the record's packet says by itself; none if the record says more: an uptime, a change.
#[inline]
fn plain<'r, 'd>(record: &'r Record<'d>) -> Option<&'r Fingerprint<'d>> {
    let fingerprint = record.fingerprint.as_ref()?;
    (record.uptime.is_none() && fingerprint.change.is_none()).then_some(fingerprint)
}

/// Stacks times distances, of which traffic has a few hundred: few of them meet.
const PLACES: usize = 4096;
const NOWHERE: Endpoint = Endpoint { ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0 };

impl Table {
    pub(crate) fn new() -> Table {
        Table {
            writer: JsonWriter::new(),
            shapes: Vec::new(),
            count: 0,
            places: vec![None; PLACES],
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
    #[inline]
    fn shape(&mut self, record: &Record<'_>) -> u32 {
        if let Some(fingerprint) = plain(record)
            && let Some((known, number)) = self.place(fingerprint.look)
            && known.is_of(record, fingerprint)
        {
            return *number;
        }
        self.new_shape(record)
    }

    /// Writes a shape that is not known. Apart, because most are.
    #[cold]
    #[inline(never)]
    fn new_shape(&mut self, record: &Record<'_>) -> u32 {
        let shape = Record { time: Timestamp::EPOCH, client: NOWHERE, server: NOWHERE, ..*record };
        self.writer.write(&shape, None, &mut self.shapes);
        self.shapes.push(b',');
        let number = self.count;
        self.count += 1;
        if let Some(&Fingerprint { look, is_probe, syn_unseen, .. }) = plain(record) {
            let likeness = Likeness { look, is_probe, syn_unseen, path: record.path };
            *self.place(look) = Some((likeness, number));
        }
        number
    }

    #[inline]
    fn place(&mut self, look: u64) -> &mut Option<(Likeness, u32)> {
        const { assert!(PLACES.is_power_of_two()) };
        &mut self.places[look as usize % PLACES]
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
