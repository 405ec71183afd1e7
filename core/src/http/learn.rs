//! Learning: heads of known programs to signatures that fit them and no others.

use core::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Head, HeaderRule, HttpSignature, Kind, Observed, Progress, Signatures};
use crate::tcp::observation::Compat;

/// The raw signature of a head whose program is known.
///
/// [`propose`] takes them.
#[derive(Debug, Clone)]
pub struct HttpSample {
    /// Request or response.
    pub kind: Kind,
    /// The head as a raw signature.
    pub raw: HttpSignature,
    /// Whose it is, by number.
    pub label: usize,
}

/// A signature that fits samples of one label, and none of another one.
///
/// [`propose`] returns them.
#[derive(Debug, Clone)]
pub struct HttpProposal {
    /// Request or response.
    pub kind: Kind,
    /// The label's number.
    pub label: usize,
    /// The signature.
    pub signature: HttpSignature,
    /// Which samples it fits, by their place.
    pub fits: Vec<usize>,
}

/// What is never generalised: label, kind, version, and the headers that raw signatures do not mark as
/// optional.
type Key<'s> = (usize, bool, Option<u8>, Vec<&'s str>);

/// Signatures for the labels of samples: of a label those first that ask for most headers, so that none
/// hides another one.
///
/// Samples whose headers come in the same order share one, where the headers that p0f calls optional may
/// be missing. A value stays where all have it, and so does the product that begins User-Agent or Server.
/// What would fit a sample of another label is left out: those samples have no proposal.
///
/// ```
/// use stackprint::http::{HttpSample, Kind, propose};
///
/// let sample = |text: &str, label| {
///     Ok::<_, stackprint::ParseError>(HttpSample { kind: Kind::Request, raw: text.parse()?, label })
/// };
/// let samples = [
///     sample("1:Host,User-Agent,Accept=[*/*]::curl/8.1", 0)?,
///     sample("1:Host,User-Agent,Accept=[*/*]::curl/7.88", 0)?,
///     sample("1:User-Agent,Host::Wget/1.21", 1)?,
/// ];
/// let proposals = propose(&samples);
/// assert_eq!(proposals.len(), 2);
/// assert_eq!(proposals[0].signature.to_string(), "1:Host,User-Agent,Accept=[*/*]::curl/");
/// assert_eq!(proposals[0].fits, [0, 1]);
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[must_use]
pub fn propose(samples: &[HttpSample]) -> Vec<HttpProposal> {
    let mut groups: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for (place, sample) in samples.iter().enumerate() {
        let fixed = sample.raw.headers.iter().filter(|rule| !rule.is_optional);
        let names = fixed.map(|rule| &*rule.name).collect();
        let key = (sample.label, sample.kind == Kind::Response, sample.raw.version, names);
        groups.entry(key).or_default().push(place);
    }
    let mut proposals = Vec::new();
    for places in groups.into_values() {
        let mut rest = places;
        // One whose optional headers come in another order begins another signature.
        while let Some(&first) = rest.first() {
            let Some(proposal) = propose_one(samples, first, &rest) else { break };
            rest.retain(|place| *place != first && !proposal.fits.contains(place));
            proposals.push(proposal);
        }
    }
    proposals.retain(|it| !fits_others(it, samples));
    // One that asks for fewer headers would cover the others.
    let asked =
        |it: &HttpProposal| it.signature.headers.iter().filter(|it| !it.is_optional).count();
    proposals.sort_by_key(|it| {
        (it.kind == Kind::Response, it.label, Reverse(asked(it)), Reverse(it.fits.len()))
    });
    proposals
}

fn propose_one(samples: &[HttpSample], first: usize, group: &[usize]) -> Option<HttpProposal> {
    let start = samples.get(first)?;
    let mut signature = start.raw.clone();
    signature.software = signature.software.as_deref().map(product);
    for sample in group.iter().filter_map(|&place| samples.get(place)) {
        let mut wider = signature.clone();
        if widen(&mut wider, &sample.raw).is_some() {
            signature = wider;
        }
    }
    let HttpSample { kind, label, .. } = *start;
    let mut proposal = HttpProposal { kind, label, signature, fits: Vec::new() };
    let fits = fitting(&proposal, samples);
    proposal.fits = fits.into_iter().filter(|place| group.contains(place)).collect();
    // What a raw signature cannot say of its own head is not proposed.
    proposal.fits.contains(&first).then_some(proposal)
}

/// `curl/` of `curl/8.1`: what does not change with the version.
fn product(software: &str) -> Box<str> {
    let end = software.find('/').map_or(software.len(), |slash| slash + 1);
    software.get(..end).unwrap_or_default().into()
}

/// Lets a signature fit another raw one, too. Returns None if optional headers come in another order.
fn widen(signature: &mut HttpSignature, raw: &HttpSignature) -> Option<()> {
    let mut at = 0;
    for rule in &raw.headers {
        let rest = signature.headers.get(at..)?;
        match rest.iter().position(|it| it.name == rule.name) {
            Some(found) => {
                at += found;
                let known = signature.headers.get_mut(at)?;
                if known.value != rule.value {
                    known.value = None;
                }
            }
            None if rule.is_optional => {
                if signature.headers.iter().any(|it| it.name == rule.name) {
                    return None;
                }
                signature.headers.insert(at, HeaderRule { value: None, ..rule.clone() });
            }
            None => return None,
        }
        at += 1;
    }
    signature.absent.retain(|name| raw.absent.contains(name));
    if signature.software.as_deref() != raw.software.as_deref().map(product).as_deref() {
        signature.software = None;
    }
    Some(())
}

/// Which samples of its kind the signature of a proposal fits.
fn fitting(proposal: &HttpProposal, samples: &[HttpSample]) -> Vec<usize> {
    let mut signatures = Signatures::new(Compat::Fixed);
    let HttpProposal { kind, ref signature, .. } = *proposal;
    if signatures.push(kind, signature.clone(), 0, false, 0).is_none() {
        return Vec::new();
    }
    let fits = |sample: &HttpSample| {
        let bytes = sample.raw.to_head(kind);
        let Progress::Complete(head) = Head::parse(&bytes) else { return false };
        sample.kind == kind && signatures.find(&Observed::new(&head, &signatures)).is_some()
    };
    samples.iter().enumerate().filter(|(_, sample)| fits(sample)).map(|(place, _)| place).collect()
}

fn fits_others(proposal: &HttpProposal, samples: &[HttpSample]) -> bool {
    let is_other = |place: &usize| samples.get(*place).is_some_and(|it| it.label != proposal.label);
    fitting(proposal, samples).iter().any(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposals(samples: &[(usize, &str)]) -> Vec<(usize, String, Vec<usize>)> {
        let sample = |&(label, raw): &(usize, &str)| HttpSample {
            kind: Kind::Request,
            raw: raw.parse().unwrap(),
            label,
        };
        let samples: Vec<_> = samples.iter().map(sample).collect();
        let proposals = propose(&samples).into_iter();
        proposals.map(|it| (it.label, it.signature.to_string(), it.fits)).collect()
    }

    #[test]
    fn what_varies_is_left_open() {
        let samples = [
            (0, "1:Host,User-Agent,Accept=[*/*]:Connection,Keep-Alive:curl/8.1"),
            (0, "1:Host,?Range,User-Agent,Accept=[*/*],?Cookie:Connection:curl/7.88"),
            (0, "1:Host,User-Agent,Accept=[text/html]:Connection:curl/7.88"),
        ];
        let expected = "1:Host,?Range,User-Agent,Accept,?Cookie:Connection:curl/";
        assert_eq!(proposals(&samples), [(0, expected.to_owned(), vec![0, 1, 2])]);
        let expected = "1:Host,?Range,User-Agent,Accept=[*/*],?Cookie:Connection:curl/";
        assert_eq!(proposals(&samples[..2]), [(0, expected.to_owned(), vec![0, 1])]);
    }

    #[test]
    fn another_order_is_another_signature() {
        let samples =
            [(0, "1:Host,?Range,Accept::"), (0, "1:Host,Accept,?Range::"), (0, "1:Accept,Host::")];
        let texts: Vec<_> = proposals(&samples).into_iter().map(|it| it.1).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
    }

    #[test]
    fn what_another_label_sends_is_nobody_s() {
        let (one, other) = ("1:Host,Accept=[a]::x/1", "1:Host,Accept=[b]::y/1");
        let found = proposals(&[(0, one), (1, other)]);
        let texts: Vec<_> = found.iter().map(|(label, text, _)| (*label, &**text)).collect();
        assert_eq!(texts, [(0, "1:Host,Accept=[a]::x/"), (1, "1:Host,Accept=[b]::y/")]);
        assert_eq!(proposals(&[(0, one), (1, one)]), []);
    }
}
