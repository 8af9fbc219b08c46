-- How long do customers wait for the first response, by team and week?
-- Seconds within which half, three quarters and nine tenths of the conversations
-- got it (nearest rank). Needs the dataset conversation: snapshot --reporting conversation.
WITH waits AS (
    SELECT coalesce(currently_assigned_team_id, 'no team') AS team,
        CAST(date_trunc('week', dt) AS date) AS week, conversation_first_response_time AS seconds
    FROM conversation
    WHERE conversation_first_response_time IS NOT NULL
), ranked AS (
    SELECT team, week, seconds,
        row_number() OVER (PARTITION BY team, week ORDER BY seconds) AS place,
        count(*) OVER (PARTITION BY team, week) AS n
    FROM waits
)
SELECT team, week, max(n) AS conversations,
    min(CASE WHEN 100 * place >= 50 * n THEN seconds END) AS p50,
    min(CASE WHEN 100 * place >= 75 * n THEN seconds END) AS p75,
    min(CASE WHEN 100 * place >= 90 * n THEN seconds END) AS p90
FROM ranked
GROUP BY team, week
ORDER BY team, week
