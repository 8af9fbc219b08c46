{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_datasets', 'all') == 'all' or 'call' in var('intercom_datasets', 'all').replace(' ', '').split(','))) }}

select
    call_id,
    call_direction,
    call_state,
    call_initiated_at,
    call_answer_time,
    call_queue_time,
    call_talk_time,
    unparsed_values
from ({{ intercom_rows('call', ['call_id']) }}) as there
