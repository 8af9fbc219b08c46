{{ config(enabled=intercom_has('teammate_handling_conversation')) }}

select
    conversation_id,
    conversation_started_at,
    occurrence,
    handling_teammate_id as teammate_name,
    teammate_handling_time as handling_seconds,
    teammate_handling_time_in_office_hours as handling_office_seconds
from ({{ intercom_rows('teammate_handling_conversation', ['conversation_id', 'conversation_started_at', 'occurrence'], of_conversation='conversation_id') }}) as handling
