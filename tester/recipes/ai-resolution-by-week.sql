-- What part of the conversations did Fin take part in, and resolve, by week?
-- days: how many days back (90)
SELECT strftime(date_trunc('week', conversation_started_at), '%Y-%m-%d') AS week, count(*) AS conversations,
    count(*) FILTER (lower(fin_ai_agent_participated) = 'true') AS with_fin,
    count(*) FILTER (fin_ai_agent_resolution_state ILIKE '%resolution') AS resolved,
    round(100.0 * resolved / nullif(with_fin, 0), 1) AS percent_resolved
FROM conversation
WHERE _fivetran_deleted IS NOT TRUE AND conversation_started_at >= now() - to_days(coalesce(getvariable('days'), 90)::INT)
GROUP BY ALL ORDER BY week
