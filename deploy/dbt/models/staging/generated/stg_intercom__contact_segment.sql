{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_memberships', 'none') != 'none')) }}

select
    {% if var('intercom_memberships', 'none') == 'daily' %}snapshot_date{% else %}last_seen_date{% endif %} as seen_on,
    contact_id,
    segment_id
from ({{ intercom_rows('contact_segment', ['contact_id', 'segment_id'] + (['snapshot_date'] if var('intercom_memberships', 'none') == 'daily' else [])) }}) as there
