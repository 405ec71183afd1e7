-- ClickHouse: a table of records of stackprint.record.v1. An object that is null has nulls in all
-- its columns (os.name); a list that is left out is empty.
--
--   clickhouse client --date_time_input_format best_effort \
--       --query 'INSERT INTO stackprint FORMAT JSONEachRow' <records.ndjson
CREATE TABLE stackprint
(
    `change` Tuple(`evidence` Array(Tuple(`now` String, `reason` String, `then` String, `time` DateTime64(9, 'UTC'))), `hits` Array(UInt8), `quality` Nullable(Float64), `reasons` Array(String), `score` Nullable(UInt8), `verdict` Nullable(String)),
    `client` Tuple(`ip` Nullable(String), `port` Nullable(UInt16)),
    `closest` Array(Tuple(`class` String, `differences` Array(Tuple(`expected` String, `field` String, `observed` String)), `flavor` String, `label` String, `name` String, `quality` Float64, `rank` String, `signature` String)),
    `flow` Nullable(String),
    `http` Tuple(`anonymous` Nullable(Bool), `app` Tuple(`flavor` Nullable(String), `label` Nullable(String), `name` Nullable(String), `quality` Nullable(Float64)), `changes` Array(Tuple(`evidence` Array(Tuple(`now` String, `reason` String, `then` String, `time` DateTime64(9, 'UTC'))), `hits` Array(UInt8), `quality` Float64, `reasons` Array(String), `score` UInt8, `verdict` String)), `claims` Tuple(`family` Nullable(String), `frozen` Nullable(Bool), `product` Nullable(String), `product_version` Nullable(String), `system` Nullable(String), `system_version` Nullable(String)), `dishonest` Nullable(Bool), `http2` Tuple(`fingerprint` Nullable(String), `md5` Nullable(String)), `language` Nullable(String), `method` Nullable(String), `server` Nullable(String), `signature` Nullable(String), `status` Nullable(UInt16), `user_agent` Nullable(String), `version` Nullable(String), `via` Nullable(Bool)),
    `kind` Nullable(String),
    `mtu` Tuple(`link` Nullable(String), `value` Nullable(UInt32)),
    `notes` Array(String),
    `origin` Tuple(`file` Nullable(String), `frame` Nullable(UInt64), `index` Nullable(UInt32), `interface` Nullable(String), `offset` Nullable(Int64), `part` Nullable(UInt8), `partition` Nullable(Int32), `sensor` Nullable(String), `topic` Nullable(String)),
    `os` Tuple(`candidates` Array(Tuple(`name` String, `probability` Float64)), `class` Nullable(String), `differences` Array(Tuple(`expected` String, `field` String, `observed` String)), `flavor` Nullable(String), `label` Nullable(String), `match` Nullable(String), `name` Nullable(String), `quality` Nullable(Float64), `rank` Nullable(String)),
    `path` Array(String),
    `quic` Tuple(`datagram_bytes` Nullable(UInt32), `parameters` Tuple(`ack_delay_exponent` Nullable(UInt64), `active_connection_id_limit` Nullable(UInt64), `disable_active_migration` Nullable(Bool), `grease` Nullable(Bool), `grease_quic_bit` Nullable(Bool), `ids` Array(UInt64), `initial_max_data` Nullable(UInt64), `initial_max_stream_data_bidi_local` Nullable(UInt64), `initial_max_stream_data_bidi_remote` Nullable(UInt64), `initial_max_stream_data_uni` Nullable(UInt64), `initial_max_streams_bidi` Nullable(UInt64), `initial_max_streams_uni` Nullable(UInt64), `max_ack_delay_ms` Nullable(UInt64), `max_datagram_frame_size` Nullable(UInt64), `max_idle_timeout_ms` Nullable(UInt64), `max_udp_payload_size` Nullable(UInt64), `user_agent` Nullable(String), `versions` Array(String)), `parameters_cut_at` Nullable(UInt32), `ttl` Tuple(`distance` Nullable(UInt8), `guessed` Nullable(Bool), `initial` Nullable(UInt8), `observed` Nullable(UInt8)), `version` Nullable(String)),
    `schema` Nullable(String),
    `server` Tuple(`ip` Nullable(String), `port` Nullable(UInt16)),
    `signature` Nullable(String),
    `subject` Nullable(String),
    `tcp` Tuple(`label` Nullable(String), `quality` Nullable(Float64), `signature` Nullable(String)),
    `time` DateTime64(9, 'UTC'),
    `tls` Tuple(`alpn` Array(String), `cipher` Nullable(String), `ech` Nullable(Bool), `ja3` Nullable(String), `ja3_full` Nullable(String), `ja3s` Nullable(String), `ja4` Nullable(String), `ja4_o` Nullable(String), `ja4_r` Nullable(String), `ja4_ro` Nullable(String), `library` Tuple(`name` Nullable(String), `program` Nullable(String), `quality` Nullable(Float64), `version` Nullable(String)), `preamble` Nullable(String), `resumption` Nullable(String), `sni` Nullable(String), `stable` Nullable(String), `transport` Nullable(String), `truncated` Nullable(Bool), `version` Nullable(String)),
    `ttl` Tuple(`distance` Nullable(UInt8), `guessed` Nullable(Bool), `initial` Nullable(UInt8), `observed` Nullable(UInt8)),
    `uptime` Tuple(`frequency_hz` Nullable(UInt32), `modulo_days` Nullable(UInt32), `raw_frequency_hz` Nullable(Float64), `reliable` Nullable(Bool), `seconds` Nullable(UInt32), `watched_ms` Nullable(UInt32), `why` Nullable(String))
)
ENGINE = MergeTree ORDER BY time;
