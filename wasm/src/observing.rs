//! What one frame says of the stack that sent it, and signatures beside it: values that a program can
//! read, build and compare without an analyzer.

use std::str::FromStr;

use js_sys::{Array, Error, Uint8Array};
use stackprint::{
    AppOptions, Comparison, Direction, Frame, LinkType, Observation, OptionLayout, ParseError,
    Quirks, Signature, TcpTimestamps, TtlRule, WindowRule,
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::errors;
use crate::given::Given;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &'static str = r#"
/** What one SYN or SYN+ACK says of the stack that sent it. Observed values only: nothing is a pattern. */
export interface Observation {
    direction: "syn" | "syn_ack";
    /** IP version of the innermost header. */
    version: 4 | 6;
    /** TTL or hop limit as observed. */
    ttl: number;
    /** IPv4 options in bytes. */
    ipOptionsLength: number;
    /** The DSCP bits of TOS or traffic class. */
    dscp: number;
    /** TCP options in order, in p0f's words: "mss,sok,ts,nop,ws". */
    layout: string;
    /** Those of the options that a program asked for, not its system: "tfo", "mptcp", "accecn", "eno", "smc",
     * "experimental". They are set aside where a signature asks for none. */
    appOptions: string[];
    /** Maximum segment size in bytes; null if none is announced. */
    mss: number | null;
    /** The window field, not scaled. */
    window: number;
    /** Window scale as a power of two; null if none is announced. */
    windowScale: number | null;
    /** Values of the timestamps option; null if there is none. */
    timestamps: { value: number; echo: number } | null;
    /** Oddities of the headers, in p0f's words: "df", "id+". */
    quirks: string[];
    /** Whether there is payload after the headers. */
    payload: boolean;
    /** IP and TCP headers with their options, in bytes. */
    headersLength: number;
    /** All of it as p0f's raw signature: "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0". */
    signature: string;
}

/** A frame that is not a SYN or SYN+ACK of TCP over IP, and why: a word as in `Summary.skipped`. */
export interface Skipped {
    skipped: string;
}

/** What an observation is made of; `signature` is made of the rest, and is not looked at. What is left
 * out is 0, empty, absent, or of `timestamps`, `appOptions` and `headersLength` a plausible value. */
export type ObservationParts = Pick<Observation, "direction" | "version" | "ttl"> & { [Name in keyof Observation]?: Observation[Name] | undefined } & {
    /** Of a SYN+ACK: the MSS of the SYN that it answers. */
    peerMss?: number | undefined;
};

/** A signature by its fields. What is left out may be anything; but without `layout`, `quirks` and
 * `ipOptionsLength` there are no TCP options, no quirks and no IPv4 options. */
export interface SignatureParts {
    version?: 4 | 6 | undefined;
    /** The TTL with which the stack sends. */
    ttl: number;
    /** A tool picks TTLs at random, up to `ttl`. */
    randomTtl?: boolean | undefined;
    /** IPv4 options in bytes. */
    ipOptionsLength?: number | undefined;
    /** Maximum segment size in bytes; 0 for none. */
    mss?: number | undefined;
    /** Bytes, or a rule: "mss*44", "mtu*4", "%8192", "*". */
    window?: number | string | undefined;
    /** Window scale as a power of two; 0 for none. */
    windowScale?: number | undefined;
    /** TCP options in order, in p0f's words: "mss,sok,ts,nop,ws", "mss,eol+1", "?34". */
    layout?: string | undefined;
    /** Oddities of the headers, in p0f's words. */
    quirks?: string[] | undefined;
    payload?: boolean | undefined;
}

/** How a signature fits an observation: in every field; with the tolerances that a database has for
 * systems; or not. */
export interface Comparison {
    fit: "exact" | "fuzzy" | "different";
    /** The fields that differ, in the order of the notation, with the values in the notation; none for "exact". */
    differences: { field: Exclude<keyof SignatureParts, "randomTtl">; expected: string; observed: string }[];
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `SignatureParts` or text, as declared above; its content is unknown until it is checked.
    #[wasm_bindgen(typescript_type = "SignatureParts | string")]
    pub type GivenSignature;
    /// `ObservationParts`, as declared above; its content is unknown until it is checked.
    #[wasm_bindgen(typescript_type = "ObservationParts | string")]
    pub type GivenObservation;
}

const OBSERVATION: &[&str] = &[
    "direction",
    "version",
    "ttl",
    "ipOptionsLength",
    "dscp",
    "layout",
    "appOptions",
    "mss",
    "window",
    "windowScale",
    "timestamps",
    "quirks",
    "payload",
    "headersLength",
    "peerMss",
    "signature",
];
const SIGNATURE: &[&str] = &[
    "version",
    "ttl",
    "randomTtl",
    "ipOptionsLength",
    "mss",
    "window",
    "windowScale",
    "layout",
    "quirks",
    "payload",
];
const SYN: &str = "syn";
const SYN_ACK: &str = "syn_ack";

/// Returns what one frame says of the stack that sent it, without any memory of others. `linkType` is
/// its number of the registry of link types (<https://www.tcpdump.org/linktypes.html>), 1 for Ethernet
/// if it is left out.
#[wasm_bindgen(unchecked_return_type = "Observation | Skipped")]
pub fn observe(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array")] frame: &JsValue,
    #[wasm_bindgen(js_name = linkType)] link_type: Option<f64>,
) -> Result<JsValue, JsValue> {
    let frame: &Uint8Array =
        frame.dyn_ref().ok_or_else(|| errors::argument("frame", "a Uint8Array"))?;
    let link_type = match link_type {
        None => LinkType::ETHERNET,
        Some(number) if number.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&number) => {
            LinkType(number as u16)
        }
        Some(_) => return Err(errors::argument("linkType", "an integer from 0 to 65535").into()),
    };
    let bytes = frame.to_vec();
    Ok(match stackprint::observe(&Frame::new(link_type, &bytes)) {
        Ok(observation) => written(&observation),
        Err(skip) => errors::object(&[("skipped", skip.reason.as_str().into())]).into(),
    })
}

/// Returns a signature in p0f's notation, as it stands in a database: of its fields, or of another
/// spelling. Throws an `Error` whose `cause` names the field if the notation has no such signature.
#[wasm_bindgen]
pub fn signature(parts: &GivenSignature) -> Result<String, JsValue> {
    Ok(read_signature(parts.as_ref())?.to_string())
}

/// Compares a signature with an observation, of `observe` or in the notation, as a database does that
/// has this signature alone.
#[wasm_bindgen(js_name = match, unchecked_return_type = "Comparison")]
pub fn match_observation(
    signature: &GivenSignature,
    observation: &GivenObservation,
) -> Result<JsValue, JsValue> {
    let signature = read_signature(signature.as_ref())?;
    let observation = read_observation(observation.as_ref())?;
    let comparison = signature.matches(&observation);
    let fit = match comparison {
        Comparison::Exact => "exact",
        Comparison::Fuzzy(_) => "fuzzy",
        Comparison::Different(_) => "different",
    };
    let differences: Array = comparison
        .differences()
        .into_iter()
        .flat_map(stackprint::Differences::iter)
        .map(|it| {
            errors::object(&[
                ("field", name_of(it.field.as_str()).into()),
                ("expected", it.expected().to_string().into()),
                ("observed", it.observed().to_string().into()),
            ])
        })
        .collect();
    Ok(errors::object(&[("fit", fit.into()), ("differences", differences.into())]).into())
}

#[cold]
fn written(observation: &Observation) -> JsValue {
    let number = |value: u32| JsValue::from(value);
    let or_null = |value: Option<u32>| value.map_or(JsValue::NULL, JsValue::from);
    let timestamps = observation.timestamps.map_or(JsValue::NULL, |it| {
        errors::object(&[("value", number(it.tsval)), ("echo", number(it.tsecr))]).into()
    });
    let direction = if observation.direction == Direction::Syn { SYN } else { SYN_ACK };
    let words = |words: &mut dyn Iterator<Item = &str>| -> JsValue {
        words.map(JsValue::from).collect::<Array>().into()
    };
    let quirks = Quirks::ALL.iter().filter(|(quirk, _)| observation.quirks.contains(*quirk));
    let asked = AppOptions::ALL.iter().filter(|(it, _)| observation.app_options.contains(*it));
    errors::object(&[
        ("direction", direction.into()),
        ("version", number(observation.version.number().into())),
        ("ttl", number(observation.ttl.into())),
        ("ipOptionsLength", number(observation.ip_options_len.into())),
        ("dscp", number(observation.dscp.into())),
        ("layout", observation.layout.to_string().into()),
        ("appOptions", words(&mut asked.map(|(_, word)| *word))),
        ("mss", or_null(observation.mss.map(u32::from))),
        ("window", number(observation.window.into())),
        ("windowScale", or_null(observation.window_scale.map(u32::from))),
        ("timestamps", timestamps),
        ("quirks", words(&mut quirks.map(|(_, word)| *word))),
        ("payload", observation.has_payload.into()),
        ("headersLength", number(observation.headers_len.into())),
        ("signature", observation.to_string().into()),
    ])
    .into()
}

#[cold]
fn read_observation(value: &JsValue) -> Result<Observation, Error> {
    const NAME: &str = "observation";
    if let Some(text) = value.as_string() {
        return text.parse().map_err(|error| wrong(NAME, &error));
    }
    let given = Given::required(NAME, value, OBSERVATION)?;
    let direction = match given.text("direction")?.as_deref() {
        Some(SYN) => Direction::Syn,
        Some(SYN_ACK) => Direction::SynAck,
        _ => return Err(errors::argument("observation.direction", "\"syn\" or \"syn_ack\"")),
    };
    let version = given.version("version")?;
    let version = version.ok_or_else(|| errors::argument("observation.version", "4 or 6"))?;
    let ttl = given.byte("ttl")?;
    let ttl = ttl.ok_or_else(|| errors::argument("observation.ttl", "an integer from 0 to 255"))?;
    let mut builder = Observation::builder(direction, version, ttl)
        .ip_options_len(given.byte("ipOptionsLength")?.unwrap_or_default())
        .dscp(given.byte("dscp")?.unwrap_or_default())
        .window(given.two_bytes("window")?.unwrap_or_default())
        .layout(layout(&given)?)
        .quirks(quirks(&given)?)
        .payload(given.flag("payload")?.unwrap_or_default());
    if let Some(asked) = members(&given, "appOptions", AppOptions::ALL)? {
        builder = builder.app_options(asked.into_iter().fold(AppOptions::NONE, |all, it| all | it));
    }
    if let Some(mss) = given.two_bytes("mss")? {
        builder = builder.mss(mss);
    }
    if let Some(scale) = given.byte("windowScale")? {
        builder = builder.window_scale(scale);
    }
    if let Some(length) = given.two_bytes("headersLength")? {
        builder = builder.headers_len(length);
    }
    if let Some(mss) = given.two_bytes("peerMss")? {
        builder = builder.peer_mss(mss);
    }
    if let Some(value) = given.value("timestamps") {
        let given = Given::required("observation.timestamps", &value, &["value", "echo"])?;
        let number = |option| Ok::<_, Error>(given.up_to(option, u32::MAX)?.unwrap_or_default());
        let timestamps = TcpTimestamps { tsval: number("value")?, tsecr: number("echo")? };
        builder = builder.timestamps(Some(timestamps));
    } else if given.is_null("timestamps") {
        builder = builder.timestamps(None);
    }
    builder.build().map_err(|error| wrong(NAME, &error))
}

#[cold]
fn read_signature(value: &JsValue) -> Result<Signature, Error> {
    const NAME: &str = "signature";
    if let Some(text) = value.as_string() {
        return text.parse().map_err(|error| wrong(NAME, &error));
    }
    let given = Given::required(NAME, value, SIGNATURE)?;
    let ttl = given.byte("ttl")?;
    let initial =
        ttl.ok_or_else(|| errors::argument("signature.ttl", "an integer from 1 to 255"))?;
    let random = given.flag("randomTtl")?.unwrap_or_default();
    let signature = Signature {
        version: given.version("version")?,
        ttl: TtlRule { initial, random },
        ip_options_len: given.byte("ipOptionsLength")?.unwrap_or_default(),
        mss: given.two_bytes("mss")?,
        window: window(&given)?,
        window_scale: given.byte("windowScale")?,
        layout: layout(&given)?,
        quirks: quirks(&given)?,
        has_payload: given.flag("payload")?,
    };
    signature.check().map_err(|error| wrong(NAME, &error))?;
    Ok(signature)
}

/// A number of bytes, or a rule as it is written in the notation.
#[cold]
fn window(given: &Given<'_>) -> Result<WindowRule, Error> {
    const EXPECTED: &str =
        "an integer from 0 to 65535, or a rule such as \"mss*44\", \"mtu*4\", \"%8192\", \"*\"";
    let Some(value) = given.value("window") else { return Ok(WindowRule::Any) };
    let rule = match value.as_string() {
        Some(text) => text.parse().ok(),
        None => given.two_bytes("window").ok().flatten().map(WindowRule::Exact),
    };
    rule.ok_or_else(|| errors::argument(&given.path("window"), EXPECTED))
}

#[cold]
fn layout(given: &Given<'_>) -> Result<OptionLayout, Error> {
    let text = given.text("layout")?.unwrap_or_default();
    OptionLayout::from_str(&text).map_err(|error| wrong_field(given, "layout", &error))
}

#[cold]
fn quirks(given: &Given<'_>) -> Result<Quirks, Error> {
    let words = members(given, "quirks", Quirks::ALL)?.unwrap_or_default();
    Ok(words.into_iter().fold(Quirks::NONE, |all, quirk| all | quirk))
}

/// The members of a set, by their words.
#[cold]
fn members<T: Copy>(
    given: &Given<'_>,
    option: &str,
    all: &[(T, &'static str)],
) -> Result<Option<Vec<T>>, Error> {
    let known: Vec<_> = all.iter().map(|(_, word)| *word).collect();
    let Some(words) = given.words(option, &known)? else { return Ok(None) };
    let members = all.iter().filter(|(_, word)| words.contains(word));
    Ok(Some(members.map(|(member, _)| *member).collect()))
}

/// A text that is not in the notation, or parts that make no such value.
#[cold]
fn wrong(name: &str, error: &ParseError) -> Error {
    match error.part {
        Some(part) => {
            let path = format!("{name}.{}", name_of(part.as_str()));
            errors::invalid(&path, &format!("{path}: expected {}", error.expected))
        }
        None => errors::invalid(
            name,
            &format!("{name}: expected {} at column {}", error.expected, error.column),
        ),
    }
}

#[cold]
fn wrong_field(given: &Given<'_>, field: &str, error: &ParseError) -> Error {
    let path = given.path(field);
    errors::invalid(&path, &format!("{path}: expected {}", error.expected))
}

/// The name of a field in `SignatureParts`.
fn name_of(field: &'static str) -> &'static str {
    match field {
        "ip_options_len" => "ipOptionsLength",
        "window_scale" => "windowScale",
        other => other,
    }
}
