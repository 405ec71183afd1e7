//! Typed parts → [`Signature`].

use super::parse::{MAX_MULTIPLE, possible};
use super::{Signature, TtlRule, WindowRule};
use crate::field::Field;
use crate::parse_error::{Expected, ParseError};
use crate::tcp::quirks::Quirks;
use crate::tcp::window::{WindowMultiple, WindowUnit};
use crate::wire::{IpVersion, OptionLayout};

/// Puts a [`Signature`] together: made by [`Signature::builder`].
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct SignatureBuilder(Signature);

impl Signature {
    /// Begins a signature of a stack that sends with this TTL. What is not said is left open where the
    /// notation can leave it open (`*`); where it cannot, there are no options, no quirks and no
    /// IPv4 options.
    ///
    /// ```
    /// use stackprint::{OptionLayout, Quirks, Signature, WindowRule};
    ///
    /// let signature = Signature::builder(64)
    ///     .window(WindowRule::mss(20))
    ///     .window_scale(7)
    ///     .layout(OptionLayout::from([2, 4, 8, 1, 3]))
    ///     .quirks(Quirks::DF | Quirks::NONZERO_ID)
    ///     .payload(false)
    ///     .build()?;
    /// assert_eq!(signature.to_string(), "*:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0");
    /// # Ok::<(), stackprint::ParseError>(())
    /// ```
    pub fn builder(ttl: impl Into<TtlRule>) -> SignatureBuilder {
        SignatureBuilder(Signature {
            version: None,
            ttl: ttl.into(),
            ip_options_len: 0,
            mss: None,
            window: WindowRule::Any,
            window_scale: None,
            layout: OptionLayout::EMPTY,
            quirks: Quirks::NONE,
            has_payload: None,
        })
    }

    /// Checks that the notation has such a signature, so that it prints as what it is.
    ///
    /// # Errors
    ///
    /// Names the field that [`FromStr`](core::str::FromStr) would refuse.
    pub fn check(&self) -> Result<(), ParseError> {
        let fails = |field, expected| Err(ParseError::of_field(field, expected));
        if self.ttl.initial == 0 {
            return fails(Field::Ttl, Expected::InitialTtl);
        }
        let has_window = match self.window {
            WindowRule::Any | WindowRule::Exact(_) => true,
            WindowRule::Multiple(multiple) => (1..=MAX_MULTIPLE).contains(&multiple.times),
            WindowRule::Modulo(divisor) => divisor >= 2,
        };
        if !has_window {
            return fails(Field::Window, Expected::WindowRule);
        }
        if !possible(self.quirks, self.version) {
            return fails(Field::Quirks, Expected::QuirksOfVersion);
        }
        Ok(())
    }
}

impl SignatureBuilder {
    /// Asks for packets of this IP version.
    pub fn version(mut self, version: IpVersion) -> Self {
        self.0.version = Some(version);
        self
    }

    /// Asks for so many bytes of IPv4 options.
    pub fn ip_options_len(mut self, bytes: u8) -> Self {
        self.0.ip_options_len = bytes;
        self
    }

    /// Asks for this MSS in bytes; 0 stands for none.
    pub fn mss(mut self, bytes: u16) -> Self {
        self.0.mss = Some(bytes);
        self
    }

    /// Asks for such a window.
    pub fn window(mut self, rule: impl Into<WindowRule>) -> Self {
        self.0.window = rule.into();
        self
    }

    /// Asks for this window scale; 0 stands for none.
    pub fn window_scale(mut self, scale: u8) -> Self {
        self.0.window_scale = Some(scale);
        self
    }

    /// Asks for these TCP options.
    pub fn layout(mut self, layout: OptionLayout) -> Self {
        self.0.layout = layout;
        self
    }

    /// Asks for just these quirks.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.0.quirks = quirks;
        self
    }

    /// Asks for payload, or for none.
    pub fn payload(mut self, has_payload: bool) -> Self {
        self.0.has_payload = Some(has_payload);
        self
    }

    /// The signature.
    ///
    /// # Errors
    ///
    /// As [`Signature::check`]: a TTL of 0; a multiple beyond 1..=1000, or a remainder by less than 2;
    /// quirks that the IP version cannot show.
    pub fn build(self) -> Result<Signature, ParseError> {
        self.0.check().map(|()| self.0)
    }
}

impl TtlRule {
    /// The stack sends with this TTL.
    #[must_use]
    pub const fn new(initial: u8) -> TtlRule {
        TtlRule { initial, random: false }
    }

    /// The tool picks TTLs at random, up to this one.
    #[must_use]
    pub const fn random_up_to(most: u8) -> TtlRule {
        TtlRule { initial: most, random: true }
    }
}

/// The stack sends with this TTL.
impl From<u8> for TtlRule {
    fn from(initial: u8) -> TtlRule {
        TtlRule::new(initial)
    }
}

impl WindowRule {
    /// A window of so many times the MSS.
    #[must_use]
    pub const fn mss(times: u16) -> WindowRule {
        WindowRule::Multiple(WindowMultiple { unit: WindowUnit::Mss, times })
    }

    /// A window of so many times the MTU.
    #[must_use]
    pub const fn mtu(times: u16) -> WindowRule {
        WindowRule::Multiple(WindowMultiple { unit: WindowUnit::Mtu, times })
    }
}

/// Just this window.
impl From<u16> for WindowRule {
    fn from(window: u16) -> WindowRule {
        WindowRule::Exact(window)
    }
}

impl From<WindowMultiple> for WindowRule {
    fn from(multiple: WindowMultiple) -> WindowRule {
        WindowRule::Multiple(multiple)
    }
}

/// Reads the notation.
impl TryFrom<&str> for Signature {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Signature, ParseError> {
        text.parse()
    }
}
