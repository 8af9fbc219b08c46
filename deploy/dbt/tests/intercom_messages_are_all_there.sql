{{ config(enabled=var('intercom_engagement', 'none') != 'none') }}

-- Every live receipt of the source is counted once, and no more were opened than sent.
with counts as (
    select
        {{ intercom_live_count('message_receipt', 'conversation_id') }} as in_source,
        (select coalesce(sum(sent), 0) from {{ ref('intercom__message_performance') }}) as in_model,
        (select count(*) from {{ ref('intercom__message_performance') }} where opened > sent or clicked > sent or replied > sent) as too_many
)

select * from counts
where in_source <> in_model or too_many > 0
