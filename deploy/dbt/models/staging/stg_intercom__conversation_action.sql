{{ config(enabled=intercom_has('consolidated_conversation_part')) }}

select
    action_id,
    action_time as acted_at,
    action_type,
    conversation_id,
    action_performed_by_teammate_id as teammate_name,
    {{ intercom_boolean('action_by_automation') }} as is_by_automation,
    response_time as response_seconds,
    user_id as contact_id,
    user_email as contact_email,
    company_id,
    company_name
from ({{ intercom_rows('consolidated_conversation_part', ['action_id'], of_conversation='conversation_id') }}) as action
