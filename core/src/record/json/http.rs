//! What an HTTP head says, as JSON.

use super::Json;
use crate::database::HttpApp;
use crate::http::{Claim, Http2};
use crate::record::Record;
use crate::record::http::{Http, HttpMessage};

impl Json<'_> {
    pub(super) fn http(&mut self, record: &Record<'_>, http: &Http<'_>) {
        self.raw(",\"http\":{\"version\":\"");
        self.display(http.version());
        self.raw("\"");
        match &http.message {
            HttpMessage::Request { method } => self.http_text("method", method),
            HttpMessage::Response { status } => {
                self.raw(",\"status\":");
                self.number(*status);
            }
            HttpMessage::Http2(_) => {}
        }
        self.http_optional("signature", http.signature.as_deref());
        if let Some(app) = &http.app {
            self.http_app(app);
        }
        self.http_optional("user_agent", http.user_agent());
        self.http_optional("server", http.server());
        self.http_optional("language", http.language.name());
        self.http_flag(",\"via\":true", http.via);
        if let Some(claim) = &http.claims() {
            self.http_claims(claim);
        }
        self.http_flag(",\"dishonest\":true", http.is_dishonest());
        self.http_flag(",\"anonymous\":true", http.is_anonymous());
        if let HttpMessage::Http2(opening) = &http.message {
            self.http2(opening);
        }
        if !http.changes.is_empty() {
            self.raw(",\"changes\":");
            self.list(http.changes.iter(), |to, change| to.change(record, change));
        }
        self.raw("}");
    }

    /// The fields of the Elastic Common Schema for HTTP; the rest stays under `stackprint.http`.
    #[cfg(feature = "ecs")]
    pub(super) fn ecs_http(&mut self, http: &Http<'_>) {
        self.raw(",\"http\":{\"version\":\"");
        self.display(http.version());
        self.raw("\"");
        match &http.message {
            HttpMessage::Request { method } => {
                self.raw(",\"request\":{\"method\":");
                self.string(method);
                self.raw("}");
            }
            HttpMessage::Response { status } => {
                self.raw(",\"response\":{\"status_code\":");
                self.number(*status);
                self.raw("}");
            }
            HttpMessage::Http2(_) => {}
        }
        self.raw("}");
        if let Some(agent) = http.user_agent() {
            self.raw(",\"user_agent\":{\"original\":");
            self.string(agent);
            if let Some(claim) = http.claims() {
                self.ecs_user_agent(&claim);
            }
            self.raw("}");
        }
    }

    /// The fields that a User-Agent is taken apart into.
    #[cfg(feature = "ecs")]
    fn ecs_user_agent(&mut self, claim: &Claim<'_>) {
        self.http_optional("name", claim.product);
        self.http_optional("version", claim.product_version);
        if let Some(system) = claim.system {
            self.raw(",\"os\":{\"name\":");
            self.string(system);
            self.http_optional("version", claim.system_version);
            self.raw("}");
        }
    }

    fn http_app(&mut self, app: &HttpApp<'_>) {
        self.raw(",\"app\":{\"label\":");
        self.string(app.label.as_str());
        self.http_text("name", app.label.name());
        self.http_text("flavor", app.label.flavor());
        self.raw(",\"quality\":");
        self.quality(app.quality());
        self.raw("}");
    }

    fn http_claims(&mut self, claim: &Claim<'_>) {
        let texts = [
            ("family", claim.family.map(crate::http::Family::as_str)),
            ("system", claim.system),
            ("system_version", claim.system_version),
        ];
        let mut before = ",\"claims\":{\"";
        let mut field = |to: &mut Self, name: &str| {
            to.raw(before);
            to.raw(name);
            to.raw("\":");
            before = ",\"";
        };
        for (name, text) in texts {
            if let Some(text) = text {
                field(self, name);
                self.string(text);
            }
        }
        if claim.is_frozen {
            field(self, "frozen");
            self.raw("true");
        }
        for (name, text) in [("product", claim.product), ("product_version", claim.product_version)]
        {
            if let Some(text) = text {
                field(self, name);
                self.string(text);
            }
        }
        self.raw("}");
    }

    fn http2(&mut self, opening: &Http2) {
        self.raw(",\"http2\":{\"fingerprint\":\"");
        self.display(opening);
        self.raw("\",\"md5\":\"");
        self.raw(&opening.md5());
        self.raw("\"}");
    }

    fn http_flag(&mut self, text: &str, is_set: bool) {
        if is_set {
            self.raw(text);
        }
    }

    fn http_optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.http_text(name, text);
        }
    }

    fn http_text(&mut self, name: &str, text: &str) {
        self.raw(",\"");
        self.raw(name);
        self.raw("\":");
        self.string(text);
    }
}
