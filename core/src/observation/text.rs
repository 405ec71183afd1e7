//! The raw signature of an observation, in p0f's notation, written and read.

use core::fmt;

use super::{Direction, Observation};
use crate::notation::{self, Fields};
use crate::parse_error::{Expected, ParseError};
use crate::quirks::{Quirks, UnknownQuirk};
use crate::window::{self, WindowMultiple, WindowUnit};
use crate::wire::{IpVersion, OptionLayout, TcpTimestamps, kind};

/// Beyond this many hops a guess of the initial TTL is not printed (p0f's bound).
pub(crate) const MAX_DISTANCE: u8 = 35;
/// The MSS by which p0f-sendsyn marks its probes; in an answer to it p0f prints `*`.
pub(crate) const SENDSYN_MSS: u16 = 1331;
/// The window by which p0f-sendsyn marks its probes.
pub(crate) const SENDSYN_WINDOW: u16 = 1337;

/// p0f's raw signature: `4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0`.
impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}+", self.version.number(), self.ttl)?;
        match self.guessed_distance() {
            hops @ ..=MAX_DISTANCE => write!(f, "{hops}")?,
            _ => f.write_str("?")?,
        }
        write!(f, ":{}:", self.ip_options_len)?;
        match self.mss.unwrap_or(0) {
            SENDSYN_MSS if self.direction == Direction::SynAck => f.write_str("*:")?,
            mss => write!(f, "{mss}:")?,
        }
        match self.window_multiple() {
            Some(WindowMultiple { unit, times }) => write!(f, "{}*{times}", unit.word())?,
            None => write!(f, "{}", self.window)?,
        }
        write!(f, ",{}:", self.window_scale.unwrap_or(0))?;
        notation::write_layout(f, &self.layout)?;
        write!(f, ":{}:{}", self.quirks, if self.has_payload { '+' } else { '0' })
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
        let fields =
            Fields::split(text).ok_or(ParseError::at(text.len(), Expected::EightFields))?;
        let error = |field: usize, expected| ParseError::at(fields.offset(field), expected);

        let version = match fields.text(0) {
            "4" => IpVersion::V4,
            "6" => IpVersion::V6,
            _ => return Err(error(0, Expected::Version)),
        };
        let ttl = observed_ttl(fields.text(1)).ok_or(error(1, Expected::ObservedTtl))?;
        let ip_options_len =
            fields.text(2).parse().map_err(|_| error(2, Expected::IpOptionsLen))?;
        let layout = notation::parse_layout(fields.text(5))
            .map_err(|at| ParseError::at(fields.offset(5) + at, Expected::Layout))?;
        let has = |kind| layout.kinds().contains(&kind);
        let mss = match fields.text(3) {
            "*" if direction == Direction::SynAck => SENDSYN_MSS,
            text => text.parse().map_err(|_| error(3, Expected::Mss))?,
        };
        let (window, scale) = fields.text(4).split_once(',').ok_or(error(4, Expected::Window))?;
        let scale = scale.parse().map_err(|_| error(4, Expected::WindowScale))?;
        let quirks = fields.text(6).parse().map_err(|unknown: UnknownQuirk| {
            ParseError::at(fields.offset(6) + unknown.at, Expected::Quirks)
        })?;
        let has_payload = match fields.text(7) {
            "0" => false,
            "+" => true,
            _ => return Err(error(7, Expected::Payload)),
        };
        let mut observation = Observation {
            direction,
            version,
            ttl,
            ip_options_len,
            dscp: 0,
            layout,
            mss: (has(kind::MSS) || mss != 0).then_some(mss),
            window: 0,
            window_scale: (has(kind::WINDOW_SCALE) || scale != 0).then_some(scale),
            timestamps: plausible_timestamps(has(kind::TIMESTAMPS), quirks),
            quirks,
            has_payload,
            headers_len: plausible_headers_len(version, ip_options_len, &layout),
            peer_mss: None,
        };
        set_window(&mut observation, window).ok_or(error(4, Expected::Window))?;
        Ok(observation)
    }
}

/// `64+0`, `14+?`, or a bare `64`: the observed TTL.
fn observed_ttl(text: &str) -> Option<u8> {
    let (ttl, distance) = text.split_once('+').unwrap_or((text, "?"));
    (distance == "?" || distance.parse::<u8>().is_ok()).then_some(())?;
    ttl.parse().ok()
}

/// Values of the timestamps option that agree with the quirks.
fn plausible_timestamps(present: bool, quirks: Quirks) -> Option<TcpTimestamps> {
    present.then(|| TcpTimestamps {
        own: u32::from(!quirks.contains(Quirks::ZERO_TIMESTAMP)),
        peer: u32::from(quirks.contains(Quirks::NONZERO_PEER_TIMESTAMP)),
    })
}

/// The headers' length with the listed options, each of its usual length.
fn plausible_headers_len(version: IpVersion, ip_options_len: u8, layout: &OptionLayout) -> u16 {
    const TCP_HEADER: u16 = 20;
    const IPV4_HEADER: u16 = 20;
    const IPV6_HEADER: u16 = 40;
    let ip = match version {
        IpVersion::V4 => IPV4_HEADER + u16::from(ip_options_len),
        IpVersion::V6 => IPV6_HEADER,
    };
    let options: u16 = layout.kinds().iter().map(|&kind| notation::usual_len(kind)).sum();
    ip + TCP_HEADER + options + u16::from(layout.end_padding())
}

/// Sets the window that prints as `text`; where only the MSS of the peer can explain a multiple,
/// that one as well.
fn set_window(observation: &mut Observation, text: &str) -> Option<()> {
    let (unit, times) = match text.split_once('*') {
        Some(("mss", times)) => (WindowUnit::Mss, times),
        Some(("mtu", times)) => (WindowUnit::Mtu, times),
        Some(_) => return None,
        None => {
            observation.window = text.parse().ok()?;
            return Some(());
        }
    };
    let wanted = WindowMultiple { unit, times: times.parse().ok().filter(|&times| times > 0)? };
    if let Some(window) = window::window_for(observation, wanted) {
        observation.window = window;
        return Some(());
    }
    if observation.direction == Direction::Syn {
        return None;
    }
    let largest = u16::MAX / wanted.times;
    (1..=largest).rev().find_map(|peer_mss| {
        observation.peer_mss = Some(peer_mss);
        observation.window = window::window_for(observation, wanted)?;
        Some(())
    })
}
