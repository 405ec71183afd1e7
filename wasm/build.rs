//! Writes the built-in signatures without their comments, which make two thirds of the text with gzip.
//! Lines keep their numbers; lines that begin with `;@` are not comments to stackprint.

use std::path::Path;
use std::{env, fs, io};

const DATABASE: &str = "../core/data/stackprint.fp";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DATABASE}");
    let text = fs::read_to_string(DATABASE)?;
    let is_comment = |line: &str| line.starts_with(';') && !line.starts_with(";@");
    let lines: Vec<_> = text.lines().map(|line| if is_comment(line) { "" } else { line }).collect();
    let folder = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&folder).join("stackprint.fp"), lines.join("\n"))
}
