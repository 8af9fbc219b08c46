-- How many minutes pass until the first response, by team?
-- days: how many days back (30)
SELECT coalesce(currently_assigned_team_id, 'no team') AS team, count(*) AS answered,
    round(median(conversation_first_response_time) / 60, 1) AS median_minutes,
    round(quantile_cont(conversation_first_response_time, 0.75) / 60, 1) AS p75_minutes,
    round(quantile_cont(conversation_first_response_time, 0.9) / 60, 1) AS p90_minutes
FROM conversation
WHERE _fivetran_deleted IS NOT TRUE AND conversation_first_response_time IS NOT NULL
    AND conversation_started_at >= now() - to_days(coalesce(getvariable('days'), 30)::INT)
GROUP BY ALL ORDER BY median_minutes, team
