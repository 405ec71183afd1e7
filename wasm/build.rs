//! Writes the built-in signatures without their comments, which make two thirds of the text with gzip:
//! of TCP and, with the feature `http`, of HTTP in one file, as the library has them.
//! Lines keep their numbers; lines that begin with `;@` are not comments to stackprint.

use std::path::Path;
use std::{env, fs, io};

const DATABASES: &[&str] = &[
    "../core/data/stackprint.fp",
    #[cfg(feature = "http")]
    "../core/data/http.fp",
];

fn main() -> io::Result<()> {
    let mut text = String::new();
    for database in DATABASES {
        println!("cargo::rerun-if-changed={database}");
        text += &fs::read_to_string(database)?;
    }
    let is_comment = |line: &str| line.starts_with(';') && !line.starts_with(";@");
    let lines: Vec<_> = text.lines().map(|line| if is_comment(line) { "" } else { line }).collect();
    let folder = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&folder).join("stackprint.fp"), lines.join("\n"))
}
