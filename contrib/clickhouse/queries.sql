-- SPDX-License-Identifier: GPL-2.0-only
-- The questions of README.md's recipes, asked to the table of flows.sql over all hosts, about the last hour. The last record
-- of a flow is not 'active', so that a flow is counted once by that; one more follows only if segments come even later. Its
-- first record has no delta_since, and so has another one if `synscope export` was started again while the flow lived: do
-- not add up deltas, and count first records by flow. A flow is host, instance, id, incarnation and first_seen; its counters
-- are those since its first segment. To have answers exact also while a batch that was sent twice is not merged yet, write
-- FROM flows FINAL.

-- Which service is slow to connect? The 99th percentile by service and host, and whose half of the handshake it is.
SELECT server_port, host, count() AS handshakes, quantile(0.5)(handshake_handshake_ns) / 1e6 AS p50_ms,
	quantile(0.99)(handshake_handshake_ns) / 1e6 AS p99_ms,
	quantile(0.99)(handshake_syn_to_synack_ns) / 1e6 AS server_p99_ms,
	quantile(0.99)(handshake_synack_to_ack_ns) / 1e6 AS client_p99_ms
FROM (
	SELECT * FROM flows WHERE time > now() - 3600 AND delta_since IS NULL AND handshake_handshake_ns IS NOT NULL
	LIMIT 1 BY host, instance, id, incarnation, first_seen
)
GROUP BY server_port, host ORDER BY p99_ms DESC LIMIT 20;

-- Whose SYNs get lost?
SELECT server_ip, server_port, host, count() AS attempts, sum(handshake_syn_retransmits) AS syns_again,
	sum(handshake_synack_retransmits) AS synacks_again
FROM flows
WHERE time > now() - 3600 AND record != 'active'
GROUP BY server_ip, server_port, host HAVING syns_again + synacks_again > 0
ORDER BY syns_again + synacks_again DESC LIMIT 20;

-- Who is refused, and why?
SELECT server_ip, server_port, outcome, unreachable_reason, count() AS attempts, uniq(client_ip) AS clients
FROM flows
WHERE time > now() - 3600 AND record != 'active' AND outcome IN ('refused', 'unanswered', 'unreachable', 'half_open')
GROUP BY server_ip, server_port, outcome, unreachable_reason ORDER BY attempts DESC LIMIT 20;

-- Is this a SYN flood? Many half-open connections to one address in a minute, from many clients.
SELECT toStartOfMinute(time) AS minute, server_ip, server_port, count() AS attempts,
	countIf(outcome IN ('half_open', 'unanswered')) AS half_open, uniq(client_ip) AS clients
FROM flows
WHERE time > now() - 3600 AND record != 'active'
GROUP BY minute, server_ip, server_port HAVING half_open > 0 ORDER BY half_open DESC LIMIT 20;

-- Who leaks half-closed connections? Those whose last record has an end that waits for its program to close.
-- Of records of the same last segment, the one that is not 'active' is the last.
SELECT if(client = 'CLOSE_WAIT', client_ip, server_ip) AS who, server_port, count() AS flows
FROM (
	SELECT client_ip, server_ip, server_port, argMax(client_state, concat(last_seen, record)) AS client,
		argMax(server_state, concat(last_seen, record)) AS server
	FROM flows WHERE time > now() - 3600
	GROUP BY host, instance, id, incarnation, first_seen, client_ip, server_ip, server_port
)
WHERE client = 'CLOSE_WAIT' OR server = 'CLOSE_WAIT'
GROUP BY who, server_port ORDER BY flows DESC LIMIT 20;

-- Who comes from where? Flows by network of the client: /24, and for IPv6 the address itself.
SELECT if(position(client_ip, ':') > 0, client_ip,
		concat(arrayStringConcat(arraySlice(splitByChar('.', client_ip), 1, 3), '.'), '.0/24')) AS network,
	count() AS flows, countIf(outcome IN ('refused', 'unanswered', 'unreachable', 'half_open')) AS failed
FROM flows
WHERE time > now() - 3600 AND record != 'active'
GROUP BY network ORDER BY flows DESC LIMIT 20;

-- What happened, by outcome over time?
SELECT toStartOfMinute(time) AS minute, outcome, count() AS flows
FROM flows
WHERE time > now() - 3600 AND record != 'active'
GROUP BY minute, outcome ORDER BY minute, outcome;

-- Who resets connections?
SELECT if(outcome = 'reset_by_client', client_ip, server_ip) AS who, outcome, server_port, count() AS resets
FROM flows
WHERE time > now() - 3600 AND record != 'active' AND outcome IN ('reset_by_client', 'reset_by_server')
GROUP BY who, outcome, server_port ORDER BY resets DESC LIMIT 20;

-- Who are the top talkers? What each flow had at its last record, less what it had before the first one of that hour.
SELECT host, client_ip, server_ip, server_port, sum(from_client) AS sent, sum(from_server) AS received
FROM (
	SELECT host, client_ip, server_ip, server_port,
		max(client_bytes) - min(client_bytes - delta_client_bytes) AS from_client,
		max(server_bytes) - min(server_bytes - delta_server_bytes) AS from_server
	FROM flows WHERE time > now() - 3600
	GROUP BY host, instance, id, incarnation, first_seen, client_ip, server_ip, server_port
)
GROUP BY host, client_ip, server_ip, server_port ORDER BY sent + received DESC LIMIT 20;

-- Which connections live long?
SELECT id, host, max(duration_ns) / 1e9 AS seconds, argMax(outcome, concat(last_seen, record)) AS latest,
	max(client_bytes + server_bytes) AS bytes
FROM flows
WHERE time > now() - 3600
GROUP BY id, host, instance, incarnation, first_seen HAVING seconds >= 1 ORDER BY seconds DESC LIMIT 20;
