{{ config(enabled=intercom_has('conversation_rating_sent')) }}

-- Every live request for a rating is counted once.
with counts as (
    select
        {{ intercom_live_count('conversation_rating_sent', 'conversation_id') }} as in_source,
        (select sum(requested) from {{ ref('intercom__csat') }}) as in_model
)

select * from counts
where in_source <> coalesce(in_model, 0)
