//! From a record to what it says of its host: the only place that knows both.

use std::borrow::Cow;

use super::entry::Layer;
use super::system::{Distribution, Family, System};
use crate::database::Match;
use crate::label::Label;
use crate::record::Mtu;

/// What something says of a host, before it is kept.
#[derive(Debug, Clone)]
pub(super) struct Sighting<'r> {
    pub(super) layer: Layer,
    pub(super) text: Cow<'r, str>,
    pub(super) systems: Option<Distribution>,
    pub(super) quality: f32,
    pub(super) program: Option<&'r str>,
    pub(super) number: u32,
}

/// A claim of a layer that has no record of its own yet, or of another program: a User-Agent, a
/// banner.
///
/// ```
/// use stackprint::Timestamp;
/// use stackprint::who::{Claim, Family, Hosts, Layer, Settings, System};
///
/// let mut hosts = Hosts::new(Settings::default());
/// let claim = Claim {
///     layer: Layer::HttpRequest,
///     text: "curl/8.1 (Windows)",
///     family: Some(Family::Windows),
///     system: Some(System::Windows),
///     program: Some("curl"),
///     quality: 0.8,
/// };
/// hosts.take_claim(Timestamp::EPOCH, "192.0.2.30".parse()?, None, &claim, &mut |_| ());
/// let row = hosts.rows().next().expect("a host");
/// assert_eq!(row.why[0].layer, "http_request");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim<'r> {
    /// The layer, which says how much it counts.
    pub layer: Layer,
    /// What is claimed, for people.
    pub text: &'r str,
    /// The family, if one is named.
    pub family: Option<Family>,
    /// The system, if one is named.
    pub system: Option<System>,
    /// The program, if one is named.
    pub program: Option<&'r str>,
    /// How likely it is right, 0 to 1.
    pub quality: f64,
}

impl<'r> Sighting<'r> {
    /// A value that says nothing of the system.
    pub(super) fn plain(layer: Layer, text: impl Into<Cow<'r, str>>) -> Sighting<'r> {
        let (systems, quality, program, number) = (None, 0.0, None, 0);
        Sighting { layer, text: text.into(), systems, quality, program, number }
    }

    /// The stack of a SYN or SYN+ACK.
    pub(super) fn stack(layer: Layer, found: &Match<'r>) -> Sighting<'r> {
        let label = found.label;
        let quality = found.quality() as f32;
        Sighting {
            systems: systems_of(label, quality),
            quality,
            program: label.is_userland().then(|| label.name()),
            ..Sighting::plain(layer, label.as_str())
        }
    }

    /// A stack that no signature fits, and its TTL, which still says something.
    pub(super) fn unknown_stack(layer: Layer) -> Sighting<'static> {
        Sighting::plain(layer, "unknown")
    }

    /// The initial TTL, where no signature fits.
    pub(super) fn ttl(initial_ttl: u8) -> Option<Sighting<'static>> {
        /// How often the family is right by the TTL alone: an estimate.
        const QUALITY: f32 = 0.6;
        let (text, systems): (_, &[(System, f32)]) = match initial_ttl {
            64 => (
                "64",
                &[
                    (System::Linux, 0.5),
                    (System::MacOs, 0.2),
                    (System::Ios, 0.2),
                    (System::Bsd, 0.1),
                ],
            ),
            128 => ("128", &[(System::Windows, 1.0)]),
            255 => ("255", &[(System::Solaris, 0.5), (System::Other, 0.5)]),
            _ => return None,
        };
        let systems = Some(Distribution::mixed(QUALITY, systems));
        Some(Sighting { systems, quality: QUALITY, ..Sighting::plain(Layer::Ttl, text) })
    }

    /// The link of a SYN or SYN+ACK.
    pub(super) fn link(mtu: &Mtu<'r>) -> Sighting<'r> {
        let text = mtu.link.unwrap_or_default();
        Sighting { number: mtu.value, ..Sighting::plain(Layer::Link, text) }
    }

    /// A change of looks, with its reasons.
    pub(super) fn change(change: &crate::change::Change<'_>) -> Sighting<'static> {
        let quality = change.quality().unwrap_or_default() as f32;
        let number = u32::from(change.verdict == crate::change::Verdict::IpSharing);
        let text = change.reasons.to_string();
        Sighting { quality, number, ..Sighting::plain(Layer::Change, text) }
    }

    /// The library of a TLS hello.
    #[cfg(feature = "tls")]
    pub(super) fn library(layer: Layer, library: Option<&'r crate::tls::Library>) -> Sighting<'r> {
        let Some(library) = library else { return Sighting::plain(layer, "unknown") };
        let text = library.to_string();
        Sighting::library_of(layer, text, library.program(), library.quality(), library.systems())
    }

    /// A library by its name, and the systems that have it.
    #[cfg(feature = "tls")]
    pub(super) fn library_of<'s>(
        layer: Layer,
        text: String,
        program: Option<&'r str>,
        quality: f64,
        systems: impl Iterator<Item = &'s str>,
    ) -> Sighting<'r> {
        let quality = quality as f32;
        let systems: Vec<System> = systems.filter_map(System::from_name).collect();
        let share = 1.0 / systems.len() as f32;
        let systems: Vec<_> = systems.into_iter().map(|system| (system, share)).collect();
        Sighting {
            // Most libraries run on any system, and say nothing of it.
            systems: (!systems.is_empty()).then(|| Distribution::mixed(quality, &systems)),
            quality,
            program,
            ..Sighting::plain(layer, text)
        }
    }

    /// What the head of a request or response claims; `None` if it claims nothing.
    #[cfg(feature = "http")]
    pub(super) fn http(http: &'r crate::record::Http<'_>) -> Option<Sighting<'r>> {
        let layer = if http.is_request() { Layer::HttpRequest } else { Layer::HttpResponse };
        let claims = http.claims().unwrap_or_default();
        let family = claims.family.map(crate::http::Family::as_str);
        let program = http.app.map(|app| app.label.name());
        Sighting::claimed(layer, program, claims.product, family, claims.system)
    }

    /// What a head claims, and the program that sends such heads; `None` if it says nothing.
    #[cfg(feature = "http")]
    pub(super) fn claimed(
        layer: Layer,
        program: Option<&'r str>,
        product: Option<&'r str>,
        family: Option<&str>,
        system: Option<&'r str>,
    ) -> Option<Sighting<'r>> {
        let program = program.or(product);
        let text: Cow<'r, str> = match (product.or(program), system) {
            (Some(product), Some(system)) => format!("{product} on {system}").into(),
            (one, other) => one.or(other)?.into(),
        };
        let systems = family.and_then(|family| systems_claimed(family, system));
        let quality = if systems.is_some() { CLAIM_QUALITY } else { 0.0 };
        Some(Sighting { systems, quality, program, ..Sighting::plain(layer, text) })
    }

    /// That a proxy names itself in a request, or whom it speaks for.
    #[cfg(feature = "http")]
    pub(super) fn forwarded() -> Sighting<'static> {
        Sighting::plain(Layer::Forwarded, "via")
    }

    /// A claim.
    pub(super) fn claim(claim: &Claim<'r>) -> Sighting<'r> {
        let quality = claim.quality.clamp(0.0, 1.0) as f32;
        let of_system = claim.system.map(|it| Distribution::of_system(it, quality));
        let of_family = claim.family.map(|it| Distribution::of_family(it, quality));
        let systems = of_system.or(of_family);
        let program = claim.program;
        Sighting { systems, quality, program, ..Sighting::plain(claim.layer, claim.text) }
    }
}

/// How often User-Agent and Server name the right family, where they name one: an estimate.
#[cfg(feature = "http")]
const CLAIM_QUALITY: f32 = 0.9;

/// What User-Agent or Server names.
#[cfg(feature = "http")]
fn systems_claimed(family: &str, system: Option<&str>) -> Option<Distribution> {
    let system = match family {
        "BSD" => System::Bsd,
        "Apple" => match system.and_then(System::from_name) {
            // Darwin is all of Apple's.
            Some(named) if system != Some("Darwin") => named,
            _ => return Some(Distribution::of_family(Family::Apple, CLAIM_QUALITY)),
        },
        // The others have the names of their systems.
        _ => System::from_name(family)?,
    };
    Some(Distribution::of_system(system, CLAIM_QUALITY))
}

/// How likely each system is by a label; `None` for tools, which run on several.
fn systems_of(label: &Label, quality: f32) -> Option<Distribution> {
    if label.is_userland() {
        return None;
    }
    let candidates = label.candidates().iter().map(|it| (&*it.name, it.probability));
    systems_of_stack(label.name(), label.class().as_str(), candidates, quality)
}

/// As [`systems_of`], by the parts of a label that is not a tool's.
pub(super) fn systems_of_stack<'r>(
    name: &str,
    class: &str,
    candidates: impl Iterator<Item = (&'r str, f64)>,
    quality: f32,
) -> Option<Distribution> {
    let candidates: Vec<(System, f32)> = candidates
        .map(|(name, share)| (System::from_name(name).unwrap_or(System::Other), share as f32))
        .collect();
    if !candidates.is_empty() {
        return Some(Distribution::mixed(quality, &candidates));
    }
    // The labels of p0f's own file and of ours for stacks that several systems share.
    if name.eq_ignore_ascii_case("macOS/iOS") {
        return Some(Distribution::of_family(Family::Apple, quality));
    }
    let family = match System::from_name(name) {
        Some(System::Android) => return Some(Distribution::of_system(System::Android, quality)),
        Some(system) => system.family(),
        None if class == "win" => Family::Windows,
        None => Family::Other,
    };
    Some(Distribution::of_family(family, quality))
}
