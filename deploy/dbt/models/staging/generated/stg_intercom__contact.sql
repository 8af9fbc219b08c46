{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_memberships', 'none') != 'none')) }}

select
    id as contact_id,
    external_id,
    role,
    email,
    name,
    created_at,
    updated_at,
    last_seen_at,
    workspace_id,
    custom_attributes,
    unparsed_values,
    last_seen_date
from ({{ intercom_rows('contact', ['id']) }}) as there
