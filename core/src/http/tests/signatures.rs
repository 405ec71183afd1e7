//! Signatures, and what is shown of heads.

use proptest::prelude::*;

use super::heads::any_head;
use super::*;

/// The heads that p0f's rules find in segments, each as p0f writes it with an empty database.
fn p0f(client: &[&[u8]], server: &[&[u8]]) -> Vec<String> {
    let signatures = Signatures::new(Compat::P0fExact);
    let mut flow = P0fExchange::new();
    let mut lines = Vec::new();
    let segments = client.iter().map(|it| (Kind::Request, it));
    for (from, segment) in segments.chain(server.iter().map(|it| (Kind::Response, it))) {
        let verdict = flow.push(from, segment, |head| {
            let observed = Observed::new(head, &signatures);
            lines.push(observed.raw_signature(&signatures, Privacy::P0f).to_string());
        });
        if verdict == Verdict::Destroy {
            break;
        }
    }
    lines
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/8.1\r\nAccept: */*\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Mon, 06 Oct 2025 10:00:00 GMT\r\n\
    Server: nginx/1.18\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n";
const REQUEST_RAW: &str = "1:Host,User-Agent,Accept=[*/*]:Connection,Accept-Encoding,\
    Accept-Language,Accept-Charset,Keep-Alive:curl/8.1";
const RESPONSE_RAW: &str =
    "1:Date,Server,Content-Type,Connection=[close]:Keep-Alive,Accept-Ranges:nginx/1.18";

/// What p0f 3.09b (Debian 3.09b-3) wrote for the same segments.
#[test]
fn p0f_s_own_lines() {
    let cut = |at: &[u8]| {
        let at = RESPONSE.windows(at.len()).position(|window| window == at).expect("there");
        RESPONSE.split_at(at)
    };
    let both = vec![REQUEST_RAW.to_owned(), RESPONSE_RAW.to_owned()];
    assert_eq!(p0f(&[REQUEST], &[RESPONSE]), both);
    let (a, b) = REQUEST.split_at(30);
    assert_eq!(p0f(&[a, b], &[RESPONSE]), both);
    let bytes: Vec<&[u8]> = REQUEST.chunks(1).collect();
    assert_eq!(p0f(&bytes, &[RESPONSE]), both);
    // Its slip: a further segment of a response loses its first line.
    for (a, b) in [cut(b"Server"), cut(b"nginx")] {
        let lost = "1:Date,Content-Type,Connection=[close]:Keep-Alive,Accept-Ranges:";
        assert_eq!(p0f(&[REQUEST], &[a, b]), [REQUEST_RAW, lost]);
    }
    let nothing: Vec<String> = Vec::new();
    for request in [
        &b"POST / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
    ] {
        assert_eq!(p0f(&[request], &[RESPONSE]), nothing);
    }
    let request = |headers: &[u8]| [b"GET / HTTP/1.1\r\n", headers, b"\r\n"].concat();
    assert_eq!(p0f(&[&request(&b"A: 1\r\n".repeat(33))], &[RESPONSE]), nothing);
    let all = "Host,User-Agent,Connection,Accept,Accept-Encoding,Accept-Language,Accept-Charset,\
        Keep-Alive";
    let found = p0f(&[&request(&b"A: 1\r\n".repeat(32))], &[RESPONSE]);
    let repeated = vec!["A=[1]"; 32].join(",");
    assert_eq!(found, [format!("1:{repeated}:{all}:"), RESPONSE_RAW.to_owned()]);
    let value = |len: usize, end: &str| format!("X-Y: {}{end}", "a".repeat(len));
    let long = format!("1:X-Y=[{}]:{all}:", "a".repeat(200));
    for (headers, expected) in [
        (value(1023, "\r\n"), vec![long.clone(), RESPONSE_RAW.to_owned()]),
        (value(1024, "\r\n"), vec![]),
        (value(1024, "\n"), vec![long, RESPONSE_RAW.to_owned()]),
    ] {
        assert_eq!(p0f(&[&request(headers.as_bytes())], &[RESPONSE]), expected);
    }
    let names = "1:host=[a],user-agent=[curl/8.1]:";
    let found = p0f(&[&request(b"host: a\r\nuser-agent: curl/8.1\r\n")], &[]);
    assert_eq!(found, [format!("{names}{all}:")]);
    let pipes = p0f(&[&request(b"Accept: a|b\r\nX-New: a|b]c\r\n")], &[]);
    let rest = all.replace("Accept,", "");
    assert_eq!(pipes, [format!("1:Accept=[a],X-New=[a|b]:{rest}:")]);
    let continued = [b"HTTP/1.1 100 Continue\r\n\r\n", RESPONSE].concat();
    let interim = "1::Content-Type,Connection,Keep-Alive,Accept-Ranges,Date:";
    assert_eq!(p0f(&[REQUEST], &[&continued]), [REQUEST_RAW, interim]);
}

/// Signatures of one kind, all specific, with the number of their line as their label.
fn load(compat: Compat, kind: Kind, lines: &[&str]) -> Signatures {
    let mut signatures = Signatures::new(compat);
    for (number, line) in lines.iter().enumerate() {
        let signature = line.parse().expect(line);
        signatures.push(kind, signature, number as u16, false, number).expect("fits");
    }
    signatures
}

fn label(compat: Compat, line: &str, bytes: &[u8]) -> Option<bool> {
    let head = head(bytes);
    let signatures = load(compat, head.kind(), &[line]);
    signatures.find(&Observed::new(&head, &signatures)).map(|found| found.is_dishonest)
}

/// Each line was tried with p0f by the random comparison in docs/quality.md; these are the rules.
#[test]
fn what_fits() {
    let fits = |line: &str| label(Compat::Fixed, line, REQUEST);
    for line in ["1:::", "*:Host,Accept::", "1:User-Agent::", "1:Host,?Cookie,Accept=[/]:Cookie:"] {
        assert_eq!(fits(line), Some(false), "{line}");
    }
    for line in [
        "0:::",
        "1:Accept,Host::",
        "1:Host,?Accept=[text],User-Agent::",
        // Optional, and in the wrong place.
        "1:Accept,?Host::",
        "1:Host:Accept:",
        "1:Host,Host::",
        "1:Connection::",
        "1:Host=[b]::",
    ] {
        assert_eq!(fits(line), None, "{line}");
    }
    assert_eq!(fits("1:Host::Firefox"), Some(true));
    assert_eq!(fits("1:Host::url/"), Some(false));
    let anonymous = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: b\0c\r\nuser-agent:\r\n\r\n";
    assert_eq!(label(Compat::Fixed, "1:Host::Firefox", anonymous), Some(false));
    // p0f sees names with their case, and values up to a NUL.
    assert_eq!(label(Compat::Fixed, "1:host,Accept=[c]::", anonymous), Some(false));
    assert_eq!(label(Compat::P0fExact, "1:Accept=[c]::", anonymous), None);
    assert_eq!(label(Compat::P0fExact, "1:host::", anonymous), None);
}

#[test]
fn specific_ones_first_and_then_in_order() {
    let mut signatures = Signatures::new(Compat::Fixed);
    for (label, line, is_generic) in
        [(0, "1:Host::", true), (1, "*:Host::", true), (2, "1:Accept::", false), (3, "*:::", false)]
    {
        signatures.push(Kind::Request, line.parse().unwrap(), label, is_generic, 1).unwrap();
    }
    let find = |bytes: &[u8]| {
        let found = signatures.find(&Observed::new(&head(bytes), &signatures));
        found.map(|found| (found.label, found.is_generic))
    };
    assert_eq!(find(REQUEST), Some((2, false)));
    assert_eq!(find(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n"), Some((3, false)));
    assert_eq!(find(RESPONSE), None);
}

#[test]
fn many_names_share_the_bits_of_a_set() {
    let names: Vec<String> = (0..1000).map(|number| format!("X-{number}")).collect();
    let lines: Vec<String> = names.iter().map(|name| format!("1:{name}:Y{name}:")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let signatures = load(Compat::Fixed, Kind::Request, &lines);
    for (number, name) in names.iter().enumerate() {
        let bytes = format!("GET / HTTP/1.1\r\n{name}: 1\r\n\r\n");
        let found = signatures.find(&Observed::new(&head(bytes.as_bytes()), &signatures));
        assert_eq!(found.map(|found| usize::from(found.label)), Some(number));
    }
}

/// p0f's rule for what it refuses to load.
#[test]
fn covered_signatures() {
    let earlier = ["1:Host,User-Agent::", "*:Accept=[x]:Cookie:"];
    let signatures = load(Compat::P0fExact, Kind::Request, &earlier);
    let covering = |line: &str| signatures.covering(Kind::Request, &line.parse().unwrap());
    assert_eq!(covering("1:Host,Accept,User-Agent::curl"), Some(0));
    assert_eq!(covering("*:Host,User-Agent::"), None);
    assert_eq!(covering("1:Host,?User-Agent::"), None);
    assert_eq!(covering("0:Accept=[axb]:Date,Cookie:"), Some(1));
    assert_eq!(covering("0:Accept=[axb]::"), None);
    assert_eq!(covering("0:Accept:Cookie:"), None);
    // Pairs with what p0f said of the second when the first was loaded.
    for (earlier, line, is_covered) in [
        ("0::Host:", "0:Host:Host:", false),
        ("0::Host:", "0:?Host:Host:", true),
        ("0:?Date:Host:", "0:?Host:Host:", true),
        ("0:?Date:Host:", "0:Host:Host:", false),
        ("0:A,?B::", "0:B,A::", false),
        ("0:A,?B::", "0:?B,A::", false),
        ("0:A,?B=[x]::", "0:A,?B::", false),
        ("0:A,?B=[x]::", "0:A,?B=[xy]::", true),
        ("0:A,?B=[x]::", "0:A,B=[xy]::", true),
        ("0:A::", "0:?A,A::", true),
        ("0:?A,A::", "0:A::", false),
    ] {
        let signatures = load(Compat::P0fExact, Kind::Request, &[earlier]);
        let covering = signatures.covering(Kind::Request, &line.parse().unwrap());
        assert_eq!(covering.is_some(), is_covered, "{earlier} {line}");
    }
}

#[test]
fn systems_of_user_agents() {
    let mut signatures = Signatures::new(Compat::Fixed);
    for (name, rule) in
        UserAgentRule::parse_list("Linux,iOS=[iPhone],Mac OS X").unwrap().iter().enumerate()
    {
        signatures.push_user_agent(rule, name as u16, rule.name());
    }
    assert_eq!(signatures.system_of(b"Mozilla/5.0 (X11; Linux x86_64)"), Some(0));
    assert_eq!(signatures.system_of(b"(iPhone; CPU iPhone OS 17_5 like Mac OS X)"), Some(1));
    assert_eq!(signatures.system_of(b"curl/8.1"), None);
}

#[test]
fn languages() {
    let language = |value: &[u8]| Language::of(value, Compat::P0fExact).to_string();
    for (value, expected) in [
        (&b"en-US,en;q=0.5"[..], "English"),
        (b"de", "German"),
        (b"pa;q=1", "Panjabi"),
        (b"EN", "???"),
        (b"zz", "???"),
        (b"eng", "none"),
        (b"*", "none"),
        (b"", "none"),
        (b"x", "none"),
    ] {
        assert_eq!(language(value), expected);
    }
    assert_eq!(Language::of(b"EN", Compat::Fixed), Language::Known("English"));
}

#[test]
fn secrets_are_not_shown() {
    let bytes = b"GET /?SECRET HTTP/1.1\r\nCookie: SECRET\r\ncookie: SECRET\r\n\
        Authorization: Basic SECRET\r\nPROXY-AUTHORIZATION: SECRET\r\nSet-Cookie: SECRET\r\n\
        X-Api-Key: SECRET\r\nReferer: http://a/SECRET\r\nAccept: */*\r\n\r\n";
    let head = head(bytes);
    let expected = "1:?Cookie,?cookie,?Authorization,?PROXY-AUTHORIZATION,Set-Cookie,X-Api-Key,\
        ?Referer,Accept=[*/*]:Host,User-Agent,Connection,Accept-Encoding,Accept-Language,\
        Accept-Charset,Keep-Alive:";
    assert_eq!(raw(bytes), expected);
    // A database that names them makes no difference, but for those that are not secret by nature.
    let line = "1:Cookie=[x],Set-Cookie=[x],Authorization=[x],X-Other=[x]::";
    let signatures = load(Compat::Fixed, Kind::Request, &[line]);
    let observed = Observed::new(&head, &signatures);
    let raw = observed.raw_signature(&signatures, Privacy::NamesOnly).to_string();
    assert_eq!(raw, expected);
    let headers: Vec<_> = head.headers().collect();
    for debug in [format!("{head:?}"), format!("{observed:?}"), format!("{headers:?}")] {
        assert!(!debug.contains("SECRET"), "{debug}");
    }
    let lines = format!("{:?} {:?}", head.first_line(), Head::parse(bytes));
    assert!(!lines.contains("SECRET"), "{lines}");
    // p0f shows what it does not know, and what is out of place.
    let raw = observed.raw_signature(&signatures, Privacy::P0f).to_string();
    assert!(raw.contains("Set-Cookie=[SECRET],X-Api-Key=[SECRET]"), "{raw}");
}

proptest! {
    /// A raw signature loads, is written the same, and fits the head that it was made of.
    #[test]
    fn raw_signatures_fit_their_heads(bytes in any_head()) {
        let observed_head = head(&bytes);
        let empty = Signatures::new(Compat::Fixed);
        let observed = Observed::new(&observed_head, &empty);
        let raw = observed.raw_signature(&empty, Privacy::NamesOnly).to_string();
        let signature: HttpSignature = raw.parse().expect(&raw);
        prop_assert_eq!(signature.to_string(), raw.clone());
        let signatures = load(Compat::Fixed, observed_head.kind(), &[&raw]);
        let observed = Observed::new(&observed_head, &signatures);
        let found = signatures.find(&observed);
        prop_assert_eq!(found.map(|found| found.is_dishonest), Some(false), "{}", raw);
    }

    /// The value of no header that is unknown or secret is shown, whatever else there is.
    #[test]
    fn values_of_unknown_headers_are_never_shown(bytes in any_head(), place in 0_usize..4) {
        let names = ["X-Token", "coOKie", "Authorization", "set-cookie"];
        let line = format!("{}: hidden~value\r\n", names[place]);
        let at = bytes.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
        let bytes = [&bytes[..at], line.as_bytes(), &bytes[at..]].concat();
        let text = format!("{} {:?}", raw(&bytes), head(&bytes));
        prop_assert!(!text.contains("hidden~value"), "{}", text);
    }

    /// p0f's rules take any segments without a panic, and keep their bounds.
    #[test]
    fn p0f_s_rules_take_anything(
        segments in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..3000)), 0..12),
        bytes in any_head(),
    ) {
        let mut flow = P0fExchange::new();
        let _ = flow.push(Kind::Request, &bytes, |_| ());
        for (is_client, segment) in &segments {
            let from = if *is_client { Kind::Request } else { Kind::Response };
            let _ = flow.push(from, segment, |head| assert_eq!(head.kind(), from));
        }
    }
}
