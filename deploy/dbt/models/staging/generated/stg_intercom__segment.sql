{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_memberships', 'none') != 'none')) }}

select
    id as segment_id,
    name,
    person_type,
    count as member_count,
    created_at,
    updated_at,
    unparsed_values,
    last_seen_date
from ({{ intercom_rows('segment', ['id']) }}) as there
