-- What part of the ratings was 4 or 5 stars, by week and by who was rated?
-- days: how many days back (90)
SELECT strftime(date_trunc('week', conversation_rating_updated_at), '%Y-%m-%d') AS week,
    coalesce(rating_participant_agent_group, 'unknown') AS rated, count(*) AS ratings,
    round(avg(conversation_rating), 2) AS stars, round(100.0 * count(*) FILTER (conversation_rating >= 4) / count(*), 1) AS csat_percent
FROM conversation_rating_sent
WHERE _fivetran_deleted IS NOT TRUE AND conversation_rating IS NOT NULL
    AND conversation_rating_updated_at >= now() - to_days(coalesce(getvariable('days'), 90)::INT)
GROUP BY ALL ORDER BY week, rated
