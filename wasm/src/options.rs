//! Options of the package's classes, checked.

use std::sync::{Arc, OnceLock};

use js_sys::Error;
#[cfg(feature = "tls")]
use stackprint::ParseError;
#[cfg(feature = "tls")]
use stackprint::tls::Libraries;
use stackprint::{
    AddressSet, Analyzer, Compat, Condition, ConnectionSet, Database, End, Filter, Limits, PortSet,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::errors;
use crate::given::Given;
use crate::reading::Selection;

#[wasm_bindgen(typescript_custom_section)]
const OPTIONS_TYPE: &'static str = r#"
/** Options of an `Analyzer`, all optional. */
export interface AnalyzerOptions {
    /** Signatures in the syntax of p0f.fp, instead of the built-in ones. Builds that read TLS take TLS libraries
     * (`[tls:client]`), too; with sections of one sort alone, those of the other stay. */
    database?: string | undefined;
    /** Answer as p0f 3.09b does, including its bugs. */
    p0fExact?: boolean | undefined;
    /** What is read of packets, of what `layers()` returns; "tcp" always is. Without this, everything; with
     * `p0fExact` TCP and HTTP. */
    layers?: Layer[] | undefined;
    /** In builds that read TLS: whether its records have the lists behind their fingerprints: `ja4_r`, `ja4_o`, `ja4_ro`, `ja3_full`. */
    raw?: boolean | undefined;
    /** Whether records have the Community ID of their flow. They have, unless this is false. */
    flow?: boolean | undefined;
    /** In builds that read TLS: memory for hellos and HTTP heads of which a part has not come yet, in MiB: 64, a quarter of it for QUIC
     * and DTLS. The oldest is given up first. */
    streamMemory?: number | undefined;
    /** Name of the capture: each record then has an `origin` with it and the frame's number. */
    file?: string | undefined;
    /** How many hosts are tracked at once, 75 to 250 bytes each: 200000, with `p0fExact` 10000. */
    hosts?: number | undefined;
    /** How many flows are tracked at once, about 120 bytes each: 100000, with `p0fExact` 1000. */
    flows?: number | undefined;
    /** Treat an address as one host in all VLANs, virtual networks and GTP tunnels. */
    mergePaths?: boolean | undefined;
    /** In `stackprint/who`: the least time between two rows of one host, in seconds of capture time: 10. */
    rowInterval?: number | undefined;
    /** In `stackprint/who`: memory for what rows of hosts or connections gather, in MiB: 256. When it is full, what was unused for longest
     * gets a row with `complete` false, and is evicted. */
    evidenceMemory?: number | undefined;
    /** Which flows are analyzed; without it, all. */
    filter?: FilterOptions | undefined;
    /** Addresses and subnets, such as "192.0.2.1,10.0.0.0/8": only records about these hosts are
     * returned. Unlike `filter`, it does not change what the records say. */
    subjects?: string | undefined;
    /** Connections, such as "192.0.2.30>192.0.2.80:443,2001:db8::10>[2001:db8::80]:80": only their records are
     * returned. Unlike `filter`, it does not change what the records say. */
    connections?: string | undefined;
}

/** What is read of packets: TCP/IP stacks; hellos of TLS and DTLS; heads of HTTP; hellos of QUIC. */
export type Layer = "tcp" | "tls" | "http" | "quic";

/** A flow is kept if every condition of `allow` holds for it and none of `deny` does. */
export interface FilterOptions {
    allow?: FilterConditions | undefined;
    deny?: FilterConditions | undefined;
}

/** Conditions about the two ends of a flow; the client is the end that opens it. Ports are written as
 * "443,8000-8999", addresses as "192.0.2.1,10.0.0.0/8,2001:db8::/32". */
export interface FilterConditions {
    /** A port of either end. */
    port?: string | undefined;
    clientPort?: string | undefined;
    serverPort?: string | undefined;
    /** An address of either end. */
    address?: string | undefined;
    clientAddress?: string | undefined;
    serverAddress?: string | undefined;
    /** Client and service, such as "192.0.2.30>192.0.2.80:443"; commas between several. */
    connection?: string | undefined;
    ipVersion?: 4 | 6 | undefined;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `AnalyzerOptions`, as declared above; its content is unknown until it is checked.
    #[wasm_bindgen(typescript_type = "AnalyzerOptions")]
    pub type AnalyzerOptions;

    /// `FilterOptions`, as declared above; its content is unknown until it is checked.
    #[wasm_bindgen(typescript_type = "FilterOptions")]
    pub type FilterOptions;

    /// Fills `bytes` with secret random numbers: Web Cryptography API, section 10.1.1.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_random(bytes: &mut [u8]) -> Result<(), JsValue>;
}

/// The built-in signatures, without the comments of their file.
const BUILTIN_TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/stackprint.fp"));

const ANALYZER_OPTIONS: &[&str] = &[
    "database",
    "p0fExact",
    "layers",
    #[cfg(feature = "tls")]
    "raw",
    "flow",
    #[cfg(feature = "tls")]
    "streamMemory",
    "file",
    "hosts",
    "flows",
    "mergePaths",
    #[cfg(feature = "who")]
    "rowInterval",
    #[cfg(feature = "who")]
    "evidenceMemory",
    "filter",
    "subjects",
    "connections",
];
/// What this build can read; the first is always read.
pub(crate) const LAYERS: &[&str] = &[
    TCP,
    #[cfg(feature = "tls")]
    TLS,
    #[cfg(feature = "http")]
    HTTP,
    #[cfg(feature = "quic")]
    QUIC,
];
/// As much as the program takes.
#[cfg(feature = "tls")]
const MAX_STREAM_MIB: u32 = 65_536;
/// Half of what a module can address.
#[cfg(feature = "who")]
const MAX_EVIDENCE_MIB: u32 = 2048;
const TCP: &str = "tcp";
#[cfg(feature = "tls")]
const TLS: &str = "tls";
#[cfg(feature = "http")]
const HTTP: &str = "http";
#[cfg(feature = "quic")]
const QUIC: &str = "quic";
const FILTER_OPTIONS: [&str; 2] = ["allow", "deny"];
const CONDITIONS: [&str; 8] = [
    "port",
    "clientPort",
    "serverPort",
    "address",
    "clientAddress",
    "serverAddress",
    "connection",
    "ipVersion",
];

// Everything below runs once for an analyzer: `cold` asks for small code.

/// The options of an analyzer, each of the type that it should have.
#[derive(Default)]
pub(crate) struct Options {
    database: Option<String>,
    p0f_exact: bool,
    /// What is read; `None`: all.
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "checked, and TCP is always read")
    )]
    layers: Option<Vec<&'static str>>,
    #[cfg(feature = "tls")]
    raw: bool,
    flow: Option<bool>,
    #[cfg(feature = "tls")]
    stream_mib: Option<u32>,
    pub(crate) file: Option<String>,
    hosts: Option<u32>,
    flows: Option<u32>,
    merge_paths: bool,
    #[cfg(feature = "who")]
    row_interval: Option<u32>,
    #[cfg(feature = "who")]
    evidence_mib: Option<u32>,
    filter: Filter,
    subjects: Option<AddressSet>,
    connections: Option<ConnectionSet>,
}

impl Options {
    #[cold]
    pub(crate) fn from_js(options: &AnalyzerOptions) -> Result<Options, Error> {
        let Some(given) = Given::new("options", options.as_ref(), ANALYZER_OPTIONS)? else {
            return Ok(Options::default());
        };
        let filter = given.value("filter").map(|value| filter("filter", &value)).transpose()?;
        Ok(Options {
            database: given.text("database")?,
            p0f_exact: given.flag("p0fExact")?.unwrap_or_default(),
            layers: given.words("layers", LAYERS)?,
            #[cfg(feature = "tls")]
            raw: given.flag("raw")?.unwrap_or_default(),
            flow: given.flag("flow")?,
            #[cfg(feature = "tls")]
            stream_mib: given.count("streamMemory", MAX_STREAM_MIB)?,
            file: given.text("file")?,
            hosts: given.count("hosts", u32::MAX)?,
            flows: given.count("flows", u32::MAX)?,
            merge_paths: given.flag("mergePaths")?.unwrap_or_default(),
            #[cfg(feature = "who")]
            row_interval: given.count("rowInterval", u32::MAX)?,
            #[cfg(feature = "who")]
            evidence_mib: given.count("evidenceMemory", MAX_EVIDENCE_MIB)?,
            filter: filter.unwrap_or_default(),
            subjects: given.list("subjects")?,
            connections: given.list("connections")?,
        })
    }

    pub(crate) fn analyzer(&self) -> Result<Analyzer, JsValue> {
        let database = self.database()?;
        let defaults = match database.compat() {
            Compat::Fixed => Limits::default(),
            Compat::P0fExact => Limits::P0F,
        };
        let limits = Limits {
            hosts: self.hosts.unwrap_or(defaults.hosts),
            flows: self.flows.unwrap_or(defaults.flows),
            ..defaults
        };
        let mut seed = [0; size_of::<u64>()];
        fill_random(&mut seed)?;
        let builder = Analyzer::builder(&database)
            .limits(limits)
            .merge_paths(self.merge_paths)
            .filter(self.filter.clone());
        #[cfg(feature = "tls")]
        let mut builder = builder.tls(self.reads(TLS)).raw(self.raw);
        #[cfg(feature = "tls")]
        if let Some(mib) = self.stream_mib {
            builder = builder.stream_memory((mib as usize).saturating_mul(1 << 20));
        }
        #[cfg(feature = "http")]
        let builder = builder.http(self.reads(HTTP));
        #[cfg(feature = "quic")]
        let builder = builder.quic(self.reads(QUIC));
        Ok(builder.hash_seed(u64::from_ne_bytes(seed)).build())
    }

    #[cfg(feature = "tls")]
    fn reads(&self, layer: &str) -> bool {
        self.layers.as_ref().is_none_or(|layers| layers.contains(&layer))
    }

    pub(crate) fn selection(&self) -> Selection {
        Selection {
            has_no_filter: self.filter.is_empty(),
            subjects: self.subjects.clone(),
            connections: self.connections.clone(),
            has_no_flow: self.flow == Some(false),
            #[cfg(feature = "who")]
            gathering: self.gathering(),
        }
    }

    /// How hosts and connections are gathered.
    #[cfg(feature = "who")]
    fn gathering(&self) -> stackprint::who::Settings {
        let mut settings = stackprint::who::Settings {
            merge_paths: self.merge_paths,
            ..stackprint::who::Settings::default()
        };
        if let Some(mib) = self.evidence_mib {
            settings.evidence_memory = (mib as usize) << 20;
        }
        if let Some(seconds) = self.row_interval {
            settings.row_interval_nanos = u64::from(seconds) * 1_000_000_000;
        }
        settings
    }

    fn database(&self) -> Result<Arc<Database>, Error> {
        let compat = if self.p0f_exact { Compat::P0fExact } else { Compat::Fixed };
        match &self.database {
            None if compat == Compat::Fixed => builtin(),
            None => parse(BUILTIN_TEXT, compat),
            Some(text) => parse(text, compat),
        }
    }
}

/// The built-in database, read once.
fn builtin() -> Result<Arc<Database>, Error> {
    static BUILTIN: OnceLock<Arc<Database>> = OnceLock::new();
    if let Some(database) = BUILTIN.get() {
        return Ok(Arc::clone(database));
    }
    let database = parse(BUILTIN_TEXT, Compat::Fixed)?;
    Ok(Arc::clone(BUILTIN.get_or_init(|| database)))
}

fn parse(text: &str, compat: Compat) -> Result<Arc<Database>, Error> {
    let stacks =
        |text| Database::parse_with(text, compat).map_err(|error| errors::database(&error));
    let database = stacks(text)?;
    #[cfg(feature = "tls")]
    let database = {
        let libraries = libraries(text).map_err(|error| errors::database(&error))?;
        let mut sections = text.lines().map(str::trim_start).filter(|line| line.starts_with('['));
        let has_tcp = libraries.is_empty() || sections.any(|line| !line.starts_with(TLS_SECTIONS));
        let database = if has_tcp { database } else { stacks(BUILTIN_TEXT)? };
        if libraries.is_empty() { database } else { database.with_libraries(libraries) }
    };
    if database.is_empty() {
        return Err(errors::argument("database", "a text with at least one signature"));
    }
    Ok(Arc::new(database))
}

/// How the headers of sections of TLS libraries begin.
#[cfg(feature = "tls")]
const TLS_SECTIONS: &str = "[tls:";

/// Returns the TLS libraries of a text; none if it has no section of them.
#[cfg(feature = "tls")]
pub(crate) fn libraries(text: &str) -> Result<Libraries, ParseError> {
    if text.contains(TLS_SECTIONS) { Libraries::parse(text) } else { Ok(Libraries::default()) }
}

/// Reads the conditions of a filter; `name` is the option's.
#[cold]
pub(crate) fn filter(name: &str, value: &JsValue) -> Result<Filter, Error> {
    let Some(given) = Given::new(name, value, &FILTER_OPTIONS)? else {
        return Ok(Filter::default());
    };
    let side = |side: &str| match given.value(side) {
        Some(value) => conditions(&given.path(side), &value),
        None => Ok(Vec::new()),
    };
    let filter = side("allow")?.into_iter().fold(Filter::default(), Filter::allow);
    Ok(side("deny")?.into_iter().fold(filter, Filter::deny))
}

#[cold]
fn conditions(name: &str, value: &JsValue) -> Result<Vec<Condition>, Error> {
    let Some(given) = Given::new(name, value, &CONDITIONS)? else { return Ok(Vec::new()) };
    let port = |name, end| -> Result<Option<Condition>, Error> {
        let ports: Option<PortSet> = given.list(name)?;
        Ok(ports.map(|ports| Condition::Port(end, ports)))
    };
    let address = |name, end| -> Result<Option<Condition>, Error> {
        let addresses: Option<AddressSet> = given.list(name)?;
        Ok(addresses.map(|addresses| Condition::Address(end, addresses)))
    };
    let conditions = [
        port("port", End::Either)?,
        port("clientPort", End::Client)?,
        port("serverPort", End::Server)?,
        address("address", End::Either)?,
        address("clientAddress", End::Client)?,
        address("serverAddress", End::Server)?,
        given.list("connection")?.map(Condition::Connection),
        given.version("ipVersion")?.map(Condition::Version),
    ];
    Ok(conditions.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signatures_without_comments_are_the_built_in_ones() {
        let ours = Database::parse(BUILTIN_TEXT).unwrap();
        let signatures = |database: &Database| -> Vec<String> {
            let lines = database.signatures().map(|(direction, found)| {
                let (label, signature) = (found.label, found.signature);
                format!("{direction:?} {} {label:?} {signature}", label.line())
            });
            lines.collect()
        };
        assert_eq!(signatures(&ours), signatures(&Database::builtin()));
        for mtu in 0..=65_535 {
            assert_eq!(ours.link(mtu), Database::builtin().link(mtu));
        }
    }
}
