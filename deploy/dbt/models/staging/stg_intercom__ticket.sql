{{ config(enabled=intercom_has('tickets')) }}

select
    ticket_id,
    conversation_id,
    ticket_created_at as created_at,
    ticket_last_resolved_at as last_resolved_at,
    ticket_time_to_resolve as time_to_resolve_seconds,
    current_ticket_state_category as state_category,
    ticket_type_id as ticket_type,
    ticket_title as title,
    {{ intercom_boolean('ticket_shared_with_customer') }} as is_shared_with_customer,
    currently_assigned_team_id as team_name,
    currently_assigned_teammate_id as teammate_name
from ({{ intercom_rows('tickets', ['ticket_id'], of_conversation='conversation_id') }}) as ticket
