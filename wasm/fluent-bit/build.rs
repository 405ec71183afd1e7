//! How the module is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "wasm32") {
        // Names are of no use to the host.
        println!("cargo::rustc-link-arg-cdylib=--strip-all");
        // Numbers as short as they can be. The linker leaves place for the longest, which older
        // hosts do not read where only a zero can be (the table of an indirect call).
        println!("cargo::rustc-link-arg-cdylib=--compress-relocations");
    }
}
