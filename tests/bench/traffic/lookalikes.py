"""What is loud or alarming and is no rumour: fair anger, true news, jokes, satire, copying by a few hands, true warnings.

Each entry is one event: many people about one matter, in patterns as in `rumours`.
"""

from __future__ import annotations

from typing import Final

CRITICISM: Final = {
    "cup_dien": (
        "{Mất điện|Cúp điện} {chín|mười} tiếng {mà không báo trước|không một lời báo}, {trẻ con khóc suốt đêm|đồ trong tủ hỏng hết}, {ai đền|làm ăn kiểu gì vậy}",
        "{Lần thứ tư|Tuần này ba lần} {cúp điện|mất điện} rồi đó, {gọi tổng đài bận|nhắn không ai trả lời}, {chán|bức xúc lắm}",
        "{Nắng 39 độ|Giữa trưa nóng} mà cắt điện {cả phường|nguyên khu}, {người già chịu sao nổi|bà ngoại tôi ngất}, {các ông ngồi máy lạnh thì sướng|vô trách nhiệm}",
        "{Lịch cúp điện|Thông báo} ghi {8 giờ tới 11 giờ|ba tiếng} mà {tối mịt|chín giờ đêm} chưa có, {nói một đằng làm một nẻo|xin lỗi dân một câu cũng không}",
        "{Điện lực|Mấy ông điện lực} thu tiền thì {đúng ngày|không thiếu đồng nào}, {cúp thì thoải mái|phục vụ thì tệ}, {thất vọng|mong lãnh đạo xem lại}",
    ),
    "xa_lu": (
        "{Xả lũ|Xả nước} mà {báo trước có|chỉ báo} {mười lăm phút|nửa tiếng}, {chạy không kịp con gà|heo trôi hết}, {ai chịu trách nhiệm đây|rút kinh nghiệm tới bao giờ}",
        "{Năm nào|Mùa nào} cũng {xả|báo} trễ, {dân Đồi Mây lãnh đủ|tủ lạnh máy giặt ngâm nước}, {họp xong rồi thôi|tức không chịu được}",
        "Loa {xã|bản} {hỏng|rè} mấy tháng {không sửa|nói mãi không sửa}, {nước lên mới chạy đi gõ cửa|lũ về dân biết bằng cách nào}",
        "{Ruộng|Vườn|Ao cá} nhà tôi {mất trắng|trôi sạch} vì {thông báo chậm|báo muộn}, {hỗ trợ thì chưa thấy|kê khai hai lần rồi}, {đừng đổ cho trời|thiên tai một phần thôi}",
        "{Thủy điện|Ban quản lý hồ} {lời thì hưởng|chỉ lo phát điện}, {dân hạ lưu khổ|coi dân ra gì}, {đề nghị kiểm điểm|xin báo sớm hơn}",
    ),
    "benh_vien": (
        "{Chờ|Ngồi} từ {năm|bốn} giờ sáng {tới trưa|đến hai giờ chiều} chưa tới lượt {khám|siêu âm}, {bệnh viện tỉnh quá tải kiểu này|người bệnh nằm hành lang}",
        "{Bác sĩ|Điều dưỡng} {quát|gắt} {mẹ tôi|người nhà} {giữa phòng|trước mặt mọi người}, {y đức đâu|tôi không chấp nhận được}",
        "{Hai người|Ba bệnh nhân} một giường, {quạt hỏng|nhà vệ sinh tắc}, {viện phí thì tăng|thu đủ không thiếu xu nào}, {xuống mà coi|khổ quá trời}",
        "{Thuốc bảo hiểm|Thuốc trong danh mục} {hết hoài|không có}, {toàn phải ra ngoài mua|kêu mua ngoài}, {đóng bảo hiểm làm gì|bao giờ mới có lại}",
        "Cấp cứu mà {bắt đóng tiền trước|đợi giấy tờ}, {con tôi sốt 40 độ|bố tôi đau ngực}, {vô cảm quá|mong giám đốc đọc được}",
    ),
    "khoan_thu": (
        "{Đầu năm|Chưa khai giảng} đã thu {ba triệu|hai triệu tám} tiền {quỹ lớp|xã hội hóa}, {tự nguyện mà chia đều|không đóng thì ngại}, {phụ huynh kiệt sức|công nhân lấy đâu ra}",
        "{Máy lạnh|Tivi|Rèm} phụ huynh {năm nào cũng góp|mua rồi}, {năm sau lại góp|lớp sau lại mua}, {tiền đi đâu|công khai đi}",
        "{Trường|Ban phụ huynh} {Bình Sen|Nắng Mới} {thu nước uống|thu vệ sinh|thu giấy thi} {từng khoản lắt nhắt|cộng lại cả tháng lương}, {phòng giáo dục có biết không|quá đáng}",
        "Con {về khóc|bị nhắc tên} vì {chưa đóng|thiếu} tiền {học thêm|sổ liên lạc}, {giáo dục kiểu gì|tôi bức xúc thật sự}",
        "{Sách|Đồng phục} {đổi mẫu|thay} mỗi năm, {anh học xong em không xài lại được|lãng phí}, {ai nghĩ ra vậy|dân nghèo khổ quá}",
    ),
    "duong_bui": (
        "{Đường|Dự án đường} Lam Thủy {đào lên|thi công} {hai năm|18 tháng} {chưa xong|bỏ đó}, {bụi mù mịt|xe tải cày nát}, {quán xá đóng cửa hết|mắt mũi nào chịu nổi}",
        "{Ngày nào|Chiều nào} cũng {có người té|thấy té xe} ở {đoạn|chỗ} đường đào, {không đèn không biển|đợi chết người mới làm à}",
        "{Hứa|Hẹn} {tháng sáu|quý hai} xong, giờ {cuối năm|sắp Tết} {vẫn y nguyên|lại xin gia hạn}, {nhà thầu yếu thì thay|tiền thuế của dân}",
        "{Nhà tôi|Cả dãy} {đóng cửa|trùm bạt} vì bụi, {con ho cả tháng|mẹ già viêm phổi}, {tưới nước cho có|gửi đơn ba lần rồi}",
        "{Xe ben|Xe chở đất} chạy {ào ào|cả đêm} qua Lam Thủy, {rung nứt tường|rơi đá đầy đường}, {không ai phạt|đề nghị xử lý nghiêm}",
    ),
    "cong_loi": (
        "{Nộp|Khai} hồ sơ trên cổng {văng|lỗi} {năm|sáu} lần, {mất cả buổi|xin nghỉ làm hai ngày}, {số hóa cho đẹp báo cáo|dẹp đi cho rồi}",
        "{Mã OTP|Tin nhắn} {không về|về trễ}, {bấm gửi là xoay|treo cứng}, {gọi hỗ trợ nghe nhạc chờ|cán bộ bảo thử lại}, {bực không tả được|làm ăn thiếu chuyên nghiệp}",
        "{Lên xã thì bảo|Ra một cửa thì nói} về nhà nộp {mạng|online}, {ở nhà nộp thì lỗi|mạng thì hỏng}, {dân chạy vòng vòng|đá bóng với dân}",
        "{Bà già tôi|Mẹ tôi} {70|75} tuổi {không điện thoại|không biết bấm}, {bắt nộp online|không nhận giấy}, {vô lý|xin một lối cho người già}",
        "Cổng {bảo trì|nâng cấp} {đúng ngày|ngay lúc} hạn cuối, {trễ thì phạt dân|ai chịu}, {quá bất công|mong gia hạn}",
    ),
    "rac": (
        "{Rác|Bãi rác} {Gò Thông|trước chợ} {năm ngày|cả tuần} {không ai hốt|chất đống}, {ruồi bu đầy|thối không ăn nổi cơm}, {thu phí thì đúng ngày|làm ăn gì kỳ}",
        "{Đốt rác|Khói rác} {mỗi đêm|tối nào cũng} {khét lẹt|cay mắt}, {trẻ con ho sù sụ|đóng kín cửa vẫn mùi}, {kêu xã thì xã hứa|ba năm nay rồi}",
        "{Xe rác|Đội thu gom} {bỏ chuyến|đi ngang không dừng}, {rác chảy nước đầy hẻm|chuột chạy đầy}, {đề nghị đổi đơn vị|tôi không đóng tiền nữa}",
        "Phân loại rác {ba thùng|xanh đỏ} rồi {đổ chung|trộn lại}, {bày vẽ|tốn công dân}, {coi lại cách làm đi|giỡn mặt dân}",
    ),
    "xe_buyt": (
        "Xe buýt {số 4|tuyến trường} {bỏ bến|không thèm dừng}, {con tôi đi học trễ|tụi nhỏ dầm mưa}, {trợ giá làm gì|tài xế chửi khách}",
        "{Đợi|Chờ} {một tiếng rưỡi|75 phút} không có chuyến nào, {bảng điện tử chạy cho vui|giờ ghi một đằng}, {quá tệ|ai còn dám đi xe công cộng}",
        "Xe {cũ nát|hôi rình}, {máy lạnh không có|cửa kẹt}, {nhồi như cá mòi|khách ngã mà chạy luôn}, {phản ánh ba lần|công ty im lặng}",
        "{Cắt|Bỏ} tuyến {về Pá Lau|vùng xa} {không hỏi dân|đùng một cái}, {bà con đi bộ 6 cây|học sinh nghỉ học}, {vì dân hay vì lời lỗ|đề nghị khôi phục}",
    ),
    "chat_cay": (
        "{Hàng phượng|Hàng sao} {50|sáu chục} năm {chặt|cưa} {một đêm|trong một buổi} {là xong|hết trơn}, {không hỏi ai|dân ngủ dậy mới biết}, {đau lòng|tức quá}",
        "{Chặt cây|Đốn cây} để {mở bãi xe|lát đá}, {nắng chang chang|hè này nướng người}, {quy hoạch gì kỳ vậy|trả cây lại đây}",
        "{Cây|Gốc} {còn tươi|khỏe re} mà {ghi sâu bệnh|nói mục}, {ai giám định|đưa biên bản coi}, {không thuyết phục|dân không đồng tình}",
        "{Năm ngoái|Hồi trước} hứa {giữ|không đụng} hàng cây {trước trường|bờ kè}, {giờ nuốt lời|nay chặt sạch}, {mất niềm tin|lãnh đạo nói sao đây}",
    ),
    "nuoc_duc": (
        "Nước máy {Cửa Sông|khu tôi} {vàng khè|đục ngầu} {mười ngày|cả tháng} nay, {giặt áo trắng thành vàng|tắm ngứa cả người}, {thu tiền nước sạch mà vậy|lấy mẫu đi}",
        "{Gửi hình|Quay clip} nước đục {bốn lần|hoài} {không hồi âm|chỉ nhận chữ ghi nhận}, {dân mua nước bình mà nấu|coi thường người dân}",
        "{Mở vòi ra|Sáng ra} {toàn cặn|nước như trà đá}, {con nhỏ mà xài vậy|nhà có em bé}, {công ty nước ở đâu|xấu hổ không}",
        "{Súc ống|Súc xả} {xong lại đục|ba lần rồi}, {giá tăng mà nước dơ|đừng đổ tại mưa nữa}, {thay lãnh đạo đi|kiểm tra dùm}",
    ),
}  # fmt: skip
"""Angry and fair: nothing of it may wake anybody."""

NEWS: Final = {
    "xe_lat": (
        "{Xe khách|Xe giường nằm} lật ở đèo Lam {sáng nay|lúc 6 giờ}, {12|mười hai} người bị thương {theo báo tỉnh|công an thông báo rồi}, {cầu mong bình an|thương quá}",
        "{Đọc tin|Xem bản tin} đèo Lam {mà xót|buồn quá}, {12 người bị thương đưa về bệnh viện tỉnh|chia buồn với gia đình}",
        "{Ai có người thân|Gia đình nào} trên xe {gọi số|liên hệ} bệnh viện tỉnh {nhé|nha}, {bác sĩ đang tập trung|báo đăng số trực rồi}",
        "Đèo Lam {đã thông xe|thông một làn} từ {10 giờ|trưa}, {đi chậm nhé mọi người|cảm ơn các anh cảnh sát giao thông}",
        "{Tài xế|Bác tài} {qua cơn nguy kịch|đang mổ} {theo tin bệnh viện|bệnh viện nói vậy}, {mong ai cũng qua khỏi|cầu nguyện}",
    ),
    "bao_so_9": (
        "{Bão số 9|Bão} {vào|đổ bộ} {chiều mai|tối mai} theo {đài tỉnh|bản tin 10 giờ}, {chằng mái đi bà con|nhà nào ven sông lo dọn}",
        "{Học sinh|Các trường} {toàn tỉnh|Sao Mai} nghỉ {ngày mai|hai ngày} tránh bão, {công văn đăng trên trang rồi|cô giáo nhắn rồi}",
        "{Xã tôi|Đồi Mây} {đã dời|sơ tán} {200|hai trăm} hộ {vào trường|lên nhà văn hóa} {từ trưa|chiều nay}, {mì nước đủ|bộ đội giúp nhiệt tình}",
        "Gió {giật mạnh|bắt đầu mạnh} rồi, {cây đổ trước ủy ban|tôn bay ở chợ}, {mọi người ở trong nhà|đừng ra đường giờ này}",
        "{Cầu mong|Mong} bão {tan|yếu đi}, {bà con vùng thấp khổ quá|thương miền ngược}, {ad cập nhật tiếp nha|hóng bản tin}",
    ),
    "chay_cho": (
        "{Chợ Cũ|Khu hàng vải chợ Cũ} cháy {lúc 2 giờ sáng|rạng sáng nay}, {không ai bị thương|may không có người}, {cứu hỏa dập xong rồi|6 giờ dập tắt}",
        "{Mấy chục|Bốn mươi} sạp {cháy rụi|thiêu hết} ở chợ Cũ, {tiểu thương ngồi khóc|thương bà con quá}, {tỉnh họp hỗ trợ rồi|mong được giúp vốn}",
        "{Báo|Trang} đăng nguyên nhân {do chập điện|ban đầu là chập điện}, {chờ kết luận|khám nghiệm tiếp}, {nhà nào cũng nên kiểm tra dây|cẩn thận điện đóm nha}",
        "{Quyên góp|Ủng hộ} tiểu thương chợ Cũ {ở nhà văn hóa|tại phường}, {ai có lòng ghé|của ít lòng nhiều}",
        "Khói {còn mù|bay} tới {tận cầu|phố tôi}, {đêm qua nghe còi suốt|thức trắng luôn}, {các anh lính cứu hỏa giỏi quá|cảm ơn các chú}",
    ),
    "vo_dich": (
        "{Đội tỉnh|Sao Mai} {vô địch|thắng 2-1} rồi {aaa|trời ơi}, {tự hào quá|khóc luôn}, {tối nay ra đường đi|cả xóm hò hét}",
        "{Bàn|Cú sút} phút {89|90} {đỉnh thật|để đời}, {thủ môn bắt quả phạt đền|huấn luyện viên khóc}, {Sao Mai vô địch|xứng đáng}",
        "{Đón|Diễu hành đón} đội {lúc 17 giờ|chiều mai} ở quảng trường, {cấm xe từ 15 giờ|nhớ đi bộ}, {lịch trên trang|ad đăng rồi}",
        "{Kẹt xe|Đông nghẹt} {quảng trường|cầu Lam Thủy} rồi, {vui nhưng đi chậm|cờ đỏ khắp phố}, {yêu Sao Mai|20 năm mới có}",
    ),
    "diem_thi": (
        "{Có điểm|Điểm thi} vào 10 {rồi nha|vừa đăng}, {tra trên trang sở|mạng hơi lag}, {con mình đậu rồi|hồi hộp quá}",
        "{Điểm chuẩn|Chuẩn} Gò Thông {34|34,5} {tăng|cao hơn năm ngoái}, {bé nhà em thiếu nửa điểm|vừa đủ đậu hú hồn}",
        "{Phúc khảo|Muốn phúc khảo} nộp {từ ngày mai|trước thứ sáu} {tại trường|ở trường cũ}, {ad ghim bài giúp|sở thông báo rồi đó}",
        "{Chúc mừng|Mừng} các {cháu|bé}, {rớt cũng không sao con nhé|còn trường nghề nữa mà}, {phụ huynh đừng la con|thương tụi nhỏ}",
    ),
}  # fmt: skip
"""Many true comments on one event that the office itself has reported."""

JOKES: Final = (
    "Sáng dậy thấy mặt trời mọc hướng đông là biết hôm nay lại không trúng số 😂",
    "Crush nhắn 'đang bận' lúc 8h, tới giờ chắc bận xây nhà luôn rồi =)))",
    "Ai bảo tiền không mọc trên cây, lá mai vàng nhà tôi bán được 2 triệu nè 🤣",
    "Con mèo nhà tôi được bầu tổ trưởng tổ ngủ trưa với 100% phiếu thuận 😹",
    "Đi chợ mua bó rau được khuyến mãi thêm nguyên cơn mưa, lời quá trời 😂😂",
    "Vợ hỏi anh yêu em hay yêu bóng đá, tôi xin hiệp phụ để suy nghĩ 🤣",
)
SATIRE: Final = {
    "phat_cuoi": (
        "{Tin nóng|Nóng hổi}: từ {mai|thứ hai} ai cười quá {ba|hai} lần một ngày {nộp thuế nụ cười|phạt 500k} {😆|=)))}, {tôi chắc khỏi lo|hàng xóm tôi vỡ nợ}",
        "{Thuế nụ cười|Luật cấm cười to} {áp dụng|bắt đầu} rồi {🤣|haha}, {mặt tôi được hoàn thuế|ai mặt lạnh được thưởng}",
        "Nghe đâu {cười mỉm được giảm 50%|khóc thì được trợ cấp}, thuế nụ cười {nhân văn ghê|hay thật} {😂|:)))}",
    ),
    "oc_sen": (
        "{Sao Mai|Tỉnh ta} {thay|đổi} xe buýt bằng ốc sên cho {đúng giờ hơn|nhanh} {🐌|😂}, {dân phấn khởi|tôi đặt vé rồi}",
        "{Ốc sên|Tuyến ốc sên số 1} {chạy thử|khai trương}, {về đích trước xe buýt hai tiếng|vẫn nhanh hơn đường Lam Thủy} {=))|🤣}",
        "{Đề nghị|Xin} cấp {bằng lái|biển số} cho ốc sên {hạng B|}, {kẻo thiếu tài xế|đường này hợp với ốc} {haha|😆}",
    ),
    "ban_suong": (
        "{Đồi Mây|Xã Đồi Mây} {bán|đóng chai} sương mù xuất khẩu, {mỗi chai một tỷ|giá 1 tỷ}, {dân giàu to|sắp hết sương thở} {😂|=)))}",
        "{Sương|Chai sương} Đồi Mây {lên sàn|tăng kịch trần} {🤣|:)))}, {tôi gom cả xô rồi|mở nắp bay mất vốn}",
        "Đấu giá {sương sớm|sương chiều} Đồi Mây, {đại gia trả 5 tỷ|mua một tặng một nắng} {haha|😆}, {cười xỉu|ai mua không}",
    ),
    "he_nghi": (
        "{Chính thức|Tin mật}: học sinh Sao Mai nghỉ hè {12 tháng|cả năm}, {đi học 3 ngày thôi|thầy cô vào lớp nhìn bàn} {😂|=)))}",
        "Nghỉ hè 12 tháng {phụ huynh xỉu ngang|ba mẹ nhập viện vì vui} {🤣|haha}, {bộ trưởng chắc là con tôi|ai nghĩ ra thương ghê}",
        "{Con tôi|Cu Tí} {soạn|ký} công văn nghỉ hè 12 tháng {gửi cả xóm rồi|bằng bút màu}, {đóng dấu khoai tây|có chữ ký con mèo} {😆|:)))}",
    ),
}  # fmt: skip
WARNINGS: Final = (
    "{Ngầm|Đập tràn} Pá Lau {nước cao tới đầu gối|đang xiết}, {mình vừa quay xe|em không dám qua}, {bà con vòng lối trên nha|chờ rút hãy đi}",
    "{Dốc|Khúc cua} Lũng Vàng {đổ dầu|có vệt dầu}, {hai xe vừa ngã|mình suýt té}, {chạy chậm nhé|đi sát lề phải}",
    "{Có số lạ|Số đầu 024} gọi {mẹ em|bà nội} {bảo sắp cắt sim|nói có bưu phẩm}, {em cúp luôn|may bà không chuyển}, {cả nhà nhắc ông bà|để ý nha}",
    "{Dây điện|Cáp} {võng|đứt} trước {chợ Bình Sen|trường Nắng Mới}, {đã gọi điện lực|tránh ra xa giùm}",
)
COPIED: Final = (
    (2, "Dự án nhà ở Vườn Sao chiếm đất chùa, chủ đầu tư đút lót ba tỷ, ai ký mua coi như mất trắng tiền cọc, chuyển tiếp cho mọi người"),
    (2, "Nước suối đóng chai Khe Trắng bơm từ cống Lam Thủy lên, uống một tháng là sỏi thận, đã có mười ca mổ bị ém"),
    (2, "Giám đốc bến phà Cửa Sông bán phao cũ, tháng rồi chìm ba chuyến không ai biết, đừng đi phà nữa"),
    (0, "Ký tên giữ sân bóng Nắng Mới cho trẻ em: mỗi người một chữ ký, nhờ cả nhà lan tỏa giúp các cháu"),
    (0, "Shop Mầm Xanh khai trương giảm 30% cây giống, freeship toàn Sao Mai, inbox để nhận bảng giá"),
    (0, "Kính mời bà con dự giải chạy Vòng Hồ sáng chủ nhật, xuất phát 5h30 tại nhà văn hóa, áo phát miễn phí"),
)  # fmt: skip
"""Harm and words of a text that a few accounts post again and again."""
