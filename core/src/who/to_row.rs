//! From what is kept of a host to its row.

use std::borrow::Cow;

use super::consistency::{Consistency, Verdict, judge};
use super::entry::{Entry, Layer};
use super::host::Host;
use super::join::joined;
use super::row::{
    ApplicationRow, ConsistencyRow, HOST_SCHEMA, HostChangeRow, HostDistanceRow, HostEvidenceRow,
    HostLibraryRow, HostLinkRow, HostOsRow, HostPortRow, HostRow, HostUptimeRow,
};
use super::system::Distribution;
use super::values::{Value, Values};
use crate::change;
use crate::frame::Timestamp;
use crate::record::CandidateRow;

/// Systems that are less likely are left out. It is compared with what the row says: machines differ
/// in the last digits of a logarithm.
const LEAST_CANDIDATE: f64 = 0.1;
/// The system is named if it has this share of its family.
const NAMED_SYSTEM: f32 = 0.7;
/// Evidence of several layers makes nothing surer than this.
const MOST_QUALITY: f32 = 0.99;

/// What a row says in short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    pub(super) systems: Option<Distribution>,
    /// The value of the label, [`Entry::NONE`] if there is none.
    pub(super) label: u32,
    pub(super) consistency: Consistency,
}

impl Host {
    pub(super) fn summary(&self, values: &Values) -> Summary {
        let consistency = judge(&self.entries, values);
        // What comes through a proxy is of its clients, and what is forged is of nobody.
        let is_by_stack = match consistency.verdict {
            Verdict::Tunnel | Verdict::TerminatingProxy | Verdict::ProxyOrForged => true,
            Verdict::Consistent | Verdict::SharedAddress | Verdict::Changed | Verdict::Unclear => {
                false
            }
        };
        let systems = joined(&self.entries, values, |layer| !is_by_stack || layer.is_of_stack());
        let label = systems.map_or(Entry::NONE, |systems| self.label(&systems, values));
        Summary { systems, label, consistency }
    }

    /// The label of the family that was seen most, of SYNs before SYN+ACKs.
    fn label(&self, systems: &Distribution, values: &Values) -> u32 {
        let family = systems.likeliest_family().0;
        let is_of_family = |entry: &&Entry| {
            let systems = values.get(entry.value).and_then(|value| value.systems);
            systems.is_some_and(|it| it.likeliest_family().0 == family)
        };
        let most = |layer| self.of(layer).filter(is_of_family).max_by_key(|it| it.count);
        let found = most(Layer::Syn).or_else(|| most(Layer::SynAck));
        found.map_or(Entry::NONE, |it| it.value)
    }

    /// The row; `is_final` if it is the last.
    pub(super) fn row<'r>(
        &self,
        values: &'r Values,
        is_complete: bool,
        is_final: bool,
    ) -> HostRow<'r> {
        self.row_of(&self.summary(values), values, is_complete, is_final)
    }

    pub(super) fn row_of<'r>(
        &self,
        summary: &Summary,
        values: &'r Values,
        is_complete: bool,
        is_final: bool,
    ) -> HostRow<'r> {
        let roles = ["client", "server"].into_iter().zip(self.roles);
        let [opened, accepted] = self.connections;
        HostRow {
            schema: HOST_SCHEMA.into(),
            kind: "host".into(),
            ip: self.key.ip,
            network: self.key.scope.encapsulation().map(|it| it.to_string().into()),
            first: time(self.first),
            last: time(self.last),
            is_final,
            complete: is_complete,
            os: summary.systems.map(|systems| os_row(&systems, summary.label, values)),
            why: self.why(values),
            replaced: self.replaced,
            roles: roles.filter(|(_, is)| *is).map(|(role, _)| role.into()).collect(),
            opened,
            accepted,
            ports: self.ports(),
            links: self.values_of(Layer::Link, values).map(link_row).collect(),
            distance: self.distance.map(|it| HostDistanceRow {
                last: it.last,
                least: it.least,
                most: it.most,
                guessed: it.is_guessed,
            }),
            uptime: self.uptime.as_ref().map(|it| HostUptimeRow {
                seconds: it.uptime.seconds,
                modulo_days: it.uptime.modulo_days,
                reliable: it.uptime.trust.is_reliable(),
                why: it.uptime.trust.as_str().into(),
                time: time(it.time),
            }),
            applications: self.applications(values),
            tls: self.libraries(values),
            changes: self.values_of(Layer::Change, values).map(change_row).collect(),
            consistency: consistency_row(&summary.consistency),
        }
    }

    fn values_of<'r>(
        &self,
        layer: Layer,
        values: &'r Values,
    ) -> impl Iterator<Item = (&Entry, &'r Value)> {
        self.of(layer).filter_map(|entry| Some((entry, values.get(entry.value)?)))
    }

    fn why<'r>(&self, values: &'r Values) -> Vec<HostEvidenceRow<'r>> {
        let layers = Layer::ALL.iter().filter(|layer| layer.is_witness());
        let entries = layers.flat_map(|layer| self.values_of(*layer, values));
        let row = |(entry, value): (&Entry, &'r Value)| HostEvidenceRow {
            layer: value.layer.as_str().into(),
            value: Cow::Borrowed(&*value.text),
            family: value.systems.map(|it| it.likeliest_family().0.as_str().into()),
            quality: (value.quality > 0.0).then(|| two_decimals(value.quality)),
            stack: values.get(entry.tcp).map(|it| Cow::Borrowed(&*it.text)),
            count: entry.count,
            first: time(entry.first),
            last: time(entry.last),
        };
        entries.map(row).collect()
    }

    fn ports(&self) -> Vec<HostPortRow> {
        let port = |entry: &Entry| {
            let port = u16::try_from(entry.value).ok()?;
            Some(HostPortRow { port, count: entry.count.max(1) })
        };
        let mut ports: Vec<_> = self.of(Layer::Port).filter_map(port).collect();
        ports.sort_unstable_by_key(|it| it.port);
        ports
    }

    /// Each program once for each layer that names it.
    fn applications<'r>(&self, values: &'r Values) -> Vec<ApplicationRow<'r>> {
        let mut rows: Vec<ApplicationRow<'r>> = Vec::new();
        for (entry, value) in Layer::ALL.iter().flat_map(|layer| self.values_of(*layer, values)) {
            let Some(name) = value.program.as_deref() else { continue };
            let layer = value.layer.as_str();
            match rows.iter_mut().find(|it| it.name == name && it.layer == layer) {
                Some(row) => row.count = row.count.saturating_add(entry.count),
                None => {
                    rows.push(ApplicationRow {
                        name: name.into(),
                        layer: layer.into(),
                        count: entry.count,
                    });
                }
            }
        }
        rows
    }

    /// Each library once, over all stacks.
    fn libraries<'r>(&self, values: &'r Values) -> Vec<HostLibraryRow<'r>> {
        let mut rows: Vec<HostLibraryRow<'r>> = Vec::new();
        for (entry, value) in self.values_of(Layer::Tls, values) {
            match rows.iter_mut().find(|it| it.library == *value.text) {
                Some(row) => row.count = row.count.saturating_add(entry.count),
                None => rows.push(HostLibraryRow {
                    library: Cow::Borrowed(&*value.text),
                    quality: (value.quality > 0.0).then(|| two_decimals(value.quality)),
                    count: entry.count,
                }),
            }
        }
        rows
    }
}

fn os_row<'r>(systems: &Distribution, label: u32, values: &'r Values) -> HostOsRow<'r> {
    let (family, quality) = systems.likeliest_family();
    let (system, share) = systems.likeliest_system();
    let is_named = share >= NAMED_SYSTEM * quality;
    let candidates =
        systems.systems().map(|(system, share)| (system, two_decimals(share.min(MOST_QUALITY))));
    let mut candidates: Vec<_> =
        candidates.filter(|(_, probability)| *probability >= LEAST_CANDIDATE).collect();
    candidates.sort_by(|one, other| other.1.total_cmp(&one.1));
    HostOsRow {
        name: if is_named { system.as_str() } else { family.as_str() }.into(),
        family: family.as_str().into(),
        quality: two_decimals(quality.min(MOST_QUALITY)),
        label: values.get(label).map(|value| Cow::Borrowed(&*value.text)),
        candidates: candidates
            .into_iter()
            .map(|(system, probability)| CandidateRow { name: system.as_str().into(), probability })
            .collect(),
    }
}

fn link_row<'r>((entry, value): (&Entry, &'r Value)) -> HostLinkRow<'r> {
    let link = Some(&*value.text).filter(|text| !text.is_empty()).map(Cow::Borrowed);
    HostLinkRow { mtu: value.number, link, count: entry.count }
}

fn change_row<'r>((entry, value): (&Entry, &'r Value)) -> HostChangeRow<'r> {
    let verdict =
        if value.number == 1 { change::Verdict::IpSharing } else { change::Verdict::HostChange };
    HostChangeRow {
        verdict: verdict.as_str().into(),
        reasons: value.text.split(' ').map(Cow::Borrowed).collect(),
        quality: (value.quality > 0.0).then(|| two_decimals(value.quality)),
        count: entry.count,
        first: time(entry.first),
        last: time(entry.last),
    }
}

fn consistency_row<'r>(consistency: &Consistency) -> ConsistencyRow<'r> {
    let Consistency { verdict, quality, reasons } = *consistency;
    ConsistencyRow {
        verdict: verdict.as_str().into(),
        quality: (verdict != Verdict::Unclear).then(|| two_decimals(quality as f32)),
        reasons: reasons.words().map(Cow::Borrowed).collect(),
    }
}

fn two_decimals(share: f32) -> f64 {
    (f64::from(share) * 100.0).round() / 100.0
}

fn time<'r>(time: Timestamp) -> Cow<'r, str> {
    time.to_string().into()
}
