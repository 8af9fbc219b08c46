{{ config(enabled=intercom_has('conversation')) }}

select
    started_on as day,
    coalesce(channel, 'none') as channel,
    count(*) as conversations,
    sum(case when was_closed then 1 else 0 end) as closed,
    sum(case when was_closed_again then 1 else 0 end) as closed_again,
    count(first_response_seconds) as answered,
    avg(first_response_seconds) as average_first_response_seconds,
    avg(time_to_close_seconds) as average_time_to_close_seconds,
    avg(handling_seconds) as average_handling_seconds,
    sum(teammate_replies_count) as teammate_replies,
    sum(case when has_ai_agent then 1 else 0 end) as with_ai_agent,
    count(rating) as rated,
    avg(1.0 * rating) as average_rating,
    sum(slas_hit) as slas_hit,
    sum(slas_missed) as slas_missed
from {{ ref('intercom__conversations') }}
group by started_on, coalesce(channel, 'none')
