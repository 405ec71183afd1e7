//! `db score`: a database measured on a labelled file.

use serde_json::Value;
use stackprint_tests::program::{command, output};

const ANDROID: &str = "*:64:0:*:65535,8:mss,sok,ts,nop,ws:df,id+:0";
const APPLE: &str = "4:61+3:0:1460:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0";
const LINUX_ANSWER: &str = "4:64+0:0:1460:mss*45,7:mss,sok,ts,nop,ws:df:0";

/// What is written on both streams, and the exit status.
fn score(args: &[&str], file: &str) -> (String, String, Option<i32>) {
    let args = [&["db", "score", "-"], args].concat();
    let ran = output(&mut command(&args), file.as_bytes());
    let text = |octets| String::from_utf8(octets).expect("text");
    (text(ran.stdout), text(ran.stderr), ran.status.code())
}

fn report(file: &str) -> Value {
    let (out, error, _) = score(&["--format", "ndjson"], file);
    serde_json::from_str(&out).unwrap_or_else(|fault| panic!("{fault}: {out}{error}"))
}

#[test]
fn csv_and_ndjson_say_the_same() {
    let csv = format!(
        "note,signature,kind,system,count\n,\"{ANDROID}\",,Android,3\n\"a, b\",\"{ANDROID}\",syn,Windows,1\n\
         ,\"{APPLE}\",,iOS,4\n,\"{LINUX_ANSWER}\",syn_ack,ChromeOS,2\n"
    );
    let row = |signature: &str, rest: Value| {
        let mut row = serde_json::json!({ "signature": signature });
        row.as_object_mut().expect("an object").extend(rest.as_object().expect("one").clone());
        row.to_string()
    };
    let ndjson = [
        row(ANDROID, serde_json::json!({ "system": "Android", "count": 3 })),
        row(ANDROID, serde_json::json!({ "system": "Windows", "kind": "syn", "notes": [] })),
        row(APPLE, serde_json::json!({ "system": "iOS", "count": 4 })),
        row(
            LINUX_ANSWER,
            serde_json::json!({ "system": "ChromeOS", "kind": "syn_ack", "count": 2 }),
        ),
    ]
    .join("\n");
    let by_csv = report(&csv);
    assert_eq!(by_csv, report(&ndjson));
    assert_eq!(by_csv, report(&format!("\u{feff}{csv}")), "a byte-order mark");
    // Android as such; the Apple form is macOS' more often; ChromeOS is of Linux' family.
    let share = |name: &str| by_csv[name].as_f64().expect(name);
    assert_eq!((share("packets"), share("exact"), share("family")), (10.0, 0.3, 0.9));
    assert_eq!((share("specific"), share("unknown")), (0.9, 0.0));
    let confused = serde_json::json!({ "sender": "Windows", "named": "Linux", "packets": 1.0 });
    assert!(by_csv["confusion"].as_array().expect("a list").contains(&confused), "{by_csv}");
    let bins = by_csv["reliability"].as_array().expect("a list");
    assert_eq!(bins.len(), 1, "{bins:?}");
    assert_eq!((&bins[0]["from"], &bins[0]["observed"]), (&0.9.into(), &0.9.into()));
    let labels = by_csv["labels"].as_array().expect("a list");
    let all: f64 = labels.iter().map(|label| label["packets"].as_f64().expect("a number")).sum();
    assert_eq!((labels.len(), all), (3, 10.0));
}

#[test]
fn a_broken_line_is_named_and_the_rest_scored() {
    let file = format!(
        "signature,system,count\n\"{ANDROID}\",Android,\n\n\r\n\"{ANDROID}\",,1\nnonsense,Linux,1\n\
         \"{ANDROID}\",Android,none\n\"{ANDROID}\",Android,-1\n\"{ANDROID}\",Android\n\"{ANDROID}\",Linux,1\n"
    );
    let (out, error, status) = score(&[], &file);
    let lines: Vec<_> = error.lines().collect();
    let wanted = [
        "stackprint: -:5: no system",
        "stackprint: -:6: signature \"nonsense\", column 9: expected eight fields, ver:ittl:olen:mss:wsize,scale:olayout:quirks:pclass",
        "stackprint: -:7: count \"none\" is not a number",
        "stackprint: -:8: count -1 is not above 0",
        "stackprint: -:9: 2 fields; the header has 3",
    ];
    assert_eq!((lines.as_slice(), status), (&wanted[..], Some(1)));
    assert!(
        out.starts_with("packets            2\nexact         50.0 %\nfamily       100.0 %\n"),
        "{out}"
    );
    assert!(out.contains("lines that could not be read: 5\n"), "{out}");

    let broken = "{\"signature\": 5}\n{\"system\":\"Linux\"}\nnot JSON\n{\"kind\":\"uptime\",\"signature\":null}\n";
    let report = report(broken);
    let lines: Vec<_> =
        report["broken"].as_array().expect("a list").iter().map(|it| &it["line"]).collect();
    assert_eq!(lines, [1, 2, 3]);
    assert_eq!((&report["without_signature"], &report["packets"]), (&1.into(), &0.0.into()));
}

#[test]
fn a_file_without_the_columns_is_refused() {
    let (out, error, status) = score(&[], "signature,os\nx,Linux\n");
    assert_eq!((out.as_str(), status), ("", Some(1)));
    assert!(error.contains("no column \"signature\" or \"system\""), "{error}");
}

/// Another database, and rows that are answers by the option.
#[test]
fn another_database_is_scored() {
    let file = format!("signature,system\n\"{LINUX_ANSWER}\",Linux\n");
    let (out, ..) = score(&["--response", "--database", "databases/planted-faults.fp"], &file);
    assert!(!out.contains("unknown       0.0 %"), "{out}");
    let (out, ..) = score(&["--response"], &file);
    assert!(out.contains("exact        100.0 %"), "{out}");
}
