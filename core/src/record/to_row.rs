//! Records as rows: what is written in each encoding.

use core::fmt;
use std::borrow::Cow;

#[cfg(feature = "quic")]
use super::QuicParameters;
#[cfg(feature = "http")]
use super::http::HttpMessage;
#[cfg(feature = "tls")]
use super::row::LibraryRow;
#[cfg(feature = "quic")]
use super::row::QuicParametersRow;
use super::row::{
    CandidateRow, ChangeRow, ClosestRow, DifferenceRow, EndpointRow, EvidenceRow, HttpRow, MtuRow,
    OsRow, QuicRow, RecordRow, SCHEMA, TcpRow, TlsRow, TtlRow, UptimeRow,
};
#[cfg(feature = "http")]
use super::row::{Http2Row, HttpAppRow, HttpClaimsRow};
#[cfg(feature = "tls")]
use super::tls::{HexNumber, TlsHello};
use super::{Fingerprint, Record};
use crate::change::Change;
use crate::database::Near;
use crate::endpoint::Endpoint;
use crate::tcp::difference::Difference;
use crate::tcp::observation::Observation;
#[cfg(feature = "quic")]
use crate::tcp::observation::initial_ttl;
use crate::uptime::Uptime;

impl Record<'_> {
    /// The record as a serde value, without an origin.
    #[must_use]
    pub fn row(&self) -> RecordRow<'_> {
        let fingerprint = self.fingerprint.as_ref();
        RecordRow {
            schema: SCHEMA.into(),
            time: self.time.to_string().into(),
            kind: self.kind.as_str().into(),
            client: self.client.into(),
            server: self.server.into(),
            flow: self.flow_text(),
            subject: self.subject.as_str().into(),
            signature: fingerprint.map(|fingerprint| text(fingerprint.observation)),
            os: fingerprint.and_then(Fingerprint::os_row),
            closest: fingerprint.map_or_else(Vec::new, Fingerprint::closest_rows),
            ttl: fingerprint.map(|fingerprint| TtlRow {
                observed: fingerprint.observation.ttl,
                initial: fingerprint.initial_ttl(),
                distance: fingerprint.distance,
                guessed: fingerprint.distance_is_guessed(),
            }),
            notes: fingerprint
                .map_or_else(Vec::new, |fingerprint| fingerprint.notes().map(text).collect()),
            mtu: fingerprint
                .and_then(|fingerprint| fingerprint.mtu)
                .map(|mtu| MtuRow { value: mtu.value, link: mtu.link.map(Cow::Borrowed) }),
            uptime: self.uptime.as_ref().map(uptime_row),
            change: fingerprint
                .and_then(|fingerprint| fingerprint.change.as_ref())
                .map(|change| self.change_row(change)),
            tcp: self.tcp_row(),
            tls: self.tls_row(),
            http: self.http_row(),
            quic: self.quic_row(),
            path: self.path.as_slice().iter().map(text).collect(),
            origin: None,
        }
    }
}

impl Record<'_> {
    #[cfg(feature = "flow")]
    fn flow_text<'r>(&self) -> Option<Cow<'r, str>> {
        self.flow().map(text)
    }

    #[cfg(not(feature = "flow"))]
    fn flow_text<'r>(&self) -> Option<Cow<'r, str>> {
        None
    }

    fn change_row(&self, change: &Change<'_>) -> ChangeRow<'_> {
        ChangeRow {
            verdict: change.verdict.as_str().into(),
            reasons: change.reasons.words().map(Cow::Borrowed).collect(),
            score: change.score,
            hits: change.hits,
            quality: change.quality(),
            evidence: self
                .evidence()
                .map(|evidence| EvidenceRow {
                    reason: text(evidence.reason),
                    then: text(evidence.then),
                    now: text(evidence.now),
                    time: text(evidence.time),
                })
                .collect(),
        }
    }
}

#[cfg(feature = "tls")]
impl Record<'_> {
    fn tcp_row(&self) -> Option<TcpRow<'_>> {
        let found = self.tcp()?;
        Some(TcpRow {
            label: text(found.label),
            quality: found.quality(),
            signature: text(found.signature),
        })
    }

    fn tls_row(&self) -> Option<TlsRow<'_>> {
        let tls = self.tls.as_ref()?;
        let row = TlsRow {
            version: text(tls.version_name()),
            transport: tls.transport.as_str().into(),
            library: tls.library.map(|library| LibraryRow {
                name: library.name().into(),
                version: library.version().map(Cow::Borrowed),
                program: library.program().map(Cow::Borrowed),
                quality: library.quality(),
            }),
            preamble: tls.preamble.map(|it| it.as_str().into()),
            truncated: tls.is_truncated(),
            ..TlsRow::default()
        };
        Some(match &tls.hello {
            TlsHello::Client(client) => {
                let of = client.fingerprints.as_ref();
                let raw = client.raw.as_deref();
                TlsRow {
                    ja4: of.map(|of| of.ja4.as_str().into()),
                    ja3: of.map(|of| of.ja3.as_str().into()),
                    stable: of.map(|of| of.stable.as_str().into()),
                    sni: client.server_name.as_deref().map(Cow::Borrowed),
                    alpn: client.protocols.iter().map(|it| Cow::Borrowed(&**it)).collect(),
                    ech: client.encrypted_hello,
                    resumption: client.resumption.map(|it| it.as_str().into()),
                    ja4_r: raw.map(|raw| raw.ja4_r.as_str().into()),
                    ja4_o: raw.map(|raw| raw.ja4_o.as_str().into()),
                    ja4_ro: raw.map(|raw| raw.ja4_ro.as_str().into()),
                    ja3_full: raw.map(|raw| raw.ja3_text.as_str().into()),
                    ..row
                }
            }
            TlsHello::Server(server) => TlsRow {
                cipher: Some(text(HexNumber(server.cipher_suite))),
                ja3s: Some(server.ja3s.as_str().into()),
                ..row
            },
        })
    }
}

#[cfg(feature = "http")]
impl Record<'_> {
    fn http_row(&self) -> Option<HttpRow<'_>> {
        let http = self.http.as_ref()?;
        let row = HttpRow {
            version: text(http.version()),
            signature: http.signature.as_deref().map(Cow::Borrowed),
            app: http.app.as_ref().map(|app| HttpAppRow {
                label: text(app.label),
                name: app.label.name().into(),
                flavor: app.label.flavor().into(),
                quality: app.quality(),
            }),
            user_agent: http.user_agent().map(Cow::Borrowed),
            server: http.server().map(Cow::Borrowed),
            language: http.language.name().map(Cow::Borrowed),
            via: http.via,
            claims: http.claims().map(|claim| HttpClaimsRow {
                family: claim.family.map(|family| family.as_str().into()),
                system: claim.system.map(Cow::Borrowed),
                system_version: claim.system_version.map(Cow::Borrowed),
                frozen: claim.is_frozen,
                product: claim.product.map(Cow::Borrowed),
                product_version: claim.product_version.map(Cow::Borrowed),
            }),
            dishonest: http.is_dishonest(),
            anonymous: http.is_anonymous(),
            changes: http.changes.iter().map(|change| self.change_row(change)).collect(),
            ..HttpRow::default()
        };
        Some(match &http.message {
            HttpMessage::Request { method } => HttpRow { method: Some((&**method).into()), ..row },
            HttpMessage::Response { status } => HttpRow { status: Some(*status), ..row },
            HttpMessage::Http2(opening) => {
                let http2 = Http2Row { fingerprint: text(opening), md5: opening.md5().into() };
                HttpRow { http2: Some(http2), ..row }
            }
        })
    }
}

#[cfg(not(feature = "http"))]
impl Record<'_> {
    fn http_row(&self) -> Option<HttpRow<'_>> {
        None
    }
}

#[cfg(feature = "quic")]
impl Record<'_> {
    fn quic_row(&self) -> Option<QuicRow<'_>> {
        let quic = self.quic.as_ref()?;
        Some(QuicRow {
            version: text(quic.version),
            datagram_bytes: quic.datagram_len as u32,
            ttl: TtlRow {
                observed: quic.ttl,
                initial: initial_ttl(quic.ttl),
                distance: initial_ttl(quic.ttl) - quic.ttl,
                guessed: true,
            },
            parameters: match &quic.parameters {
                Some(Ok(parameters)) => Some(parameters.row()),
                Some(Err(_)) | None => None,
            },
            parameters_cut_at: match &quic.parameters {
                Some(Err(error)) => Some(error.at as u32),
                Some(Ok(_)) | None => None,
            },
        })
    }
}

#[cfg(feature = "quic")]
impl QuicParameters {
    fn row(&self) -> QuicParametersRow<'_> {
        QuicParametersRow {
            max_idle_timeout_ms: self.max_idle_timeout_ms,
            max_udp_payload_size: self.max_udp_payload_size,
            initial_max_data: self.initial_max_data,
            initial_max_stream_data_bidi_local: self.initial_max_stream_data_bidi_local,
            initial_max_stream_data_bidi_remote: self.initial_max_stream_data_bidi_remote,
            initial_max_stream_data_uni: self.initial_max_stream_data_uni,
            initial_max_streams_bidi: self.initial_max_streams_bidi,
            initial_max_streams_uni: self.initial_max_streams_uni,
            ack_delay_exponent: self.ack_delay_exponent,
            max_ack_delay_ms: self.max_ack_delay_ms,
            active_connection_id_limit: self.active_connection_id_limit,
            max_datagram_frame_size: self.max_datagram_frame_size,
            disable_active_migration: self.disable_active_migration,
            grease_quic_bit: self.grease_quic_bit,
            grease: self.grease,
            versions: self.versions.iter().map(text).collect(),
            ids: self.ids.clone(),
            user_agent: self.user_agent.as_deref().map(Cow::Borrowed),
        }
    }
}

#[cfg(not(feature = "quic"))]
impl Record<'_> {
    fn quic_row(&self) -> Option<QuicRow<'_>> {
        None
    }
}

#[cfg(not(feature = "tls"))]
impl Record<'_> {
    fn tcp_row(&self) -> Option<TcpRow<'_>> {
        None
    }

    fn tls_row(&self) -> Option<TlsRow<'_>> {
        None
    }
}

impl From<Endpoint> for EndpointRow {
    fn from(Endpoint { ip, port }: Endpoint) -> EndpointRow {
        EndpointRow { ip, port }
    }
}

impl Fingerprint<'_> {
    /// What system or tool it is, as a serde value; `None` if no signature fits.
    #[must_use]
    pub fn os_row(&self) -> Option<OsRow<'_>> {
        let found = self.found.as_ref()?;
        let label = found.label;
        Some(OsRow {
            label: text(label),
            name: label.name().into(),
            flavor: label.flavor().into(),
            class: label.class().as_str().into(),
            rank: label.rank().as_str().into(),
            matched: if found.fuzzy { "fuzzy".into() } else { "exact".into() },
            quality: self.quality()?,
            differences: self.differences().map(difference_row).collect(),
            candidates: label
                .candidates()
                .iter()
                .map(|system| CandidateRow {
                    name: Cow::Borrowed(&*system.name),
                    probability: system.probability,
                })
                .collect(),
        })
    }

    /// The closest signatures, as serde values; none unless they are asked for and nothing fits.
    #[must_use]
    pub fn closest_rows(&self) -> Vec<ClosestRow<'_>> {
        self.closest().map(|near| ClosestRow::new(&near, &self.observation)).collect()
    }
}

impl<'a> ClosestRow<'a> {
    /// The row of a signature that comes near to an observation.
    #[must_use]
    pub fn new(near: &Near<'a>, observation: &Observation) -> ClosestRow<'a> {
        let label = near.label;
        ClosestRow {
            label: text(label),
            name: label.name().into(),
            flavor: label.flavor().into(),
            class: label.class().as_str().into(),
            rank: label.rank().as_str().into(),
            quality: near.quality(),
            signature: text(near.signature),
            differences: near.differences(observation).map(difference_row).collect(),
        }
    }
}

fn difference_row<'r>(difference: Difference<'_>) -> DifferenceRow<'r> {
    DifferenceRow {
        field: difference.field.as_str().into(),
        observed: text(difference.observed()),
        expected: text(difference.expected()),
    }
}

fn uptime_row<'r>(uptime: &Uptime) -> UptimeRow<'r> {
    UptimeRow {
        seconds: uptime.seconds,
        frequency_hz: uptime.frequency_hz,
        raw_frequency_hz: uptime.recorded_frequency_hz(),
        modulo_days: uptime.modulo_days,
        watched_ms: uptime.watched_ms,
        reliable: uptime.trust.is_reliable(),
        why: uptime.trust.as_str().into(),
    }
}

/// What `Display` writes, owned.
fn text<'r>(value: impl fmt::Display) -> Cow<'r, str> {
    Cow::Owned(value.to_string())
}
