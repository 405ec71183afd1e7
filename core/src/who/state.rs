//! What is kept of a host as a serde value, so that another process can continue with it.

use core::net::IpAddr;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Layer};
use super::host::{Distance, Host, Key, Uptimes};
use super::sighting::Sighting;
use super::system::{Distribution, System};
use super::values::{Value, Values};
use crate::frame::Timestamp;
use crate::state::Scope;
use crate::uptime::Uptime;

/// The layout of this version. Another version cannot read it, and begins anew.
const VERSION: u8 = 1;

/// All that is kept of a host of [`MergedHosts`](super::MergedHosts), which has an example. What it
/// looks like is not part of the interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostState<'a> {
    version: u8,
    pub(super) ip: IpAddr,
    scope: (u8, u32),
    times: (u64, u64),
    /// Values that are used by entries, by their places from 1.
    #[serde(borrow)]
    values: Vec<ValueState<'a>>,
    #[serde(borrow)]
    entries: Vec<EntryState<'a>>,
    #[serde(borrow)]
    uptime: Option<UptimeState<'a>>,
    distance: Option<(u64, u8, u8, u8, bool)>,
    connections: [u32; 2],
    roles: [bool; 2],
    replaced: u32,
    /// After the last record that was taken.
    pub(super) next: u64,
    /// When it was taken.
    pub(super) arrived: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ValueState<'a> {
    #[serde(borrow)]
    layer: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    systems: Option<[f32; System::ALL.len()]>,
    quality: f32,
    #[serde(borrow)]
    program: Option<Cow<'a, str>>,
    number: u32,
}

/// Layer; the place of the value, or a port; the place of the stack; count; first and last time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct EntryState<'a>(#[serde(borrow)] Cow<'a, str>, u32, u32, u32, u64, u64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct UptimeState<'a> {
    time: u64,
    seconds: u32,
    frequency_hz: u32,
    raw_frequency_hz: f64,
    modulo_days: u32,
    watched_ms: u32,
    #[serde(borrow)]
    trust: Cow<'a, str>,
}

impl<'a> HostState<'a> {
    pub(super) fn new(host: &Host, values: &'a Values, next: u64, arrived: u64) -> HostState<'a> {
        let mut used = Used { values, numbers: Vec::new(), states: Vec::new() };
        let mut entries = Vec::with_capacity(host.entries.len());
        for entry in &host.entries {
            // The value of a port is the port itself.
            let is_port = entry.layer == Layer::Port;
            let value = if is_port { entry.value } else { used.place(entry.value) };
            let tcp = used.place(entry.tcp);
            let (first, last) = (entry.first.as_nanos(), entry.last.as_nanos());
            entries.push(EntryState(
                entry.layer.as_str().into(),
                value,
                tcp,
                entry.count,
                first,
                last,
            ));
        }
        HostState {
            version: VERSION,
            ip: host.key.ip,
            scope: (host.key.scope.kind, host.key.scope.id),
            times: (host.first.as_nanos(), host.last.as_nanos()),
            values: used.states,
            entries,
            uptime: host.uptime.as_ref().map(|it| UptimeState {
                time: it.time.as_nanos(),
                seconds: it.uptime.seconds,
                frequency_hz: it.uptime.frequency_hz,
                raw_frequency_hz: it.uptime.raw_frequency_hz,
                modulo_days: it.uptime.modulo_days,
                watched_ms: it.uptime.watched_ms,
                trust: it.uptime.trust.as_str().into(),
            }),
            distance: host
                .distance
                .map(|it| (it.time.as_nanos(), it.last, it.least, it.most, it.is_guessed)),
            connections: host.connections,
            roles: host.roles,
            replaced: host.replaced,
            next,
            arrived,
        }
    }

    /// The host; `None` if another version has written it, or it is damaged.
    pub(super) fn host(&self, values: &mut Values) -> Option<Host> {
        if self.version != VERSION {
            return None;
        }
        let numbers: Vec<u32> =
            self.values.iter().map(|it| it.number(values)).collect::<Option<_>>()?;
        let number = |place: u32| match place.checked_sub(1) {
            None => Some(Entry::NONE),
            Some(index) => numbers.get(index as usize).copied(),
        };
        let (kind, id) = self.scope;
        let (first, last) = self.times;
        let key = Key { ip: self.ip, scope: Scope { kind, id } };
        let mut host = Host::new(key, Timestamp::from_nanos(first));
        host.last = Timestamp::from_nanos(last);
        host.entries.reserve_exact(self.entries.len());
        for EntryState(layer, value, tcp, count, first, last) in &self.entries {
            let layer: Layer = layer.parse().ok()?;
            if host.of(layer).count() >= layer.most() {
                return None;
            }
            host.entries.push(Entry {
                layer,
                value: if layer == Layer::Port { *value } else { number(*value)? },
                tcp: number(*tcp)?,
                count: *count,
                first: Timestamp::from_nanos(*first),
                last: Timestamp::from_nanos(*last),
            });
        }
        if let Some(uptime) = &self.uptime {
            host.uptime = Some(Box::new(uptime.value()?));
        }
        host.distance = self.distance.map(|(time, last, least, most, is_guessed)| Distance {
            time: Timestamp::from_nanos(time),
            last,
            least,
            most,
            is_guessed,
        });
        (host.connections, host.roles) = (self.connections, self.roles);
        host.replaced = self.replaced;
        Some(host)
    }
}

impl ValueState<'_> {
    fn number(&self, values: &mut Values) -> Option<u32> {
        let layer: Layer = self.layer.parse().ok()?;
        let systems = self.systems.map(Distribution::of_shares);
        let program = self.program.as_deref();
        Some(values.number(&Sighting {
            systems,
            quality: self.quality,
            program,
            number: self.number,
            ..Sighting::plain(layer, &*self.text)
        }))
    }
}

impl UptimeState<'_> {
    fn value(&self) -> Option<Uptimes> {
        Some(Uptimes {
            time: Timestamp::from_nanos(self.time),
            uptime: Uptime {
                seconds: self.seconds,
                frequency_hz: self.frequency_hz,
                raw_frequency_hz: self.raw_frequency_hz,
                modulo_days: self.modulo_days,
                watched_ms: self.watched_ms,
                trust: self.trust.parse().ok()?,
            },
        })
    }
}

/// Values that one host uses, each once.
struct Used<'a> {
    values: &'a Values,
    numbers: Vec<u32>,
    states: Vec<ValueState<'a>>,
}

impl Used<'_> {
    /// The place of a value, from 1; 0 for none.
    fn place(&mut self, number: u32) -> u32 {
        let Some(value) = self.values.get(number) else { return 0 };
        let index = self.numbers.iter().position(|it| *it == number).unwrap_or_else(|| {
            self.numbers.push(number);
            self.states.push(ValueState::new(value));
            self.numbers.len() - 1
        });
        index as u32 + 1
    }
}

impl<'a> ValueState<'a> {
    fn new(value: &'a Value) -> ValueState<'a> {
        ValueState {
            layer: value.layer.as_str().into(),
            text: Cow::Borrowed(&*value.text),
            systems: value.systems.map(|it| it.shares()),
            quality: value.quality,
            program: value.program.as_deref().map(Cow::Borrowed),
            number: value.number,
        }
    }
}
