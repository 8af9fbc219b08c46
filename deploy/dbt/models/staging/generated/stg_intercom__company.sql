{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_memberships', 'none') != 'none')) }}

select
    id as company_id,
    company_id as external_id,
    name,
    created_at,
    updated_at,
    monthly_spend,
    user_count,
    plan_name,
    custom_attributes,
    unparsed_values,
    last_seen_date
from ({{ intercom_rows('company', ['id']) }}) as there
