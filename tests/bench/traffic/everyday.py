"""What people write on a day when nothing happens. The short lines are what comes back word for word every day."""

from __future__ import annotations

from typing import Final

SLOTS: Final = {
    "noi": ("Đồi Mây", "Nắng Mới", "Lũng Vàng", "Bình Sen", "Gò Thông", "Pá Lau", "Rạch Dừa", "Vườn Quế", "Cửa Sông"),
    "duong": ("đường Lam Thủy", "ngõ 5", "đường bờ kè", "hẻm 27", "phố Chợ Cũ", "đường tỉnh 14", "dốc Sương", "xóm Bãi"),
    "ai": ("mình", "em", "tôi", "mẹ em", "ba mình", "bà nội", "chị gái", "vợ chồng tôi", "con gái em", "ông bà ngoại"),
    "luc": ("sáng nay", "hôm qua", "trưa nay", "tối thứ bảy", "tuần trước", "đầu tháng", "chiều hôm kia", "bữa chủ nhật"),
    "so": tuple(str(n) for n in range(2, 31)),
    "cuoi": ("", "", "", " ạ", " nha", " nhé", " ❤️", " 😂", " 👍", "!", " quá", " ghê", " luôn"),
    "viec": ("làm căn cước", "khai sinh cho bé", "đổi hộ chiếu", "xin số nhà", "đăng ký kinh doanh", "tách hộ", "xin học"),
    "do": ("rau", "cam", "cá sông", "mật ong", "gà đồi", "khoai", "bánh tét", "nấm", "chè búp", "mít"),
}  # fmt: skip
SHORT: Final = tuple(
    """
hóng|chấm|.|❤️|😂|👍|🔥🔥🔥|hay quá|tuyệt vời|cảm ơn ad|cảm ơn trang|quá chuẩn|đúng rồi|ok ad|like|haha|hihi|=)))|thương quá
đẹp quá|đỉnh|ủng hộ|quan tâm|theo dõi|có ai không|tag bạn nè|xem nè|chia sẻ rồi nha|mai đi nha|ngon quá|tiếc ghê|trời ơi
nhớ quê quá|chúc mừng|cố lên|yêu quê mình|giá sao ạ|ib em|ở đâu vậy|mấy giờ ạ|cho xin địa chỉ|thông tin bổ ích|đã đọc
lưu lại đã|cho em hỏi với|bao giờ vậy ad|hay|chuẩn luôn|vâng ạ|dạ|xinh quá|dễ thương ghê|buồn quá|chán|bó tay|haizz|hết nói
sao cũng được|tùy|hóng tin|up|đánh dấu|hello|chào ad|chúc ngủ ngon|sáng vui vẻ|tks ad|thanks|thank you ad|👏👏👏|🙏🙏🙏|😍|🥰|😢
ngon|cần lắm|ủng hộ 1000 lần|đồng ý|nhất trí|không đồng ý|phản đối|lạ ghê|thật á|thật hả|thiệt không|có thật không|xạo|ghê vậy
""".replace("\n", "|").strip("|").split("|")
)  # fmt: skip
PATTERNS: Final = tuple(
    """
{luc} {ai} {viec} ở {noi}, {cô|chú|anh} ở quầy {so} {hướng dẫn kỹ|nhiệt tình|dễ thương}{cuoi}
{ai} {viec} {so} ngày {có kết quả|là xong|nhận tin nhắn}{cuoi}
Cho {ai} hỏi {viec} ở {noi} {cần giấy gì|mấy ngày xong|nộp quầy mấy} ạ?
Ad ơi {luc} {ai} nộp {viec} trên mạng, {bao giờ có kết quả|xem tiến độ ở đâu}{cuoi}?
{noi} {luc} {mưa nhỏ|nắng đẹp|mát trời|nhiều sương}{cuoi}
Chợ {noi} {luc} {do} {rẻ|tươi|đầy}, {ai} mua {so} {ký|túi|cái} luôn{cuoi}
{do} {noi} năm nay {ngọt|được mùa|sai trĩu}, {ai} gửi {cho con|ra phố|về ngoại} {so} ký{cuoi}
{luc} qua {duong} thấy {các cô trồng hoa|anh em dọn cỏ|đèn mới sáng trưng|tường vẽ đẹp}{cuoi}
Đèn {duong} {tắt|chớp} {so} hôm rồi, nhờ {điện lực|phường} xem giúp{cuoi}
Ổ gà ở {duong} gần nhà {so}, {mong vá sớm|trời mưa không thấy}{cuoi}
{ai} thấy {quầy {so}|bộ phận một cửa} {noi} {ít người trực|chờ hơi lâu}, {góp ý nhẹ|mong thêm người}{cuoi}
{ai} ở {noi} {so} năm rồi, {giờ khác hẳn|đường rộng hơn xưa|nhớ chợ cũ}{cuoi}
Clip {hay|dễ hiểu|ngắn gọn}, {ai} mở cho {ông bà|cả nhà|lớp} xem {so} lần{cuoi}
Phí giữ xe {noi} {so} nghìn {hơi cao|mà không có vé}, {xem lại giúp|không hợp lý}{cuoi}
{luc} {so} giờ {ai} gọi đường dây nóng {có người nghe ngay|máy bận}{cuoi}
Bé nhà {ai} {so} tuổi {học|thi vẽ|tập múa} ở {noi} {vui lắm|được giải|tiến bộ hẳn}{cuoi}
Xe buýt tuyến {so} {luc} {trễ {so} phút|đúng giờ|đông nghẹt}, {tài xế vui tính|chịu khó chờ}{cuoi}
Lịch thu rác {noi} {đổi sang thứ {hai|tư|sáu}|vẫn như cũ} phải không ad?
{ai} đọc thông báo {so} lần mới hiểu, {viết dài quá|chữ nhỏ quá}{cuoi}
Cuối tuần {ai} {lên|về|ra} {noi} {ăn {do}|chụp hình|thăm nhà}, {ai đi cùng không|nhớ ghê}{cuoi}
Nước {duong} {yếu|mạnh lại} từ {luc}, {cảm ơn thợ|nhờ kiểm tra}{cuoi}
{Cảm ơn|Biết ơn} {bác sĩ|y tá|cô giáo|dân phòng} {noi} đã giúp {ai} {luc}{cuoi}
Karaoke {duong} {luc} ồn tới {so} giờ, {mong nhắc nhở|ngủ không nổi}{cuoi}
{ai} tiêm xong {luc}, {hơi mỏi tay|không sao cả|ngồi theo dõi {so} phút}{cuoi}
Ảnh {noi} {đẹp|thơ} quá ad, chụp {luc} hay sao{cuoi}?
Chúc {trang|ad|đội} {so} {nghìn|vạn} người theo dõi{cuoi}
Bán {do} sạch {noi}, {so}k một ký, giao {luc}{cuoi}
Cho {ai} xin {số điện thoại|địa chỉ|giờ làm} {trạm y tế|một cửa|thư viện} {noi} với{cuoi}
Mất ví ở {duong} {luc}, ai nhặt được cho {ai} xin lại giấy tờ{cuoi}
{so} năm nữa {noi} {lên phố|thành khu du lịch|có tàu}, {ai} {mong|chờ} {lắm|từng ngày}{cuoi}
Họp tổ {so} {luc} {đông đủ|bàn chuyện đường|góp được quỹ}, {ai} thấy {được|ổn|vui}{cuoi}
Cây trước {trường|trạm|chợ} {noi} {nghiêng|che biển}, {tỉa giúp|nhờ xử lý}{cuoi}
{ai} thấy làm {vậy|kiểu này} {chưa ổn|hơi vội|cần hỏi dân}, {xã {noi} tính lại|nghe góp ý đi}{cuoi}
Trận bóng {noi} {luc} {hay|hòa {so} đều|gay cấn}, {ai} {la khản cổ|xem từ đầu}{cuoi}
Học sinh {noi} {nghỉ|thi} thứ {hai|ba|sáu} này {phải không ad|đúng không cô}?
""".strip().splitlines()
)  # fmt: skip
