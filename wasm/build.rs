//! Writes the built-in signatures without their comments, which make two thirds of the text with gzip.
//! Lines keep their numbers; lines that begin with `;@` are not comments to stackprint.

use std::path::Path;
use std::{env, fs};

const DATABASE: &str = "../core/data/stackprint.fp";

fn main() {
    println!("cargo::rerun-if-changed={DATABASE}");
    let text = fs::read_to_string(DATABASE).unwrap_or_else(|error| panic!("{DATABASE}: {error}"));
    let is_comment = |line: &str| line.starts_with(';') && !line.starts_with(";@");
    let lines: Vec<_> = text.lines().map(|line| if is_comment(line) { "" } else { line }).collect();
    let folder = env::var("OUT_DIR").unwrap_or_default();
    let path = Path::new(&folder).join("stackprint.fp");
    fs::write(&path, lines.join("\n"))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
