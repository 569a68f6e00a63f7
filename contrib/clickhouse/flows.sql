-- SPDX-License-Identifier: GPL-2.0-only
-- The table for what `synscope export` posts to ClickHouse, one column for each member of a flat line, which
-- synscope-json(7) explains (EXPORT). For ClickHouse 18.16 and newer:
--
--   clickhouse-client --multiquery <flows.sql        or        curl --data-binary @flows.sql http://127.0.0.1:8123/
--   synscope export 'http://127.0.0.1:8123/?query=INSERT INTO flows FORMAT JSONEachRow'
--
-- Append &input_format_skip_unknown_fields=1 to the address, so that a newer synscope, whose records may have more
-- members, can be installed before the columns are added.
--
-- A batch whose acknowledgement was lost is sent again, so that rows may be there twice until parts are merged:
-- `FROM flows FINAL` has each once, and OPTIMIZE TABLE flows FINAL removes what is double. The key is what makes a
-- record unique: the flow, as seen by one instance of one host, its incarnation, and up to when the record tells of it.
-- Rows of a day are one partition: ALTER TABLE flows DROP PARTITION 20261127 forgets a day.
-- On a cluster, ENGINE is ReplicatedReplacingMergeTree(…) with the same key; it also ignores a batch that it has already.
CREATE TABLE IF NOT EXISTS flows (
	time DateTime('UTC') MATERIALIZED parseDateTimeBestEffort(last_seen),
	host String,
	instance String,
	id String,
	incarnation UInt64,
	record String,
	client_ip String,
	client_port UInt16,
	client_state String,
	client_isn Nullable(UInt32),
	client_packets UInt64,
	client_bytes UInt64,
	client_payload_bytes UInt64,
	client_retransmits UInt64,
	client_syn UInt64,
	client_fin UInt64,
	client_rst UInt64,
	client_flags Array(String),
	client_mss Nullable(UInt16),
	client_wscale Nullable(UInt8),
	client_sack_ok Nullable(UInt8),
	client_timestamps Nullable(UInt8),
	server_ip String,
	server_port UInt16,
	server_state String,
	server_isn Nullable(UInt32),
	server_packets UInt64,
	server_bytes UInt64,
	server_payload_bytes UInt64,
	server_retransmits UInt64,
	server_syn UInt64,
	server_fin UInt64,
	server_rst UInt64,
	server_flags Array(String),
	server_mss Nullable(UInt16),
	server_wscale Nullable(UInt8),
	server_sack_ok Nullable(UInt8),
	server_timestamps Nullable(UInt8),
	outcome String,
	origin String,
	one_way UInt8,
	unreachable_by Nullable(String),
	unreachable_type Nullable(UInt8),
	unreachable_code Nullable(UInt8),
	unreachable_reason Nullable(String),
	anomalies_bad_ack UInt64,
	anomalies_bad_rst UInt64,
	anomalies_bad_seq UInt64,
	anomalies_ack_unseen UInt64,
	anomalies_challenge_syn UInt64,
	anomalies_reordered UInt64,
	anomalies_duplicate UInt64,
	anomalies_rst_refuted UInt64,
	anomalies_fin_refuted UInt64,
	conn_state String,
	history String,
	handshake_syn_to_synack_ns Nullable(UInt64),
	handshake_synack_to_ack_ns Nullable(UInt64),
	handshake_handshake_ns Nullable(UInt64),
	handshake_syn_retransmits UInt64,
	handshake_synack_retransmits UInt64,
	handshake_rtt_ambiguous UInt8,
	first_seen String,
	last_seen String,
	duration_ns UInt64,
	ifname Nullable(String),
	ifstate Nullable(String),
	vlan Array(UInt16),
	packets_estimated UInt8,
	tunnel_kind Nullable(String),
	tunnel_id Nullable(String),
	tunnel_src Nullable(String),
	tunnel_dst Nullable(String),
	delta_since Nullable(String),
	delta_client_packets UInt64,
	delta_client_bytes UInt64,
	delta_server_packets UInt64,
	delta_server_bytes UInt64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (server_port, server_ip, host, instance, id, incarnation, first_seen, last_seen, record)
