use super::*;
use crate::parse_error::Expected;

/// The body of a hello that has just the form of a signature; any field that is open is filled with
/// something that no signature has.
fn body_of(signature: &str) -> Vec<u8> {
    const VERSIONS: [(&str, u16); 5] =
        [("13", 0x0304), ("12", 0x0303), ("11", 0x0302), ("10", 0x0301), ("s3", 0x0300)];
    let fields: Vec<&str> = signature.split(':').collect();
    let [version, ciphers, extensions, groups, formats, algorithms, marks] = fields[..] else {
        panic!("{signature}");
    };
    let numbers = |text: &str, open: u16| -> Vec<u16> {
        match text {
            "*" => vec![open],
            "" => vec![],
            _ => text.split(',').map(|it| u16::from_str_radix(it, 16).expect("digits")).collect(),
        }
    };
    let behind_len = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
    let octets =
        |numbers: &[u16]| numbers.iter().flat_map(|it| it.to_be_bytes()).collect::<Vec<_>>();
    let known = VERSIONS.iter().find(|(name, _)| *name == version).map(|&(_, number)| number);
    let version = known.unwrap_or_else(|| u16::from_str_radix(version, 16).unwrap_or(0x0303));
    let mut ciphers = numbers(ciphers, 0x1301);
    if marks == "grease" {
        ciphers.insert(0, 0x1a1a);
    }
    let mut body = 0x0303_u16.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(behind_len(&octets(&ciphers)));
    body.extend([1, 0]);
    let mut listed = numbers(extensions, 0x002b);
    if extensions == "*" {
        listed.extend([0x000a, 0x000b, 0x000d]);
    } else if version != 0x0303 && !listed.contains(&0x002b) {
        body[..2].copy_from_slice(&version.to_be_bytes());
    }
    // What comes and goes, at the end and out of order.
    listed.extend([0x0029, 0x0000, 0x0015, 0x0023]);
    let mut list = Vec::new();
    for number in listed {
        let content = match number {
            0x000a => behind_len(&octets(&numbers(groups, 0x0001))),
            0x000b => {
                let formats = numbers(formats, 0x77);
                let formats: Vec<u8> = formats.iter().map(|&it| it as u8).collect();
                [&[formats.len() as u8], &formats[..]].concat()
            }
            0x000d => behind_len(&octets(&numbers(algorithms, 0x0777))),
            0x002b => [&[2], &version.to_be_bytes()[..]].concat(),
            0x0000 => behind_len(&[&[0], &behind_len(b"client.example")[..]].concat()),
            _ => vec![],
        };
        list.extend(number.to_be_bytes());
        list.extend(behind_len(&content));
    }
    body.extend(behind_len(&list));
    body
}

fn found(libraries: &Libraries, signature: &str) -> Option<String> {
    let body = body_of(signature);
    let hello = ClientHello::parse(&body).expect("a hello");
    libraries.find(&hello).map(ToString::to_string)
}

/// A hello of each signature's form has its label, or what several labels of the form have in common;
/// one of more fixed fields may say more.
#[test]
fn every_builtin_signature_is_reached() {
    let libraries = Libraries::parse(Libraries::BUILTIN_TEXT).expect("the built-in database");
    assert!(libraries.signatures().count() > 50);
    for (signature, label, line) in libraries.signatures() {
        let text = signature.to_string();
        let body = body_of(&text);
        let hello = ClientHello::parse(&body).expect("a hello");
        assert!(signature.matches(&hello), "line {line}: {text}");
        let found = libraries.find(&hello).unwrap_or_else(|| panic!("line {line}: nothing"));
        assert_eq!(found.name(), label.name(), "line {line}");
    }
}

#[test]
fn what_is_printed_reads_as_the_same() {
    let libraries = Libraries::builtin();
    let again = Libraries::parse(&libraries.to_string()).expect("its own text");
    assert_eq!(again.labels, libraries.labels);
    let forms = |libraries: &Libraries| {
        let signatures = libraries.signatures();
        signatures.map(|(it, label, _)| (it.clone(), label.clone())).collect::<Vec<_>>()
    };
    assert_eq!(forms(&again), forms(libraries));
    for (signature, ..) in libraries.signatures() {
        assert_eq!(signature.to_string().parse().as_ref(), Ok(signature));
    }
}

#[test]
fn more_fixed_fields_count_more() {
    let libraries = Libraries::parse(
        "[tls:client]\n\
         label = General::\nsig = *:*:*:*:*:0403:*\n\
         label = Special:1:\nsig = *:*:*:001d:*:0403:*\n\
         label = Whole:1:program\nsig = 13:1301:000a,000d,002b:001d::0403:grease\n",
    )
    .expect("a database");
    let found = |signature| found(&libraries, signature);
    assert_eq!(
        found("13:1301:000a,000d,002b:001d::0403:grease").as_deref(),
        Some("Whole 1, program")
    );
    assert_eq!(found("13:1301:000a,000d,002b:001d::0403:").as_deref(), Some("Special 1"));
    assert_eq!(found("12:1302:000a,000d:0017::0403:").as_deref(), Some("General"));
    assert_eq!(found("12:1302:000a,000d:0017::0503:"), None);
}

/// The same form under several labels: what they have in common, or nothing, whatever is more general.
#[test]
fn shared_forms() {
    const FORM: &str = "12:1301:000a,000d:001d::0403:";
    let of = |labels: &[&str]| {
        let labels: String =
            labels.iter().map(|label| format!("label = {label}\nsig = {FORM}\n")).collect();
        let general = "label = General::\nsig = *:*:*:*:*:0403:*\n";
        let text = format!("[tls:client]\n{general}{labels}");
        found(&Libraries::parse(&text).expect("a database"), FORM)
    };
    assert_eq!(of(&["A:1:x", "A:1:x"]).as_deref(), Some("A 1, x"));
    assert_eq!(of(&["A:1:x", "A:1:y"]).as_deref(), Some("A 1"));
    assert_eq!(of(&["A:1:x", "A:2:x"]).as_deref(), Some("A, x"));
    assert_eq!(of(&["A:1:x", "A:2:y", "A:1:x"]).as_deref(), Some("A"));
    assert_eq!(of(&["A:1:x", "B:1:x"]), None);
    assert_eq!(of(&["A:1:x", "B:1:x", "A:1:x"]), None);
}

#[test]
fn further_databases_add() {
    let of = |label: &str, sig: &str| {
        Libraries::parse(&format!("[tls:client]\nlabel = {label}\nsig = {sig}\n")).expect("one")
    };
    let (one, other) = ("12:1301:000a,000d:001d::0403:", "12:1301:000a,000d:0017::0403:");
    let both = of("A:1:", one).and(of("B:1:", other)).and(of("A:2:", one));
    assert_eq!(found(&both, one).as_deref(), Some("A"));
    assert_eq!(found(&both, other).as_deref(), Some("B 1"));
    let names: Vec<_> = both.signatures().map(|(_, label, _)| label.name()).collect();
    assert_eq!(names, ["A", "B", "A"]);
}

#[test]
fn what_comes_and_goes_is_no_difference() {
    let with = body_of("13:1301:000a,000d,002b:001d::0403:");
    let hello = ClientHello::parse(&with).expect("a hello");
    let signature = Signature::of(&hello).expect("a form");
    assert_eq!(signature.to_string(), "13:1301:000a,000d,002b:001d::0403:");
    assert!(signature.matches(&hello));
}

/// The fingerprint of a part would be that of another client.
#[test]
fn truncated_hellos_have_no_library() {
    let body = body_of("12:1301:000a,000d:001d::0403:");
    let len = (body.len() as u32).to_be_bytes();
    let record =
        [&[22, 3, 1][..], &(body.len() as u16 + 4).to_be_bytes(), &[1], &len[1..], &body].concat();
    let cut = ClientHello::from_cut_stream(&record[..record.len() - 1]).expect("a part");
    assert!(cut.truncated());
    let libraries = Libraries::parse("[tls:client]\nlabel = A::\nsig = *:1301:*:*:*:*:*\n");
    assert_eq!(libraries.expect("a database").find(&cut), None);
    assert_eq!(Signature::of(&cut), None);
}

#[test]
fn other_sections_are_passed_over() {
    let libraries = Libraries::parse(
        "\u{feff}classes = win,unix\r\n[mtu]\r\nlabel = Ethernet\r\nsig = 1500\r\n[tls:client]\r\n\
         label = A::\r\nsys = macOS,iOS\r\n; a comment\r\nsig = 12:1301:000a,000d:001d::0403:\r\n\
         [tcp:request]\r\nlabel = s:unix:Linux:3.x\r\nsig = *:64:0:*:mss*10,4:mss:df:0\r\n",
    )
    .expect("a database");
    assert_eq!(libraries.signatures().count(), 1);
    let (_, label, line) = libraries.signatures().next().expect("one");
    assert_eq!((label.systems().collect::<Vec<_>>(), line), (vec!["macOS", "iOS"], 9));
    assert!(Libraries::parse("").expect("nothing").is_empty());
}

#[test]
fn errors_say_where_and_what() {
    let good = "12:1301:000a:001d:00:0403:";
    let cases = [
        ("[tls:server]", 1, 1, Expected::TlsSection),
        ("[tls:client", 1, 1, Expected::TlsSection),
        ("[tls:client]\nlabel = A:1\n", 2, 9, Expected::TlsLabel),
        ("[tls:client]\nlabel = :1:\n", 2, 9, Expected::Name),
        ("[tls:client]\nlabel = A:1,2:\n", 2, 12, Expected::Name),
        ("[tls:client]\n;@ quality 1.5\n", 2, 1, Expected::Quality),
        ("[tls:client]\n;@ quality 0.5\n", 2, 1, Expected::LabelOfCandidates),
        ("[tls:client]\nlabel = A::\n;@ quality 0.5\nsig = *\n", 4, 1, Expected::LabelOfCandidates),
        (&format!("[tls:client]\nsig = {good}"), 2, 1, Expected::LabelFirst),
        ("[tls:client]\nlabel = A::\n[tls:client]\nsys = x\n", 4, 1, Expected::LabelFirst),
        ("[tls:client]\nlabel = A::\nsys = x,,y\n", 3, 9, Expected::Name),
        ("[tls:client]\nwhatever = 1\n", 2, 1, Expected::TlsKey),
        ("[tls:client]\n  whatever\n", 2, 3, Expected::KeyValue),
        ("[tls:client]\nlabel = A::\nsig = 12:1301\n", 3, 15, Expected::SevenFields),
        ("[tls:client]\nlabel = A::\nsig = *:*:*:*:*:*:*\n", 3, 7, Expected::SevenFields),
        ("[tls:client]\nlabel = A::\nsig = 12:::::::\n", 3, 16, Expected::SevenFields),
        ("[tls:client]\nlabel = A::\nsig = 14:::::: \n", 3, 7, Expected::TlsVersion),
        ("[tls:client]\nlabel = A::\nsig = 12:1301,13:::::\n", 3, 15, Expected::HexadecimalList),
        ("[tls:client]\nlabel = A::\nsig = 12:130A:::::\n", 3, 10, Expected::HexadecimalList),
        ("[tls:client]\nlabel = A::\nsig = 12::000b,000a::::\n", 3, 11, Expected::SortedList),
        ("[tls:client]\nlabel = A::\nsig = 12:::::0403:x\n", 3, 19, Expected::Marks),
    ];
    for (text, line, column, expected) in cases {
        let error = Libraries::parse(text).expect_err(text);
        assert_eq!((error.line, error.column, error.expected), (line, column, expected), "{text}");
    }
    let long = format!("[tls:client]\nlabel = A::\nsig = 12:{}:::::", vec!["1301"; 600].join(","));
    let error = Libraries::parse(&long).expect_err("too long");
    assert_eq!((error.line, error.column, error.expected), (3, 7, Expected::FewerNumbers));
}

/// Any text is read or refused, and what is read is printed and read again.
#[test]
fn any_text() {
    use proptest::prelude::*;
    let lines = proptest::sample::select(vec![
        "[tls:client]",
        "label = A:1:x",
        "label = B::",
        "sys = x,y",
        ";@ quality 0.5",
        "sig = ",
        "12:1301:000a:001d:00:0403:",
        "*:*:*:001d:*:*:*",
        "\n",
        "\n",
        "\n",
        "sig = 13:::::*:grease\n",
        ":",
        ",",
        "0403",
    ]);
    proptest!(|(parts in proptest::collection::vec(lines, 0..24))| {
        if let Ok(libraries) = Libraries::parse(&parts.concat()) {
            let again = Libraries::parse(&libraries.to_string());
            prop_assert_eq!(again.map(|it| it.labels), Ok(libraries.labels));
        }
    });
}
