-- When do conversations start: on which day of the week, in which hour?
-- days: how many days back (30)
-- zone: the time zone of the hours ('UTC')
SELECT isodow(local) AS weekday, dayname(local) AS day, hour(local) AS hour, count(*) AS conversations
FROM (
    SELECT conversation_started_at AT TIME ZONE coalesce(getvariable('zone'), 'UTC')::VARCHAR AS local
    FROM conversation
    WHERE _fivetran_deleted IS NOT TRUE AND conversation_started_at >= now() - to_days(coalesce(getvariable('days'), 30)::INT)
)
GROUP BY ALL ORDER BY conversations DESC, weekday, hour LIMIT 20
