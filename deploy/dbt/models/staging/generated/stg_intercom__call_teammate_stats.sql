{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_datasets', 'all') == 'all' or 'call_teammate_stats' in var('intercom_datasets', 'all').replace(' ', '').split(','))) }}

select
    call_id,
    call_initiated_at,
    occurrence,
    conversation_id,
    call_direction,
    call_state,
    call_teammate_id as call_teammate_name,
    call_terminating_party_type,
    call_teammate_declined_call_count,
    call_teammate_missed_call_count,
    unparsed_values
from ({{ intercom_rows('call_teammate_stats', ['call_id', 'call_initiated_at', 'occurrence'], of_conversation='conversation_id') }}) as there
