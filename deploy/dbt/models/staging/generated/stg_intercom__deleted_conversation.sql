{#- Written by: go run ./docs/generate. Do not edit. -#}

select
    conversation_id,
    deleted_at,
    metrics_retained
from ({{ intercom_rows('deleted_conversation', ['conversation_id']) }}) as there
