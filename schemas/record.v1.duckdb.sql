-- DuckDB: records of stackprint.record.v1, with all their columns, whatever the first rows hold.
--
--   duckdb -c ".read record.v1.duckdb.sql" -c "FROM stackprint('records.ndjson')"
CREATE OR REPLACE MACRO stackprint(files) AS TABLE FROM read_json(files, format = 'newline_delimited', columns = {
    change: 'STRUCT("evidence" STRUCT("now" VARCHAR, "reason" VARCHAR, "then" VARCHAR, "time" TIMESTAMP_NS)[], "hits" UTINYINT[], "quality" DOUBLE, "reasons" VARCHAR[], "score" UTINYINT, "verdict" VARCHAR)',
    client: 'STRUCT("ip" VARCHAR, "port" USMALLINT)',
    closest: 'STRUCT("class" VARCHAR, "differences" STRUCT("expected" VARCHAR, "field" VARCHAR, "observed" VARCHAR)[], "flavor" VARCHAR, "label" VARCHAR, "name" VARCHAR, "quality" DOUBLE, "rank" VARCHAR, "signature" VARCHAR)[]',
    flow: 'VARCHAR',
    http: 'STRUCT("anonymous" BOOLEAN, "app" STRUCT("flavor" VARCHAR, "label" VARCHAR, "name" VARCHAR, "quality" DOUBLE), "changes" STRUCT("evidence" STRUCT("now" VARCHAR, "reason" VARCHAR, "then" VARCHAR, "time" TIMESTAMP_NS)[], "hits" UTINYINT[], "quality" DOUBLE, "reasons" VARCHAR[], "score" UTINYINT, "verdict" VARCHAR)[], "claims" STRUCT("family" VARCHAR, "frozen" BOOLEAN, "product" VARCHAR, "product_version" VARCHAR, "system" VARCHAR, "system_version" VARCHAR), "dishonest" BOOLEAN, "http2" STRUCT("fingerprint" VARCHAR, "md5" VARCHAR), "language" VARCHAR, "method" VARCHAR, "server" VARCHAR, "signature" VARCHAR, "status" USMALLINT, "user_agent" VARCHAR, "version" VARCHAR, "via" BOOLEAN)',
    kind: 'VARCHAR',
    mtu: 'STRUCT("link" VARCHAR, "value" UINTEGER)',
    notes: 'VARCHAR[]',
    origin: 'STRUCT("file" VARCHAR, "frame" UBIGINT, "index" UINTEGER, "interface" VARCHAR, "offset" BIGINT, "part" UTINYINT, "partition" INTEGER, "sensor" VARCHAR, "topic" VARCHAR)',
    os: 'STRUCT("candidates" STRUCT("name" VARCHAR, "probability" DOUBLE)[], "class" VARCHAR, "differences" STRUCT("expected" VARCHAR, "field" VARCHAR, "observed" VARCHAR)[], "flavor" VARCHAR, "label" VARCHAR, "match" VARCHAR, "name" VARCHAR, "quality" DOUBLE, "rank" VARCHAR)',
    path: 'VARCHAR[]',
    quic: 'STRUCT("datagram_bytes" UINTEGER, "parameters" STRUCT("ack_delay_exponent" UBIGINT, "active_connection_id_limit" UBIGINT, "disable_active_migration" BOOLEAN, "grease" BOOLEAN, "grease_quic_bit" BOOLEAN, "ids" UBIGINT[], "initial_max_data" UBIGINT, "initial_max_stream_data_bidi_local" UBIGINT, "initial_max_stream_data_bidi_remote" UBIGINT, "initial_max_stream_data_uni" UBIGINT, "initial_max_streams_bidi" UBIGINT, "initial_max_streams_uni" UBIGINT, "max_ack_delay_ms" UBIGINT, "max_datagram_frame_size" UBIGINT, "max_idle_timeout_ms" UBIGINT, "max_udp_payload_size" UBIGINT, "user_agent" VARCHAR, "versions" VARCHAR[]), "parameters_cut_at" UINTEGER, "ttl" STRUCT("distance" UTINYINT, "guessed" BOOLEAN, "initial" UTINYINT, "observed" UTINYINT), "version" VARCHAR)',
    schema: 'VARCHAR',
    server: 'STRUCT("ip" VARCHAR, "port" USMALLINT)',
    signature: 'VARCHAR',
    subject: 'VARCHAR',
    tcp: 'STRUCT("label" VARCHAR, "quality" DOUBLE, "signature" VARCHAR)',
    time: 'TIMESTAMP_NS',
    tls: 'STRUCT("alpn" VARCHAR[], "cipher" VARCHAR, "ech" BOOLEAN, "ja3" VARCHAR, "ja3_full" VARCHAR, "ja3s" VARCHAR, "ja4" VARCHAR, "ja4_o" VARCHAR, "ja4_r" VARCHAR, "ja4_ro" VARCHAR, "library" STRUCT("name" VARCHAR, "program" VARCHAR, "quality" DOUBLE, "version" VARCHAR), "preamble" VARCHAR, "resumption" VARCHAR, "sni" VARCHAR, "stable" VARCHAR, "transport" VARCHAR, "truncated" BOOLEAN, "version" VARCHAR)',
    ttl: 'STRUCT("distance" UTINYINT, "guessed" BOOLEAN, "initial" UTINYINT, "observed" UTINYINT)',
    uptime: 'STRUCT("frequency_hz" UINTEGER, "modulo_days" UINTEGER, "raw_frequency_hz" DOUBLE, "reliable" BOOLEAN, "seconds" UINTEGER, "watched_ms" UINTEGER, "why" VARCHAR)'
});
