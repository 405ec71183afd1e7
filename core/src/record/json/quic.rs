//! What a QUIC client says besides its hello, as JSON.

use super::Json;
use crate::record::quic::{Quic, QuicParameters};
use crate::tcp::observation::initial_ttl;

impl Json<'_> {
    pub(super) fn quic(&mut self, quic: &Quic) {
        self.raw(",\"quic\":{\"version\":\"");
        self.display(quic.version);
        self.raw("\",\"datagram_bytes\":");
        self.number(quic.datagram_len);
        let initial = initial_ttl(quic.ttl);
        self.raw(",\"ttl\":{\"observed\":");
        self.number(quic.ttl);
        self.raw(",\"initial\":");
        self.number(initial);
        self.raw(",\"distance\":");
        self.number(initial - quic.ttl);
        self.raw(",\"guessed\":true}");
        match &quic.parameters {
            Some(Ok(parameters)) => self.quic_parameters(parameters),
            Some(Err(error)) => {
                self.raw(",\"parameters_cut_at\":");
                self.number(error.at);
            }
            None => {}
        }
        self.raw("}");
    }

    fn quic_parameters(&mut self, parameters: &QuicParameters) {
        self.raw(",\"parameters\":");
        let mut before = "{\"";
        let mut name = |to: &mut Self, name: &str| {
            to.raw(core::mem::replace(&mut before, ",\""));
            to.raw(name);
            to.raw("\":");
        };
        for (integer, value) in parameters.integers() {
            name(self, integer);
            self.number(value);
        }
        for flag in parameters.flags() {
            name(self, flag);
            self.raw("true");
        }
        if !parameters.versions.is_empty() {
            name(self, "versions");
            self.list(parameters.versions.iter(), |to, version| {
                to.display(format_args!("\"{version}\""));
            });
        }
        if !parameters.ids.is_empty() {
            name(self, "ids");
            self.list(parameters.ids.iter(), |to, &id| to.number(id));
        }
        if let Some(user_agent) = &parameters.user_agent {
            name(self, "user_agent");
            self.string(user_agent);
        }
        self.raw(if before == "{\"" { "{}" } else { "}" });
    }
}
