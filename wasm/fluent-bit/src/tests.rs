#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod random;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stackprint::{Analyzer, Database, Frame, LinkType, Timestamp};

use crate::{Filter, Form, Names};

/// A SYN of Linux in Ethernet: the first packet of tests/captures/recorded/web-clients.pcap.
const SYN: [u8; 74] = *b"\x1e\x45\x1c\xef\x67\x11\x06\x0f\xef\xec\x10\x4e\x08\x00\
    \x45\x00\x00\x3c\x1e\xe4\x40\x00\x40\x06\x97\x7d\xc0\x00\x02\x0a\xc0\x00\x02\x50\
    \xa9\x74\x00\x50\x16\x88\xb5\xea\x00\x00\x00\x00\xa0\x02\xfa\xf0\xfc\x52\x00\x00\
    \x02\x04\x05\xb4\x04\x02\x08\x0a\xf0\x57\x65\xd2\x00\x00\x00\x00\x01\x03\x03\x07";
const ETHERNET_BYTES: usize = 14;
const EVENT_TIME: Timestamp = Timestamp::new(1_700_000_000, 5);
/// What tshark says of that packet: `frame_frame_time_epoch`.
const PACKET_TIME: Timestamp = Timestamp::new(1_795_395_054, 271_450_000);

fn base64() -> String {
    STANDARD.encode(SYN)
}

/// What a filter that has seen nothing makes of an event.
fn apply(form: Option<Form>, event: &str) -> String {
    let mut filter = Filter::new(Names::DEFAULT);
    String::from_utf8(apply_to(&mut filter, form, event.as_bytes())).unwrap()
}

fn apply_to(filter: &mut Filter, form: Option<Form>, event: &[u8]) -> Vec<u8> {
    let mut result = b"of the event before".to_vec();
    filter.apply(form, event, EVENT_TIME, &mut result).unwrap();
    result
}

fn record(frame: &Frame<'_>) -> String {
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut json = Vec::new();
    analyzer.analyze(frame).unwrap().unwrap().write_json(None, &mut json);
    String::from_utf8(json).unwrap()
}

/// The event, which ends with a brace, with the record of the SYN at that time in it.
fn with_record(event: &str, time: Timestamp) -> String {
    let record = record(&Frame::new(LinkType::ETHERNET, &SYN).at(time));
    format!("{},\"stackprint\":{record}}}", event.strip_suffix('}').unwrap())
}

fn stays(form: Option<Form>, event: &str) {
    assert_eq!(apply(form, event), event);
}

#[test]
fn suricata() {
    let eve = format!(
        r#"{{"timestamp":"2026-11-23T01:50:54.271450+0100","flow_id":18,"event_type":"alert","src_ip":"192.0.2.10","alert":{{"signature":"a \"b\" \\","packet":"none"}},"packet":"{}","packet_info":{{"linktype":1,"linktype_name":"EN10MB"}}}}"#,
        base64()
    );
    let expected = with_record(&eve, PACKET_TIME);
    assert_eq!(apply(None, &eve), expected);
    assert_eq!(apply(Some(Form::Eve), &eve), expected);
    stays(Some(Form::Ek), &eve);
    stays(Some(Form::Envelope), &eve);
    // Fluent Bit's parser takes the time out of the event, unless it is told not to.
    let eve = format!(r#"{{"packet":"{}"}}"#, base64());
    assert_eq!(apply(None, &eve), with_record(&eve, EVENT_TIME));
}

#[test]
fn tshark() {
    let ek = |frame: &str| {
        let raw = hex::encode(SYN);
        format!(
            r#"{{"timestamp":"1795395054271","layers":{{"frame_raw":"{raw}",{frame}"eth":{{"filtered":"eth"}}}}}}"#
        )
    };
    let of_4_0 = ek(
        r#""frame":{"frame_frame_encap_type":"1","frame_frame_time_epoch":"1795395054.271450000","frame_frame_len":"74"},"#,
    );
    let expected = with_record(&of_4_0, PACKET_TIME);
    assert_eq!(apply(None, &of_4_0), expected);
    assert_eq!(apply(Some(Form::Ek), &of_4_0), expected);
    // Since 4.2 the time is a date.
    let of_4_2 = of_4_0.replace("1795395054.271450000", "2026-11-23T00:50:54.271450000Z");
    assert_eq!(apply(None, &of_4_2), with_record(&of_4_2, PACKET_TIME));
    let bare = ek("");
    let millis = Timestamp::new(1_795_395_054, 271_000_000);
    assert_eq!(apply(None, &bare), with_record(&bare, millis));
    stays(None, r#"{"index":{"_index":"packets-2026-11-23","_type":"doc"}}"#);
}

#[test]
fn the_envelope() {
    for ts in [r#""2026-11-23T00:50:54.27145Z""#, "1795395054271450000", r#""1795395054271450000""#]
    {
        let event = format!(r#"{{"ts":{ts},"link_type":"ETHERNET","data":"{}"}}"#, base64());
        let expected = with_record(&event, PACKET_TIME);
        assert_eq!(apply(None, &event), expected);
        assert_eq!(apply(Some(Form::Envelope), &event), expected);
    }
    // Many an event has some data in it; only of the envelope it is taken for a frame.
    let data = format!(r#"{{"data":"{}"}}"#, base64());
    stays(None, &data);
    assert_eq!(apply(Some(Form::Envelope), &data), with_record(&data, EVENT_TIME));
}

#[test]
fn a_frame_with_its_link_type() {
    let ip = &SYN[ETHERNET_BYTES..];
    let expected = record(&Frame::new(LinkType::RAW, ip).at(EVENT_TIME));
    for link_type in ["101", r#""101""#, r#""RAW""#, r#""raw""#] {
        for packet in [
            format!(r#""frame_raw":"{}""#, hex::encode(ip)),
            format!(r#""frame_raw":"{}""#, hex::encode_upper(ip)),
            format!(r#""packet":"{}""#, STANDARD.encode(ip)),
            format!(r#""packet":"{}""#, STANDARD.encode(ip).trim_end_matches('=')),
        ] {
            let event = format!(r#"{{{packet},"link_type":{link_type}"#);
            let expected = format!(r#"{event},"stackprint":{expected}}}"#);
            assert_eq!(apply(None, &format!("{event}}}")), expected);
        }
    }
}

#[test]
fn a_member_that_is_no_text_is_no_packet() {
    let data = format!(r#""data":"{}","link_type":1}}"#, base64());
    for other in [r#""packet":17"#, r#""frame_raw":[0]"#, r#""layers":{"frame_raw":null}"#] {
        let event = format!("{{{other},{data}");
        assert_eq!(apply(None, &event), with_record(&event, EVENT_TIME));
    }
}

#[test]
fn names_can_be_chosen() {
    let names = Names { result: "tcp stack", base64: "pkt", hex: "hex" };
    let mut filter = Filter::new(names);
    let event = format!(r#"{{"pkt":"{}","packet":1}}"#, base64());
    let result = apply_to(&mut filter, None, event.as_bytes());
    let result: Value = serde_json::from_slice(&result).unwrap();
    assert_eq!(result["tcp stack"]["kind"], "syn");
    assert_eq!(result["packet"], 1);
}

#[test]
fn escapes_in_names_and_values() {
    let plain = format!(r#"{{"packet":"{}"}}"#, base64());
    for (name, slash) in
        [("packet", "\\/"), ("p\\u0061cket", "/"), ("\\u0070\\u0061cket", "\\u002F")]
    {
        let event = format!(r#"{{"{name}":"{}"}}"#, base64().replace('/', slash));
        assert_eq!(apply(None, &event), with_record(&event, EVENT_TIME), "{plain}");
    }
    // The name of the result, too: it is there already.
    stays(None, &format!(r#"{{"packet":"{}","stack\u0070rint":0}}"#, base64()));
    // Names that only begin or end alike.
    for name in
        ["packe", "packets", r"packet\n", r"packet\u0000", r"\u00e9packet", r"packet\ud83d\ude00"]
    {
        stays(None, &format!(r#"{{"{name}":"{}"}}"#, base64()));
    }
}

#[test]
fn a_result_that_is_there_stays_the_only_one() {
    let mut filter = Filter::new(Names::DEFAULT);
    let event = format!(r#"{{"packet":"{}"}}"#, base64());
    let once = apply_to(&mut filter, None, event.as_bytes());
    let twice = apply_to(&mut filter, None, &once);
    assert_eq!(once, twice);
    stays(None, &format!(r#"{{"stackprint":null,"packet":"{}"}}"#, base64()));
    // Below the top it is another's.
    let nested = format!(r#"{{"event":{{"stackprint":1}},"packet":"{}"}}"#, base64());
    assert_eq!(apply(None, &nested), with_record(&nested, EVENT_TIME));
}

#[test]
fn of_names_that_come_twice_the_last_holds() {
    let packet = base64();
    let event = format!(r#"{{"packet":"AAAA","packet":"{packet}"}}"#);
    assert_eq!(apply(None, &event), with_record(&event, EVENT_TIME));
    stays(None, &format!(r#"{{"packet":"{packet}","packet":"AAAA"}}"#));
    stays(None, &format!(r#"{{"packet":"{packet}","packet":null}}"#));
    let ek = format!(r#"{{"layers":{{"frame_raw":"{}"}},"layers":{{}}}}"#, hex::encode(SYN));
    stays(None, &ek);
}

#[test]
fn only_the_top_of_the_event_is_looked_at() {
    let packet = base64();
    stays(None, &format!(r#"{{"event":{{"packet":"{packet}"}}}}"#));
    stays(None, &format!(r#"{{"layers":[{{"frame_raw":"{}"}}]}}"#, hex::encode(SYN)));
    let event = format!(
        r#"{{"a":{{"packet":"AAAA","layers":{{"frame_raw":"00"}}}},"packet":"{packet}","b":[{{"packet":1}}]}}"#
    );
    assert_eq!(apply(None, &event), with_record(&event, EVENT_TIME));
}

#[test]
fn blanks_stay() {
    let event = format!(" \t{{ \r\n\"packet\" :\t\"{}\" ", base64());
    let record = record(&Frame::new(LinkType::ETHERNET, &SYN).at(EVENT_TIME));
    let expected = format!("{event},\"stackprint\":{record}}} \n\n");
    assert_eq!(apply(None, &format!("{event}}} \n\n")), expected);
}

#[test]
fn deep_and_long_events() {
    let packet = base64();
    for deep in [
        format!("{}{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000)),
        format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
    ] {
        let inner = if deep.starts_with('{') { deep.replace(":}", ":1}") } else { deep };
        let event = format!(r#"{{"a":{inner},"packet":"{packet}"}}"#);
        assert_eq!(apply(None, &event), with_record(&event, EVENT_TIME));
        stays(None, &inner);
    }
    let event = format!(r#"{{"packet":"{packet}","payload":"{}"}}"#, "A\\\"".repeat(200_000));
    assert_eq!(apply(None, &event), with_record(&event, EVENT_TIME));
    // More than a frame may have.
    stays(None, &format!(r#"{{"packet":"{}"}}"#, "A".repeat(400_000)));
    stays(None, &format!(r#"{{"packet":"{}"}}"#, "A".repeat(2_000_000)));
}

#[test]
fn events_that_end_too_early_stay() {
    let event = format!(
        r#"{{"a":[1,{{"b":"c\\"}}],"timestamp":"2026-11-23T00:50:54Z","packet":"{}","link_type":1}}"#,
        base64()
    );
    assert_ne!(apply(None, &event), event);
    for len in 0..event.len() {
        stays(None, &event[..len]);
    }
}

#[test]
fn what_is_no_event_stays() {
    let packet = base64();
    for text in [
        "",
        " ",
        "0",
        "null",
        "{}",
        "[]",
        "{",
        "}",
        "\"",
        "{\"",
        "{\"a\\",
        "{\"a\":}",
        "{,}",
        "{\"a\":1,}",
        &format!(r#"[{{"packet":"{packet}"}}]"#),
        &format!(r#"{{"packet":"{packet}"}}{{"packet":"{packet}"}}"#),
        &format!(r#"{{"packet":"{packet}"}} x"#),
        &format!(r#"{{"packet":"{packet}"]"#),
        &format!(r#"{{"packet" "{packet}"}}"#),
        &format!("\u{feff}{{\"packet\":\"{packet}\"}}"),
    ] {
        for form in [None, Some(Form::Eve), Some(Form::Ek), Some(Form::Envelope)] {
            stays(form, text);
        }
    }
}

/// Fluent Bit's other event format, in which it cuts what it is given back at the first zero byte: what
/// comes out has none, and says what to change.
#[test]
fn messagepack_is_answered_by_what_to_change() {
    let mut packet = b"\x81\xa6packet\xda\x00\x64".to_vec();
    packet.extend(base64().bytes());
    let many = [&b"\xde\x00\x01\xa1a"[..], b"\x00"].concat();
    for event in [packet, b"\x80".to_vec(), many, b"\xdf\x00\x00\x00\x00".to_vec()] {
        for form in [None, Some(Form::Eve)] {
            let answer = apply_to(&mut Filter::new(Names::DEFAULT), form, &event);
            assert!(!answer.contains(&0), "{answer:?}");
            let text =
                "set event_format json in the filter wasm: in MessagePack Fluent Bit loses events";
            let mut wanted =
                b"\x81\xd9\x0astackprint\x82\xd9\x05error\xd9\x0cevent_format".to_vec();
            wanted.extend(b"\xd9\x06change\xd9");
            wanted.push(text.len() as u8);
            wanted.extend(text.bytes());
            assert_eq!(answer, wanted);
        }
    }
}

#[test]
fn packets_that_cannot_be_read_are_told_of_where_a_form_is_given() {
    let packet = base64();
    let frame = hex::encode(SYN);
    for (form, event, field) in [
        (Form::Eve, r#"{"packet":"?"}"#.into(), "packet"),
        (Form::Eve, r#"{"packet":7}"#.into(), "packet"),
        (Form::Eve, r#"{"packet":{}}"#.into(), "packet"),
        (
            Form::Eve,
            format!(r#"{{"packet":"{packet}","packet_info":{{"linktype":"x"}}}}"#),
            "packet_info.linktype",
        ),
        (Form::Eve, format!(r#"{{"packet":"{packet}","link_type":65536}}"#), "link_type"),
        (Form::Eve, format!(r#"{{"packet":"{packet}","link_type":-1}}"#), "link_type"),
        (Form::Eve, format!(r#"{{"packet":"{packet}","timestamp":"yesterday"}}"#), "timestamp"),
        (Form::Eve, format!(r#"{{"packet":"{packet}","timestamp":[]}}"#), "timestamp"),
        (Form::Ek, r#"{"frame_raw":"012"}"#.into(), "frame_raw"),
        (Form::Ek, r#"{"layers":{"frame_raw":"0g"}}"#.into(), "layers.frame_raw"),
        (
            Form::Ek,
            format!(
                r#"{{"layers":{{"frame_raw":"{frame}","frame":{{"frame_frame_encap_type":"0"}}}}}}"#
            ),
            "frame_frame_encap_type",
        ),
        (
            Form::Ek,
            format!(
                r#"{{"layers":{{"frame_raw":"{frame}","frame":{{"frame_frame_time_epoch":"1.-5"}}}}}}"#
            ),
            "frame_frame_time_epoch",
        ),
        (
            Form::Ek,
            format!(r#"{{"layers":{{"frame_raw":"{frame}","frame":{{"frame_frame_len":"x"}}}}}}"#),
            "frame_frame_len",
        ),
        (Form::Envelope, format!(r#"{{"data":"{packet}","ts":1.5}}"#), "ts"),
        (Form::Envelope, format!(r#"{{"data":"{packet}","length":true}}"#), "length"),
    ] {
        let result: Value = serde_json::from_str(&apply(Some(form), &event)).unwrap();
        assert_eq!(result["stackprint"], json!({"error": "bad_field", "field": field}), "{event}");
        stays(None, &event);
    }
    // A frame that can be read, and says nothing.
    stays(Some(Form::Eve), r#"{"packet":"AAAA"}"#);
    stays(Some(Form::Eve), r#"{"packet":""}"#);
}

#[test]
fn cut_frames_have_their_length() {
    const V4_TOTAL_LEN: usize = ETHERNET_BYTES + 2;
    const PAYLOAD_BYTES: u16 = 10;
    let wire_len = SYN.len() + usize::from(PAYLOAD_BYTES);
    let mut with_payload = SYN;
    let total_len = (SYN.len() - ETHERNET_BYTES) as u16 + PAYLOAD_BYTES;
    with_payload[V4_TOTAL_LEN..][..2].copy_from_slice(&total_len.to_be_bytes());
    let frame = Frame::new(LinkType::ETHERNET, &with_payload).at(EVENT_TIME);
    let expected = record(&frame.with_wire_len(wire_len));
    let data = STANDARD.encode(with_payload);
    for length in [format!("{wire_len}"), format!("\"{wire_len}\"")] {
        let event = format!(r#"{{"data":"{data}","link_type":1,"length":{length}"#);
        let expected = format!(r#"{event},"stackprint":{expected}}}"#);
        assert_eq!(apply(None, &format!("{event}}}")), expected);
    }
}
