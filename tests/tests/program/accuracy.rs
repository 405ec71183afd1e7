//! `tests/accuracy`: the table of docs/quality.md is what its command prints.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::process::Command;

use stackprint_tests::documents::root;
use stackprint_tests::{program, require};

/// The rows of the table, each as its cells.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with("| recordings |"));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|it| it.trim().to_owned()).collect())
        .collect()
}

/// huginn-net-tcp is not built with the tests, so its columns, the last three, are not compared.
#[test]
fn the_table_is_what_its_command_prints() {
    let has = |name: &str| {
        let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
        found.expect("a shell").status.success().then_some(())
    };
    let Some(()) = require("python3", has("python3")) else { return };
    let Some(()) = require("p0f", has("p0f")) else { return };
    let mut run = Command::new(root().join("tests/accuracy/run.sh"));
    let printed = run.env("STACKPRINT_PROGRAM", program::program()).output().expect("it starts");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let printed = rows(&String::from_utf8(printed.stdout).expect("UTF-8"));
    let document = fs::read_to_string(root().join("docs/quality.md")).expect("the document");
    let mut told = rows(&document);
    for row in &mut told {
        row.truncate(row.len() - 3);
    }
    assert!(printed.len() > 4, "{printed:?}");
    assert_eq!(printed, told);
}
