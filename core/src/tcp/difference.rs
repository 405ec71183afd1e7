//! Differences: the fields in which an observation is not what a signature asks.

use core::fmt;

use crate::field::Field;
use crate::tcp::matching;
use crate::tcp::notation;
use crate::tcp::observation::{Compat, Observation};
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::{OrAny, Signature, WindowRule};
use crate::wire::IpVersion;

/// A field in which a packet is not what a signature asks, with both values.
///
/// [`Signature::differences`] lists them.
#[derive(Debug, Clone, Copy)]
pub struct Difference<'a> {
    /// Which field.
    pub field: Field,
    observation: &'a Observation,
    signature: &'a Signature,
}

impl Signature {
    /// The fields in which `observation` is not what this signature asks, in the order of the
    /// notation; none for an exact match. Options of programs are set aside, where the signature
    /// does not ask for any.
    ///
    /// ```
    /// use stackprint::{Direction, Observation, Signature};
    ///
    /// let signature: Signature = "*:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0".parse()?;
    /// let text = "4:61+3:0:1460:mss*44,7:mss,sok,ts,nop,ws:df:0";
    /// let observation = Observation::parse(text, Direction::Syn)?;
    /// let differences: Vec<_> = signature
    ///     .differences(&observation)
    ///     .map(|it| format!("{} {}, not {}", it.field.as_str(), it.observed(), it.expected()))
    ///     .collect();
    /// assert_eq!(differences, ["window mss*44, not mss*20", "quirks df, not df,id+"]);
    /// # Ok::<(), stackprint::ParseError>(())
    /// ```
    pub fn differences<'a>(
        &'a self,
        observation: &'a Observation,
    ) -> impl Iterator<Item = Difference<'a>> {
        let plain = observation.without_app_options(&self.layout).map(|(plain, _)| plain);
        let compared = plain.unwrap_or(*observation);
        let differs = move |field: &Field| !self.field_fits(*field, &compared);
        let all = Field::ALL.iter().copied().filter(differs);
        all.map(move |field| Difference { field, observation, signature: self })
    }

    /// Whether one field of the observation is as asked.
    fn field_fits(&self, field: Field, observation: &Observation) -> bool {
        fn is<T: Copy + PartialEq>(asked: Option<T>, seen: T) -> bool {
            asked.is_none_or(|asked| asked == seen)
        }
        match field {
            Field::Version => is(self.version, observation.version),
            Field::Ttl => matching::ttl_fits(self.ttl, observation.ttl),
            Field::IpOptionsLen => self.ip_options_len == observation.ip_options_len,
            Field::Mss => is(self.mss, observation.mss.unwrap_or(0)),
            Field::Window => matching::window_fits(self.window, observation, &mut None),
            Field::WindowScale => is(self.window_scale, observation.window_scale.unwrap_or(0)),
            Field::Layout => self.layout == observation.layout,
            Field::Quirks => {
                let (asked, seen) = matching::quirks_compared(self, observation, Compat::Fixed);
                asked == seen
            }
            Field::Payload => is(self.has_payload, observation.has_payload),
        }
    }
}

impl<'a> Difference<'a> {
    pub(crate) fn new(
        field: Field,
        observation: &'a Observation,
        signature: &'a Signature,
    ) -> Difference<'a> {
        Difference { field, observation, signature }
    }

    /// The packet's value, in the notation of signatures; empty for no quirks and no options.
    #[must_use]
    pub fn observed(self) -> impl fmt::Display + 'a {
        Observed(self)
    }

    /// The signature's value, in the notation of signatures.
    #[must_use]
    pub fn expected(self) -> impl fmt::Display + 'a {
        Expected(self)
    }

    /// What is asked and what is seen, without quirks that do not matter to the signature.
    fn quirks(self) -> (Quirks, Quirks) {
        matching::quirks_compared(self.signature, self.observation, Compat::Fixed)
    }
}

/// `window mss*44 for mss*20`: the field, the packet's value and the signature's.
impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} for {}", self.field, self.observed(), self.expected())
    }
}

struct Observed<'a>(Difference<'a>);

impl fmt::Display for Observed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.0.observation;
        match self.0.field {
            Field::Version => seen.version.number().fmt(f),
            Field::Ttl => seen.ttl.fmt(f),
            Field::IpOptionsLen => seen.ip_options_len.fmt(f),
            Field::Mss => seen.mss.unwrap_or(0).fmt(f),
            Field::Window => {
                let multiple = seen.window_multiple().map(WindowRule::Multiple);
                multiple.unwrap_or(WindowRule::Exact(seen.window)).fmt(f)
            }
            Field::WindowScale => seen.window_scale.unwrap_or(0).fmt(f),
            Field::Layout => seen.layout.fmt(f),
            Field::Quirks => self.0.quirks().1.fmt(f),
            Field::Payload => f.write_str(notation::payload_word(seen.has_payload)),
        }
    }
}

struct Expected<'a>(Difference<'a>);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self.0.signature;
        match self.0.field {
            Field::Version => OrAny(asked.version.map(IpVersion::number)).fmt(f),
            Field::Ttl => asked.ttl.fmt(f),
            Field::IpOptionsLen => asked.ip_options_len.fmt(f),
            Field::Mss => OrAny(asked.mss).fmt(f),
            Field::Window => asked.window.fmt(f),
            Field::WindowScale => OrAny(asked.window_scale).fmt(f),
            Field::Layout => asked.layout.fmt(f),
            Field::Quirks => self.0.quirks().0.fmt(f),
            Field::Payload => OrAny(asked.has_payload.map(notation::payload_word)).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::observation::Direction;

    fn differences(signature: &str, observation: &str) -> Vec<String> {
        let signature: Signature = signature.parse().unwrap();
        let observation = Observation::parse(observation, Direction::Syn).unwrap();
        let text = |it: Difference<'_>| {
            format!("{} {} for {}", it.field.as_str(), it.observed(), it.expected())
        };
        signature.differences(&observation).map(text).collect()
    }

    #[test]
    fn every_field_can_differ() {
        let signature = "4:64:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0";
        assert_eq!(
            differences(signature, "6:200+55:8:1400:1234,2:mss,eol+1:ecn:+"),
            [
                "version 6 for 4",
                "ttl 200 for 64",
                "ip_options_len 8 for 0",
                "mss 1400 for 1460",
                "window 1234 for mss*20",
                "window_scale 2 for 7",
                "layout mss,eol+1 for mss,sok,ts,nop,ws",
                "quirks ecn for df,id+",
                "payload + for 0",
            ]
        );
        assert!(
            differences(signature, "4:60+4:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0").is_empty()
        );
    }

    #[test]
    fn what_is_left_open_does_not_differ() {
        let open = "*:64:0:*:*,*:mss:df,id+:*";
        assert!(differences(open, "6:60+4:0:1400:1234,0:mss:flow:+").is_empty());
        assert_eq!(differences(open, "6:60+4:0:0:1234,0:mss:flow,ecn:0"), ["quirks ecn for "]);
    }
}
