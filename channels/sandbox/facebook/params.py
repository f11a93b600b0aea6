"""What a parameter may be, by Meta's public specs: a value of another kind is refused before anything is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from channels.sandbox.core import Refusal
from channels.sandbox.facebook.rules import RULES


def names(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


BOOLS: Final = names(
    """
allow_spherical_photo embeddable include_hidden is_explicit_location is_hidden is_pinned is_preferred is_published
multi_share_end_card multi_share_optimized no_story published social_actions spherical temporary
"""
)
OBJECTS: Final = frozenset({"targeting", "feed_targeting", "call_to_action"})
LISTS: Final = frozenset({"attached_media", "child_attachments"})
ENUMS: Final = {
    "unpublished_content_type": names(
        """
ADS_POST DRAFT INLINE_CREATED PUBLISHED PUBLISH_PENDING REVIEWABLE_BRANDED_CONTENT SCHEDULED SCHEDULED_RECURRING
"""
    ),
    "content_category": names(
        """
BEAUTY_FASHION BUSINESS CARS_TRUCKS COMEDY CUTE_ANIMALS ENTERTAINMENT FAMILY FOOD_HEALTH HOME LIFESTYLE MUSIC NEWS
OTHER POLITICS SCIENCE SPORTS TECHNOLOGY VIDEO_GAMING
"""
    ),
    "backdated_time_granularity": names("day hour min month none year"),
    "filter": names("stream toplevel"),
    "live_filter": names("filter_low_quality no_filter"),
    "order": names("chronological reverse_chronological"),
    "period": names("day days_28 lifetime month total_over_range week"),
    "date_preset": names(
        """
data_maximum last_14d last_28d last_30d last_3d last_7d last_90d last_month last_quarter last_week_mon_sun
last_week_sun_sat last_year maximum this_month this_quarter this_week_mon_today this_week_sun_today this_year
today yesterday
"""
    ),
}
REACTION_TYPES: Final = names("ANGRY CARE FIRE HAHA HUNDRED LIKE LOVE NONE PRIDE SAD THANKFUL WOW")
SUBSCRIBED: Final = names(
    """
affiliation attire awards bio birthday business_integrity call_permission_reply call_settings_update calls
category checkins comment_poll_response company_overview conversations culinary_team current_location description
email feature_access_list feed follow founded general_info general_manager group_feed hometown hours inbox_labels
invalid_topic_placeholder invoice_access_bank_slip_events invoice_access_invoice_change
invoice_access_invoice_draft_change invoice_access_onboarding_status_active leadgen leadgen_fat leadgen_update
live_videos local_delivery location marketing_message_clicks marketing_message_deliveries
marketing_message_delivery_failed marketing_message_echoes marketing_message_reads
marketing_messages_subscriber_upload_status mcom_invoice_change members mention merchant_review message_context
message_deliveries message_echoes message_edits message_mention message_reactions message_reads
message_template_status_update messages messaging_account_linking messaging_appointments
messaging_checkout_updates messaging_customer_information messaging_direct_sends messaging_fblogin_account_linking
messaging_feedback messaging_game_plays messaging_handovers messaging_in_thread_lead_form_submit
messaging_integrity messaging_optins messaging_optouts messaging_payments messaging_policy_enforcement
messaging_postbacks messaging_pre_checkouts messaging_referrals mission name page_about_story page_change_proposal
page_upcoming_change parking payment_options payment_request_update personal_info personal_interests phone picture
price_range product_review products public_transit publisher_subscriptions ratings registration response_feedback
send_cart standby story_poll_response story_share user_action video_text_question_responses videos website
"""
)


def invalid(what: str) -> Refusal:
    """Code 100 with these words."""
    return Refusal(RULES["parameter"], what=what)


def check_kinds(words: Mapping[str, str]) -> None:
    """Refuse a boolean, enum, object or list that is none."""
    for name, told in words.items():
        if name in BOOLS and told.lower() not in ("true", "false", "1", "0"):
            raise invalid(f"Param {name} must be a boolean")
        if name in ENUMS and told not in ENUMS[name]:
            raise invalid(f"Param {name} must be one of {{{', '.join(sorted(ENUMS[name]))}}}")
        wanted = dict if name in OBJECTS else list if name in LISTS else None
        if wanted is not None and not _holds(told, wanted):
            raise invalid(f"Param {name} must be {'an object' if wanted is dict else 'an array'}")


def _holds(told: str, kind: type) -> bool:
    try:
        return isinstance(json.loads(told), kind)
    except ValueError:
        return False


def yes(words: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """A boolean parameter."""
    told = words.get(name)
    return default if told is None else told.lower() in ("true", "1")


def several(told: str) -> list[str]:
    """A list parameter: a JSON array, or words with commas between."""
    if told.startswith("["):
        return [str(one) for one in json.loads(told)]
    return [one.strip() for one in told.split(",") if one.strip()]
