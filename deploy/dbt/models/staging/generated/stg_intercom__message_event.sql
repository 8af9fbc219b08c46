{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_engagement', 'none') != 'none')) }}

select
    receipt_id,
    event,
    occurred_at,
    occurrence,
    details,
    unparsed_values
from ({{ intercom_rows('message_event', ['receipt_id', 'event', 'occurred_at', 'occurrence']) }}) as there
where receipt_id not in ({{ intercom_left_out('message_receipt', 'receipt_id') }})
