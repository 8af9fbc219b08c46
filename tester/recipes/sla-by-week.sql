-- How many service level agreements were hit and missed, by week and kind?
-- days: how many days back (90)
SELECT strftime(date_trunc('week', sla_started_at), '%Y-%m-%d') AS week, sla_metric_type AS kind,
    count(*) FILTER (sla_state = 'Hit') AS hit, count(*) FILTER (sla_state = 'Missed') AS missed,
    round(100.0 * hit / nullif(hit + missed, 0), 1) AS percent_hit
FROM conversation_sla_status_log
WHERE _fivetran_deleted IS NOT TRUE AND sla_started_at >= now() - to_days(coalesce(getvariable('days'), 90)::INT)
GROUP BY ALL ORDER BY week, kind
