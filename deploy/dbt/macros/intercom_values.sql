{#- A text of Intercom's that is true or false, as a boolean. -#}
{% macro intercom_boolean(column) -%}
case lower({{ column }}) when 'true' then true when 'false' then false end
{%- endmacro %}

{#- A share of two counts; null of nothing. -#}
{% macro intercom_share(part, whole) -%}
1.0 * {{ part }} / nullif({{ whole }}, 0)
{%- endmacro %}

{#- The day of a time, in UTC, whatever the session's zone is. -#}
{% macro intercom_day(column) -%}
{{ return(adapter.dispatch('intercom_day', 'intercom_connector')(column)) }}
{%- endmacro %}

{% macro default__intercom_day(column) -%}
cast({{ column }} at time zone 'UTC' as date)
{%- endmacro %}

{% macro bigquery__intercom_day(column) -%}
date({{ column }}, 'UTC')
{%- endmacro %}

{% macro snowflake__intercom_day(column) -%}
cast(convert_timezone('UTC', {{ column }}) as date)
{%- endmacro %}

{% macro databricks__intercom_day(column) -%}
cast(to_utc_timestamp({{ column }}, current_timezone()) as date)
{%- endmacro %}
