//! What JavaScript may ask of an analyzer, checked.

use std::sync::Arc;

use js_sys::Error;
use stackprint::{Analyzer, Compat, Database, Limits};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::errors;

#[wasm_bindgen(typescript_custom_section)]
const OPTIONS_TYPE: &'static str = r#"
/** Settings of an `Analyzer`; each may be left out. */
export interface AnalyzerOptions {
    /** Signatures in the syntax of p0f.fp, instead of the built-in ones. */
    database?: string | undefined;
    /** Answer as p0f 3.09b does, its slips included. */
    p0fExact?: boolean | undefined;
    /** Name of the capture: each record then has an `origin` with it and the frame's number. */
    file?: string | undefined;
    /** How many hosts are remembered at once, 75 to 250 bytes each: 200000, with `p0fExact` 10000. */
    hosts?: number | undefined;
    /** How many flows are remembered at once, about 120 octets each: 100000, with `p0fExact` 1000. */
    flows?: number | undefined;
    /** Take an address for one host in all VLANs, virtual networks and GTP tunnels. */
    mergePaths?: boolean | undefined;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `AnalyzerOptions`, as declared above; what it really holds is not known before it is looked at.
    #[wasm_bindgen(typescript_type = "AnalyzerOptions")]
    pub type AnalyzerOptions;

    #[wasm_bindgen(method, getter)]
    fn database(this: &AnalyzerOptions) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = p0fExact)]
    fn p0f_exact(this: &AnalyzerOptions) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn file(this: &AnalyzerOptions) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn hosts(this: &AnalyzerOptions) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn flows(this: &AnalyzerOptions) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = mergePaths)]
    fn merge_paths(this: &AnalyzerOptions) -> JsValue;

    /// Fills `octets` with secret random numbers: Web Cryptography API, section 10.1.1.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_random(octets: &mut [u8]) -> Result<(), JsValue>;
}

/// The options, each of the type that it should have.
#[derive(Default)]
pub(crate) struct Options {
    database: Option<String>,
    p0f_exact: bool,
    pub(crate) file: Option<String>,
    hosts: Option<u32>,
    flows: Option<u32>,
    merge_paths: bool,
}

impl Options {
    pub(crate) fn of(said: &AnalyzerOptions) -> Result<Options, Error> {
        Ok(Options {
            database: text("database", &said.database())?,
            p0f_exact: switch("p0fExact", &said.p0f_exact())?.unwrap_or_default(),
            file: text("file", &said.file())?,
            hosts: count("hosts", &said.hosts())?,
            flows: count("flows", &said.flows())?,
            merge_paths: switch("mergePaths", &said.merge_paths())?.unwrap_or_default(),
        })
    }

    pub(crate) fn analyzer(&self) -> Result<Analyzer, JsValue> {
        let database = self.database()?;
        let usual = match database.compat() {
            Compat::Fixed => Limits::default(),
            Compat::P0fExact => Limits::P0F,
        };
        let limits = Limits {
            hosts: self.hosts.unwrap_or(usual.hosts),
            flows: self.flows.unwrap_or(usual.flows),
            ..usual
        };
        let mut seed = [0; size_of::<u64>()];
        fill_random(&mut seed)?;
        let builder = Analyzer::builder(&database).limits(limits).merge_paths(self.merge_paths);
        Ok(builder.hash_seed(u64::from_ne_bytes(seed)).build())
    }

    fn database(&self) -> Result<Arc<Database>, Error> {
        let compat = if self.p0f_exact { Compat::P0fExact } else { Compat::Fixed };
        let text = match (&self.database, compat) {
            (None, Compat::Fixed) => return Ok(Database::builtin()),
            (None, Compat::P0fExact) => Database::BUILTIN_TEXT,
            (Some(text), _) => text,
        };
        let database =
            Database::parse_with(text, compat).map_err(|error| errors::database(&error))?;
        if database.is_empty() {
            return Err(errors::argument("database", "one with at least one signature"));
        }
        Ok(Arc::new(database))
    }
}

/// An option that is left out is `undefined`; who has it from JSON may say `null`.
fn given(value: &JsValue) -> Option<&JsValue> {
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

fn text(name: &str, value: &JsValue) -> Result<Option<String>, Error> {
    let Some(value) = given(value) else { return Ok(None) };
    value.as_string().map(Some).ok_or_else(|| errors::argument(name, "a string"))
}

fn switch(name: &str, value: &JsValue) -> Result<Option<bool>, Error> {
    let Some(value) = given(value) else { return Ok(None) };
    value.as_bool().map(Some).ok_or_else(|| errors::argument(name, "true or false"))
}

fn count(name: &str, value: &JsValue) -> Result<Option<u32>, Error> {
    let Some(value) = given(value) else { return Ok(None) };
    let is_count = |number: &f64| (1.0..=f64::from(u32::MAX)).contains(number);
    match value.as_f64().filter(is_count).filter(|number| number.fract() == 0.0) {
        Some(number) => Ok(Some(number as u32)),
        None => Err(errors::argument(name, "a whole number from 1 to 4294967295")),
    }
}
