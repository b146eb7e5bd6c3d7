-- Ten questions, over the folder of `--packets --parquet DIR` as the current one:
--   cd DIR && duckdb < .../contrib/duckdb/questions.sql

-- 1. Who closes first, and how?
SELECT close, closed_by, count(*) AS connections,
       sum(time_wait_held_by IS NOT NULL)::BIGINT AS in_time_wait
FROM 'conversations/*.parquet'
WHERE protocol = 'tcp'
GROUP BY ALL ORDER BY connections DESC;

-- 2. Which server leaks connections: its peer closed, it never did?
SELECT server_address, server_port, count(*) AS left_open,
       to_microseconds((max(end_ns - start_ns) / 1000)::BIGINT) AS longest
FROM 'conversations/*.parquet'
WHERE left_in_close_wait AND server_state = 'CLOSE_WAIT'
GROUP BY ALL ORDER BY left_open DESC LIMIT 10;

-- 3. What is sent again, hour by hour, and how much of it for nothing?
SELECT time_bucket(INTERVAL 1 HOUR, p.time) AS hour, a.kind, count(*) AS segments
FROM 'annotations/*.parquet' a JOIN 'packets/*.parquet' p ON p.number = a.packet
WHERE a.kind LIKE 'tcp.retransmission.%'
GROUP BY ALL ORDER BY hour, segments DESC;

-- 4. Which names are slow to resolve, and which get no answer?
SELECT name, type, count(*) AS questions,
       sum(response_packet IS NULL)::BIGINT AS unanswered,
       round(quantile_cont(latency_ns, 0.95) / 1e6, 3) AS p95_ms,
       round(max(latency_ns) / 1e6, 3) AS slowest_ms
FROM 'dns/*.parquet'
GROUP BY ALL ORDER BY unanswered DESC, slowest_ms DESC NULLS LAST LIMIT 10;

-- 5. What holds the largest downloads back: the application, the window, the network?
SELECT conversation, name, server_address, server_unique_payload AS bytes,
       round(server_goodput_bits_per_second / 1e6, 2) AS mbit_s, server_limited_by,
       round(server_application_limited_ns / 1e9, 3) AS application_s,
       round(server_receive_window_limited_ns / 1e9, 3) AS window_s,
       round(server_network_limited_ns / 1e9, 3) AS network_s
FROM 'conversations/*.parquet'
WHERE server_unique_payload > 0
ORDER BY bytes DESC LIMIT 10;

-- 6. Which rules did not hold, and where?
SELECT a.packet, a.kind, c.rule, c.expected, c.observed
FROM 'annotations/*.parquet' a, unnest(a.checks) AS each(c)
WHERE NOT c.holds
ORDER BY a.packet LIMIT 20;

-- 7. Which requests made their user wait, and for how long of it did the network?
SELECT e.number, e.request.method, e.request.host, e.request.target, e.response.status,
       round(e.timing_ns.wait / 1e6, 3) AS wait_ms,
       round(c.rtt_median_ns / 1e6, 3) AS round_trip_ms
FROM 'exchanges/*.parquet' e JOIN 'conversations/*.parquet' c USING (conversation)
ORDER BY e.timing_ns.wait DESC NULLS LAST LIMIT 10;

-- 8. What do headers cost, by protocol?
SELECT protocol, count(*) AS conversations, sum(client_bytes + server_bytes)::BIGINT AS bytes,
       round(100 * sum(header_bytes) / sum(client_bytes + server_bytes), 1) AS header_percent
FROM 'conversations/*.parquet'
GROUP BY ALL ORDER BY bytes DESC;

-- 9. What happened in the ten packets before each reset?
WITH resets AS (
  SELECT DISTINCT packet, conversation FROM 'annotations/*.parquet' WHERE kind = 'tcp.reset'
)
SELECT r.packet AS reset, p.number, p.time, p.from_client, p.tcp_flags, p.payload,
       p.source_state, p.destination_state
FROM resets r JOIN 'packets/*.parquet' p USING (conversation)
WHERE p.number <= r.packet
QUALIFY row_number() OVER (PARTITION BY r.packet ORDER BY p.number DESC) <= 11
ORDER BY reset, p.number LIMIT 44;

-- 10. Which phase of their visits do users wait for, by name?
SELECT name, longest, count(*) AS visits, round(median(total_ns) / 1e6, 1) AS median_ms,
       round(max(total_ns) / 1e6, 1) AS slowest_ms
FROM 'visits/*.parquet'
GROUP BY ALL ORDER BY slowest_ms DESC LIMIT 10;
