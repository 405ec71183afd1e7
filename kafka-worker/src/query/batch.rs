//! What records say of hosts, gathered to be handed over at once.

use stackprint::Record;

use super::http_sighting::HttpSighting;
use super::sighting::Sighting;

/// What records say, in their order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) sightings: Vec<Sighting>,
    /// What some of them say of HTTP.
    pub(super) http: Vec<HttpSighting>,
}

impl Batch {
    pub(super) fn with_capacity(sightings: usize) -> Batch {
        Batch { sightings: Vec::with_capacity(sightings), http: Vec::new() }
    }

    /// Notes what a record says. A batch takes at most 65,535 records.
    #[inline]
    pub(super) fn push(&mut self, record: &Record<'_>) {
        let mut sighting = Sighting::of(record);
        if let Some(http) = HttpSighting::of(record) {
            self.http.push(http);
            sighting.http = u16::try_from(self.http.len()).unwrap_or(0);
        }
        self.sightings.push(sighting);
    }

    /// What a sighting says of HTTP.
    pub(super) fn http_of(&self, sighting: &Sighting) -> Option<&HttpSighting> {
        self.http.get(usize::from(sighting.http).checked_sub(1)?)
    }

    pub(super) fn clear(&mut self) {
        self.sightings.clear();
        self.http.clear();
    }
}
