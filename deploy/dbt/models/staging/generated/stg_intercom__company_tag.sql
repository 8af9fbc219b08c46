{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_memberships', 'none') != 'none')) }}

select
    {% if var('intercom_memberships', 'none') == 'daily' %}snapshot_date{% else %}last_seen_date{% endif %} as seen_on,
    company_id,
    tag_id
from ({{ intercom_rows('company_tag', ['company_id', 'tag_id'] + (['snapshot_date'] if var('intercom_memberships', 'none') == 'daily' else [])) }}) as there
