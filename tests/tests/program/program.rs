//! The built program, as people and scripts meet it. Paths are relative to `tests/`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{ChildStdin, Command, Output, Stdio};

use serde_json::Value;
use stackprint::{LinkType, Timestamp};
use stackprint_tests::captures;
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::{command, output, program};

const TWO_RECORDS: &str = "captures/recorded/default.pcap";
const OTHER_RECORDS: &str = "captures/recorded/uptime.pcap";

/// What a run left behind.
struct Ran {
    stdout: String,
    stderr: String,
    status: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            stdout: String::from_utf8(output.stdout).expect("records are UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
            status: output.status.code(),
        }
    }
}

fn run_with(args: &[&str], stdin: &[u8]) -> Ran {
    output(&mut command(args), stdin).into()
}

fn run(args: &[&str]) -> Ran {
    run_with(args, b"")
}

/// Output of a run that must go well and say nothing else.
fn good(args: &[&str]) -> String {
    good_with(args, b"")
}

fn good_with(args: &[&str], stdin: &[u8]) -> String {
    let ran = run_with(args, stdin);
    assert_eq!((ran.stderr.as_str(), ran.status), ("", Some(0)), "{args:?}");
    ran.stdout
}

/// A run of `read` that must end with status 1 and this one message.
fn bad(args: &[&str], message: &str) -> String {
    let ran = run(args);
    assert_eq!(ran.stderr, format!("stackprint: {message}\n"), "{args:?}");
    assert_eq!(ran.status, Some(1), "{args:?}");
    ran.stdout
}

fn p0f(files: &[&str]) -> String {
    good(&[&["read", "--format", "p0f"], files].concat())
}

fn json(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn formats_agree() {
    for file in [TWO_RECORDS, OTHER_RECORDS, "captures/recorded/web-clients.pcap"] {
        let records = json(&good(&["read", "--format", "ndjson", file]));
        let text = good(&["read", file]);
        let log = p0f(&[file]);
        assert!(records.len() >= 2, "{file}");
        let of_http = |record: &'_ Value| record.pointer("/http/signature").cloned();
        let signature = |record: &Value| match &record["signature"] {
            Value::String(text) => Some(text.clone()),
            _ => of_http(record)?.as_str().map(str::to_owned),
        };
        let signatures: Vec<String> = records.iter().filter_map(signature).collect();
        let in_text: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("  signature  ")).collect();
        let in_log: Vec<&str> =
            log.lines().filter_map(|line| Some(line.split_once("|raw_sig=")?.1)).collect();
        assert_eq!(in_text, signatures, "{file}");
        assert_eq!(in_log, signatures, "{file}");
        // Blocks are separated by one blank line, between records as within them.
        assert_eq!(text.split("\n\n").count(), log.lines().count(), "{file}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{file}");
    }
}

#[test]
fn what_p0f_has_no_line_for_leaves_none() {
    for folder in ["tls", "quic", "http"] {
        let folder = format!("{}/captures/recorded/{folder}", env!("CARGO_MANIFEST_DIR"));
        let files: Vec<String> =
            captures(Path::new(&folder)).iter().map(|path| path.display().to_string()).collect();
        assert!(!files.is_empty(), "{folder}");
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        for threads in ["1", "2"] {
            let log = p0f(&[["--threads", threads].as_slice(), &files].concat());
            assert!(log.lines().all(|line| line.starts_with('[')), "{folder}: {threads} threads");
            assert!(folder.ends_with("quic") || !log.is_empty(), "{folder}");
        }
    }
}

#[test]
fn origin_names_file_and_frame() {
    let records =
        json(&good(&["read", "-f", "ndjson", "--layers", "tcp", TWO_RECORDS, OTHER_RECORDS]));
    assert_eq!(records[0]["origin"]["file"], TWO_RECORDS);
    assert_eq!(records[1]["origin"]["frame"], 2);
    assert_eq!(records[2]["origin"]["file"], OTHER_RECORDS);
    assert_eq!(records[2]["origin"]["frame"], 1);
    let records = json(&good(&["read", "-f", "ndjson", "--origin", "none", TWO_RECORDS]));
    assert_eq!(records[0].get("origin"), None);
}

#[test]
fn compressed_is_as_plain() {
    let plain = p0f(&["captures/format/pcap-little-endian-microseconds.pcap"]);
    assert_eq!(plain.matches("] mod=syn").count(), 2);
    for file in ["gzip.pcap.gz", "gzip-two-members.pcap.gz", "gzip.pcapng.gz", "zstd.pcap.zst"] {
        let path = format!("captures/format/{file}");
        assert_eq!(p0f(&[&path]), plain, "{file}");
        let octets = fs::read(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect(file);
        assert_eq!(good_with(&["read", "-f", "p0f"], &octets), plain, "{file} on stdin");
    }
}

/// A zstd frame of one raw block (RFC 8878, section 3.1.1).
fn zstd_frame(content: &[u8]) -> Vec<u8> {
    const SINGLE_SEGMENT_SIZE_IN_4_OCTETS: u8 = 0b1010_0000;
    const LAST_RAW_BLOCK: u32 = 1;
    let len = u32::try_from(content.len()).expect("a small frame");
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, SINGLE_SEGMENT_SIZE_IN_4_OCTETS];
    frame.extend(len.to_le_bytes());
    frame.extend(&(LAST_RAW_BLOCK | len << 3).to_le_bytes()[..3]);
    frame.extend(content);
    frame
}

#[test]
fn zstd_frames_follow_each_other() {
    let plain = capture(OTHER_RECORDS);
    let (front, back) = plain.split_at(501);
    let skipped = [b"\x5f\x2a\x4d\x18\x03\0\0\0".as_slice(), b"abc"].concat();
    let octets = [skipped.clone(), zstd_frame(front), skipped, zstd_frame(back)].concat();
    assert_eq!(good_with(&["read", "-f", "p0f"], &octets), p0f(&[OTHER_RECORDS]));

    let cut = octets.get(..octets.len() - 1).expect("more than one octet");
    let ran = run_with(&["read", "-f", "p0f"], cut);
    assert!(!ran.stdout.is_empty());
    assert!(
        ran.stderr.starts_with("stackprint: -: incomplete frame, at offset "),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.status, Some(1));
}

#[test]
fn standard_input_is_as_a_file() {
    let octets = capture(TWO_RECORDS);
    assert_eq!(good_with(&["read"], &octets), good(&["read", TWO_RECORDS]));
    assert_eq!(good_with(&["read", "-"], &octets), good(&["read", TWO_RECORDS]));
    let records = json(&good_with(&["read", "-f", "ndjson"], &octets));
    assert_eq!(records[0]["origin"]["file"], "-");
}

#[test]
fn files_are_read_in_order_by_one_memory() {
    let both = p0f(&[TWO_RECORDS, OTHER_RECORDS]);
    assert!(both.starts_with(&p0f(&[TWO_RECORDS])));
    // The SYN is in one file, its answer in the next.
    let octets = capture(TWO_RECORDS);
    let header = octets.get(..24).expect("a header");
    let first_record = 16 + 74;
    let (syn, rest) = octets.get(24..).expect("records").split_at(first_record);
    let directory = tempdir("split");
    fs::write(directory.join("1.pcap"), [header, syn].concat()).expect("written");
    fs::write(directory.join("2.pcap"), [header, rest].concat()).expect("written");
    let args = ["read", "-f", "p0f", "1.pcap", "2.pcap"];
    let split: Ran = output(command(&args).current_dir(&directory), b"").into();
    assert_eq!(split.stdout, p0f(&[TWO_RECORDS]));
}

#[test]
fn damage_is_reported_after_what_was_read() {
    let file = "captures/broken/cut-in-record.pcap";
    let message = "the capture ends inside a frame (46 of 90 bytes), at offset 114";
    let stdout = bad(&["read", "-f", "p0f", file, TWO_RECORDS], &format!("{file}: {message}"));
    assert!(stdout.ends_with(&p0f(&[TWO_RECORDS])), "the next file is read");
    assert!(stdout.len() > p0f(&[TWO_RECORDS]).len(), "the records before the damage are there");

    let file = "captures/broken/gzip-of-text.pcap.gz";
    let message = "not a pcap or pcapng capture (first bytes 6e 6f 74 20 61 20 63 61)";
    bad(&["read", file], &format!("{file}: {message} (decompressed)"));
}

#[test]
fn each_broken_capture_ends_with_a_message() {
    // Odd, but nothing is missing: read without a word, or with a warning.
    let fine =
        ["fraction-over", "original-shorter", "resolution-", "link-type", "beyond-snap-length"];
    for entry in fs::read_dir(format!("{}/captures/broken", env!("CARGO_MANIFEST_DIR"))).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = format!("captures/broken/{name}");
        let ran = run(&["read", &file]);
        if fine.iter().any(|part| name.contains(part)) {
            assert_eq!(ran.status, Some(0), "{name}");
        } else {
            assert_eq!(ran.status, Some(1), "{name}");
            assert!(ran.stderr.starts_with(&format!("stackprint: {file}: ")), "{}", ran.stderr);
            assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        }
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    bad(
        &["read", "captures/broken/empty.pcap"],
        "captures/broken/empty.pcap: the capture is empty",
    );
    bad(&["read"], "-: the capture is empty");
    bad(
        &["read", "captures/none.pcap"],
        "captures/none.pcap: No such file or directory (os error 2)",
    );
    bad(&["read", "captures"], "captures: is a directory; what is in it can be read as captures/*");
    bad(&["read", TWO_RECORDS, "-o", "no/such"], "no/such: No such file or directory (os error 2)");
    if cfg!(target_os = "linux") {
        let message = "/dev/full: No space left on device (os error 28)";
        bad(&["read", TWO_RECORDS, "-o", "/dev/full"], message);
    }
}

#[test]
fn unknown_link_types_are_counted_and_named_once() {
    let file = "captures/broken/pcapng-unknown-link-type.pcapng";
    let ran = run(&["read", "--summary", file, file]);
    let warning =
        format!("stackprint: {file}: link type 147 is not supported; its frames are skipped\n");
    assert!(ran.stderr.starts_with(&warning), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("not supported").count(), 1);
    assert!(ran.stderr.contains("unknown_link_type 2 (147: 2)"), "{}", ran.stderr);
    assert_eq!(ran.status, Some(0));
}

#[test]
fn summary_counts() {
    let ran = run(&["read", "--summary", TWO_RECORDS]);
    for line in [
        "packets    10 (755 bytes)",
        "records    4 (syn 1, syn_ack 1, uptime 0, http_request 1, http_response 1)",
        "hosts      2 tracked, 0 evicted",
        "filtered   0",
        "skipped    none",
    ] {
        assert!(ran.stderr.contains(line), "{line}\n{}", ran.stderr);
    }
    assert_eq!(run(&["read", "--summary=never", TWO_RECORDS]).stderr, "");
}

#[test]
fn filters_leave_flows_out_and_count_them() {
    let summary = |options: &[&str]| {
        let ran =
            run(&[&["read", "--format", "ndjson", "--summary", TWO_RECORDS], options].concat());
        assert_eq!(ran.status, Some(0), "{options:?}: {}", ran.stderr);
        (ran.stdout.lines().count(), ran.stderr)
    };
    let record = &json(&good(&["read", "-f", "ndjson", TWO_RECORDS]))[0];
    let port = record["server"]["port"].to_string();
    let client = record["client"]["ip"].as_str().expect("an address");
    for options in [&["--server-port", &port][..], &["--host", client], &["--not-ip-version", "6"]]
    {
        let (records, summary) = summary(options);
        assert_eq!(records, 4, "{options:?}");
        assert!(summary.contains("filtered   0\n"), "{options:?}: {summary}");
    }
    for options in [&["--not-port", &port][..], &["--server-net", client], &["--ip-version", "6"]] {
        let (records, summary) = summary(options);
        assert_eq!(records, 0, "{options:?}");
        // SYN and SYN+ACK at least, which alone tell who is the client.
        assert!(!summary.contains("filtered   0\n"), "{options:?}: {summary}");
        assert!(summary.contains("skipped    none\n"), "{options:?}: {summary}");
        assert!(summary.contains("hosts      0 tracked"), "{options:?}: {summary}");
    }
    let by_environment = command(&["read", TWO_RECORDS]).env("STACKPRINT_NOT_PORT", port).output();
    assert_eq!(by_environment.expect("it runs").stdout, b"");
}

/// The SYNs of a Linux host and, in another VLAN, of a Windows host with the same address.
#[test]
fn an_address_is_a_host_in_each_network_unless_paths_are_merged() {
    let [client, server] = ["10.0.0.1:40000", "10.0.0.2:443"].map(|end| end.parse().expect("one"));
    let mut file = PcapFile::new(LinkType::ETHERNET);
    for number in 0..4_u8 {
        let mut syn = FrameBuilder::syn(client, server);
        syn.source.set_port(40_000 + u16::from(number));
        if number % 2 == 1 {
            syn.ttl = 128;
            syn.tcp_options = vec![2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2];
        }
        let octets = syn.build();
        let (addresses, rest) = octets.split_at(12);
        let tagged = [addresses, &[0x81, 0, 0, 10 + number % 2], rest].concat();
        file.push(Timestamp::new(1_700_000_000 + u64::from(number), 0), &tagged);
    }
    let changes = |options: &[&str]| {
        let args = [&["read", "-f", "ndjson"], options, &["-"]].concat();
        json(&good_with(&args, file.octets())).iter().filter(|it| !it["change"].is_null()).count()
    };
    assert_eq!((changes(&[]), changes(&["--merge-paths"])), (0, 3));
}

#[test]
fn wrong_usage_ends_with_2() {
    for args in [
        &["read", "--format", "xml"][..],
        &["read", "--hosts", "0"],
        &["read", "--port", "80-79"],
        &["read", "--net", "10.0.0.1/8"],
        &["read", "--no-such-option"],
        &["no-such-command"],
        &["db", "lookup"],
        &[],
    ] {
        let ran = run(args);
        assert_eq!((ran.stdout.as_str(), ran.status), ("", Some(2)), "{args:?}");
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
}

/// What newcomers type first, and what they are told.
#[test]
fn wrong_usage_says_what_was_meant() {
    for (args, told) in [
        (&[TWO_RECORDS][..], "tip: to read a capture: stackprint read captures/"),
        (&["my.pcap"], "tip: to read a capture: stackprint read my.pcap"),
        (&["reed", "my.pcap"], "tip: a similar subcommand exists: 'read'"),
        (&["read", "-i", "eth0"], "tip: interfaces are listened on by stackprint live -i"),
        (&["-i", "eth0"], "tip: interfaces are listened on by stackprint live -i"),
        (&["-r", "my.pcap"], "tip: captures are named without -r: stackprint read FILE"),
        (&["read", "-r", "my.pcap"], "tip: captures are named without -r: stackprint read FILE"),
        (&["read", "--formt", "p0f"], "tip: a similar argument exists: '--format'"),
        (&["read", "--per", "host", "-f", "p0f", TWO_RECORDS], "Usage: stackprint read "),
    ] {
        let ran = run(args);
        assert!(ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.status, Some(2), "{args:?}");
    }
}

#[test]
fn options_come_from_the_environment() {
    let from_environment = |name, value| -> Ran {
        output(command(&["read", TWO_RECORDS]).env(name, value), b"").into()
    };
    assert_eq!(from_environment("STACKPRINT_FORMAT", "p0f").stdout, p0f(&[TWO_RECORDS]));
    assert!(from_environment("STACKPRINT_SUMMARY", "always").stderr.contains("packets"));
    assert_eq!(from_environment("STACKPRINT_P0F_EXACT", "1").status, Some(0));
    assert_eq!(from_environment("STACKPRINT_HOSTS", "none").status, Some(2));
}

#[test]
fn records_are_written_while_the_pipe_grows() {
    const FIRST_SYN_END: usize = 24 + 16 + 74;
    let octets = capture(OTHER_RECORDS);
    let (front, back) = octets.split_at(FIRST_SYN_END);
    for is_compressed in [false, true] {
        let encode = |part| if is_compressed { zstd_frame(part) } else { part.to_vec() };
        let mut child = piped(command(&["read", "-f", "ndjson"])).spawn().expect("it starts");
        let mut stdin: ChildStdin = child.stdin.take().expect("a pipe");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        stdin.write_all(&encode(front)).expect("it reads");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a record comes before the rest is there");
        assert_eq!(json(&line)[0]["origin"]["frame"], 1);
        stdin.write_all(&encode(back)).expect("it reads");
        drop(stdin);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("records");
        assert_eq!(
            json(&rest).len() + 1,
            json(&good(&["read", "-f", "ndjson", OTHER_RECORDS])).len()
        );
        assert!(child.wait().expect("it ends").success());
    }
}

#[test]
fn a_signal_ends_the_wait_but_not_the_output() {
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let mut child =
            piped(command(&["read", "-f", "p0f", "--summary"])).spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(&capture(TWO_RECORDS)).expect("it reads");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut log = String::new();
        stdout.read_line(&mut log).expect("a record");
        let kill = ["-s".to_owned(), signal.to_owned(), child.id().to_string()];
        assert!(Command::new("kill").args(kill).status().expect("kill").success());
        stdout.read_to_string(&mut log).expect("records");
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(log, p0f(&[TWO_RECORDS]));
        assert_eq!(ended.status.code(), Some(status));
        assert!(String::from_utf8_lossy(&ended.stderr).starts_with("packets    10"));
        drop(stdin);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_named_pipe_is_waited_for() {
    let path = tempdir("named-pipe").join("pipe").display().to_string();
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    let start = || piped(command(&["read", "-f", "p0f", &path])).spawn().expect("it starts");
    let reader = start();
    fs::write(&path, capture(TWO_RECORDS)).expect("it reads");
    let ran = Ran::from(reader.wait_with_output().expect("it ends"));
    assert_eq!((ran.stdout, ran.status), (p0f(&[TWO_RECORDS]), Some(0)));

    // Nobody ever writes.
    let mut reader = start();
    loop {
        let is_ready = catches_sigterm(reader.id());
        std::thread::sleep(std::time::Duration::from_millis(20));
        if is_ready {
            break;
        }
    }
    let kill = ["-s".to_owned(), "TERM".to_owned(), reader.id().to_string()];
    assert!(Command::new("kill").args(kill).status().expect("kill").success());
    assert_eq!(reader.wait().expect("it ends").code(), Some(143));
}

/// Whether a process has come as far as listening to signals (Linux: proc(5), `SigCgt`).
#[cfg(target_os = "linux")]
fn catches_sigterm(process: u32) -> bool {
    const SIGTERM: u32 = 15;
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t")).expect("a mask");
    u64::from_str_radix(caught, 16).expect("a mask") & (1 << (SIGTERM - 1)) != 0
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let files = [OTHER_RECORDS; 400];
    let mut child =
        piped(command(&[&["read", "-f", "ndjson"], &files[..]].concat())).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    stdout.read_line(&mut line).expect("a record");
    drop(stdout);
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn databases_are_checked() {
    let directory = tempdir("database");
    let path = |name: &str| directory.join(name).display().to_string();
    let write = |name: &str, lines: &[&str]| {
        fs::write(path(name), lines.join("\n") + "\n").expect("written");
    };
    let head = ["classes = win,unix", "[tcp:request]", "label = s:win:W:1"];
    write("good.fp", &[&head[..], &["sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0"]].concat());
    write("bad.fp", &[&head[..], &["; a comment", "sig = *:64"]].concat());
    assert!(
        good(&["db", "check", &path("good.fp")])
            .ends_with("good.fp: ok, signatures: 1 SYN, 0 SYN+ACK\n")
    );
    let log = p0f(&["--database", &path("good.fp"), TWO_RECORDS]);
    assert!(log.contains("|os=W 1|"), "{log}");

    let expected = "expected eight fields, ver:ittl:olen:mss:wsize,scale:olayout:quirks:pclass";
    let bad_line = run(&["db", "check", &path("bad.fp"), &path("good.fp")]);
    assert!(bad_line.stdout.contains("bad.fp:5:"), "{}", bad_line.stdout);
    assert!(bad_line.stdout.contains(&format!(": syntax: {expected};")), "{}", bad_line.stdout);
    assert!(bad_line.stdout.contains("good.fp: ok"));
    assert_eq!((bad_line.stderr.as_str(), bad_line.status), ("", Some(1)));
    let read = run(&["read", "--database", &path("bad.fp"), TWO_RECORDS]);
    assert!(read.stderr.contains("bad.fp:5:"), "{}", read.stderr);
    assert!(read.stderr.ends_with(&format!("{expected}\n")), "{}", read.stderr);
    assert_eq!((read.stdout.as_str(), read.status), ("", Some(1)));
}

#[test]
fn signatures_are_looked_up_in_order() {
    let records = json(&good(&["read", "-f", "ndjson", TWO_RECORDS]));
    let (syn, syn_ack) = (&records[0], &records[1]);
    let signature = syn["signature"].as_str().expect("a signature");
    let ran = run(&["db", "lookup", "no signature", signature]);
    let answers = json(&ran.stdout);
    assert_eq!(answers[0]["signature"], "no signature");
    assert!(answers[0]["error"].as_str().expect("an error").contains(": expected "));
    assert_eq!((&answers[1]["os"], &answers[1]["error"]), (&syn["os"], &Value::Null));
    assert_eq!((ran.stderr.as_str(), ran.status), ("", Some(1)));

    let signature = syn_ack["signature"].as_str().expect("a signature");
    let stdout = good_with(&["db", "lookup", "--response", "-"], signature.as_bytes());
    assert_eq!(json(&stdout)[0]["os"], syn_ack["os"]);
}

#[test]
fn a_lookup_is_answered_before_the_next_is_asked() {
    let mut child = piped(command(&["db", "lookup", "-"])).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    for question in ["*", "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0"] {
        writeln!(stdin, "{question}").expect("it reads");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("an answer");
        assert_eq!(json(&line)[0]["signature"], question);
    }
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn the_schema_is_the_one_in_the_repository() {
    let directory = format!("{}/../schemas", env!("CARGO_MANIFEST_DIR"));
    let kept = fs::read_to_string(format!("{directory}/record.v1.schema.json")).expect("a schema");
    assert_eq!(kept, good(&["schema"]), "run: stackprint schema > schemas/record.v1.schema.json");
    let table = fs::read_to_string(format!("{directory}/README.md")).expect("a table");
    let schema: Value = serde_json::from_str(&kept).expect("JSON");
    let objects = schema["$defs"].as_object().expect("objects").values().chain([&schema]);
    for name in objects.flat_map(|object| object["properties"].as_object().expect("fields").keys())
    {
        let documented = [format!("`{name}`"), format!(".{name}`")];
        assert!(documented.iter().any(|form| table.contains(form)), "{name} is not in the table");
    }
}

#[test]
fn manual_and_completions_are_printed() {
    assert!(good(&["man"]).contains(".TH stackprint 1"));
    assert!(good(&["man", "db", "lookup"]).contains("\\-\\-response"));
    assert!(good(&["completions", "bash"]).contains("_stackprint()"));
    assert_eq!(bad(&["man", "nothing"], "there is no command nothing"), "");
    assert!(good(&["--version"]).starts_with("stackprint "));
    assert!(program().is_absolute());
}

fn capture(path: &str) -> Vec<u8> {
    fs::read(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
}

fn piped(mut command: Command) -> Command {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// An empty directory of this test's own, which stays for looking at.
fn tempdir(name: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("program").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory");
    path
}
