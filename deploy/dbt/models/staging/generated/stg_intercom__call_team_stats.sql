{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_datasets', 'all') == 'all' or 'call_team_stats' in var('intercom_datasets', 'all').replace(' ', '').split(','))) }}

select
    call_id,
    call_initiated_at,
    occurrence,
    call_direction,
    call_state,
    call_answer_time,
    call_queue_time,
    call_talk_time,
    call_team_id as call_team_name,
    unparsed_values
from ({{ intercom_rows('call_team_stats', ['call_id', 'call_initiated_at', 'occurrence']) }}) as there
