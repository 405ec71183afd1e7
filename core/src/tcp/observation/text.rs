//! The raw signature of an observation, in p0f's notation, written and read.

use core::fmt;

use super::{Direction, Observation};
use crate::ascii::{Ascii, SIGNATURE_LEN, Text};
use crate::parse_error::{Expected, ParseError};
use crate::tcp::notation::{self, Fields, decimal};
use crate::tcp::quirks::{Quirks, UnknownQuirk};
use crate::tcp::window::{WindowMultiple, WindowUnit};
use crate::wire::{AppOptions, IpVersion, OptionLayout, TcpTimestamps, kind};

/// Beyond this many hops a guess of the initial TTL is not printed (p0f's bound).
pub(crate) const MAX_DISTANCE: u8 = 35;
/// The MSS by which p0f-sendsyn marks its probes; in an answer to it p0f prints `*`.
pub(crate) const SENDSYN_MSS: u16 = 1331;
/// The window by which p0f-sendsyn marks its probes.
pub(crate) const SENDSYN_WINDOW: u16 = 1337;

/// p0f's raw signature: `4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0`.
impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Ascii::<SIGNATURE_LEN>::new();
        self.write_signature(&mut text);
        f.write_str(text.as_str())
    }
}

impl Observation {
    /// The raw signature; the same text whatever it is written to.
    pub(crate) fn write_signature(&self, to: &mut impl Text) {
        to.push_number(self.version.number());
        to.push(":");
        to.push_number(self.ttl);
        to.push("+");
        match self.guessed_distance() {
            hops @ ..=MAX_DISTANCE => to.push_number(hops),
            _ => to.push("?"),
        }
        to.push(":");
        to.push_number(self.ip_options_len);
        to.push(":");
        match self.mss.unwrap_or(0) {
            SENDSYN_MSS if self.direction == Direction::SynAck => to.push("*"),
            mss => to.push_number(mss),
        }
        to.push(":");
        match self.window_multiple() {
            Some(WindowMultiple { unit, times }) => {
                to.push(unit.as_str());
                to.push("*");
                to.push_number(times);
            }
            None => to.push_number(self.window),
        }
        to.push(",");
        to.push_number(self.window_scale.unwrap_or(0));
        to.push(":");
        notation::write_layout(to, &self.layout);
        to.push(":");
        self.quirks.write_to(to);
        to.push(if self.has_payload { ":+" } else { ":0" });
    }
}

impl Observation {
    /// Reads a raw signature as [`Display`](fmt::Display) writes it, and as a signature of a
    /// database may write it (`64` for `64+0`).
    ///
    /// # Errors
    ///
    /// Where a field is not what a packet can show: patterns (`*`, `%8192`) are none.
    pub fn parse(text: &str, direction: Direction) -> Result<Observation, ParseError> {
        let (observation, window) = Observation::parse_but_window(text, direction)?;
        with_window(&observation, window.text).ok_or(ParseError::at(window.at, Expected::Window))
    }

    /// How the window of a raw signature has to be written, where `text` has it as a number of bytes,
    /// and the other fields make it a multiple: 64240 with an MSS of 1460 is `mss*44`, and never
    /// stands in a raw signature as 64240.
    #[must_use]
    pub fn window_as_multiple(text: &str, direction: Direction) -> Option<WindowMultiple> {
        let (observation, window) = Observation::parse_but_window(text, direction).ok()?;
        let window = decimal(window.text)?;
        Observation { window, ..observation }.window_multiple()
    }

    /// All but the window, and the window's text.
    fn parse_but_window(
        text: &str,
        direction: Direction,
    ) -> Result<(Observation, WindowText<'_>), ParseError> {
        let fields =
            Fields::split(text).ok_or(ParseError::at(text.len(), Expected::EightFields))?;
        let error = |field: usize, expected| ParseError::at(fields.offset(field), expected);

        let version = match fields.text(0) {
            "4" => IpVersion::V4,
            "6" => IpVersion::V6,
            _ => return Err(error(0, Expected::Version)),
        };
        let ttl = observed_ttl(fields.text(1)).ok_or(error(1, Expected::ObservedTtl))?;
        let ip_options_len = decimal(fields.text(2)).ok_or(error(2, Expected::IpOptionsLen))?;
        let layout = notation::parse_layout(fields.text(5))
            .map_err(|at| ParseError::at(fields.offset(5) + at, Expected::Layout))?;
        let has = |kind| layout.kinds().contains(&kind);
        let mss = match fields.text(3) {
            "*" if direction == Direction::SynAck => SENDSYN_MSS,
            text => decimal(text).ok_or(error(3, Expected::Mss))?,
        };
        let (window, scale) = fields.text(4).split_once(',').ok_or(error(4, Expected::Window))?;
        let scale = decimal(scale).ok_or(error(4, Expected::WindowScale))?;
        let quirks = fields.text(6).parse().map_err(|unknown: UnknownQuirk| {
            ParseError::at(fields.offset(6) + unknown.at, Expected::Quirks)
        })?;
        let has_payload = match fields.text(7) {
            "0" => false,
            "+" => true,
            _ => return Err(error(7, Expected::Payload)),
        };
        let window = WindowText { text: window, at: fields.offset(4) };
        let observation = Observation {
            direction,
            version,
            ttl,
            ip_options_len,
            dscp: 0,
            layout,
            app_options: AppOptions::of_layout(&layout),
            mss: (has(kind::MSS) || mss != 0).then_some(mss),
            window: 0,
            window_scale: (has(kind::WINDOW_SCALE) || scale != 0).then_some(scale),
            timestamps: plausible_timestamps(has(kind::TIMESTAMPS), quirks),
            quirks,
            has_payload,
            headers_len: Observation::plausible_headers_len(version, ip_options_len, &layout),
            peer_mss: None,
        };
        Ok((observation, window))
    }
}

/// The window of a raw signature, and its offset in it.
struct WindowText<'t> {
    text: &'t str,
    at: usize,
}

impl Observation {
    /// The headers' length with the listed options, each of its usual length.
    pub(crate) fn plausible_headers_len(
        version: IpVersion,
        ip_options_len: u8,
        layout: &OptionLayout,
    ) -> u16 {
        let options: u16 = layout.kinds().iter().map(|&kind| notation::usual_len(kind)).sum();
        let padding = u16::from(layout.end_padding());
        ip_header_len(version, ip_options_len) + TCP_HEADER + options + padding
    }
}

/// `64+0`, `14+?`, or a bare `64`: the observed TTL.
fn observed_ttl(text: &str) -> Option<u8> {
    let (ttl, distance) = text.split_once('+').unwrap_or((text, "?"));
    (distance == "?" || decimal::<u8>(distance).is_some()).then_some(())?;
    decimal(ttl)
}

/// Values of the timestamps option that agree with the quirks.
pub(super) fn plausible_timestamps(present: bool, quirks: Quirks) -> Option<TcpTimestamps> {
    present.then(|| TcpTimestamps {
        tsval: u32::from(!quirks.contains(Quirks::ZERO_TIMESTAMP)),
        tsecr: u32::from(quirks.contains(Quirks::NONZERO_PEER_TIMESTAMP)),
    })
}

/// Bytes of an IP header without TCP.
fn ip_header_len(version: IpVersion, ip_options_len: u8) -> u16 {
    const IPV4_HEADER: u16 = 20;
    const IPV6_HEADER: u16 = 40;
    match version {
        IpVersion::V4 => IPV4_HEADER + u16::from(ip_options_len),
        IpVersion::V6 => IPV6_HEADER,
    }
}

/// Bytes of a TCP header without options.
const TCP_HEADER: u16 = 20;
/// The most bytes of options that a TCP header has room for, and the steps in which it grows.
const TCP_OPTIONS_MAX: u16 = 40;
const TCP_OPTIONS_STEP: usize = 4;

/// How a window is printed.
#[derive(Clone, Copy)]
enum Printed {
    Plain(u16),
    Multiple(WindowMultiple),
}

impl Printed {
    fn parse(text: &str) -> Option<Printed> {
        let (unit, times) = match text.split_once('*') {
            Some(("mss", times)) => (WindowUnit::Mss, times),
            Some(("mtu", times)) => (WindowUnit::Mtu, times),
            Some(_) => return None,
            None => return decimal(text).map(Printed::Plain),
        };
        let times = decimal(times).filter(|&times: &u16| times > 0)?;
        Some(Printed::Multiple(WindowMultiple { unit, times }))
    }

    /// The window for which the observation prints this.
    fn window(self, observation: &Observation) -> Option<u16> {
        match self {
            Printed::Multiple(wanted) => observation.windows_for(wanted).next(),
            Printed::Plain(window) => {
                let printed = Observation { window, ..*observation }.window_multiple();
                printed.is_none().then_some(window)
            }
        }
    }
}

/// The observation with a window that prints as `text`. Whether it does depends on what the
/// notation leaves out, so that is varied until it does; the plausible values go first.
fn with_window(observation: &Observation, text: &str) -> Option<Observation> {
    let printed = Printed::parse(text)?;
    let fitting =
        |unseen: Observation| Some(Observation { window: printed.window(&unseen)?, ..unseen });
    let answer = unseen_values(observation).find_map(fitting);
    match printed {
        Printed::Multiple(wanted) if answer.is_none() => {
            unseen_values(observation).find_map(|unseen| of_peer_mss(&unseen, wanted))
        }
        Printed::Multiple(_) | Printed::Plain(_) => answer,
    }
}

/// The observation with each value of its timestamp and headers' length that packets may have had.
fn unseen_values(observation: &Observation) -> impl Iterator<Item = Observation> {
    let observation = *observation;
    let bare = ip_header_len(observation.version, observation.ip_options_len) + TCP_HEADER;
    let lens = (bare..=bare + TCP_OPTIONS_MAX).step_by(TCP_OPTIONS_STEP);
    // Where an option is malformed or repeated, the quirk does not tell the timestamp that counts.
    let other = observation.timestamps.map(|it| TcpTimestamps { tsval: 1 - it.tsval, ..it });
    let clocks = [observation.timestamps, other.or(observation.timestamps)];
    core::iter::once(observation.headers_len).chain(lens).flat_map(move |headers_len| {
        clocks.map(|timestamps| Observation { headers_len, timestamps, ..observation })
    })
}

/// The observation of a SYN+ACK with the MSS of its peer that makes the window print as `wanted`.
fn of_peer_mss(observation: &Observation, wanted: WindowMultiple) -> Option<Observation> {
    if observation.direction == Direction::Syn || wanted.unit == WindowUnit::Mtu {
        return None;
    }
    let candidates = (1..=u16::MAX / wanted.times).rev().map(|peer_mss| Observation {
        peer_mss: Some(peer_mss),
        window: peer_mss * wanted.times,
        ..*observation
    });
    candidates.into_iter().find(|candidate| candidate.window_multiple() == Some(wanted))
}
