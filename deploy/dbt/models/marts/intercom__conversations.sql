{{ config(enabled=intercom_has('conversation')) }}

with conversation as (
    select * from {{ ref('stg_intercom__conversation') }}
)

{% if intercom_has('conversation_sla_status_log') %}
, sla as (
    select
        conversation_id,
        sum(case when outcome = 'hit' then 1 else 0 end) as slas_hit,
        sum(case when outcome = 'missed' then 1 else 0 end) as slas_missed
    from {{ ref('stg_intercom__sla') }}
    group by conversation_id
)
{% endif %}

{% if intercom_has('consolidated_conversation_part') %}
, action as (
    select conversation_id, contact_id, company_id
    from (
        select
            conversation_id,
            contact_id,
            company_id,
            row_number() over (partition by conversation_id order by acted_at, action_id) as ordinal
        from {{ ref('stg_intercom__conversation_action') }}
        where contact_id is not null
    ) as with_contact
    where ordinal = 1
)
{% endif %}

select
    conversation.conversation_id,
    conversation.started_at,
    {{ intercom_day('conversation.started_at') }} as started_on,
    conversation.channel,
    conversation.state,
    conversation.started_by,
    conversation.team_id,
    conversation.team_name,
    conversation.teammate_id,
    conversation.teammate_name,
    {% if intercom_has('consolidated_conversation_part') -%}
    action.contact_id,
    action.company_id,
    {% else -%}
    cast(null as {{ dbt.type_string() }}) as contact_id,
    cast(null as {{ dbt.type_string() }}) as company_id,
    {% endif -%}
    conversation.tags,
    conversation.topics,
    conversation.ticket_type,
    conversation.first_teammate_reply_at,
    conversation.first_closed_at,
    conversation.last_closed_at,
    conversation.first_response_seconds,
    conversation.time_to_close_seconds,
    conversation.handling_seconds,
    conversation.teammate_replies_count,
    conversation.reassignments_count,
    conversation.first_closed_at is not null as was_closed,
    coalesce(conversation.last_closed_at > conversation.first_closed_at, false) as was_closed_again,
    conversation.is_resolved_on_first_contact,
    conversation.rating,
    conversation.has_ai_agent,
    conversation.ai_resolution,
    conversation.ai_rating,
    {% if intercom_has('conversation_sla_status_log') -%}
    coalesce(sla.slas_hit, 0) as slas_hit,
    coalesce(sla.slas_missed, 0) as slas_missed
    {% else -%}
    cast(null as {{ dbt.type_int() }}) as slas_hit,
    cast(null as {{ dbt.type_int() }}) as slas_missed
    {% endif %}
from conversation
{% if intercom_has('conversation_sla_status_log') -%}
left join sla on conversation.conversation_id = sla.conversation_id
{% endif -%}
{% if intercom_has('consolidated_conversation_part') -%}
left join action on conversation.conversation_id = action.conversation_id
{% endif %}
