//! What the class `Analyzer` of `stackprint/who` has besides: rows of hosts and connections.

use js_sys::Array;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::analyzer::{Analyzer, parsed};
use crate::errors;
use crate::reading::Form;

#[wasm_bindgen(typescript_custom_section)]
const GATHERED_TYPE: &'static str = r#"
/** What an `Analyzer` gathers for rows, so far. */
export interface Gathered {
    hosts: number;
    connections: number;
    /** Hosts and connections that were evicted because memory was full. */
    evicted: number;
    /** Memory of all of them, in bytes. */
    bytes: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `Gathered`, as declared above.
    #[wasm_bindgen(typescript_type = "Gathered")]
    pub type Gathered;
}

#[wasm_bindgen]
impl Analyzer {
    /// Reads the next bytes of the capture and returns, instead of records, the rows of hosts that are
    /// due: a row says all that is known of a host. A host has one when something new is known of it,
    /// at most one in `rowInterval`, and a last one of `finishHosts()`, or when it was idle for two
    /// hours. Only records of chunks that this method takes count.
    #[wasm_bindgen(js_name = pushHosts, unchecked_return_type = "StackprintHost[]")]
    pub fn push_hosts(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Array, JsValue> {
        self.push_items(chunk, Form::Hosts)
    }

    /// Returns the last row of each host, in the order of their addresses, and forgets the hosts.
    #[wasm_bindgen(js_name = finishHosts, unchecked_return_type = "StackprintHost[]")]
    pub fn finish_hosts(&mut self) -> Result<Array, JsValue> {
        parsed(self.reading.finish_rows(Form::Hosts))
    }

    /// Does the same as `pushHosts` of connections: each has one row, when nothing was said of it for
    /// 30 seconds of capture time, or when its client opens another one from the same port.
    #[wasm_bindgen(js_name = pushConnections, unchecked_return_type = "StackprintConnection[]")]
    pub fn push_connections(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] chunk: &JsValue,
    ) -> Result<Array, JsValue> {
        self.push_items(chunk, Form::Connections)
    }

    /// Returns the rows of the connections that have not ended, and forgets them.
    #[wasm_bindgen(js_name = finishConnections, unchecked_return_type = "StackprintConnection[]")]
    pub fn finish_connections(&mut self) -> Result<Array, JsValue> {
        parsed(self.reading.finish_rows(Form::Connections))
    }

    /// Returns what is gathered now.
    #[must_use]
    pub fn gathered(&self) -> Gathered {
        let gathered = self.reading.rows().gathered();
        let number = |count: usize| JsValue::from(count as f64);
        let gathered = errors::object(&[
            ("hosts", number(gathered.hosts)),
            ("connections", number(gathered.connections)),
            ("evicted", JsValue::from(gathered.evicted as f64)),
            ("bytes", number(gathered.bytes)),
        ]);
        gathered.unchecked_into()
    }
}
