{{ config(enabled=intercom_has('conversation_sla_status_log')) }}

select
    {{ intercom_day('started_at') }} as day,
    coalesce(sla, 'none') as sla,
    metric,
    count(*) as targets,
    sum(case when outcome = 'hit' then 1 else 0 end) as hit,
    sum(case when outcome = 'missed' then 1 else 0 end) as missed,
    sum(case when outcome = 'open' then 1 else 0 end) as still_open,
    {{ intercom_share("sum(case when outcome = 'hit' then 1 else 0 end)", "sum(case when outcome in ('hit', 'missed') then 1 else 0 end)") }} as hit_share
from {{ ref('stg_intercom__sla') }}
group by {{ intercom_day('started_at') }}, coalesce(sla, 'none'), metric
