{{ config(enabled=intercom_has('consolidated_conversation_part') and intercom_has('teammate_handling_conversation')) }}

with measured as (
    select
        {{ intercom_day('acted_at') }} as day,
        teammate_name,
        count(*) as actions,
        count(distinct conversation_id) as conversations_acted_in,
        count(response_seconds) as responses,
        sum(response_seconds) as response_seconds,
        0 as conversations_handled,
        0.0 as handling_seconds
    from {{ ref('stg_intercom__conversation_action') }}
    where teammate_name is not null
    group by {{ intercom_day('acted_at') }}, teammate_name

    union all

    select
        {{ intercom_day('conversation_started_at') }} as day,
        teammate_name,
        0 as actions,
        0 as conversations_acted_in,
        0 as responses,
        0.0 as response_seconds,
        count(distinct conversation_id) as conversations_handled,
        sum(handling_seconds) as handling_seconds
    from {{ ref('stg_intercom__teammate_handling') }}
    where teammate_name is not null
    group by {{ intercom_day('conversation_started_at') }}, teammate_name
)

select
    day,
    teammate_name,
    sum(actions) as actions,
    sum(conversations_acted_in) as conversations_acted_in,
    sum(responses) as responses,
    {{ intercom_share('sum(response_seconds)', 'sum(responses)') }} as average_response_seconds,
    sum(conversations_handled) as conversations_handled,
    sum(handling_seconds) as handling_seconds
from measured
group by day, teammate_name
