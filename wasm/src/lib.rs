//! The stackprint engine for JavaScript: a thin shell over the `stackprint` library.
//!
//! It converts, calls and converts back; fingerprint logic lives in the library alone.

/// Version of the engine, as in `Cargo.toml`.
#[must_use]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
