{{ config(enabled=var('intercom_engagement', 'none') != 'none') }}

select
    coalesce(message_id, 'none') as message_id,
    coalesce(content_id, 'none') as content_id,
    max(content_type) as content_type,
    max(content_title) as content_title,
    min(received_at) as first_sent_at,
    count(*) as sent,
    count(first_open) as opened,
    count(first_click) as clicked,
    count(first_reply) as replied,
    {{ intercom_share('count(first_open)', 'count(*)') }} as opened_share,
    {{ intercom_share('count(first_click)', 'count(*)') }} as clicked_share,
    {{ intercom_share('count(first_reply)', 'count(*)') }} as replied_share
from {{ ref('stg_intercom__message_receipt') }}
group by coalesce(message_id, 'none'), coalesce(content_id, 'none')
