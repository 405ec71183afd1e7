//! The fields of signatures in words.

use stackprint::{
    Direction, IpVersion, Observation, Quirks, Signature, WindowMultiple, WindowRule, WindowUnit,
};

/// A field as the notation has it, and what it says.
pub(super) struct Explained {
    pub(super) field: &'static str,
    pub(super) text: String,
    pub(super) words: String,
}

fn explained(field: &'static str, text: &str, words: String) -> Explained {
    Explained { field, text: text.to_owned(), words }
}

/// What a packet shows, field by field.
pub(super) fn of_observation(it: &Observation) -> Vec<Explained> {
    let text = it.to_string();
    let fields: Vec<&str> = text.split(':').collect();
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let mss = match it.mss {
        None => "no MSS option".to_owned(),
        Some(mss) => {
            let mtu = it.mtu().map_or(String::new(), |mtu| format!(", so an MTU of {mtu}"));
            format!("takes segments of {mss} bytes{mtu}")
        }
    };
    let mut all = vec![
        explained("version", field(0), version(Some(it.version))),
        explained("ttl", field(1), observed_ttl(it)),
        explained("ip_options", field(2), ip_options(it.ip_options_len)),
        explained("mss", field(3), mss),
    ];
    let (window, scale) = field(4).split_once(',').unwrap_or_default();
    let multiple = it.window_multiple().map(|multiple| format!(", {}", times(multiple)));
    let bytes = format!("{} bytes{}", it.window, multiple.unwrap_or_default());
    all.push(explained("window", window, bytes));
    all.push(explained("scale", scale, it.window_scale.map_or(no_scale(), scale_words)));
    all.extend(shared(it.direction, field(5), it.layout.kinds(), it.layout.end_padding()));
    all.extend(quirks(it.quirks, field(6)));
    all.push(explained("payload", field(7), payload(Some(it.has_payload))));
    all
}

/// What a signature asks, field by field.
pub(super) fn of_signature(it: &Signature, direction: Direction) -> Vec<Explained> {
    let text = it.to_string();
    let fields: Vec<&str> = text.split(':').collect();
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let ttl = match it.ttl.random {
        false => {
            format!("sent with TTL {}: arrives with less, by one for each hop", it.ttl.initial)
        }
        true => format!("sent with any TTL up to {}", it.ttl.initial),
    };
    let mss = match it.mss {
        None => "any MSS".to_owned(),
        Some(0) => "no MSS option, or an MSS of 0".to_owned(),
        Some(mss) => format!("an MSS of {mss} bytes"),
    };
    let mut all = vec![
        explained("version", field(0), version(it.version)),
        explained("ttl", field(1), ttl),
        explained("ip_options", field(2), ip_options(it.ip_options_len)),
        explained("mss", field(3), mss),
    ];
    let (window, scale) = field(4).split_once(',').unwrap_or_default();
    let bytes = match it.window {
        WindowRule::Any => "any window".to_owned(),
        WindowRule::Exact(window) => format!("a window of {window} bytes"),
        WindowRule::Multiple(multiple) => format!("a window that is {}", times(multiple)),
        WindowRule::Modulo(divisor) => format!("a window that {divisor} divides"),
    };
    all.push(explained("window", window, bytes));
    let scale_of = match it.window_scale {
        None => "any scale".to_owned(),
        Some(0) => "no window scaling, or a scale of 0".to_owned(),
        Some(scale) => scale_words(scale),
    };
    all.push(explained("scale", scale, scale_of));
    all.extend(shared(direction, field(5), it.layout.kinds(), it.layout.end_padding()));
    all.extend(quirks(it.quirks, field(6)));
    all.push(explained("payload", field(7), payload(it.has_payload)));
    all
}

fn version(version: Option<IpVersion>) -> String {
    match version {
        Some(IpVersion::V4) => "IPv4",
        Some(IpVersion::V6) => "IPv6",
        None => "IPv4 or IPv6; each is asked only for the quirks that it can show",
    }
    .to_owned()
}

fn observed_ttl(it: &Observation) -> String {
    /// Packets do not come from farther away.
    const MANY_HOPS: u8 = 35;
    let hops = it.guessed_distance();
    let initial = u16::from(it.ttl) + u16::from(hops);
    match hops {
        0 => format!(
            "TTL {}, a usual one to start with: sent from here, or no router between",
            it.ttl
        ),
        1 => format!("TTL {}: probably {initial} when it was sent, 1 hop ago", it.ttl),
        2..=MANY_HOPS => {
            format!("TTL {}: probably {initial} when it was sent, {hops} hops ago", it.ttl)
        }
        _ => format!("TTL {}: far below every usual start", it.ttl),
    }
}

fn ip_options(bytes: u8) -> String {
    match bytes {
        0 => "no IPv4 options".to_owned(),
        bytes => format!("{bytes} bytes of IPv4 options"),
    }
}

fn times(WindowMultiple { unit, times }: WindowMultiple) -> String {
    match unit {
        WindowUnit::Mss => format!("{times} × the MSS: as many full segments"),
        WindowUnit::Mtu => format!("{times} × the MTU: as many full packets"),
    }
}

fn no_scale() -> String {
    "no window scale option".to_owned()
}

fn scale_words(scale: u8) -> String {
    match 1u64.checked_shl(scale.into()) {
        Some(factor) => format!("later windows count {factor} bytes each"),
        None => "a scale that no window can have".to_owned(),
    }
}

fn payload(has_payload: Option<bool>) -> String {
    match has_payload {
        Some(false) => "no data with it",
        Some(true) => "data with it",
        None => "data with it or not",
    }
    .to_owned()
}

/// Kinds of TCP options (IANA "TCP Option Kind Numbers").
fn option_words(kind: u8) -> &'static str {
    match kind {
        0 => "end of options",
        1 => "no operation, fills up",
        2 => "maximum segment size",
        3 => "window scale",
        4 => "SACK permitted",
        5 => "SACK blocks, which do not belong here",
        8 => "timestamps",
        19 => "MD5 signature (RFC 2385)",
        28 => "user timeout (RFC 5482)",
        29 => "authentication (RFC 5925)",
        30 => "multipath TCP (RFC 8684)",
        34 => "fast open (RFC 7413)",
        253 | 254 => "an experiment (RFC 3692)",
        _ => "an option without a common name",
    }
}

/// Each option in order.
fn shared(direction: Direction, text: &str, kinds: &[u8], padding: u8) -> Vec<Explained> {
    if kinds.is_empty() {
        return vec![explained("options", text, "no TCP options".to_owned())];
    }
    let words = text.split(',').zip(kinds).enumerate().map(|(at, (word, &kind))| {
        let field = if at == 0 { "options" } else { "" };
        let mut words = option_words(kind).to_owned();
        if kind == 0 && padding > 0 {
            words += &format!(", and {padding} bytes to fill the header");
        }
        if kind == 8 && direction == Direction::SynAck {
            words += ", because the client offered them";
        }
        explained(field, word, words)
    });
    words.collect()
}

fn quirks(quirks: Quirks, text: &str) -> Vec<Explained> {
    if quirks.is_empty() {
        return vec![explained(
            "quirks",
            text,
            "nothing unusual; for IPv4: may be fragmented".into(),
        )];
    }
    let words = quirks.iter().enumerate().map(|(at, (quirk, word))| {
        explained(if at == 0 { "quirks" } else { "" }, word, quirk_words(quirk).to_owned())
    });
    words.collect()
}

fn quirk_words(quirk: Quirks) -> &'static str {
    match quirk {
        Quirks::DF => "IPv4 \"don't fragment\" is set",
        Quirks::NONZERO_ID => "though it is, the IP identification is not 0",
        Quirks::ZERO_ID => "may be fragmented, yet the IP identification is 0",
        Quirks::ECN => "explicit congestion notification is asked for or used",
        Quirks::RESERVED_BIT => "the reserved bit of the IPv4 flags is set",
        Quirks::FLOW_LABEL => "the IPv6 flow label is not 0",
        Quirks::ZERO_SEQ => "the sequence number is 0",
        Quirks::NONZERO_ACK => "an acknowledgement number without ACK",
        Quirks::ZERO_ACK => "ACK with an acknowledgement number of 0",
        Quirks::NONZERO_URG => "an urgent pointer without URG",
        Quirks::URG_FLAG => "URG is set",
        Quirks::PUSH_FLAG => "PSH is set",
        Quirks::ZERO_TIMESTAMP => "its own timestamp is 0",
        Quirks::NONZERO_PEER_TIMESTAMP => "a SYN that echoes a timestamp",
        Quirks::OPTION_PADDING => "something other than 0 behind the end of options",
        Quirks::EXCESSIVE_SCALE => "a window scale above 14",
        Quirks::BAD_OPTIONS => "malformed options",
        _ => "a quirk without words",
    }
}

/// Whether a raw signature is one of HTTP: it begins with the number behind `HTTP/1.`, where others have
/// the version of IP.
pub(super) fn is_http(signature: &str) -> bool {
    signature.starts_with("0:") || signature.starts_with("1:")
}

/// The word of records for a direction.
pub(super) fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Syn => "syn",
        Direction::SynAck => "syn_ack",
    }
}
