{{ config(enabled=var('intercom_lookups', 'on') != 'none') }}

select id as team_id, name, distribution
from ({{ intercom_rows('team', ['id']) }}) as team
