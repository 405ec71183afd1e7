//! What goes into the Debian package and the image: that it is there, and that what it refers to is.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use stackprint_tests::program::program;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect(name)
}

/// The pages that a text refers to, such as `stackprint-db-check(1)`.
fn pages(text: &str) -> BTreeSet<String> {
    let text = text.replace("\\-", "-");
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let before = |end: usize| {
        let start = text[..end].rfind(|letter| !is_of_name(letter)).map_or(0, |place| place + 1);
        text[start..end].to_owned()
    };
    let ends = text.match_indices("(1)").map(|(end, _)| before(end));
    ends.filter(|name| name.starts_with("stackprint")).collect()
}

#[test]
fn every_manual_page_that_is_referred_to_is_there() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("manuals");
    let _ = fs::remove_dir_all(&folder);
    let mut script = Command::new(root().join("kafka-worker/packaging/manuals.sh"));
    let status = script.arg(program()).arg(&folder).status().expect("bash");
    assert!(status.success());
    let mut there = BTreeSet::new();
    let mut asked = BTreeSet::from(["stackprint".to_owned()]);
    for page in fs::read_dir(&folder).expect("pages") {
        let path = page.expect("a page").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        there.insert(name.strip_suffix(".1.gz").expect("a compressed page").to_owned());
        let text = Command::new("gzip").args(["-dc"]).arg(&path).output().expect("gzip").stdout;
        asked.extend(pages(&String::from_utf8(text).expect("UTF-8")));
    }
    for unit in ["stackprint-kafka.service", "stackprint-live@.service"] {
        asked.extend(pages(&read(&format!("kafka-worker/packaging/{unit}"))));
    }
    assert_eq!(there, asked);
    assert!(there.contains("stackprint-db-lookup") && there.len() > 10, "{there:?}");
}

/// Sources of the package's files, with `*` for any name; those that the build makes are left out.
#[test]
fn files_of_the_package_are_there() {
    let manifest = read("kafka-worker/Cargo.toml");
    let (_, assets) = manifest.split_once("assets = [").expect("assets");
    let (assets, _) = assets.split_once("\n]").expect("an end");
    let sources =
        assets.lines().filter_map(|line| line.trim().strip_prefix("[\"")?.split('"').next());
    let sources: Vec<&str> = sources.filter(|source| !source.contains("target/")).collect();
    for source in &sources {
        let path = root().join("kafka-worker").join(source);
        let (folder, name) = (path.parent().expect("a folder"), path.file_name().expect("a name"));
        let name = name.to_string_lossy();
        let (begin, end) = name.split_once('*').unwrap_or((&name, ""));
        let fits = |found: &str| match name.contains('*') {
            true => found.starts_with(begin) && found.ends_with(end),
            false => found == name,
        };
        let found = fs::read_dir(folder).unwrap_or_else(|error| panic!("{source}: {error}"));
        let mut names = found.map(|file| file.expect("a file").file_name());
        assert!(names.any(|found| fits(&found.to_string_lossy())), "{source} is not there");
    }
    for wanted in ["../docs/kafka/*", "../docs/pipelines/*", "../docs/*.md"] {
        assert!(sources.contains(&wanted), "{wanted}");
    }
}

#[test]
fn units_are_restarted_only_where_that_helps() {
    for (unit, lines) in [
        ("stackprint-kafka.service", &["RestartPreventExitStatus=2", "ExecReload="][..]),
        (
            "stackprint-live@.service",
            &["RestartPreventExitStatus=2", "ExecReload=", "LogRateLimitIntervalSec=0"],
        ),
    ] {
        let text = read(&format!("kafka-worker/packaging/{unit}"));
        for line in lines {
            assert!(text.lines().any(|found| found.starts_with(line)), "{unit}: {line}");
        }
        for document in text.split_whitespace().filter_map(|word| word.strip_prefix("file://")) {
            let name = document.strip_prefix("/usr/share/doc/stackprint/").expect("a document");
            assert!(root().join("docs").join(name).is_file(), "{unit}: {document}");
        }
    }
}

/// What the image is built from: what the build needs is not left out, and what it copies is there.
#[test]
fn the_image_has_what_it_copies() {
    let left_out: Vec<String> = read(".dockerignore")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    assert!(left_out.iter().any(|line| line == "target"), "{left_out:?}");
    for member in ["Cargo.toml", "Cargo.lock", "core", "kafka-worker", "wasm", "tests", "schemas"] {
        assert!(!left_out.iter().any(|line| line == member), "{member}");
    }
    let file = read("kafka-worker/packaging/Dockerfile");
    for line in file.lines().filter(|line| line.starts_with("COPY") && !line.contains("--from")) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        for source in &words[..words.len() - 1] {
            assert!(root().join(source).exists(), "{line}");
        }
    }
    assert!(file.lines().any(|line| line.starts_with("HEALTHCHECK")));
}
