{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_deletions', 'on') != 'none')) }}

select
    conversation_id,
    deleted_at,
    metrics_retained
from ({{ intercom_rows('deleted_conversation', ['conversation_id']) }}) as there
