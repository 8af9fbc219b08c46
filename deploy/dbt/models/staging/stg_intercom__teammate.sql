{{ config(enabled=var('intercom_lookups', 'on') != 'none') }}

select id as teammate_id, name, email, role, away as is_away, has_inbox_seat
from ({{ intercom_rows('teammate', ['id']) }}) as teammate
