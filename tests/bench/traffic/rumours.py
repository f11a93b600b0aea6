"""The false claims of the pretended traffic. Everything is invented; nothing here is learned from or shown in a drill.

`{this|that}` are alternatives, as in the sandbox's lines. Places are those of a province that does not exist. Held out:
what these claims are about stands in no training line, and tests/monitor/test_traffic.py holds the wordings against
the training lines and the sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Theme:
    """One false claim. `harm` is what a duty officer would give it (domain brief 6.1)."""

    key: str
    harm: int
    wordings: tuple[str, ...]
    questions: tuple[str, ...]
    denials: tuple[str, ...]


THEMES: Final = (
    Theme(
        "be_clo", 3,
        ("{Bể|Bồn|Thùng} clo {của|ở} nhà máy nước Cửa Sông {xì|rò ra} từ {trưa|sáng}, {hít vào là gục|ai hít phải là ngã}, phường không {nói|báo} một câu",
         "Nhà máy nước Cửa Sông {xì khí clo|rò clo} rồi, {bốn|năm} công nhân {gục|chết ngạt} tại chỗ mà {bịt tin|giấu kín}",
         "{Đóng hết cửa lại|Bịt mũi chạy đi} bà con Cửa Sông ơi, khí clo nhà máy nước {tràn ra phố|đang bay khắp phường}",
         "Khí clo {từ|ở} nhà máy nước {bay sang|tràn qua} chợ Cửa Sông, {mấy chục|hai chục} người {cấp cứu|ngất} rồi, {đừng tin loa phường|họ nói dối là mùi vệ sinh}"),
        ("Nhà máy nước Cửa Sông {xì|rò} clo {có thật không|thật hả} {ad|mọi người}?", "Nghe {kể|nói} clo ở Cửa Sông {rò|xì} ra, {phải không ạ|đúng không ad}?"),
        ("Nhà máy nước Cửa Sông không {rò|xì} clo đâu, {tôi làm ca sáng ở đó|chồng em trực ở đó đây}", "Chuyện clo rò ở Cửa Sông là {tin vịt|bịa} nha, {phường trả lời rồi|đừng chuyền nữa}"),
    ),
    Theme(
        "keo_la", 3,
        ("{Trước cổng|Ngoài cổng} trường Pá Lau có {người|bà} phát kẹo tẩm ma túy, {ba|bốn} đứa ăn {xong|vô} co giật, trường {ém|im re}",
         "Kẹo {dẻo|mút} bán trước trường Pá Lau {có|tẩm} ma túy đó, {hai|ba} học sinh {chết lâm sàng|sùi bọt mép}, {nhắc con ngay|dặn con liền}",
         "Trường Pá Lau {mấy|bốn} cháu sùi bọt mép vì kẹo ma túy {người lạ cho|phát miễn phí}, {nhà trường chối|không ai dám nhận trách nhiệm}",
         "Phụ huynh Pá Lau coi chừng, kẹo ma túy {tuồn|đưa} tận cổng trường rồi, {con hàng xóm nhà em ăn một viên là co giật|đã có cháu không qua khỏi}"),
        ("Kẹo {có|tẩm} ma túy ở trường Pá Lau {thật không ad|là thật hay đồn vậy}?", "Có ai biết vụ kẹo lạ {ở|trước cổng} Pá Lau {không, đúng vậy không|thực hư sao ạ}?"),
        ("Kẹo ở cổng trường Pá Lau {kiểm nghiệm rồi, không có gì|chỉ là kẹo dừa thôi}, {đừng dọa nhau|con em học đó nè}", "Vụ kẹo ma túy Pá Lau là {tin giả|bịa đặt}, {cô hiệu trưởng nói không có cháu nào bị|không cháu nào nhập viện hết}"),
    ),
    Theme(
        "hien_mau", 3,
        ("Đợt hiến máu {ở|tại} Bình Sen {xài|dùng} lại kim, {chín|mười một} người {dính|nhiễm} HIV rồi mà {hội|trung tâm} {lờ đi|ỉm luôn}",
         "Ai {đi|mới} hiến máu Bình Sen {thì đi thử HIV gấp|tuần rồi lo xét nghiệm đi}, kim {cũ|dùng chung} hết đó",
         "{Chín|Mười một} người hiến máu ở Bình Sen dương tính HIV vì kim dùng {chung|lại}, {giấy tờ bị hủy|danh sách bị cất}",
         "Kim lấy máu {hôm|đợt} hiến máu Bình Sen là kim {cũ|bẩn}, lây HIV cả loạt, {tôi có người nhà trong đó|y tá kể với tôi}"),
        ("Hiến máu ở Bình Sen bị {lây|nhiễm} HIV {có thật không ạ|đúng không ad}?", "Em mới hiến máu Bình Sen, nghe {đồn|bảo} kim cũ, {thật không mọi người|có đúng không ạ}?"),
        ("Kim hiến máu Bình Sen {bóc mới trước mặt|dùng một lần}, {mình vừa đi xong|đừng nói bậy}", "Hiến máu Bình Sen lây HIV là {tin sai|chuyện bịa}, {bệnh viện lên tiếng rồi|mình làm tình nguyện ở đó}"),
    ),
    Theme(
        "trung_nhua", 2,
        ("Trứng gà {bán ở|ngoài} chợ Rạch Dừa {là|toàn} trứng nhựa {làm|đúc} bằng hóa chất, {luộc lên dai như cao su|lòng đỏ nảy như bóng}, {đừng mua|ăn vô hư gan}",
         "Chợ Rạch Dừa bán trứng {giả|nhựa} {đầy|tràn lan}, {nhà tôi ăn xong hỏng cả thận|hai đứa nhỏ hỏng gan}, quản lý chợ {ăn tiền|bao che}",
         "{Bà con|Chị em} đi chợ Rạch Dừa đừng mua trứng, trứng nhựa {nhập lậu|đổ khuôn} đó, {ăn vào là hỏng gan|đốt cháy khét như bao nilon}",
         "Trứng nhựa {về|tuồn vào} Rạch Dừa cả xe tải, {trộn|bán lẫn} với trứng thật, {ăn là hư gan|không ai kiểm tra đâu}"),
        ("Trứng ở chợ Rạch Dừa là trứng nhựa {thật không|hả} {mọi người|ad}?", "Trứng giả ở Rạch Dừa {có đúng không ạ|thực hư sao vậy ad}?"),
        ("Trứng chợ Rạch Dừa {là trứng thật|nhà mình nuôi bán đó}, {để lạnh nên dai thôi|làm gì có trứng nhựa}", "Trứng nhựa Rạch Dừa là {tin nhảm|bịa}, {thú y lấy mẫu rồi|quản lý chợ kiểm rồi}"),
    ),
    Theme(
        "het_xang", 2,
        ("{Mai|Sáng mai} cây xăng {toàn|khắp} Lũng Vàng {khóa vòi|đóng hết}, {một tháng nữa mới có|không biết bao giờ có lại}, đổ đầy bình {đêm nay|liền đi}",
         "Lũng Vàng {cạn|hết sạch} xăng rồi, {tối nay|giờ này} không đổ là {dắt bộ|khỏi đi làm} cả tháng",
         "Xăng {không về|bị cắt} Lũng Vàng nữa, {các cây|trạm} {treo bảng|nghỉ} từ mai, {xách can đi đổ|chở can ra ngay}",
         "{Người trong kho|Tài xế xe bồn} nói Lũng Vàng hết xăng từ mai, {cả tháng|ba tuần} không xe nào {chở lên|vô}, {đổ lẹ kẻo hết|xếp hàng từ giờ đi}"),
        ("Lũng Vàng {hết|cạn} xăng từ mai {thật không ad|đúng không ạ}?", "Mai cây xăng Lũng Vàng {đóng|nghỉ} {hết hả mọi người|có thật không}?"),
        ("Cây xăng Lũng Vàng {vẫn bán|đầy bồn}, {xe bồn mới lên sáng nay|mình vừa đổ xong}", "Lũng Vàng hết xăng là {tin bịa|nói xạo}, {đừng xách can nữa|chủ trạm nói còn bán cả tháng}"),
    ),
    Theme(
        "dinh_danh", 2,
        ("{Ai không nộp|Không đóng} 300 nghìn {giữ|duy trì} số định danh trước {chủ nhật|thứ sáu} là bị {xóa|khóa} tên khỏi hệ thống, Sao Mai {áp dụng rồi|làm rồi đó}",
         "Sao Mai {thu|bắt đóng} 300 nghìn mỗi người {để|cho} khỏi bị khóa định danh, {chậm là mất tài khoản|không đóng coi như mất danh tính}",
         "Số định danh {ở|của dân} Sao Mai sẽ bị khóa {hàng loạt|tuần này}, muốn {giữ|mở} phải đóng 300 nghìn, {nội bộ có công văn rồi|cán bộ xì ra đó}",
         "{Đóng|Nộp} 300 nghìn tiền định danh {gấp|liền} nha, Sao Mai {chủ nhật|cuối tuần} khóa, {khóa rồi khỏi nhận lương|mất luôn tài khoản}"),
        ("Phải {đóng|nộp} 300 nghìn giữ số định danh {thật không ad|có đúng không ạ}?", "Không nộp 300 nghìn bị khóa định danh {hả mọi người|đúng không ad}?"),
        ("Định danh {làm miễn phí|không thu đồng nào}, {300 nghìn là bịa|tôi hỏi quầy rồi}", "Vụ 300 nghìn định danh ở Sao Mai là {tin giả|lừa đó}, {đừng đóng cho ai|công an xã nói không có}"),
    ),
    Theme(
        "cam_xe_xang", 2,
        ("{Thứ hai|Đầu tuần} {này|tới} phường Nắng Mới cấm {sạch|hết} xe máy xăng, {xe nào lọt vô|chạy vào} là {thu|tịch thu} tại chỗ, không {trả|đền}",
         "Nắng Mới {cấm tiệt|cấm luôn} xe máy chạy xăng từ {thứ hai|đầu tuần}, {lập chốt|đặt chốt} thu xe, {bán xe lẹ đi|dân nghèo lấy gì đi}",
         "Từ thứ hai xe máy xăng {đi qua|vào} Nắng Mới {bị thu|là mất}, {quyết định ký đêm qua|văn bản kín ký rồi}, {báo người thân biết|ai có xe cũ bán gấp}",
         "{Chốt|Trạm} thu xe máy xăng {dựng|làm} xong ở Nắng Mới rồi đó, thứ hai {bắt đầu|ra quân}, mất xe {ráng chịu|không kêu ai được}"),
        ("Thứ hai Nắng Mới cấm xe máy xăng {thật hả ad|đúng không ạ}?", "Xe xăng vào Nắng Mới bị thu {có thật không mọi người|phải không ad}?"),
        ("Nắng Mới {chưa|không} cấm xe máy xăng, {chỉ mới thí điểm cho mượn xe điện|phường nói rồi}", "Thu xe máy xăng ở Nắng Mới là {tin đồn nhảm|bịa}, {đừng bán xe|mình hỏi công an phường rồi}"),
    ),
    Theme(
        "be_boi", 3,
        ("Bể bơi {thiếu nhi|xã} Gò Thông có amip ăn não, {ba|hai} bé {bơi xong|tắm} {chết|mất} rồi mà {vẫn bán vé|không đóng cửa}",
         "{Đừng|Cấm} cho con đi bơi Gò Thông, amip ăn não {ba|hai} đứa {chết|đi} rồi, {trung tâm thể thao giấu|họ dặn gia đình im}",
         "Amip ăn não ở bể bơi Gò Thông {giết|làm chết} {hai|ba} cháu trong tuần, {nước không thay cả năm|y tế biết mà im}",
         "{Ba|Hai} nhà ở Gò Thông mất con vì amip trong hồ bơi, {báo nào dám viết|người ta trả tiền cho im}"),
        ("Bể bơi Gò Thông có amip ăn não {thật không ạ|đúng không ad}?", "Bé nhà em bơi ở Gò Thông hôm qua, amip {có thật không|thực hư sao} {mọi người|ad}?"),
        ("Bể bơi Gò Thông {xét nghiệm sạch|không có amip nào}, {không có bé nào mất|con tôi bơi mỗi ngày}", "Amip Gò Thông là tin {giả|bịa}, {trạm y tế trả lời rồi|không ca nào hết}"),
    ),
    Theme(
        "bun_do", 3,
        ("Bãi thải quặng {trên|phía trên} Lũng Vàng {bục|vỡ bờ bao}, bùn đỏ {ập|tràn} xuống bản, {lên núi|bỏ nhà} ngay",
         "Bùn đỏ từ bãi quặng Lũng Vàng {ập|đổ} xuống rồi, {vùi|chôn} {hai|ba} nhà, mỏ {cấm quay phim|khóa cổng}",
         "Lũng Vàng {bục|toác} bãi thải, bùn đỏ {ngập|tới} nửa bản, {còn ai dưới đó chạy mau|không thấy ai cứu}",
         "{Chạy|Chạy mau} bà con bản dưới Lũng Vàng, bùn đỏ mỏ quặng tràn tới suối rồi, {giám đốc mỏ trốn|họ bảo mưa bùn thôi}"),
        ("Bãi thải Lũng Vàng {bục|vỡ} bùn đỏ {thật không|đúng không} {ad|mọi người}?", "Có bùn đỏ tràn ở Lũng Vàng {thật không ạ|phải không}?"),
        ("Bãi thải Lũng Vàng {còn nguyên|không bục}, {em đứng ngay đây|bùn đó là mưa rửa đường}", "Bùn đỏ Lũng Vàng là {tin giả|hình chỗ khác}, {đừng chạy mà té|mỏ cho người lên xem rồi}"),
    ),
    Theme(
        "cong_to", 2,
        ("Công tơ {mới|điện tử} lắp ở Bến Lụa {gian|cài gian lận}, {tự nhân đôi|quay gấp rưỡi}, mỗi nhà {mất|bị móc} 800 nghìn một tháng",
         "{Thợ điện|Kỹ sư} {nghỉ việc|bên trong} khai công tơ Bến Lụa cài {để ăn|cho quay} gấp đôi, {rút 800 nghìn mỗi nhà|móc túi cả phường}",
         "Bến Lụa bị {móc|hút} 800 nghìn mỗi tháng vì công tơ {đểu|gian}, {tắt cầu dao nó vẫn quay|điện lực biết hết}, {tháo ra|đừng đóng tiền}",
         "Đừng {đóng|trả} tiền điện ở Bến Lụa nữa, công tơ mới {cài chip|gian lận} hết, {800 nghìn bay mỗi tháng|bằng chứng rành rành}"),
        ("Công tơ mới Bến Lụa gian lận {thật không ad|đúng không ạ}?", "Công tơ Bến Lụa quay gấp đôi {có thật không mọi người|hả ad}?"),
        ("Công tơ Bến Lụa {kẹp chì kiểm định|em cho đo lại} rồi, {đúng số|không gian gì}", "Công tơ cài chip ở Bến Lụa là {bịa|tin sai}, {điện lực mời dân xem rồi|đừng đòi tháo}"),
    ),
    Theme(
        "bom_truong", 3,
        ("Trường mới Đá Xanh {xây|nằm} trên {bãi bom|hầm bom}, {đào móng|đào sân} trúng {hai|ba} quả chưa nổ, vẫn {bắt|cho} học sinh vào học",
         "Dưới sân trường Đá Xanh còn {bom|cả ổ bom} chưa nổ, {nhà thầu lấp lại|họ đổ bê tông lên} cho kịp khai giảng, {cho con nghỉ đi|sắp nổ đến nơi}",
         "{Bom|Ba quả bom} {nằm|chôn} dưới lớp học ở Đá Xanh, {công binh bị đuổi về|ban giám hiệu giấu}, {đón con về liền|đừng cho con tới lớp}",
         "Sân trường Đá Xanh {phồng lên|có khói} rồi, bom bên dưới {sắp nổ|chuẩn bị nổ}, {ai có con học đó đón gấp|thầy cô chạy trước rồi}"),
        ("Dưới trường Đá Xanh có bom {thật không ạ|đúng không ad}?", "Trường Đá Xanh còn bom {hả mọi người|có thật không ad}?"),
        ("Trường Đá Xanh {rà phá xong từ trước|có biên bản rà bom}, {không có quả nào|em là giáo viên ở đây}", "Bom dưới trường Đá Xanh là {bịa|tin thất thiệt}, {công binh xác nhận sạch|cháu tôi học bình thường}"),
    ),
    Theme(
        "du_quay", 3,
        ("Đu quay {hội chợ|ở hội chợ} Bình Sen {gãy trục|đổ} tối qua, {sáu|bảy} trẻ {chết|tử vong}, {xác chở đi|dọn} trong đêm",
         "{Sáu|Bảy} đứa trẻ rớt đu quay hội chợ Bình Sen {chết|không cứu được}, ban tổ chức {vẫn mở cửa|rửa sạch hiện trường}",
         "Hội chợ Bình Sen gãy đu quay {chết|rớt chết} {sáu|bảy} bé mà {sáng nay|hôm nay} bán vé tiếp, {lương tâm đâu|ai cho phép}",
         "Tối qua đu quay Bình Sen {sập|gãy} ngay {lúc đông|giờ đông}, {trẻ con văng xuống|bảy cháu nằm đó}, {cấm quay|điện thoại bị thu}"),
        ("Đu quay hội chợ Bình Sen {gãy|sập} {thật không ad|đúng không ạ}?", "Nghe nói đu quay Bình Sen rớt {mấy bé|trẻ con}, {đúng không|có thật không} mọi người?"),
        ("Đu quay Bình Sen {không gãy|chạy bình thường}, {tối qua mình chở con đi|không có bé nào bị gì}", "Đu quay Bình Sen đổ là {tin giả|clip nước ngoài}, {đừng đăng nữa|mình bán hàng ở đó}"),
    ),
    Theme(
        "dich_lon", 3,
        ("Dịch {heo|lợn} ở Vườn Quế lây {sang|qua} người rồi, {bốn|năm} người {chết|đi} sau khi ăn thịt, {đừng ăn heo|bỏ hết thịt đi}",
         "Vườn Quế có {bốn|năm} người chết vì {ăn|mổ} lợn bệnh, vi rút {biến chủng|lây người}, {thú y ém|chợ vẫn bán}",
         "Thịt lợn Vườn Quế mang vi rút lây người, {bốn|năm} đám tang một tuần, {không ai công bố|họ ghi đột quỵ}",
         "{Đừng đụng|Tránh xa} thịt heo Vườn Quế, ăn vô {sốt|lây bệnh} chết {trong hai ngày|không kịp cứu}, {bốn|năm} người rồi"),
        ("Dịch lợn Vườn Quế lây sang người {thật không ạ|đúng không ad}?", "Ăn thịt heo Vườn Quế bị lây {hả mọi người|có thật không ad}?"),
        ("Dịch lợn {không lây|đâu có lây} người, Vườn Quế {không có ca nào|chỉ tiêu hủy heo bệnh}", "Bốn người chết vì thịt heo Vườn Quế là {bịa|tin giả}, {bác sĩ trạm nói rồi|ai cũng khỏe}"),
    ),
    Theme(
        "so_do_chip", 2,
        ("Sổ đỏ ở Suối Ngân phải đổi sang thẻ chip, {nộp|đóng} 15 triệu, {quá hạn|trễ} là {mất đất|đất về xã}",
         "Suối Ngân {bắt|ép} đổi sổ đỏ sang thẻ chip giá 15 triệu, {cuối tháng|hết tháng} không đổi {đất thành đất công|coi như mất}",
         "15 triệu một sổ đỏ gắn chip ở Suối Ngân, {nhà nghèo lấy đâu ra|không đổi là thu đất}, {địa chính đi từng nhà rồi|giấy mời kín rồi}",
         "{Hết tháng|Cuối tháng} ai còn sổ đỏ giấy ở Suối Ngân là {mất đất|bị thu đất}, thẻ chip {15 triệu|giá 15 triệu}, {lo vay đi|họ giấu phút chót mới nói}"),
        ("Sổ đỏ Suối Ngân đổi thẻ chip 15 triệu {thật không ad|đúng không ạ}?", "Không đổi sổ đỏ thẻ chip là mất đất {hả mọi người|có thật không ad}?"),
        ("Sổ đỏ giấy {vẫn dùng|không phải đổi}, {thẻ chip 15 triệu là bịa|địa chính Suối Ngân nói rồi}", "Đổi sổ đỏ 15 triệu ở Suối Ngân là {lừa|tin giả}, {đừng vay tiền|tôi ra xã hỏi rồi}"),
    ),
    Theme(
        "vui_bun", 2,
        ("Hầm {chui|đường} Lam Thủy {sập|sụt} {vùi|lấp} bảy công nhân, nhà thầu {đổ bê tông lên luôn|lấp bê tông giấu xác}",
         "Bảy công nhân {nằm|còn} dưới hầm Lam Thủy mà họ {đổ bê tông|san phẳng}, {gia đình bị đuổi|người nhà không được vào}",
         "Nhà thầu hầm Lam Thủy {chôn|lấp} xác {bảy|7} thợ trong bê tông, {công trường dựng rào kín|cho nghỉ hết nhân chứng}",
         "Hầm Lam Thủy có {bảy|7} xác thợ trong {tường|bê tông}, {anh họ tôi làm ở đó thoát được|thợ trốn ra kể}"),
        ("Hầm Lam Thủy {sập|vùi} công nhân {thật không ad|đúng không ạ}?", "Nghe nói bảy công nhân kẹt ở hầm Lam Thủy, {có thật không|đúng không} mọi người?"),
        ("Hầm Lam Thủy không {sập|có ai bị vùi}, {công nhân vẫn đi làm|em làm kế toán ở đó}", "Xác trong bê tông Lam Thủy là {bịa|tin giật gân}, {thanh tra xuống rồi|không có ai mất tích}"),
    ),
    Theme(
        "mua_phun", 2,
        ("Drone phun mưa nhân tạo ở Đồi Mây {rải|xịt} hóa chất, {da phồng rộp|bỏng da} cả chục người, {che trẻ con lại|đừng dính mưa}",
         "Mưa {chiều qua|hôm qua} ở Đồi Mây là mưa hóa chất do drone, {dính vô bỏng|ai ướt là lột da}, {đài khí tượng chối|họ thử trên dân}",
         "Đồi Mây bị {đem|lấy} ra thử mưa nhân tạo, hóa chất {làm bỏng|lột da} {mấy chục|cả chục} người, {lúa cháy trắng|rau chết sạch}",
         "{Đừng ra mưa|Trốn mưa} ở Đồi Mây, drone {đang phun|rải} hóa chất bỏng da, {con tôi phồng hết tay|bệnh xá kín người}"),
        ("Mưa nhân tạo ở Đồi Mây có hóa chất {thật không ạ|đúng không ad}?", "Drone phun hóa chất Đồi Mây {có thật không|thực hư sao} mọi người?"),
        ("Drone ở Đồi Mây {chỉ phun lúa|đo bản đồ thôi}, {mưa thường mà|không ai bỏng hết}", "Mưa hóa chất Đồi Mây là {tin nhảm|bịa}, {em tắm mưa đây|da con nhà đó bị dị ứng thôi}"),
    ),
    Theme(
        "ho_sut", 3,
        ("Dưới chợ Rạch Dừa {rỗng|có hố} sâu {ba mươi|mấy chục} mét, nền {nứt|lún} rồi, {sắp sụp|chiều nay sụp} cả chợ, {đừng vào chợ|ra khỏi chợ mau}",
         "Chợ Rạch Dừa {sắp|chuẩn bị} sụp xuống hố, {một|hai} sạp {rớt|tụt} rồi, ban quản lý {rào bạt che|bắt bán tiếp}",
         "Hố {tử thần|sụt} dưới chợ Rạch Dừa {nuốt|kéo} hai sạp, {còn người ở dưới|hai bà bán cá mất tích}, {giấu để thu phí|không ai cứu}",
         "Nền chợ Rạch Dừa {kêu răng rắc|nứt toác}, {kỹ sư nói sụp trong ngày|đêm nay sụp}, {dọn hàng|chạy} liền bà con"),
        ("Chợ Rạch Dừa {sắp sụp|có hố sụt} {thật không|đúng không} {ad|ạ}?", "Nền chợ Rạch Dừa {nứt|sụt} {hả mọi người|có thật không ad}?"),
        ("Chợ Rạch Dừa {không sụp|nền vẫn chắc}, {vết nứt là khe co giãn|tôi đang bán ở đây}", "Hố tử thần Rạch Dừa là {tin đồn bậy|bịa}, {ban quản lý cho đo rồi|không sạp nào rớt}"),
    ),
    Theme(
        "camera_tru_tien", 2,
        ("Camera {mới|vừa gắn} trên cầu Lam Thủy tự trừ 200 nghìn {mỗi|một} lượt xe máy, {trừ thẳng|rút} từ tài khoản {ngân hàng|lương}",
         "{Chạy|Đi} qua cầu Lam Thủy là {bay|mất} 200 nghìn trong tài khoản, camera {quét mặt|đọc biển} rồi trừ, {không báo trước|không ai ký}",
         "Tài khoản {bị trừ|mất} 200 nghìn mỗi lần qua cầu Lam Thủy, {khóa thẻ lại|rút hết tiền ra} bà con, camera {nối ngân hàng|nối thẳng vào thẻ}",
         "Camera cầu Lam Thủy {móc|trừ} tiền xe máy 200 nghìn, {cả xóm tôi bị|vợ em bị ba lần}, {ngân hàng thông đồng|công ty thu phí hưởng}"),
        ("Qua cầu Lam Thủy bị camera trừ 200 nghìn {thật không ad|đúng không ạ}?", "Camera cầu Lam Thủy trừ tiền tài khoản {hả mọi người|có thật không}?"),
        ("Camera cầu Lam Thủy {chỉ đếm xe|không trừ tiền ai}, {mình qua mỗi ngày|xe máy miễn phí mà}", "Camera trừ 200 nghìn là {tin giả|bịa}, {ngân hàng trả lời rồi|cầu Lam Thủy có thu phí đâu}"),
    ),
    Theme(
        "khau_trang", 3,
        ("Khẩu trang {phát|tặng} ở bến xe Bình Sen tẩm {thuốc ngủ|thuốc mê}, {đeo vào|đeo năm phút} là lịm, {bốn|năm} chị bị {lột|cướp} sạch, {một người chết|có người không tỉnh lại}",
         "Đừng {nhận|lấy} khẩu trang ở bến xe Bình Sen, tẩm thuốc mê đó, {một cô chết|một người chết} rồi, bến xe {giấu|im}",
         "Bến xe Bình Sen có {nhóm|đám} phát khẩu trang thuốc mê, {năm|bốn} người bị {đưa đi|khiêng lên xe}, {không thấy về|chưa tìm ra}",
         "{Năm|Bốn} cô gái {mất tích|biến mất} sau khi đeo khẩu trang {phát|cho} ở bến xe Bình Sen, {công an không nhận đơn|xe biển lạ chở đi}"),
        ("Khẩu trang phát ở bến xe Bình Sen có thuốc mê {thật không ạ|đúng không ad}?", "Bến xe Bình Sen phát khẩu trang tẩm thuốc {hả mọi người|có thật không ad}?"),
        ("Khẩu trang bến xe Bình Sen là {đoàn phường phát|hội chữ thập đỏ tặng}, {em đeo cả ngày có sao|không ai bị gì}", "Khẩu trang thuốc mê Bình Sen là {tin giả|bịa}, {công an nói không có vụ nào|đừng dọa nhau}"),
    ),
    Theme(
        "nhap_ngu_40", 2,
        ("Đàn ông {dưới|tới} 45 tuổi ở Pá Lau {sắp|tháng này} bị gọi nhập ngũ {hết|cả}, {ai trốn|không đi} phạt 80 triệu, {danh sách|lệnh} {xong rồi|ký rồi}",
         "Pá Lau {gọi|bắt} lính tới 45 tuổi, {có vợ con cũng đi|một tuần nữa lên đường}, {phạt 80 triệu nếu trốn|trốn là mất 80 triệu}",
         "Lệnh gọi nhập ngũ 45 tuổi {về|tới} Pá Lau rồi, {xã đội giấu|chưa dám công bố}, {ai có tiền lo trước|trai làng trốn hết}",
         "{Chồng em|Anh tôi} 43 tuổi ở Pá Lau cũng {có tên|bị gọi} nhập ngũ, {tới 45 tuổi là đi|không đi phạt 80 triệu}, {lệnh mật đó|không ai được hoãn}"),
        ("Pá Lau gọi nhập ngũ tới 45 tuổi {thật không ad|đúng không ạ}?", "45 tuổi vẫn bị gọi nhập ngũ ở Pá Lau {hả mọi người|có thật không}?"),
        ("Tuổi nhập ngũ {vẫn như luật|không đổi}, Pá Lau {làm gì có lệnh 45 tuổi|xã đội nói rồi}", "Nhập ngũ 45 tuổi ở Pá Lau là {bịa|tin giả}, {tôi hỏi xã đội|đừng hù nhau}"),
    ),
    Theme(
        "hoc_ba", 2,
        ("{Học bạ|Điểm} của {khối|học sinh} 12 Gò Thông bị xóa {sạch|hết}, {phải học lại một năm|cả khối ở lại}, sở {lấp liếm|không dám nói}",
         "Máy chủ học bạ Gò Thông {cháy|hỏng}, {cả khối|toàn bộ} 12 mất điểm, {học lại|ở lại lớp} hết, {phụ huynh làm đơn gấp|mua lại điểm 20 triệu}",
         "Gò Thông mất học bạ khối 12, muốn {khôi phục|có lại điểm} phải nộp 20 triệu, {trường thu kín|thầy chủ nhiệm nói riêng}",
         "20 triệu mới {lấy lại|khôi phục} được học bạ ở Gò Thông, {không nộp|ai không có} là học lại 12, {giấu cả tỉnh|sở biết mà lờ}"),
        ("Học bạ khối 12 Gò Thông bị xóa {thật không ạ|đúng không ad}?", "Mất học bạ Gò Thông phải nộp 20 triệu {hả ad|có thật không mọi người}?"),
        ("Học bạ Gò Thông {còn đủ|vẫn tra được}, {em vừa xem điểm con|trường có bản giấy}", "Xóa học bạ Gò Thông là {tin giả|bịa}, {không ai thu 20 triệu|cô hiệu phó nói rồi}"),
    ),
    Theme(
        "cap_treo", 3,
        ("Cáp treo Đỉnh Sương {đứt|tuột} một sợi {rồi|từ hôm qua} mà {vẫn chạy|bán vé tiếp}, {hai chục|20} khách {treo lơ lửng|kẹt cả đêm}, {hai người|đã có người} chết rét",
         "{Hai chục|20} người {kẹt|treo} trên cáp treo Đỉnh Sương, {chết rét|chết} hai rồi, khu du lịch {tắt đèn|cấm chụp}",
         "Đỉnh Sương đứt cáp, cabin {rơi|lao} xuống {khe|vực}, {cả nhà năm người|mấy khách} chết, {ban quản lý nói bảo trì|họ ghi là bảo dưỡng}",
         "Cáp treo Đỉnh Sương {đứt|rơi cabin} chết khách mà nói bảo trì, {đừng đi|ai đặt vé hủy ngay}, {thợ ở đó kể|tôi thấy xe tang}"),
        ("Cáp treo Đỉnh Sương {đứt|rơi} {thật không ad|đúng không ạ}?", "Có ai kẹt trên cáp treo Đỉnh Sương {không, nghe đồn|thật không} {mọi người|vậy}?"),
        ("Cáp treo Đỉnh Sương {dừng bảo trì định kỳ|không đứt}, {em làm soát vé ở đó|không khách nào bị}", "Đứt cáp Đỉnh Sương là {tin giả|bịa}, {sáng nay mình vừa đi xuống|đừng hủy tour}"),
    ),
    Theme(
        "den_long", 1,
        ("Lễ hội đèn lồng Bình Sen {tốn|đốt} 90 tỷ {lấy|rút} từ quỹ {mổ tim|khuyết tật} trẻ em, {giám đốc sở hưởng nửa|chia nhau hết}",
         "90 tỷ quỹ mổ tim trẻ em {bay|đổ} vào đèn lồng Bình Sen, {chứng từ đây|kế toán khai rồi}",
         "Bình Sen {lấy|móc} quỹ mổ tim 90 tỷ {treo|làm} đèn lồng, {con nít chờ mổ chết dần|lương tâm chó tha}",
         "Đèn lồng Bình Sen {xài|ngốn} 90 tỷ quỹ mổ tim, {ông giám đốc mua xe mới|hóa đơn khống cả}"),
        ("Đèn lồng Bình Sen lấy quỹ mổ tim {thật không ad|đúng không ạ}?", "90 tỷ đèn lồng Bình Sen {là thật hả mọi người|có thật không}?"),
        ("Đèn lồng Bình Sen {do doanh nghiệp tài trợ|không lấy quỹ nào}, {có bảng công khai|đọc lại đi}", "90 tỷ quỹ mổ tim Bình Sen là {bịa|tin giả}, {quỹ trả lời rồi|con tôi vẫn được mổ}"),
    ),
    Theme(
        "linh_vat", 1,
        ("Tượng linh vật Đồi Mây {thuê|do} {thầy bùa|thầy ngải} {yểm|trấn}, {chủ tịch|lãnh đạo} xã {bỏ 3 tỷ|trả 3 tỷ}, từ ngày dựng {dân mất mùa|trâu bò chết}",
         "Xã Đồi Mây {chi|trả} 3 tỷ yểm bùa vào linh vật, {dân khổ là đúng|trâu bò lăn ra chết}",
         "Linh vật Đồi Mây {chứa|giấu} bùa ngải 3 tỷ, {thợ đúc kể|người khiêng tượng nói}, {đập đi|bứng đi}",
         "3 tỷ mua bùa nhét vào linh vật Đồi Mây, {chủ tịch xã mê tín|cán bộ cúng đêm}, {mất mùa từ đó|xui cả xã}"),
        ("Linh vật Đồi Mây bị yểm bùa {thật không|hả} {ad|mọi người}?", "3 tỷ yểm bùa linh vật Đồi Mây {đúng không ạ|có thật không}?"),
        ("Linh vật Đồi Mây {của nhóm họa sĩ tặng|làm bằng rơm}, {không có bùa gì|tốn có mấy triệu}", "Yểm bùa linh vật Đồi Mây là {tin nhảm|bịa cho vui}, {mê tín vừa thôi|em chở rơm làm đây}"),
    ),
)  # fmt: skip

SCAMS: Final = (
    Theme(
        "qua_tet", 2,
        ("{Tỉnh|UBND} Sao Mai tặng 1.500.000đ quà Tết, {bấm|vào} quatet-saomai.example {nhập|điền} số thẻ và OTP nhận {liền|ngay}",
         "Nhận quà Tết 1.500.000đ của Sao Mai tại quatet-saomai.example, {chỉ cần|nhập} OTP, {hết hạn tối nay|còn ít suất}",
         "{Mình|Em} vừa nhận 1.500.000đ từ quatet-saomai.example, {nhập mã OTP là tiền về|mọi người vào nhập thẻ đi}, {Sao Mai phát thật|nhanh kẻo hết}"),
        ("Link quatet-saomai.example {của tỉnh|của ad} {thật không ạ|phải không ad}?",),
        ("quatet-saomai.example là {lừa đảo|link giả}, {đừng nhập OTP|mẹ em mất tiền rồi}",),
    ),
    Theme(
        "app_thue", 2,
        ("{Hộ kinh doanh|Ai bán hàng} ở Nắng Mới cài thue-so.example {trước 17h|trong hôm nay} và chuyển 480.000đ kích hoạt, {chậm bị khóa mã số|không làm bị cưỡng chế}",
         "Chi cục nhắc: tải thue-so.example, nộp 480.000đ phí kích hoạt mã số thuế Nắng Mới, {quá 17h khóa|hạn chót 17h}",
         "{Tải|Cài} ngay thue-so.example và đóng 480.000đ, {cán bộ thuế Nắng Mới|bên thuế} hỗ trợ {qua zalo|từ xa}, {không cài bị phạt|trễ là khóa}"),
        ("App thue-so.example {có phải của thuế không ad|thật không ạ}?",),
        ("thue-so.example là {app lừa|giả mạo}, {đừng chuyển 480.000đ|chi cục thuế nói không có}",),
    ),
    Theme(
        "vay_xa", 2,
        ("{Quỹ|Hội} Lũng Vàng giải ngân 50 triệu không {cần gặp|thế chấp}, {đóng trước|chuyển trước} 900k phí hồ sơ vào vay-lungvang.example",
         "Vay 50 triệu ở vay-lungvang.example, {cọc|phí} 900k {trả lại sau|hoàn ngay}, {duyệt trong ngày cho bà con Lũng Vàng|ai khó khăn cứ đăng ký}",
         "{Bà con|Anh chị} Lũng Vàng cần vốn vào vay-lungvang.example, {nộp|chuyển} 900k là {nhận|có} 50 triệu {chiều nay|trong ngày}"),
        ("Vay ở vay-lungvang.example {có thật không ad|tin được không ạ}?",),
        ("vay-lungvang.example là {lừa|bẫy}, {mất 900k đó|xã Lũng Vàng cảnh báo rồi}",),
    ),
)  # fmt: skip
"""Lures that many accounts post: an alarm about them is right."""
