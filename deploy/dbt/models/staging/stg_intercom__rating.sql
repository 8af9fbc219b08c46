{{ config(enabled=intercom_has('conversation_rating_sent')) }}

select
    conversation_rating_id as rating_id,
    conversation_id,
    conversation_rating_updated_at as updated_at,
    conversation_rating as rating,
    conversation_rating_remark as remark,
    rated_agent_type as agent_type,
    rated_teammate_id as teammate_name,
    channel
from ({{ intercom_rows('conversation_rating_sent', ['conversation_rating_id'], of_conversation='conversation_id') }}) as rating
