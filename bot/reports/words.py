"""The fixed words of the weekly summary, Vietnamese first."""

from __future__ import annotations

from collections.abc import Callable

Say = Callable[[str, str], str]
"""Picks the Vietnamese or the English sentence."""

KINDS = {
    "harmless": ("bình thường", "harmless"),
    "criticism": ("phê bình, góp ý", "criticism"),
    "question": ("câu hỏi", "questions"),
    "feedback": ("phản ánh", "reports"),
    "urgent": ("phản ánh khẩn", "urgent reports"),
    "warning": ("người dân cảnh báo", "citizens' warnings"),
    "misinformation": ("nghi vấn – cần kiểm chứng", "suspected – to be verified"),
    "scam": ("nghi lừa đảo – cần kiểm chứng", "suspected scam – to be verified"),
    "abuse": ("lời lẽ nặng", "abusive words"),
    "satire": ("trào phúng", "satire"),
    "": ("chưa phân loại", "not sorted"),
}
ENGAGED = {
    "reactions": ("cảm xúc", "reactions"),
    "comments": ("bình luận", "comments"),
    "shares": ("chia sẻ", "shares"),
}
TONGUES = {
    **dict.fromkeys(("hmn", "mww", "hmv", "hnj"), "Mông"),
    **dict.fromkeys(("cjm", "cja"), "Chăm"),
    "tyz": "Tày",
    "nut": "Nùng",
    "blt": "Thái",
    "ium": "Dao",
    "mtq": "Mường",
    "rad": "Ê Đê",
    "jra": "Jơ Rai",
    "bdq": "Ba Na",
    "sed": "Xơ Đăng",
    "kpm": "K’ho",
    "cmo": "M’nông",
    "km": "Khmer",
}
"""Languages of Viet Nam as people here write them (ISO 639-3 and 639-1 tags); others are named by CLDR."""
COUNTED_AS = {
    "facebook:page_total_media_view_unique": (
        "Facebook: số tài khoản khác nhau đã thấy nội dung của Trang trong 7 ngày, do Facebook lọc trùng.",
        "Facebook: distinct accounts that saw the Page's content within 7 days, deduplicated by Facebook.",
    ),
    "facebook:page_media_view": (
        "Facebook: lượt xem là số lần hiển thị, tính cả xem lại; ngày theo giờ Thái Bình Dương.",
        "Facebook: views are times shown, repeats included; days in Pacific time.",
    ),
    "youtube:analytics:views": (
        "YouTube: lượt xem của cả kênh; ngày theo giờ Thái Bình Dương, có chậm 2–3 ngày.",
        "YouTube: views of the whole channel; days in Pacific time, two to three days late.",
    ),
    "youtube:viewCount": (
        "YouTube: lượt xem từ lúc đăng của riêng các bài trong tuần.",
        "YouTube: views since publication of the week's own posts.",
    ),
    "viber:seen": (
        "Viber Bot: số người khác nhau đã mở xem trong 7 ngày, theo xác nhận Viber báo qua webhook; ngày theo giờ UTC.",
        "Viber bot: distinct people who opened and saw it within 7 days, as Viber's receipts tell; days in UTC.",
    ),
    "zalo:total_view:v2.0": (
        "Zalo: lượt xem từ lúc đăng của riêng các bài trong tuần; Zalo không cho số người.",
        "Zalo: views since publication of the week's own articles; Zalo does not count people.",
    ),
}


def labels(say: Say) -> dict[str, str]:
    """Headings and table heads by the name the templates use."""
    return {
        "channels": say("Theo kênh", "By channel"),
        "channel": say("Kênh", "Channel"),
        "posts": say("Bài", "Posts"),
        "reach": say("Người tiếp cận", "People reached"),
        "views": say("Lượt xem", "Views"),
        "engagement": say("Tương tác", "Interactions"),
        "followers": say("Theo dõi", "Followers"),
        "certainty": say("Độ tin cậy", "Certainty"),
        "weeks": say("Năm tuần", "Five weeks"),
        "table": say("Bảng số liệu của biểu đồ", "The figures of the chart"),
        "top": say("Bài được xem nhiều", "Most seen posts"),
        "top_note": say(
            "Xếp trong từng kênh: con số của hai nền tảng không so với nhau được.",
            "Ranked within each channel: figures of two platforms do not compare.",
        ),
        "no_top": say("Chưa bài nào có số liệu.", "No post has figures yet."),
        "incidents": say("Sự cố thông tin và thời gian xử lý", "Information incidents and response times"),
        "incident": say("Sự cố", "Incident"),
        "level": say("Mức", "Level"),
        "opened": say("Báo lúc", "Raised"),
        "ack": say("Nhận sau", "Taken after"),
        "correction": say("Đính chính sau", "Corrected after"),
        "state": say("Kết quả", "Outcome"),
        "feedback": say("Người dân nói gì", "What citizens say"),
        "remote": say("Vùng cao, vùng sâu, vùng xa", "Remote and mountain areas"),
        "plan": say("Kế hoạch tuần tới", "Next week's plan"),
        "no_plan": say("Chưa có bài nào hẹn giờ cho tuần tới.", "Nothing is scheduled for next week yet."),
        "notes": say("Ghi chú số liệu", "Notes on the figures"),
    }
