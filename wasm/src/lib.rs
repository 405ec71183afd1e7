//! The stackprint engine for JavaScript: a thin shell over the `stackprint` library.
//!
//! It converts arguments and results; fingerprint logic lives in the library alone. Together with the
//! scripts beside it, it becomes the npm package `stackprint` (`wasm/build.sh`).
//!
//! Modules, top to bottom; each imports only from those below it: `analyzer`, `database`, `observing`, `who`;
//! `options`; `given`; `errors`; `reading`; `rows`, `table`, `names`, `pcapng`.
#![forbid(unsafe_code)]

mod analyzer;
mod database;
mod errors;
mod given;
mod names;
mod observing;
mod options;
mod pcapng;
mod reading;
#[cfg(feature = "who")]
mod rows;
mod table;
#[cfg(feature = "who")]
mod who;

use wasm_bindgen::prelude::wasm_bindgen;

pub use analyzer::Analyzer;
pub use database::check_database;
pub use observing::{match_observation, observe, signature};

/// Returns the version of the engine.
#[must_use]
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Returns the layers that this build can read: "tcp", and those that it was built with.
#[must_use]
#[wasm_bindgen(unchecked_return_type = "Layer[]")]
pub fn layers() -> js_sys::Array {
    options::LAYERS.iter().map(|&layer| wasm_bindgen::JsValue::from(layer)).collect()
}

/// Types of records and rows, generated from their JSON Schemas.
#[wasm_bindgen(typescript_custom_section)]
const ROW_TYPES: &'static str = include_str!("../npm/rows.d.ts");
