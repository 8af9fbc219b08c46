{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_datasets', 'all') == 'all' or 'copilot_prompt_response_pair' in var('intercom_datasets', 'all').replace(' ', '').split(','))) }}

select
    prompt_id,
    prompt_created_at,
    conversation_id,
    occurrence,
    response_created_at,
    teammate_id as teammate_name,
    teammate_raw_id as teammate_id,
    prompt,
    response,
    response_feedback,
    sources,
    channel,
    unparsed_values
from ({{ intercom_rows('copilot_prompt_response_pair', ['prompt_id', 'prompt_created_at', 'conversation_id', 'occurrence'], of_conversation='conversation_id') }}) as there
