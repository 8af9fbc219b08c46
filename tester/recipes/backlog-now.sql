-- How old are the conversations that are open now, by team?
SELECT coalesce(currently_assigned_team_id, 'no team') AS team, count(*) AS open,
    count(*) FILTER (conversation_started_at < now() - INTERVAL 1 DAY) AS older_than_a_day,
    count(*) FILTER (conversation_started_at < now() - INTERVAL 7 DAY) AS older_than_a_week
FROM conversation
WHERE _fivetran_deleted IS NOT TRUE AND current_conversation_state IN ('Open', 'Snoozed')
GROUP BY ALL ORDER BY open DESC, team
