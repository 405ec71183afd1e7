//! Typed parts → [`Observation`].

use super::text::plausible_timestamps;
use super::{Direction, Observation};
use crate::field::Field;
use crate::parse_error::{Expected, ParseError};
use crate::tcp::quirks::Quirks;
use crate::wire::{AppOptions, IpVersion, OptionLayout, TcpTimestamps, kind};

/// Puts an [`Observation`] together: made by [`Observation::builder`].
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct ObservationBuilder {
    seen: Observation,
    timestamps: Option<Option<TcpTimestamps>>,
    app_options: Option<AppOptions>,
    headers_len: Option<u16>,
}

impl Observation {
    /// Begins an observation of a packet. What is not said is 0, empty or absent; of the options in
    /// the layout, values that are not said are plausible ones.
    ///
    /// ```
    /// use stackprint::{Direction, IpVersion, Observation, OptionLayout, Quirks};
    ///
    /// let observation = Observation::builder(Direction::Syn, IpVersion::V4, 57)
    ///     .layout(OptionLayout::from([2, 4, 8, 1, 3]))
    ///     .mss(1460)
    ///     .window(64_240)
    ///     .window_scale(7)
    ///     .quirks(Quirks::DF | Quirks::NONZERO_ID)
    ///     .build()?;
    /// assert_eq!(observation.to_string(), "4:57+7:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0");
    /// # Ok::<(), stackprint::ParseError>(())
    /// ```
    pub fn builder(direction: Direction, version: IpVersion, ttl: u8) -> ObservationBuilder {
        let seen = Observation {
            direction,
            version,
            ttl,
            ip_options_len: 0,
            dscp: 0,
            layout: OptionLayout::EMPTY,
            app_options: AppOptions::NONE,
            mss: None,
            window: 0,
            window_scale: None,
            timestamps: None,
            quirks: Quirks::NONE,
            has_payload: false,
            headers_len: 0,
            peer_mss: None,
        };
        ObservationBuilder { seen, timestamps: None, app_options: None, headers_len: None }
    }
}

impl ObservationBuilder {
    /// The packet has so many bytes of IPv4 options.
    pub fn ip_options_len(mut self, bytes: u8) -> Self {
        self.seen.ip_options_len = bytes;
        self
    }

    /// The packet has this DSCP.
    pub fn dscp(mut self, dscp: u8) -> Self {
        self.seen.dscp = dscp;
        self
    }

    /// The packet has these TCP options.
    pub fn layout(mut self, layout: OptionLayout) -> Self {
        self.seen.layout = layout;
        self
    }

    /// These of the options were asked for by a program; without this, as far as the kinds tell.
    pub fn app_options(mut self, options: AppOptions) -> Self {
        self.app_options = Some(options);
        self
    }

    /// The packet announces this MSS in bytes.
    pub fn mss(mut self, bytes: u16) -> Self {
        self.seen.mss = Some(bytes);
        self
    }

    /// The window field, not scaled.
    pub fn window(mut self, window: u16) -> Self {
        self.seen.window = window;
        self
    }

    /// The packet announces this window scale, as a power of two.
    pub fn window_scale(mut self, scale: u8) -> Self {
        self.seen.window_scale = Some(scale);
        self
    }

    /// The timestamps option has these values; without this, values that agree with the quirks.
    pub fn timestamps(mut self, timestamps: Option<TcpTimestamps>) -> Self {
        self.timestamps = Some(timestamps);
        self
    }

    /// The packet shows just these quirks.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.seen.quirks = quirks;
        self
    }

    /// There is payload after the headers.
    pub fn payload(mut self, has_payload: bool) -> Self {
        self.seen.has_payload = has_payload;
        self
    }

    /// Both headers with their options have so many bytes; without this, as many as options of the
    /// usual lengths take.
    pub fn headers_len(mut self, bytes: u16) -> Self {
        self.headers_len = Some(bytes);
        self
    }

    /// The SYN that this SYN+ACK answers announced this MSS.
    pub fn peer_mss(mut self, bytes: u16) -> Self {
        self.seen.peer_mss = Some(bytes);
        self
    }

    /// The observation.
    ///
    /// # Errors
    ///
    /// For what no packet of the IP version can show: its quirks, and IPv4 options in IPv6.
    pub fn build(self) -> Result<Observation, ParseError> {
        let ObservationBuilder { seen, timestamps, app_options, headers_len } = self;
        if !seen.quirks.possible_in(seen.version) {
            return Err(ParseError::of_field(Field::Quirks, Expected::QuirksOfVersion));
        }
        if seen.version == IpVersion::V6 && seen.ip_options_len != 0 {
            return Err(ParseError::of_field(Field::IpOptionsLen, Expected::IpOptionsLen));
        }
        let has = |kind| seen.layout.kinds().contains(&kind);
        let plausible_len =
            || Observation::plausible_headers_len(seen.version, seen.ip_options_len, &seen.layout);
        Ok(Observation {
            app_options: app_options.unwrap_or_else(|| AppOptions::of_layout(&seen.layout)),
            mss: seen.mss.or(has(kind::MSS).then_some(0)),
            window_scale: seen.window_scale.or(has(kind::WINDOW_SCALE).then_some(0)),
            timestamps: timestamps
                .unwrap_or_else(|| plausible_timestamps(has(kind::TIMESTAMPS), seen.quirks)),
            headers_len: headers_len.unwrap_or_else(plausible_len),
            ..seen
        })
    }
}

/// The raw signature of a SYN; [`Observation::parse`] also reads those of SYN+ACKs.
impl core::str::FromStr for Observation {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Observation, ParseError> {
        Observation::parse(text, Direction::Syn)
    }
}
