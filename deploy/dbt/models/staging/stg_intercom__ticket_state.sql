{{ config(enabled=intercom_has('ticket_time_in_state')) }}

select
    conversation_id,
    ticket_created_at as created_at,
    ticket_time_in_custom_state as state,
    occurrence,
    ticket_time_in_state_category as state_category,
    ticket_time_in_state as seconds_in_state
from ({{ intercom_rows('ticket_time_in_state', ['conversation_id', 'ticket_created_at', 'ticket_time_in_custom_state', 'occurrence'], of_conversation='conversation_id') }}) as ticket_state
