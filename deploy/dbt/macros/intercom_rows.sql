{#-
  The rows of a table that are there: each key once, as it was synced last, without
  those that were deleted and, where of_conversation names the column, without those
  of conversations that were deleted with their metrics.
-#}
{% macro intercom_rows(table, key, of_conversation=none) %}
select *
from (
    select
        source_rows.*,
        row_number() over (partition by {{ key | join(', ') }} order by _fivetran_synced desc) as intercom_row_number
    from {{ source('intercom', table) }} as source_rows
) as latest
where
    intercom_row_number = 1
    and coalesce(_fivetran_deleted, false) = false
    {%- if of_conversation is not none %}
    and not exists (
        select 1
        from {{ source('intercom', 'deleted_conversation') }} as deleted
        where deleted.conversation_id = latest.{{ of_conversation }} and deleted.metrics_retained = false
    )
    {%- endif %}
{% endmacro %}

{#- A text of Intercom's that is true or false, as a boolean. -#}
{% macro intercom_boolean(column) -%}
case lower({{ column }}) when 'true' then true when 'false' then false end
{%- endmacro %}

{#- The day of a time, in UTC. -#}
{% macro intercom_day(column) -%}
cast({{ dbt.date_trunc('day', column) }} as date)
{%- endmacro %}

{#- A share of two counts; null of nothing. -#}
{% macro intercom_share(part, whole) -%}
1.0 * {{ part }} / nullif({{ whole }}, 0)
{%- endmacro %}
