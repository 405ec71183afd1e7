//! What was found for observations of late: the same stacks come again and again, so the database
//! is seldom asked, however many signatures it has.

use crate::database::Database;
use crate::matching::Outcome;
use crate::observation::{Form, Observation};

/// Forms and what was found for them, each in the one place that its hash chooses; the next one
/// there takes it over.
#[derive(Debug)]
pub(super) struct Recent {
    places: Vec<Option<(Form, Known)>>,
}

/// What is known of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) outcome: Outcome,
    /// Of the layout's kinds.
    pub(super) layout_hash: u32,
}

/// Stacks times distances, of which traffic has a few hundred: few of them meet.
const PLACES: usize = 2048;

impl Recent {
    pub(super) fn new() -> Recent {
        Recent { places: vec![None; PLACES] }
    }

    /// What the database finds.
    #[inline]
    pub(super) fn look_up(&mut self, database: &Database, observation: &Observation) -> Known {
        let form = observation.form();
        let place = self.places.get_mut(form.place(PLACES));
        match place {
            Some(Some((known_form, known))) if *known_form == form => *known,
            place => {
                let outcome = database.outcome(observation);
                let known = Known { outcome, layout_hash: observation.layout.kinds_hash() };
                if let Some(place) = place {
                    *place = Some((form, known));
                }
                known
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::observation::Direction;
    use crate::signature::WindowRule;
    use crate::{Analyzer, Frame, LinkType};

    fn plain() -> Observation {
        let text = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
        Observation::parse(text, Direction::Syn).unwrap()
    }

    #[test]
    fn what_is_remembered_is_what_would_be_found() {
        let database = Database::builtin();
        let mut recent = Recent::new();
        // More than there are places, twice; values that no signature asks for differ.
        for round in 0..2 {
            for (direction, wanted) in database.signatures() {
                for ttl in [wanted.signature.ttl.initial, 30, 128] {
                    let asked = wanted.signature;
                    let window = match asked.window {
                        WindowRule::Exact(window) => window,
                        _ => 44 * 1460,
                    };
                    let observation = Observation {
                        direction,
                        layout: asked.layout,
                        quirks: asked.quirks,
                        mss: asked.mss.or(Some(1460)),
                        window_scale: asked.window_scale,
                        window,
                        ttl,
                        dscp: round,
                        ..plain()
                    };
                    let found = recent.look_up(&database, &observation);
                    assert_eq!(found.outcome, database.outcome(&observation), "{observation}");
                    assert_eq!(found.layout_hash, observation.layout.kinds_hash());
                }
            }
        }
        let used = recent.places.iter().flatten().count();
        assert!(used > 300, "{used} places are used");
    }

    /// A SYN of Linux over raw IPv4, from a client by number.
    fn syn(client: u8) -> [u8; 60] {
        let mut syn = [0; 60];
        syn[..20]
            .copy_from_slice(b"\x45\0\0\x3c\x12\x34\x40\0\x40\x06\0\0\xc0\0\x02\0\xc0\0\x02\xff");
        syn[15] = client;
        syn[20..40].copy_from_slice(b"\x9c\x40\0\x50\0\0\0\x07\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0");
        syn[40..]
            .copy_from_slice(b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07");
        syn
    }

    /// Whether the system of a new client is known.
    fn is_known(analyzer: &mut Analyzer, client: u8) -> bool {
        let syn = syn(client);
        let record = analyzer.analyze(&Frame::new(LinkType::RAW, &syn)).unwrap().unwrap();
        record.fingerprint.unwrap().found.is_some()
    }

    #[test]
    fn another_database_is_asked_anew() {
        let mut analyzer = Analyzer::new(&Database::builtin());
        assert!(is_known(&mut analyzer, 1) && is_known(&mut analyzer, 2));
        analyzer.set_database(&Arc::new(Database::empty()));
        assert!(!is_known(&mut analyzer, 3));
        analyzer.set_database(&Database::builtin());
        assert!(is_known(&mut analyzer, 4));
    }
}
