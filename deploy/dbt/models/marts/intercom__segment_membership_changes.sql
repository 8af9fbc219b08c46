{{ config(enabled=var('intercom_memberships', 'none') == 'daily') }}

with days as (
    select
        snapshot_date,
        lag(snapshot_date) over (order by snapshot_date) as date_before
    from {{ ref('stg_intercom__membership_snapshot') }}
    where complete = true
),

member as (
    select seen_on as snapshot_date, contact_id, segment_id
    from {{ ref('stg_intercom__contact_segment') }}
),

changes as (
    select days.snapshot_date, member.contact_id, member.segment_id, 'joined' as change
    from days
    inner join member on days.snapshot_date = member.snapshot_date
    left join member as earlier
        on days.date_before = earlier.snapshot_date and member.contact_id = earlier.contact_id and member.segment_id = earlier.segment_id
    where days.date_before is not null and earlier.contact_id is null

    union all

    select days.snapshot_date, earlier.contact_id, earlier.segment_id, 'left' as change
    from days
    inner join member as earlier on days.date_before = earlier.snapshot_date
    left join member
        on days.snapshot_date = member.snapshot_date and member.contact_id = earlier.contact_id and member.segment_id = earlier.segment_id
    where member.contact_id is null
)

select
    changes.snapshot_date as changed_on,
    changes.contact_id,
    changes.segment_id,
    segment.name as segment_name,
    changes.change
from changes
left join {{ ref('stg_intercom__segment') }} as segment on changes.segment_id = segment.segment_id
