//! The class `Analyzer` of the package.

use js_sys::{Array, JSON, Uint8Array, Uint32Array};
use stackprint::SkipReason;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::errors;
use crate::options::{AnalyzerOptions, Options};
use crate::reading::{Form, Reading};

#[wasm_bindgen(typescript_custom_section)]
const SUMMARY_TYPE: &'static str = r#"
/** What an `Analyzer` has seen so far. */
export interface Summary {
    /** About the capture, such as "pcap 2.4, little-endian, microseconds, ETHERNET"; null before its header. */
    format: string | null;
    /** Packets. */
    packets: number;
    /** Octets in the packets, as captured. */
    octets: number;
    /** Records by kind. */
    records: { syn: number; syn_ack: number; uptime: number; tls_client: number; tls_server: number };
    /** Packets that could not be looked at, by reason, such as "not_tcp" or "unknown_link_type". */
    skipped: Record<string, number>;
    /** Hosts and flows remembered just now. */
    remembered: { hosts: number; flows: number };
    /** Hosts and flows that had to make place for new ones. */
    evicted: { hosts: number; flows: number };
}
"#;

#[wasm_bindgen(typescript_custom_section)]
const TABLE_TYPE: &'static str = r#"
/** Records for those who count many of them: what they have in common once, what differs as numbers. */
export interface Table {
    /** Records without what differs: their time is the epoch, their ends are 0.0.0.0 with port 0, seconds
     * and raw frequency of an uptime are 0. */
    shapes: StackprintRecord[];
    /** Twelve numbers a record: its shape's place in `shapes`; 1 for IPv6, else 0; the address of its
     * subject in four words, of which IPv4 has the first; seconds of its time, high and low word;
     * nanoseconds; seconds of its uptime; the uptime's raw frequency, high and low word of a float of
     * 64 bits. The last three are 0 without an uptime. */
    rows: Uint32Array;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `Table`, as declared above.
    #[wasm_bindgen(typescript_type = "Table")]
    pub type Table;
    /// `Summary`, as declared above.
    #[wasm_bindgen(typescript_type = "Summary")]
    pub type Summary;
}

/// Reads one capture, pcap or pcapng, in pieces of any size, and says which systems sent its
/// packets. Memory does not grow with the capture.
#[wasm_bindgen]
pub struct Analyzer {
    reading: Reading,
    /// A piece of a chunk, copied from JavaScript.
    piece: Vec<u8>,
}

/// A chunk goes through the engine in pieces of this size, whatever its own.
const PIECE_OCTETS: u32 = 256 << 10;

#[wasm_bindgen]
impl Analyzer {
    /// An analyzer at the start of a capture. Throws an `Error` whose `cause` is a `Cause`, for a
    /// database that cannot be read and for options that are not what they should be.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands over values")]
    pub fn new(options: Option<AnalyzerOptions>) -> Result<Analyzer, JsValue> {
        let options = options.as_ref().map(Options::of).transpose()?.unwrap_or_default();
        let analyzer = options.analyzer()?;
        Ok(Analyzer { reading: Reading::new(analyzer, options.file), piece: Vec::new() })
    }

    /// Reads the next octets of the capture. Returns the records that they complete as NDJSON: one
    /// line of JSON each, with a line feed behind every one; empty if there are none. The array is
    /// the caller's to keep or transfer.
    ///
    /// Throws an `Error` whose `cause` is a `Cause` if the capture is damaged: in the call after the
    /// one that met the damage, or in `finish()`, so that no record before it is lost.
    pub fn push(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Uint8Array, JsValue> {
        let mut parts = Vec::new();
        self.each_piece(chunk, Form::Lines, |records| {
            parts.push(Uint8Array::new_from_slice(records));
            Ok(())
        })?;
        Ok(joined(parts))
    }

    /// As `push`, with the records as objects.
    #[wasm_bindgen(js_name = pushRecords, unchecked_return_type = "StackprintRecord[]")]
    pub fn push_records(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Array, JsValue> {
        let mut all = Array::new();
        let mut text = String::new();
        self.each_piece(chunk, Form::Items, |records| {
            text.clear();
            text.push('[');
            text.push_str(&String::from_utf8_lossy(records));
            // The comma behind the last one.
            text.pop();
            text.push(']');
            let some: Array = JSON::parse(&text)?.unchecked_into();
            all = if all.length() == 0 { some } else { all.concat(&some) };
            Ok(())
        })?;
        Ok(all)
    }

    /// As `push`, with the records as a table: some ten times as quick as objects where the same
    /// stacks come again and again.
    #[wasm_bindgen(js_name = pushTable)]
    pub fn push_table(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Table, JsValue> {
        self.reading.begin_table();
        self.each_piece(chunk, Form::Table, |_| Ok(()))?;
        let table = self.reading.table();
        let shapes =
            JSON::parse(&table.map_or_else(|| "[]".to_owned(), crate::table::Table::shapes))?;
        let rows = Uint32Array::new_from_slice(table.map_or(&[][..], crate::table::Table::rows));
        Ok(errors::object(&[("shapes", shapes), ("rows", rows.into())]).unchecked_into())
    }

    /// Says that no octets follow. Throws an `Error` whose `cause` is a `Cause` if the capture is
    /// damaged, or ends where it should not. Of a capture that still grows it may be asked at any
    /// time.
    pub fn finish(&self) -> Result<(), JsValue> {
        Ok(self.reading.finish().map_err(|error| errors::capture(&error))?)
    }

    /// What was seen so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let counts = self.reading.counts();
        let number = |count: u64| JsValue::from(count as f64);
        let pair = |hosts, flows| {
            errors::object(&[("hosts", number(hosts)), ("flows", number(flows))]).into()
        };
        let skipped = SkipReason::ALL.iter().zip(counts.skipped).filter(|(_, count)| *count > 0);
        let skipped: Vec<_> =
            skipped.map(|(reason, count)| (reason.as_str(), number(count))).collect();
        let (hosts, flows) = self.reading.analyzer().remembered();
        let (evicted_hosts, evicted_flows) = self.reading.analyzer().evicted();
        let records = errors::object(&[
            ("syn", number(counts.syn)),
            ("syn_ack", number(counts.syn_ack)),
            ("uptime", number(counts.uptime)),
            ("tls_client", number(counts.tls_client)),
            ("tls_server", number(counts.tls_server)),
        ]);
        let format = self.reading.format().map(|format| format.to_string());
        let summary = errors::object(&[
            ("format", format.map_or(JsValue::NULL, JsValue::from)),
            ("packets", number(counts.packets)),
            ("octets", number(counts.octets)),
            ("records", records.into()),
            ("skipped", errors::object(&skipped).into()),
            ("remembered", pair(hosts as u64, flows as u64)),
            ("evicted", pair(evicted_hosts, evicted_flows)),
        ]);
        summary.unchecked_into()
    }
}

impl Analyzer {
    /// Reads a chunk in pieces, and hands on what records each completes, if any.
    fn each_piece(
        &mut self,
        chunk: &JsValue,
        form: Form,
        mut each: impl FnMut(&[u8]) -> Result<(), JsValue>,
    ) -> Result<(), JsValue> {
        let chunk: &Uint8Array =
            chunk.dyn_ref().ok_or_else(|| errors::argument("chunk", "a Uint8Array"))?;
        let len = chunk.length();
        let mut at = 0;
        while at < len && !(at > 0 && self.reading.is_damaged()) {
            let piece_len = PIECE_OCTETS.min(len - at);
            self.piece.resize(piece_len as usize, 0);
            chunk.subarray(at, at + piece_len).copy_to(&mut self.piece);
            at += piece_len;
            let records =
                self.reading.push(&self.piece, form).map_err(|error| errors::capture(&error))?;
            if !records.is_empty() {
                each(records)?;
            }
        }
        Ok(())
    }
}

/// One array of several.
fn joined(mut parts: Vec<Uint8Array>) -> Uint8Array {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    let whole = Uint8Array::new_with_length(parts.iter().map(Uint8Array::length).sum());
    let mut at = 0;
    for part in &parts {
        whole.set(part, at);
        at += part.length();
    }
    whole
}
