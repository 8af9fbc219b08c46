{{ config(enabled=var('intercom_memberships', 'none') == 'daily') }}

-- From the first complete day to the last, memberships grow by who joined less who left.
with days as (
    select min(snapshot_date) as first_day, max(snapshot_date) as last_day
    from {{ ref('stg_intercom__membership_snapshot') }}
    where complete = true
),

counts as (
    select
        (
            select coalesce(sum(case when member.seen_on = days.last_day then 1 else 0 end), 0)
                - coalesce(sum(case when member.seen_on = days.first_day then 1 else 0 end), 0)
            from {{ ref('stg_intercom__contact_segment') }} as member
            cross join days
        ) as in_source,
        (select coalesce(sum(case when change = 'joined' then 1 else -1 end), 0) from {{ ref('intercom__segment_membership_changes') }}) as in_model
)

select * from counts
where in_source <> in_model
