{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_datasets', 'all') == 'all' or 'admin_status_change' in var('intercom_datasets', 'all').replace(' ', '').split(','))) }}

select
    teammate_status_period_started_at,
    teammate_status_id,
    occurrence,
    teammate_status_period_ended_at,
    teammate_away_reason,
    teammate_status,
    unparsed_values
from ({{ intercom_rows('admin_status_change', ['teammate_status_period_started_at', 'teammate_status_id', 'occurrence']) }}) as there
