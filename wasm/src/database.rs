//! Checks of a signature database before it is used.

use js_sys::Array;
use stackprint::{Compat, Database};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::errors;

#[wasm_bindgen(typescript_custom_section)]
const CHECK_TYPE: &'static str = r#"
/** What `checkDatabase` found. */
export interface DatabaseCheck {
    /** Signatures that could be read. */
    signatures: number;
    /** How many errors there are. */
    faults: number;
    /** The errors, in the order of the lines, at most the first 1000; `line` and `column` count from 1. */
    errors: { line: number; column: number; message: string }[];
}
"#;

/// A text that is no database has an error in each line, and a file of 50 MB millions.
const MAX_ERRORS: usize = 1000;

/// Checks a database in p0f's syntax and returns its errors, not just the first.
#[must_use]
#[wasm_bindgen(js_name = checkDatabase, unchecked_return_type = "DatabaseCheck")]
pub fn check_database(text: &str) -> JsValue {
    #[cfg_attr(not(feature = "tls"), expect(unused_mut, reason = "of TLS libraries"))]
    let (database, mut faults) = Database::parse_with_all_errors(text, Compat::Fixed);
    let signatures = database.signatures().count();
    #[cfg(feature = "tls")]
    let signatures = {
        let libraries = crate::options::libraries(text).unwrap_or_else(|fault| {
            let at = faults.partition_point(|known| known.line <= fault.line);
            faults.insert(at, fault);
            stackprint::tls::Libraries::default()
        });
        signatures + libraries.signatures().count()
    };
    let number = |value: usize| JsValue::from(value as f64);
    let errors: Array = faults
        .iter()
        .take(MAX_ERRORS)
        .map(|error| {
            errors::object(&[
                ("line", number(error.line)),
                ("column", number(error.column)),
                ("message", format!("expected {}", error.expected).into()),
            ])
        })
        .collect();
    errors::object(&[
        ("signatures", number(signatures)),
        ("faults", number(faults.len())),
        ("errors", errors.into()),
    ])
    .into()
}
