//! Records in the programs that load them into tables, by the schemas made for each.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use stackprint_tests::documents::{ScriptFolder, blocks, documents};
use stackprint_tests::program::command;
use stackprint_tests::{require, say};

const LOADERS: [(&str, &str); 3] = [
    ("duckdb", "record.v1.duckdb.sql"),
    ("clickhouse", "record.v1.clickhouse.sql"),
    ("polars", "record.v1.polars.py"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn schemas_of_loaders_are_those_in_the_repository() {
    for (loader, name) in LOADERS {
        let made = command(&["schema", "--for", loader]).output().expect("the program").stdout;
        let kept = fs::read(root().join("schemas").join(name)).unwrap_or_default();
        assert!(kept == made, "run: stackprint schema --for {loader} > schemas/{name}");
    }
    let refused = command(&["schema", "packet", "--for", "duckdb"]).output().expect("the program");
    assert_eq!(refused.status.code(), Some(2));
}

/// Records of captures, thousands without a change first, and the examples of every field.
fn records() -> PathBuf {
    let captures = |folder: &str| {
        let files = fs::read_dir(root().join("tests/captures").join(folder)).expect(folder);
        let paths = files.map(|file| file.expect("a file").path());
        let mut paths: Vec<String> = paths
            .filter(|path| path.extension().is_some_and(|end| end == "pcap"))
            .map(|path| path.display().to_string())
            .collect();
        paths.sort();
        paths
    };
    let files = [captures("recorded"), captures("flow"), captures("tcp")].concat();
    let mut args = vec!["read", "--format", "ndjson", "--closest"];
    args.extend(files.iter().map(String::as_str));
    let read = command(&args).output().expect("the program").stdout;
    let read = String::from_utf8(read).expect("UTF-8");
    let has_change = |line: &&str| !line.contains("\"change\":null");
    let (changed, plain): (Vec<&str>, Vec<&str>) = read.lines().partition(has_change);
    assert!(plain.len() > 100 && !changed.is_empty(), "{} {}", plain.len(), changed.len());
    let mut lines: Vec<String> = Vec::new();
    // More than any of them looks at before it decides what a column is.
    while lines.len() < 25_000 {
        lines.extend(plain.iter().map(|line| (*line).to_owned()));
    }
    lines.extend(changed.iter().map(|line| (*line).to_owned()));
    for example in fs::read_dir(root().join("schemas/examples/valid")).expect("examples") {
        let text = fs::read_to_string(example.expect("an example").path()).expect("an example");
        let record: Value = serde_json::from_str(&text).expect("JSON");
        lines.push(record.to_string());
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("loaders.ndjson");
    fs::write(&path, lines.join("\n") + "\n").expect("written");
    path
}

/// Whether the engines are there; fetched once, whichever test asks first.
fn are_there() -> bool {
    static FETCHED: LazyLock<bool> = LazyLock::new(|| {
        let mut fetch = Command::new(root().join("tests/loaders/python.sh"));
        fetch.arg("fetch").status().is_ok_and(|status| status.success())
    });
    require("DuckDB, ClickHouse and Polars for Python", FETCHED.then_some(())).is_some()
}

/// What the documents do with the engines; `program::docs` runs their other scripts.
#[test]
fn scripts_of_documents_run() {
    if !are_there() {
        return;
    }
    let folder = ScriptFolder::new("loaders");
    let mut scripts: Vec<_> = documents().iter().flat_map(blocks).collect();
    scripts.retain(|block| block.is_script() && block.needs_loaders());
    let run =
        scripts.iter().filter(|block| folder.run(&block.text, &block.place).is_some()).count();
    assert!(run >= 3, "{run} scripts");
}

#[test]
fn records_come_back_as_they_went_in() {
    let folder = root().join("tests/loaders");
    let python = folder.join("python.sh");
    if !are_there() {
        return;
    }
    let records = records();
    for (loader, name) in LOADERS {
        let mut load = Command::new(&python);
        load.arg("run").arg(folder.join("load.py")).arg(loader);
        load.arg(root().join("schemas").join(name)).arg(&records);
        let ran = load.output().expect("Python");
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
        say(said.trim_end());
    }
}
