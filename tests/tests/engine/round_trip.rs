//! Text and value are inverse: signatures, and the raw signatures of observed packets.

use std::fs;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use stackprint::{
    Analyzer, Compat, Database, Direction, Frame, IpVersion, LinkType, Observation, OptionLayout,
    Quirks, Signature, TtlRule, WindowMultiple, WindowRule, WindowUnit, observe,
};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::{p0f, require, say, strategies};

/// p0f's bound on multiples in signatures; raw signatures may show larger ones.
const MAX_MULTIPLE: u16 = 1000;
/// In place of larger distances, which no signature can ask for, raw signatures have `?`.
const MAX_DISTANCE: u8 = 35;

fn or_none<T: Clone + std::fmt::Debug>(
    some: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(some)
}

fn multiple(times: std::ops::RangeInclusive<u16>) -> impl Strategy<Value = WindowMultiple> {
    let unit = prop_oneof![Just(WindowUnit::Mss), Just(WindowUnit::Mtu)];
    (unit, times).prop_map(|(unit, times)| WindowMultiple { unit, times })
}

fn window_rule() -> impl Strategy<Value = WindowRule> {
    prop_oneof![
        Just(WindowRule::Any),
        any::<u16>().prop_map(WindowRule::Exact),
        multiple(1..=MAX_MULTIPLE).prop_map(WindowRule::Multiple),
        (2..=u16::MAX).prop_map(WindowRule::Modulo),
    ]
}

/// Text of a layout with every kind that a signature may ask for, in p0f's words.
fn layout_text() -> impl Strategy<Value = String> {
    let word = |kind: u8| match kind {
        1 => "nop".into(),
        2 => "mss".into(),
        3 => "ws".into(),
        4 => "sok".into(),
        5 => "sack".into(),
        8 => "ts".into(),
        other => format!("?{other}"),
    };
    let kinds = vec(prop_oneof![0..=9u8, any::<u8>()], 0..OptionLayout::MAX);
    (kinds, or_none(any::<u8>())).prop_map(move |(mut kinds, padding)| {
        if padding.is_none() {
            // An end at the end is spelled `eol+0`.
            let end = kinds.iter().rposition(|&kind| kind != 0).map_or(0, |last| last + 1);
            kinds.truncate(end);
        }
        let eol = padding.map(|octets| format!("eol+{octets}"));
        kinds.into_iter().map(word).chain(eol).collect::<Vec<_>>().join(",")
    })
}

/// Any signature, and the text of its layout.
fn signature() -> impl Strategy<Value = (Signature, String)> {
    let ttl = (1..=255u8, any::<bool>()).prop_map(|(initial, random)| TtlRule { initial, random });
    let version = or_none(strategies::version());
    let scale = or_none(any::<u8>());
    let exact = (any::<u8>(), or_none(any::<u16>()), any::<u32>(), or_none(any::<bool>()));
    (version, ttl, window_rule(), scale, exact, layout_text()).prop_map(
        |(version, ttl, window, window_scale, exact, layout)| {
            let (ip_options_len, mss, quirks, has_payload) = exact;
            let quirks = match version {
                None => Quirks::from_bits(quirks),
                Some(IpVersion::V4) => Quirks::from_bits(quirks).without(Quirks::FLOW_LABEL),
                Some(IpVersion::V6) => Quirks::from_bits(quirks).without(
                    Quirks::DF | Quirks::NONZERO_ID | Quirks::ZERO_ID | Quirks::RESERVED_BIT,
                ),
            };
            let text = format!("*:64:0:*:*,*:{layout}::*");
            let of_layout: Signature = text.parse().expect("a layout");
            let signature = Signature {
                version,
                ttl,
                ip_options_len,
                mss,
                window,
                window_scale,
                quirks,
                has_payload,
                ..of_layout
            };
            (signature, layout)
        },
    )
}

/// The raw signature reads back, and says the same.
fn check_observation(observation: &Observation) -> Result<(), TestCaseError> {
    let text = observation.to_string();
    let parsed = Observation::parse(&text, observation.direction)
        .map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
    prop_assert_eq!(parsed.to_string(), text);
    prop_assert_eq!(parsed.version, observation.version);
    prop_assert_eq!(parsed.ttl, observation.ttl);
    prop_assert_eq!(parsed.ip_options_len, observation.ip_options_len);
    prop_assert_eq!(parsed.mss.unwrap_or(0), observation.mss.unwrap_or(0));
    prop_assert_eq!(parsed.window_multiple(), observation.window_multiple());
    prop_assert_eq!(parsed.window_scale.unwrap_or(0), observation.window_scale.unwrap_or(0));
    prop_assert_eq!(parsed.layout, observation.layout);
    prop_assert_eq!(parsed.quirks, observation.quirks);
    prop_assert_eq!(parsed.has_payload, observation.has_payload);
    Ok(())
}

/// A raw signature pasted into a database matches its packet exactly, but for the few that p0f
/// could not read either.
fn check_as_signature(observation: &Observation) -> Result<(), TestCaseError> {
    let text = observation.to_string();
    let times = observation.window_multiple().map_or(0, |multiple| multiple.times);
    let readable = observation.guessed_distance() <= MAX_DISTANCE && times <= MAX_MULTIPLE;
    prop_assert_eq!(text.parse::<Signature>().is_ok(), readable, "{}", text);
    if readable {
        let section = match observation.direction {
            Direction::Syn => "[tcp:request]",
            Direction::SynAck => "[tcp:response]",
        };
        let file = format!("classes = any\n{section}\nlabel = s:any:Pasted:\nsig = {text}\n");
        for compat in [Compat::Fixed, Compat::P0fExact] {
            let database = Database::parse_with(&file, compat).expect("a signature that is read");
            let found = database.find(observation);
            prop_assert!(found.is_some_and(|found| !found.fuzzy), "{} {:?}", text, compat);
        }
    }
    Ok(())
}

/// What an analyzer observes of a SYN and the SYN+ACK to it.
fn observed(frames: [&FrameBuilder; 2], compat: Compat) -> Vec<Observation> {
    let database = Database::parse_with("", compat).expect("no signatures");
    let mut analyzer = Analyzer::new(&Arc::new(database));
    let mut observed = Vec::new();
    for frame in frames {
        let octets = frame.build();
        let record = analyzer.analyze(&Frame::new(LinkType::ETHERNET, &octets)).expect("a segment");
        observed.push(record.expect("a record").fingerprint.expect("a SYN or SYN+ACK").observation);
    }
    observed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn signatures((signature, layout) in signature()) {
        let text = signature.to_string();
        prop_assert_eq!(text.parse(), Ok(signature), "{}", text);
        prop_assert_eq!(text.split(':').nth(5), Some(&*layout));
    }

    #[test]
    fn observations_of_one_frame(mut frame in strategies::syn(), answers in any::<bool>()) {
        frame.flags |= if answers { flag::ACK } else { 0 };
        let octets = frame.build();
        let observation = observe(&Frame::new(LinkType::ETHERNET, &octets)).expect("a segment");
        let direction = if answers { Direction::SynAck } else { Direction::Syn };
        prop_assert_eq!(observation.direction, direction);
        check_observation(&observation)?;
        check_as_signature(&observation)?;
    }

    /// The window of a SYN+ACK may be a multiple of the peer's MSS.
    #[test]
    fn observations_of_a_handshake((syn, syn_ack) in strategies::handshake()) {
        for compat in [Compat::Fixed, Compat::P0fExact] {
            for observation in observed([&syn, &syn_ack], compat) {
                check_observation(&observation)?;
                check_as_signature(&observation)?;
            }
        }
    }

    /// No text is read that prints as another one but for its TTL and spelling, and none panics.
    #[test]
    fn texts_that_no_packet_wrote(
        mss in any::<u16>(),
        window in prop_oneof![
            any::<u16>().prop_map(|window| window.to_string()),
            multiple(0..=u16::MAX)
                .prop_map(|WindowMultiple { unit, times }| format!("{}*{times}", unit.as_str())),
        ],
        layout in layout_text(),
        version in strategies::version(),
        direction in prop_oneof![Just(Direction::Syn), Just(Direction::SynAck)],
    ) {
        let text = format!("{}:64+0:0:{mss}:{window},0:{layout}::0", version.number());
        if let Ok(observation) = Observation::parse(&text, direction) {
            let printed = if direction == Direction::SynAck && mss == 1331 { "*".into() } else { mss.to_string() };
            let text = format!("{}:64+0:0:{printed}:{window},0:{layout}::0", version.number());
            prop_assert_eq!(observation.to_string(), text);
        }
    }
}

#[test]
fn signs_and_gaps_are_not_read() {
    for text in [
        "4:+64+0:0:1460:1,0:mss::0",
        "4:64++0:0:1460:1,0:mss::0",
        "4:64+0:+0:1460:1,0:mss::0",
        "4:64+0:0:+1460:1,0:mss::0",
        "4:64+0:0:1460:+1,0:mss::0",
        "4:64+0:0:1460:mss*+4,0:mss::0",
        "4:64+0:0:1460:mss*0,0:mss::0",
        "4:64+0:0:1460:,0:mss::0",
        "4:64+0:0:1460:1,+0:mss::0",
        "4:64+0:0:1460:1,:mss::0",
        "4:64+0::1460:1,0:mss::0",
        "4:64+0:0::1,0:mss::0",
        "4::0:1460:1,0:mss::0",
    ] {
        assert!(Observation::parse(text, Direction::Syn).is_err(), "{text}");
    }
}

/// Which multiple a window is depends on values that the text leaves out: those that the text
/// suggests must not turn it into another text.
#[test]
fn windows_that_depend_on_what_is_not_written() {
    for text in [
        // 3 × (MSS + 46), had the option 30 no bytes beyond its length.
        "4:64+0:0:1000:3138,0:mss,?30::0",
        // 10 × (MSS - 12), were the timestamps not cut off.
        "4:64+0:0:1000:9880,0:mss,ts:bad:0",
        // The same with a timestamp of 0, which takes no part.
        "4:64+0:0:1000:9880,0:mss,nop,nop,ts:ts1-:0",
        "4:64+0:0:1000:mss*10,0:mss,nop,nop,ts:ts1-:0",
        "4:64+0:0:1000:mtu*3,0:mss,?30::0",
    ] {
        for direction in [Direction::Syn, Direction::SynAck] {
            let observation = Observation::parse(text, direction).expect(text);
            assert_eq!(observation.to_string(), text);
        }
    }
    // Only a tiny MSS of the peer makes for such multiples.
    let text = "4:64+0:0:1000:mss*8191,0:mss::0";
    assert_eq!(Observation::parse(text, Direction::SynAck).expect(text).to_string(), text);
    assert!(Observation::parse(text, Direction::Syn).is_err());
    // Such a product does not even fit the arithmetic.
    let text = "4:64+0:0:65535:mss*65535,0:mss::0";
    assert!(Observation::parse(text, Direction::Syn).is_err());
}

/// An end of the list that is not the last option is `?0`: `eol+N` must come last.
#[test]
fn an_end_before_the_last_option() {
    let text = "*:64:0:*:*,*:?0,mss,eol+2::*";
    assert_eq!(text.parse::<Signature>().expect(text).to_string(), text);
}

fn read_back(name: &str, text: &str) {
    for compat in [Compat::Fixed, Compat::P0fExact] {
        let database = Database::parse_with(text, compat).expect(name);
        let mut count = 0;
        for (_, found) in database.signatures() {
            assert_eq!(found.signature.to_string().parse(), Ok(*found.signature), "{name}");
            count += 1;
        }
        assert!(count > 0, "{name}: no signature");
        say(&format!("{name}, {compat:?}: {count} signatures read back"));
    }
}

#[test]
fn signatures_of_databases() {
    read_back("built-in", Database::BUILTIN_TEXT);
    if let Some(text) = require("p0f", fs::read_to_string(p0f::DATABASE).ok()) {
        read_back("p0f.fp", &text);
    }
}
