{#- Written by: go run ./docs/generate. Do not edit. -#}
{{ config(enabled=(var('intercom_lookups', 'on') != 'none')) }}

select
    team_id,
    teammate_id
from ({{ intercom_rows('team_member', ['team_id', 'teammate_id']) }}) as there
