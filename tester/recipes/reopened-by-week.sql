-- How many conversations were opened again after they were closed, by week?
-- days: how many days back (90)
SELECT strftime(date_trunc('week', conversation_state_started_at), '%Y-%m-%d') AS week,
    count(*) FILTER (conversation_state = 'Closed') AS closed,
    count(*) FILTER (conversation_state = 'Open' AND previous_conversation_state = 'Closed') AS reopened,
    round(100.0 * reopened / nullif(closed, 0), 1) AS percent_reopened
FROM conversation_state
WHERE _fivetran_deleted IS NOT TRUE AND conversation_state_started_at >= now() - to_days(coalesce(getvariable('days'), 90)::INT)
GROUP BY ALL ORDER BY week
