//! What a TLS hello says, as JSON.

use super::Json;
use crate::database::Match;
use crate::record::tls::{HexNumber, Tls, TlsClient, TlsHello};
use crate::tls::Library;

impl Json<'_> {
    pub(super) fn tcp(&mut self, found: &Match<'_>) {
        self.raw(",\"tcp\":{\"label\":");
        self.string(&found.label.to_string());
        self.raw(",\"quality\":");
        self.quality(found.quality());
        self.raw(",\"signature\":\"");
        self.display(found.signature);
        self.raw("\"}");
    }

    pub(super) fn tls(&mut self, tls: &Tls<'_>) {
        self.raw(",\"tls\":{\"version\":\"");
        self.display(tls.version_name());
        self.raw("\",\"transport\":\"");
        self.raw(tls.transport.as_str());
        self.raw("\"");
        if let Some(preamble) = tls.preamble {
            self.tls_text(",\"preamble\":\"", preamble.as_str());
            self.raw("\"");
        }
        match &tls.hello {
            TlsHello::Client(client) => {
                if let Some(library) = tls.library {
                    self.tls_library(library);
                }
                self.tls_client(client);
            }
            TlsHello::Server(server) => {
                self.raw(",\"cipher\":\"");
                self.display(HexNumber(server.cipher_suite));
                self.tls_text("\",\"ja3s\":\"", server.ja3s.as_str());
                self.raw("\"");
            }
        }
        self.raw("}");
    }

    /// The fields of the Elastic Common Schema for TLS; the rest stays under `stackprint.tls`.
    #[cfg(feature = "ecs")]
    pub(super) fn ecs_tls(&mut self, tls: &Tls<'_>) {
        self.raw(",\"tls\":{");
        match &tls.hello {
            TlsHello::Client(client) => {
                self.raw("\"client\":{");
                let mut before = "";
                if let Some(of) = &client.fingerprints {
                    self.tls_text("\"ja3\":\"", of.ja3.as_str());
                    self.raw("\"");
                    before = ",";
                }
                if let Some(name) = &client.server_name {
                    self.tls_text(before, "\"server_name\":");
                    self.string(name);
                }
                self.raw("}");
            }
            TlsHello::Server(server) => {
                self.tls_text("\"server\":{\"ja3s\":\"", server.ja3s.as_str());
                self.raw("\"}");
                if let Some((protocol, number)) = tls.ecs_version() {
                    self.tls_text(",\"version_protocol\":\"", protocol);
                    self.tls_text("\",\"version\":\"", number);
                    self.raw("\"");
                }
            }
        }
        self.raw("}");
    }

    fn tls_library(&mut self, library: &Library) {
        self.raw(",\"library\":{\"name\":");
        self.string(library.name());
        if let Some(version) = library.version() {
            self.raw(",\"version\":");
            self.string(version);
        }
        if let Some(program) = library.program() {
            self.raw(",\"program\":");
            self.string(program);
        }
        self.raw(",\"quality\":");
        self.quality(library.quality());
        self.raw("}");
    }

    fn tls_client(&mut self, client: &TlsClient) {
        if let Some(of) = &client.fingerprints {
            self.tls_text(",\"ja4\":\"", of.ja4.as_str());
            self.tls_text("\",\"ja3\":\"", of.ja3.as_str());
            self.tls_text("\",\"stable\":\"", of.stable.as_str());
            self.raw("\"");
        }
        if let Some(name) = &client.server_name {
            self.raw(",\"sni\":");
            self.string(name);
        }
        if !client.protocols.is_empty() {
            self.raw(",\"alpn\":");
            self.list(client.protocols.iter(), |to, protocol| to.string(protocol));
        }
        if client.encrypted_hello {
            self.raw(",\"ech\":true");
        }
        if let Some(resumption) = client.resumption {
            self.tls_text(",\"resumption\":\"", resumption.as_str());
            self.raw("\"");
        }
        if client.fingerprints.is_none() {
            self.raw(",\"truncated\":true");
        }
        if let Some(raw) = &client.raw {
            self.tls_text(",\"ja4_r\":\"", &raw.ja4_r);
            self.tls_text("\",\"ja4_o\":\"", raw.ja4_o.as_str());
            self.tls_text("\",\"ja4_ro\":\"", &raw.ja4_ro);
            self.tls_text("\",\"ja3_full\":\"", &raw.ja3_text);
            self.raw("\"");
        }
    }

    /// Punctuation, and text that needs no escape.
    fn tls_text(&mut self, before: &str, text: &str) {
        self.raw(before);
        self.raw(text);
    }
}
