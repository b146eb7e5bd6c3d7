-- Views over the table of conversations in the shapes of others: Zeek's conn.log and
-- the Elastic Common Schema. Run with the folder of `--parquet` as the current one:
--   cd DIR && duckdb -init .../contrib/duckdb/views.sql

CREATE OR REPLACE VIEW conversations AS
  FROM read_parquet('conversations/*.parquet');

-- Zeek's conn.log. What Zeek keeps and the table has not is null: history, and bytes
-- from the IP header on by side. `conn_state` follows Zeek's own table of states, as far
-- as the ends of the connection were seen.
CREATE OR REPLACE VIEW zeek_conn AS
SELECT
  start_ns / 1e9 AS ts,
  conversation::VARCHAR AS uid,
  client_address AS "id.orig_h",
  client_port AS "id.orig_p",
  server_address AS "id.resp_h",
  server_port AS "id.resp_p",
  protocol AS proto,
  nullif(array_to_string(application, ','), '') AS service,
  (end_ns - start_ns) / 1e9 AS duration,
  client_unique_payload AS orig_bytes,
  server_unique_payload AS resp_bytes,
  CASE
    WHEN protocol <> 'tcp' AND server_packets > 0 THEN 'SF'
    WHEN protocol <> 'tcp' THEN 'S0'
    WHEN close = 'reset' AND closed_by = 'client' AND NOT list_contains(completeness, 'syn_ack')
      THEN 'RSTOS0'
    WHEN close = 'reset' AND closed_by = 'client' THEN 'RSTO'
    WHEN close = 'reset' AND NOT list_contains(completeness, 'syn_ack') THEN 'REJ'
    WHEN close = 'reset' THEN 'RSTR'
    WHEN close = 'fin' AND closed_ns IS NOT NULL THEN 'SF'
    WHEN close = 'fin' AND closed_by = 'client' AND server_packets = 0 THEN 'SH'
    WHEN close = 'fin' AND closed_by = 'server' AND client_packets = 0 THEN 'SHR'
    WHEN close = 'fin' AND closed_by = 'client' THEN 'S2'
    WHEN close = 'fin' THEN 'S3'
    WHEN list_contains(completeness, 'syn_ack') THEN 'S1'
    WHEN list_contains(completeness, 'syn') THEN 'S0'
    ELSE 'OTH'
  END AS conn_state,
  client_packets AS orig_pkts,
  server_packets AS resp_pkts,
  NULL::VARCHAR AS history,
  NULL::BIGINT AS orig_ip_bytes,
  NULL::BIGINT AS resp_ip_bytes,
  vlan,
  community_id
FROM conversations;

-- The Elastic Common Schema's fields of a network event.
CREATE OR REPLACE VIEW ecs AS
SELECT
  "start" AS "@timestamp",
  'wirenotes' AS "event.module",
  'event' AS "event.kind",
  ['network'] AS "event.category",
  ['connection', 'end'] AS "event.type",
  "start" AS "event.start",
  make_timestamp(end_ns // 1000) AS "event.end",
  end_ns - start_ns AS "event.duration",
  client_address AS "source.ip",
  client_port AS "source.port",
  client_packets AS "source.packets",
  client_bytes AS "source.bytes",
  server_address AS "destination.ip",
  server_port AS "destination.port",
  server_packets AS "destination.packets",
  server_bytes AS "destination.bytes",
  name AS "destination.domain",
  protocol AS "network.transport",
  application[1] AS "network.protocol",
  client_packets + server_packets AS "network.packets",
  client_bytes + server_bytes AS "network.bytes",
  community_id AS "network.community_id",
  vlan::VARCHAR AS "network.vlan.id"
FROM conversations;
