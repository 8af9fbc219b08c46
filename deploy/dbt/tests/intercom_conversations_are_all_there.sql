{{ config(enabled=intercom_has('conversation')) }}

-- Every live conversation of the source is one row of the model, and is counted once.
with counts as (
    select
        {{ intercom_live_count('conversation', 'conversation_id') }} as in_source,
        (select count(*) from {{ ref('intercom__conversations') }}) as in_model,
        (select coalesce(sum(conversations), 0) from {{ ref('intercom__daily_support_metrics') }}) as in_days
)

select * from counts
where in_source <> in_model or in_source <> in_days
