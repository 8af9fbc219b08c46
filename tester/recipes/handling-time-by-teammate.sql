-- How long do teammates handle a conversation?
-- days: how many days back (30)
SELECT handling_teammate_id AS teammate, count(*) AS conversations,
    round(median(teammate_handling_time) / 60, 1) AS median_minutes, round(sum(teammate_handling_time) / 3600, 1) AS hours
FROM teammate_handling_conversation
WHERE _fivetran_deleted IS NOT TRUE AND teammate_handling_time IS NOT NULL
    AND conversation_started_at >= now() - to_days(coalesce(getvariable('days'), 30)::INT)
GROUP BY ALL ORDER BY hours DESC, teammate
