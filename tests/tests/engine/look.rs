//! The cheap first look never turns away what the parser would have taken.

use proptest::prelude::*;
use stackprint::{Frame, LinkType, may_be_handshake, observe};
use stackprint_tests::{input, say};

#[test]
fn every_handshake_of_the_captures_passes() {
    let (mut frames, mut passed, mut handshakes) = (0u64, 0u64, 0u64);
    for capture in input::all() {
        let _ = input::decode(&capture.octets, |captured| {
            let may_be = may_be_handshake(&captured.frame);
            frames += 1;
            passed += u64::from(may_be);
            if observe(&captured.frame).is_ok() {
                handshakes += 1;
                assert!(may_be, "{} frame {}", capture.name, captured.number);
            }
        });
    }
    say(&format!("first look: {frames} frames, {passed} pass, {handshakes} are handshakes"));
    // It would be of no use if it let everything through.
    assert!(handshakes > 0 && passed < frames);
}

/// Frames of our captures, to be damaged.
fn some_frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for capture in input::own() {
        let _ = input::decode(&capture.octets, |captured| {
            if captured.frame.link_type == LinkType::ETHERNET {
                frames.push(captured.frame.data.to_vec());
            }
        });
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn every_handshake_among_damaged_frames_passes(
        number in any::<prop::sample::Index>(),
        damage in prop::collection::vec((0usize..80, any::<u8>()), 0..6),
        cut in prop::option::of(0usize..120),
    ) {
        thread_local!(static FRAMES: Vec<Vec<u8>> = some_frames());
        let mut octets = FRAMES.with(|frames| frames[number.index(frames.len())].clone());
        for (at, octet) in damage {
            if let Some(place) = octets.get_mut(at) {
                *place = octet;
            }
        }
        octets.truncate(cut.unwrap_or(usize::MAX));
        let frame = Frame::new(LinkType::ETHERNET, &octets);
        prop_assert!(may_be_handshake(&frame) || observe(&frame).is_err());
    }
}
