"""Polars: the schema of records of stackprint.record.v1, whatever the first rows hold.

    polars.read_ndjson("records.ndjson", schema=SCHEMA)
"""

import polars as pl

SCHEMA = {
    "change": pl.Struct({"evidence": pl.List(pl.Struct({"now": pl.String, "reason": pl.String, "then": pl.String, "time": pl.String})), "hits": pl.List(pl.UInt8), "quality": pl.Float64, "reasons": pl.List(pl.String), "score": pl.UInt8, "verdict": pl.String}),
    "client": pl.Struct({"ip": pl.String, "port": pl.UInt16}),
    "closest": pl.List(pl.Struct({"class": pl.String, "differences": pl.List(pl.Struct({"expected": pl.String, "field": pl.String, "observed": pl.String})), "flavor": pl.String, "label": pl.String, "name": pl.String, "quality": pl.Float64, "rank": pl.String, "signature": pl.String})),
    "flow": pl.String,
    "http": pl.Struct({"anonymous": pl.Boolean, "app": pl.Struct({"flavor": pl.String, "label": pl.String, "name": pl.String, "quality": pl.Float64}), "changes": pl.List(pl.Struct({"evidence": pl.List(pl.Struct({"now": pl.String, "reason": pl.String, "then": pl.String, "time": pl.String})), "hits": pl.List(pl.UInt8), "quality": pl.Float64, "reasons": pl.List(pl.String), "score": pl.UInt8, "verdict": pl.String})), "claims": pl.Struct({"family": pl.String, "frozen": pl.Boolean, "product": pl.String, "product_version": pl.String, "system": pl.String, "system_version": pl.String}), "dishonest": pl.Boolean, "http2": pl.Struct({"fingerprint": pl.String, "md5": pl.String}), "language": pl.String, "method": pl.String, "server": pl.String, "signature": pl.String, "status": pl.UInt16, "user_agent": pl.String, "version": pl.String, "via": pl.Boolean}),
    "kind": pl.String,
    "mtu": pl.Struct({"link": pl.String, "value": pl.UInt32}),
    "notes": pl.List(pl.String),
    "origin": pl.Struct({"file": pl.String, "frame": pl.UInt64, "index": pl.UInt32, "interface": pl.String, "offset": pl.Int64, "part": pl.UInt8, "partition": pl.Int32, "sensor": pl.String, "topic": pl.String}),
    "os": pl.Struct({"candidates": pl.List(pl.Struct({"name": pl.String, "probability": pl.Float64})), "class": pl.String, "differences": pl.List(pl.Struct({"expected": pl.String, "field": pl.String, "observed": pl.String})), "flavor": pl.String, "label": pl.String, "match": pl.String, "name": pl.String, "quality": pl.Float64, "rank": pl.String}),
    "path": pl.List(pl.String),
    "quic": pl.Struct({"datagram_bytes": pl.UInt32, "parameters": pl.Struct({"ack_delay_exponent": pl.UInt64, "active_connection_id_limit": pl.UInt64, "disable_active_migration": pl.Boolean, "grease": pl.Boolean, "grease_quic_bit": pl.Boolean, "ids": pl.List(pl.UInt64), "initial_max_data": pl.UInt64, "initial_max_stream_data_bidi_local": pl.UInt64, "initial_max_stream_data_bidi_remote": pl.UInt64, "initial_max_stream_data_uni": pl.UInt64, "initial_max_streams_bidi": pl.UInt64, "initial_max_streams_uni": pl.UInt64, "max_ack_delay_ms": pl.UInt64, "max_datagram_frame_size": pl.UInt64, "max_idle_timeout_ms": pl.UInt64, "max_udp_payload_size": pl.UInt64, "user_agent": pl.String, "versions": pl.List(pl.String)}), "parameters_cut_at": pl.UInt32, "ttl": pl.Struct({"distance": pl.UInt8, "guessed": pl.Boolean, "initial": pl.UInt8, "observed": pl.UInt8}), "version": pl.String}),
    "schema": pl.String,
    "server": pl.Struct({"ip": pl.String, "port": pl.UInt16}),
    "signature": pl.String,
    "subject": pl.String,
    "tcp": pl.Struct({"label": pl.String, "quality": pl.Float64, "signature": pl.String}),
    "time": pl.String,
    "tls": pl.Struct({"alpn": pl.List(pl.String), "cipher": pl.String, "ech": pl.Boolean, "ja3": pl.String, "ja3_full": pl.String, "ja3s": pl.String, "ja4": pl.String, "ja4_o": pl.String, "ja4_r": pl.String, "ja4_ro": pl.String, "library": pl.Struct({"name": pl.String, "program": pl.String, "quality": pl.Float64, "version": pl.String}), "preamble": pl.String, "resumption": pl.String, "sni": pl.String, "stable": pl.String, "transport": pl.String, "truncated": pl.Boolean, "version": pl.String}),
    "ttl": pl.Struct({"distance": pl.UInt8, "guessed": pl.Boolean, "initial": pl.UInt8, "observed": pl.UInt8}),
    "uptime": pl.Struct({"frequency_hz": pl.UInt32, "modulo_days": pl.UInt32, "raw_frequency_hz": pl.Float64, "reliable": pl.Boolean, "seconds": pl.UInt32, "watched_ms": pl.UInt32, "why": pl.String}),
}

# Times are text; as nanoseconds: frame.with_columns(TIME).
TIME = pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="ns")
