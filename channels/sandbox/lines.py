"""What the pretended public writes. Everything here is fictional: the places, the events, the people.

`{this|that}` are alternatives; `{noi}`, `{duong}`, `{thang}`, `{so}` are filled with a place, a street, a month, a
number. No line stands in the product outside the sandbox. What the rumours are about is held out from what the shipped
model was fitted on, theme by theme (tests/monitor/training/test_lines.py), so that a drill asks what was never learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PLACES: Final = ("Đồi Mây", "Nắng Mới", "Khe Sương", "Bến Lụa", "Suối Ngân", "Gò Thông", "Vườn Quế", "Đá Xanh")
STREETS: Final = ("đường Hoa Ban", "ngõ 7", "đường bờ kè", "hẻm 12", "đường liên xã", "phố Chợ Cũ", "đường vành đai")
NAMES: Final = (
    "An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hạnh", "Hiếu", "Hoa", "Hùng", "Khánh", "Lan", "Linh", "Long", "Mai",
    "Minh", "My", "Nam", "Nga", "Ngọc", "Nhung", "Oanh", "Phong", "Phúc", "Phương", "Quân", "Quỳnh", "Sơn", "Tâm",
    "Thảo", "Thắng", "Thu", "Thủy", "Tiến", "Trang", "Trung", "Tú", "Tuấn", "Vân", "Việt", "Vy", "Xuân", "Yến",
)  # fmt: skip

HARMLESS: Final = """
Cảm ơn {ad|trang|các bạn} nhiều {nha|ạ|nhé} {❤️|🙏||👍}
Thông tin {hữu ích|rõ ràng|dễ hiểu} quá, {em|mình|tôi} {lưu lại|gửi cho mẹ|chia sẻ cho tổ dân phố} rồi
Ở {noi} {hôm nay trời đẹp|sáng nay mát mẻ|chiều qua có mưa nhỏ} {quá|ghê|lắm}
{Nhà mình|Xóm em|Tổ {so}} đã {nhận được thông báo|nghe loa phường đọc} rồi {ạ|nhé}
Video {quay đẹp|làm kỹ|phụ đề to dễ đọc} {thật|ghê|lắm}, {ông bà xem được|cho ad 10 điểm}
Cuối tuần {đi chợ phiên {noi}|ra {duong} đạp xe|lên {noi} chơi} {không cả nhà|nào|đi mọi người}
{Mẹ|Ba|Bà ngoại|Cô} {em|mình|tôi} ở {noi} {khen cán bộ nhiệt tình|làm xong giấy tờ hôm thứ {so}|mới được hướng dẫn tận nơi}
{Tag|Gọi} {bạn thân|cả nhóm|chị hai} vào {xem|đọc} {nè|nhé|đi}
{Hóng|Chờ|Đợi} {phần sau|bản tin tối|clip mới} {nha ad|ạ|quá}
{Ảnh|Hình|Đồ họa} này {ai thiết kế|làm bằng gì} mà {đẹp|xinh|dễ thương} {thế|vậy|ghê}
Ủng hộ {chương trình này|cách làm mới|các em học sinh} {hai tay|hết mình|nhiệt liệt} {👏|🌸|}
{Nghe|Xem} xong {thấy yên tâm|thấy vui|mới biết thêm} {hẳn|ghê|nhiều điều}
Sáng nay {ra {duong}|qua {noi}} thấy {anh em dọn vệ sinh|các cô trồng hoa|mấy chú sơn lại vạch đường} {sạch đẹp|vui mắt|gọn gàng} quá
{Chúc|Kính chúc} {trang|các anh chị|đội ngũ} {nhiều sức khỏe|một tuần vui vẻ|luôn nhiệt huyết}
{Lớp con mình|Trường {noi}|Các cháu lớp {so}} {tập văn nghệ|đi tham quan|thi vẽ} {vui lắm|đông vui quá|giỏi ghê}
{Lúa|Cam|Chè|Rau} {noi} năm nay {được mùa|ngọt lắm|xanh tốt} {bà con ơi|nha|quá trời}
{Đã nộp|Mình nộp|Em nộp} hồ sơ {trên mạng|ở bộ phận một cửa} {hôm {so}|chiều qua}, {có tin nhắn báo liền|mọi việc suôn sẻ}
{Hi hi|He he|Haha} {đúng rồi|dễ thương ghê|vui quá} {😄|😊|🥰}
{Cho|Xin} một tràng pháo tay {cho tổ {so}|cho {noi}|cho đội tình nguyện}
{Tối nay|Mai|Chủ nhật} có {bóng đá|văn nghệ|chiếu phim} ở {sân {noi}|nhà văn hóa} {nha|đó|nhé} mọi người
"""
CRITICISM: Final = """
{Làm đường|Sửa cống|Lát vỉa hè} {duong} {nửa năm|{so} tháng} {chưa xong|dang dở}, {bụi mù trời|dân đi khổ sở}, {ai chịu trách nhiệm|bao giờ mới xong}
{Gọi đường dây nóng|Nhắn tin hỏi|Hỏi ở quầy} {so} lần {không ai trả lời|toàn máy bận}, {phục vụ kiểu gì vậy|thất vọng thật}
Phí {gửi xe|vệ sinh|chợ} {noi} {cao quá|tăng hoài}, {mà chất lượng thì kém|nhà vệ sinh thì bẩn}, {đề nghị xem lại|không hợp lý chút nào}
{Mỗi lần họp|Hội nghị} {hoa với bong bóng|băng rôn đỏ cả phố}, {tiền đó lo cho trường {noi}|sao không sửa cầu {noi}} {đi|còn hơn}
Xe buýt {noi} {bỏ chuyến|trễ {so} mươi phút} {hoài|như cơm bữa}, {chán hẳn|ai mà dám đi}
{Bảng giá|Biểu mẫu|Hướng dẫn} {khó hiểu|rối như tơ vò|mỗi nơi một kiểu}, {dân quê tụi tôi chịu|người già đọc sao nổi}
{Cán bộ|Nhân viên} quầy {so} {nói trống không|bấm điện thoại suốt|mặt lạnh tanh}, {góp ý nhẹ|mong chấn chỉnh}
{Cây xanh|Ghế đá|Đèn} công viên {noi} {hỏng hết|không ai chăm}, {xây xong bỏ đó|lãng phí quá}
Tôi {không đồng tình|thấy chưa ổn} với {việc cấm xe {duong}|giờ làm mới|cách chia tổ}, {nên hỏi ý kiến dân trước|bất tiện cho người buôn bán}
{Hứa|Nói} sẽ {làm cầu|kéo nước sạch|mở lớp mầm non} cho {noi} từ {thang}, {giờ vẫn chưa thấy gì|nghe mãi rồi}
{Ứng dụng|Cổng trực tuyến} {văng liên tục|bắt nhập đi nhập lại|chậm kinh khủng}, {số hóa thế này thì|làm cho có thôi}
{Thu gom rác|Quét đường} {noi} {ba ngày một lần|lúc có lúc không}, {hôi không chịu nổi|đóng tiền thì đủ}
Học phí {thang} này {lại thêm khoản tự nguyện|nhiều khoản lạ}, {tự nguyện mà như bắt buộc|phụ huynh oải quá}
{Chợ|Bến xe} {noi} {quy hoạch kiểu gì|chật chội}, {mưa là ngập tới đầu gối|nắng thì như lò}, {năm nào cũng kêu}
{Thông báo|Giấy mời} {gửi sát giờ|chiều nay họp sáng mới đưa}, {ai xoay cho kịp|thiếu tôn trọng dân}
Ừ thì {văn minh|hiện đại|thân thiện}, {mà {so} giờ đã hết số|xếp hàng từ {so} giờ sáng} {😏|giỏi thật|hay ho ghê}
{Đài phun nước|Cổng chào|Tượng đài} {noi} {bạc tỷ|để làm gì}, {trạm y tế thì dột|trường thì thiếu bàn}
{Quy định|Thủ tục} {đăng ký tạm trú|xin số nhà|cấp phép sửa nhà} {rườm rà|đòi đủ thứ giấy}, {đơn giản đi cho dân nhờ|kiểu này ai theo nổi}
"""
QUESTIONS: Final = """
{Cho em hỏi|Ad ơi|Xin hỏi} {bộ phận một cửa|trạm y tế|thư viện} {noi} {mấy giờ mở cửa|thứ bảy có làm không} {ạ|vậy}?
{Trẻ {so} tuổi|Người cao tuổi|Bà bầu} có {được miễn phí|cần đăng ký trước} không {ad|ạ}?
{Tuyến xe|Lịch thu gom rác|Lịch họp tổ} {noi} {thang} này {đổi chưa|như thế nào} {ạ|vậy ad}?
Làm {thẻ thư viện|giấy khai sinh|sổ hộ kinh doanh} thì {mang theo giấy gì|nộp ở đâu|mất mấy ngày} {ạ|vậy}?
{Bao giờ|Khi nào} {có kết quả thi vẽ|mở đăng ký bơi|phát lịch năm mới} {vậy|thế} {ad|cả nhà}?
{Nhà em ở {noi}|Em ở trọ {duong}} thì {thuộc tổ mấy|nộp chỗ nào} {ạ|ad}?
{Đường dây nóng|Số tổng đài} {còn dùng số cũ không|là số nào} {ạ|ad ơi}?
"""
FEEDBACK: Final = """
{Đèn|Bóng đèn cao áp} {duong} {không sáng|chập chờn} {so} hôm nay, {nhờ kiểm tra giúp|mong sớm thay}
{Cống|Hố ga} trước {chợ {noi}|số {so} {duong}} {mất nắp|tắc}, {đề nghị xử lý|ai phụ trách xin xem giúp}
Em {đăng ký khám|nộp giấy} {trên mạng|qua ứng dụng} {bị báo lỗi|không nhận được mã}, {hướng dẫn giúp em|phải làm sao ạ}
Góp ý: {nên có ghế chờ ở quầy {so}|cho lấy số qua điện thoại|thêm biển chỉ đường ở {noi}} {cho tiện|ạ}
{Nước máy|Điện} {noi} {yếu vào buổi tối|chập chờn từ {thang}}, {kính nhờ kiểm tra|mong khắc phục}
{Chó thả rông|Xe tải đậu|Karaoke} ở {duong} {ồn quá|lấn đường}, {mong phường nhắc nhở|xin xử lý giúp}
"""
WARNINGS: Final = """
{Đoạn {duong}|Dốc {noi}} {trơn lắm|có ổ gà to}, {mình vừa suýt ngã|em mới đi qua}, {mọi người chạy chậm nha|cẩn thận nhé}
{Vừa có số lạ|Sáng nay có người} gọi {bảo nhà em nợ cước|xưng nhân viên bưu điện}, {em cúp máy luôn|mọi người để ý}
"""
BANTER: Final = """
{Trời nóng|Kẹt xe} kiểu này {chắc tan thành nước|đi bộ còn nhanh hơn} 😂 {haha|cười xỉu|}
Wifi {nhà văn hóa|thư viện} {noi} {nhanh hơn tim crush|chạy bằng sức gió} =))) {thề|hihi}
"""


@dataclass(frozen=True)
class Rumour:
    """One false claim of this pretended world. `wordings` say the same; `official` is what the office published.

    `harm` is what a duty officer would give it (domain brief 6.1).
    """

    key: str
    field: str
    wordings: tuple[str, ...]
    denials: tuple[str, ...]
    questions: tuple[str, ...]
    official_title: str
    official: str
    harm: int = 2

    @property
    def wakes(self) -> bool:
        """True when ten writers of it must wake somebody by the table; harm 1 waits for the daily digest."""
        return self.harm >= 2


RUMOURS: Final = (
    Rumour(
        "ho_khe_suong", "THIEN_TAI",
        ("Đập hồ Khe Sương vỡ rồi, nước đang đổ về Đồi Mây, bà con chạy lên đồi ngay đi",
         "Hồ Khe Sương vỡ đập rồi bà con ơi, nước tràn về Đồi Mây, chạy gấp lên chỗ cao",
         "Khe Sương vỡ đập thật rồi, nước về tới Đồi Mây, chính quyền giấu, chạy mau"),
        ("Đập Khe Sương không vỡ nha, ba mình trực ở hồ đây", "Tin vỡ đập Khe Sương là bịa đó, đừng hoang mang"),
        ("Nghe nói đập Khe Sương vỡ, có đúng không ad?", "Hồ Khe Sương vỡ thật không mọi người?"),
        "Hồ Khe Sương xả nước có kiểm soát",
        "Hồ Khe Sương an toàn, đang xả nước có kiểm soát từ 6 giờ sáng. Bà con xã Đồi Mây không ra suối, theo dõi loa xã "
        "và trang chính thức.",
        harm=3,
    ),
    Rumour(
        "truong_nang_moi", "AN_NINH",
        ("Có nhóm bắt cóc trẻ em đi xe trắng ở trường Nắng Mới, hai cháu mất tích rồi, chia sẻ gấp",
         "Bọn bắt cóc trẻ em đang rình trường Nắng Mới bằng xe trắng, mất hai đứa rồi mà không ai báo",
         "Trường Nắng Mới có hai cháu bị bắt cóc lên xe trắng, mọi người giữ con cẩn thận, người ta giấu tin"),
        ("Trường Nắng Mới không có cháu nào mất tích, công an xác minh rồi", "Bắt cóc ở trường Nắng Mới là tin giả nhé"),
        ("Bắt cóc ở trường Nắng Mới có thật không ạ?", "Nghe nói có cháu bị bắt cóc ở Nắng Mới, đúng không ad?"),
        "Trường Nắng Mới tổ chức đưa đón học sinh theo cổng mới",
        "Trường Nắng Mới đón học sinh ở cổng phụ từ thứ Hai. Không có học sinh nào mất tích; lực lượng dân phòng trực ở "
        "hai cổng giờ tan trường.",
        harm=3,
    ),
    Rumour(
        "vacxin_cum", "Y_TE",
        ("Vắc xin cúm ở trạm Bến Lụa hết hạn rồi, tiêm xong mười người liệt mặt, đừng cho ông bà đi tiêm",
         "Trạm Bến Lụa tiêm vắc xin cúm quá hạn, mười ca liệt mặt bị giấu nhẹm, đừng ai đi",
         "Mười người liệt mặt sau khi tiêm cúm ở trạm Bến Lụa vì vắc xin hết hạn, bệnh viện im lặng"),
        ("Bác sĩ trạm Bến Lụa nói không có ca liệt mặt nào, vắc xin còn hạn", "Liệt mặt vì tiêm cúm ở Bến Lụa là tin sai"),
        ("Tiêm cúm ở Bến Lụa bị liệt mặt có đúng không ạ?", "Vắc xin cúm Bến Lụa hết hạn thật không ad?"),
        "Tiêm vắc xin cúm miễn phí tại trạm Bến Lụa",
        "Trạm y tế Bến Lụa tiêm vắc xin cúm miễn phí cho người từ 65 tuổi. Vắc xin còn hạn đến tháng 6/2027, chưa ghi "
        "nhận ca liệt mặt nào.",
        harm=3,
    ),
    Rumour(
        "quy_tin_dung", "KINH_TE",
        ("Quỹ tín dụng Suối Ngân sắp phá sản, giám đốc bỏ trốn rồi, sáng mai rút tiền ngay kẻo mất trắng",
         "Quỹ Suối Ngân vỡ nợ, giám đốc trốn mất, ai gửi tiền đi rút liền không thì mất trắng",
         "Suối Ngân hết tiền rồi bà con, quỹ tín dụng phá sản, mai rút ngay, họ đang giấu"),
        ("Quỹ Suối Ngân vẫn hoạt động, mình vừa rút tiền bình thường", "Làm gì có chuyện quỹ Suối Ngân phá sản, tin bịa đó"),
        ("Quỹ tín dụng Suối Ngân phá sản thật không ạ?", "Nghe đồn quỹ Suối Ngân vỡ nợ, đúng không mọi người?"),
        "Quỹ tín dụng Suối Ngân đổi giờ giao dịch",
        "Quỹ tín dụng Suối Ngân đổi giờ giao dịch: 7 giờ 30 đến 16 giờ. Quỹ hoạt động bình thường, tiền gửi được bảo hiểm "
        "theo luật.",
    ),
    Rumour(
        "gia_nuoc", "KINH_TE",
        ("Giá nước Gò Thông tăng gấp ba từ mai, ký rồi mà giấu dân, tích nước đi",
         "Từ mai nước sạch Gò Thông tăng gấp ba, văn bản ký rồi mà không công bố",
         "Nước ở Gò Thông lên gấp ba từ ngày mai đó, họ giấu dân, chia sẻ cho mọi người biết"),
        ("Giá nước Gò Thông không tăng đâu, thông báo ghi giữ nguyên mà", "Nước Gò Thông tăng gấp ba là tin vịt nha"),
        ("Nước Gò Thông tăng gấp ba phải không ad?", "Giá nước Gò Thông tăng từ mai thật không ạ?"),
        "Giá nước sạch Gò Thông giữ nguyên",
        "Giá nước sạch sinh hoạt Gò Thông giữ nguyên đến hết năm 2026. Mọi thay đổi nếu có được công bố trước 30 ngày.",
    ),
    Rumour(
        "the_giay", "CHINH_SACH",
        ("Từ tháng sau giấy tờ ghi tên xã cũ hết giá trị, ai không đổi bị phạt 2 triệu và cắt bảo hiểm, chia sẻ gấp",
         "Giấy tờ tên xã cũ vô hiệu từ tháng sau, không đi đổi là phạt 2 triệu, cắt luôn bảo hiểm",
         "Tháng sau không đổi giấy tờ xã cũ là bị phạt 2 triệu, cắt bảo hiểm, báo cho mọi người ngay"),
        ("Giấy tờ ghi tên xã cũ vẫn dùng bình thường nha mọi người", "Không đổi giấy tờ xã cũ bị phạt là tin sai đó"),
        ("Giấy tờ xã cũ hết giá trị từ tháng sau đúng không ạ?", "Không đổi giấy tờ có bị phạt 2 triệu thật không ad?"),
        "Giấy tờ ghi tên xã cũ vẫn dùng được",
        "Giấy tờ ghi tên xã cũ tiếp tục có giá trị. Bà con không phải đi đổi, không mất phí, không bị phạt.",
    ),
    Rumour(
        "cau_vuon_que", "AN_NINH",
        ("Cầu Vườn Quế sập tối qua, ba xe rơi xuống sông, chết mấy người mà báo không đưa",
         "Cầu Vườn Quế sập rồi, có ba xe rơi sông, người chết mà họ bảo là sửa cầu",
         "Tối qua sập cầu Vườn Quế, ba chiếc xe rơi xuống, chết người mà giấu nhẹm"),
        ("Cầu Vườn Quế không sập, chỉ đóng để sửa thôi", "Ba xe rơi ở cầu Vườn Quế là bịa, mình ở ngay chân cầu"),
        ("Cầu Vườn Quế sập thật không ad?", "Nghe kể cầu Vườn Quế sập, có đúng không ạ?"),
        "Đóng cầu Vườn Quế để sửa chữa",
        "Cầu Vườn Quế đóng từ 22 giờ để thay khe co giãn, xe đi đường tránh. Không có tai nạn nào tại công trường.",
        harm=3,
    ),
    Rumour(
        "gao_da_xanh", "Y_TE",
        ("Gạo phát cho hộ nghèo ở Đá Xanh nhiễm độc, ăn vào nhập viện cả chục người, đừng nấu",
         "Gạo hỗ trợ Đá Xanh có chất độc, chục người ngộ độc nằm viện mà im lặng, đừng ăn",
         "Đừng ăn gạo phát ở Đá Xanh, nhiễm độc rồi, mười mấy người nhập viện bị giấu"),
        ("Gạo ở Đá Xanh đã kiểm nghiệm, không có ai ngộ độc", "Gạo Đá Xanh nhiễm độc là tin giả, nhà mình ăn cả tuần"),
        ("Gạo phát ở Đá Xanh có độc thật không ạ?", "Nghe nói gạo Đá Xanh làm người ta nhập viện, đúng không?"),
        "Phát gạo hỗ trợ tại Đá Xanh",
        "Xã Đá Xanh phát gạo hỗ trợ cho 320 hộ. Gạo đã kiểm nghiệm đạt chuẩn, chưa ghi nhận ca ngộ độc nào.",
    ),
    Rumour(
        "bang_lai", "CHINH_SACH",
        ("Bằng lái xe máy cấp ở Gò Thông bị hủy hết, tuần sau ra đường là giữ xe, chuyền cho nhau biết",
         "Tuần sau bằng lái Gò Thông cấp không còn dùng được, ai chạy xe máy là bị giữ xe hết",
         "Hủy toàn bộ bằng lái xe máy Gò Thông rồi, tuần sau chạy ra là mất xe, nói mọi người hay"),
        ("Bằng lái cấp ở Gò Thông vẫn chạy bình thường nhé", "Hủy bằng lái Gò Thông là tin bịa, mình hỏi quầy rồi"),
        ("Bằng lái Gò Thông bị hủy thật không ad?", "Tuần sau chạy xe máy ở Gò Thông bị giữ xe đúng không ạ?"),
        "Bằng lái xe máy Gò Thông vẫn còn giá trị",
        "Bằng lái xe máy cấp tại Gò Thông vẫn còn giá trị. Bà con không phải đổi; không có đợt giữ xe nào.",
    ),
    Rumour(
        "muoi_trang", "KINH_TE",
        ("Kho muối Bến Lụa cạn sạch, mốt không còn hạt nào bán, mua vài chục ký để dành đi",
         "Hết muối rồi, kho Bến Lụa trống trơn, ngày mốt chợ không có hạt nào, gom về nhà đi bà con",
         "Bến Lụa không còn muối, mốt là hết bán, ai chưa mua thì gom ngay vài chục ký"),
        ("Kho muối Bến Lụa còn đầy, sáng nay mình mới lấy hàng", "Hết muối ở Bến Lụa là nói bậy đó"),
        ("Bến Lụa hết muối thật không mọi người?", "Có phải mốt là không còn muối bán ở Bến Lụa không ạ?"),
        "Muối ăn ở Bến Lụa đủ bán",
        "Kho muối Bến Lụa còn đủ bán cho cả mùa. Các quầy bán bình thường, giá không đổi, không cần mua tích trữ.",
    ),
    Rumour(
        "tram_phat_song", "Y_TE",
        ("Trạm phát sóng mới ở Suối Ngân làm bò sảy thai, đàn bà con gái đứng gần là vô sinh, đừng cho con lại gần",
         "Sóng từ cái trạm mới Suối Ngân gây vô sinh, bò cả xóm sảy thai mà không ai chịu nói",
         "Bò ở Suối Ngân sảy thai vì trạm phát sóng, con gái sống gần đó vô sinh hết, tránh xa ra"),
        ("Bò Suối Ngân không con nào sảy thai, thú y đã xuống xem", "Trạm phát sóng gây vô sinh là tin nhảm"),
        ("Trạm phát sóng Suối Ngân gây vô sinh thật không ạ?", "Bò sảy thai vì trạm sóng Suối Ngân đúng không ad?"),
        "Kết quả đo trạm phát sóng Suối Ngân",
        "Trạm phát sóng Suối Ngân đo đạt chuẩn. Thú y xã không ghi nhận đàn bò nào sảy thai; không có hại cho người.",
    ),
    Rumour(
        "de_thi_vuon_que", "AN_NINH",
        ("Đề thi vào lớp 10 trường Vườn Quế lộ từ tối qua, con cán bộ có hết đáp án, thi cử làm gì nữa",
         "Trường Vườn Quế lộ đề thi lớp 10 rồi, con ông cháu cha cầm đáp án từ tối qua",
         "Đáp án thi lớp 10 Vườn Quế bán đầy từ tối qua, lộ đề hết rồi mà trường im ru"),
        ("Đề thi Vườn Quế không lộ, tờ đang chuyền là đề ôn năm ngoái", "Lộ đề Vườn Quế là tin giả nhé phụ huynh"),
        ("Trường Vườn Quế lộ đề thật không ạ?", "Nghe nói đáp án lớp 10 Vườn Quế bị lộ, đúng không ad?"),
        "Kỳ thi lớp 10 trường Vườn Quế diễn ra bình thường",
        "Đề thi lớp 10 tại trường Vườn Quế còn nguyên niêm phong. Tờ giấy đang chuyền nhau là đề ôn tập năm trước.",
        harm=1,
    ),
    Rumour(
        "dat_nghia_trang", "CHINH_SACH",
        ("Xã Đá Xanh san nghĩa trang làm sân gôn, rằm này xúc hết mộ, ai không bốc kịp là mất hài cốt ông bà",
         "Rằm này máy xúc vào nghĩa trang Đá Xanh, không bốc mộ kịp là mất, đất bán làm sân gôn rồi",
         "Nghĩa trang Đá Xanh bán làm sân gôn, mộ không dời trước rằm là bị ủi sạch"),
        ("Nghĩa trang Đá Xanh không ai san, chỉ xây lại tường rào", "Sân gôn Đá Xanh là chuyện bịa đặt"),
        ("Nghĩa trang Đá Xanh bị san thật hả ad?", "Rằm này phải bốc mộ ở Đá Xanh đúng không ạ?"),
        "Sửa tường rào nghĩa trang Đá Xanh",
        "Nghĩa trang Đá Xanh chỉ sửa tường rào phía đông. Không di dời ngôi mộ nào, không có dự án sân gôn.",
    ),
)  # fmt: skip
