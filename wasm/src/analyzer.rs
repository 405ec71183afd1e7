//! The class `Analyzer` of the package.

use core::net::IpAddr;

use js_sys::{Array, JSON, Object, Uint8Array, Uint32Array};
use stackprint::{RecordKind, SkipReason};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::errors;
use crate::options::{AnalyzerOptions, Options};
use crate::reading::{Counts, Form, Protocol, Reading};
use crate::table::ShapeNote;

#[wasm_bindgen(typescript_custom_section)]
const SUMMARY_TYPE: &'static str = r#"
/** Counts of an `Analyzer`, so far. */
export interface Summary {
    /** Format of the capture, such as "pcap 2.4, little-endian, microseconds, ETHERNET"; null before its header. */
    format: string | null;
    /** Packets. */
    packets: number;
    /** Bytes in the packets, as captured. */
    bytes: number;
    /** TCP segments that were read, with or without a record. */
    tcp: number;
    /** Records by kind; kinds of layers that this build does not read are absent. */
    records: { syn: number; syn_ack: number; uptime: number } & Partial<Record<StackprintRecord["kind"], number>>;
    /** Packets that were not analyzed, by reason, such as "not_tcp" or "unknown_link_type". */
    skipped: Record<string, number>;
    /** What skipped packets carried, where they say it: "ip:17" is protocol 17 of IP, "ether:0x0806"
     * that EtherType. At most 64 kinds. */
    carried: Record<string, number>;
    /** Hosts and flows tracked now. */
    remembered: { hosts: number; flows: number };
    /** Hosts and flows evicted because a table was full. */
    evicted: { hosts: number; flows: number };
}
"#;

#[wasm_bindgen(typescript_custom_section)]
const TABLE_TYPE: &'static str = r#"
/** Many records in a compact form: what they have in common once, what differs as numbers. */
export interface Table {
    /** Records without what differs: their time is the epoch, their ends are 0.0.0.0 with port 0, they have no
     * flow; seconds, raw frequency and watched time of an uptime are 0; a client's hello has no `sni`, and
     * its `ja3`, which depends on the order of extensions, and that on chance, is zeros. */
    shapes: StackprintRecord[];
    /** 23 numbers per record: index of its shape in `shapes`; 1 for IPv6, else 0; the address of its
     * subject in four words, of which IPv4 uses the first; seconds of its time, high and low word;
     * nanoseconds; seconds of its uptime; the uptime's raw frequency, high and low word of a 64-bit
     * float; milliseconds for which the clock was watched; the address of the subject's peer in four
     * words; the client's port in the upper and the server's in the lower 16 bits; of a client's hello
     * the index of its `sni` in `serverNames`, plus 1, and its `ja3` in four words. The numbers of an
     * uptime are 0 without one, and so are those of a hello. */
    rows: Uint32Array;
    /** The names of servers that clients ask for in their hellos (`sni`). */
    serverNames: string[];
    /** Of each shape: whether the TLS library or the claims of the connection agree with the stack of
     * its client; null for shapes that are not a client's TLS hello over TCP or an HTTP request. */
    verdicts: (Verdict | null)[];
    /** Of each shape: the signature of the database that fits, in p0f's notation; null if none does. */
    matched: (string | null)[];
}

/** "consistent": both name the same system. "tunnel": TLS is of another system than the stack.
 * "proxy_or_forged": the claims are. "terminating_proxy": a proxy names itself. "unclear": nothing sure
 * can be said. */
export type Verdict = "consistent" | "tunnel" | "terminating_proxy" | "proxy_or_forged" | "unclear";

/** A name that the capture itself gives to an address. */
export interface HostName {
    address: string;
    name: string;
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

/// Reads one capture, pcap or pcapng, in chunks of any size, and identifies the systems that sent its
/// packets. Memory does not grow with the capture.
#[wasm_bindgen]
pub struct Analyzer {
    pub(crate) reading: Reading,
    /// A part of a chunk, copied from JavaScript.
    piece: Vec<u8>,
}

/// Chunks are processed in pieces of this size.
const PIECE_BYTES: u32 = 256 << 10;

#[wasm_bindgen]
impl Analyzer {
    /// Creates an analyzer at the start of a capture. Throws an `Error` whose `cause` is a `Cause` if
    /// the database or an option is invalid.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands over values")]
    pub fn new(options: Option<AnalyzerOptions>) -> Result<Analyzer, JsValue> {
        let options = options.as_ref().map(Options::from_js).transpose()?.unwrap_or_default();
        let analyzer = options.analyzer()?;
        Ok(Analyzer {
            reading: Reading::new(analyzer, options.selection(), options.file),
            piece: Vec::new(),
        })
    }

    /// Reads the next bytes of the capture and returns the records that they complete as NDJSON: one
    /// line of JSON each, with a line feed after every one; empty if there are none. The caller may
    /// keep or transfer the array.
    ///
    /// Throws an `Error` whose `cause` is a `Cause` if the capture is damaged: in the call after the
    /// one that found the damage, or in `finish()`, so that no record before it is lost.
    pub fn push(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Uint8Array, JsValue> {
        let mut parts = Vec::new();
        self.each_piece(chunk, Form::Lines, &mut |records| {
            parts.push(Uint8Array::new_from_slice(records));
            Ok(())
        })?;
        Ok(joined(parts))
    }

    /// Does the same as `push`, and returns the records as objects.
    #[wasm_bindgen(js_name = pushRecords, unchecked_return_type = "StackprintRecord[]")]
    pub fn push_records(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Array, JsValue> {
        self.push_items(chunk, Form::Items)
    }

    /// Does the same as `push`, and returns the records as a table: some ten times as fast as objects
    /// where the same stacks repeat.
    #[wasm_bindgen(js_name = pushTable)]
    pub fn push_table(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Table, JsValue> {
        self.reading.begin_table();
        self.each_piece(chunk, Form::Table, &mut |_| Ok(()))?;
        let table = self.reading.table();
        let list = |json: Option<String>| JSON::parse(json.as_deref().unwrap_or("[]"));
        let shapes = list(table.map(crate::table::Table::shapes))?;
        let server_names = list(table.map(crate::table::Table::server_names))?;
        let rows = Uint32Array::new_from_slice(table.map_or(&[][..], crate::table::Table::rows));
        let notes = table.map_or(&[][..], crate::table::Table::notes);
        let verdict =
            |note: &ShapeNote| note.verdict.map_or(JsValue::NULL, |it| it.as_str().into());
        let matched =
            |note: &ShapeNote| note.matched.as_deref().map_or(JsValue::NULL, JsValue::from);
        let properties = [
            ("shapes", shapes),
            ("rows", rows.into()),
            ("serverNames", server_names),
            ("verdicts", notes.iter().map(verdict).collect::<Array>().into()),
            ("matched", notes.iter().map(matched).collect::<Array>().into()),
        ];
        Ok(errors::object(&properties).unchecked_into())
    }

    /// Reads the next bytes and returns, instead of records, the packets that `filter` keeps, as bytes
    /// of a pcapng file. With a filter these are TCP packets only: the flow of any other packet is
    /// unknown. Without one, all packets are returned.
    #[wasm_bindgen(js_name = pushPackets)]
    pub fn push_packets(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Uint8Array, JsValue> {
        let mut parts = Vec::new();
        self.each_piece(chunk, Form::Packets, &mut |packets| {
            parts.push(Uint8Array::new_from_slice(packets));
            Ok(())
        })?;
        Ok(joined(parts))
    }

    /// Ends the capture. Throws an `Error` whose `cause` is a `Cause` if it is damaged or truncated.
    /// May be called at any time while a capture still grows.
    pub fn finish(&self) -> Result<(), JsValue> {
        Ok(self.reading.finish().map_err(|error| errors::capture(&error))?)
    }

    /// Returns the counts so far.
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
        let records = RecordKind::ALL.iter().zip(counts.records);
        let records: Vec<_> = records.map(|(kind, count)| (kind.as_str(), number(count))).collect();
        let records = errors::object(&records);
        let format = self.reading.format().map(|format| format.to_string());
        let summary = errors::object(&[
            ("format", format.map_or(JsValue::NULL, JsValue::from)),
            ("packets", number(counts.packets)),
            ("bytes", number(counts.bytes)),
            ("tcp", number(counts.tcp)),
            ("records", records.into()),
            ("skipped", errors::object(&skipped).into()),
            ("carried", carried(counts).into()),
            ("remembered", pair(hosts as u64, flows as u64)),
            ("evicted", pair(evicted_hosts, evicted_flows)),
        ]);
        summary.unchecked_into()
    }

    /// Returns the names that the capture gives to addresses (pcapng name resolution blocks), each
    /// once: those found since the last call.
    #[must_use]
    #[wasm_bindgen(unchecked_return_type = "HostName[]")]
    pub fn names(&mut self) -> Array {
        let names = self.reading.take_names();
        let object = |(address, name): &(IpAddr, Box<str>)| {
            errors::object(&[("address", address.to_string().into()), ("name", (**name).into())])
        };
        names.iter().map(object).collect()
    }
}

/// What skipped packets carried, as declared above.
fn carried(counts: &Counts) -> Object {
    let carried = counts.carried.iter().map(|(protocol, count)| {
        let name = match protocol {
            Protocol::EtherType(number) => format!("ether:0x{number:04x}"),
            Protocol::Ip(number) => format!("ip:{number}"),
        };
        (name, JsValue::from(*count as f64))
    });
    let carried: Vec<_> = carried.collect();
    let named: Vec<_> =
        carried.iter().map(|(name, count)| (name.as_str(), count.clone())).collect();
    errors::object(&named)
}

impl Analyzer {
    /// Reads a chunk and returns what it completes as objects.
    pub(crate) fn push_items(&mut self, chunk: &JsValue, form: Form) -> Result<Array, JsValue> {
        let mut all = Array::new();
        self.each_piece(chunk, form, &mut |items| {
            let some = parsed(items)?;
            all = if all.length() == 0 { some } else { all.concat(&some) };
            Ok(())
        })?;
        Ok(all)
    }

    /// Reads a chunk in pieces, and passes the records that each completes to `each`.
    fn each_piece(
        &mut self,
        chunk: &JsValue,
        form: Form,
        each: &mut dyn FnMut(&[u8]) -> Result<(), JsValue>,
    ) -> Result<(), JsValue> {
        let chunk: &Uint8Array =
            chunk.dyn_ref().ok_or_else(|| errors::argument("chunk", "a Uint8Array"))?;
        let len = chunk.length();
        let mut at = 0;
        while at < len && !(at > 0 && self.reading.is_damaged()) {
            let piece_len = PIECE_BYTES.min(len - at);
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

/// Objects of their JSON, each with a comma after it.
pub(crate) fn parsed(items: &[u8]) -> Result<Array, JsValue> {
    let items = items.strip_suffix(b",").unwrap_or(items);
    Ok(JSON::parse(&format!("[{}]", String::from_utf8_lossy(items)))?.unchecked_into())
}

/// Joins arrays into one.
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
