{{ config(enabled=intercom_has('consolidated_conversation_part') and intercom_has('teammate_handling_conversation')) }}

-- Every live action of a teammate is counted once.
with counts as (
    select
        {{ intercom_live_count('consolidated_conversation_part', 'conversation_id', only='action_performed_by_teammate_id is not null') }} as in_source,
        (select coalesce(sum(actions), 0) from {{ ref('intercom__teammate_daily') }}) as in_model
)

select * from counts
where in_source <> in_model
