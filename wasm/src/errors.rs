//! Errors as JavaScript knows them: an `Error` with a message for people and a `cause` for programs.

use js_sys::{Error, ErrorOptions, Object, Reflect};
use stackprint::ParseError;
use stackprint::capture::CaptureError;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const CAUSE_TYPE: &'static str = r#"
/**
 * The `cause` of every `Error` that this package throws.
 *
 * `capture`: the octets are not a capture, or are damaged or cut at `offset` octets from the start;
 * `reason` is a word such as "empty", "not_a_capture", "cut_short", "bad_block_length".
 * `database`: the text cannot be read from `line` and `column` on, both counted from 1.
 * `argument`: `name` is not what it should be.
 */
export type Cause =
    | { kind: "capture"; reason: string; offset: number }
    | { kind: "database"; line: number; column: number }
    | { kind: "argument"; name: string };
"#;

pub(crate) fn capture(error: &CaptureError) -> Error {
    let cause = object(&[
        ("kind", "capture".into()),
        ("reason", error.kind.as_str().into()),
        ("offset", (error.offset as f64).into()),
    ]);
    with_cause(&error.to_string(), &cause)
}

pub(crate) fn database(error: &ParseError) -> Error {
    let cause = object(&[
        ("kind", "database".into()),
        ("line", (error.line as f64).into()),
        ("column", (error.column as f64).into()),
    ]);
    with_cause(&error.to_string(), &cause)
}

/// `expected` completes the sentence "NAME has to be …".
pub(crate) fn argument(name: &str, expected: &str) -> Error {
    let cause = object(&[("kind", "argument".into()), ("name", name.into())]);
    with_cause(&format!("{name} has to be {expected}"), &cause)
}

fn with_cause(message: &str, cause: &Object) -> Error {
    Error::new_with_options(message, &ErrorOptions::new(cause))
}

/// An object with these properties.
pub(crate) fn object(properties: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // A new object takes every property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}
