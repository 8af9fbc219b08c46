{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_memberships', 'none') != 'none')) }}

select
    snapshot_date,
    snapshot_at,
    finished_at,
    complete,
    unproven,
    segment_rows,
    tag_rows,
    contact_rows,
    contact_tag_rows,
    contact_segment_rows,
    company_rows,
    company_tag_rows,
    company_segment_rows
from ({{ intercom_rows('membership_snapshot', ['snapshot_date']) }}) as there
