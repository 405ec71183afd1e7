//! Values built from typed parts: what is refused, and that text, parts and serde agree.

use std::fs;

use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use stackprint::{
    Analyzer, Class, Comparison, Compat, Database, Direction, Expected, Field, Frame, IpVersion,
    Label, LinkType, Observation, OptionLayout, Part, Quirks, Rank, Record, RunsOn, Side,
    Signature, TtlRule, WindowMultiple, WindowRule, WindowUnit, matched_schema, observe,
};
use stackprint_tests::input::{decode, own};
use stackprint_tests::{p0f, strategies};

/// A database of one signature.
fn alone(direction: Direction, signature: Signature) -> Database {
    let builder = Database::builder().label("s:any:Alone:");
    let builder = match direction {
        Direction::Syn => builder.syn(signature),
        Direction::SynAck => builder.syn_ack(signature),
    };
    builder.build().expect("a signature that was read")
}

/// One signature says of an observation what a database of it says.
fn matches_as_a_database(signature: &Signature, database: &Database, observation: &Observation) {
    let comparison = signature.matches(observation);
    let found = database.find(observation).map(|found| found.fuzzy);
    let expected = match comparison {
        Comparison::Exact => Some(false),
        Comparison::Fuzzy(_) => Some(true),
        Comparison::Different(_) => None,
    };
    assert_eq!(found, expected, "{signature} {observation}");
    let fields: Vec<Field> = signature.differences(observation).map(|it| it.field).collect();
    let kept = comparison.differences().map_or(Vec::new(), |it| it.fields().collect());
    assert_eq!(kept, fields, "{signature} {observation}");
    assert_eq!(comparison.is_exact(), fields.is_empty(), "{signature} {observation}");
}

#[test]
fn a_signature_matches_as_a_database_of_it_does() {
    let builtin = Database::builtin();
    let all: Vec<_> = builtin
        .signatures()
        .map(|(direction, it)| (direction, *it.signature, alone(direction, *it.signature)))
        .collect();
    // What fits, what nearly fits, and what asks for options of programs.
    let texts = [
        "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0",
        "4:50+14:0:1460:mss*44,7:mss,sok,ts,nop,ws:ecn:0",
        "4:20+12:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0",
        "6:64+0:0:1440:mss*45,7:mss,sok,ts,nop,ws:flow:0",
        "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws,?34,nop,nop:df,id+:+",
        "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws,?30:df,id+:0",
        "4:128+0:0:1460:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0",
        "4:64+0:0:1460:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0",
        "4:48+16:0:1460:1024,0:mss::0",
    ];
    for direction in [Direction::Syn, Direction::SynAck] {
        for text in texts {
            let observation = Observation::parse(text, direction).expect(text);
            for (_, signature, database) in all.iter().filter(|it| it.0 == direction) {
                matches_as_a_database(signature, database, &observation);
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_observed_is_compared_as_a_database_does(frame in strategies::syn()) {
        let octets = frame.build();
        if let Ok(observation) = observe(&Frame::new(LinkType::ETHERNET, &octets)) {
            for (direction, found) in Database::builtin().signatures() {
                let near = direction == observation.direction
                    && found.signature.layout == observation.layout;
                if near {
                    let database = alone(direction, *found.signature);
                    matches_as_a_database(found.signature, &database, &observation);
                }
            }
            // All that is observed can be built, and is the same as a serde value.
            let json = serde_json::to_string(&observation).expect("JSON");
            let read: Observation = serde_json::from_str(&json).expect(&json);
            prop_assert_eq!(read, observation);
        }
    }

    /// A signature is built just if its text is read.
    #[test]
    fn builders_refuse_what_the_notation_has_no_text_for(
        version in proptest::option::of(strategies::version()),
        initial in prop_oneof![Just(0_u8), any::<u8>()],
        random in any::<bool>(),
        times in prop_oneof![0..3_u16, 998..1003_u16],
        unit in prop_oneof![Just(WindowUnit::Mss), Just(WindowUnit::Mtu)],
        divisor in 0..4_u16,
        modulo in any::<bool>(),
        quirks in prop_oneof![Just(0_u32), any::<u32>()],
    ) {
        let window = match modulo {
            true => WindowRule::Modulo(divisor),
            false => WindowRule::Multiple(WindowMultiple { unit, times }),
        };
        let mut builder = Signature::builder(TtlRule { initial, random })
            .window(window)
            .quirks(Quirks::from_bits(quirks));
        if let Some(version) = version {
            builder = builder.version(version);
        }
        let version = version.map_or("*".into(), |it| it.number().to_string());
        let (ttl, quirks) = (TtlRule { initial, random }, Quirks::from_bits(quirks));
        let text = format!("{version}:{ttl}:0:*:{window},*::{quirks}:*");
        match (builder.build(), text.parse::<Signature>()) {
            (Ok(built), Ok(read)) => {
                prop_assert_eq!(built, read);
                prop_assert_eq!(built.to_string(), text);
            }
            (Err(built), Err(read)) => {
                prop_assert_eq!(built.expected, read.expected);
                prop_assert!(built.part.is_some() && built.line == 0 && built.column == 0);
            }
            (built, read) => prop_assert!(false, "{text}: {built:?}, {read:?}"),
        }
    }

    #[test]
    fn layouts_of_kinds_are_those_of_their_text(
        kinds in proptest::collection::vec(any::<u8>(), 0..30),
        padding in prop_oneof![Just(0_u8), any::<u8>()],
    ) {
        let built = OptionLayout::new(&kinds, padding);
        let fits = kinds.len() <= OptionLayout::MAX
            && (padding == 0 || kinds.last() == Some(&0));
        prop_assert_eq!(built.is_ok(), fits);
        if let Ok(layout) = built {
            prop_assert_eq!(layout.kinds(), &kinds[..]);
            prop_assert_eq!(layout.to_string().parse(), Ok(layout));
        }
    }
}

#[test]
fn what_p0f_refuses_is_refused_with_its_part() {
    let fails = |error: stackprint::ParseError| (error.part.expect("a part"), error.expected);
    let label = |class: &str, name: &str| Label::builder(Rank::Generic, class, name);
    let of_label = |builder: stackprint::LabelBuilder| fails(builder.build().expect_err("refused"));
    assert_eq!(of_label(label("a b", "A")), (Part::Class, Expected::ClassWord));
    assert_eq!(of_label(label("", "A")), (Part::Class, Expected::ClassWord));
    assert_eq!(of_label(label("unix", "")), (Part::Name, Expected::Name));
    assert_eq!(of_label(label("unix", "a:b")), (Part::Name, Expected::Name));
    let flavor = label("unix", "A").flavor("x\nsig = *");
    assert_eq!(of_label(flavor), (Part::Flavor, Expected::Flavor));
    assert_eq!(of_label(label("!", "A")), (Part::RunsOn, Expected::SysNext));
    let system = label("unix", "A").runs_on(RunsOn::Name("B".into()));
    assert_eq!(of_label(system), (Part::RunsOn, Expected::NoSys));
    let tool = label("!", "A").runs_on(RunsOn::Class("@".into()));
    assert_eq!(of_label(tool), (Part::RunsOn, Expected::ClassWord));
    let tool = label("!", "A").runs_on(RunsOn::Name("a,b".into()));
    assert_eq!(of_label(tool), (Part::RunsOn, Expected::Name));
    let shares = label("unix", "A").candidate("B", 0.6).candidate("C", 0.5);
    assert_eq!(of_label(shares), (Part::Candidates, Expected::Candidates));
    let named = label("unix", "A").candidate("B C", 0.5);
    assert_eq!(of_label(named), (Part::Candidates, Expected::Candidates));
    assert_eq!(of_label(label("unix", "A").quality(f64::NAN)), (Part::Quality, Expected::Quality));
    assert_eq!(of_label(label("unix", "A").quality(1.5)), (Part::Quality, Expected::Quality));

    let of_database =
        |builder: stackprint::DatabaseBuilder| builder.build().map(|_| ()).map_err(fails);
    let new = Database::builder;
    let fails_with = |part, expected| Err((part, expected));
    let signature = "*:64:0:*:*,*:::*";
    assert_eq!(
        of_database(new().syn(signature)),
        fails_with(Part::Signature, Expected::LabelFirst)
    );
    assert_eq!(of_database(new().label("s:!:A:")), fails_with(Part::RunsOn, Expected::SysNext));
    assert_eq!(of_database(new().link(0, "x")), fails_with(Part::Mtu, Expected::Mtu));
    assert_eq!(of_database(new().link(1, "a\n[tcp]")), fails_with(Part::Link, Expected::Link));
    assert_eq!(of_database(new().link(1, " a")), fails_with(Part::Link, Expected::Link));
    let unchecked = Signature { ttl: TtlRule::new(0), ..signature.parse().expect("a signature") };
    let database = new().label("s:unix:A:").syn(unchecked);
    assert_eq!(of_database(database), fails_with(Part::Field(Field::Ttl), Expected::InitialTtl));
    // The first error is told, whatever follows.
    let database = new().label("x:unix:A:").link(0, "x");
    let error = database.build().expect_err("no rank");
    assert_eq!((error.line, error.column, error.expected), (1, 1, Expected::Label));

    let observation = Observation::builder(Direction::Syn, IpVersion::V6, 64).quirks(Quirks::DF);
    let error = fails(observation.build().expect_err("IPv6 has no DF"));
    assert_eq!(error, (Part::Field(Field::Quirks), Expected::QuirksOfVersion));
}

/// A database that has all that the syntax knows.
const EVERYTHING: &str = "\
classes = win,unix,other
[mtu]
label = Ethernet or modem
sig   = 1500
sig   = 576
label = VPN
sig   = 1400
[tcp:response]
;@ candidates iOS=0.6 macOS=0.4
label = s:unix:macOS/iOS: with | and :
sig = *:64:0:*:65535,*:mss,nop,ws,sok,eol+1:df,id+:0
sig = 4:64:0:*:65535,*:mss::*
[http:request]
ua_os = LINUX
[tcp:request]
label = s:unix:Empty:
;@ quality 0.985
label = g:unix:linux:3.x
sig = *:64:0:*:mss*20,10:mss,sok,ts,nop,ws:df,id+:0
label = s:!:Scanner:
sys = @UNIX, Linux,@win
sig = *:64-:04:1460:1024,0:mss::0
sig = 6:64:0:0:%8192,0:?77,eol+0:flow:+
[tcp:response]
label = g:WIN:WINDOWS:NT
sig = 4:128:0:*:mtu*2,*:mss:df:*
";

#[test]
fn databases_print_as_what_they_are() {
    for compat in [Compat::Fixed, Compat::P0fExact] {
        let mut texts = vec![EVERYTHING.to_owned(), Database::BUILTIN_TEXT.to_owned()];
        texts.extend(fs::read_to_string(p0f::DATABASE));
        for text in texts {
            let database = Database::parse_with(&text, compat).expect("a database");
            let printed = database.to_string();
            let read = Database::parse_with(&printed, compat).expect(&printed);
            assert!(read == database, "{printed}");
            assert_eq!(read.to_string(), printed);
            let signatures = |database: &Database| -> Vec<_> {
                let all = database.signatures();
                all.map(|(direction, it)| {
                    (direction, *it.signature, it.label.to_string(), it.quality())
                })
                .collect()
            };
            assert_eq!(signatures(&read), signatures(&database));
            for mtu in 0..=u16::MAX.into() {
                assert_eq!(read.link(mtu), database.link(mtu));
            }
            // Rebuilt from itself, it is the same, too.
            assert!(database.to_builder().build().expect("a database") == database);
        }
    }
    let everything = Database::parse(EVERYTHING).expect("a database").to_string();
    assert!(everything.contains("sys   = @unix,LINUX,@win\n"), "{everything}");
    assert!(everything.contains("sig   = *:64-:04:1460:"), "{everything}");
}

#[test]
fn p0f_loads_what_is_printed() {
    for text in [EVERYTHING, Database::BUILTIN_TEXT] {
        let printed = Database::parse(text).expect("a database").to_string();
        let path = std::env::temp_dir().join(format!("stackprint-typed-{}.fp", std::process::id()));
        fs::write(&path, printed).expect("a temporary file");
        let said = p0f::loading(&path);
        fs::remove_file(&path).expect("it is there");
        if let Some(said) = said {
            let count = Database::parse(text).expect("a database").signatures().count();
            let links = Database::parse(text).expect("a database").links().count();
            let database = Database::parse(text).expect("a database");
            let kinds = [stackprint::http::Kind::Request, stackprint::http::Kind::Response];
            let http: usize = kinds.iter().map(|&kind| database.http().count(kind)).sum();
            let loaded = format!("Loaded {} ", count + links + http);
            assert!(said.contains(&loaded), "{loaded}: {said}");
        }
    }
}

#[test]
fn merged_databases_keep_the_order_of_both() {
    let mine = Database::parse(EVERYTHING).expect("a database");
    let builtin = Database::builtin();
    let merged = mine.merge(&builtin).expect("room");
    assert_eq!(merged.len(), mine.len() + builtin.len());
    let texts = |database: &Database| -> Vec<String> {
        database
            .signatures()
            .map(|(_, it)| format!("{} {}", it.signature, it.label.flavor()))
            .collect()
    };
    let expected = [texts(&mine), texts(&builtin)].concat();
    assert_eq!(texts(&merged), expected);
    // Names that differ in case alone are one, spelled as the first.
    let linux = merged.labels().filter(|label| label.name().eq_ignore_ascii_case("linux"));
    assert!(linux.count() > 10);
    assert!(merged.labels().all(|label| label.name() != "Linux"));
    // The first of equal MTUs counts.
    assert_eq!(merged.link(1500), Some("Ethernet or modem"));
    assert_eq!(merged.link(1400), Some("VPN"));
    let twice = merged.merge(&merged).expect("room");
    assert_eq!(twice.len(), 2 * merged.len());
}

#[test]
fn a_label_of_both_directions_is_printed_in_both_sections() {
    let signature = "*:64:0:*:*,*:::*";
    let tool = Label::builder(Rank::Specific, Class::Userland, "Tool")
        .runs_on(RunsOn::Name("Linux".into()))
        .build()
        .expect("a label");
    let database = Database::builder()
        .label(tool)
        .syn(signature)
        .syn_ack(signature)
        .build()
        .expect("a database");
    assert_eq!(
        database.to_string(),
        "\n[tcp:request]\n\nlabel = s:!:Tool:\nsys   = Linux\nsig   = *:64:0:*:*,*:::*\n\
         \n[tcp:response]\n\nlabel = s:!:Tool:\nsys   = Linux\nsig   = *:64:0:*:*,*:::*\n"
    );
    assert!(Database::parse(&database.to_string()).expect("its text") == database);
}

/// A matcher's findings of all own captures as rows: the record's members, and one more, in JSON and
/// in MessagePack; and as their schema says.
#[test]
fn findings_are_part_of_rows() {
    let schema = matched_schema::<Knock>();
    let schema = jsonschema::options().should_validate_formats(true).build(schema.as_value());
    let schema = schema.expect("a schema");
    let mut matcher = |record: &Record<'_>| {
        (record.subject == Side::Client).then_some(Knock { port: record.server.port })
    };
    let (mut found, mut not_found) = (0, 0);
    for capture in own() {
        let mut analyzer = Analyzer::new(&Database::builtin());
        let mut session = analyzer.session();
        // Damaged ones end where they are damaged.
        let _ = decode(&capture.octets, |captured| {
            session.analyze_with(&captured.frame, &mut matcher, |result| {
                let Ok(Some(matched)) = result else { return };
                let row = serde_json::to_value(matched.row()).expect("JSON");
                if let Err(error) = schema.validate(&row) {
                    panic!("{error}: {row}");
                }
                let mut expected = serde_json::to_value(matched.record.row()).expect("JSON");
                expected["extra"] = serde_json::to_value(&matched.finding).expect("JSON");
                assert_eq!(row, expected);
                let packed = rmp_serde::to_vec_named(&matched.row()).expect("MessagePack");
                let record = rmp_serde::to_vec_named(&matched.record.row()).expect("MessagePack");
                let extra = rmp_serde::to_vec_named(&("extra", &matched.finding));
                // The row has one member more; a pair has one byte before its members.
                let ((count, all), (others, of_record)) = (members(&packed), members(&record));
                assert_eq!(count, others + 1);
                assert_eq!(all, [of_record, &extra.expect("MessagePack")[1..]].concat());
                match matched.finding {
                    Some(_) => found += 1,
                    None => not_found += 1,
                }
            });
        });
    }
    assert!(found > 100 && not_found > 100, "{found}, {not_found}");
}

/// How many members a map of MessagePack has, and what follows its head.
fn members(map: &[u8]) -> (usize, &[u8]) {
    match map {
        [head @ 0x80..=0x8f, rest @ ..] => (usize::from(head & 0xf), rest),
        [0xde, high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]).into(), rest),
        _ => panic!("not a map"),
    }
}

/// What a matcher of this test finds.
#[derive(Serialize, JsonSchema)]
struct Knock {
    port: u16,
}
