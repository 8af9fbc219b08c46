{{ config(enabled=intercom_has('consolidated_conversation_part') and intercom_has('teammate_handling_conversation')) }}

-- Every action of a teammate is counted once.
with counts as (
    select
        (select count(*) from {{ ref('stg_intercom__conversation_action') }} where teammate_name is not null) as in_source,
        (select coalesce(sum(actions), 0) from {{ ref('intercom__teammate_daily') }}) as in_model
)

select * from counts
where in_source <> in_model
