//! Example packets of a signature: observations that fit it exactly, and that vary in what other
//! signatures for the same options ask; enough to see which of them wins where.

use super::possible;
use crate::tcp::matching::{self, Candidate, Fit};
use crate::tcp::observation::{Compat, Direction, MAX_DISTANCE, Observation};
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::{Signature, TtlRule, WindowRule};
use crate::tcp::window::{WindowMultiple, WindowUnit};
use crate::wire::{AppOptions, IpVersion, TcpTimestamps, kind};

const VERSIONS: [IpVersion; 2] = [IpVersion::V4, IpVersion::V6];
/// MSS of full Ethernet, and one that no usual divisor of windows agrees with.
const ETHERNET_MSS: [u16; 2] = [1460, 1440];
const ODD_MSS: u16 = 1337;
/// IPv6 and TCP headers, in bytes: what an MTU may have beyond the MSS.
const HEADERS_MAX: u16 = 60;
/// A window that is no multiple of anything usual.
const ODD_WINDOW: u16 = 12_347;
const ODD_SCALES: [u8; 15] = [13, 12, 11, 14, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
const EXCESSIVE_SCALES: [u8; 2] = [15, 255];

/// Observations that fit `signature` exactly. `beside` are the signatures for the same options, of
/// which `signature` may be one: values that they name are tried where this one leaves a choice.
pub(super) fn examples(
    signature: &Signature,
    beside: &[Candidate],
    direction: Direction,
    compat: Compat,
) -> Vec<Observation> {
    let choices = Choices::new(signature, beside, direction);
    let mut found = Vec::new();
    let versions = VERSIONS.into_iter();
    for version in versions.filter(|&it| signature.version.is_none_or(|asked| asked == it)) {
        let plain = plain(signature, direction, version);
        for &mss in &choices.mss {
            for &window_scale in &choices.scales {
                for &has_payload in &choices.payloads {
                    let base = Observation { mss, window_scale, has_payload, ..plain };
                    for &peer_mss in &choices.peers {
                        choices.windows(Observation { peer_mss, ..base }, &mut found);
                    }
                }
            }
        }
    }
    let fits = |it: &Observation| matching::fit(signature, it, &mut None, compat) == Fit::Exact;
    found.retain(|it| possible::is_possible(it, compat) && fits(it));
    let ttls = ttls(signature.ttl, beside);
    let elsewhere = found.iter().flat_map(|near| {
        ttls.iter().filter(|&&ttl| ttl != near.ttl).map(|&ttl| Observation { ttl, ..*near })
    });
    let elsewhere: Vec<_> = elsewhere.collect();
    found.extend(elsewhere);
    found
}

/// TTLs that fit the rule, on each side of where those beside it begin and cease to fit.
fn ttls(rule: TtlRule, beside: &[Candidate]) -> Vec<u8> {
    let fits = |ttl: &u8| *ttl <= rule.initial && matching::ttl_is_plausible(rule, *ttl);
    let edges = |rule: TtlRule| {
        let TtlRule { initial, .. } = rule;
        let lowest = initial.saturating_sub(MAX_DISTANCE);
        [initial, initial.saturating_add(1), lowest, lowest.saturating_sub(1)]
    };
    let beside = beside.iter().map(|candidate| edges(candidate.signature.ttl));
    with(beside.chain([edges(rule), [0; 4]]).flatten().filter(fits))
}

/// What the signature says itself; the rest is chosen.
fn plain(signature: &Signature, direction: Direction, version: IpVersion) -> Observation {
    let quirks = signature.quirks_for(version);
    let has_clock = signature.layout.kinds().contains(&kind::TIMESTAMPS);
    Observation {
        direction,
        version,
        ttl: signature.ttl.initial,
        ip_options_len: signature.ip_options_len,
        dscp: 0,
        layout: signature.layout,
        app_options: AppOptions::of_layout(&signature.layout),
        mss: None,
        window: 0,
        window_scale: None,
        timestamps: has_clock.then(|| TcpTimestamps {
            tsval: u32::from(!quirks.contains(Quirks::ZERO_TIMESTAMP)),
            tsecr: u32::from(quirks.contains(Quirks::NONZERO_PEER_TIMESTAMP)),
        }),
        quirks,
        has_payload: false,
        headers_len: Observation::plausible_headers_len(
            version,
            signature.ip_options_len,
            &signature.layout,
        ),
        peer_mss: None,
    }
}

/// What the signature leaves open.
struct Choices {
    mss: Vec<Option<u16>>,
    scales: Vec<Option<u8>>,
    payloads: Vec<bool>,
    peers: Vec<Option<u16>>,
    /// The rule of this signature, and those beside it.
    rule: WindowRule,
    rules: Vec<WindowRule>,
}

impl Choices {
    fn new(signature: &Signature, beside: &[Candidate], direction: Direction) -> Choices {
        let has = |kind| signature.layout.kinds().contains(&kind);
        let others = || beside.iter().map(|candidate| &candidate.signature);
        // Large multiples are those of a small MSS, the own one or the peer's.
        let small_mss = match signature.window {
            WindowRule::Multiple(WindowMultiple { unit: WindowUnit::Mss, times }) => {
                Some(u16::MAX / times.max(1)).filter(|&mss| mss < ETHERNET_MSS[1])
            }
            WindowRule::Multiple(WindowMultiple { unit: WindowUnit::Mtu, times }) => {
                Some((u16::MAX / times.max(1)).saturating_sub(HEADERS_MAX))
            }
            _ => None,
        };
        // The largest window may be another signature's.
        let smaller = small_mss.and_then(|mss| mss.checked_sub(1));
        let mss = match signature.mss {
            Some(mss) => vec![mss],
            None if !has(kind::MSS) => vec![0],
            None => {
                let [ipv4, ipv6] = ETHERNET_MSS;
                let usual = [ipv4, ipv6, ODD_MSS].into_iter();
                with(others().filter_map(|it| it.mss).chain(usual).chain(small_mss).chain(smaller))
            }
        };
        let scales = match signature.window_scale {
            Some(scale) => vec![scale],
            None if !has(kind::WINDOW_SCALE) => vec![0],
            None if signature.quirks.contains(Quirks::EXCESSIVE_SCALE) => EXCESSIVE_SCALES.to_vec(),
            None => {
                let mut named = with(others().filter_map(|it| it.window_scale));
                let odd = ODD_SCALES.into_iter().find(|scale| !named.contains(scale));
                named.extend(odd);
                named
            }
        };
        Choices {
            mss: option_values(&mss, has(kind::MSS)),
            scales: option_values(&scales, has(kind::WINDOW_SCALE)),
            payloads: signature.has_payload.map_or(vec![false, true], |has| vec![has]),
            rule: signature.window,
            peers: match direction {
                Direction::Syn => vec![None],
                Direction::SynAck => {
                    with(ETHERNET_MSS.into_iter().chain([1400]).chain(small_mss).map(Some))
                }
            },
            rules: with(others().map(|it| it.window)),
        }
    }

    /// Appends the observation with each window that may matter.
    fn windows(&self, base: Observation, to: &mut Vec<Observation>) {
        let mut windows = match self.rule {
            WindowRule::Exact(window) => vec![window],
            WindowRule::Multiple(multiple) => base.windows_for(multiple).collect(),
            WindowRule::Modulo(divisor) => {
                let mut windows = vec![0, divisor, divisor.saturating_mul(3)];
                self.named_windows(&base, &mut windows);
                windows.retain(|window| window.is_multiple_of(divisor));
                windows
            }
            WindowRule::Any => {
                let mut windows = vec![ODD_WINDOW, 1];
                self.named_windows(&base, &mut windows);
                windows
            }
        };
        windows.sort_unstable();
        windows.dedup();
        to.extend(windows.into_iter().map(|window| Observation { window, ..base }));
    }

    /// Windows that the signatures beside this one ask for.
    fn named_windows(&self, base: &Observation, to: &mut Vec<u16>) {
        for &rule in &self.rules {
            match rule {
                WindowRule::Any => {}
                WindowRule::Exact(window) => to.push(window),
                WindowRule::Multiple(multiple) => {
                    to.extend(base.windows_for(multiple).next());
                }
                WindowRule::Modulo(divisor) => to.extend([divisor, divisor.saturating_mul(3)]),
            }
        }
    }
}

/// Each value once, in order of mention.
fn with<T: PartialEq>(named: impl Iterator<Item = T>) -> Vec<T> {
    let mut values = Vec::new();
    for value in named {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// Values of an option: without the option there is none, and a signature asks for 0.
fn option_values<T: Copy + Default + PartialEq>(values: &[T], has_option: bool) -> Vec<Option<T>> {
    let of = |&value: &T| (has_option || value != T::default()).then_some(value);
    values.iter().map(of).collect()
}
