//! `--database` with sections of TLS libraries, and `db check` of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use stackprint_tests::program::{command, output};

const CAPTURE: &str = "captures/recorded/tls/made-of/curl.pcap";
const BUILTIN_TLS: &str = "../core/data/tls.fp";
const BUILTIN_TCP: &str = "../core/data/stackprint.fp";
const EVERY_TLS_1_3: &str = "[tls:client]\nlabel = Own:1:\nsig = 13:*:*:*:*:*:*\n";

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("stackprint-{name}-{}.fp", std::process::id()));
    fs::write(&path, text).expect("a database");
    path
}

/// The libraries and the systems that records of the capture name.
fn named(databases: &[&str]) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut args = vec!["read", "--format", "ndjson"];
    databases.iter().for_each(|path| args.extend(["--database", path]));
    args.push(CAPTURE);
    let ran = output(&mut command(&args), b"");
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{databases:?}");
    let text = String::from_utf8(ran.stdout).expect("text");
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let (mut libraries, mut systems) = (BTreeSet::new(), BTreeSet::new());
    for record in records {
        libraries.extend(record["tls"]["library"]["name"].as_str().map(str::to_owned));
        systems.extend(record["os"]["name"].as_str().map(str::to_owned));
    }
    (libraries, systems)
}

#[test]
fn a_file_replaces_the_sections_that_it_contains_and_further_ones_add() {
    let own = file("own-tls", EVERY_TLS_1_3);
    let tcp = file(
        "own-tcp",
        "classes = unix\n[tcp:request]\nlabel = s:unix:Penguin:\nsig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0\n",
    );
    let (own, tcp) = (own.to_str().expect("UTF-8"), tcp.to_str().expect("UTF-8"));
    let (libraries, systems) = named(&[]);
    assert!(
        libraries.contains("OpenSSL") && systems.contains("Linux"),
        "{libraries:?} {systems:?}"
    );
    let (libraries, systems_of_own) = named(&[own]);
    assert_eq!(libraries, BTreeSet::from(["Own".to_owned()]));
    assert_eq!(systems_of_own, systems);
    // A signature that says more counts.
    let (libraries, _) = named(&[own, BUILTIN_TLS]);
    assert!(libraries.contains("OpenSSL"), "{libraries:?}");
    let (libraries, systems) = named(&[tcp]);
    assert!(libraries.contains("OpenSSL"), "{libraries:?}");
    assert_eq!(systems, BTreeSet::from(["Penguin".to_owned()]));
    let (libraries, systems) = named(&[tcp, own]);
    assert_eq!(libraries, BTreeSet::from(["Own".to_owned()]));
    assert_eq!(systems, BTreeSet::from(["Penguin".to_owned()]));
    for path in [own, tcp] {
        fs::remove_file(path).expect("the database");
    }
}

#[test]
fn errors_have_the_name_and_line_of_their_file() {
    let wrong = file("wrong-tls", "[tls:client]\nlabel = Own:1:\nsig = 13:*:*:*\n");
    let wrong = wrong.to_str().expect("UTF-8");
    let args = ["read", "--database", BUILTIN_TCP, "--database", wrong, CAPTURE];
    let ran = output(&mut command(&args), b"");
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1));
    assert!(stderr.contains(&format!("{wrong}:3:")), "{stderr}");
    fs::remove_file(wrong).expect("the database");
}

#[test]
fn check_knows_sections_of_tls() {
    let check = |path: &str| {
        let ran = output(&mut command(&["db", "check", path]), b"");
        let text = String::from_utf8(ran.stdout).expect("text");
        (ran.status.code(), text, String::from_utf8(ran.stderr).expect("text"))
    };
    let (code, text, stderr) = check(BUILTIN_TLS);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{text}");
    assert!(text.contains(": ok, ") && text.contains(" TLS clients"), "{text}");
    let sig = "sig = 13:1301:000a:001d:*:*:\n";
    let faults = file(
        "faults-tls",
        &format!(
            "[tls:client]\nlabel = Own:1:\n;= recorded, 2026-11\n{sig}{sig}label = Other:1:\n{sig}"
        ),
    );
    let faults = faults.to_str().expect("UTF-8");
    let (code, text, _) = check(faults);
    assert_eq!(code, Some(1));
    for expected in [
        ":5:1: duplicate: ",
        ":7:1: contradiction: ",
        ":7:1: evidence: a signature without evidence",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    fs::write(faults, "[tls:client]\nlabel = Own:1:\nsig = 13\n").expect("a database");
    let (code, text, _) = check(faults);
    assert_eq!(code, Some(1));
    assert!(text.contains(":3:"), "{text}");
    fs::remove_file(faults).expect("the database");
}
