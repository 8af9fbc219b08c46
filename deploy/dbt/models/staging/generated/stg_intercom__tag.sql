{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_memberships', 'none') != 'none')) }}

select
    id as tag_id,
    name,
    last_seen_date
from ({{ intercom_rows('tag', ['id']) }}) as there
