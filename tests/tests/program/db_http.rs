//! `stackprint db` and `--database` for the sections of HTTP.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stackprint_tests::program::{command, output};
use stackprint_tests::{p0f, require};

/// A recording of record-http.sh.
fn recording(name: &str) -> String {
    format!("captures/recorded/http/{name}.pcap")
}

/// What the program writes, and its exit status.
fn run(args: &[&str]) -> (String, Option<i32>) {
    let ran = output(&mut command(args), b"");
    assert!(ran.stderr.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    (String::from_utf8(ran.stdout).expect("text"), ran.status.code())
}

fn good(args: &[&str]) -> String {
    let (text, status) = run(args);
    assert_eq!(status, Some(0), "{args:?}: {text}");
    text
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn write(name: &str, text: &str) -> PathBuf {
    let path = p0f::temporary(name);
    fs::write(&path, text).expect("a temporary file");
    path
}

fn as_str(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// The programs that records of HTTP name, each once, in order.
fn programs(args: &[&str], capture: &str) -> Vec<Option<String>> {
    let common = ["read", "-f", "ndjson", "--layers", "tcp,http"];
    let records = objects(&good(&[&common, args, &[capture]].concat()));
    let mut names: Vec<Option<String>> = Vec::new();
    for record in records.iter().filter(|it| it["http"].is_object()) {
        let name = record["http"]["app"]["name"].as_str().map(str::to_owned);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// p0f refuses the same lines, one after the other.
#[test]
fn what_p0f_calls_covered_is_named() {
    let mut lines = vec![
        "classes = unix",
        "[http:request]",
        "ua_os = Linux",
        "label = s:!:a:",
        "sys = @unix",
        "sig = *:Host,?Accept::",
        "label = s:unix:b:",
        "sig = *:Host,User-Agent::",
        "sig = 1:User-Agent,Host:Accept:",
        "sig = 1:User-Agent::",
        "[http:response]",
        "label = s:unix:c:",
        "sig = *:Date,Server=[x]::",
        "sig = *:Date,Server::",
        "sig = 1:Date,Server=[xy]::z",
    ];
    let path = write("covered.fp", &lines.join("\n"));
    let (text, status) = run(&["db", "check", "-f", "ndjson", as_str(&path)]);
    assert_eq!(status, Some(1));
    let found: Vec<_> = (objects(&text).iter())
        .map(|it| (it["kind"].clone(), it["line"].as_u64(), it["other_line"].as_u64()))
        .collect();
    let covered = |line, other| (Value::from("covered"), Some(line), Some(other));
    assert_eq!(found, [covered(8, 6), covered(9, 6), covered(15, 13)]);
    for (_, line, _) in found {
        let Some(refused) = require("p0f", p0f::refusal(&path)) else { return };
        assert_eq!(refused, line.map(|line| line as usize));
        lines[refused.expect("a line") - 1] = "";
        fs::write(&path, lines.join("\n")).expect("a temporary file");
    }
    assert_eq!(require("p0f", p0f::refusal(&path)), Some(None));
    assert!(
        good(&["db", "check", as_str(&path)]).contains(", 2 HTTP requests, 2 HTTP responses\n")
    );
}

#[test]
fn lookup_tells_program_and_system() {
    let request = "1:Host,User-Agent,Accept=[*/*]:Connection,Accept-Encoding:curl/8 (X11; Linux)";
    let text = good(&["db", "lookup", request, "0:X::"]);
    let answers = objects(&text);
    assert_eq!(answers[0]["signature"], request);
    assert_eq!(answers[0]["app"]["name"], "curl");
    assert_eq!(answers[0]["app"]["dishonest"], false);
    assert_eq!(answers[0]["system"], "Linux");
    assert_eq!(answers[1]["app"], Value::Null);
    let response =
        "1:Server,Date,Content-Type,?Content-Length,Connection=[keep-alive]:Keep-Alive:x";
    let answer = &objects(&good(&["db", "lookup", "--response", response]))[0];
    assert_eq!(answer["app"]["name"], "nginx");
    assert_eq!(answer["app"]["dishonest"], true);
    let (text, status) = run(&["db", "lookup", "1:A,,B::"]);
    assert_eq!(status, Some(1));
    let error = objects(&text)[0]["error"].to_string();
    assert!(error.starts_with("\"column 5: expected "), "{error}");
}

/// Raw signatures of records lead to the same program as the heads that they were made of.
#[test]
fn lookup_agrees_with_records() {
    let mut compared = 0;
    for name in ["chromium", "firefox", "nginx", "apache2", "java-http-client", "express"] {
        let records =
            objects(&good(&["read", "-f", "ndjson", "--layers", "tcp,http", &recording(name)]));
        for record in records.iter().filter(|it| it["http"]["signature"].is_string()) {
            let signature = record["http"]["signature"].as_str().expect("a signature");
            let mut args = vec!["db", "lookup", signature];
            args.extend((record["kind"] == "http_response").then_some("--response"));
            let answer = &objects(&good(&args))[0];
            assert_eq!(answer["app"]["label"], record["http"]["app"]["label"], "{signature}");
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn explain_puts_them_into_words() {
    let text = good(&[
        "db",
        "explain",
        "1:Host,?Range,User-Agent,Accept=[*/*]:Connection,\
        Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:Mozilla/5.0 (X11; Linux) Firefox/1",
    ]);
    for part in [
        "HTTP/1.1",
        "Range",
        "here, or missing",
        "contains \"*/*\"",
        "matches    s:!:curl:",
        "system     Linux",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (text, status) = run(&["db", "explain", "--response", "*:X-Nothing::y"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("HTTP/1.0 or HTTP/1.1") && text.contains("in Server"), "{text}");
}

#[test]
fn list_has_them_with_their_evidence() {
    let rows = objects(&good(&["db", "list", "-f", "ndjson", "http_request", "apt"]));
    let apt = rows.iter().find(|row| row["name"] == "apt").expect("apt");
    assert_eq!(apt["direction"], "http_request");
    assert!(apt["evidence"][0].as_str().expect("evidence").starts_with("recorded, "), "{apt}");
    let systems = objects(&good(&["db", "list", "-f", "ndjson", "ua_os", "ipad"]));
    assert_eq!(systems.len(), 1);
    assert_eq!((&systems[0]["system"], &systems[0]["text"]), (&"iOS".into(), &"iPad".into()));
    let text = good(&["db", "list", "lighttpd"]);
    assert!(text.contains("response  1:Content-Type"), "{text}");
}

const LEARNED: [(&str, &str, &str); 6] = [
    ("curl", "192.0.2.10", "s:!:one:"),
    ("wget", "192.0.2.10", "s:!:two:"),
    ("chromium", "192.0.2.10", "s:!:three:"),
    ("nginx", "192.0.2.80", "s:!:four:"),
    ("lighttpd", "192.0.2.80", "s:!:five:"),
    ("python-http-server", "192.0.2.80", "s:!:six:"),
];

/// What is learned is sound, and tells the heads that it was learned of apart.
#[test]
fn learned_signatures_tell_programs_apart() {
    let captures = LEARNED.map(|(name, host, label)| format!("{}={label}@{host}", recording(name)));
    let mut args = vec!["db", "learn", "--http"];
    args.extend(captures.iter().map(String::as_str));
    let text = good(&args);
    let path = write("learned-http.fp", &text);
    assert!(good(&["db", "check", as_str(&path)]).contains(": ok, "), "{text}");
    if let Some(refusal) = require("p0f", p0f::refusal(&path)) {
        assert_eq!(refusal, None, "{text}");
    }
    for (name, _, label) in LEARNED {
        let expected = label.split(':').nth(2).expect("a name");
        let names = programs(&["--database", as_str(&path)], &recording(name));
        assert!(names.contains(&Some(expected.to_owned())), "{name}: {names:?}\n{text}");
    }
    let unknown = good(&["db", "learn", "--http", "--unknown", &recording("flask")]);
    assert!(unknown.contains("heads of 1 host in 1 capture, such as frame "), "{unknown}");
}

/// A file replaces the sections that it has; to p0f there is nothing else.
#[test]
fn what_a_file_has_no_section_of_is_built_in() {
    let (curl, http) = (
        recording("curl"),
        "[http:request]\nlabel = s:!:mine:\nsys = @unix\n\
        sig = *:Host,User-Agent::\n",
    );
    let only_http = write("only-http.fp", &format!("classes = unix\n{http}"));
    let only_tcp = write(
        "only-tcp.fp",
        "classes = unix\n[tcp:request]\nlabel = s:unix:Mine:\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n",
    );
    let name = |name: &str| Some(name.to_owned());
    let systems = |path: &Path| {
        let args = ["read", "-f", "ndjson", "--layers", "tcp", "--database", as_str(path), &curl];
        let records = objects(&good(&args));
        records.iter().filter(|it| it["kind"] == "syn").map(|it| it["os"]["name"].clone()).collect()
    };
    let names = programs(&["--database", as_str(&only_http)], &curl);
    assert_eq!(names, [name("mine"), None]);
    let of_http: Vec<Value> = systems(&only_http);
    assert!(!of_http.is_empty() && of_http.iter().all(|it| it == "Linux"), "{of_http:?}");
    let names = programs(&["--database", as_str(&only_tcp)], &curl);
    assert_eq!(names, [name("curl"), name("Python")]);
    let of_tcp: Vec<Value> = systems(&only_tcp);
    assert!(of_tcp.iter().all(|it| it == "Mine"), "{of_tcp:?}");
    let exact = ["--p0f-exact", "--database", as_str(&only_tcp)];
    assert_eq!(programs(&exact, &curl), [None]);
    let rows =
        good(&["db", "list", "-f", "ndjson", "--database", as_str(&only_http), "http_request"]);
    assert_eq!(objects(&rows).len(), 1);
    let rows = good(&[
        "db",
        "list",
        "-f",
        "ndjson",
        "--database",
        as_str(&only_tcp),
        "http_request",
        "apt",
    ]);
    assert!(rows.contains("recorded, "), "{rows}");
}
