//! Records as JSON one after the other, where they have much in common: what was written for a
//! stack is copied for the next packet that looks the same.

use std::sync::Arc;

use super::time::Second;
use super::{Json, LabelJson};
use crate::endpoint::Side;
use crate::frame::Timestamp;
use crate::observation::Form;
use crate::record::{Fingerprint, Origin, Record};
use crate::signature::Signature;

/// Writes records as JSON, the same octets as [`Record::write_json`], in a third of the time where
/// the same stacks come again and again.
///
/// It remembers texts of up to 4096 kinds of packets, each of some 800 octets. They are found by
/// all that they were made of, so a writer serves records of any database, and of several.
#[derive(Debug)]
pub struct JsonWriter {
    known: Vec<Option<Box<Known>>>,
    second: Second,
}

/// Stacks times distances, of which traffic has a few hundred: few of them meet.
const PLACES: usize = 4096;

impl Default for JsonWriter {
    fn default() -> JsonWriter {
        JsonWriter::new()
    }
}

impl JsonWriter {
    /// A writer that has seen nothing.
    #[must_use]
    pub fn new() -> JsonWriter {
        JsonWriter { known: vec![None; PLACES], second: Second::new() }
    }

    /// As [`Record::write_json`].
    pub fn write(&mut self, record: &Record<'_>, origin: Option<&Origin<'_>>, to: &mut Vec<u8>) {
        let mut json = Json { len: to.len(), to, memory: Some(self) };
        record.json(origin, &mut json);
        json.finish();
    }

    /// As [`Record::write_ecs`].
    #[cfg(feature = "ecs")]
    pub fn write_ecs(
        &mut self,
        record: &Record<'_>,
        origin: Option<&Origin<'_>>,
        to: &mut Vec<u8>,
    ) {
        let mut json = Json { len: to.len(), to, memory: Some(self) };
        record.ecs(origin, &mut json);
        json.finish();
    }

    #[inline]
    fn known(&self, made_of: &MadeOf<'_>) -> Option<&Known> {
        let known = self.known.get(made_of.place())?.as_deref()?;
        known.is_made_of(made_of).then_some(known)
    }

    /// The time as it is printed.
    #[inline]
    pub(super) fn time(&mut self, time: Timestamp) -> &[u8] {
        self.second.text(time)
    }

    /// What was written for such a packet.
    #[inline]
    pub(super) fn recall(&self, made_of: &MadeOf<'_>) -> Option<&[u8]> {
        Some(&self.known(made_of)?.text)
    }

    /// What was written for a packet, for the next such one.
    #[cold]
    pub(super) fn remember(&mut self, made_of: &MadeOf<'_>, text: &[u8]) {
        if let Some(place) = self.known.get_mut(made_of.place()) {
            *place = Some(Box::new(Known {
                fields: made_of.fields,
                label: made_of.label.cloned(),
                link: made_of.link.map(Box::from),
                text: text.into(),
            }));
        }
    }
}

/// All that a text is made of; borrowed from the record.
pub(super) struct MadeOf<'r> {
    fields: Fields,
    label: Option<&'r Arc<LabelJson>>,
    link: Option<&'r str>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Fields {
    form: Form,
    dscp: u8,
    subject: Side,
    distance: u8,
    distance_is_guessed: bool,
    syn_unseen: bool,
    random_ttl: bool,
    quality: Option<f64>,
    mtu: Option<u32>,
    /// Of a match with tolerances, whose text says where it differs.
    signature: Option<Signature>,
}

/// A text, and what it is made of.
#[derive(Debug, Clone)]
struct Known {
    fields: Fields,
    /// Kept, so that no other label comes to lie in its place.
    label: Option<Arc<LabelJson>>,
    link: Option<Box<str>>,
    text: Box<[u8]>,
}

impl<'r> MadeOf<'r> {
    /// `None` for what is made of more: the closest signatures.
    #[inline]
    pub(super) fn new(fingerprint: &'r Fingerprint<'_>, subject: Side) -> Option<MadeOf<'r>> {
        let found = fingerprint.found.as_ref();
        let is_known = found.is_some() || fingerprint.closest_in.is_none();
        let fields = Fields {
            form: fingerprint.observation.form(),
            dscp: fingerprint.observation.dscp,
            subject,
            distance: fingerprint.distance,
            distance_is_guessed: fingerprint.distance_is_guessed(),
            syn_unseen: fingerprint.syn_unseen,
            random_ttl: found.is_some_and(|found| found.signature.ttl.random),
            quality: fingerprint.quality(),
            mtu: fingerprint.mtu.as_ref().map(|mtu| mtu.value),
            signature: found.filter(|found| found.fuzzy).map(|found| *found.signature),
        };
        let label = found.map(|found| found.label.json());
        let link = fingerprint.mtu.as_ref().and_then(|mtu| mtu.link);
        is_known.then_some(MadeOf { fields, label, link })
    }

    #[inline]
    fn place(&self) -> usize {
        self.fields.form.place(PLACES)
    }
}

impl Known {
    #[inline]
    fn is_made_of(&self, made_of: &MadeOf<'_>) -> bool {
        let same_label = match (&self.label, made_of.label) {
            (Some(known), Some(asked)) => Arc::ptr_eq(known, asked),
            (known, asked) => known.is_none() && asked.is_none(),
        };
        same_label && self.fields == made_of.fields && self.link.as_deref() == made_of.link
    }
}
