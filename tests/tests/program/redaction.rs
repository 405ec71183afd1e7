//! `--redact` and `--no-flow`: what is left out is in no output, whatever it is written as.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use stackprint_tests::program::{command, output};
use stackprint_tests::{eve, input};

/// curl, Chromium and others ask for this name.
const NAME: &str = "client.example";
const CAPTURES: [&str; 2] =
    ["captures/recorded/tls/made-of/curl.pcap", "captures/recorded/tls/made-of/chromium.pcap"];
const FORMATS: [&str; 6] = ["text", "ndjson", "msgpack", "ecs", "csv", "p0f"];
const KEY: &str = "a secret";
/// `printf client.example | openssl dgst -sha256 -hmac "a secret"`
const HASHED: &str = "hmac-sha256:1ca31ad81347b757f644b36d6848de42c5f31aec0997ef6db534842b9c0f4716";

fn read(args: &[&str]) -> Vec<u8> {
    let ran = output(&mut command(&[&["read", "--raw"], args, &CAPTURES].concat()), b"");
    assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout
}

/// The packets of the captures as lines of EVE, through `coprocess`.
fn coprocess(args: &[&str]) -> Vec<u8> {
    let mut lines = String::new();
    for path in CAPTURES {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
        let decoded = input::decode(&fs::read(path).expect("a capture"), |captured| {
            lines += &eve::line(&captured.frame, captured.number);
            lines.push('\n');
        });
        decoded.expect("whole");
    }
    let ran = output(&mut command(&[&["coprocess", "--raw"], args].concat()), lines.as_bytes());
    assert!(ran.status.success(), "{args:?}");
    // The packets themselves hold the name: what was added is what counts.
    let added = |line: &str| {
        let value: Value = serde_json::from_str(line).expect(line);
        format!("{}\n", value["stackprint"])
    };
    let text = String::from_utf8(ran.stdout).expect("text");
    text.lines().map(added).collect::<String>().into_bytes()
}

fn key_file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("stackprint-{name}-{}", std::process::id()));
    fs::write(&path, text).expect("a key");
    path
}

/// How often a text comes, also as the bytes that a capture has.
fn count(output: &[u8], text: &str) -> usize {
    memchr::memmem::find_iter(output, text.as_bytes()).count()
}

#[test]
fn names_are_dropped_or_hashed_in_every_output() {
    let path = key_file("key", &format!("{KEY}\n"));
    let key = path.to_str().expect("UTF-8");
    let outputs = |args: &[&str]| {
        let of_format = |format| (format, read(&[&["--format", format], args].concat()));
        let mut outputs: Vec<(&str, Vec<u8>)> = FORMATS.into_iter().map(of_format).collect();
        outputs.push(("coprocess", coprocess(args)));
        outputs
    };
    let plain = outputs(&[]);
    let dropped = outputs(&["--redact", "sni,user-agent"]);
    let hashed = outputs(&["--redact", "sni", "--redact-key-file", key]);
    for (((format, plain), (_, dropped)), (_, hashed)) in plain.iter().zip(&dropped).zip(&hashed) {
        let names = count(plain, NAME);
        // p0f's log has nothing of TLS.
        assert_eq!(names > 0, *format != "p0f", "{format}");
        assert_eq!(count(dropped, NAME), 0, "{format}");
        assert_eq!(count(hashed, NAME), 0, "{format}");
        assert_eq!(count(hashed, HASHED), names, "{format}");
        // The rest is as it was.
        let ja4 = |output: &[u8]| count(output, "t13d");
        assert_eq!(ja4(dropped), ja4(plain), "{format}");
        assert_eq!(ja4(hashed), ja4(plain), "{format}");
    }
    fs::remove_file(&path).expect("the key");
}

/// User-Agent is in a field of its own, in what it claims, and at the end of the signature.
#[test]
fn user_agents_are_dropped_or_hashed_in_every_output() {
    const AGENT: &str = "curl/7.88.1";
    const CAPTURE: &str = "captures/recorded/http/curl.pcap";
    let path = key_file("agent-key", KEY);
    let key = path.to_str().expect("UTF-8");
    for format in FORMATS {
        let read = |args: &[&str]| {
            let ran = output(
                &mut command(&[&["read", "--format", format], args, &[CAPTURE]].concat()),
                b"",
            );
            assert!(ran.status.success(), "{format} {args:?}");
            ran.stdout
        };
        assert!(count(&read(&[]), AGENT) > 0, "{format}");
        assert_eq!(count(&read(&["--redact", "user-agent"]), AGENT), 0, "{format}");
        let hashed = read(&["--redact", "user-agent", "--redact-key-file", key]);
        assert_eq!(count(&hashed, AGENT), 0, "{format}");
        // p0f's log has the signature alone.
        assert_eq!(count(&hashed, "hmac-sha256:") > 0, format != "p0f", "{format}");
        // A redacted agent is no missing one.
        let anonymous = |output: &[u8]| count(output, "\"anonymous\":true");
        assert_eq!(anonymous(&read(&["--redact", "user-agent"])), anonymous(&read(&[])));
    }
    fs::remove_file(&path).expect("the key");
}

/// ECS has the name twice.
#[test]
fn events_have_no_related_hosts() {
    let events = |args: &[&str]| -> Vec<Value> {
        let text = String::from_utf8(read(&[&["--format", "ecs"], args].concat())).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    };
    let has = |event: &&Value| {
        event["related"].get("hosts").is_some()
            || event["tls"]["client"].get("server_name").is_some()
    };
    assert!(events(&[]).iter().filter(has).count() > 1);
    assert_eq!(events(&["--redact", "sni"]).iter().filter(has).count(), 0);
}

#[test]
fn flows_are_left_out_in_every_output() {
    // A capture with one connection.
    for format in FORMATS {
        let (with, without) =
            (read(&["--format", format]), read(&["--format", format, "--no-flow"]));
        // An ID is `1:`, and 28 letters that end with `=`.
        let ids = |output: &[u8]| {
            let is_id = |at: &usize| {
                let id = output.get(at + 2..at + 30);
                id.is_some_and(|id| {
                    let is_letter = |it: &u8| it.is_ascii_alphanumeric() || b"+/".contains(it);
                    id[27] == b'=' && id[..27].iter().all(is_letter)
                })
            };
            memchr::memmem::find_iter(output, b"1:").filter(is_id).count()
        };
        assert_eq!(ids(&with) > 0, format != "p0f", "{format}");
        assert_eq!(ids(&without), 0, "{format}");
    }
}

#[test]
fn what_is_wrong_with_the_options_is_said() {
    let empty = key_file("empty-key", "\n");
    let empty = empty.to_str().expect("UTF-8");
    for (args, status, message) in [
        (&["--redact", "name"][..], 2, "[possible values: sni, user-agent]"),
        (&["--redact-key-file", "key"], 2, "--redact"),
        (&["--redact", "sni", "--redact-key-file", "missing"], 1, "missing"),
        (&["--redact", "sni", "--redact-key-file", empty], 1, "the key is empty"),
    ] {
        let ran = output(&mut command(&[&["read"], args, &CAPTURES].concat()), b"");
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(status), "{args:?}: {stderr}");
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
    fs::remove_file(empty).expect("the key");
}
