{{ config(enabled=intercom_has('conversation_sla_status_log')) }}

select
    conversation_id,
    sla_metric_type as metric,
    sla_started_at as started_at,
    occurrence,
    sla_id as sla,
    sla_attributed_to_teammate_id as teammate_name,
    sla_hit_at as hit_at,
    sla_missed_at as missed_at,
    case
        when sla_missed_at is not null then 'missed'
        when sla_hit_at is not null then 'hit'
        else 'open'
    end as outcome
from ({{ intercom_rows('conversation_sla_status_log', ['conversation_id', 'sla_metric_type', 'sla_started_at', 'occurrence'], of_conversation='conversation_id') }}) as sla
