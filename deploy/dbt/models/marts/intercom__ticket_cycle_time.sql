{{ config(enabled=intercom_has('tickets') and intercom_has('ticket_time_in_state')) }}

with states as (
    select
        conversation_id,
        count(*) as states,
        sum(seconds_in_state) as seconds_in_states
    from {{ ref('stg_intercom__ticket_state') }}
    group by conversation_id
)

select
    ticket.ticket_id,
    ticket.conversation_id,
    ticket.ticket_type,
    ticket.state_category,
    ticket.team_name,
    ticket.teammate_name,
    ticket.created_at,
    {{ intercom_day('ticket.created_at') }} as created_on,
    ticket.last_resolved_at,
    ticket.last_resolved_at is not null as was_resolved,
    ticket.time_to_resolve_seconds,
    coalesce(states.states, 0) as states,
    states.seconds_in_states
from {{ ref('stg_intercom__ticket') }} as ticket
left join states on ticket.conversation_id = states.conversation_id
