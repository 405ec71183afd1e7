//! Whether the layers of one connection agree, as far as a single record tells.

use super::consistency::Consistency;
#[cfg(feature = "tls")]
use super::consistency::{Named, compare};
#[cfg(feature = "tls")]
use super::entry::Layer;
#[cfg(feature = "tls")]
use super::sighting::Sighting;
#[cfg(feature = "tls")]
use crate::database::Match;
use crate::record::Record;
#[cfg(feature = "tls")]
use crate::tls::Transport;

impl Consistency {
    /// Compares the TLS library or the claims in a record with the stack of the client that opened
    /// the same connection, by the rules for hosts, which see all connections of a host and therefore
    /// more. `None` for records that are not a client's TLS hello over TCP or an HTTP request.
    ///
    /// ```
    /// use stackprint::who::Consistency;
    /// use stackprint::{Analyzer, Database, Frame, LinkType};
    ///
    /// let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
    ///     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
    ///     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
    /// let mut analyzer = Analyzer::new(&Database::builtin());
    /// let mut session = analyzer.session();
    /// session.analyze_all(&Frame::new(LinkType::RAW, syn), |result| {
    ///     // A SYN carries nothing that could contradict it.
    ///     if let Ok(Some(record)) = result {
    ///         assert_eq!(Consistency::of_record(&record), None);
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn of_record(record: &Record<'_>) -> Option<Consistency> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &record.tls {
            // Over UDP, the stack is the one of another connection.
            if !tls.is_client() || tls.transport != Transport::Tcp {
                return None;
            }
            let library = Sighting::library(Layer::Tls, tls.library);
            return Some(compare(stack(tls.tcp.as_ref()), named(&library), None));
        }
        #[cfg(feature = "http")]
        if let Some(http) = record.http.as_ref().filter(|http| http.is_request()) {
            if http.via {
                return Some(Consistency::FORWARDED);
            }
            let claims = Sighting::http(http).as_ref().and_then(named);
            return Some(compare(stack(http.tcp.as_ref()), None, claims));
        }
        let _ = record;
        None
    }
}

#[cfg(feature = "tls")]
fn stack(found: Option<&Match<'_>>) -> Option<Named> {
    named(&Sighting::stack(Layer::Syn, found?))
}

#[cfg(feature = "tls")]
fn named(sighting: &Sighting<'_>) -> Option<Named> {
    Named::by(sighting.layer, sighting.systems)
}
