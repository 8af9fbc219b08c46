{{ config(enabled=intercom_has('conversation')) }}

-- Every live conversation of the source is one row of the model, and is counted once.
with counts as (
    select
        (
            select count(*) from {{ source('intercom', 'conversation') }} as c
            where coalesce(c._fivetran_deleted, false) = false and not exists (
                select 1 from {{ source('intercom', 'deleted_conversation') }} as d
                where d.conversation_id = c.conversation_id and d.metrics_retained = false
            )
        ) as in_source,
        (select count(*) from {{ ref('intercom__conversations') }}) as in_model,
        (select sum(conversations) from {{ ref('intercom__daily_support_metrics') }}) as in_days
)

select * from counts
where in_source <> in_model or in_source <> coalesce(in_days, 0)
