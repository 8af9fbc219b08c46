{{ config(enabled=intercom_has('conversation_rating_sent')) }}

-- Every request for a rating is counted once.
with counts as (
    select
        (select count(*) from {{ ref('stg_intercom__rating') }}) as in_source,
        (select sum(requested) from {{ ref('intercom__csat') }}) as in_model
)

select * from counts
where in_source <> coalesce(in_model, 0)
