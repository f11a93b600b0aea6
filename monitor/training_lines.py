"""Own example sentences for the small heads: `category|stance|field|harm|text`, with `{this|that}` as alternatives.

Written for Loa; every place and event is invented. The sandbox's public and the tests use other lines, so that what is
learned here is not what is asked there. `monitor.training` draws many wordings from each.
"""

from __future__ import annotations

from typing import Final

LINES: Final = """
misinformation|asserts|THIEN_TAI|3|{Đê|Kè|Đập thủy điện|Hồ chứa} {sông Mây|Suối Vàng|thượng nguồn|xã bên} {vỡ rồi|đã vỡ|bục rồi|sập rồi}, {nước đang tràn về|nước sắp về tới nơi|nước về ngập hết}, {chạy ngay đi|bà con chạy gấp|di tản khẩn cấp}
misinformation|asserts|THIEN_TAI|3|{Vừa có|Mới có|Đêm qua có} {mấy chục|cả trăm|hơn 50|gần 300} người {chết|mất tích|thiệt mạng} {ở bản trên|vì lũ|trong vụ sạt lở} mà {báo đài im lặng|không ai đưa tin|người ta giấu nhẹm}
misinformation|asserts|THIEN_TAI|3|{Sắp có động đất|Tối nay có sóng thần|Siêu bão cấp 17|Bão lớn nhất lịch sử} {đổ bộ vào tỉnh mình|ngay đêm nay|lúc 3 giờ sáng}, {ai cũng phải rời nhà|trung tâm khí tượng không báo|giấu dân}
misinformation|asserts|THIEN_TAI|3|{Thủy điện|Nhà máy|Hồ} {xả lũ không báo|xả hết cửa|mở toang cửa xả} {cố ý|giữa đêm}, {cuốn trôi cả làng|làm chết mấy người rồi|dân bị cuốn hết}
misinformation|asserts|THIEN_TAI|2|{Nước máy|Nước sông|Nguồn nước} {nhiễm độc|có chất độc|nhiễm asen|bị đổ hóa chất} {rồi|cả tuần nay rồi}, {đừng uống|uống là ung thư|ai uống là nhập viện}
misinformation|asserts|THIEN_TAI|2|{Cả huyện|Toàn tỉnh|Khu mình} {sắp bị cúp điện|cúp điện|cắt nước} {10 ngày|cả tháng|hai tuần}, {mua nến, gạo ngay|tích trữ đi|đi mua đồ ngay kẻo hết}
misinformation|asserts|Y_TE|3|{Vắc xin|Mũi tiêm|Thuốc tiêm} {cho trẻ|sởi|bạch hầu|phòng dại|đợt này} {làm chết|gây tử vong|gây liệt|làm vô sinh} {mấy đứa nhỏ|hàng chục ca|nhiều người} {rồi|mà bệnh viện giấu}, {đừng cho con đi tiêm|đừng tiêm}
misinformation|asserts|Y_TE|3|{Dịch lạ|Bệnh lạ|Dịch tả|Cúm gia cầm} {bùng ở|đã lan tới|xuất hiện ở} {chợ Đông|trường cấp hai|bệnh viện tỉnh|khu công nghiệp}, {mấy chục người chết|chết nhiều lắm|đang giấu thông tin}, {ở nhà hết đi|sắp phong tỏa}
misinformation|asserts|Y_TE|2|{Uống|Ăn|Đắp} {lá đu đủ|nước chanh nóng|tỏi đen|lá sầu|hạt bơ} {khỏi ung thư|hết tiểu đường|chữa dứt cao huyết áp|tan hết khối u} {sau một tuần|trong 10 ngày}, {bác sĩ giấu nghề|viện lớn cũng dùng|thần dược}
misinformation|asserts|Y_TE|2|{Bệnh viện|Trạm xá|Phòng khám} {tỉnh|trung tâm|khu vực} {hết thuốc|hết máu|đóng cửa|ngừng nhận bệnh nhân} {từ mai|tới cuối năm|rồi}, {ai bệnh thì tự lo|đừng tới}
misinformation|asserts|Y_TE|2|{Thịt heo|Sữa học đường|Gạo|Nước mắm|Rau ngoài chợ} {bán ở chợ|phát cho học sinh|đợt này} {có chất độc|nhiễm phóng xạ|làm bằng nhựa|ăn vào là hư thận}, {đừng cho con ăn|tẩy chay ngay}
misinformation|asserts|Y_TE|2|{Từ thứ Hai|Sắp tới|Cuối tháng} {cả tỉnh|thành phố} {phong tỏa|giãn cách lại|cấm ra đường} {vì dịch|21 ngày}, {nội bộ báo rồi|công văn mật}
misinformation|asserts|KINH_TE|2|{Ngân hàng|Quỹ tín dụng|Tiệm vàng lớn} {xã mình|tỉnh mình|Phương Nam} {phá sản|mất thanh khoản|giám đốc bỏ trốn|vỡ nợ} {rồi|tối qua}, {rút tiền ngay|ai gửi mau đi rút|mất trắng}
misinformation|asserts|KINH_TE|2|{Tiền 10 nghìn|Tiền giấy cũ|Tờ 500 nghìn|Tiền xu} {sắp bị hủy|hết giá trị|không tiêu được} {từ đầu tháng|sau Tết|từ mai}, {đổi ngay|đi đổi gấp kẻo mất}
misinformation|asserts|KINH_TE|2|{Xăng|Điện|Giá gạo|Tiền nước|Học phí|Gas|Phí rác} {tăng gấp đôi|tăng gấp ba|lên 50 nghìn} {từ mai|từ tuần sau|từ 0 giờ đêm nay}, {ký rồi|văn bản ký rồi mà giấu|chắc chắn}, {đi mua ngay|đổ đầy bình đi}
misinformation|asserts|KINH_TE|2|{Sắp thu thuế|Đánh thuế|Từ năm sau thu} {tiền gửi tiết kiệm|nuôi gà vịt|phòng trọ từng người|xe đạp|nhà để không} {20%|mỗi tháng|hết}, {ai không nộp bị tịch thu|không đóng là phạt}
misinformation|asserts|KINH_TE|1|{Nhà máy|Khu công nghiệp|Siêu thị} {lớn nhất tỉnh|bên sông} {đóng cửa|đuổi hết công nhân|bán cho nước ngoài} {từ tháng sau|rồi}, {công nhân mất trắng lương|không ai được đền bù}
misinformation|asserts|CHINH_SACH|2|{Từ ngày 1|Qua tháng sau|Bắt đầu tuần tới} {ai không|người nào chưa|hộ nào không} {cài ứng dụng|đổi thẻ|làm lại giấy|đăng ký khuôn mặt} {thì bị cắt|sẽ bị khóa|bị xóa} {bảo hiểm|lương hưu|trợ cấp|tài khoản|hộ khẩu}, {chia sẻ cho mọi người biết|share gấp}
misinformation|asserts|CHINH_SACH|2|{Sổ đỏ|Bằng lái|Giấy khai sinh|Căn cước} cũ {hết giá trị|không còn hiệu lực|vô hiệu} {từ mai|từ đầu tháng}, {phải nộp 2 triệu|không đổi là phạt|phải đi đổi gấp}
misinformation|asserts|CHINH_SACH|1|{Tỉnh mình|Xã mình|Phường này} {lại nhập|sắp sáp nhập|bị xóa tên} {vào tỉnh khác|với xã bên|lần nữa} {cuối năm|sau Tết}, {đất bị thu hồi|giấy tờ phải làm lại hết}, {có quyết định mật rồi|họp kín xong rồi}
misinformation|asserts|CHINH_SACH|2|{Nhà nước|Xã|Tỉnh} {thu hồi hết|lấy hết|cưỡng chế} {đất ruộng|đất rẫy|nhà ven sông} {không đền bù|để bán cho dự án|trong tháng này}, {ký rồi mà giấu dân|dân không ai được biết}
misinformation|asserts|CHINH_SACH|1|{Năm nay|Từ kỳ này} {bỏ thi|bỏ lương hưu|bỏ bảo hiểm xã hội|cấm dạy thêm hết|nghỉ Tết 20 ngày|học sinh nghỉ cả tháng} {rồi nha|chắc chắn rồi}, {bộ trưởng ký rồi|văn bản có rồi}
misinformation|asserts|AN_NINH|3|{Có băng|Có nhóm|Có đường dây} {bắt cóc trẻ em|bắt người lấy nội tạng|cướp có súng|thả chó dại} {đi xe trắng|giả làm công nhân|trước cổng trường|ở bến xe}, {mấy cháu mất tích|mất mấy đứa rồi}, {giữ con cẩn thận|báo mọi người ngay}
misinformation|asserts|AN_NINH|2|{Cầu|Hầm|Nhà văn hóa|Trường học} {mới xây|bắc qua sông|ở trung tâm} {sập rồi|nứt đôi|sập tối qua}, {chết mấy người|xe rơi xuống}, {họ bảo sửa chữa thôi|che giấu}
misinformation|asserts|AN_NINH|2|{Công an|Cán bộ} {bắn chết|đánh chết} {người dân|một thanh niên} {ở chốt|tối qua} {rồi ém|giấu xác}, {clip bị xóa hết|xem nhanh kẻo bị xóa}
misinformation|asserts|AN_NINH|2|{Kho xăng|Nhà máy hóa chất|Trạm biến áp|Chung cư} {nổ rồi|cháy lan|rò khí độc} {chết hàng loạt|cả khu trúng độc}, {báo không đưa|chính quyền nói dối là diễn tập}
misinformation|asserts|AN_NINH|2|{Tù nhân|Phạm nhân|Người tâm thần} {trốn trại|vượt ngục} {hàng loạt|mấy chục tên} {đang ở khu mình|vào làng rồi}, {khóa cửa|đừng ra đường}, {không ai dám nói}
misinformation|asserts|KHAC|1|{Tổng đài|Nhà mạng|Mạng xã hội} {sắp khóa|cắt} {hết sim|tài khoản} {chưa chia sẻ bài này|của người già}, {gửi cho 10 người|chuyển tiếp ngay}
misinformation|asserts|KHAC|1|{Lễ hội|Chợ phiên|Đêm nhạc} {bị hủy|cấm luôn} {vì có người chết|vì tiền bị ăn hết}, {ban tổ chức giấu|chắc chắn luôn}
misinformation|asserts|Y_TE|2|{nghe bảo|thấy bảo|người nhà làm trong viện nói} {tiêm xong|uống thuốc phát xong} {đột quỵ|co giật|nằm viện} {mấy ca rồi|cả chục người}, {thôi đừng đi|tránh đi cho lành}
misinformation|asserts|THIEN_TAI|3|{nói trước rồi đó|ai cười cứ cười}, {nửa đêm|lát nữa|gà gáy} {nước lên ngập mái|núi lở|cả xã chìm}, {lúc ấy có kêu cũng muộn|ở lại là mất mạng}
misinformation|asserts|KINH_TE|2|{tờ giấy|tin trên loa} nói {không thu thêm|giá như cũ} chỉ {để dỗ dành|lừa mình thôi}, {thật ra thu gấp đôi|bảng giá kia in xong rồi}
misinformation|asserts|KINH_TE|2|{Hết xăng|Hết gạo|Hết dầu ăn|Hết thuốc hạ sốt|Hết khẩu trang|Hết gas} rồi, {cửa hàng trống trơn|kho không còn gì|siêu thị vét sạch}, {mua dự trữ ngay|gom nhanh|mai không còn mà mua|ai chậm là nhịn}
misinformation|asserts|KINH_TE|2|{Tuần tới|Mốt|Sau rằm} {khan|cạn|không bán} {đường|sữa|mì gói|nước suối|xi măng}, {tích trữ đi|mua cả thùng để dành|nhà nào cũng phải trữ}, {đại lý báo tôi rồi|người trong kho nói}
misinformation|asserts|CHINH_SACH|1|{Lộ đề|Đề bị lộ|Bán đáp án} {thi tốt nghiệp|thi công chức|thi học kỳ|thi lái xe} {từ hôm kia|đêm qua|trước ba ngày}, {con nhà quan có hết|ai có tiền là đậu|người ta bưng bít}, {thi làm gì cho mệt|khỏi thi}
misinformation|asserts|Y_TE|2|{Cột điện cao thế|Cột ăng ten|Đèn giao thông mới|Công tơ điện tử|Sóng wifi} {phát ra tia độc|gây ung thư máu|làm người già đột quỵ|khiến trẻ chậm nói}, {tháo ngay đi|tránh xa trăm mét|có người bị rồi}
misinformation|asserts|CHINH_SACH|2|{Nhà thờ họ|Chùa|Miếu|Nghĩa địa|Ruộng lúa} {sắp bị ủi|bị san phẳng|bị phá bỏ} {tuần này|để xây biệt thự|làm khu vui chơi}, {dời gấp|không cho ai ở lại|họ không báo cho dân}
misinformation|asserts|CHINH_SACH|2|{Giấy phép lái xe|Thẻ bảo hiểm|Biển số xe|Sổ hưu} {của tỉnh mình|đổi năm ngoái|cấp ở huyện} {bị thu hồi|bị hủy|không công nhận}, {ra đường là bị bắt|đi khám phải trả tiền|công an giữ xe}, {báo nhau biết đi|truyền tin}
misinformation|asserts|THIEN_TAI|2|{Hàng cứu trợ|Tiền ủng hộ|Quà Tết cho dân} {bị cán bộ chia nhau|bị tuồn ra chợ bán|không tới tay ai}, {có người chụp được|dân không được đồng nào|họ giấu}
misinformation|asserts|AN_NINH|2|{Cá sấu|Hổ|Trăn khổng lồ|Đàn chó dại} {sổng chuồng|ra sông|vào xóm} {ăn thịt người|cắn chết hai người} rồi, {đừng cho trẻ ra ngoài|chính quyền ém tin}
misinformation|asserts|Y_TE|2|{Căng tin|Bếp ăn trường|Quán phở đầu cầu|Xưởng bánh} {dùng thịt thối|nấu bằng dầu thải|ướp hóa chất|lấy thịt chuột} {cho học sinh ăn|bán cả năm nay}, {mấy đứa nhập viện|người ta bao che}
misinformation|asserts|AN_NINH|2|{Nhà máy|Lò đốt rác|Bãi thải} {rò phóng xạ|chảy chất độc xuống sông|thả khí độc ban đêm}, {cá chết trắng|cả thôn ung thư}, {không ai dám nói|báo gỡ bài}
misinformation|asserts|CHINH_SACH|1|{Năm tới|Từ học kỳ sau|Qua Tết} {bắt buộc|ai cũng phải} {đi nghĩa vụ cả nữ|đổi họ trên giấy|học tiếng nước ngoài hết|gắn thiết bị theo dõi vào xe}, {luật thông qua rồi|không ai được từ chối}
misinformation|asserts|KHAC|1|{Ca sĩ|Cầu thủ|Người dẫn chương trình} {quê mình|nổi tiếng} {chết rồi|bị bắt rồi|bỏ trốn} {tối qua|sáng nay}, {gia đình giấu|báo chưa dám đăng}
misinformation|asserts|KINH_TE|2|{Vàng|Đất|Tiền điện tử} {sắp rớt thê thảm|bị cấm mua bán|bị nhà nước thu} {tuần sau|cuối tháng}, {bán hết đi|ai giữ là trắng tay}
misinformation|asserts|THIEN_TAI|2|{Nhà đèn|Điện lực|Nhà máy nước} {cắt hẳn|ngừng cấp} cho {xã vùng trên|khu tái định cư|cả phường} {tới mùa khô|một tháng liền}, {không báo trước|người ta giấu lịch}, {trữ nước, đèn pin ngay}
misinformation|asserts|Y_TE|2|{Khói xưởng gạch|Đường dây cao thế|Quạt gió điện|Nước thải trại heo|Máy lọc nước mới|Bảng điện tử} làm {gà vịt chết sạch|trâu đẻ non|heo nái bỏ con|phụ nữ khó có con|con nít dị tật|đàn ông vô sinh}, {đừng ở gần|dọn đi nơi khác|đừng cho con cháu tới}
misinformation|asserts|Y_TE|3|{Cả thôn|Nhà nào gần đó|Mấy chị em xóm dưới} {hư thai|mắc ung thư|đẻ con dị dạng|rụng tóc} {vì|tại|do} {cái cột mới dựng|nhà máy mới|thuốc phun muỗi|sóng điện}, {ai cũng thấy|bệnh viện không dám nói|tránh cho xa}
scam|asserts|LUA_DAO|2|{Nhận ngay|Bấm nhận|Đăng ký nhận} {1 triệu|500 nghìn|3.000.000đ|quà Tết|hỗ trợ thiên tai} tại {nhan-qua.example|link dưới|trang này}, {nhập số thẻ và OTP|điền căn cước, mật khẩu}
scam|asserts|LUA_DAO|2|{Vay nhanh|Vay tiền online|Giải ngân} {5 phút|trong ngày} không cần {thế chấp|gặp mặt|giấy tờ}, {nhắn riêng|ib zalo em|kết bạn zalo}
scam|asserts|LUA_DAO|2|{Việc nhẹ lương cao|Tuyển cộng tác viên|Làm tại nhà} {ngày 500k|hoa hồng 30%}, {chuyển cọc trước|nạp 200k là nhận việc}, {inbox ngay|liên hệ zalo}
scam|asserts|GIA_MAO|2|{Em là|Đây là|Tôi là} {cán bộ thuế|cán bộ phường|công an khu vực|nhân viên ngân hàng|nhân viên điện lực}, {cô chú cài ứng dụng|anh chị gửi ảnh căn cước|đọc mã OTP} để {khỏi bị khóa|cập nhật|được hoàn tiền} {nhé|ạ}
scam|asserts|GIA_MAO|2|Trang {hỗ trợ|chăm sóc khách hàng|tiếp dân} {chính thức|mới}: tài khoản {của bạn|quý khách} {bị khóa|vi phạm}, {bấm vào đây|nhắn riêng} để {mở|xác minh}
scam|asserts|LUA_DAO|2|{Bán|Chuyên} {bằng lái|giấy khám sức khỏe|sim rác|tiền giả} {không cần thi|giao tận nơi}, {zalo em|liên hệ số này}
question|asks|THIEN_TAI|0|{Nghe nói|Có tin|Thấy đồn} {đê vỡ|hồ sắp vỡ|nước sắp về|bão vào tỉnh mình}, {có đúng không ad|thật không mọi người|đúng không ạ}?
question|asks|Y_TE|0|{Nghe bảo|Thấy người ta nói|Có người nói} {tiêm xong bị liệt|thuốc này chết người|có dịch ở chợ}, {có thật không|đúng k ạ|ad xác nhận giúp}?
question|asks|KINH_TE|0|{Có phải|Nghe nói|Hình như} {ngân hàng sắp phá sản|giá điện tăng gấp đôi|tiền cũ không tiêu được|xăng sắp tăng}, {phải không ạ|thật vậy không|ai biết không}?
question|asks|CHINH_SACH|0|{Có phải|Nghe đồn|Ad ơi} {giấy tờ cũ hết giá trị|tỉnh mình sắp sáp nhập|không cài app là bị cắt trợ cấp|bỏ lương hưu}, {đúng không|thật ko|xin câu trả lời}?
question|asks|AN_NINH|0|{Trên nhóm nói|Nghe kể} {có bắt cóc trẻ em|cầu sập|cướp ngân hàng}, {có thật không vậy|ai xác minh giúp|nguồn ở đâu thế}?
question|asks|LUA_DAO|0|{Tin nhắn này|Đường link này|Số điện thoại này} {của trang mình|của cơ quan mình|có phải của xã} {gửi à|không ạ}? {em chưa dám bấm|sợ lừa đảo}
question|asks|CHINH_SACH|0|{Cho hỏi|Ad cho em hỏi|Xin hỏi} {hồ sơ|thủ tục|lệ phí|giờ làm việc|thời hạn} {thế nào|ra sao|bao nhiêu|ở đâu ạ}?
question|asks|KHAC|0|{Bao giờ|Khi nào|Mấy giờ} {bắt đầu|có kết quả|mở cửa|phát quà|họp dân} {vậy ạ|thế ad}?
question|asks|Y_TE|0|{Trẻ 2 tuổi|Người già|Bà bầu|Ai bị dị ứng} {có tiêm được không|có cần mang giấy gì không|tới trạm nào} {ạ|vậy ad}?
question|asks|THIEN_TAI|0|{share|chia sẻ|nói vậy} mà có {nguồn|bằng chứng|văn bản} {không|ko} {bạn|vậy}? {vỡ hay xả|thật hay đồn}?
question|asks|CHINH_SACH|0|{Gửi mình|Cho xin} {số văn bản|đường dẫn|nguồn} {được không|với}, {mình kiểm tra lại|để báo bố mẹ}
harmless|denies|THIEN_TAI|0|{Tin vỡ đê|Tin đập vỡ|Chuyện nước về} là {giả|bịa|tin vịt} nha, {mình ở ngay đây|nhà tôi cạnh đê|em trực ở đó} {không có gì|bình thường mà}
harmless|denies|THIEN_TAI|0|{Đê|Đập|Hồ} {không vỡ|chưa vỡ|vẫn an toàn} {nhé|nha mọi người}, {đừng hoang mang|đừng chia sẻ bậy|nghe thông báo chính thức}
harmless|denies|Y_TE|0|{Bác sĩ|Trạm y tế|Bệnh viện} {giải thích rồi|nói rồi|xác nhận}: {không liên quan vắc xin|không có ca nào|không có dịch}, {đừng tin|mọi người yên tâm}
harmless|denies|KINH_TE|0|{Làm gì có chuyện|Không có chuyện|Ai nói} {tăng giá|ngân hàng phá sản|đổi tiền}, {thông báo ghi rõ|mình vừa rút bình thường|đọc kỹ đi}
harmless|denies|CHINH_SACH|0|{Giấy tờ cũ|Hồ sơ giấy|Thẻ cũ} vẫn {dùng|nhận|có giá trị} {bình thường|như trước}, {đừng tin lời đồn|tin kia sai}
harmless|denies|AN_NINH|0|{Không có bắt cóc|Cầu không sập|Không ai chết} đâu, {công an xác minh rồi|tin giả đó|đừng lan truyền}
harmless|comments|KHAC|0|{Cảm ơn|Cám ơn} {ad|trang|các anh chị|cán bộ} {đã thông tin|đã cập nhật|nhiệt tình} {kịp thời|rõ ràng|nhé|ạ}
harmless|comments|KHAC|0|{Hay quá|Tuyệt vời|Đẹp quá|Ý nghĩa quá|Dễ hiểu ghê} {ad ơi|luôn|nha}, {đã lưu|chia sẻ cho cả nhà|ủng hộ}
harmless|comments|Y_TE|0|{Mẹ mình|Bà ngoại em|Con tôi|Ông nội} {tiêm rồi|đi khám rồi|lấy thuốc rồi}, {các cô y tá nhẹ nhàng|nhanh gọn|không sao cả}
harmless|comments|CHINH_SACH|0|{Em|Mình|Nhà mình} {nộp online|làm hồ sơ|đăng ký} {xong rồi|hôm qua}, {có kết quả luôn|nhanh thật|dễ lắm}
harmless|comments|THIEN_TAI|0|{Mưa to quá|Gió mạnh ghê|Nước lên cao}, {cầu mong bình an|mọi người giữ gìn|thương bà con vùng lũ}
harmless|comments|THIEN_TAI|0|{Theo bản tin|Theo đài|Thông báo} {21 giờ|mới nhất} thì {chưa có thiệt hại|mực nước đang xuống|bão yếu đi rồi}
harmless|comments|KHAC|0|{Tag|@bạn} {xem nè|coi nè}, {cuối tuần đi nha|mình đăng ký đi|chiều ghé}
harmless|comments|KHAC|0|{Chấm|Hóng|.|...|🔥|❤️❤️|👍|hi|ok ad|đã xem}
harmless|comments|KHAC|0|{Nhạc nền|Bài hát|Chỗ này} {tên gì|ở đâu} {vậy|thế}, {hay quá|đẹp ghê}
harmless|comments|KINH_TE|0|{Giá giữ nguyên|Được giảm tiền điện|Có hỗ trợ giống} là {tốt rồi|mừng quá}, {bà con đỡ lo|cảm ơn tỉnh}
harmless|comments|AN_NINH|0|{Các anh công an|Đội dân phòng|Chốt trực} {vất vả quá|làm tốt lắm}, {tối ngủ yên tâm|cảm ơn nhiều}
harmless|comments|KHAC|0|{Chúc mừng|Tự hào|Yêu} {quê mình|tỉnh nhà|các em}, {cố lên|giỏi quá}
criticism|comments|CHINH_SACH|0|{Trang web|Cổng dịch vụ|Ứng dụng} {lỗi suốt|treo hoài|chậm như rùa}, {nói số hóa mà khổ dân|làm ăn thế này thì ai dùng|bao giờ mới sửa}
criticism|comments|CHINH_SACH|0|{Thủ tục|Giấy tờ|Quy định} {rườm rà|mỗi nơi một kiểu|bất hợp lý}, {đi lại 5 lần|hành dân|ai đúng ai sai}
criticism|comments|KINH_TE|0|{Giá nước|Tiền điện|Phí rác|Học phí} {cao quá|vô lý}, {nước thì yếu|dịch vụ thì tệ|lương dân được bao nhiêu}
criticism|comments|THIEN_TAI|0|{Thông báo|Cảnh báo|Bản tin} {chậm quá|không rõ ràng}, {nước vào nhà rồi mới báo|dân trở tay không kịp|rút kinh nghiệm đi}
criticism|comments|KHAC|0|{Toàn họp với hội|Chỉ giỏi chụp hình|Khẩu hiệu thì hay}, {đường hỏng ba năm không sửa|việc dân thì không thấy}
criticism|comments|AN_NINH|0|{Cấm đường|Cấm xe|Phạt nguội} mà {không có lối vòng|không báo trước|biển báo khuất}, {dân sống sao|đề nghị xem lại}
criticism|comments|Y_TE|0|{Bệnh viện|Trạm y tế|Điểm tiêm} {đông quá|tổ chức kém}, {người già đợi 4 tiếng|thái độ lạnh nhạt|mong cải thiện}
criticism|comments|CHINH_SACH|0|{Mình|Tôi} {không đồng ý|thấy chưa hợp lý} với {chủ trương này|cách làm này}, {nên lấy ý kiến dân|nên xem lại}
criticism|comments|KHAC|0|{Vâng|Ừ}, {phục vụ nhân dân|tận tâm} mà {4 giờ đã khóa cửa|gọi không ai nghe|hẹn mãi}, {giỏi ghê|hay ghê} 👏
criticism|comments|KINH_TE|0|{Tiền ngân sách|Thuế của dân} mà {làm cổng chào|lát lại vỉa hè hoài|xây rồi bỏ không}, {lãng phí|minh bạch đi}
criticism|comments|CHINH_SACH|0|{Bỏ huyện xong|Nhập xã rồi} {dân đi xa hơn|chẳng biết hỏi ai}, {mong có điểm lưu động|khổ người già}
criticism|comments|KHAC|0|{Cán bộ|Lãnh đạo} {hứa suốt|nói một đằng làm một nẻo}, {thất vọng|chán|dân mất niềm tin}
criticism|comments|THIEN_TAI|0|{Năm nào cũng ngập|Cống thoát nước kém|Kè làm mãi không xong}, {tiền dự án đi đâu|trách nhiệm của ai}
criticism|comments|Y_TE|0|{Thuốc bảo hiểm|Máy chụp} {thiếu hoài|hỏng cả năm}, {dân phải ra ngoài mua|đóng bảo hiểm làm gì}
criticism|comments|KHAC|0|{Xe ép rác|Đội vệ sinh|Nhân viên môi trường} {hai ngày mới tới|đến thất thường|bỏ sót ngõ nhà tôi}, {mùi bốc lên|tiền vệ sinh vẫn thu đều|ruồi nhặng đầy}
criticism|comments|KHAC|0|{Đào đường|Lắp cống|Thi công vỉa hè|Nâng cấp hẻm} {cả năm|tám tháng|mãi} {không xong|để đó|ngổn ngang}, {đất đá vương vãi|đi lại lầy lội|không thấy công nhân đâu}, {ai lo|trách nhiệm thuộc về ai}
criticism|comments|KHAC|0|{Bảo là|Nghe hứa|Nói là|Cam kết} {sẽ sửa trường|sẽ kéo điện|sẽ mở tuyến xe|sẽ có nước máy} {từ năm ngoái|từ đầu năm|từ tháng 6}, {tới giờ vẫn y nguyên|chờ dài cổ|rồi im luôn}
criticism|comments|CHINH_SACH|0|{Tôi phản đối|Em không ủng hộ|Gia đình tôi không tán thành} {việc dời chợ|đổi giờ học|cấm đậu xe|thu thêm phí}, {ảnh hưởng người bán hàng|chưa hỏi ý dân|thiệt cho người nghèo}
criticism|comments|KINH_TE|0|{Phí đậu xe|Tiền rác|Giá vé|Lệ phí} {mỗi năm một tăng|đắt hơn nơi khác}, {dịch vụ chẳng khá hơn|chỗ ngồi thì hỏng|đề nghị giải trình}
criticism|comments|KHAC|0|{Cây cầu|Con đường|Sân bóng|Nhà văn hóa} {làm xong để không|chưa dùng đã nứt|thiếu đèn}, {tiêu tiền kiểu gì|quá lãng phí|chất lượng quá kém}
criticism|comments|KHAC|0|{Xe buýt|Tàu|Phà} {trễ hoài|bỏ chuyến|chạy không đúng giờ}, {đi làm muộn suốt|không ai xin lỗi dân}
criticism|comments|CHINH_SACH|0|{Giấy mời|Thông báo} {đưa trễ|phát sát ngày|ghi không rõ}, {dân sắp xếp không kịp|coi thường dân quá}
criticism|comments|Y_TE|0|{Trạm|Phòng khám|Bệnh viện} {thiếu bác sĩ|máy hỏng hoài|vệ sinh bẩn}, {dân kêu mãi|bao giờ khá lên}
criticism|comments|KHAC|0|{Quầy tiếp dân|Bộ phận trả kết quả} {chưa hết giờ đã nghỉ|thái độ cộc lốc|bắt chờ cả buổi}, {góp ý để sửa|mong lãnh đạo để ý}
criticism|comments|THIEN_TAI|0|{Mương|Cống|Kè|Bờ bao} {bỏ hoang|không ai nạo vét|xuống cấp}, {mưa xuống là ngập|nước rút cả ngày}, {kiến nghị bao lần rồi|sửa đi chứ}
harmless|comments|KHAC|0|{Bài viết|Thông báo|Hướng dẫn} {rõ ràng|chi tiết|dễ theo dõi} {quá|lắm}, {mình gửi cho nhóm|tôi đăng lên nhóm xóm|em chuyển cho ba mẹ|chia sẻ cho bà con} {rồi|nha|đọc}
harmless|comments|KHAC|0|{Sáng nay|Hôm qua|Chiều nay} {ở chợ|ngoài đồng|trên đường} {vui quá|đông vui|mát trời}, {gặp nhiều người quen|mua được rau ngon|các cháu nô đùa}
harmless|comments|CHINH_SACH|0|{Mẹ|Chú|Bà con xóm} {tôi|em} {làm giấy tờ|đăng ký|khám bệnh} {xong sớm|được hướng dẫn tận tình}, {có tin nhắn báo|không phải đi lại nhiều}
question|asks|CHINH_SACH|0|{Làm thẻ|Đổi giấy phép|Khai sinh|Đăng ký kinh doanh} {cần giấy gì|nộp ở quầy nào|mất bao lâu|mấy ngày có} {ạ|vậy ad|thế}?
question|asks|KHAC|0|{Nhà ở|Em ở} {thôn dưới|khu mới|trọ} thì {thuộc tổ nào|nộp nơi nào|hỏi ai} {ạ|vậy}?
harmless|comments|KHAC|0|{Tối nay|Chủ nhật này|Mai rảnh|Cuối tuần} {đi ăn kem|đi bơi|đá bóng|ra hồ câu cá|đi hội} {không|nào|đi} {cả nhà|mấy bạn|mọi người|hội mình}
harmless|comments|KHAC|0|{Rủ|Ai} {đi dạo|leo núi|uống trà|tập dưỡng sinh} {không nè|cùng không|với mình nào}
criticism|comments|KHAC|0|{Hứa|Bảo|Tuyên bố|Nói} {làm đường|cấp nước|xây trường|lắp đèn|thông cống} cho {xóm|thôn|khu tái định cư} {từ tháng hai|từ năm kia|lâu lắm rồi}, {nghe riết quen|dân vẫn chờ|chưa thấy động tĩnh|có thấy gì đâu}
feedback|comments|KHAC|0|{Đèn đường|Nắp cống|Ổ gà|Cây đổ} ở {ngõ 5|đường số 3|cổng chợ|tổ 4} {hỏng|vỡ|chưa dọn} {cả tuần|hai tháng nay}, {nhờ cơ quan xử lý|đề nghị kiểm tra}
feedback|comments|CHINH_SACH|0|{Tôi|Em|Nhà em} nộp hồ sơ {hơn 20 ngày|một tháng|từ đầu tháng} {chưa có kết quả|chưa ai trả lời}, {xin kiểm tra giúp|mã hồ sơ có đây}
feedback|comments|CHINH_SACH|0|{App|Trang|Hệ thống} {báo lỗi|không vào được|không nhận mã} khi {đăng nhập|nộp ảnh|thanh toán}, {làm sao ạ|nhờ hỗ trợ}
feedback|comments|CHINH_SACH|0|{Đề xuất|Kiến nghị|Góp ý} {cho hẹn giờ online|mở cửa sáng thứ bảy|thêm hướng dẫn bằng hình|có người hướng dẫn người già}
feedback|comments|KHAC|0|{Rác|Nước thải|Tiếng ồn|Karaoke} {khu tôi|sau chợ|đêm nào cũng} {bốc mùi|quá giờ|không ai dọn}, {phản ánh mấy lần rồi|mong giải quyết}
feedback|comments|KHAC|0|{Tôi muốn|Cho tôi} {tố cáo|khiếu nại} {cán bộ nhận tiền|việc đo đất sai}, {gửi đơn ở đâu|xin hướng dẫn}
urgent|comments|THIEN_TAI|0|{Nhà em|Ông bà tôi|Cả xóm} {nước vào tới nóc|đang mắc kẹt|bị cô lập}, {cần xuồng gấp|ai cứu với|gọi không được ai}!!!
urgent|comments|Y_TE|0|{Con tôi|Cả lớp|Bố em} {nôn liên tục|ngất xỉu|khó thở} {sau bữa trưa|từ sáng}, {ai giúp với|cần xe cấp cứu ngay|trạm y tế quá tải}
urgent|comments|AN_NINH|0|{Đang cháy|Có tai nạn} {ở đầu ngõ|trước nhà tôi|ngã tư chợ}, {gọi cứu hỏa giúp|có người bị kẹt bên trong}
warning|comments|THIEN_TAI|0|{Ngầm|Đoạn đèo|Cầu tạm} {nước xiết lắm|vừa sạt|trơn lắm}, {mình vừa quay đầu|em mới đi qua}, {mọi người đừng qua|đi đường khác nhé}
warning|comments|LUA_DAO|0|{Mẹ em|Tôi|Hàng xóm} vừa bị {gọi dọa khóa sim|lừa chuyển tiền|giả công an gọi}, {mọi người cảnh giác|đừng nghe máy số lạ}
warning|comments|KHAC|0|{Dây điện|Cành cây|Biển quảng cáo} {rơi xuống|sắp đổ} {trước trường|giữa đường}, {đang có người qua lại|cẩn thận nhé}
warning|comments|Y_TE|0|{Trạm|Điểm tiêm|Quầy thuốc} {hết thuốc|hết số|đông lắm} {từ 9h sáng|rồi}, {ai đi gọi trước|mai hãy tới}
satire|comments|CHINH_SACH|0|{Tin nóng|Nghe đâu}: từ mai {cấm buồn|thở phải xin phép|ai ế nộp thuế|trời nắng phải đăng ký} 😂
satire|comments|KINH_TE|0|{Giá|Lương} {tăng|lên} {bằng tốc độ rùa|trong mơ} =))) {thôi ngủ tiếp|cười xỉu}
satire|comments|KHAC|0|{Đường|Hồ sơ|Wifi} nhà tui {bay nhanh hơn|chậm hơn} {người yêu cũ|ốc sên} 🤣 {haha|kkk}
satire|comments|THIEN_TAI|0|{Đập vỡ|Tận thế|Nước lên} thì {cho nghỉ học đi|khỏi đi làm} =)) {giỡn thôi|haha}
abuse|comments|KHAC|0|{Đồ vô dụng|Ad ngu|Lũ ăn hại|Toàn đồ khùng}, {xóa trang đi|câm đi|biến}
abuse|comments|KHAC|0|{Mày|Chúng mày} {biết cái gì|ngu như bò|rảnh quá}, {im đi|cút}
"""
