{{ config(enabled=intercom_has('conversation') and intercom_has('consolidated_conversation_part')) }}

-- A conversation's contact and company stand together in one of its actions.
select conversation.conversation_id
from {{ ref('intercom__conversations') }} as conversation
left join {{ ref('stg_intercom__conversation_action') }} as action
    on
        conversation.conversation_id = action.conversation_id
        and conversation.contact_id = action.contact_id
        and coalesce(conversation.company_id, 'none') = coalesce(action.company_id, 'none')
where
    (conversation.contact_id is not null or conversation.company_id is not null)
    and action.action_id is null
