//! `stackprint coprocess` as log pipelines meet it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use stackprint_tests::eve;
use stackprint_tests::program::{command, output, program};

fn coprocess(args: &[&str]) -> Command {
    command(&[&["coprocess"], args].concat())
}

fn answers(args: &[&str], input: &[u8]) -> Vec<u8> {
    let Output { status, stdout, stderr } = output(&mut coprocess(args), input);
    assert_eq!(String::from_utf8_lossy(&stderr), "", "standard error is silent");
    assert_eq!(status.code(), Some(0));
    stdout
}

fn lines(args: &[&str], input: &str) -> Vec<String> {
    let text = String::from_utf8(answers(args, input.as_bytes())).expect("text");
    assert!(text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).expect(line)
}

/// The answer is the record with `found` spliced in before its end; says what was.
fn spliced(record: &str, answer: &str) -> Value {
    let (front, end) = record.split_at(record.rfind('}').expect("an object"));
    let found = answer.strip_prefix(front).and_then(|rest| rest.strip_suffix(end));
    let found = found.unwrap_or_else(|| panic!("{record}\n{answer}"));
    assert!(json(answer).is_object());
    json(found.trim_start_matches(',').strip_prefix(r#""stackprint":"#).expect(found))
}

#[test]
fn each_record_has_one_answer_in_order() {
    let syn = eve::syn_line(u32::MAX >> 8);
    let bad = syn.replace(r#""packet":""#, r#""packet":"!"#);
    let unchanged = [
        eve::line_without_packet(1),
        String::new(),
        "text".to_owned(),
        " \t".to_owned(),
        "{}".to_owned(),
        r#"{"packet":"#.to_owned(),
        format!("{syn} and more"),
        format!("[{syn}]"),
        "null".to_owned(),
        syn.replace('}', r#","stackprint":1}"#),
        format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)),
    ];
    let mut input = Vec::new();
    for (record, number) in unchanged.into_iter().zip(0..) {
        // A SYN that comes again has nothing new to say.
        input.extend([eve::syn_line(number), record, bad.clone()]);
    }
    let answers = lines(&[], &(input.join("\n") + "\n"));
    assert_eq!(answers.len(), input.len());
    for ((answers, records), number) in answers.chunks(3).zip(input.chunks(3)).zip(0..) {
        let found = spliced(&records[0], &answers[0]);
        assert_eq!(found["kind"], "syn");
        assert_eq!(found["client"]["ip"], eve::client(number).to_string());
        assert_eq!(answers[1], records[1]);
        let error = "bad packet: expected base64 text";
        assert_eq!(spliced(&records[2], &answers[2]), json(&format!(r#"{{"error":"{error}"}}"#)));
    }
}

/// A text may hold several packets: all records are told, or the error alone.
#[test]
fn a_text_with_several_packets_has_one_answer() {
    let (one, two) = (eve::syn_line(1), eve::syn_line(2));
    let bad = eve::syn_line(3).replace(r#""packet":""#, r#""packet":"!"#);
    let record = |text: &str| serde_json::json!({ "message": text }).to_string();
    let records = [record(&format!("{one}{two}")), record(&format!("{one}{bad}"))];
    for (answer, place) in
        lines(&["--field", "message"], &(records.join("\n") + "\n")).iter().zip(0..)
    {
        let found = spliced(&records[place], answer);
        match place {
            0 => assert_eq!(found.as_array().map(Vec::len), Some(2), "{found}"),
            _ => assert_eq!(found["error"], "bad packet: expected base64 text"),
        }
    }
}

#[test]
fn rsyslog_is_told_what_to_add() {
    let message = |variables: &str, msg: &str| {
        let msg = serde_json::to_string(msg).expect("text");
        format!(r#"{{"msg":{msg},"rawmsg":"<13>x","uuid":null,"$!":{variables}}}"#)
    };
    let input = [
        message(&eve::syn_line(0), "x"),
        message("{}", &format!(" {}", eve::syn_line(1))),
        message("null", &format!(" @cee: {}", eve::syn_line(2))),
        eve::syn_line(3),
        format!(" {}", eve::syn_line(4)),
        message("{}", "a message of people"),
        "text".to_owned(),
        String::new(),
        message(r#"{"packet":"!"}"#, "x"),
    ];
    let answers = lines(&["--answer", "rsyslog"], &(input.join("\n") + "\n"));
    assert_eq!(answers.len(), input.len());
    for (answer, number) in answers[..5].iter().zip(0..) {
        let answer = json(answer);
        assert_eq!(answer.as_object().expect("an object").len(), 1);
        assert_eq!(answer["$!"]["stackprint"]["client"]["ip"], eve::client(number).to_string());
    }
    assert_eq!(answers[5..8], ["{}", "{}", "{}"]);
    let error = r#"{"$!":{"stackprint":{"error":"bad packet: expected base64 text"}}}"#;
    assert_eq!(answers[8], error);
}

#[test]
fn key_and_field_are_chosen() {
    let text = |number| serde_json::to_string(&eve::syn_line(number)).expect("text");
    let (other, last) = (eve::line_without_packet(1), eve::syn_line(3));
    let input = [
        format!(r#"{{"a":{{"b":{}}}}}"#, eve::syn_line(0)),
        format!(r#"{{"message":{}}}"#, text(1)),
        format!(r#"{{"a":{{"b":{other}}},"message":{}}}"#, text(2)),
        last.clone(),
    ];
    let input = input.join("\n") + "\n";
    let answers = lines(&["--key", "fp", "--field", "a.b,message"], &input);
    for (answer, number) in answers[..3].iter().zip(0..) {
        assert_eq!(json(answer)["fp"]["client"]["ip"], eve::client(number).to_string(), "{answer}");
    }
    assert_eq!(answers[3], last, "the record itself is not looked into");
}

/// A running coprocess, asked and answered.
struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

fn start(command: &mut Command) -> Running {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let stdin = child.stdin.take().expect("a pipe");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    Running { child, stdin, stdout }
}

impl Running {
    fn ask(&mut self, question: &[u8]) {
        self.stdin.write_all(question).expect("it reads");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("an answer");
        line
    }

    fn exactly(&mut self, len: usize) -> Vec<u8> {
        let mut octets = vec![0; len];
        self.stdout.read_exact(&mut octets).expect("an answer");
        octets
    }
}

/// As rsyslog does it: no environment, no directory of its own, and no line before the answer.
#[test]
fn it_answers_before_it_is_asked_again_and_needs_no_environment() {
    let mut coprocess = Command::new(program());
    coprocess.arg("coprocess").env_clear().current_dir("/");
    let mut running = start(&mut coprocess);
    for number in 0..100 {
        running.ask(b"{}\n");
        assert_eq!(running.line(), "{}\n");
        let syn = eve::syn_line(number);
        // In two pieces.
        let (front, back) = syn.split_at(number as usize + 1);
        running.ask(front.as_bytes());
        running.ask(format!("{back}\n").as_bytes());
        let found = spliced(&syn, running.line().trim_end());
        assert_eq!(found["client"]["ip"], eve::client(number).to_string());
    }
    drop(running.stdin);
    let ended = running.child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn length_prefixed_records_and_netstrings_are_answered() {
    let syn = eve::syn_line(1);
    let mut running = start(&mut coprocess(&["--framing", "length_prefixed_uint32_be"]));
    for record in [syn.as_bytes(), b"", b"two\nlines"] {
        let len = u32::try_from(record.len()).expect("short");
        running.ask(&[&len.to_be_bytes()[..], record].concat());
        let len = u32::from_be_bytes(running.exactly(4).try_into().expect("four"));
        let answer = running.exactly(len as usize);
        if record == syn.as_bytes() {
            spliced(&syn, str::from_utf8(&answer).expect("text"));
        } else {
            assert_eq!(answer, record);
        }
    }
    let answer =
        answers(&["--framing", "netstring"], format!("{}:{syn},0:,", syn.len()).as_bytes());
    let answer = String::from_utf8(answer).expect("text");
    let (len, rest) = answer.split_once(':').expect("a length");
    let (record, rest) = rest.split_at(len.parse().expect("a length"));
    spliced(&syn, record);
    assert_eq!(rest, ",0:,");

    let log = tempdir("framing").join("log");
    let args = ["--framing", "netstring", "--log-file", log.to_str().expect("text")];
    let ran = output(&mut coprocess(&args), b"3:abc,no netstring");
    assert_eq!((ran.stdout.as_slice(), ran.stderr.as_slice()), (&b"3:abc,"[..], &b""[..]));
    assert_eq!(ran.status.code(), Some(1));
    assert!(fs::read_to_string(log).expect("a log").contains("not framed as --framing says"));
}

#[test]
fn endless_records_come_back_as_they_were() {
    let long = format!("{{\"packet\":\"{}\"}}", "A".repeat(5 << 20));
    let syn = eve::syn_line(2);
    let input = format!("{}\n{long}\n{syn}\n", eve::syn_line(1));
    let answers = lines(&["--max-record", "2000"], &input);
    assert_eq!((answers.len(), &answers[1]), (3, &long));
    spliced(&syn, &answers[2]);
    let answers = lines(&["--max-record", "2000", "--answer", "rsyslog"], &input);
    assert_eq!((answers.len(), answers[1].as_str()), (3, "{}"));
}

#[test]
fn signals_and_closed_pipes_end_it_quietly() {
    for signal in ["TERM", "INT"] {
        let mut running = start(&mut coprocess(&[]));
        running.ask(b"one\ntw");
        assert_eq!(running.line(), "one\n");
        let kill = ["-s".to_owned(), signal.to_owned(), running.child.id().to_string()];
        assert!(Command::new("kill").args(kill).status().expect("kill").success());
        let ended = running.child.wait_with_output().expect("it ends");
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]), "{signal}");
    }
    let mut running = start(&mut coprocess(&[]));
    drop(running.stdout);
    // It may have ended before all is written.
    let _ = running.stdin.write_all("a record\n".repeat(100_000).as_bytes());
    drop(running.stdin);
    let ended = running.child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn answers_and_messages_go_to_files() {
    let directory = tempdir("files");
    let path = |name: &str| directory.join(name).display().to_string();
    let syn = eve::syn_line(1);
    for _ in 0..2 {
        let args = ["--output", &path("out"), "--log-file", &path("log")];
        assert_eq!(answers(&args, format!("{syn}\ntext\n").as_bytes()), b"");
    }
    let out = fs::read_to_string(path("out")).expect("answers");
    assert_eq!(out.lines().count(), 4, "a process that is started anew goes on");
    let log = fs::read_to_string(path("log")).expect("a log");
    assert_eq!(log.matches(" 2 records: 1 changed, 0 with a packet").count(), 2, "{log}");

    // What is wrong at the start is said in the log alone.
    let args = ["--database", "/none.fp", "--log-file", &path("log")];
    let ran = output(&mut coprocess(&args), b"x\n");
    assert_eq!((ran.stdout.as_slice(), ran.stderr.as_slice()), (&b""[..], &b""[..]));
    assert_eq!(ran.status.code(), Some(1));
    assert!(fs::read_to_string(path("log")).expect("a log").contains("/none.fp: No such file"));
}

/// An empty directory of this test's own, which stays for looking at.
fn tempdir(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("coprocess").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory");
    path
}
