//! Parts of records that outlive the database and the packet: what is kept of a connection.

use std::borrow::Cow;

use super::row::{
    CandidateRow, ChangeRow, DifferenceRow, EvidenceRow, Http2Row, HttpAppRow, HttpClaimsRow,
    HttpRow, LibraryRow, MtuRow, OsRow, QuicParametersRow, QuicRow, TlsRow, UptimeRow,
};

fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn own_all(texts: Vec<Cow<'_, str>>) -> Vec<Cow<'static, str>> {
    texts.into_iter().map(own).collect()
}

impl OsRow<'_> {
    /// The same, with all texts owned.
    #[must_use]
    pub fn into_owned(self) -> OsRow<'static> {
        let differences = self.differences.into_iter().map(|it| DifferenceRow {
            field: own(it.field),
            observed: own(it.observed),
            expected: own(it.expected),
        });
        let candidates = self.candidates.into_iter();
        OsRow {
            label: own(self.label),
            name: own(self.name),
            flavor: own(self.flavor),
            class: own(self.class),
            rank: own(self.rank),
            matched: own(self.matched),
            quality: self.quality,
            differences: differences.collect(),
            candidates: candidates
                .map(|it| CandidateRow { name: own(it.name), probability: it.probability })
                .collect(),
        }
    }
}

impl MtuRow<'_> {
    /// The same, with all texts owned.
    #[must_use]
    pub fn into_owned(self) -> MtuRow<'static> {
        MtuRow { value: self.value, link: self.link.map(own) }
    }
}

impl UptimeRow<'_> {
    /// The same, with all texts owned.
    #[must_use]
    pub fn into_owned(self) -> UptimeRow<'static> {
        UptimeRow { why: own(self.why), ..self }
    }
}

impl ChangeRow<'_> {
    /// The same, with all texts owned.
    #[must_use]
    pub fn into_owned(self) -> ChangeRow<'static> {
        let evidence = self.evidence.into_iter().map(|it| EvidenceRow {
            reason: own(it.reason),
            then: own(it.then),
            now: own(it.now),
            time: own(it.time),
        });
        ChangeRow {
            verdict: own(self.verdict),
            reasons: own_all(self.reasons),
            score: self.score,
            hits: self.hits,
            quality: self.quality,
            evidence: evidence.collect(),
        }
    }
}

impl TlsRow<'_> {
    /// The same, with all texts owned.
    #[must_use]
    pub fn into_owned(self) -> TlsRow<'static> {
        let library = self.library.map(|it| LibraryRow {
            name: own(it.name),
            version: it.version.map(own),
            program: it.program.map(own),
            quality: it.quality,
        });
        TlsRow {
            version: own(self.version),
            transport: own(self.transport),
            preamble: self.preamble.map(own),
            library,
            ja4: self.ja4.map(own),
            ja3: self.ja3.map(own),
            stable: self.stable.map(own),
            sni: self.sni.map(own),
            alpn: own_all(self.alpn),
            ech: self.ech,
            resumption: self.resumption.map(own),
            cipher: self.cipher.map(own),
            ja3s: self.ja3s.map(own),
            truncated: self.truncated,
            ja4_r: self.ja4_r.map(own),
            ja4_o: self.ja4_o.map(own),
            ja4_ro: self.ja4_ro.map(own),
            ja3_full: self.ja3_full.map(own),
        }
    }
}

impl HttpRow<'_> {
    /// The same, with all texts owned.
    #[must_use]
    pub fn into_owned(self) -> HttpRow<'static> {
        let app = self.app.map(|it| HttpAppRow {
            label: own(it.label),
            name: own(it.name),
            flavor: own(it.flavor),
            quality: it.quality,
        });
        let claims = self.claims.map(|it| HttpClaimsRow {
            family: it.family.map(own),
            system: it.system.map(own),
            system_version: it.system_version.map(own),
            frozen: it.frozen,
            product: it.product.map(own),
            product_version: it.product_version.map(own),
        });
        let http2 =
            self.http2.map(|it| Http2Row { fingerprint: own(it.fingerprint), md5: own(it.md5) });
        HttpRow {
            version: own(self.version),
            method: self.method.map(own),
            status: self.status,
            signature: self.signature.map(own),
            app,
            user_agent: self.user_agent.map(own),
            server: self.server.map(own),
            language: self.language.map(own),
            via: self.via,
            claims,
            dishonest: self.dishonest,
            anonymous: self.anonymous,
            http2,
            changes: self.changes.into_iter().map(ChangeRow::into_owned).collect(),
        }
    }
}

impl QuicRow<'_> {
    /// The same, with all texts owned.
    #[must_use]
    pub fn into_owned(self) -> QuicRow<'static> {
        let parameters = self.parameters.map(|it| QuicParametersRow {
            versions: own_all(it.versions),
            user_agent: it.user_agent.map(own),
            ..it
        });
        QuicRow {
            version: own(self.version),
            datagram_bytes: self.datagram_bytes,
            ttl: self.ttl,
            parameters,
            parameters_cut_at: self.parameters_cut_at,
        }
    }
}
