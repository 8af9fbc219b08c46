{{ config(enabled=intercom_has('conversation')) }}

-- A dashboard's figures of the last 28 days, a row for each day.
select
    day,
    sum(conversations) as conversations,
    sum(closed) as closed,
    sum(average_first_response_seconds * answered) / nullif(sum(answered), 0) / 60 as first_response_minutes,
    1.0 * sum(slas_hit) / nullif(sum(slas_hit) + sum(slas_missed), 0) as sla_hit_share,
    1.0 * sum(with_ai_agent) / nullif(sum(conversations), 0) as ai_agent_share,
    sum(average_rating * rated) / nullif(sum(rated), 0) as average_rating
from {{ ref('intercom__daily_support_metrics') }}
where day >= cast({{ dbt.dateadd('day', -28, dbt.current_timestamp()) }} as date)
group by day
order by day
