{{ config(enabled=intercom_has('conversation_sla_status_log')) }}

-- Every live SLA target is counted once, and is hit, missed or open.
with counts as (
    select
        {{ intercom_live_count('conversation_sla_status_log', 'conversation_id') }} as in_source,
        (select sum(targets) from {{ ref('intercom__sla_performance') }}) as in_model,
        (select sum(hit + missed + still_open) from {{ ref('intercom__sla_performance') }}) as by_outcome
)

select * from counts
where in_source <> coalesce(in_model, 0) or in_source <> coalesce(by_outcome, 0)
