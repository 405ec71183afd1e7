//! What the fuzzer begins with: the captures of this project, as its targets take them.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stackprint::capture::Decoder;
use stackprint::{Analyzer, Database, Frame, LinkType, observe};
use stackprint_worker::packets::{PacketFormat, encode};

use crate::packets::FORMATS;

/// Larger ones would slow the fuzzer down.
const MAX_OCTETS: usize = 4096;
/// Frames of one conversation.
const FRAMES: usize = 12;
/// Frames of each capture that are seeds of their own.
const SINGLE_FRAMES: usize = 4;
/// How a stream and a capture are cut.
const SIZES: [u8; 4] = [255, 1, 16, 60];

/// A seed: the name of its target, and octets.
pub type Seed = (&'static str, Vec<u8>);

/// Seeds that come of one capture.
#[must_use]
pub fn of_capture(octets: &[u8]) -> Vec<Seed> {
    let mut seeds = Vec::new();
    if octets.len() <= MAX_OCTETS {
        seeds.push(("capture", [&SIZES, octets].concat()));
        seeds.push(("message", [&head(PacketFormat::Capture), octets].concat()));
    }
    let mut conversation = Vec::new();
    let mut streams = [vec![0], vec![1]].map(|kind| [kind, SIZES.to_vec()].concat());
    let mut signatures = HashSet::new();
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut frames = 0;
    // Damage ends it: what came before is good enough.
    let _ = Decoder::new().push(octets, |captured| {
        let frame = captured.frame;
        let LinkType(link_type) = frame.link_type;
        let Ok(len) = u8::try_from(frame.data.len()) else { return };
        frames += 1;
        if frames <= SINGLE_FRAMES {
            seeds.push(("frame", [&link_type.to_be_bytes(), frame.data].concat()));
            let published = [&link_type.to_be_bytes()[..], &[9, 0x61, 0x52, 0x43, 0x34]].concat();
            seeds.push(("envelope", [&published, frame.data].concat()));
            seeds.extend(messages(&frame));
            encode::to_json(&frame, Some("gate"), &mut streams[0]);
            streams[0].push(b'\n');
            encode::to_msgpack(&frame, None, &mut streams[1]);
        }
        if conversation.is_empty() {
            conversation.extend(link_type.to_be_bytes());
        }
        if frames <= FRAMES {
            conversation.extend([len, 0, 10]);
            conversation.extend(frame.data);
        }
        if let Ok(observation) = observe(&frame) {
            let text = observation.to_string();
            if signatures.insert(text.clone()) {
                seeds.push(("signature", text.into_bytes()));
                if let Ok(Some(record)) = analyzer.analyze(&frame) {
                    let mut json = Vec::new();
                    record.write_json(None, &mut json);
                    seeds.push(("record", json));
                }
            }
        }
    });
    if !conversation.is_empty() {
        seeds.push(("ways", conversation.clone()));
        seeds.push(("conversation", conversation));
        seeds.extend(streams.map(|stream| ("packet_stream", stream)));
    }
    seeds
}

/// The octets before a message that says nothing besides its value, for this format.
fn head(format: PacketFormat) -> [u8; 2] {
    let place = FORMATS.iter().position(|&other| other == format).unwrap_or_default();
    [place as u8, 0]
}

/// A frame in each form in which others hand it around.
fn messages(frame: &Frame<'_>) -> Vec<Seed> {
    let (time, link_type) = (frame.time, frame.link_type.0);
    let (seconds, nanos, len) = (time.as_seconds(), time.subsecond_nanos(), frame.data.len());
    let (text, raw) = (STANDARD.encode(frame.data), hex::encode(frame.data));
    let eve = format!(
        r#"{{"timestamp":"{time}","event_type":"alert","alert":{{"gid":1}},"packet":"{text}","packet_info":{{"linktype":{link_type}}}}}"#
    );
    let ek = format!(
        r#"{{"index":{{"_index":"packets"}}}}
{{"timestamp":"{seconds}000","layers":{{"frame_raw":"{raw}","frame":{{"frame_frame_encap_type":"1","frame_frame_time_epoch":"{seconds}.{nanos:09}","frame_frame_len":"{len}"}}}}}}"#
    );
    let tshark = format!(
        r#"[{{"_index":"packets","_source":{{"layers":{{"frame_raw":["{raw}",0,{len},0,1],"frame":{{"frame.encap_type":"1","frame.time_epoch":"{seconds}.{nanos:09}"}}}}}}}}]"#
    );
    let tenzir = format!(
        r#"{{"linktype":{link_type},"timestamp":"{time}","captured_packet_length":{len},"original_packet_length":{len},"data":"{text}"}}"#
    );
    let mut json = Vec::new();
    encode::to_json(frame, None, &mut json);
    let mut packed = encode::ARRAY_HEADER.to_vec();
    encode::to_msgpack(frame, Some("gate"), &mut packed);
    encode::to_msgpack(frame, None, &mut packed);
    encode::set_count(&mut packed, 2);
    let values = [
        (PacketFormat::Eve, eve.into_bytes()),
        (PacketFormat::Ek, ek.into_bytes()),
        (PacketFormat::Ek, tshark.into_bytes()),
        (PacketFormat::Tenzir, tenzir.into_bytes()),
        (PacketFormat::Envelope, json),
        (PacketFormat::Envelope, packed),
        (PacketFormat::Raw, frame.data.to_vec()),
        (PacketFormat::Auto, frame.data.to_vec()),
    ];
    let with_head = values.into_iter().map(|(format, value)| [&head(format), &value[..]].concat());
    with_head.map(|octets| ("message", octets)).collect()
}

/// Seeds of the built-in database: its sections, and its signatures.
#[must_use]
pub fn of_database() -> Vec<Seed> {
    let text = Database::BUILTIN_TEXT;
    let mut seeds = Vec::new();
    for part in text.split("\n\n").filter(|part| part.len() <= MAX_OCTETS) {
        for section in ["[tcp:request]", "[tcp:response]", "[mtu]"] {
            seeds.push((
                "database",
                format!("classes = win,unix,other\n{section}\n{part}\n").into(),
            ));
        }
    }
    for line in text.lines() {
        if let Some((name, value)) = line.split_once('=')
            && name.trim() == "sig"
        {
            seeds.push(("signature", value.trim().as_bytes().to_vec()));
        }
    }
    seeds
}
