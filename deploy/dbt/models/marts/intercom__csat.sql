{{ config(enabled=intercom_has('conversation_rating_sent')) }}

select
    {{ intercom_day('updated_at') }} as day,
    coalesce(agent_type, 'none') as agent_type,
    coalesce(teammate_name, 'none') as teammate_name,
    count(*) as requested,
    count(rating) as rated,
    sum(case when rating >= 4 then 1 else 0 end) as positive,
    avg(1.0 * rating) as average_rating,
    {{ intercom_share('sum(case when rating >= 4 then 1 else 0 end)', 'count(rating)') }} as positive_share
from {{ ref('stg_intercom__rating') }}
group by {{ intercom_day('updated_at') }}, coalesce(agent_type, 'none'), coalesce(teammate_name, 'none')
