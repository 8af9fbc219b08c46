{#- Whether the connection has a dataset, as the variables say. -#}
{% macro intercom_has(dataset) %}
  {%- set datasets = var('intercom_datasets', 'all') -%}
  {{ return(datasets == 'all' or dataset in datasets.replace(' ', '').split(',')) }}
{% endmacro %}
