//! Makes the JavaScript around the compiled engine: wasm-bindgen's generator, as a library.
//!
//! `stackprint-wasm-xtask MODULE.wasm FOLDER` writes `stackprint.js`, `stackprint.d.ts` and
//! `stackprint_bg.wasm`: an ES module for browsers, bundlers and Node.
#![forbid(unsafe_code)]

use std::env;
use std::path::Path;

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, folder] = arguments.as_slice() else {
        bail!("usage: stackprint-wasm-xtask MODULE.wasm FOLDER");
    };
    generate(Path::new(module), Path::new(folder)).with_context(|| module.clone())
}

fn generate(module: &Path, folder: &Path) -> anyhow::Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name("stackprint")
        .web(true)?
        .typescript(true)
        // `init()` finds the module beside the script by itself.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
}
