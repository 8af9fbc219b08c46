{{ config(enabled=var('intercom_engagement', 'none') != 'none') }}

select
    receipt_id,
    received_at,
    user_id as contact_id,
    ruleset_id as message_id,
    content_id,
    content_type,
    content_title,
    first_open,
    first_click,
    first_reply
from ({{ intercom_rows('message_receipt', ['receipt_id'], of_conversation='conversation_id') }}) as receipt
