//! Events of every kind that can be thought of.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{EVENT_TIME, SYN, apply_to, base64};
use crate::{Filter, Form, Names};

fn form() -> impl Strategy<Value = Option<Form>> {
    prop_oneof![Just(None), Just(Some(Form::Eve)), Just(Some(Form::Ek)), Just(Some(Form::Envelope))]
}

/// Names that mean something, and others.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "packet",
            "packet_info",
            "linktype",
            "link_type",
            "layers",
            "frame_raw",
            "frame",
            "data",
            "ts",
            "timestamp",
            "length",
            "stackprint",
            "frame_frame_encap_type",
            "frame_frame_time_epoch",
            "frame_frame_len",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..300_u64).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(Value::from(base64())),
        Just(Value::from(hex::encode(SYN))),
        Just(Value::from("2026-11-23T00:50:54.5+0100")),
        Just(Value::from("1")),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(name(), inner, 0..6).prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

fn event() -> impl Strategy<Value = Map<String, Value>> {
    btree_map(name(), value(), 0..8).prop_map(Map::from_iter)
}

/// Characters of JSON in any order.
fn like_json() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "\\",
            "\\u",
            " ",
            "0",
            "null",
            "\"packet\":",
            "\"layers\":",
            "\"frame_raw\":\"00\"",
            "\"frame\":",
            "\"link_type\":1",
            "\"ts\":0",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// An event comes out as it went in, or with one member more at its end.
    #[test]
    fn only_one_member_is_added(form in form(), event in event(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_vec_pretty(&event) } else { serde_json::to_vec(&event) };
        let text = text.unwrap();
        let mut result = apply_to(&mut Filter::new(Names::DEFAULT), form, &text);
        prop_assert!(!result.contains(&0));
        if result != text {
            let mut enriched: Map<String, Value> = serde_json::from_slice(&result).unwrap();
            prop_assert!(!event.contains_key("stackprint"));
            prop_assert!(enriched.remove("stackprint").unwrap().is_object());
            let event: Map<String, Value> = serde_json::from_slice(&text).unwrap();
            prop_assert_eq!(enriched, event);
            // Nothing of the event is written anew.
            let brace = text.iter().rposition(|&byte| byte == b'}').unwrap();
            let added = result.len() - text.len();
            result.drain(brace..brace + added);
            prop_assert_eq!(result, text);
        }
    }

    #[test]
    fn a_packet_among_other_members_is_found(before in event(), after in event()) {
        let others = |event: &Map<String, Value>| {
            let mut event = event.clone();
            for name in ["packet", "packet_info", "link_type", "linktype", "timestamp", "stackprint"] {
                event.remove(name);
            }
            let text = serde_json::to_string(&event).unwrap();
            text[1..text.len() - 1].to_owned()
        };
        let packet = format!("\"packet\":\"{}\"", base64());
        let members = [others(&before), packet, others(&after)];
        let members: Vec<String> = members.into_iter().filter(|part| !part.is_empty()).collect();
        let event = format!("{{{}}}", members.join(","));
        let result = apply_to(&mut Filter::new(Names::DEFAULT), Some(Form::Eve), event.as_bytes());
        prop_assert_eq!(String::from_utf8(result).unwrap(), super::with_record(&event, EVENT_TIME));
    }

    #[test]
    fn junk_ends_well(form in form(), junk in prop_oneof![vec(any::<u8>(), 0..400), like_json()]) {
        let mut filter = Filter::new(Names::DEFAULT);
        let result = apply_to(&mut filter, form, &junk);
        // What begins as a map of MessagePack is answered by what to change.
        if crate::is_messagepack(&junk) {
            prop_assert_eq!(result, apply_to(&mut filter, form, &[0x80]));
            return Ok(());
        }
        if serde_json::from_slice::<Map<String, Value>>(&junk).is_err() {
            // Not all that is no JSON is told apart from it, but nothing of it is lost.
            prop_assert!(result.len() >= junk.len());
        }
        if form.is_none() {
            prop_assert_eq!(result, junk);
        }
    }
}
