//! The stackprint engine for JavaScript: a thin shell over the `stackprint` library.
//!
//! It converts, calls and converts back; fingerprint logic lives in the library alone. What comes
//! of it with the scripts around it is the npm package `stackprint` (`wasm/build.sh`).
#![forbid(unsafe_code)]

mod analyzer;
mod errors;
mod options;
mod reading;
mod table;

use wasm_bindgen::prelude::wasm_bindgen;

pub use analyzer::Analyzer;

/// The version of the engine.
#[must_use]
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Types of the records, made from their JSON Schema.
#[wasm_bindgen(typescript_custom_section)]
const RECORD_TYPES: &'static str = include_str!("../npm/record.d.ts");
