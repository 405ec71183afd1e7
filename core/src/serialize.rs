//! Typed values of the library as serde values. What has a notation is its text; an observation is
//! its fields.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::change::Verdict;
use crate::database::Database;
use crate::endpoint::{Direction, Endpoint, Side};
use crate::field::Field;
use crate::frame::{LinkType, Timestamp};
use crate::label::{Label, Rank};
use crate::record::RecordKind;
use crate::tcp::observation::Observation;
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::Signature;
use crate::tcp::window::WindowUnit;
use crate::uptime::UptimeTrust;
use crate::wire::{AppOptions, IpVersion, OptionLayout, TcpTimestamps};

/// Serializes with `Display` and deserializes with `FromStr`.
macro_rules! as_text {
    ($($type:ty),* $(,)?) => {
        $(
            /// As the text that `Display` writes.
            impl Serialize for $type {
                fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                    to.collect_str(self)
                }
            }

            /// From the text that `FromStr` reads.
            impl<'de> Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    from_text(from)
                }
            }
        )*
    };
}

as_text!(
    Database,
    Direction,
    Endpoint,
    Field,
    Label,
    LinkType,
    OptionLayout,
    Quirks,
    Rank,
    RecordKind,
    Side,
    Signature,
    UptimeTrust,
    Verdict,
    WindowUnit,
);

fn from_text<'de, T: FromStr<Err: fmt::Display>, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    let text = Cow::<'de, str>::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

/// As nanoseconds since the epoch.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(self.as_nanos())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u64::deserialize(from).map(Timestamp::from_nanos)
    }
}

/// The fields of an observation by name. Sets and lists are texts as in a raw signature.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    direction: Direction,
    version: u8,
    ttl: u8,
    ip_options_len: u8,
    dscp: u8,
    layout: OptionLayout,
    #[serde(borrow)]
    app_options: Vec<Cow<'a, str>>,
    mss: Option<u16>,
    window: u16,
    window_scale: Option<u8>,
    timestamps: Option<Clocks>,
    quirks: Quirks,
    has_payload: bool,
    headers_len: u16,
    peer_mss: Option<u16>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clocks {
    tsval: u32,
    tsecr: u32,
}

/// As a map of its fields.
impl Serialize for Observation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let clocks = |TcpTimestamps { tsval, tsecr }| Clocks { tsval, tsecr };
        let fields = Fields {
            direction: self.direction,
            version: self.version.number(),
            ttl: self.ttl,
            ip_options_len: self.ip_options_len,
            dscp: self.dscp,
            layout: self.layout,
            app_options: self.app_options.words().map(Cow::Borrowed).collect(),
            mss: self.mss,
            window: self.window,
            window_scale: self.window_scale,
            timestamps: self.timestamps.map(clocks),
            quirks: self.quirks,
            has_payload: self.has_payload,
            headers_len: self.headers_len,
            peer_mss: self.peer_mss,
        };
        fields.serialize(to)
    }
}

/// From a map of its fields, which have to be such as a packet can show.
impl<'de> Deserialize<'de> for Observation {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(from)?;
        let version = match fields.version {
            4 => IpVersion::V4,
            6 => IpVersion::V6,
            _ => return Err(D::Error::custom("expected IP version 4 or 6")),
        };
        let app_option = |word: &Cow<'_, str>| {
            let known = AppOptions::ALL.iter().find(|(_, known)| *known == word);
            known.map(|&(option, _)| option).ok_or_else(|| {
                D::Error::custom(format_args!("{word} is no option that programs ask for"))
            })
        };
        let app_options: AppOptions =
            fields.app_options.iter().map(app_option).collect::<Result<_, _>>()?;
        let built = Observation::builder(fields.direction, version, fields.ttl)
            .ip_options_len(fields.ip_options_len)
            .layout(fields.layout)
            .quirks(fields.quirks)
            .build()
            .map_err(D::Error::custom)?;
        let clocks = |Clocks { tsval, tsecr }| TcpTimestamps { tsval, tsecr };
        Ok(Observation {
            dscp: fields.dscp,
            app_options,
            mss: fields.mss,
            window: fields.window,
            window_scale: fields.window_scale,
            timestamps: fields.timestamps.map(clocks),
            has_payload: fields.has_payload,
            headers_len: fields.headers_len,
            peer_mss: fields.peer_mss,
            ..built
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JSON of a value, which reads back equal.
    fn json<T>(value: &T) -> String
    where
        T: Serialize + for<'de> Deserialize<'de> + PartialEq + fmt::Debug,
    {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
        // From a reader, where nothing can be borrowed.
        assert_eq!(&serde_json::from_reader::<_, T>(text.as_bytes()).unwrap(), value);
        text
    }

    #[test]
    fn what_has_a_notation_is_its_text() {
        let signature: Signature = "*:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0".parse().unwrap();
        assert_eq!(json(&signature), "\"*:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0\"");
        assert_eq!(json(&"[2001:db8::1]:80".parse::<Endpoint>().unwrap()), "\"[2001:db8::1]:80\"");
        assert_eq!(json(&"s:unix:Linux:3.x".parse::<Label>().unwrap()), "\"s:unix:Linux:3.x\"");
        assert_eq!(json(&LinkType::ETHERNET), "\"ETHERNET\"");
        assert_eq!(json(&RecordKind::SynAck), "\"syn_ack\"");
        assert_eq!(json(&Timestamp::new(1, 5)), "1000000005");
        json(&*Database::builtin());
        assert!(serde_json::from_str::<Signature>("\"*:64\"").is_err());
    }

    #[test]
    fn an_observation_is_its_fields() {
        let mut observation: Observation =
            "4:57+7:0:1460:mss*44,7:mss,sok,ts,nop,ws,?34:df,id+:+".parse().unwrap();
        observation.dscp = 5;
        observation.peer_mss = Some(1400);
        observation.timestamps = Some(TcpTimestamps { tsval: 77, tsecr: 0 });
        assert_eq!(
            json(&observation),
            r#"{"direction":"syn","version":4,"ttl":57,"ip_options_len":0,"dscp":5,"layout":"mss,sok,ts,nop,ws,?34","app_options":["tfo"],"mss":1460,"window":64240,"window_scale":7,"timestamps":{"tsval":77,"tsecr":0},"quirks":"df,id+","has_payload":true,"headers_len":62,"peer_mss":1400}"#
        );
        let text = json(&observation).replace("\"version\":4", "\"version\":6");
        let error = serde_json::from_str::<Observation>(&text).unwrap_err().to_string();
        assert!(error.starts_with("quirks: expected only quirks"), "{error}");
    }
}
