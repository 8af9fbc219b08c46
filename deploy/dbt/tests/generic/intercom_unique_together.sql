{% test intercom_unique_together(model, columns) %}

-- Rows of a table whose key has several columns differ in one of them.
select {{ columns | join(', ') }}, count(*) as times
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
