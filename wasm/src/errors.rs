//! Errors for JavaScript: an `Error` with a message for people and a `cause` for programs.

use js_sys::{Error, ErrorOptions, Object, Reflect};
use stackprint::ParseError;
use stackprint::capture::CaptureError;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const CAUSE_TYPE: &'static str = r#"
/**
 * The `cause` of every `Error` that this package throws.
 *
 * `capture`: the bytes are not a capture, or the capture is damaged or truncated at byte `offset`;
 * `reason` is a word such as "empty", "not_a_capture", "cut_short", "bad_block_length".
 * `database`: the text is invalid at `line` and `column`, both counted from 1.
 * `argument`: the argument or option `name` is invalid.
 * `freed`: the object was used after `free()`.
 */
export type Cause =
    | { kind: "capture"; reason: string; offset: number }
    | { kind: "database"; line: number; column: number }
    | { kind: "argument"; name: string }
    | { kind: "freed" };
"#;

#[cold]
pub(crate) fn capture(error: &CaptureError) -> Error {
    let cause = object(&[
        ("kind", "capture".into()),
        ("reason", error.kind.as_str().into()),
        ("offset", (error.offset as f64).into()),
    ]);
    with_cause(&error.to_string(), &cause)
}

#[cold]
pub(crate) fn database(error: &ParseError) -> Error {
    let cause = object(&[
        ("kind", "database".into()),
        ("line", (error.line as f64).into()),
        ("column", (error.column as f64).into()),
    ]);
    with_cause(&error.to_string(), &cause)
}

/// `expected` completes the sentence "NAME must be …".
#[cold]
pub(crate) fn argument(name: &str, expected: &str) -> Error {
    invalid(name, &format!("{name} must be {expected}"))
}

/// An invalid argument, with a whole message.
#[cold]
pub(crate) fn invalid(name: &str, message: &str) -> Error {
    let cause = object(&[("kind", "argument".into()), ("name", name.into())]);
    with_cause(message, &cause)
}

#[cold]
fn with_cause(message: &str, cause: &Object) -> Error {
    Error::new_with_options(message, &ErrorOptions::new(cause))
}

/// Builds an object with these properties.
#[cold]
pub(crate) fn object(properties: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property of a new plain object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}
