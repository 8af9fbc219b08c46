{{ config(enabled=intercom_has('tickets') and intercom_has('ticket_time_in_state')) }}

-- Every live ticket is one row of the model.
with counts as (
    select
        {{ intercom_live_count('tickets', 'conversation_id') }} as in_source,
        (select count(*) from {{ ref('intercom__ticket_cycle_time') }}) as in_model
)

select * from counts
where in_source <> in_model
