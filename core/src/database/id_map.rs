//! Maps the signature numbers of one database to those of another, for what hosts remember.

use std::collections::HashMap;

use super::Database;
use crate::tcp::observation::Direction;
use crate::tcp::signature::{Signature, SignatureId};

/// What becomes of signatures that are remembered when the database is another.
pub(crate) struct IdMap {
    /// By the old number: the same signature under the same label.
    signatures: Vec<Option<SignatureId>>,
    /// By the old number: a signature whose label has the same name, case ignored.
    systems: Vec<Option<SignatureId>>,
}

impl IdMap {
    pub(crate) fn new(old: &Database, new: &Database) -> IdMap {
        type Key = (Direction, String, Signature);
        let mut signatures: HashMap<Key, SignatureId> = HashMap::new();
        let mut systems: HashMap<String, SignatureId> = HashMap::new();
        for (direction, found) in new.signatures() {
            let key = (direction, found.label.to_string(), *found.signature);
            signatures.entry(key).or_insert(found.id);
            systems.entry(found.label.name().to_ascii_lowercase()).or_insert(found.id);
        }
        let signature = |(direction, found): (Direction, super::Match<'_>)| {
            signatures.get(&(direction, found.label.to_string(), *found.signature)).copied()
        };
        let system = |(_, found): (Direction, super::Match<'_>)| {
            systems.get(&found.label.name().to_ascii_lowercase()).copied()
        };
        IdMap {
            signatures: old.signatures().map(signature).collect(),
            systems: old.signatures().map(system).collect(),
        }
    }

    /// What a packet matched. Where that is not in the new database, and where nothing in the old
    /// one matched, nobody knows what the new one would have said.
    pub(crate) fn matched(&self, old: Option<SignatureId>) -> SignatureId {
        let new = old.and_then(|id| self.signatures.get(usize::from(id.0)).copied().flatten());
        new.unwrap_or(SignatureId::GONE)
    }

    /// The same signature under the same label.
    #[cfg(feature = "tls")]
    pub(crate) fn signature(&self, old: SignatureId) -> Option<SignatureId> {
        self.signatures.get(usize::from(old.0)).copied().flatten()
    }

    /// The system of a host.
    pub(crate) fn system(&self, old: SignatureId) -> Option<SignatureId> {
        self.systems.get(usize::from(old.0)).copied().flatten()
    }
}
