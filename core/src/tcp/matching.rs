//! Matching: whether a signature fits an observation exactly, with tolerances, or not.

use crate::label::Rank;
use crate::tcp::observation::{Compat, MAX_DISTANCE, Observation};
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::{Signature, SignatureId, TtlRule, WindowRule};
use crate::tcp::window::WindowMultiple;

/// A signature as the search sees it.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) signature: Signature,
    pub(crate) id: SignatureId,
    pub(crate) rank: Rank,
    pub(crate) userland: bool,
}

/// What the search ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Found {
        id: SignatureId,
        fuzzy: bool,
    },
    /// p0f held on to a tool that fits only with tolerances, which it then does not report.
    FuzzyTool,
    Nothing,
}

/// Quirks that a middlebox adds or that a stack shows at times: tolerated where they are extra.
const TOLERATED_EXTRA: Quirks = Quirks::from_bits(Quirks::ZERO_ID.bits() | Quirks::ECN.bits());
/// Quirks that a middlebox removes: tolerated where they are missing.
const TOLERATED_MISSING: Quirks = Quirks::from_bits(Quirks::DF.bits() | Quirks::NONZERO_ID.bits());

/// The first exact specific candidate; else the first exact generic one; else the first that fits
/// with tolerances. Candidates ask for the observation's options in its order.
#[inline]
pub(crate) fn best<'c>(
    candidates: impl IntoIterator<Item = &'c Candidate>,
    observation: &Observation,
    compat: Compat,
) -> Outcome {
    let mut multiple = None;
    best_by(candidates, compat, |candidate| {
        fit(&candidate.signature, observation, &mut multiple, compat)
    })
}

/// As [`best`], with the options of programs set aside. Candidates ask for the options that are
/// left, in their order.
///
/// Those of them are meant whose fillers are nearest to what is seen: where an option was added, it
/// is not known which fillers came with it.
pub(crate) fn best_without_app_options(
    candidates: &[Candidate],
    observation: &Observation,
    compat: Compat,
) -> Outcome {
    let fit = |candidate: &Candidate| {
        let signature = &candidate.signature;
        let (plain, fillers) = observation.without_app_options(&signature.layout)?;
        Some((fit(signature, &plain, &mut None, compat), fillers))
    };
    let fillers = |candidate| fit(candidate).filter(|(fit, _)| *fit != Fit::No).map(|it| it.1);
    let Some(nearest) = candidates.iter().filter_map(fillers).min() else {
        return Outcome::Nothing;
    };
    best_by(candidates, compat, |candidate| {
        fit(candidate).filter(|&(_, fillers)| fillers == nearest).map_or(Fit::No, |it| it.0)
    })
}

#[inline]
fn best_by<'c>(
    candidates: impl IntoIterator<Item = &'c Candidate>,
    compat: Compat,
    mut fit: impl FnMut(&Candidate) -> Fit,
) -> Outcome {
    let mut generic = None;
    let mut fuzzy = None;
    for candidate in candidates {
        match fit(candidate) {
            Fit::No => {}
            Fit::Exact if candidate.rank == Rank::Specific => {
                return Outcome::Found { id: candidate.id, fuzzy: false };
            }
            Fit::Exact => generic = generic.or(Some(candidate)),
            // A tool's signature with tolerances says nothing: tools forge exactly.
            Fit::Fuzzy if candidate.userland && !compat.rules().tools_match_with_tolerances => {}
            Fit::Fuzzy => fuzzy = fuzzy.or(Some(candidate)),
        }
    }
    match (generic, fuzzy) {
        (Some(found), _) => Outcome::Found { id: found.id, fuzzy: false },
        (None, Some(found)) if found.userland => Outcome::FuzzyTool,
        (None, Some(found)) => Outcome::Found { id: found.id, fuzzy: true },
        (None, None) => Outcome::Nothing,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Exact,
    Fuzzy,
    No,
}

/// How one signature fits. `multiple` keeps the window's multiple, which takes divisions to find,
/// for the next candidate.
#[inline]
pub(crate) fn fit(
    signature: &Signature,
    observation: &Observation,
    multiple: &mut Option<Option<WindowMultiple>>,
    compat: Compat,
) -> Fit {
    let quirks = quirks_fit(signature, observation, compat);
    let fits = quirks != Fit::No
        && version_fits(signature, observation, compat)
        && signature.layout.end_padding() == observation.layout.end_padding()
        && signature.ip_options_len == observation.ip_options_len
        && !(signature.ttl.random && signature.ttl.initial < observation.ttl)
        && signature.mss.is_none_or(|mss| mss == observation.mss.unwrap_or(0))
        && signature
            .window_scale
            .is_none_or(|scale| scale == observation.window_scale.unwrap_or(0))
        && signature.has_payload.is_none_or(|payload| payload == observation.has_payload)
        && window_fits(signature.window, observation, multiple);
    match fits {
        false => Fit::No,
        true if ttl_is_plausible(signature.ttl, observation.ttl) => quirks,
        true => Fit::Fuzzy,
    }
}

/// p0f uses the version only to choose the quirks that are compared.
#[inline]
fn version_fits(signature: &Signature, observation: &Observation, compat: Compat) -> bool {
    compat.rules().version_is_not_compared
        || signature.version.is_none_or(|version| version == observation.version)
}

/// The quirks that the signature asks of the observation's version, and those of the observation
/// that matter to it.
#[inline]
pub(crate) fn quirks_compared(
    signature: &Signature,
    observation: &Observation,
    compat: Compat,
) -> (Quirks, Quirks) {
    let mut asked = signature.quirks_for(observation.version);
    let mut seen = observation.quirks;
    let rules = compat.rules();
    let for_both = signature.version.is_none();
    let reserved_bit = for_both && signature.quirks.contains(Quirks::RESERVED_BIT);
    if rules.reserved_bit_is_asked_of_ipv6 && reserved_bit {
        asked |= Quirks::RESERVED_BIT;
    }
    // Current stacks send flow labels: a signature for both versions ignores them unless it
    // asks for one.
    if !rules.flow_label_is_always_compared && for_both && !asked.contains(Quirks::FLOW_LABEL) {
        seen = seen.without(Quirks::FLOW_LABEL);
    }
    (asked, seen)
}

#[inline]
fn quirks_fit(signature: &Signature, observation: &Observation, compat: Compat) -> Fit {
    let (asked, seen) = quirks_compared(signature, observation, compat);
    if asked == seen {
        return Fit::Exact;
    }
    let (missing, extra) = (asked.without(seen), seen.without(asked));
    if TOLERATED_MISSING.contains(missing) && TOLERATED_EXTRA.contains(extra) {
        Fit::Fuzzy
    } else {
        Fit::No
    }
}

/// Whether the TTL is as asked, without tolerance.
pub(crate) fn ttl_fits(rule: TtlRule, observed: u8) -> bool {
    observed <= rule.initial && ttl_is_plausible(rule, observed)
}

/// Whether a packet can have come from its stack in at most [`MAX_DISTANCE`] hops.
#[inline]
pub(crate) fn ttl_is_plausible(rule: TtlRule, observed: u8) -> bool {
    rule.random || rule.initial.checked_sub(observed).is_some_and(|hops| hops <= MAX_DISTANCE)
}

#[inline]
pub(crate) fn window_fits(
    rule: WindowRule,
    observation: &Observation,
    multiple: &mut Option<Option<WindowMultiple>>,
) -> bool {
    match rule {
        WindowRule::Any => true,
        WindowRule::Exact(window) => window == observation.window,
        WindowRule::Modulo(divisor) => observation.window.is_multiple_of(divisor),
        WindowRule::Multiple(asked) => {
            *multiple.get_or_insert_with(|| observation.window_multiple()) == Some(asked)
        }
    }
}

/// How far the packet travelled, in hops: from the signature's initial TTL where that can be, else
/// by a guess.
#[inline]
pub(crate) fn distance(observation: &Observation, rule: Option<TtlRule>, fuzzy: bool) -> u8 {
    let from_rule = rule.and_then(|rule| {
        let hops = rule.initial.checked_sub(observation.ttl)?;
        (!fuzzy || rule.random || hops <= MAX_DISTANCE).then_some(hops)
    });
    from_rule.unwrap_or_else(|| observation.guessed_distance())
}
