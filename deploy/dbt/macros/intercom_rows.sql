{#-
  The rows of a table that are there: each key once, as it was synced last, without
  those that were deleted and, where of_conversation names the column, without those
  of conversations that were deleted with their metrics. A column that the source
  describes and the table lacks, since it was not asked for or selected, or since the
  workspace has no such attribute, is null.
-#}
{% macro intercom_rows(table, key, of_conversation=none) %}
select *
from (
    select
        source_rows.*,
        {%- for column in intercom_lacking(table) %}
        cast(null as {{ column.type }}) as {{ column.name }},
        {%- endfor %}
        row_number() over (partition by {{ key | join(', ') }} order by _fivetran_synced desc) as intercom_row_number
    from {{ source('intercom', table) }} as source_rows
) as latest
where
    intercom_row_number = 1
    and {{ intercom_is_live('latest', of_conversation) }}
{% endmacro %}

{#- Whether a row was not deleted, and neither was its conversation with its metrics. -#}
{% macro intercom_is_live(row, of_conversation=none) -%}
coalesce({{ row }}._fivetran_deleted, false) = false
    {%- if of_conversation is not none and var('intercom_deletions', 'on') != 'none' %}
    and not exists (
        select 1
        from {{ source('intercom', 'deleted_conversation') }} as deleted
        where deleted.conversation_id = {{ row }}.{{ of_conversation }} and deleted.metrics_retained = false
    )
    {%- endif %}
{%- endmacro %}

{#- How many rows of a table are live, asked of the source itself: what tests hold models to. -#}
{% macro intercom_live_count(table, of_conversation=none, only='true') -%}
(select count(*) from {{ source('intercom', table) }} as there where {{ only }} and {{ intercom_is_live('there', of_conversation) }})
{%- endmacro %}

{#- The keys of a table's rows that its staging model leaves out: what hangs on them is left out, too. -#}
{% macro intercom_left_out(table, key) -%}
select {{ key }} from {{ source('intercom', table) }} {{ dbt.except() }} select {{ key }} from {{ ref('stg_intercom__' ~ table) }}
{%- endmacro %}

{#- The columns that a source describes and its table lacks, with their types here. -#}
{% macro intercom_lacking(table) %}
  {%- set lacking = [] -%}
  {%- if execute -%}
    {%- set types = {'timestamp': dbt.type_timestamp(), 'double': dbt.type_float(), 'bigint': dbt.type_bigint(), 'boolean': dbt.type_boolean(), 'date': 'date'} -%}
    {%- set there = adapter.get_columns_in_relation(source('intercom', table)) | map(attribute='name') | map('lower') | list -%}
    {%- for described in graph.sources.values() if described.source_name == 'intercom' and described.name == table -%}
      {%- for column in described.columns.values() if column.name not in there -%}
        {%- do lacking.append({'name': column.name, 'type': types.get(column.data_type, dbt.type_string())}) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(lacking) }}
{% endmacro %}
