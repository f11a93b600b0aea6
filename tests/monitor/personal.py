"""What identifies a person, as people type it, and what only looks like it. All of it is invented."""

PERSONAL = (
    "gọi 0900 000 000 nhé", "0912.345.678", "sđt: 0912-345-678", "+84 912 345 678", "(+84)912345678",
    "+84(0)912 345 678", "0084 912 345 678", "84912345678", "09 12 34 56 78", "0.9.1.2.3.4.5.6.7.8", "0912_345_678",
    "sdt0912345678", "tel.0912345678", "０９１２３４５６７８", "0️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "O912345678", "o912 345 678",
    "09l2345678", "024 3825 1234", "(024) 3825 1234", "02438251234", "+82 10-1234-5678", "zalo 912345678",
    "zalo.me/0912345678", "không chín một hai ba bốn năm sáu bảy tám", "khong chin mot hai ba bon nam sau bay tam",
    "an.nguyen@gmail.com", "an.nguyen @ gmail.com", "an.nguyen(at)gmail(dot)com", "an nguyen a còng gmail chấm com",
    "annguyen@gmail . com", "cccd 012345678901", "CCCD: 012 345 678 901", "012345678901", "0123 4567 8901",
    "cmnd 123456789", "can cuoc so 012345678901", "cmt: 123 456 789", "4111 1111 1111 1111", "4111-1111-1111-1111",
    "4111111111111111", "stk 19034567890123", "stk 0071 0012 34567 vcb", "Vietcombank 1023456789",
    "tài khoản 100 200 3004", "mst 0101234567-001", "hộ chiếu B1234567", "B1234567", "29A-123.45", "29A 12345",
    "29A12345", "59-X1 123.45", "59X1-123.45", "30h-999.99", "29A-1234", "so nha 12 ngo 7", "số nhà 12 ngõ 7",
    "nhà số 12 ngõ 7", "nhà số 12, ngõ 7", "số 12 ngõ 7", "12 ngõ 7 ngách 3", "12/3 ngõ 7 Lê Lợi", "so nha 12/5",
    "SN 12", "s.n 12 ngo 7", "địa chỉ: 12 Lê Lợi", "dia chi 12 le loi", "ở 12 Lê Lợi", "tại 12/3/5 Trần Phú",
    "số 5 đường Lê Lợi", "so 5 duong le loi", "nhà 12 ngõ 7", "căn hộ 1203", "facebook.com/nguyen.van.a.1990",
    "fb.com/nguyenvana", "tag @nguyenvana nhé", "nha so 12", "Nhà Số 12",
)  # fmt: skip
"""No figure and no name of it may remain."""

ORDINARY = (
    "12/10/2026", "19h30", "2.000.000đ", "2.000.000.000 đồng", "gọi 113 hoặc 1022", "hotline 1900 1234",
    "hotline 1900 123456", "1900123456", "1800 6868", "tăng 12,5%", "200 người chết", "QĐ số 15",
    "thông báo số 15 là giả để trấn an", "theo thông báo số 15 đường tránh cấm xe", "số 12/2026/NĐ-CP",
    "Nghị định 42/2022/NĐ-CP", "31.234.567 lượt xem", "31234567 lượt", "từ 08.30 09.12.2026",
    "từ 07.30 - 11.30, 13.30 - 17.00", "09/12/2026 - 15/12/2026", "ngày 02-03-2026 đến 05-03-2026",
    "giá 1.234.567.890 đồng", "123456789 đồng", "Đèn đường ngõ 7 phường Nắng Mới hỏng 2 tuần nay",
    "trạm số 4 hết vắc-xin", "trạm số 9 nha", "nhà 3 tầng", "nhà 5 người", "xe bảy chỗ, 3 cháu", "vay nhanh duyet 5p",
    "lúc 10h 2026", "500k 12345", "năm 2026 2027 2028", "tổ 5 khu phố 3 phường Nắng Mới", "mực nước hồ 41,2 m",
    "65 tuổi, 24 trạm y tế", "Một hai ba bốn năm", "gọi lại lúc 19h30 ngày 12/10/2026", "liên hệ 02 ngày 12/10/2026",
    "số 15 (văn bản mẫu)", "sửa 12 đường trong xã", "1.000 2.000 3.000 4.000",
    "giữ nguyên đến hết năm 2026 theo thông báo số 15", "Nộp ở phòng 302", "QL1A km 1234+500", "COVID19 2021",
    "Áp thấp 15.5-110.2 độ", "tăng từ 1.500.000 lên 2.000.000", "10.000.000 - 20.000.000", "Nước vào nhà 2 mét",
    "tại 3 Trạm y tế", "hôm nay 12/10", "200.000 - 300.000 - 400.000", "tỉ số 2-1, 3-0, 1-1, 2-2, 0-0",
    "Nguyễn Văn Cường (SN 1994)", "tuyến Metro số 2 Bến Thành", "từ tháng 01/2020-4/2020",
    "Tag cả nhà nhé",
    "ngày 12/10/2026, ngõ 7 ngập", "lúc 19h ngõ 7 mất điện", "ngày 12/10 ngõ 7 ngập",
)  # fmt: skip
"""Not a letter of it may change."""
